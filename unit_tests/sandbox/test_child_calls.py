"""Are calls about what is below leads limited, spoilt, logged and restricted as all others are?"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import requests

from integration_tests.close_sandbox import Fault, Settings
from integration_tests.close_sandbox.child_keys import KEYS
from integration_tests.close_sandbox.kinds import KINDS
from unit_tests.sandbox.talk import Talk

WRITABLE = [kind for kind in KINDS.values() if not kind.by_close]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("what", ["opportunity", "activity", "custom_object", "task"])
def test_each_has_a_limit_of_its_own(method: str, what: str) -> None:
    path = {"activity": "/activity/note/"}.get(what, f"/{what}/") + ("" if method in ("GET", "POST") else "x/")
    talk = Talk(Settings(limits={f"{what}_{method.lower()}": 2}))
    body = {} if method in ("POST", "PUT") else None
    assert [talk.ask(method, path, body).status_code == 429 for _ in range(3)] == [False, False, True]
    assert talk.ask("POST", "/lead/", {}).status_code == 200
    assert talk.close.calls[0].group == f"{what}_{method.lower()}"


def test_posts_can_share_the_limit_of_leads() -> None:
    talk = Talk(Settings(limits={"post": 2}, children_share_post=True))
    lead = talk.post("/lead/", {})["id"]
    talk.post("/opportunity/", {"lead_id": lead})
    assert talk.ask("POST", "/task/", {"lead_id": lead, "text": "x"}).status_code == 429
    assert talk.ask("POST", "/lead/", {}).status_code == 429


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["timeout", "408", "503", "504", "reset", "truncated_json"])
def test_an_answer_can_be_lost_with_or_without_its_effect(kind: Any, when: Any) -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    talk.close.faults.add(Fault(kind, when=when, method="POST", path="/opportunity/"))
    with contextlib.suppress(requests.exceptions.RequestException):
        talk.ask("POST", "/opportunity/", {"lead_id": lead}).json()
    listed = talk.get("/opportunity/", lead_id=lead)["data"]
    assert len(listed) == (when == "after")
    assert talk.close.calls[0].fault == f"{kind} {when}"


def test_a_late_effect_becomes_real_after_the_caller_gave_up() -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    talk.close.faults.add(Fault("504", when="after", late=5))
    talk.ask("POST", "/activity/note/", {"lead_id": lead, "note": "late"})
    assert talk.close.children("activity.note") == {}
    talk.clock.advance(5)
    assert [one["note"] for one in talk.close.children("activity.note").values()] == ["late"]


def test_the_log_names_endpoints_without_ids_and_what_was_written() -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    note = talk.post("/activity/note/", {"lead_id": lead})["id"]
    talk.get(f"/activity/note/{note}/")
    talk.get("/activity/status_change/lead/")
    talk.delete(f"/activity/note/{note}/")
    talk.ask("DELETE", "/unsubscribe/email/a@x.example/")
    assert list(talk.close.calls_by_endpoint()) == [
        "POST /activity/note/",
        "GET /activity/note/{id}/",
        "GET /activity/status_change/lead/",
        "DELETE /activity/note/{id}/",
        "DELETE /unsubscribe/email/{id}/",
    ]
    assert [call.object_id for call in talk.close.calls] == [note, None, None, note, None]


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.name)
def test_a_body_that_is_no_object_and_a_method_that_is_not_there_are_refused(kind: Any) -> None:
    talk = Talk()
    path = f"/{'/'.join(kind.path)}/"
    assert "errors" in talk.refused("POST", path, [1])
    answer = talk.ask("DELETE", path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.name)
def test_any_json_under_any_key_is_answered(kind: Any) -> None:
    """Taken or refused, but never a failure of the sandbox itself."""
    talk = Talk(lead_id_in_child_put="move", pipeline_id_in_opportunity_put="move")
    lead, path = talk.close.add_lead()["id"], f"/{'/'.join(kind.path)}/"
    types = {"custom_activity_type_id": talk.close.add_activity_type("A"), "custom_object_type_id": talk.close.add_object_type("O")}
    whole = {"lead_id": lead, "name": "x", "text": "x", **{key: value for key, value in types.items() if key == kind.type_key}}
    made = talk.ask("POST", path, whole).json()["id"]
    seen = set()
    for key in (*KEYS[kind.name], "custom.cf_x", "custom"):
        for value in (None, True, 0, -1.5, 10**30, "", "x", [], ["x"], {}, {"x": [1]}):
            seen.add(talk.ask("POST", path, {**whole, key: value}).status_code)
            seen.add(talk.ask("PUT", f"{path}{made}/", {key: value}).status_code)
    assert seen <= {200, 201, 400}
    assert 400 in seen


def test_restricted_fields_are_refused_before_anything_else() -> None:
    talk = Talk(restricted_fields=["opportunity.value", "activity.note.title"])
    field = talk.close.add_custom_field("opportunity", "Secret", roles=["role_other"])
    lead = talk.close.add_lead()["id"]
    assert set(talk.refused("POST", "/opportunity/", {"lead_id": "x", "value": 1}, 403)["field-errors"]) == {"value"}
    assert set(talk.refused("POST", "/opportunity/", {f"custom.{field}": "x"}, 403)["field-errors"]) == {f"custom.{field}"}
    assert set(talk.refused("POST", "/activity/note/", {"lead_id": lead, "title": "x"}, 403)["field-errors"]) == {"title"}
    talk.post("/opportunity/", {"lead_id": lead})


def test_several_values_are_added_and_removed_as_on_leads() -> None:
    talk = Talk()
    key = f"custom.{talk.close.add_custom_field('opportunity', 'Tags', 'choices', choices='abc', many=True)}"
    path = f"/opportunity/{talk.post('/opportunity/', {'lead_id': talk.close.add_lead()['id'], key: ['a']})['id']}/"
    assert talk.put(path, {f"{key}.add": "b"})[key] == ["a", "b"]
    assert talk.put(path, {f"{key}.remove": "a"})[key] == ["b"]
    assert talk.put(path, {key: ["c"]})[key] == ["c"]
    assert key not in talk.put(path, {key: None})


@pytest.mark.parametrize("moves", [True, False])
def test_a_put_without_change_follows_the_switch(moves: bool) -> None:
    talk = Talk(noop_put_moves_date_updated=moves)
    made = talk.post("/opportunity/", {"lead_id": talk.close.add_lead()["id"], "value": 5})
    talk.clock.advance(60)
    after = talk.put(f"/opportunity/{made['id']}/", {"value": 5})
    assert (after["date_updated"] != made["date_updated"]) is moves


def test_pipelines_and_types_do_not_change_the_ids_of_leads() -> None:
    """Tests that compare two runs rely on it."""

    def ids(with_more: bool) -> list[str]:
        talk = Talk()
        found = []
        for _ in range(3):
            found.append(talk.close.add_lead()["id"])
            if with_more:
                talk.close.add_pipeline("More")
                talk.close.add_object_type("More")
        return found

    assert ids(True) == ids(False)
