"""Does the sandbox have the small habits of Close that recordings and other people's clients show?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk, regular, where


@pytest.mark.parametrize("path", ["/me", "//me/", "/lead", "//custom_field//lead/", "/custom_field_schema/lead"])
def test_paths_without_a_final_slash_or_with_two_are_served_until_the_switch_refuses_them(path: str) -> None:
    talk = Talk()
    assert talk.ask("GET", path).status_code == 200
    talk.close.change(slashless="refuse")
    assert talk.refused("GET", path, status=404)["error"].startswith("The requested URL was not found on the server.")
    assert talk.ask("GET", "/me/").status_code == 200


def test_writes_without_a_final_slash_are_carried_out() -> None:
    talk = Talk()
    lead = talk.post("/lead", {"name": "Acme"})
    assert talk.put(f"/lead/{lead['id']}", {"name": "Beta"})["name"] == "Beta"
    assert [call.endpoint for call in talk.close.calls] == ["POST /lead/", "PUT /lead/{id}/"]


def test_the_plural_of_custom_field_goes_on_working() -> None:
    talk = Talk()
    field = talk.post("/custom_fields/lead/", {"name": "Plan", "type": "text"})["id"]
    talk.close.change(slashless="refuse")
    assert [one["id"] for one in talk.get("/custom_fields/lead/")["data"]] == [field]
    assert talk.get(f"/custom_fields/lead/{field}/")["name"] == "Plan"


def test_a_custom_field_is_renamed_and_deleted_and_its_values_go_with_it() -> None:
    talk = Talk()
    field, kept = talk.close.add_custom_field("lead", "Plan"), talk.close.add_custom_field("lead", "Kept")
    lead = talk.post("/lead/", {f"custom.{field}": "gold", f"custom.{kept}": "x"})
    assert talk.put(f"/custom_field/lead/{field}/", {"name": "Tier", "description": "of the contract"})["name"] == "Tier"
    assert talk.get(f"/custom_field/lead/{field}/")["description"] == "of the contract"
    assert talk.get(f"/lead/{lead['id']}/")[f"custom.{field}"] == "gold"
    assert talk.delete(f"/custom_field/lead/{field}/") == {}
    after = talk.get(f"/lead/{lead['id']}/")
    assert {key: value for key, value in after.items() if key.startswith("custom")} == {f"custom.{kept}": "x", "custom": {"Kept": "x"}}
    assert set(talk.field_errors("PUT", f"/lead/{lead['id']}/", {f"custom.{field}": "y"})) == {f"custom.{field}"}
    assert "LeadCustomField" in talk.refused("DELETE", f"/custom_field/lead/{field}/", status=404)["error"]
    hits = talk.find("lead", {"type": "match_all"}, _fields={"lead": ["custom", f"custom.{field}"]})["data"]
    assert set(hits[0]) == {"__object_type", "id", f"custom.{kept}"}


def test_choices_of_a_custom_field_can_be_changed_but_not_its_type() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("contact", "Role", "choices", choices=["a"])
    path = f"/custom_field/contact/{field}/"
    assert talk.put(path, {"choices": ["a", "b"]})["choices"] == ["a", "b"]
    assert talk.post("/contact/", {f"custom.{field}": "b"})[f"custom.{field}"] == "b"
    assert set(talk.field_errors("PUT", path, {"type": "text"})) == {"type"}


@pytest.mark.parametrize(("method", "limit"), [("GET", "240"), ("POST", "240"), ("PUT", "240"), ("DELETE", "240")])
def test_custom_fields_have_the_recorded_limits(method: str, limit: str) -> None:
    talk = Talk(rate_limits=True)
    body = {} if method in ("POST", "PUT") else None
    assert (
        talk.ask(method, "/custom_field/lead/cf_x/" if method != "POST" else "/custom_field/lead/", body).headers["ratelimit-limit"]
        == limit
    )


def test_shared_fields_are_made_associated_required_and_deleted() -> None:
    talk = Talk()
    field = talk.post("/custom_field/shared/", {"name": "Source", "type": "text", "associations": [{"object_type": "lead"}]})["id"]
    path = f"/custom_field/shared/{field}/"
    assert talk.post(f"{path}association/", {"object_type": "contact"})["required"] is False
    assert talk.put(f"{path}association/lead/", {"required": True}) == {"object_type": "lead", "editable_with_roles": [], "required": True}
    assert [(one["object_type"], one["required"]) for one in talk.get(path)["associations"]] == [("lead", True), ("contact", False)]
    assert talk.put(path, {"name": "Origin"})["name"] == "Origin"
    assert talk.post("/lead/", {f"custom.{field}": "x", "contacts": [{f"custom.{field}": "y"}]})[f"custom.{field}"] == "x"
    assert talk.delete(path) == {}
    talk.refused("GET", path, status=404)
    talk.refused("PUT", f"{path}association/lead/", {}, status=404)
    assert set(talk.field_errors("POST", "/custom_field/shared/", {"name": "x", "type": "text", "associations": [{"object_type": "moon"}]}))


@pytest.mark.parametrize("binds", [False, True])
def test_whether_a_required_field_binds_the_api_follows_the_switch(binds: bool) -> None:
    talk = Talk(required_binds=binds)
    field = talk.post("/custom_field/shared/", {"name": "Source", "type": "text", "associations": [{"object_type": "contact"}]})["id"]
    talk.put(f"/custom_field/shared/{field}/association/contact/", {"required": True})
    answers = [talk.ask("POST", "/contact/", {"name": "Ann"}), talk.ask("POST", "/lead/", {"contacts": [{"name": "Ann"}]})]
    assert [answer.status_code for answer in answers] == ([400, 400] if binds else [200, 200])
    contact = talk.post("/contact/", {f"custom.{field}": "x"})
    assert talk.ask("PUT", f"/contact/{contact['id']}/", {"name": "Ann"}).status_code == 200


def test_lists_of_custom_fields_go_by_name_whatever_the_case() -> None:
    talk = Talk()
    for name in ("b", "C", "a"):
        talk.close.add_custom_field("lead", name)
    assert [one["name"] for one in talk.get("/custom_field/lead/")["data"]] == ["a", "b", "C"]
    assert [one["name"] for one in talk.get("/custom_field_schema/lead/")["fields"]] == ["b", "C", "a"]


def test_a_custom_field_just_made_has_naive_dates_and_lists_have_an_offset() -> None:
    talk = Talk()
    talk.clock.advance(0.123456)
    assert talk.post("/custom_field/lead/", {"name": "Plan", "type": "text"})["date_created"] == "2026-01-05T10:00:00.123456"
    assert talk.get("/custom_field/lead/")["data"][0]["date_created"] == "2026-01-05T10:00:00.123000+00:00"


@pytest.mark.parametrize("path", ["/user/", "/custom_field/lead/", "/custom_field/shared/"])
def test_a_thousand_users_or_custom_fields_may_be_asked_for(path: str) -> None:
    assert Talk().get(path, _limit=1000)["has_more"] is False
    assert Talk().field_errors("GET", path, params={"_limit": 1001}) == {"_limit": "Input should be less than or equal to 1000"}


def test_a_user_names_its_organizations() -> None:
    talk = Talk()
    assert [user["organizations"] for user in talk.get("/user/")["data"]] == [[talk.close.organization.id]] * 2
    assert talk.get(f"/user/{talk.close.me}/")["organizations"] == [talk.close.organization.id]


def test_a_whole_lead_has_its_custom_values_by_name_and_one_link() -> None:
    talk = Talk()
    plan = talk.close.add_custom_field("lead", "Plan")
    lead = talk.post("/lead/", {"name": "Acme & Co", f"custom.{plan}": "gold"})
    assert lead["custom"] == {"Plan": "gold"}
    assert lead["integration_links"] == [{"name": "Google Search", "url": "https://google.com/search?q=Acme%20%26%20Co"}]
    assert talk.post("/lead/", {})["custom"] == {}
    assert set(talk.get(f"/lead/{lead['id']}/", _fields="custom")) == {f"custom.{plan}"}


def test_a_write_to_a_contact_moves_the_date_of_its_lead_and_the_event_log_has_nothing_of_it() -> None:
    talk = Talk(index_lag=1)
    lead = talk.post("/lead/", {"name": "Acme"})
    talk.clock.advance(1)
    dates = [lead["date_updated"]]

    def after(answer: Any) -> Any:
        dates.append(talk.get(f"/lead/{lead['id']}/")["date_updated"])
        talk.clock.advance(1)
        assert talk.get("/lead/", id__in=lead["id"])["data"][0]["date_updated"] == dates[-1]
        return answer

    contact = after(talk.post("/contact/", {"lead_id": lead["id"]}))["id"]
    after(talk.put(f"/contact/{contact}/", {"name": "Ann"}))
    after(talk.delete(f"/contact/{contact}/"))
    assert len(set(dates)) == 4
    assert dates == sorted(dates)
    assert [event["action"] for event in talk.get("/event/", object_type="lead")["data"]] == ["created"]


def test_a_contact_without_a_name_has_an_empty_link() -> None:
    talk = Talk()
    assert [talk.post("/contact/", {"name": name})["integration_links"][0]["url"] != "" for name in ("Ann", None)] == [True, False]


def test_the_status_of_leads_takes_a_term_until_the_switch_refuses_it() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {})
    query = where(regular("lead", "status_id"), {"type": "term", "values": [lead["status_id"]]})
    assert talk.found("lead", query) == {lead["id"]}
    talk.close.change(term_on_status=False)
    body = {"query": {"type": "and", "queries": [{"type": "object_type", "object_type": "lead"}, query]}}
    assert talk.ask("POST", "/data/search/", body).status_code == 400


def test_events_of_one_type_may_be_asked_for_until_the_switch_refuses_it() -> None:
    talk = Talk()
    talk.post("/lead/", {"contacts": [{}]})
    assert [event["object_type"] for event in talk.get("/event/", object_type="contact")["data"]] == ["contact"]
    talk.close.change(events_by_type_alone=False)
    assert talk.ask("GET", "/event/?object_type=contact").status_code == 400


@pytest.mark.parametrize("compressed", [False, True])
def test_answers_are_compressed_by_the_switch_for_those_who_accept_it(compressed: bool) -> None:
    talk = Talk(gzip=compressed)
    answer = talk.ask("GET", "/me/")
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
    assert answer.json()["id"] == talk.close.me
    assert "content-encoding" not in talk.ask("GET", "/me/", headers={"accept-encoding": "identity"}).headers


def test_texts_and_nested_contacts_may_be_limited() -> None:
    talk = Talk(longest_text=10, most_nested_contacts=2)
    field = talk.close.add_custom_field("lead", "Note")
    body = {"description": "x" * 11, f"custom.{field}": "x" * 11, "contacts": [{}] * 3}
    assert set(talk.field_errors("POST", "/lead/", body)) == {"description", f"custom.{field}", "contacts"}
    assert talk.ask("POST", "/lead/", {"description": "x" * 10, f"custom.{field}": "x" * 10, "contacts": [{}] * 2}).status_code == 200
