"""Do the short cuts give what the rule gives, and see when they cannot? (At random: `test_merging`.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from destination_close.model import Contact, CreateLead, Draft, Lead, Stage, Wish
from destination_close.rules import NEW, Memory
from destination_close.rules.quick_stages import new_company, nothing_to_do
from destination_close.rules.stages import plan_by_the_rule
from unit_tests.support.builders import a_contact, a_draft, a_lead, a_memory

ACME, ANN = a_lead("L", company="X", name="Acme"), a_contact("C", "L", "ann@x", user="u", title="CEO")


def knowing(drafts: Sequence[Draft], *found: Lead | Contact) -> Memory:
    leads, contacts = [one for one in found if isinstance(one, Lead)], [one for one in found if isinstance(one, Contact)]
    return a_memory(leads=leads, contacts=contacts, knows=[key for draft in drafts for key in draft.keys])


def in_order(stage: Stage) -> Stage:
    """By object, as the rule has the shares of rows in what needs no call."""
    return replace(stage, idle=tuple(sorted(stage.idle, key=lambda share: share[0])))


# --- a new company ---------------------------------------------------------------------------------------------------

NEW_COMPANIES = {
    "one person": [a_draft(0, company="X", user="u", email="ann@x", lead={"name": "Acme"}, contact={"title": "CEO"})],
    "several": [a_draft(at, company="X", user=f"u{at}", lead={"name": "Acme"}) for at in range(3)],
    "somebody without a company": [a_draft(0, email="ann@x", phones=("+1",))],
    "nobody": [a_draft(0, company="X")],
    "a row without a person among others": [a_draft(0, company="X", user="u"), a_draft(1, company="X"), a_draft(2, company="X", user="v")],
    "first a row without a person": [a_draft(0, company="X"), a_draft(1, company="X", email="ann@x")],
    "no update is allowed": [a_draft(0, company="X", user="u", off="UL UC"), a_draft(1, company="X", user="v", off="UL UC")],
    "fields that are kept": [a_draft(at, company="X", user=f"u{at}", lead={"name": Wish("Acme", when="if_empty")}) for at in range(2)],
    "fields that take several": [a_draft(at, company="X", user=f"u{at}", lead={"t": Wish("a", "set", add=True)}) for at in range(2)],
    "fields that are cleared": [a_draft(at, company="X", user=f"u{at}", lead={"name": None}) for at in range(2)],
}


@pytest.mark.parametrize("drafts", NEW_COMPANIES.values(), ids=NEW_COMPANIES.keys())
def test_a_new_company_is_one_post(drafts: Sequence[Draft]) -> None:
    memory = knowing(drafts)
    stage = new_company(drafts, memory, {})
    assert stage
    assert [type(change) for change in stage.changes] == [CreateLead]
    assert stage == plan_by_the_rule(drafts, memory, {})


ANN_OF_X = a_draft(0, company="X", user="u", email="ann@x", lead={"name": "Acme"})
NO_NEW_COMPANIES: dict[str, tuple[Sequence[Draft], Sequence[Lead | Contact]]] = {
    "the company is known": ([a_draft(0, company="X", user="v")], [ACME]),
    "the person is": ([a_draft(0, company="Y", user="u")], [ACME, ANN]),
    "a later person is": ([a_draft(0, company="Y", user="v"), a_draft(1, company="Y", user="u")], [ACME, ANN]),
    "two companies": ([ANN_OF_X, a_draft(1, company="Y", user="v", lead={"name": "Acme"})], []),
    "no company": ([a_draft(0, user="u"), a_draft(1, email="bob@x")], []),
    "one person twice": ([ANN_OF_X, a_draft(1, company="X", user="u", lead={"name": "Acme"})], []),
    "another wish for the lead": ([ANN_OF_X, a_draft(1, company="X", user="v", lead={"name": "Ajax"})], []),
    "leads may not be created": ([a_draft(0, company="X", user="u", off="NL")], []),
    "contacts may not be created": ([a_draft(0, company="X", user="u", off="NC")], []),
    "an insert": ([a_draft(0, company="X", user="u", operation="insert")], []),
    "an update": ([a_draft(0, company="X", user="u", operation="update")], []),
}


@pytest.mark.parametrize(("drafts", "found"), NO_NEW_COMPANIES.values(), ids=NO_NEW_COMPANIES.keys())
def test_anything_but_a_new_company_is_left_to_the_rule(drafts: Sequence[Draft], found: Sequence[Lead | Contact]) -> None:
    assert new_company(drafts, knowing(drafts, *found), {}) is None


def test_a_row_that_has_finished_something_is_left_to_the_rule() -> None:
    drafts = [ANN_OF_X, a_draft(1, company="X", user="v", lead={"name": "Acme"})]
    assert new_company(drafts, knowing(drafts), {(1, 0): {NEW}}) is None


# --- nothing to do ---------------------------------------------------------------------------------------------------

IDLE: dict[str, Sequence[Draft]] = {
    "one row": [a_draft(0, company="X", user="u", email="ann@x", lead={"name": "Acme"}, contact={"title": "CEO"})],
    "several": [a_draft(at, company="X", user="u", lead={"name": "Acme"}) for at in range(3)],
    "with different wishes": [a_draft(0, company="X", lead={"name": "Acme"}), a_draft(1, company="X", contact={"title": "CEO"})],
    "without a company": [a_draft(0, email="ann@x", contact={"title": "CEO"})],
    "an update": [a_draft(0, user="u", operation="update", contact={"title": "CEO"})],
}


@pytest.mark.parametrize("drafts", IDLE.values(), ids=IDLE.keys())
def test_what_is_so_already_needs_no_call(drafts: Sequence[Draft]) -> None:
    memory = knowing(drafts, ACME, ANN)
    stage = nothing_to_do(drafts, memory, {})
    assert stage
    assert not stage.changes
    assert in_order(stage) == in_order(plan_by_the_rule(drafts, memory, {}))


CONTENT = a_draft(0, company="X", user="u", lead={"name": "Acme"})
BOB = a_contact("B", "M", "bob@x", title="CEO")
BUSY: dict[str, tuple[Sequence[Draft], Sequence[Lead | Contact]]] = {
    "another name": ([a_draft(0, company="X", lead={"name": "Ajax"})], [ACME]),
    "another name later": ([CONTENT, a_draft(1, company="X", user="u", lead={"name": "Ajax"})], [ACME, ANN]),
    "another lead later": ([CONTENT, a_draft(1, email="bob@x", lead={"name": "Acme"})], [ACME, ANN, a_lead("M", name="Ajax"), BOB]),
    "another title": ([a_draft(0, user="u", contact={"title": "CTO"})], [ACME, ANN]),
    "an email": ([a_draft(0, user="u", email="home@x")], [ACME, ANN]),
    "a phone": ([a_draft(0, user="u", phones=("+1",))], [ACME, ANN]),
    "a url": ([a_draft(0, user="u", urls=("https://x",))], [ACME, ANN]),
    "a User ID": ([a_draft(0, user="v", email="bob@x")], [a_lead("M"), BOB]),
    "a Company ID": ([a_draft(0, company="Z", email="bob@x")], [a_lead("M"), BOB]),
    "somebody new": ([a_draft(0, company="X", user="v")], [ACME, ANN]),
    "somebody new who is held back": ([a_draft(0, company="X", user="v", off="NC")], [ACME, ANN]),
    "nobody to update": ([a_draft(0, user="v", operation="update")], [ACME, ANN]),
    "a lead that may not be updated": ([a_draft(0, company="X", user="u", off="UL")], [ACME, ANN]),
    "a contact that may not be updated": ([a_draft(0, company="X", user="u", off="UC")], [ACME, ANN]),
}


@pytest.mark.parametrize(("drafts", "found"), BUSY.values(), ids=BUSY.keys())
def test_where_something_is_to_do_it_is_left_to_the_rule(drafts: Sequence[Draft], found: Sequence[Lead | Contact]) -> None:
    assert nothing_to_do(drafts, knowing(drafts, *found), {}) is None


def test_a_row_decided_again_is_left_to_the_rule() -> None:
    assert nothing_to_do([CONTENT], knowing([CONTENT], ACME, ANN), {(0, 0): {"C"}}) is None
