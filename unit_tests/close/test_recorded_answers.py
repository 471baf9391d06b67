"""What does the connector make of answers that the real Close gave when others recorded it?

The recordings are not part of this repository; without them beside the checkout these tests are skipped.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from destination_close.model import Stored
from unit_tests.sandbox.recordings import LEADS_AND_CONTACTS, MISSING, OTHERS, Exchange, exchanges
from unit_tests.support import own_reading as own

RECORDED = exchanges(LEADS_AND_CONTACTS)
SINGLE = exchanges(OTHERS)
pytestmark = pytest.mark.skipif(not (RECORDED and SINGLE), reason=MISSING)


def answers(*kinds: str) -> list[Any]:
    """Every lead or contact in an answer: alone, or in a list."""
    found = []
    for exchange in [*RECORDED, *SINGLE]:
        told = exchange.answer if isinstance(exchange.answer, dict) else {}
        found += [one for one in (told, *told.get("data", ())) if str(one.get("id", "")).startswith(kinds)]
    return found


def test_every_recorded_lead_is_read_with_its_id_age_and_fields() -> None:
    leads = answers("lead_")
    assert len(leads) >= 50
    for raw in leads:
        lead = own.read_lead(raw)
        assert (lead.id, lead.age.date) == (raw["id"], raw["date_created"])
        assert lead.fields.get("name", "") == raw["name"]
        held = {key: value for key, value in raw.items() if key.startswith("custom.")}
        assert {key: lead.fields[key] for key in held} == held
        assert "custom" not in lead.fields


def test_every_recorded_contact_is_read_with_its_lead_and_its_lists() -> None:
    contacts = [raw for raw in answers("cont_") if "emails" in raw]
    contacts += [nested for raw in answers("lead_") for nested in raw.get("contacts") or ()]
    assert len(contacts) > 25
    for raw in contacts:
        contact = own.read_contact(raw)
        assert (contact.id, contact.lead_id) == (raw["id"], raw["lead_id"])
        assert values(contact, "emails") == [item["email"] for item in raw["emails"]]
        assert values(contact, "phones") == [item["phone"] for item in raw["phones"]]
        assert values(contact, "urls") == [item["url"] for item in raw["urls"]]


def values(contact: Stored, name: str) -> list[str]:
    return [item.value for item in contact.lists.get(name, ())]


def test_contacts_of_recorded_leads_are_found_by_their_emails_and_no_others_are() -> None:
    leads = [raw for raw in answers("lead_") if any(contact["emails"] for contact in raw.get("contacts") or ())]
    assert leads
    for raw in leads:
        address = next(item["email"] for contact in raw["contacts"] for item in contact["emails"])
        assert own.hits([raw], address.upper()) == ([raw["id"]], [contact["id"] for contact in raw["contacts"]])
        assert own.hits([raw], f"x{address}") == ([], [])


def test_every_recorded_limit_is_read_whichever_family_of_headers_it_comes_in() -> None:
    for exchange in [*RECORDED, *SINGLE]:
        limits = own.read_limits(exchange.headers)
        assert limits.own is not None
        told = {int(value) for name, value in exchange.headers.items() if name.endswith("limit-remaining")}
        assert {limit.remaining for limit in limits if limit is not None} == told
        assert limits.own.reset is not None
        assert 0 < limits.own.reset <= 15


def test_where_two_families_speak_of_two_limits_both_are_read() -> None:
    exchange = next(one for one in SINGLE if "x-ratelimit-limit" in one.headers)
    limits = own.read_limits(exchange.headers)
    assert (limits.own.limit, limits.own.remaining) == (240, 239)
    assert (limits.of_all.limit, limits.of_all.remaining, limits.of_all.reset) == (60, 59, 1.0)


def refusals() -> list[Exchange]:
    return [exchange for exchange in SINGLE if exchange.status >= 400]


def test_every_recorded_refusal_says_something_and_names_the_field_it_is_about() -> None:
    told = {exchange.session: own.complaints(orjson.dumps(exchange.answer)) for exchange in refusals() if exchange.answer}
    assert told
    assert all(told.values())
    assert [path for path, _ in told["create_lead_error"]] == [("status",)]
    assert [path for path, _ in told["create_task_with_invalid_lead"]] == [("lead",)]
    assert [path for path, _ in told["update_lead_unknown"]] == [()]
