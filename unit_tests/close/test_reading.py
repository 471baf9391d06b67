"""What object does Close's JSON hold?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.close import read_object
from destination_close.model import CONTACT, LEAD, Age, IdFields, Item, Stored

LISTS = {each.key: each for each in CONTACT.lists}
IDS = IdFields({LEAD: "cf_company", CONTACT: "cf_user"})

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


def test_a_lead_is_read_with_its_company_id_its_age_and_what_it_holds() -> None:
    assert read_object(LEAD, RAW_LEAD, IDS) == Stored(
        type=LEAD,
        id="lead_1",
        lead_id="lead_1",
        age=Age(0, "2026-01-05T10:00:00.000000+00:00"),
        own_id="ext-42",
        fields={"name": "Acme", "status_id": "stat_1", "custom.cf_tags": ["x", "y"]},
    )


def test_a_contact_is_read_with_its_user_id_its_age_its_lists_and_what_it_holds() -> None:
    assert read_object(CONTACT, RAW_CONTACT, IDS) == Stored(
        type=CONTACT,
        id="cont_1",
        lead_id="lead_1",
        age=Age(0, "2026-01-05T10:00:00.005000+00:00"),
        own_id="u-1",
        fields={"name": "Ann Lee", "custom.cf_seats": 0},
        lists={"emails": (Item("ann@acme.example", "office"),), "phones": (Item("+33142685300", "mobile"),)},
    )


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_id_is_none(blank: str | None) -> None:
    assert read_object(LEAD, {**RAW_LEAD, "custom.cf_company": blank}, IDS).own_id is None
    assert read_object(CONTACT, {**RAW_CONTACT, "custom.cf_user": blank}, IDS).own_id is None


def test_without_its_setting_an_id_field_is_an_ordinary_custom_field() -> None:
    lead = read_object(LEAD, RAW_LEAD, IdFields())
    assert (lead.own_id, lead.fields["custom.cf_company"]) == (None, "ext-42")


def test_a_nested_contact_may_leave_out_its_lead() -> None:
    raw = {key: value for key, value in RAW_CONTACT.items() if key != "lead_id"}
    assert read_object(CONTACT, raw, IDS, "lead_2").lead_id == "lead_2"
    assert read_object(CONTACT, RAW_CONTACT, IDS, "lead_2").lead_id == "lead_1"


@pytest.mark.parametrize("items", [None, [], [{"email": ""}], [{"email": None, "type": "office"}], [{"type": "office"}]])
def test_items_without_a_value_are_passed_over(items: Any) -> None:
    assert read_object(CONTACT, {**RAW_CONTACT, "emails": items}, IDS).lists.get("emails", ()) == ()


def test_an_object_of_which_only_the_id_was_answered_is_read() -> None:
    assert read_object(LEAD, {"id": "lead_1"}, IDS) == Stored(LEAD, "lead_1", "lead_1", Age(0, ""), None, {})
    assert read_object(CONTACT, {"id": "cont_1"}, IDS) == Stored(CONTACT, "cont_1", "", Age(0, ""), None, {})


def test_fields_stay_in_the_order_in_which_close_returns_them() -> None:
    keys = [f"custom.cf_{number}" for number in range(12)]
    ids = IdFields(asked={LEAD: frozenset(keys), CONTACT: frozenset(keys)})
    for given in (keys, keys[::-1]):
        raw = {"id": "x_1", **dict.fromkeys(given, "set")}
        assert list(read_object(LEAD, raw, ids).fields) == list(read_object(CONTACT, raw, ids).fields) == given


def test_older_sorts_before_younger() -> None:
    assert (
        read_object(LEAD, RAW_LEAD, IDS).age
        < read_object(CONTACT, RAW_CONTACT, IDS).age
        < Age(1, "", (0, 0))
        < Age(1, "", (0, 1))
        < Age(1, "", (1, 0))
    )


def test_an_own_id_is_read_without_invisible_characters() -> None:
    contact = read_object(CONTACT, {**RAW_CONTACT, "custom.cf_user": "\ufeff4\u200b2\u00a0"}, IDS)
    assert contact.own_id == "42"
