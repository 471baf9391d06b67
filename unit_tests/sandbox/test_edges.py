"""Does the sandbox refuse what Close refuses, in Close's words?"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integration_tests.close_sandbox import Close, Settings
from unit_tests.sandbox.talk import BASE, Talk


def test_a_wrong_key_answers_401() -> None:
    talk = Talk()
    talk.session.auth = ("api_wrong", "")
    assert talk.refused("GET", "/me/", status=401) == {"error": "Unauthorized"}
    talk.session.auth = None
    assert talk.refused("POST", "/lead/", {}, 401) == {"error": "Unauthorized"}
    assert talk.close.leads == {}


@pytest.mark.parametrize("header", ["Bearer x", "Basic %%%", "Basic", "", "Basic " + base64.b64encode(b"\xff\xfe:").decode()])
def test_a_garbled_authorization_does_not_crash(header: str) -> None:
    assert Close(Settings()).handle("GET", "/api/v1/me/", "", {"authorization": header}).status == 401


def test_every_key_of_the_organization_is_good() -> None:
    talk = Talk(more_api_keys=("api_second",))
    talk.session.auth = ("api_second", "")
    assert talk.get("/me/")["id"] == talk.close.me


@pytest.mark.parametrize("object_id", ["wibble", "lead_nowhere"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(("kind", "name"), [("lead", "Lead"), ("contact", "Contact")])
def test_unknown_and_malformed_ids_answer_the_same_404(method: str, object_id: str, kind: str, name: str) -> None:
    body: dict[str, str] | None = {} if method == "PUT" else None
    told = Talk().refused(method, f"/{kind}/{object_id}/", body, 404)
    assert told == {"error": f"Empty query: {name} matching query does not exist."}


@pytest.mark.parametrize("path", ["/nonsense/", "/leads/", "/custom_field/nonsense/", "/", "/lead/x/y/"])
def test_an_unknown_url_answers_404_in_the_frameworks_words(path: str) -> None:
    assert Talk().refused("GET", path, status=404)["error"].startswith("The requested URL was not found on the server.")


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/lead/x/"), ("PUT", "/lead/"), ("GET", "/data/search/"), ("DELETE", "/me/")])
def test_a_known_url_with_another_method_answers_405(method: str, path: str) -> None:
    answer = Talk().ask(method, path, {} if method == "PUT" else None)
    assert answer.status_code == 405
    assert answer.json() == {"error": "The method is not allowed for the requested URL."}
    assert answer.headers["allow"]


def test_a_body_must_be_json_sent_whole() -> None:
    talk = Talk()

    def status(data: Any, **headers: str) -> int:
        return talk.session.post(f"{BASE}/lead/", data=data, headers=headers).status_code

    def parts() -> Iterator[bytes]:
        yield b"{}"

    assert status(b"{}") == 415
    assert status({"name": "Acme"}) == 415
    assert status(parts(), **{"content-type": "application/json"}) == 415
    assert status(b"{", **{"content-type": "application/json"}) == 400
    assert status(b"", **{"content-type": "application/json"}) == 400
    assert status(b"[]", **{"content-type": "application/json"}) == 400
    assert talk.close.leads == {}
    assert status(b"{}", **{"content-type": "application/json; charset=utf-8"}) == 200


def test_me_names_the_organization_its_statuses_and_pipelines() -> None:
    talk = Talk(organization_name="Acme Sales")
    me = talk.get("/me/")
    organization = me["organizations"][0]
    assert organization["name"] == "Acme Sales"
    assert organization["lead_statuses"] == talk.get("/status/lead/")["data"]
    assert me["memberships"][0]["organization_id"] == organization["id"]
    assert talk.get("/me/", _fields="id") == {"id": me["id"]}


def test_users_organization_and_statuses_can_be_read() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Plan")
    users = talk.get("/user/")["data"]
    assert [user["id"] for user in users] == list(talk.close.organization.users)
    assert talk.get(f"/user/{users[0]['id']}/") == users[0]
    organization = talk.close.organization.id
    told = talk.get(f"/organization/{organization}/", _fields="lead_custom_fields,lead_statuses")
    assert set(told) == {"lead_custom_fields", "lead_statuses"}
    assert [one["id"] for one in told["lead_custom_fields"]] == [field]
    status = talk.get("/status/lead/")["data"][1]
    assert talk.get(f"/status/lead/{status['id']}/") == status
    for path in ("/organization/orga_x/", "/user/user_x/", "/status/lead/stat_x/", "/custom_field/lead/cf_x/", "/event/ev_x/"):
        talk.refused("GET", path, status=404)


def test_a_restricted_field_answers_403_and_names_itself() -> None:
    talk = Talk(restricted_fields=["lead.description", "contact.title"])
    locked = talk.close.add_custom_field("lead", "Locked", roles=["role_boss"])
    told = talk.refused("POST", "/lead/", {"description": "x", f"custom.{locked}": "y", "name": "z"}, 403)
    assert set(told["field-errors"]) == {"description", f"custom.{locked}"}
    nested = talk.refused("POST", "/lead/", {"contacts": [{}, {"title": "CEO"}]}, 403)
    assert set(nested["field-errors"]["contacts"]["errors"]["1"]["field-errors"]) == {"title"}
    assert talk.close.leads == {}
    talk.close.change(restricted_fields_named=False)
    assert set(talk.refused("POST", "/lead/", {"description": "x"}, 403)) == {"error"}
    assert talk.close.add_lead(description="an admin may")["description"] == "an admin may"


def test_a_role_that_may_write_a_field_does() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "F", roles=["role_admin"])
    assert talk.post("/lead/", {f"custom.{field}": "x"})[f"custom.{field}"] == "x"


def test_a_json_answer_says_so() -> None:
    answer = Talk().ask("GET", "/me/")
    assert isinstance(answer, requests.Response)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == str(len(answer.content))
