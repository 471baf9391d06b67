"""Is what the look-ups leave out of no matter?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_close.close import Reads
from destination_close.close import searching as matching
from destination_close.close.searching import read_hits
from destination_close.model import CONTACT, LEAD, Draft, IdFields, Key
from destination_close.rules import Memory, memory, plan_stage, unknown_keys
from unit_tests.support.builders import LAG, a_draft
from unit_tests.support.office import USER, Office

READS = Reads(IdFields({LEAD: "cf_company", CONTACT: "cf_user"}), {LEAD: ("name",), CONTACT: ("title",)})
EVERYTHING = [Key("company", value) for value in "XY"] + [Key("user", value) for value in "uv"] + [Key("email", f"{c}@x") for c in "abc"]

Raw = dict[str, Any]

contacts = st.builds(
    lambda user, emails, title: {
        "custom.cf_user": user,
        "emails": [{"email": email, "type": "office"} for email in emails],
        "title": title,
    },
    user=st.sampled_from([None, None, "u", "v"]),
    emails=st.lists(st.sampled_from(["a@x", "b@x", "c@x"]), max_size=2, unique=True),
    title=st.sampled_from(["CEO", "Clerk"]),
)
worlds = st.lists(st.tuples(st.sampled_from([None, "X", "X", "Y"]), st.lists(contacts, max_size=4)), max_size=4)
drafts = st.builds(
    lambda company, user, email, more, title, off, operation, match: a_draft(
        company=company,
        user=user,
        email=email,
        more_emails=more if email else (),
        contact={"title": title},
        off=off,
        operation=operation,
        match=match if user and email else None,
    ),
    company=st.sampled_from([None, "X", "X", "Y"]),
    user=st.sampled_from([None, "u", "v"]),
    email=st.sampled_from([None, "a@x", "B@x"]),
    more=st.sampled_from([(), ("c@x",)]),
    title=st.sampled_from(["CEO", "Clerk"]),
    off=st.sampled_from(["", "", "DC", "NC", "UC", "UL"]),
    operation=st.sampled_from(["upsert", "upsert", "update", "insert"]),
    match=st.sampled_from([None, None, "user", "email"]),
)


def raw_leads(world: Sequence[tuple[str | None, Sequence[Raw]]]) -> Iterator[Raw]:
    """As a search answers, in which each is older than the next."""
    for number, (company, people) in enumerate(world):
        lead_id, date = f"L{number}", f"2020-01-0{number + 1}"
        nested = [{**person, "id": f"C{number}{place}", "lead_id": lead_id, "date_created": date} for place, person in enumerate(people)]
        yield {"id": lead_id, "custom.cf_company": company, "name": "Acme", "date_created": date, "contacts": nested}


def ask(held: Memory, keys: Sequence[Key], leads: Sequence[Raw], *, nested: bool = True) -> None:
    assert held.learn_hits(read_hits(leads, keys, READS, 0.0, nested=nested)) == []


@contextmanager
def siblings(most: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MOST_SIBLINGS", most)
        patch.setattr(memory, "MOST_SIBLINGS", most)
        yield


def said(draft: Draft, held: Memory) -> Any:
    """All that is to be done for the row, and told of it."""
    stage = plan_stage([draft], held, {})
    (verdict,) = stage.verdicts
    return stage.changes, sorted(object_id for object_id, _ in stage.idle), verdict.held, verdict.warnings, verdict.rejected


@settings(max_examples=600, deadline=None)
@given(worlds, st.lists(drafts, min_size=1, max_size=3), st.sampled_from([0, 1, 3, 20]), st.sampled_from([0, 3_000, 1_000_000]))
def test_a_row_means_the_same_as_if_every_key_had_been_asked_for(
    world: list[tuple[str | None, list[Raw]]], rows: list[Draft], most_siblings: int, most_bytes: int
) -> None:
    """Row after row, so that what is known of one is there when the next is looked up."""
    leads = list(raw_leads(world))
    everything = Memory(LAG)
    ask(everything, EVERYTHING, leads)
    held = Memory(LAG, most_bytes=most_bytes)
    with siblings(most_siblings):
        for draft in rows:
            held.hold(draft.keys)
            for _ in range(3):
                if keys := unknown_keys([draft], held):
                    ask(held, keys, leads)
            assert unknown_keys([draft], held) == [], "two turns are enough"
            assert said(draft, held) == said(draft, everything)
            held.release(draft.keys)


def test_where_contacts_do_not_come_with_their_leads_none_is_taken_to_be_all_there_are() -> None:
    """The second row's email is on a sibling, whom only a look-up by this email shows."""
    office = Office(nested_contacts=False)
    lead_id = office.lead("h1")
    hanna = office.contact(lead_id, "hanna@heron.example", user_id="h-hanna")
    office.contact(lead_id, "shared@heron.example")
    rows = [
        {"lead_company_id": "h1", "contact_user_id": "h-hanna", "contact_email": f"{name}@heron.example"} for name in ("hanna", "shared")
    ]
    office.sync(*rows, batch_rows=1)
    assert office.emails(hanna) == ["hanna@heron.example"]
    assert office.close.contact(hanna)[USER] == "h-hanna"
