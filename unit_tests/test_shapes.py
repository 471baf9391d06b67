"""What does a lead or contact look like in Close's JSON, coming and going?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.model import Age, Contact, Item, Lead
from destination_close.shapes import IdFields, contact_body, fields_body, lead_body, list_body, own_id, read_contact, read_lead
from unit_tests.builders import a_contact, a_lead

IDS = IdFields(company="cf_company", user="cf_user")

RAW_CONTACT: dict[str, Any] = {
    "id": "cont_1",
    "organization_id": "orga_1",
    "lead_id": "lead_1",
    "name": "Ann Lee",
    "display_name": "Ann Lee",
    "title": "",
    "emails": [{"email": "ann@acme.example", "type": "office", "is_unsubscribed": False}],
    "phones": [{"phone": "+33142685300", "phone_formatted": "+33 1 42 68 53 00", "type": "mobile", "country": "FR"}],
    "urls": [],
    "custom.cf_user": " u-1 ",
    "custom.cf_seats": 0,
    "date_created": "2026-01-05T10:00:00.005000+00:00",
}

RAW_LEAD: dict[str, Any] = {
    "id": "lead_1",
    "name": "Acme",
    "display_name": "Acme",
    "description": "",
    "url": None,
    "status_id": "stat_1",
    "status_label": "Potential",
    "contacts": [RAW_CONTACT],
    "custom": {"External ID": "ext-42"},
    "custom.cf_company": "ext-42",
    "custom.cf_tags": ["x", "y"],
    "date_created": "2026-01-05T10:00:00.000000+00:00",
}


# --- coming --------------------------------------------------------------------------------------------------------------


def test_a_lead_is_read_with_its_company_id_its_age_and_what_it_holds() -> None:
    assert read_lead(RAW_LEAD, IDS) == Lead(
        id="lead_1",
        age=Age(0, "2026-01-05T10:00:00.000000+00:00"),
        company_id="ext-42",
        fields={"name": "Acme", "status_id": "stat_1", "custom.cf_tags": ["x", "y"]},
    )


def test_a_contact_is_read_with_its_user_id_its_age_its_lists_and_what_it_holds() -> None:
    assert read_contact(RAW_CONTACT, IDS) == Contact(
        id="cont_1",
        lead_id="lead_1",
        age=Age(0, "2026-01-05T10:00:00.005000+00:00"),
        user_id="u-1",
        fields={"name": "Ann Lee", "custom.cf_seats": 0},
        emails=(Item("ann@acme.example", "office"),),
        phones=(Item("+33142685300", "mobile"),),
    )


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_id_is_none(blank: str | None) -> None:
    assert read_lead({**RAW_LEAD, "custom.cf_company": blank}, IDS).company_id is None
    assert read_contact({**RAW_CONTACT, "custom.cf_user": blank}, IDS).user_id is None


def test_without_its_setting_an_id_field_is_an_ordinary_custom_field() -> None:
    lead = read_lead(RAW_LEAD, IdFields())
    assert (lead.company_id, lead.fields["custom.cf_company"]) == (None, "ext-42")


def test_a_nested_contact_may_leave_out_its_lead() -> None:
    raw = {key: value for key, value in RAW_CONTACT.items() if key != "lead_id"}
    assert read_contact(raw, IDS, "lead_2").lead_id == "lead_2"
    assert read_contact(RAW_CONTACT, IDS, "lead_2").lead_id == "lead_1"


@pytest.mark.parametrize("items", [None, [], [{"email": ""}], [{"email": None, "type": "office"}], [{"type": "office"}]])
def test_items_without_a_value_are_passed_over(items: Any) -> None:
    assert read_contact({**RAW_CONTACT, "emails": items}, IDS).emails == ()


def test_an_object_of_which_only_the_id_was_answered_is_read() -> None:
    assert read_lead({"id": "lead_1"}, IDS) == Lead("lead_1", Age(0, ""), None, {})
    assert read_contact({"id": "cont_1"}, IDS) == Contact("cont_1", "", Age(0, ""), None, {})


def test_fields_stay_in_the_order_in_which_close_gives_them() -> None:
    keys = [f"custom.cf_{number}" for number in range(12)]
    ids = IdFields(lead_fields=frozenset(keys), contact_fields=frozenset(keys))
    for given in (keys, keys[::-1]):
        raw = {"id": "x_1", **dict.fromkeys(given, "set")}
        assert list(read_lead(raw, ids).fields) == list(read_contact(raw, ids).fields) == given


def test_older_sorts_before_younger() -> None:
    assert read_lead(RAW_LEAD, IDS).age < read_contact(RAW_CONTACT, IDS).age < Age(1, "", (0, 0)) < Age(1, "", (0, 1)) < Age(1, "", (1, 0))


# --- going ---------------------------------------------------------------------------------------------------------------


def test_a_lead_goes_out_with_its_company_id_and_all_its_contacts_in_one_body() -> None:
    lead = a_lead(company="X", name="Acme", url="acme.co", description=None, custom={"custom.cf_tags": ("a", "b")})
    contacts = [a_contact("new", "new lead", "ann@x.co", user="u", title="CEO"), a_contact("new", "new lead", "bob@x.co")]
    assert lead_body(lead, contacts, IDS) == {
        "name": "Acme",
        "url": "http://acme.co",
        "custom.cf_tags": ["a", "b"],
        "custom.cf_company": "X",
        "contacts": [
            {"title": "CEO", "custom.cf_user": "u", "emails": [{"email": "ann@x.co", "type": "office"}]},
            {"emails": [{"email": "bob@x.co", "type": "office"}]},
        ],
    }


def test_a_lead_alone_goes_out_without_contacts() -> None:
    assert lead_body(a_lead(company="X"), [], IDS) == {"custom.cf_company": "X"}


def test_a_contact_always_goes_out_with_its_lead() -> None:
    assert contact_body(a_contact("new", "lead_1"), IDS) == {"lead_id": "lead_1"}


def test_an_id_without_a_setting_does_not_go_out() -> None:
    assert lead_body(a_lead(company="X"), [a_contact(user="u")], IdFields()) == {"contacts": [{}]}


def test_items_go_out_in_order_with_the_types_they_have_and_nothing_read_only() -> None:
    items = [Item("b@x.co", "home"), Item("a@x.co")]
    assert list_body("emails", items) == [{"email": "b@x.co", "type": "home"}, {"email": "a@x.co", "type": "office"}]


@pytest.mark.parametrize(("name", "key", "kind"), [("emails", "email", "office"), ("phones", "phone", "office"), ("urls", "url", "url")])
def test_an_item_without_a_type_gets_the_one_that_close_would_give_it(name: str, key: str, kind: str) -> None:
    assert list_body(name, [Item("https://a.co")]) == [{key: "https://a.co", "type": kind}]


@pytest.mark.parametrize(("url", "sent"), [("ann.co", "http://ann.co"), ("https://ann.co", "https://ann.co")])
def test_a_url_without_a_scheme_is_given_one(url: str, sent: str) -> None:
    assert list_body("urls", [Item(url)]) == [{"url": sent, "type": "url"}]
    assert fields_body({"url": url}) == {"url": sent}


def test_what_is_set_to_nothing_goes_out_as_null() -> None:
    assert fields_body({"description": None, "url": None}) == {"description": None, "url": None}


def test_several_values_go_out_as_a_list() -> None:
    assert fields_body({"custom.cf_tags": ("a", "b")}) == {"custom.cf_tags": ["a", "b"]}


def test_an_own_id_is_read_without_what_cannot_be_seen() -> None:
    assert own_id({"custom.cf_user": "\ufeff4\u200b2\u00a0"}, "cf_user") == "42"
