"""Do contacts behave as Close's do?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


def a_contact(talk: Talk, **fields: Any) -> dict[str, Any]:
    lead = talk.close.add_lead(name="Acme")
    contact: dict[str, Any] = talk.post("/contact/", {"lead_id": lead["id"], **fields})
    return contact


def test_a_minimal_contact_has_defaults_and_is_called_by_its_email() -> None:
    contact = a_contact(
        Talk(), emails=[{"email": "test@x.example"}], phones=[{"phone": "+33142685300"}], urls=[{"url": "https://a.example"}]
    )
    assert (contact["name"], contact["title"], contact["display_name"]) == ("", "", "test@x.example")
    assert contact["emails"] == [{"email": "test@x.example", "type": "office", "is_unsubscribed": False}]
    assert contact["phones"] == [{"phone": "+33142685300", "phone_formatted": "+33 1 42 68 53 00", "type": "office", "country": "FR"}]
    assert contact["urls"] == [{"url": "https://a.example", "type": "url"}]
    assert {"created_by", "updated_by", "date_created", "date_updated", "organization_id", "integration_links"} <= set(contact)


def test_put_replaces_lists_whole_and_leaves_absent_ones_alone() -> None:
    talk = Talk()
    contact = a_contact(talk, emails=[{"email": "a@x.example"}, {"email": "b@x.example"}], urls=[{"url": "https://a.example"}])
    after = talk.put(f"/contact/{contact['id']}/", {"emails": [{"email": "c@x.example", "type": "home"}]})
    assert [(item["email"], item["type"]) for item in after["emails"]] == [("c@x.example", "home")]
    assert after["urls"] == contact["urls"]
    assert talk.put(f"/contact/{contact['id']}/", {"emails": [], "urls": None})["urls"] == []
    assert talk.get(f"/contact/{contact['id']}/")["emails"] == []


def test_null_name_and_title_read_back_empty() -> None:
    talk = Talk()
    contact = a_contact(talk, name="Ann", title="CEO")
    after = talk.put(f"/contact/{contact['id']}/", {"name": None, "title": None})
    assert (after["name"], after["title"]) == ("", "")


@pytest.mark.parametrize(
    ("region", "sent", "stored", "country"),
    [
        ("US", "8004445555", "+18004445555", "US"),
        ("US", "(800) 444-5555", "+18004445555", "US"),
        ("GB", "8004445555", "+448004445555", "GB"),
        ("GB", "1234", "+441234", None),
        ("US", "+1 650 618 1234 ext. 768", "+16506181234x768", "US"),
        ("US", "+16506181234x768", "+16506181234x768", "US"),
        ("US", "+33 1 42 68 53 00", "+33142685300", "FR"),
    ],
)
def test_phones_are_stored_in_e164_read_in_the_region(region: str, sent: str, stored: str, country: str | None) -> None:
    contact = a_contact(Talk(region=region), phones=[{"phone": sent, "type": "mobile"}])
    assert contact["phones"][0]["phone"] == stored
    assert contact["phones"][0]["type"] == "mobile"
    assert contact["phones"][0]["country"] == country


def test_a_phone_of_text_is_refused_by_position() -> None:
    talk = Talk()
    lead = talk.close.add_lead()
    errors = talk.field_errors("POST", "/contact/", {"lead_id": lead["id"], "phones": [{"phone": "+16505551234"}, {"phone": "call me"}]})
    said = "Phone number is not valid. Please use the international format like +16505551234"
    assert errors == {"phones": {"errors": {"1": {"errors": [], "field-errors": {"phone": said}}}}}
    assert talk.close.contacts == {}


@pytest.mark.parametrize("bad", ["plain", "a@b", "a b@x.example", "a@@x.example", ".a@x.example", "a..b@x.example", "a@x..example"])
def test_a_bad_email_is_refused(bad: str) -> None:
    talk = Talk()
    lead = talk.close.add_lead()
    errors = talk.field_errors("POST", "/contact/", {"lead_id": lead["id"], "emails": [{"email": bad}]})
    assert errors == {"emails": {"errors": {"0": {"errors": [], "field-errors": {"email": "Invalid email address."}}}}}


def test_a_missing_or_overlong_email_is_refused() -> None:
    talk = Talk()
    lead = talk.close.add_lead()

    def said(item: dict[str, Any]) -> str:
        errors = talk.field_errors("POST", "/contact/", {"lead_id": lead["id"], "emails": [item]})
        return str(errors["emails"]["errors"]["0"]["field-errors"]["email"])

    assert said({"type": "home"}) == "This field is required."
    assert said({"email": f"{'a' * 250}@x.example"}) == "The value must be no longer than 254 characters."
    assert said({"email": 5}) == "Value must be of str type."


def test_emails_are_trimmed_and_their_case_follows_the_switch() -> None:
    assert a_contact(Talk(), emails=[{"email": " Ann@X.example "}])["emails"][0]["email"] == "Ann@X.example"
    assert a_contact(Talk(email_case="lower"), emails=[{"email": "Ann@X.example"}])["emails"][0]["email"] == "ann@x.example"


def test_an_email_twice_in_one_contact_follows_the_switch() -> None:
    twice = [{"email": "ann@x.example"}, {"email": "bob@x.example"}, {"email": "ANN@x.example"}]
    assert len(a_contact(Talk(), emails=twice)["emails"]) == 3
    kept = a_contact(Talk(duplicate_emails_in_contact="dedupe"), emails=twice)["emails"]
    assert [item["email"] for item in kept] == ["ann@x.example", "bob@x.example"]


def test_more_than_a_hundred_items_or_a_thousand_characters_are_refused() -> None:
    talk = Talk()
    lead = talk.close.add_lead()
    many = [{"email": f"a{i}@x.example"} for i in range(101)]
    errors = talk.field_errors("POST", "/contact/", {"lead_id": lead["id"], "emails": many, "name": "x" * 1001})
    assert errors == {"emails": "List is too long.", "name": "The value must be no longer than 1000 characters."}


def test_the_wrong_json_type_is_refused() -> None:
    talk = Talk()
    lead = talk.close.add_lead()
    errors = talk.field_errors("POST", "/contact/", {"lead_id": lead["id"], "name": 5, "emails": "a@x.example"})
    assert errors == {"name": "Value must be of str type.", "emails": "Value must be of list type."}


def test_a_contact_without_lead_gets_a_new_one_named_after_it() -> None:
    talk = Talk()
    named = talk.post("/contact/", {"name": "Ann Lee"})
    nameless = talk.post("/contact/", {"lead_id": None, "emails": [{"email": "a@x.example"}]})
    assert talk.get(f"/lead/{named['lead_id']}/")["name"] == "Ann Lee"
    assert talk.get(f"/lead/{nameless['lead_id']}/")["name"] == ""
    assert talk.close.lead_count == 2


def test_an_unknown_lead_is_reported_under_lead() -> None:
    talk = Talk()
    assert talk.field_errors("POST", "/contact/", {"lead_id": "lead_nowhere"}) == {"lead": "Object does not exist."}


def test_unknown_contact_keys_follow_the_switch() -> None:
    assert "nmae" not in a_contact(Talk(), nmae="Ann")
    talk = Talk(unknown_contact_keys="refuse")
    contact = a_contact(talk, name="Ann", date_created="2020-01-01T00:00:00Z")
    errors = talk.field_errors("PUT", f"/contact/{contact['id']}/", {"nmae": "x", "display_name": "y", "title": "z"})
    assert set(errors) == {"nmae", "display_name"}


def test_moving_a_contact_follows_the_switch() -> None:
    talk = Talk()
    contact, other = a_contact(talk), talk.close.add_lead()
    path, body = f"/contact/{contact['id']}/", {"lead_id": other["id"]}
    assert set(talk.field_errors("PUT", path, body)) == {"lead"}
    assert talk.put(path, {"lead_id": contact["lead_id"], "name": "Same"})["name"] == "Same"
    talk.close.change(lead_id_in_contact_put="ignore")
    assert talk.put(path, body)["lead_id"] == contact["lead_id"]
    talk.close.change(lead_id_in_contact_put="move")
    assert talk.put(path, body)["lead_id"] == other["id"]
    assert [one["id"] for one in talk.close.contacts_of(other["id"])] == [contact["id"]]


def test_fields_narrow_the_answers_of_writes_too() -> None:
    talk = Talk()
    lead = talk.close.add_lead()
    answer = talk.post("/contact/?_fields=id,name", {"lead_id": lead["id"], "name": "Ann"})
    assert set(answer) == {"id", "name"}
    assert set(talk.put(f"/contact/{answer['id']}/?_fields=title", {"title": "CEO"})) == {"title"}


def test_contacts_of_a_lead_are_listed_without_the_index() -> None:
    talk = Talk(index_lag=60)
    contact = a_contact(talk, name="Ann")
    assert talk.get("/contact/", lead_id=contact["lead_id"]) == {"data": [contact], "has_more": False}
    assert talk.get("/contact/", lead_id="lead_nowhere") == {"data": [], "has_more": False}


def test_answers_can_come_in_another_order_every_time() -> None:
    talk = Talk(shuffle_answers=True)
    lead = talk.close.add_lead(contacts=[{"name": f"C{i}"} for i in range(8)])
    seen = [talk.get(f"/lead/{lead['id']}/") for _ in range(4)]
    assert len({tuple(answer) for answer in seen}) > 1
    assert len({tuple(contact["id"] for contact in answer["contacts"]) for answer in seen}) > 1
    assert len({frozenset(contact["id"] for contact in answer["contacts"]) for answer in seen}) == 1
