"""Do leads behave as Close's do?"""

from __future__ import annotations

import re

import pytest

from unit_tests.sandbox.talk import Talk


def test_a_lead_and_its_contacts_are_one_call_and_come_back_whole() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"name": "Acme", "contacts": [{"name": "Ann"}, {"name": "Bob"}]})
    assert re.fullmatch(r"lead_[0-9A-Za-z]{43}", lead["id"])
    assert lead["display_name"] == "Acme"
    assert lead["status_label"] == "Potential"
    assert [contact["name"] for contact in lead["contacts"]] == ["Ann", "Bob"]
    assert lead["contact_ids"] == [contact["id"] for contact in lead["contacts"]]
    assert {contact["lead_id"] for contact in lead["contacts"]} == {lead["id"]}
    assert talk.get(f"/lead/{lead['id']}/") == lead
    assert talk.close.calls_by_endpoint() == {"POST /lead/": 1, "GET /lead/{id}/": 1}


def test_nested_contacts_are_younger_than_their_lead_and_move_its_date_updated() -> None:
    lead = Talk().post("/lead/", {"contacts": [{"name": "Ann"}, {"name": "Bob"}]})
    dates = [lead["date_created"], *(contact["date_created"] for contact in lead["contacts"]), lead["date_updated"]]
    assert dates == sorted(set(dates))
    assert all(date[:19] == dates[0][:19] and date[20:26] >= "002000" for date in dates[1:])


def test_identical_posts_create_duplicates_with_ids_in_no_order() -> None:
    talk = Talk()
    ids = [talk.post("/lead/", {"name": "Acme"})["id"] for _ in range(12)]
    assert len(set(ids)) == 12
    assert ids != sorted(ids)


def test_null_texts_read_back_empty_and_a_null_url_stays_null() -> None:
    lead = Talk().post("/lead/", {"name": None, "description": None, "url": None})
    assert (lead["name"], lead["description"], lead["url"]) == ("", "", None)
    assert lead["display_name"] == "Untitled"


def test_put_touches_only_the_keys_it_names() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"name": "Acme", "description": "Anvils", "url": "https://acme.example"})
    talk.clock.advance(60)
    after = talk.put(f"/lead/{lead['id']}/", {"description": "Closed"})
    changed = {key for key in after if after[key] != lead[key]}
    assert changed == {"description", "date_updated"}


def test_unknown_keys_of_a_lead_vanish_silently() -> None:
    lead = Talk().post("/lead/", {"nmae": "Acme", "id": "lead_x", "display_name": "Y"})
    assert "nmae" not in lead
    assert lead["id"] != "lead_x"
    assert lead["name"] == ""


def test_the_first_status_is_the_default() -> None:
    talk = Talk()
    statuses = talk.get("/status/lead/")["data"]
    assert talk.post("/lead/", {})["status_id"] == statuses[0]["id"]
    assert talk.post("/lead/", {"status_id": statuses[2]["id"]})["status_label"] == statuses[2]["label"]
    assert talk.post("/lead/", {"status": statuses[1]["label"]})["status_id"] == statuses[1]["id"]


@pytest.mark.parametrize("key", ["status_id", "status"])
def test_an_unknown_status_is_reported_under_status(key: str) -> None:
    errors = Talk().field_errors("POST", "/lead/", {key: "foo"})
    said = 'Not a valid choice. Please go to Customizations in your organization settings and add "foo" to the list of lead statuses.'
    assert errors == {"status": said}


def test_status_and_status_id_together_are_refused() -> None:
    talk = Talk()
    status = talk.get("/status/lead/")["data"][0]
    assert set(talk.field_errors("POST", "/lead/", {"status_id": status["id"], "status": status["label"]})) == {"status"}


def test_one_bad_contact_refuses_the_whole_lead_in_the_nested_form() -> None:
    talk = Talk()
    errors = talk.field_errors("POST", "/lead/", {"name": "Acme", "contacts": [{"name": "Ann"}, {"custom.LinkedIn": "x"}]})
    nested = {"errors": [], "field-errors": {"custom.LinkedIn": 'The Custom Field "LinkedIn" does not exist.'}}
    assert errors == {"contacts": {"errors": {"1": nested}}}
    assert talk.close.leads == {}
    assert talk.close.contacts == {}


def test_addresses_are_replaced_whole() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"addresses": [{"city": "Paris", "country": "FR"}]})
    assert lead["addresses"] == [
        {"label": "business", "address_1": "", "address_2": "", "city": "Paris", "state": "", "zipcode": "", "country": "FR"}
    ]
    assert talk.put(f"/lead/{lead['id']}/", {"addresses": []})["addresses"] == []


@pytest.mark.parametrize(("switch", "stored"), [("keep", "acme.example"), ("add_http", "http://acme.example"), ("refuse", None)])
def test_a_url_without_scheme_follows_the_switch(switch: str, stored: str | None) -> None:
    talk = Talk(schemeless_url=switch)
    if stored is None:
        assert talk.field_errors("POST", "/lead/", {"url": "acme.example"}) == {"url": "Invalid URL."}
    else:
        assert talk.post("/lead/", {"url": "acme.example"})["url"] == stored


def test_contacts_in_a_put_follow_the_switch() -> None:
    talk = Talk(contacts_in_lead_put="refuse")
    lead = talk.post("/lead/", {"contacts": [{"name": "Ann"}]})
    assert set(talk.field_errors("PUT", f"/lead/{lead['id']}/", {"contacts": []})) == {"contacts"}
    talk.close.change(contacts_in_lead_put="ignore")
    assert len(talk.put(f"/lead/{lead['id']}/", {"contacts": []})["contacts"]) == 1


@pytest.mark.parametrize("moves", [True, False])
def test_a_put_without_change_follows_the_switch(moves: bool) -> None:
    talk = Talk(noop_put_moves_date_updated=moves)
    lead = talk.post("/lead/", {"name": "Acme"})
    after = talk.put(f"/lead/{lead['id']}/", {"name": "Acme"})
    assert (after["date_updated"] != lead["date_updated"]) is moves
    assert len(talk.close.events) == 1 + moves


def test_imports_may_set_when_a_lead_was_created_and_by_whom() -> None:
    talk = Talk()
    somebody = talk.close.organization.somebody
    lead = talk.post("/lead/", {"date_created": "2019-05-01T12:00:00Z", "created_by": somebody})
    assert lead["date_created"] == "2019-05-01T12:00:00.000000+00:00"
    assert lead["created_by"] == somebody
    assert lead["created_by_name"] == "Rob Reps"
    assert lead["updated_by"] == talk.close.me


def test_fields_narrow_what_a_get_answers() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Plan")
    lead = talk.close.add_lead({"name": "Acme", f"custom.{field}": "gold", "contacts": [{"name": "Ann"}]})
    path = f"/lead/{lead['id']}/"
    assert talk.get(path, _fields="id,name") == {"id": lead["id"], "name": "Acme"}
    assert talk.get(path, _fields="custom") == {f"custom.{field}": "gold"}
    assert talk.get(path, _fields=f"custom.{field},nonsense") == {f"custom.{field}": "gold"}


def test_nested_contacts_and_contact_ids_can_be_switched_off() -> None:
    talk = Talk(nested_contacts=False, contact_ids=False)
    lead = talk.post("/lead/", {"contacts": [{"name": "Ann"}]})
    assert "contacts" not in lead
    assert "contact_ids" not in lead
    assert talk.close.contact_count == 1


def test_leads_are_listed_by_page_and_by_ids() -> None:
    talk = Talk()
    ids = [talk.post("/lead/", {"name": f"L{i}"})["id"] for i in range(5)]
    first = talk.get("/lead/", _limit=3)
    assert [lead["id"] for lead in first["data"]] == ids[:3]
    assert first["has_more"] is True
    assert talk.get("/lead/", _skip=3, _limit=3)["has_more"] is False
    wanted = talk.get("/lead/", id__in=f"{ids[4]},{ids[1]},lead_nowhere", _fields="id")
    assert wanted == {"data": [{"id": ids[4]}, {"id": ids[1]}], "has_more": False, "total_results": 2}


def test_a_long_get_can_be_posted() -> None:
    talk = Talk()
    ids = [talk.post("/lead/", {})["id"] for _ in range(3)]
    body = {"_params": {"id__in": ",".join(ids[:2]), "_fields": "id"}}
    answer = talk.ask("POST", "/lead/", body, headers={"x-http-method-override": "GET"})
    assert [lead["id"] for lead in answer.json()["data"]] == ids[:2]
    assert talk.close.lead_count == 3
    assert talk.close.calls[-1].endpoint == "GET /lead/"
    assert talk.close.calls[-1].group == "get_lead"


def test_bounds_of_paging_are_refused_in_pydantics_words() -> None:
    talk = Talk()
    assert talk.field_errors("GET", "/lead/?_limit=201") == {"_limit": "Input should be less than or equal to 200"}
    assert talk.field_errors("GET", "/lead/?_skip=35001") == {"_skip": "Input should be less than or equal to 35000"}


def test_the_plans_limit_answers_402_for_leads_but_not_for_contacts() -> None:
    talk = Talk(plan_lead_limit=1)
    lead = talk.post("/lead/", {})
    assert "error" in talk.refused("POST", "/lead/", {}, 402)
    assert "error" in talk.refused("POST", "/contact/", {"name": "Ann"}, 402)
    talk.post("/contact/", {"lead_id": lead["id"]})
    assert talk.close.lead_count == 1
