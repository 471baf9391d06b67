"""What must Close be asked, and which of the answers are what was asked for?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pytest

from destination_close.close import PAGE_SIZE, Reads
from destination_close.close.searching import carries, contact_search, lead_search, matching_contacts, read_hits
from destination_close.model import MOST_SIBLINGS, Contact, Hits, IdFields, Key, Lead
from destination_close.rules import Memory, all_keys, unknown_keys
from unit_tests.support.builders import LAG, a_contact, a_draft, a_lead, a_memory, company, email, user

IDS = IdFields(company="cf_company", user="cf_user")
READS = Reads(IDS, lead=("name", "url", "custom.cf_plan"), contact=("name", "custom.cf_seat"))


# --- what to ask ---------------------------------------------------------------------------------------------------------


LEAD = a_lead("L1", company="X")
ROW = a_draft(company="X", user="u", email="a@x")


def held(*contacts: Contact, leads: Sequence[Lead] = (LEAD,), whole: Collection[str] = ("L1",), knows: Sequence[Key] = ()) -> Memory:
    """A memory that asked for companies, and for `knows`."""
    memory = Memory(LAG)
    asked = [company(lead.company_id) for lead in leads if lead.company_id is not None]
    memory.learn_hits(Hits((*asked, *knows), 0.0, list(leads), list(contacts), set(whole)))
    return memory


def test_keys_are_asked_once_in_the_order_of_the_rows_companies_before_their_people() -> None:
    drafts = [a_draft(0, company="X", email="A@x"), a_draft(1, company="X", user="u", email="a@x"), a_draft(2, user="v", email="b@x")]
    assert unknown_keys(drafts, a_memory()) == [company("X"), user("v")]
    assert unknown_keys(drafts, a_memory(knows=[company("X"), user("v")])) == [email("a@x"), user("u"), email("b@x")]


def test_keys_that_are_known_are_not_asked() -> None:
    assert unknown_keys([a_draft(company="X", email="a@x")], a_memory(knows=[company("X")])) == [email("a@x")]


def test_further_emails_are_asked_for_too() -> None:
    assert unknown_keys([a_draft(email="a@x", more_emails=("b@x",))], a_memory()) == [email("a@x"), email("b@x")]


def test_nothing_more_is_asked_of_a_row_whose_company_holds_its_person() -> None:
    assert unknown_keys([ROW], held(a_contact("C1", "L1", "z@x", user="u"))) == []
    assert unknown_keys([a_draft(company="X", email="a@x")], held(a_contact("C1", "L1", "a@x", user="v"))) == []


def test_a_person_of_the_company_who_only_shares_the_email_of_a_row_with_a_user_id_is_not_enough() -> None:
    assert unknown_keys([ROW], held(a_contact("C1", "L1", "a@x"))) == [user("u"), email("a@x")]


def test_a_person_elsewhere_is_not_enough() -> None:
    memory = held(a_contact("C1", "L2", "a@x", user="u"), leads=[LEAD, a_lead("L2")], whole=["L1", "L2"], knows=[user("u")])
    assert unknown_keys([ROW], memory) == [email("a@x")]


def test_a_company_with_too_many_people_to_hold_is_not_enough() -> None:
    assert unknown_keys([ROW], held(a_contact("C1", "L1", user="u"), whole=(), knows=[user("u")])) == [email("a@x")]


def test_of_several_leads_with_the_company_id_all_must_be_held() -> None:
    leads = [LEAD, a_lead("L2", company="X")]
    contact = a_contact("C1", "L1", user="u")
    assert unknown_keys([ROW], held(contact, leads=leads)) == [user("u"), email("a@x")]
    assert unknown_keys([ROW], held(contact, leads=leads, whole=["L1", "L2"])) == []


def test_nothing_more_is_asked_of_a_row_without_company_whose_user_id_is_found() -> None:
    row = a_draft(user="u", email="a@x")
    assert unknown_keys([row], held(a_contact("C1", "L1", user="u"), knows=[user("u")])) == []
    assert unknown_keys([row], held(knows=[user("u")])) == [email("a@x")]
    assert unknown_keys([row], held(a_contact("C1", "L1", user="u"), knows=[user("u")], whole=())) == [email("a@x")]


@pytest.mark.parametrize("operation", ["insert", "update"])
def test_other_operations_ask_for_all_at_once(operation: Any) -> None:
    draft = a_draft(company="X", user="u", email="a@x", operation=operation)
    assert unknown_keys([draft], a_memory()) == list(all_keys(draft))


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


def test_a_search_returns_everything_that_planning_compares_and_nothing_else() -> None:
    search = lead_search(ALL, READS)
    lead = ["id", "name", "url", "custom.cf_plan", "date_created", "custom.cf_company", "contacts"]
    contact = ["id", "lead_id", "name", "custom.cf_seat", "emails", "phones", "urls", "date_created", "custom.cf_user"]
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


def a_crowd(size: int) -> list[dict[str, Any]]:
    return [raw_contact("C1", "A@x"), raw_contact("C2", user_id="u"), *(raw_contact(f"C{n}", f"{n}@x") for n in range(3, size + 1))]


@pytest.mark.parametrize(("size", "whole"), [(2, True), (MOST_SIBLINGS, True), (MOST_SIBLINGS + 1, False)])
def test_a_lead_is_read_whole_unless_it_has_many_contacts(size: int, whole: bool) -> None:
    hits = read_hits([raw_lead("L1", "X", *a_crowd(size))], [company("X")], READS, at=5.0)
    assert ([lead.id for lead in hits.leads], len(hits.contacts), hits.whole) == (["L1"], size if whole else 0, {"L1"} if whole else set())


def test_of_many_contacts_those_are_hits_that_carry_a_key() -> None:
    crowd = raw_lead("L1", None, *a_crowd(MOST_SIBLINGS + 1))
    assert found(crowd, keys=[email("a@x"), user("u")]) == (["L1"], ["C1", "C2"])


def test_leads_whose_contacts_were_searched_for_separately_are_not_whole() -> None:
    hits = read_hits([raw_lead("L1", "X", raw_contact("C1", "a@x"))], [email("a@x")], READS, at=5.0, nested=False)
    assert ([contact.id for contact in hits.contacts], hits.whole) == (["C1"], set())


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
