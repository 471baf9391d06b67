"""Does the oracle say what the page of rules says?

Each expected state is spelled out by hand from the rules' text: one line per lead, its contacts indented below it, in order of creation,
with nothing but what is set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_close.model import ALL_ALLOWED, Draft, Kind, Reason, Row, StreamKey, Switches, Wish
from integration_tests import close_sandbox
from unit_tests.laws.oracle import (
    Close,
    Expected,
    apply_row,
    expected_world,
    explain_difference,
    never,
    outcome_of_row,
    state_of_model,
    state_of_sandbox,
)
from unit_tests.laws.oracle.combinations import cases, combinations
from unit_tests.laws.oracle.generate import drafts, drafts_of, records, worlds
from unit_tests.laws.oracle.model_close import STATUSES, Contact, Lead, stored_phone
from unit_tests.laws.oracle.records import Record
from unit_tests.laws.oracle.rules import same_phone, same_url_of_contact
from unit_tests.laws.oracle.seeding import fill, state_of
from unit_tests.laws.oracle.world import COMPANY_FIELD, USER_FIELD, SeedContact, SeedLead, World

# --- how the tests tell a world, a row, and what is expected ---------------------------------------------------------------

NO_NEW_LEADS = Switches(allow_creating_new_leads=False)
NO_LEAD_UPDATES = Switches(allow_updating_existing_leads=False)
NO_NEW_CONTACTS = Switches(allow_creating_new_contacts=False)
NO_CONTACT_UPDATES = Switches(allow_updating_existing_contacts=False)
NO_TWINS = Switches(allow_creating_duplicate_contacts=False)


def a_lead(ref: str, company_id: str | None = None, **more: Any) -> SeedLead:
    return SeedLead(ref, company_id, name=more.pop("name", ref), **more)


def a_contact(lead: str, *emails: str, user: str | None = None, **more: Any) -> SeedContact:
    return SeedContact(lead, user, emails, **more)


def a_row(
    *,
    company: str | None = None,
    user: str | None = None,
    email: str | None = None,
    emails: tuple[str, ...] | None = None,
    switches: Switches = ALL_ALLOWED,
    lead: Mapping[str, Any] | None = None,
    contact: Mapping[str, Any] | None = None,
    **more: Any,
) -> Draft:
    """Plain values become wishes."""
    return Draft(
        Row(StreamKey(None, "people"), 1, 0, {}),
        switches=switches,
        company_id=company,
        user_id=user,
        email=email,
        emails=emails if emails is not None else (email,) if email else (),
        lead=wishes(lead or {}),
        contact=wishes(contact or {}),
        **more,
    )


def wishes(values: Mapping[str, Any]) -> dict[str, Wish]:
    return {key: value if isinstance(value, Wish) else Wish(value) for key, value in values.items()}


def run(world: World | tuple[Any, ...], *rows: Draft, refuses: Any = never) -> tuple[str, list[Expected]]:
    close = (world if isinstance(world, World) else World(world)).model()
    expected = [apply_row(close, row, refuses) for row in rows]
    return told(close), expected


def told(close: Close) -> str:
    lines = []
    for lead in close.leads:
        lines.append(" ".join(["lead", *_set(lead, "company_id", "name", "description", "url"), *_status(lead), *_custom(lead)]))
        for contact in close.contacts_of(lead):
            values = [*_set(contact, "user_id", "name", "title"), *_lists(contact), *_custom(contact)]
            lines.append(" ".join(["  contact", *values]))
    return "\n".join(lines)


def _set(thing: Lead | Contact, *keys: str) -> list[str]:
    return [f"{key.removesuffix('_id')}={getattr(thing, key)}" for key in keys if getattr(thing, key)]


def _status(lead: Lead) -> list[str]:
    return [] if lead.status_id == STATUSES[0] else [f"status={lead.status_id}"]


def _lists(contact: Contact) -> list[str]:
    lists = {"emails": contact.emails, "phones": contact.phones, "urls": contact.urls}
    return [f"{key}={','.join(value for value, _ in pairs)}" for key, pairs in lists.items() if pairs]


def _custom(thing: Lead | Contact) -> list[str]:
    return [f"{key}={value}" for key, value in sorted(thing.custom.items())]


def text(block: str) -> str:
    return dedent(block).strip("\n")


def lone(block: tuple[str, list[Expected]]) -> tuple[str, Expected]:
    close, (expected,) = block
    return close, expected


def refuse_title(object_kind: str, body: Mapping[str, Any]) -> str | None:
    return "title" if body.get("title") == "REFUSE" else None


def refuse_description(object_kind: str, body: Mapping[str, Any]) -> str | None:
    return "description" if body.get("description") == "REFUSE" else None


# --- section 1: keys -------------------------------------------------------------------------------------------------------


def test_a_company_id_in_another_letter_case_is_another_company() -> None:
    close, expected = lone(run((a_lead("acme", "C1"),), a_row(company="c1", lead={"name": "Bolt"})))
    assert close == text(
        """
        lead company=C1 name=acme
        lead company=c1 name=Bolt
        """
    )
    assert expected.kind is Kind.CREATED


def test_a_user_id_in_another_letter_case_is_another_person() -> None:
    close, _ = lone(run((a_lead("acme"), a_contact("acme", user="U1")), a_row(user="u1", contact={"title": "CEO"})))
    assert close == text(
        """
        lead name=acme
          contact user=U1
        lead
          contact user=u1 title=CEO
        """
    )


def test_an_email_is_the_same_in_any_letter_case_and_is_kept_as_stored() -> None:
    close, expected = lone(run((a_lead("acme"), a_contact("acme", "Ann@X.co")), a_row(email="ann@x.CO", contact={"title": "CEO"})))
    assert close == text(
        """
        lead name=acme
          contact title=CEO emails=Ann@X.co
        """
    )
    assert expected.kind is Kind.UPDATED


def test_names_and_phones_never_match() -> None:
    world = (a_lead("acme", name="Acme"), a_contact("acme", name="Ann", phones=("+16502530000",)))
    close, _ = lone(run(world, a_row(email="ann@x.co", lead={"name": "Acme"}, contact={"name": "Ann"}, phones=("+16502530000",))))
    assert close == text(
        """
        lead name=Acme
          contact name=Ann phones=+16502530000
        lead name=Acme
          contact name=Ann emails=ann@x.co phones=+16502530000
        """
    )


def test_an_id_of_white_space_is_blank() -> None:
    world = (a_lead("acme", "  "), a_contact("acme", "ann@x.co", user=" "))
    close, expected = lone(run(world, a_row(company="c1", user="u1", email="ann@x.co")))
    assert close == text(
        """
        lead company=c1 name=acme
          contact user=u1 emails=ann@x.co
        """
    )
    assert expected.kind is Kind.UPDATED


# --- section 3: contacts matching a row ------------------------------------------------------------------------------------


def test_a_contact_with_the_user_id_matches_and_one_with_only_the_email_does_not_then() -> None:
    world = (a_lead("a"), a_contact("a", "old@x.co", user="u1"), a_lead("b"), a_contact("b", "ann@x.co"))
    close, _ = lone(run(world, a_row(user="u1", email="ann@x.co", contact={"title": "CEO"})))
    assert close == text(
        """
        lead name=a
          contact user=u1 title=CEO emails=old@x.co,ann@x.co
        lead name=b
          contact emails=ann@x.co
        """
    )


def test_an_unknown_user_id_falls_back_to_the_email_of_contacts_without_a_user_id() -> None:
    world = (a_lead("a"), a_contact("a", "ann@x.co", user="u9"), a_contact("a", "ann@x.co"))
    close, _ = lone(run(world, a_row(user="u1", email="ann@x.co", contact={"title": "CEO"})))
    assert close == text(
        """
        lead name=a
          contact user=u9 emails=ann@x.co
          contact user=u1 title=CEO emails=ann@x.co
        """
    )


def test_a_row_without_user_id_matches_by_email_whatever_user_id_the_contact_has() -> None:
    world = (a_lead("a"), a_contact("a", "ann@x.co", user="u9"))
    close, _ = lone(run(world, a_row(email="ann@x.co", contact={"title": "CEO"})))
    assert close == text(
        """
        lead name=a
          contact user=u9 title=CEO emails=ann@x.co
        """
    )


def test_a_contact_that_carries_another_user_id_is_somebody_else() -> None:
    world = (a_lead("a"), a_contact("a", "ann@x.co", user="u9"))
    close, expected = lone(run(world, a_row(user="u1", email="ann@x.co", contact={"title": "CEO"})))
    assert close == text(
        """
        lead name=a
          contact user=u9 emails=ann@x.co
        lead name=ann@x.co
          contact user=u1 title=CEO emails=ann@x.co
        """
    )
    assert expected.kind is Kind.CREATED


def test_of_twelve_matches_the_ten_oldest_are_updated_and_each_of_their_leads_once() -> None:
    late = tuple(a_contact("b", "ann@x.co") for _ in range(2))
    world = (a_lead("a"), a_lead("b"), *(a_contact("a", "ann@x.co") for _ in range(10)), *late)
    close, expected = lone(run(world, a_row(email="ann@x.co", contact={"title": "CEO"}, lead={"description": "big"})))
    assert close.splitlines() == [
        "lead name=a description=big",
        *["  contact title=CEO emails=ann@x.co"] * 10,
        "lead name=b",
        *["  contact emails=ann@x.co"] * 2,
    ]
    assert expected.warnings == ("many_matches",)


def test_the_ten_are_counted_among_what_the_case_would_update_not_among_all_matches() -> None:
    elsewhere = tuple(a_contact("other", "ann@x.co") for _ in range(10))
    world = (a_lead("other", "c9"), *elsewhere, a_lead("own", "c1"), a_contact("own", "ann@x.co"))
    close, expected = lone(run(world, a_row(company="c1", email="ann@x.co", contact={"title": "CEO"})))
    assert close.splitlines()[-1] == "  contact title=CEO emails=ann@x.co"
    assert close.count("title=CEO") == 1
    assert expected.warnings == ()


# --- section 3, case 1: a lead carries the Company ID ----------------------------------------------------------------------


def test_case_1_matching_contacts_inside_the_lead_are_updated_and_so_is_the_lead() -> None:
    world = (a_lead("acme", "c1"), a_contact("acme", user="u1"), a_contact("acme", user="u1"), a_contact("acme", user="u2"))
    close, expected = lone(run(world, a_row(company="c1", user="u1", contact={"title": "CEO"}, lead={"description": "big"})))
    assert close == text(
        """
        lead company=c1 name=acme description=big
          contact user=u1 title=CEO
          contact user=u1 title=CEO
          contact user=u2
        """
    )
    assert (expected.kind, expected.notes) == (Kind.UPDATED, ())


def test_case_1_a_contact_found_nowhere_is_created_under_the_lead() -> None:
    close, expected = lone(run((a_lead("acme", "c1"),), a_row(company="c1", user="u1", email="ann@x.co", contact={"name": "Ann"})))
    assert close == text(
        """
        lead company=c1 name=acme
          contact user=u1 name=Ann emails=ann@x.co
        """
    )
    assert expected.kind is Kind.CREATED


def test_case_1_a_contact_found_only_elsewhere_is_created_again_under_the_lead() -> None:
    world = (a_lead("other", "c9"), a_contact("other", "ann@x.co"), a_lead("blank"), a_contact("blank", "ann@x.co"), a_lead("own", "c1"))
    close, _ = lone(run(world, a_row(company="c1", email="ann@x.co", contact={"title": "CEO"})))
    assert close == text(
        """
        lead company=c9 name=other
          contact emails=ann@x.co
        lead name=blank
          contact emails=ann@x.co
        lead company=c1 name=own
          contact title=CEO emails=ann@x.co
        """
    )


def test_case_1_contacts_inside_are_updated_and_those_elsewhere_stay_untouched() -> None:
    world = (a_lead("blank"), a_contact("blank", "ann@x.co"), a_lead("own", "c1"), a_contact("own", "ann@x.co"))
    close, _ = lone(run(world, a_row(company="c1", email="ann@x.co", contact={"title": "CEO"})))
    assert close == text(
        """
        lead name=blank
          contact emails=ann@x.co
        lead company=c1 name=own
          contact title=CEO emails=ann@x.co
        """
    )


def test_case_1_a_user_id_elsewhere_hides_the_same_email_inside_the_lead() -> None:
    """Matching by email happens only if nobody anywhere carries the User ID."""
    world = (a_lead("other", "c9"), a_contact("other", user="u1"), a_lead("own", "c1"), a_contact("own", "ann@x.co"))
    close, _ = lone(run(world, a_row(company="c1", user="u1", email="ann@x.co")))
    assert close == text(
        """
        lead company=c9 name=other
          contact user=u1
        lead company=c1 name=own
          contact emails=ann@x.co
          contact user=u1 emails=ann@x.co
        """
    )


def test_case_1_of_several_leads_with_the_company_id_the_oldest_with_a_matching_contact_is_meant() -> None:
    world = (
        a_lead("first", "c1"),
        a_lead("second", "c1"),
        a_lead("third", "c1"),
        a_contact("third", user="u1"),
        a_contact("second", user="u1"),
    )
    close, expected = lone(run(world, a_row(company="c1", user="u1", lead={"description": "big"}, contact={"title": "CEO"})))
    assert close == text(
        """
        lead company=c1 name=first
        lead company=c1 name=second description=big
          contact user=u1 title=CEO
        lead company=c1 name=third
          contact user=u1
        """
    )
    assert expected.warnings == ("several_leads",)


def test_case_1_of_several_leads_without_a_matching_contact_the_oldest_is_meant() -> None:
    world = (a_lead("first", "c1"), a_lead("second", "c1"), a_contact("second", user="u2"))
    close, expected = lone(run(world, a_row(company="c1", user="u1")))
    assert close == text(
        """
        lead company=c1 name=first
          contact user=u1
        lead company=c1 name=second
          contact user=u2
        """
    )
    assert expected.warnings == ("several_leads",)


# --- section 3, case 2: no lead carries the Company ID ---------------------------------------------------------------------


def test_case_2_without_a_match_a_lead_is_created_with_the_contact_in_it() -> None:
    row = a_row(company="c1", user="u1", email="ann@x.co", lead={"name": "Acme"}, contact={"name": "Ann"})
    close, expected = lone(run((), row))
    assert close == text(
        """
        lead company=c1 name=Acme
          contact user=u1 name=Ann emails=ann@x.co
        """
    )
    assert expected.kind is Kind.CREATED


def test_case_2_leads_with_a_blank_company_id_are_adopted_and_the_oldest_is_stamped() -> None:
    world = (
        a_lead("other", "c9"),
        a_contact("other", "ann@x.co"),
        a_lead("first"),
        a_lead("second"),
        a_contact("second", "ann@x.co"),
        a_contact("first", "ann@x.co"),
    )
    row = a_row(company="c1", email="ann@x.co", lead={"description": "big"}, contact={"title": "CEO"})
    close, expected = lone(run(world, row))
    assert close == text(
        """
        lead company=c9 name=other
          contact emails=ann@x.co
        lead company=c1 name=first description=big
          contact title=CEO emails=ann@x.co
        lead name=second description=big
          contact title=CEO emails=ann@x.co
        """
    )
    assert expected.kind is Kind.UPDATED


def test_case_2_a_stamp_alone_is_an_update() -> None:
    close, expected = lone(run((a_lead("a"), a_contact("a", "ann@x.co")), a_row(company="c1", email="ann@x.co")))
    assert close == text(
        """
        lead company=c1 name=a
          contact emails=ann@x.co
        """
    )
    assert expected.kind is Kind.UPDATED


def test_case_2_matches_only_under_other_companies_give_a_new_lead_and_a_new_contact() -> None:
    world = (a_lead("other", "c9"), a_contact("other", user="u1"))
    close, expected = lone(run(world, a_row(company="c1", user="u1", lead={"name": "Acme"}, contact={"title": "CEO"})))
    assert close == text(
        """
        lead company=c9 name=other
          contact user=u1
        lead company=c1 name=Acme
          contact user=u1 title=CEO
        """
    )
    assert expected.kind is Kind.CREATED


# --- section 3, cases 3 and 4: the row has no Company ID -------------------------------------------------------------------


def test_case_3_matching_contacts_are_updated_wherever_they_are_and_each_of_their_leads() -> None:
    world = (
        a_lead("a", "c1"),
        a_contact("a", "ann@x.co"),
        a_contact("a", "ann@x.co"),
        a_lead("b"),
        a_contact("b", "ann@x.co"),
        a_lead("c"),
    )
    close, expected = lone(run(world, a_row(email="ann@x.co", lead={"description": "big"}, contact={"title": "CEO"})))
    assert close == text(
        """
        lead company=c1 name=a description=big
          contact title=CEO emails=ann@x.co
          contact title=CEO emails=ann@x.co
        lead name=b description=big
          contact title=CEO emails=ann@x.co
        lead name=c
        """
    )
    assert expected.kind is Kind.UPDATED


def test_case_4_without_a_match_a_lead_without_company_id_is_created_with_the_contact_in_it() -> None:
    close, expected = lone(run((a_lead("a"),), a_row(user="u1", contact={"name": "Ann"})))
    assert close == text(
        """
        lead name=a
        lead name=Ann
          contact user=u1 name=Ann
        """
    )
    assert expected.kind is Kind.CREATED


# --- section 3: when a switch is off ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [a_row(company="c1", user="u1", switches=NO_NEW_LEADS), a_row(user="u1", switches=NO_NEW_LEADS)])
def test_lead_creation_off_and_no_lead_found_writes_nothing(row: Draft) -> None:
    close, expected = lone(run((a_lead("other", "c9"),), row))
    assert close == "lead company=c9 name=other"
    assert (expected.kind, expected.reason) == (Kind.SKIPPED, Reason.LEAD_CREATION_DISABLED)


def test_lead_creation_off_still_adopts_and_updates() -> None:
    world = (a_lead("a"), a_contact("a", "ann@x.co"))
    close, expected = lone(run(world, a_row(company="c1", email="ann@x.co", switches=NO_NEW_LEADS)))
    assert close == text(
        """
        lead company=c1 name=a
          contact emails=ann@x.co
        """
    )
    assert (expected.kind, expected.notes) == (Kind.UPDATED, ())


def test_contact_creation_off_creates_a_lead_with_a_company_id_alone() -> None:
    close, expected = lone(run((), a_row(company="c1", user="u1", lead={"name": "Acme"}, switches=NO_NEW_CONTACTS)))
    assert close == "lead company=c1 name=Acme"
    assert (expected.kind, expected.reason, expected.notes) == (Kind.CREATED, None, (Reason.CONTACT_CREATION_DISABLED,))


def test_contact_creation_off_creates_nothing_without_a_company_id() -> None:
    close, expected = lone(run((), a_row(user="u1", lead={"name": "Acme"}, switches=NO_NEW_CONTACTS)))
    assert close == ""
    assert (expected.kind, expected.reason) == (Kind.SKIPPED, Reason.CONTACT_CREATION_DISABLED)


def test_contact_creation_off_still_updates_the_lead() -> None:
    row = a_row(company="c1", user="u1", lead={"description": "big"}, switches=NO_NEW_CONTACTS)
    close, expected = lone(run((a_lead("a", "c1"),), row))
    assert close == "lead company=c1 name=a description=big"
    assert (expected.kind, expected.notes) == (Kind.UPDATED, (Reason.CONTACT_CREATION_DISABLED,))


def test_contact_creation_off_with_nothing_else_to_do_is_skipped_for_it() -> None:
    """Even though the lead was looked at and is already so."""
    close, expected = lone(run((a_lead("a", "c1"),), a_row(company="c1", user="u1", lead={"name": "a"}, switches=NO_NEW_CONTACTS)))
    assert close == "lead company=c1 name=a"
    assert (expected.kind, expected.reason) == (Kind.SKIPPED, Reason.CONTACT_CREATION_DISABLED)


def test_duplicates_off_keeps_a_known_person_out_of_the_rows_lead_which_is_still_updated() -> None:
    world = (a_lead("other", "c9"), a_contact("other", "ann@x.co"), a_lead("own", "c1"))
    close, expected = lone(run(world, a_row(company="c1", email="ann@x.co", lead={"description": "big"}, switches=NO_TWINS)))
    assert close == text(
        """
        lead company=c9 name=other
          contact emails=ann@x.co
        lead company=c1 name=own description=big
        """
    )
    assert (expected.kind, expected.notes) == (Kind.UPDATED, (Reason.DUPLICATE_NOT_ALLOWED,))


def test_duplicates_off_makes_no_new_lead_for_a_person_of_another_company() -> None:
    world = (a_lead("other", "c9"), a_contact("other", user="u1"))
    close, expected = lone(run(world, a_row(company="c1", user="u1", lead={"name": "Acme"}, switches=NO_TWINS)))
    assert close == text(
        """
        lead company=c9 name=other
          contact user=u1
        """
    )
    assert (expected.kind, expected.reason) == (Kind.SKIPPED, Reason.DUPLICATE_NOT_ALLOWED)


def test_duplicates_off_lets_a_new_person_in() -> None:
    close, expected = lone(run((a_lead("own", "c1"),), a_row(company="c1", user="u1", email="ann@x.co", switches=NO_TWINS)))
    assert close == text(
        """
        lead company=c1 name=own
          contact user=u1 emails=ann@x.co
        """
    )
    assert expected.kind is Kind.CREATED


@pytest.mark.parametrize("company", ["c1", None])
def test_duplicates_off_counts_an_email_held_by_another_person_when_a_lead_would_be_created(company: str | None) -> None:
    world = (a_lead("other", "c9"), a_contact("other", "Ann@x.co", user="u9"))
    close, expected = lone(run(world, a_row(company=company, user="u1", email="ann@x.co", switches=NO_TWINS)))
    assert close == text(
        """
        lead company=c9 name=other
          contact user=u9 emails=Ann@x.co
        """
    )
    assert (expected.kind, expected.reason) == (Kind.SKIPPED, Reason.DUPLICATE_NOT_ALLOWED)


@pytest.mark.parametrize("holder", ["other", "own"])
def test_duplicates_off_counts_an_email_held_by_another_person_when_a_contact_would_be_created(holder: str) -> None:
    world = (a_lead("other", "c9"), a_lead("own", "c1"), a_contact(holder, "ann@x.co", user="u9"))
    close, expected = lone(run(world, a_row(company="c1", user="u1", email="ann@x.co", switches=NO_TWINS)))
    assert close.count("contact") == 1
    assert (expected.kind, expected.reason) == (Kind.SKIPPED, Reason.DUPLICATE_NOT_ALLOWED)


def test_lead_creation_is_asked_before_duplicates_and_duplicates_before_contact_creation() -> None:
    world = (a_lead("other", "c9"), a_contact("other", user="u1"))
    off = {"allow_creating_duplicate_contacts": False, "allow_creating_new_contacts": False}
    _, none_of_three = lone(run(world, a_row(company="c1", user="u1", switches=Switches(allow_creating_new_leads=False, **off))))
    _, neither = lone(run(world, a_row(company="c1", user="u1", switches=Switches(**off))))
    assert (none_of_three.reason, neither.reason) == (Reason.LEAD_CREATION_DISABLED, Reason.DUPLICATE_NOT_ALLOWED)


def test_contact_creation_off_for_a_person_of_another_company_creates_the_lead_alone() -> None:
    world = (a_lead("other", "c9"), a_contact("other", user="u1"))
    close, _ = lone(run(world, a_row(company="c1", user="u1", lead={"name": "Acme"}, switches=NO_NEW_CONTACTS)))
    assert close == text(
        """
        lead company=c9 name=other
          contact user=u1
        lead company=c1 name=Acme
        """
    )


def test_lead_updates_off_means_no_stamp_and_no_new_lead_but_the_contacts_are_updated() -> None:
    world = (a_lead("a"), a_contact("a", "ann@x.co"))
    row = a_row(company="c1", email="ann@x.co", lead={"description": "big"}, contact={"title": "CEO"}, switches=NO_LEAD_UPDATES)
    close, expected = lone(run(world, row))
    assert close == text(
        """
        lead name=a
          contact title=CEO emails=ann@x.co
        """
    )
    assert (expected.kind, expected.notes) == (Kind.UPDATED, (Reason.LEAD_UPDATE_DISABLED,))


def test_contact_updates_off_still_updates_and_stamps_the_lead() -> None:
    world = (a_lead("a"), a_contact("a", "ann@x.co"))
    row = a_row(company="c1", user="u1", email="ann@x.co", contact={"title": "CEO"}, switches=NO_CONTACT_UPDATES)
    close, expected = lone(run(world, row))
    assert close == text(
        """
        lead company=c1 name=a
          contact emails=ann@x.co
        """
    )
    assert (expected.kind, expected.notes) == (Kind.UPDATED, (Reason.CONTACT_UPDATE_DISABLED,))


def test_updates_off_do_not_hold_back_creation() -> None:
    switches = Switches(allow_updating_existing_leads=False, allow_updating_existing_contacts=False)
    close, expected = lone(run((a_lead("a", "c1"),), a_row(company="c1", user="u1", lead={"description": "big"}, switches=switches)))
    assert close == text(
        """
        lead company=c1 name=a
          contact user=u1
        """
    )
    assert (expected.kind, expected.notes) == (Kind.CREATED, (Reason.LEAD_UPDATE_DISABLED,))


def test_a_switch_that_held_back_nothing_leaves_the_row_unchanged() -> None:
    switches = Switches(allow_updating_existing_leads=False, allow_updating_existing_contacts=False)
    world = (a_lead("a", "c1"), a_contact("a", "ann@x.co", user="u1"))
    _, expected = lone(run(world, a_row(company="c1", user="u1", email="ANN@x.co", lead={"name": "a"}, switches=switches)))
    assert (expected.kind, expected.reason, expected.notes) == (Kind.UNCHANGED, None, ())


def test_when_several_switches_held_back_each_of_them_is_a_true_reason() -> None:
    switches = Switches(allow_updating_existing_leads=False, allow_updating_existing_contacts=False)
    world = (a_lead("a", "c1"), a_contact("a", user="u1"))
    row = a_row(company="c1", user="u1", lead={"description": "big"}, contact={"title": "CEO"}, switches=switches)
    _, expected = lone(run(world, row))
    assert expected.kind is Kind.SKIPPED
    assert expected.reasons == {Reason.LEAD_UPDATE_DISABLED, Reason.CONTACT_UPDATE_DISABLED}


# --- section 3: rows that lack keys ----------------------------------------------------------------------------------------


def test_a_row_without_any_key_is_rejected() -> None:
    close, expected = lone(run((a_lead("a"),), a_row(lead={"name": "b"}, contact={"name": "Ann"})))
    assert close == "lead name=a"
    assert (expected.kind, expected.reason, expected.wrote) == (Kind.REJECTED, Reason.NO_MATCH_KEY, False)


@pytest.mark.parametrize("world", [(), (a_lead("Acme", "c1"),)])
def test_a_contact_without_key_is_left_out_and_the_lead_part_is_done(world: tuple[Any, ...]) -> None:
    row = a_row(company="c1", lead={"name": "Acme", "description": "big"}, contact_without_key=True)
    close, expected = lone(run(world, row))
    assert close == "lead company=c1 name=Acme description=big"
    assert (expected.kind, expected.notes) == (Kind.UPDATED if world else Kind.CREATED, (Reason.CONTACT_WITHOUT_KEY,))


def test_a_contact_without_key_with_a_lead_that_is_already_so_is_unchanged() -> None:
    _, expected = lone(run((a_lead("a", "c1"),), a_row(company="c1", lead={"name": "a"}, contact_without_key=True)))
    assert (expected.kind, expected.reason, expected.notes) == (Kind.UNCHANGED, None, (Reason.CONTACT_WITHOUT_KEY,))


def test_a_contact_without_key_with_a_lead_held_back_is_skipped_for_the_switch() -> None:
    row = a_row(company="c1", lead={"name": "b"}, contact_without_key=True, switches=NO_LEAD_UPDATES)
    _, expected = lone(run((a_lead("a", "c1"),), row))
    assert (expected.kind, expected.reason) == (Kind.SKIPPED, Reason.LEAD_UPDATE_DISABLED)
    assert Reason.CONTACT_WITHOUT_KEY in expected.notes


@pytest.mark.parametrize("switches", [ALL_ALLOWED, NO_NEW_CONTACTS, NO_TWINS])
def test_only_lead_fields_and_a_company_id_create_the_lead_alone(switches: Switches) -> None:
    close, expected = lone(run((), a_row(company="c1", lead={"name": "Acme"}, switches=switches)))
    assert close == "lead company=c1 name=Acme"
    assert (expected.kind, expected.notes) == (Kind.CREATED, ())


# --- section 4: scalars ----------------------------------------------------------------------------------------------------


def test_the_rows_scalars_replace_different_ones_and_leave_the_rest() -> None:
    world = (
        a_lead("a", "c1", description="old", url="https://a.example", custom={"cf_Tier": "one", "cf_Seats": 10}),
        a_contact("a", user="u1", name="Ann", title="CTO", custom={"cf_Plan": "one"}),
    )
    lead = {"name": "b", "url": "https://b.example", "status_id": "stat_lost", "custom.cf_Tier": "two"}
    close, _ = lone(run(world, a_row(company="c1", user="u1", lead=lead, contact={"title": "CEO", "custom.cf_Plan": "two"})))
    assert close == text(
        """
        lead company=c1 name=b description=old url=https://b.example status=stat_lost cf_Seats=10 cf_Tier=two
          contact user=u1 name=Ann title=CEO cf_Plan=two
        """
    )


@pytest.mark.parametrize(
    ("stored", "wish"),
    [
        (10, Wish(10.0, "number")),
        ("2024-01-31", Wish("2024-01-31T10:00:00Z", "date")),
        ("2024-01-31T10:00:00+00:00", Wish("2024-01-31T11:00:00+01:00", "datetime")),
        ("2024-01-31T10:00:00+00:00", Wish("2024-01-31T10:00:00", "datetime")),
        (["red", "blue"], Wish(("blue", "red"), "set")),
        (["red", "blue"], Wish("blue", "set", add=True)),
        ("http://a.example", Wish("a.example", "url")),
        ("https://a.example", Wish("a.example", "url")),
        ("one", Wish("one")),
    ],
)
def test_what_is_the_same_once_stored_is_not_written(stored: Any, wish: Wish) -> None:
    _, expected = lone(run((a_lead("a", "c1", custom={"cf_X": stored}),), a_row(company="c1", lead={"custom.cf_X": wish})))
    assert expected.kind is Kind.UNCHANGED


@pytest.mark.parametrize(
    ("stored", "wish", "after"),
    [
        (10, Wish(11, "number"), 11),
        ("2024-01-31", Wish("2024-02-01", "date"), "2024-02-01"),
        ("2024-01-31T10:00:00+00:00", Wish("2024-01-31T10:00:00+01:00", "datetime"), "2024-01-31T10:00:00+01:00"),
        (["red", "blue"], Wish(("blue",), "set"), ["blue"]),
        (["red"], Wish("blue", "set", add=True), ["red", "blue"]),
        (None, Wish("blue", "set", add=True), ["blue"]),
        ("one", Wish("One"), "One"),
    ],
)
def test_what_is_different_once_stored_is_written(stored: Any, wish: Wish, after: Any) -> None:
    custom = {} if stored is None else {"cf_X": stored}
    close, expected = lone(run((a_lead("a", "c1", custom=custom),), a_row(company="c1", lead={"custom.cf_X": wish})))
    assert close == f"lead company=c1 name=a cf_X={after}"
    assert expected.kind is Kind.UPDATED


def test_a_lead_url_that_differs_only_in_a_scheme_the_row_does_not_name_is_the_same() -> None:
    world = (a_lead("a", "c1", url="https://a.example"),)
    _, same = lone(run(world, a_row(company="c1", lead={"url": Wish("a.example", "url")})))
    close, other = lone(run(world, a_row(company="c1", lead={"url": Wish("http://a.example", "url")})))
    assert (same.kind, other.kind) == (Kind.UNCHANGED, Kind.UPDATED)
    assert close == "lead company=c1 name=a url=http://a.example"


# --- section 4: lists ------------------------------------------------------------------------------------------------------


def test_new_emails_phones_and_urls_are_appended_after_what_is_there() -> None:
    world = (a_lead("a"), a_contact("a", "z@x.co", user="u1", phones=("+14155552671",), urls=("https://z.example",)))
    close, _ = lone(run(world, a_row(user="u1", email="Ann@x.co", phones=("+16502530000",), urls=("ann.example",))))
    assert close == text(
        """
        lead name=a
          contact user=u1 emails=z@x.co,Ann@x.co phones=+14155552671,+16502530000 urls=https://z.example,http://ann.example
        """
    )


def test_types_of_list_entries_stay_as_they_are() -> None:
    close = World((a_lead("a"), a_contact("a", user="u1"))).model()
    close.update_contact(close.contacts[0], {"emails": [("z@x.co", "home")], "phones": [("+14155552671", "mobile")]})
    apply_row(close, a_row(user="u1", email="ann@x.co", phones=("+16502530000",)))
    assert close.contacts[0].emails == [("z@x.co", "home"), ("ann@x.co", "office")]
    assert close.contacts[0].phones == [("+14155552671", "mobile"), ("+16502530000", "office")]


def test_what_the_contact_has_by_meaning_is_not_appended() -> None:
    world = (a_lead("a"), a_contact("a", "Ann@X.co", user="u1", phones=("+16502530000",), urls=("https://www.ann.example/me/",)))
    _, expected = lone(run(world, a_row(user="u1", email="ann@x.co", phones=("+16502530000",), urls=("ANN.example/me",))))
    assert expected.kind is Kind.UNCHANGED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://ann.example", "https://ann.example", True),
        ("ann.example", "https://www.ann.example/", True),
        ("http://ANN.example/Me", "ann.example/Me", True),
        ("http://ann.example/Me", "http://ann.example/me", False),
        ("http://ann.example/?q=1", "http://ann.example/?q=2", False),
        ("http://www.ann.example", "http://www2.ann.example", False),
        ("http://ann.example?next=http://b.example", "ann.example?next=http://b.example", True),
    ],
)
def test_urls_of_contacts_compare_without_scheme_www_host_case_and_trailing_slash(one: str, other: str, same: bool) -> None:
    assert same_url_of_contact(one, other) is same


def test_phones_compare_as_digits_and_an_extension_makes_another_number() -> None:
    assert same_phone("+16502530000", "16502530000")
    assert not same_phone("+16502530000", "+16502530000x12")


def test_an_email_that_another_contact_of_the_same_lead_carries_is_not_appended() -> None:
    world = (a_lead("a"), a_contact("a", user="u1"), a_contact("a", "ANN@x.co", user="u2"))
    close, expected = lone(run(world, a_row(user="u1", email="ann@x.co")))
    assert close == text(
        """
        lead name=a
          contact user=u1
          contact user=u2 emails=ANN@x.co
        """
    )
    assert expected.kind is Kind.UNCHANGED


def test_an_email_that_a_contact_of_another_lead_carries_is_appended() -> None:
    world = (a_lead("a"), a_contact("a", user="u1"), a_lead("b"), a_contact("b", "ann@x.co", user="u2"))
    close, _ = lone(run(world, a_row(user="u1", email="ann@x.co")))
    assert close.splitlines()[1] == "  contact user=u1 emails=ann@x.co"


def test_a_new_contact_gets_the_email_that_another_contact_of_the_lead_carries() -> None:
    world = (a_lead("a", "c1"), a_contact("a", "ann@x.co", user="u9"))
    close, _ = lone(run(world, a_row(company="c1", user="u1", email="ann@x.co")))
    assert close == text(
        """
        lead company=c1 name=a
          contact user=u9 emails=ann@x.co
          contact user=u1 emails=ann@x.co
        """
    )


def test_several_emails_of_one_row_are_each_appended_once() -> None:
    world = (a_lead("a"), a_contact("a", "b@x.co", user="u1"))
    close, _ = lone(run(world, a_row(user="u1", email="a@x.co", emails=("a@x.co", "B@x.co", "A@x.co", "c@x.co"))))
    assert close.splitlines()[1] == "  contact user=u1 emails=b@x.co,a@x.co,c@x.co"


# --- section 4: ids --------------------------------------------------------------------------------------------------------


def test_the_user_id_is_stamped_on_a_contact_matched_by_email_while_blank() -> None:
    close, expected = lone(run((a_lead("a"), a_contact("a", "ann@x.co")), a_row(user="u1", email="ann@x.co")))
    assert close == text(
        """
        lead name=a
          contact user=u1 emails=ann@x.co
        """
    )
    assert expected.kind is Kind.UPDATED


def test_a_company_id_and_a_user_id_that_are_there_are_never_overwritten() -> None:
    world = (a_lead("a", "c9"), a_contact("a", "ann@x.co", user="u9"))
    close, _ = run(world, a_row(email="ann@x.co", contact={"title": "CEO"}), a_row(company="c1", email="ann@x.co"))
    assert close == text(
        """
        lead company=c9 name=a
          contact user=u9 title=CEO emails=ann@x.co
        lead company=c1 name=ann@x.co
          contact emails=ann@x.co
        """
    )


# --- section 4: blanks and policies ----------------------------------------------------------------------------------------


def test_a_field_the_row_does_not_wish_for_is_left_alone() -> None:
    world = (a_lead("a", "c1", description="typed"), a_contact("a", user="u1", title="typed"))
    _, expected = lone(run(world, a_row(company="c1", user="u1")))
    assert expected.kind is Kind.UNCHANGED


def test_a_wish_for_none_clears_and_then_there_is_nothing_left_to_clear() -> None:
    world = (
        a_lead("a", "c1", description="old", url="http://a.example", custom={"cf_Tier": "one"}),
        a_contact("a", user="u1", title="old"),
    )
    row = a_row(company="c1", user="u1", lead={"description": None, "url": None, "custom.cf_Tier": None}, contact={"title": None})
    close, (first, second) = run(world, row, row)
    assert close == text(
        """
        lead company=c1 name=a
          contact user=u1
        """
    )
    assert (first.kind, second.kind) == (Kind.UPDATED, Kind.UNCHANGED)


def test_only_if_empty_fills_a_blank_and_never_replaces() -> None:
    world = (a_lead("a", "c1", description="typed"),)
    lead = {"description": Wish("new", when="if_empty"), "url": Wish("http://a.example", "url", when="if_empty")}
    close, _ = lone(run(world, a_row(company="c1", lead=lead)))
    assert close == "lead company=c1 name=a description=typed url=http://a.example"


def test_only_on_create_is_written_with_a_new_object_and_not_to_one_that_exists() -> None:
    lead = {"name": "Acme", "status_id": Wish("stat_lost", when="on_create")}
    again = {"name": "Acme", "status_id": Wish("stat_customer", when="on_create")}
    close, (first, second) = run((), a_row(company="c1", lead=lead), a_row(company="c1", lead=again))
    assert close == "lead company=c1 name=Acme status=stat_lost"
    assert (first.kind, second.kind) == (Kind.CREATED, Kind.UNCHANGED)


def test_a_new_object_gets_every_value_and_nothing_of_what_would_be_cleared() -> None:
    lead = {
        "name": "Acme",
        "description": None,
        "custom.cf_Tags": Wish("red", "set", add=True),
        "custom.cf_Tier": Wish("one", when="if_empty"),
    }
    close, _ = lone(
        run((), a_row(company="c1", user="u1", lead=lead, contact={"title": None, "custom.cf_Since": Wish("2024-01-31", "date")}))
    )
    assert close == text(
        """
        lead company=c1 name=Acme cf_Tags=['red'] cf_Tier=one
          contact user=u1 cf_Since=2024-01-31
        """
    )


# --- section 4: naming a new lead ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead_name", "contact_name", "email", "named"),
    [
        ("Acme", "Ann", "ann@x.co", "Acme"),
        (None, "Ann", "ann@x.co", "Ann"),
        (None, None, "ann@x.co", "ann@x.co"),
        (None, None, None, ""),
    ],
)
@pytest.mark.parametrize("switches", [ALL_ALLOWED, NO_NEW_CONTACTS])
def test_a_new_lead_without_lead_name_is_named_after_the_contact_else_its_email(
    lead_name: str | None, contact_name: str | None, email: str | None, named: str, switches: Switches
) -> None:
    close = Close()
    lead = {"name": lead_name} if lead_name else {}
    contact = {"name": contact_name} if contact_name else {}
    apply_row(close, a_row(company="c1", user="u1", email=email, lead=lead, contact=contact, switches=switches))
    assert [lead.name for lead in close.leads] == [named]


# --- section 5: order ------------------------------------------------------------------------------------------------------


def test_each_row_sees_everything_before_it() -> None:
    close, expected = run(
        (),
        a_row(company="c1", user="u1", lead={"name": "Acme"}),
        a_row(company="c1", user="u2", email="bob@x.co"),
        a_row(email="BOB@x.co", contact={"title": "CTO"}),
        a_row(company="c1", lead={"name": "Acme Ltd"}),
        a_row(company="c1", lead={"name": "Acme"}),
    )
    assert close == text(
        """
        lead company=c1 name=Acme
          contact user=u1
          contact user=u2 title=CTO emails=bob@x.co
        """
    )
    assert [one.kind for one in expected] == [Kind.CREATED, Kind.CREATED, Kind.UPDATED, Kind.UPDATED, Kind.UPDATED]


def test_a_lead_of_a_person_without_company_is_adopted_when_the_company_turns_up() -> None:
    close, expected = run((), a_row(email="ann@x.co"), a_row(company="c1", email="ann@x.co", lead={"name": "Acme"}))
    assert close == text(
        """
        lead company=c1 name=Acme
          contact emails=ann@x.co
        """
    )
    assert [one.kind for one in expected] == [Kind.CREATED, Kind.UPDATED]


def test_drafts_take_effect_in_stream_order_however_they_are_given() -> None:
    rows = drafts_of([Record("people", {"lead_company_id": "c1", "lead_name": name}) for name in ("Acme", "Bolt")])
    assert expected_world(World(), reversed(rows))[0][0].name == "Bolt"


# --- section 6: outcomes ---------------------------------------------------------------------------------------------------


def test_a_refused_contact_leaves_the_lead_written_and_the_row_rejected() -> None:
    world = (a_lead("a", "c1"), a_contact("a", user="u1"))
    row = a_row(company="c1", user="u1", lead={"description": "big"}, contact={"title": "REFUSE", "name": "Ann"})
    close, expected = lone(run(world, row, refuses=refuse_title))
    assert close == text(
        """
        lead company=c1 name=a description=big
          contact user=u1
        """
    )
    assert (expected.kind, expected.reason) == (Kind.REJECTED, Reason.REFUSED_BY_CLOSE)
    assert (expected.rejections, expected.wrote) == ((("contact", "title"),), True)


def test_a_refused_lead_leaves_the_contact_written_and_the_row_rejected() -> None:
    world = (a_lead("a"), a_contact("a", user="u1"))
    row = a_row(company="c1", user="u1", lead={"description": "REFUSE"}, contact={"title": "CEO"})
    close, expected = lone(run(world, row, refuses=refuse_description))
    assert close == text(
        """
        lead name=a
          contact user=u1 title=CEO
        """
    )
    assert (expected.kind, expected.rejections) == (Kind.REJECTED, (("lead", "description"),))


def test_a_refused_new_lead_takes_its_contact_along() -> None:
    """A contact never goes without a lead."""
    row = a_row(company="c1", user="u1", lead={"description": "REFUSE"})
    close, expected = lone(run((), row, refuses=refuse_description))
    assert close == ""
    assert (expected.kind, expected.wrote) == (Kind.REJECTED, False)


@pytest.mark.parametrize(("company", "after"), [("c1", "lead company=c1 name=Acme"), (None, "")])
def test_a_refused_contact_of_a_new_lead_leaves_the_lead_if_it_can_be_found_again(company: str | None, after: str) -> None:
    row = a_row(company=company, user="u1", lead={"name": "Acme"}, contact={"title": "REFUSE"})
    close, expected = lone(run((), row, refuses=refuse_title))
    assert close == after
    assert expected.kind is Kind.REJECTED


def test_only_the_write_at_fault_is_left_out_when_several_contacts_match() -> None:
    world = (a_lead("a"), a_contact("a", "ann@x.co", title="REFUSE"), a_contact("a", "ann@x.co", title="old"))
    row = a_row(email="ann@x.co", contact={"title": "REFUSE", "name": "Ann"})
    close, expected = lone(run(world, row, refuses=refuse_title))
    assert close == text(
        """
        lead name=a
          contact name=Ann title=REFUSE emails=ann@x.co
          contact title=old emails=ann@x.co
        """
    )
    assert (expected.kind, expected.wrote) == (Kind.REJECTED, True)


def test_a_record_of_several_mappings_is_rejected_if_one_of_them_rejects_it() -> None:
    rows = drafts_of([Record("orders", {"contact_email": "a@x.co", "second_email": None})])
    _, (first, second) = expected_world(World(), rows)
    assert (first.kind, second.kind) == (Kind.CREATED, Kind.REJECTED)
    assert outcome_of_row([first, second]) is Kind.REJECTED


# --- laws, over all cases and over random ones -----------------------------------------------------------------------------


def broken_laws(world: World, row: Draft) -> list[str]:
    """What must hold whatever the case: written from sections 3, 4 and 6, without a look at how cases are told apart."""
    before, close = world.model(), world.model()
    expected = apply_row(close, row)
    leads = list(zip(before.leads, close.leads, strict=False))
    contacts = list(zip(before.contacts, close.contacts, strict=False))
    new_leads, new_contacts = len(close.leads) - len(before.leads), len(close.contacts) - len(before.contacts)
    leads_updated = sum(vars(was) != vars(now) for was, now in leads)
    contacts_updated = sum(without_lead(was) != without_lead(now) for was, now in contacts)
    after, switches = told(close), row.switches
    again = apply_row(close, row)
    laws = {
        "no object disappears": new_leads >= 0 and new_contacts >= 0,
        "a row creates at most one lead and one contact": new_leads <= 1 and new_contacts <= 1,
        "at most ten contacts are updated": contacts_updated <= 10,
        "lead creation off creates no lead": switches.allow_creating_new_leads or not new_leads,
        "contact creation off creates no contact": switches.allow_creating_new_contacts or not new_contacts,
        "lead updates off updates no lead": switches.allow_updating_existing_leads or not leads_updated,
        "contact updates off updates no contact": switches.allow_updating_existing_contacts or not contacts_updated,
        "a Company ID is never overwritten": all(not is_set(was.company_id) or was.company_id == now.company_id for was, now in leads),
        "a User ID is never overwritten": all(not is_set(was.user_id) or was.user_id == now.user_id for was, now in contacts),
        "lists only grow, at their end": all(grew(was, now) for was, now in contacts),
        "a Company ID is stamped on one lead at most": sum(was.company_id != now.company_id for was, now in leads) <= 1,
        "a new object carries the row's ids": all(lead.company_id == row.company_id for lead in close.leads[len(leads) :])
        and all(contact.user_id == row.user_id for contact in close.contacts[len(contacts) :]),
        "created means that something was": (expected.kind is Kind.CREATED) is bool(new_leads or new_contacts),
        "updated means that something was, and nothing created": (expected.kind is Kind.UPDATED)
        is (bool(leads_updated or contacts_updated) and not new_leads and not new_contacts),
        "skipped and rejected have a reason, and only they": (expected.reason is not None)
        is (expected.kind in (Kind.SKIPPED, Kind.REJECTED)),
        "nothing is skipped while every switch is on": expected.kind is not Kind.SKIPPED or switches != ALL_ALLOWED,
        "the same row again writes nothing": told(close) == after and not again.wrote,
    }
    return [law for law, holds in laws.items() if not holds]


def without_lead(contact: Contact) -> dict[str, Any]:
    return {key: value for key, value in vars(contact).items() if key != "lead"}


def is_set(value: str | None) -> bool:
    return bool((value or "").strip())


def grew(was: Contact, now: Contact) -> bool:
    pairs = ((was.emails, now.emails), (was.phones, now.phones), (was.urls, now.urls))
    return all(after[: len(before)] == before for before, after in pairs)


def test_every_combination_obeys_the_laws() -> None:
    broken = {combination.id: broken_laws(combination.world, combination.draft) for combination in combinations()}
    assert {name: laws for name, laws in broken.items() if laws} == {}


@settings(max_examples=200, deadline=None)
@given(worlds(), drafts(most=1))
def test_random_rows_obey_the_laws(world: World, rows: list[Draft]) -> None:
    assert [broken_laws(world, row) for row in rows if broken_laws(world, row)] == []


@settings(max_examples=60, deadline=None)
@given(worlds(), drafts())
def test_every_draft_has_exactly_one_outcome_in_order(world: World, rows: list[Draft]) -> None:
    _, expected = expected_world(world, rows)
    assert [one.draft.at for one in expected] == [row.at for row in rows]


# --- the combinations ------------------------------------------------------------------------------------------------------


def test_combinations_are_distinguished_by_their_ids() -> None:
    ids = [combination.id for combination in combinations()]
    assert len(ids) == len(set(ids)) == 32 * len(list(cases()))
    assert "company=known,user=absent,email=known,e@own+blank,off=UL+DC" in ids


def test_combinations_hold_every_mixture_of_absent_known_and_unknown() -> None:
    assert len({(case.company, case.user, case.email) for case in cases()}) == 27


def test_what_a_combination_calls_known_is_in_its_world_and_what_it_calls_unknown_is_not() -> None:
    for case in cases():
        row, close = case.draft, case.world.model()
        found = {
            "company": any(lead.company_id == row.company_id for lead in close.leads),
            "user": any(contact.user_id == row.user_id for contact in close.contacts),
            "email": any(row.email == email.lower() for contact in close.contacts for email, _ in contact.emails),
        }
        for key, value in (("company", row.company_id), ("user", row.user_id), ("email", row.email)):
            presence = "absent" if value is None else "known" if found[key] else "unknown"
            assert presence == getattr(case, key), case.id


def test_every_reason_of_a_switch_is_met_among_the_combinations() -> None:
    met = {reason for one in combinations() for expected in expected_world(one.world, [one.draft])[1] for reason in expected.reasons}
    assert met == {
        Reason.NO_MATCH_KEY,
        Reason.LEAD_CREATION_DISABLED,
        Reason.CONTACT_CREATION_DISABLED,
        Reason.LEAD_UPDATE_DISABLED,
        Reason.CONTACT_UPDATE_DISABLED,
        Reason.DUPLICATE_NOT_ALLOWED,
    }


# --- the generated worlds and records --------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(worlds(), st.data())
def test_seed_bodies_make_the_same_world_as_the_model(world: World, data: st.DataObject) -> None:
    leads: dict[str, dict[str, Any]] = {}
    for body in world.bodies():
        thing = {key: value for key, value in body.items() if key not in ("object", "ref", "lead")}
        if body["object"] == "lead":
            leads[body["ref"]] = thing | {"contacts": []}
        else:
            leads[body["lead"]]["contacts"].append(thing)
    shuffled = data.draw(st.permutations(list(leads.values())))
    found = state_of_sandbox(shuffled, company_field=COMPANY_FIELD, user_field=USER_FIELD)
    assert explain_difference(state_of_model(world.model()), found) == ""


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_a_world_is_the_same_in_the_sandbox_and_in_the_model(world: World) -> None:
    assert explain_difference(state_of_model(world.model()), state_of(fill(close_sandbox.Close(), world))) == ""


@settings(max_examples=200, deadline=None)
@given(records(policies=True))
def test_drafts_hold_only_what_close_stores_as_it_is(made: list[Record]) -> None:
    for draft in drafts_of(made):
        for value in (draft.company_id, draft.user_id, *draft.emails):
            assert value is None or (isinstance(value, str) and value == value.strip() != "")
        assert draft.email == (draft.emails[0] if draft.emails else None)
        assert all(stored_phone(phone) == phone and re.fullmatch(r"\+\d{8,15}(x\d+)?", phone) for phone in draft.phones)
        assert draft.user_id or draft.email or not (draft.contact or draft.phones or draft.urls)


def test_a_record_means_what_its_mapping_says() -> None:
    data = {
        "lead_company_id": 7.0,
        "contact_user_id": "u1 ",
        "contact_email": [" a@x.co", "", "B@x.co"],
        "lead_name": " Acme ",
        "lead_description": "  ",
        "lead_status_id": "Lost",
        "seats": "10",
        "tags": "red",
        "plan": "",
        "contact_phone": "(650) 253-0000",
    }
    (draft,) = drafts_of([Record("policies", data)])
    assert (draft.company_id, draft.user_id, draft.email) == ("7", "u1", "a@x.co")
    assert (draft.emails, draft.phones, draft.urls) == (("a@x.co", "B@x.co"), ("+16502530000",), ())
    assert draft.lead == {
        "name": Wish("Acme", when="if_empty"),
        "description": Wish(None),
        "status_id": Wish("stat_lost", when="on_create"),
        "custom.cf_Tier": Wish(None),
        "custom.cf_Seats": Wish(10, "number", when="if_empty"),
        "custom.cf_Tags": Wish("red", "set", add=True),
    }
    assert draft.contact == {"title": Wish(None)}


# --- the comparison of worlds ----------------------------------------------------------------------------------------------


def as_close_answers(**more: Any) -> dict[str, Any]:
    contact = {
        "id": "cont_1",
        "lead_id": "lead_1",
        "name": "",
        "display_name": "ann@x.co",
        "title": "CEO",
        "emails": [{"email": "ann@x.co", "type": "office", "is_unsubscribed": False}],
        "phones": [{"phone": "+16502530000", "phone_formatted": "+1 650-253-0000", "type": "office", "country": "US"}],
        "urls": [{"url": "ann.example", "type": "url"}],
        "date_created": "2026-01-05T10:00:00.000000+00:00",
        f"custom.{USER_FIELD}": "u1",
        "custom.cf_Since": "2024-01-31",
    }
    lead = {
        "id": "lead_1",
        "name": "Acme",
        "display_name": "Acme",
        "description": "",
        "url": "acme.example",
        "status_id": STATUSES[0],
        "contacts": [contact],
        "date_created": "2026-01-05T10:00:00.000000+00:00",
        f"custom.{COMPANY_FIELD}": "c1",
        "custom.cf_Seats": 10,
        "custom.cf_Tags": ["red", "blue"],
    }
    return lead | more


def as_told() -> World:
    custom = {"cf_Seats": 10.0, "cf_Tags": ["blue", "red"]}
    contact = SeedContact(
        "a", "u1", ("ann@x.co",), ("+16502530000",), ("http://ann.example",), title="CEO", custom={"cf_Since": "2024-01-31"}
    )
    return World((SeedLead("a", "c1", "Acme", url="http://acme.example", custom=custom), contact))


def difference(*leads: Mapping[str, Any]) -> str:
    found = state_of_sandbox(leads, company_field=COMPANY_FIELD, user_field=USER_FIELD)
    return explain_difference(state_of_model(as_told().model()), found)


def test_ids_dates_schemes_and_number_types_make_no_difference() -> None:
    assert difference(as_close_answers()) == ""


def test_a_difference_is_named_by_its_field() -> None:
    lead = as_close_answers(description="big")
    lead["contacts"][0]["emails"] = []
    assert difference(lead).splitlines()[1:] == [
        "lead 'Acme' (Company ID 'c1'):",
        "  description: expected '', found 'big'",
        "  contact '' (User ID 'u1'):",
        "    emails: expected (('ann@x.co', 'office'),), found ()",
    ]


def test_a_duplicate_makes_a_difference() -> None:
    assert difference(as_close_answers(), as_close_answers()).startswith("expected has 1 leads with 1 contacts, found has 2 leads")


def test_the_order_of_emails_makes_a_difference() -> None:
    one, other = World((a_lead("a"), a_contact("a", "a@x.co", "b@x.co"))), World((a_lead("a"), a_contact("a", "b@x.co", "a@x.co")))
    assert "emails" in explain_difference(state_of_model(one.model()), state_of_model(other.model()))


# --- the model of Close ----------------------------------------------------------------------------------------------------


def test_the_model_stores_as_close_does() -> None:
    close = Close()
    lead = close.create_lead({"name": None, "description": None, "url": None})
    contact = close.create_contact(lead, {"name": None, "title": None, "emails": ["a@x.co"], "phones": ["(650) 253-0000"], "urls": ["u"]})
    assert (lead.name, lead.description, lead.url, lead.status_id) == ("", "", None, STATUSES[0])
    assert (contact.name, contact.title, contact.seq > lead.seq) == ("", "", True)
    assert (contact.emails, contact.phones, contact.urls) == ([("a@x.co", "office")], [("+16502530000", "office")], [("u", "url")])
    close.update_lead(lead, {"custom.cf_Tier": "one"})
    close.update_lead(lead, {"custom.cf_Tier": None})
    assert lead.custom == {}


def test_a_key_that_close_does_not_have_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Close().create_lead({"nme": "Acme"})
