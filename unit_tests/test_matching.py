"""What must Close be asked, and which of the answers are what was asked for?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from destination_close.matching import (
    PAGE_SIZE,
    Reads,
    carries,
    contact_search,
    lead_search,
    matching_contacts,
    read_hits,
    unknown_keys,
)
from destination_close.model import Key
from destination_close.shapes import IdFields
from unit_tests.builders import a_draft, a_lead, a_memory, company, email, user

IDS = IdFields(company="cf_company", user="cf_user")
READS = Reads(IDS, lead_custom=("custom.cf_plan",), contact_custom=("custom.cf_seat",))


# --- what to ask ---------------------------------------------------------------------------------------------------------


def test_keys_are_asked_once_in_the_order_of_the_rows() -> None:
    drafts = [a_draft(0, company="X", email="A@x"), a_draft(1, company="X", user="u", email="a@x")]
    assert unknown_keys(drafts, a_memory()) == [company("X"), email("a@x"), user("u")]


def test_keys_that_are_known_are_not_asked() -> None:
    assert unknown_keys([a_draft(company="X", email="a@x")], a_memory(knows=[company("X")])) == [email("a@x")]


def test_further_emails_are_asked_for_too() -> None:
    assert unknown_keys([a_draft(email="a@x", more_emails=("b@x",))], a_memory()) == [email("a@x"), email("b@x")]


# --- how to ask ----------------------------------------------------------------------------------------------------------


def queries(query: Any) -> Iterator[dict[str, Any]]:
    """Every map in the query, however deep."""
    if isinstance(query, dict):
        yield query
    for value in query.values() if isinstance(query, dict) else query if isinstance(query, list) else ():
        yield from queries(value)


def conditions(search: dict[str, Any]) -> list[tuple[str, str]]:
    """Every condition: its field, and the value asked for."""
    return sorted(
        (query["field"].get("custom_field_id") or query["field"]["field_name"], query["condition"]["value"])
        for query in queries(search["query"])
        if query.get("type") == "field_condition"
    )


ALL = [company("X"), company("Y"), user("u"), email("a@x"), email("b@x")]


def test_one_search_on_leads_asks_for_every_key() -> None:
    companies, people = [("cf_company", "X"), ("cf_company", "Y")], [("cf_user", "u"), ("email", "a@x"), ("email", "b@x")]
    assert conditions(lead_search(ALL, READS)) == companies + people


def test_a_search_on_contacts_asks_for_people_only() -> None:
    assert conditions(contact_search(ALL, READS)) == [("cf_user", "u"), ("email", "a@x"), ("email", "b@x")]


@pytest.mark.parametrize("keys", [ALL, ALL[:1], ALL[2:3], ALL[3:4]])
def test_the_object_type_is_named_exactly_once_at_the_top(keys: list[Key]) -> None:
    query = lead_search(keys, READS)["query"]
    assert (query["type"], query["queries"][0]) == ("and", {"type": "object_type", "object_type": "lead"})
    assert sum(part.get("type") == "object_type" for part in queries(query)) == 1


def test_conditions_on_emails_stand_inside_the_relations_that_lead_there() -> None:
    query = lead_search([email("a@x")], READS)["query"]["queries"][1]
    assert (query["this_object_type"], query["related_object_type"]) == ("lead", "contact")
    assert (query["related_query"]["this_object_type"], query["related_query"]["related_object_type"]) == ("contact", "contact_email")


def test_an_or_never_has_a_single_clause() -> None:
    for keys in (ALL, ALL[:1], ALL[2:3], ALL[3:4], ALL[:3]):
        ors = [query for query in queries(lead_search(keys, READS)) if query.get("type") == "or"]
        assert all(len(query["queries"]) > 1 for query in ors)


def test_a_search_brings_everything_that_planning_compares_and_nothing_else() -> None:
    search = lead_search(ALL, READS)
    lead = ["id", "name", "description", "url", "status_id", "date_created", "custom.cf_company", "custom.cf_plan", "contacts"]
    contact = ["id", "lead_id", "name", "title", "emails", "phones", "urls", "date_created", "custom.cf_user", "custom.cf_seat"]
    assert search["_fields"] == {"lead": lead, "contact": contact}
    assert (search["_limit"], contact_search(ALL, READS)["_fields"]) == (PAGE_SIZE, {"contact": contact})


def test_the_oldest_come_first() -> None:
    (order,) = lead_search(ALL, READS)["sort"]
    assert (order["direction"], order["field"]["field_name"], order["field"]["object_type"]) == ("asc", "date_created", "lead")


# --- what was asked for --------------------------------------------------------------------------------------------------


def raw_lead(lead_id: str, company_id: str | None = None, *contacts: dict[str, Any]) -> dict[str, Any]:
    return {"id": lead_id, "custom.cf_company": company_id, "contacts": list(contacts)}


def raw_contact(contact_id: str, *emails: str, user_id: str | None = None, lead_id: str = "L1") -> dict[str, Any]:
    items = [{"email": value, "type": "office"} for value in emails]
    return {"id": contact_id, "lead_id": lead_id, "emails": items, "custom.cf_user": user_id}


def found(*raw: dict[str, Any], keys: list[Key]) -> tuple[list[str], list[str]]:
    hits = read_hits(raw, keys, READS, at=5.0)
    return [lead.id for lead in hits.leads], [contact.id for contact in hits.contacts]


def test_a_lead_that_carries_the_company_id_is_a_hit_without_its_other_contacts() -> None:
    assert found(raw_lead("L1", "X", raw_contact("C1", "a@x")), keys=[company("X")]) == (["L1"], [])


def test_a_contact_that_carries_a_key_is_a_hit_with_its_lead_and_without_its_siblings() -> None:
    lead = raw_lead("L1", None, raw_contact("C1", "A@x"), raw_contact("C2", "b@x"), raw_contact("C3", user_id="u"))
    assert found(lead, keys=[email("a@x"), user("u")]) == (["L1"], ["C1", "C3"])


@pytest.mark.parametrize(
    ("lead", "key"),
    [
        (raw_lead("L1", "x"), company("X")),
        (raw_lead("L1", "X 2"), company("X")),
        (raw_lead("L1", None, raw_contact("C1", "a@x.other")), email("a@x")),
        (raw_lead("L1", None, raw_contact("C1", user_id="U")), user("u")),
        (raw_lead("L1", "u", raw_contact("C1", "u")), user("u")),
    ],
    ids=["case", "more words", "longer email", "case of a user id", "another field"],
)
def test_near_misses_are_dropped(lead: dict[str, Any], key: Key) -> None:
    assert found(lead, keys=[key]) == ([], [])


def test_a_hit_knows_what_was_asked_and_when() -> None:
    hits = read_hits([], [company("X")], READS, at=5.0)
    assert (hits.asked, hits.at) == ((company("X"),), 5.0)


def test_a_lead_that_comes_without_contacts_is_read() -> None:
    assert found({"id": "L1", "custom.cf_company": "X"}, keys=[company("X")]) == (["L1"], [])


def test_matching_contacts_are_those_that_carry_a_key() -> None:
    raw = [raw_contact("C1", "a@x"), raw_contact("C2", "b@x"), raw_contact("C3", user_id="u")]
    assert [contact.id for contact in matching_contacts(raw, [email("b@x"), user("u")], IDS)] == ["C2", "C3"]


def test_a_lead_carries_its_company_id_only() -> None:
    assert carries(a_lead(company="X"), [company("X")])
    assert not carries(a_lead(company="X"), [company("Y"), user("X")])
    assert not carries(a_lead(), [company("None")])
