"""What should change in Close for one row, and what must not?

One test per clause of the rules on "which lead and contacts does the row mean". A decision is told in words: "update C1",
"stamp L1", "leave L1" (a switch holds the update back), "new contact in L1", "new lead", "new lead alone".
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pytest

from destination_close.model import Age, Contact, Draft, Lead, Reason, Warning
from destination_close.rules import all_keys
from destination_close.rules.deciding import ChangeContact, ChangeLead, Decision, Intent, NewContact, NewLead, decide
from destination_close.rules.needs import contact_keys
from destination_close.rules.paper import Paper
from unit_tests.support.builders import a_contact, a_draft, a_lead, a_memory, company, email, made_here, user

FREE = a_lead("Free")
OURS = a_lead("Ours", company="X")
THEIRS = a_lead("Theirs", company="Y")


def decision(draft: Draft, *, leads: Iterable[Lead] = (), contacts: Iterable[Contact] = ()) -> Decision:
    return decide(draft, Paper(a_memory(leads=leads, contacts=contacts, knows=draft.keys)))


def asks(draft: Draft, *, leads: Iterable[Lead] = (), contacts: Iterable[Contact] = ()) -> list[str]:
    decided = decision(draft, leads=leads, contacts=contacts)
    return [*map(_told, decided.intents), *([decided.held.value] if decided.held else [])]


def _told(intent: Intent) -> str:
    match intent:
        case NewLead(alone=alone):
            return "new lead alone" if alone else "new lead"
        case NewContact(lead=lead):
            return f"new contact in {lead.id}"
        case ChangeLead(lead=lead, allowed=allowed, stamp=stamp):
            return f"{'leave' if not allowed else 'stamp' if stamp else 'update'} {lead.id}"
        case ChangeContact(contact=contact, allowed=allowed):
            return f"{'update' if allowed else 'leave'} {contact.id}"


# --- contacts matching a row ---------------------------------------------------------------------------------------------


def test_contacts_with_its_user_id_match_regardless_of_who_has_its_email() -> None:
    contacts = [a_contact("C1", "Free", user="u"), a_contact("C2", "Free", "ann@x.co")]
    assert asks(a_draft(user="u", email="ann@x.co"), leads=[FREE], contacts=contacts) == ["update C1", "update Free"]


def test_without_a_carrier_of_its_user_id_those_carrying_its_email_with_a_blank_user_id_match() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co", user="v"), a_contact("C2", "Free", "ann@x.co")]
    assert asks(a_draft(user="u", email="ann@x.co"), leads=[FREE], contacts=contacts) == ["update C2", "update Free"]


def test_a_contact_that_carries_another_user_id_is_somebody_else() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co", user="v")]
    assert asks(a_draft(user="u", email="ann@x.co"), leads=[FREE], contacts=contacts) == ["new lead"]


def test_a_row_without_user_id_matches_all_that_carry_its_email() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co", user="v"), a_contact("C2", "Free", "ann@x.co")]
    assert asks(a_draft(email="ann@x.co"), leads=[FREE], contacts=contacts) == ["update C1", "update C2", "update Free"]


def test_emails_match_case_insensitively() -> None:
    assert asks(a_draft(email="Ann@X.co"), leads=[FREE], contacts=[a_contact("C1", "Free", "aNN@x.CO")]) == ["update C1", "update Free"]


def test_ids_match_exactly_case_included() -> None:
    contacts = [a_contact("C1", "Ours", user="U")]
    assert asks(a_draft(company="x", user="u"), leads=[OURS], contacts=contacts) == ["new lead"]


def test_a_further_email_of_a_contact_matches_too() -> None:
    contacts = [a_contact("C1", "Free", "work@x.co", "ann@x.co")]
    assert asks(a_draft(email="ann@x.co"), leads=[FREE], contacts=contacts) == ["update C1", "update Free"]


def test_further_emails_of_a_row_are_not_keys() -> None:
    contacts = [a_contact("C1", "Free", "home@x.co")]
    assert asks(a_draft(email="ann@x.co", more_emails=("home@x.co",)), leads=[FREE], contacts=contacts) == ["new lead"]


def test_names_and_phones_never_match() -> None:
    leads, contacts = [a_lead("Free", name="Acme")], [a_contact("C1", "Free", phones=("+1",), name="Ann")]
    draft = a_draft(email="ann@x.co", phones=("+1",), lead={"name": "Acme"}, contact={"name": "Ann"})
    assert asks(draft, leads=leads, contacts=contacts) == ["new lead"]


def test_of_more_than_ten_matches_the_ten_oldest_are_updated_and_the_rest_is_warned_about() -> None:
    contacts = [a_contact(f"C{year}", "Free", "ann@x.co", age=year) for year in range(2012, 2000, -1)]
    decided = decision(a_draft(email="ann@x.co"), leads=[FREE], contacts=contacts)
    assert [_told(intent) for intent in decided.intents] == [*(f"update C{year}" for year in range(2001, 2011)), "update Free"]
    assert decided.warnings == (Warning.MANY_CONTACTS,)


def test_ten_matches_cause_no_warning() -> None:
    contacts = [a_contact(f"C{at}", "Free", "ann@x.co") for at in range(10)]
    assert decision(a_draft(email="ann@x.co"), leads=[FREE], contacts=contacts).warnings == ()


def test_only_matches_that_would_be_updated_count_towards_the_ten() -> None:
    elsewhere = [a_contact(f"C{at}", "Theirs", "ann@x.co", age=2000) for at in range(11)]
    contacts = [*elsewhere, a_contact("Inside", "Ours", "ann@x.co")]
    decided = decision(a_draft(company="X", email="ann@x.co"), leads=[OURS, THEIRS], contacts=contacts)
    assert ([_told(intent) for intent in decided.intents], decided.warnings) == (["update Inside", "update Ours"], ())


def test_what_this_run_created_is_younger_than_what_was_found_and_sorts_in_stream_order() -> None:
    ages: dict[str, int | Age] = {"Second": made_here(2), "First": made_here(1), "Found": 2030}
    leads = [a_lead(name, company="X", age=age) for name, age in ages.items()]
    assert asks(a_draft(company="X"), leads=leads) == ["update Found"]
    assert asks(a_draft(company="X"), leads=leads[:2]) == ["update First"]


# --- case 1: a lead carries the Company ID -------------------------------------------------------------------------------


def test_matching_contacts_inside_the_lead_are_updated_and_the_lead_itself() -> None:
    contacts = [a_contact("C1", "Ours", "ann@x.co"), a_contact("C2", "Ours", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co"), leads=[OURS], contacts=contacts) == ["update C1", "update C2", "update Ours"]


def test_a_contact_that_matches_nowhere_is_created_under_the_lead() -> None:
    assert asks(a_draft(company="X", email="ann@x.co"), leads=[OURS]) == ["new contact in Ours", "update Ours"]


@pytest.mark.parametrize("elsewhere", [FREE, THEIRS], ids=["without Company ID", "with another"])
def test_a_contact_that_matches_only_elsewhere_is_created_under_the_lead_and_stays_untouched_there(elsewhere: Lead) -> None:
    contacts = [a_contact("C1", elsewhere.id, "ann@x.co")]
    asked = asks(a_draft(company="X", email="ann@x.co"), leads=[OURS, elsewhere], contacts=contacts)
    assert asked == ["new contact in Ours", "update Ours"]


def test_matches_elsewhere_stay_untouched_when_there_is_one_inside() -> None:
    contacts = [a_contact("C1", "Theirs", "ann@x.co"), a_contact("C2", "Ours", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co"), leads=[OURS, THEIRS], contacts=contacts) == ["update C2", "update Ours"]


def test_of_several_leads_with_the_company_id_the_oldest_that_holds_a_matching_contact_is_meant() -> None:
    leads = [a_lead("A", company="X", age=2001), a_lead("B", company="X", age=2002), a_lead("C", company="X", age=2003)]
    contacts = [a_contact("C1", "C", "ann@x.co", age=2000), a_contact("C2", "B", "ann@x.co", age=2010)]
    decided = decision(a_draft(company="X", email="ann@x.co"), leads=leads, contacts=contacts)
    assert ([_told(intent) for intent in decided.intents], decided.warnings) == (["update C2", "update B"], (Warning.SEVERAL_LEADS,))


def test_of_several_leads_without_a_matching_contact_the_oldest_is_meant() -> None:
    leads = [a_lead("B", company="X", age=2002), a_lead("A", company="X", age=2001)]
    decided = decision(a_draft(company="X", email="ann@x.co"), leads=leads)
    assert [_told(intent) for intent in decided.intents] == ["new contact in A", "update A"]
    assert decided.warnings == (Warning.SEVERAL_LEADS,)


# --- case 2: no lead carries the Company ID ------------------------------------------------------------------------------


def test_an_unknown_company_with_unknown_people_becomes_a_lead_with_the_contact_in_it() -> None:
    assert asks(a_draft(company="X", email="ann@x.co"), leads=[THEIRS]) == ["new lead"]


def test_matches_under_leads_without_company_id_are_adopted_and_the_oldest_such_lead_is_stamped() -> None:
    leads = [a_lead("Young", age=2002), a_lead("Old", age=2001), THEIRS]
    contacts = [a_contact("C1", "Young", "ann@x.co"), a_contact("C2", "Old", "ann@x.co"), a_contact("C3", "Theirs", "ann@x.co")]
    asked = asks(a_draft(company="X", email="ann@x.co"), leads=leads, contacts=contacts)
    assert sorted(asked) == ["stamp Old", "update C1", "update C2", "update Young"]


def test_matches_all_under_other_companies_lead_to_a_new_lead_with_a_new_contact() -> None:
    contacts = [a_contact("C1", "Theirs", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co"), leads=[THEIRS], contacts=contacts) == ["new lead"]


# --- cases 3 and 4: no Company ID ----------------------------------------------------------------------------------------


def test_without_company_id_all_matching_contacts_are_updated_and_each_of_their_leads_once() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co"), a_contact("C2", "Theirs", "ann@x.co"), a_contact("C3", "Free", "ann@x.co")]
    asked = asks(a_draft(email="ann@x.co"), leads=[FREE, THEIRS], contacts=contacts)
    assert asked == ["update C1", "update C2", "update C3", "update Free", "update Theirs"]


def test_without_company_id_and_match_a_lead_is_created_with_the_contact_in_it() -> None:
    assert asks(a_draft(user="u"), leads=[FREE]) == ["new lead"]


# --- switches ------------------------------------------------------------------------------------------------------------


def test_updating_contacts_off_still_updates_the_lead() -> None:
    contacts = [a_contact("C1", "Ours", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co", off="UC"), leads=[OURS], contacts=contacts) == ["leave C1", "update Ours"]


def test_updating_leads_off_still_updates_the_contact() -> None:
    contacts = [a_contact("C1", "Ours", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co", off="UL"), leads=[OURS], contacts=contacts) == ["update C1", "leave Ours"]


def test_updating_leads_off_still_creates_a_contact_under_the_lead() -> None:
    assert asks(a_draft(company="X", email="ann@x.co", off="UL"), leads=[OURS]) == ["new contact in Ours", "leave Ours"]


def test_updating_leads_off_adopts_without_a_stamp() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co", off="UL"), leads=[FREE], contacts=contacts) == ["update C1", "leave Free"]


def test_updating_contacts_off_still_stamps_the_adopted_lead() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co", off="UC"), leads=[FREE], contacts=contacts) == ["leave C1", "stamp Free"]


@pytest.mark.parametrize("company_id", ["X", None])
def test_creating_leads_off_and_no_lead_found_writes_nothing(company_id: str | None) -> None:
    assert asks(a_draft(company=company_id, email="ann@x.co", off="NL")) == ["lead_creation_disabled"]


def test_creating_leads_off_does_not_matter_where_a_lead_is_found() -> None:
    assert asks(a_draft(company="X", email="ann@x.co", off="NL"), leads=[OURS]) == ["new contact in Ours", "update Ours"]


def test_creating_contacts_off_still_updates_the_lead() -> None:
    asked = asks(a_draft(company="X", email="ann@x.co", off="NC"), leads=[OURS])
    assert asked == ["update Ours", "contact_creation_disabled"]


def test_creating_contacts_off_creates_the_lead_alone_if_the_row_has_a_company_id() -> None:
    assert asks(a_draft(company="X", email="ann@x.co", off="NC")) == ["new lead alone", "contact_creation_disabled"]


def test_creating_contacts_off_creates_nothing_if_the_row_has_no_company_id() -> None:
    assert asks(a_draft(email="ann@x.co", off="NC")) == ["contact_creation_disabled"]


def test_duplicates_off_creates_no_contact_under_the_lead_but_still_updates_it() -> None:
    contacts = [a_contact("C1", "Theirs", "ann@x.co")]
    asked = asks(a_draft(company="X", email="ann@x.co", off="DC"), leads=[OURS, THEIRS], contacts=contacts)
    assert asked == ["update Ours", "duplicate_not_allowed"]


def test_duplicates_off_creates_no_new_lead() -> None:
    contacts = [a_contact("C1", "Theirs", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co", off="DC"), leads=[THEIRS], contacts=contacts) == ["duplicate_not_allowed"]


def test_duplicates_are_asked_about_before_contact_creation() -> None:
    contacts = [a_contact("C1", "Theirs", "ann@x.co")]
    asked = asks(a_draft(company="X", email="ann@x.co", off="DC NC"), leads=[THEIRS], contacts=contacts)
    assert asked == ["duplicate_not_allowed"]


def test_duplicates_off_does_not_matter_for_people_who_are_new() -> None:
    assert asks(a_draft(company="X", email="ann@x.co", off="DC"), leads=[OURS]) == ["new contact in Ours", "update Ours"]


@pytest.mark.parametrize(
    ("draft", "left"),
    [
        (a_draft(user="u", email="ann@x.co", off="DC"), []),
        (a_draft(company="Z", user="u", email="ann@x.co", off="DC"), []),
        (a_draft(company="X", user="u", email="ann@x.co", off="DC"), ["update Ours"]),
    ],
    ids=["no company", "unknown company", "known company"],
)
def test_a_contact_whose_email_another_user_id_carries_would_be_a_duplicate(draft: Draft, left: list[str]) -> None:
    contacts = [a_contact("C1", "Theirs", "ann@x.co", user="v")]
    assert asks(draft, leads=[OURS, THEIRS], contacts=contacts) == [*left, "duplicate_not_allowed"]


# --- rows that lack keys -------------------------------------------------------------------------------------------------


def test_a_company_without_a_contact_key_updates_its_lead_alone() -> None:
    assert asks(a_draft(company="X", lead={"name": "Acme"}), leads=[OURS]) == ["update Ours"]


@pytest.mark.parametrize("off", ["", "NC", "DC"])
def test_a_company_without_a_contact_key_creates_its_lead_alone(off: str) -> None:
    assert asks(a_draft(company="X", contact_without_key=True, off=off)) == ["new lead alone"]


# --- operations of data activation ---------------------------------------------------------------------------------------


def test_an_insert_creates_a_contact_under_its_companys_lead_regardless_of_who_is_there_already() -> None:
    contacts = [a_contact("C1", "Ours", "ann@x.co", user="u")]
    draft = a_draft(company="X", user="u", email="ann@x.co", operation="insert")
    assert asks(draft, leads=[OURS], contacts=contacts) == ["new contact in Ours"]


def test_an_insert_without_a_known_company_creates_a_lead_with_the_contact_in_it() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co")]
    assert asks(a_draft(company="X", email="ann@x.co", operation="insert"), leads=[FREE], contacts=contacts) == ["new lead"]


def test_an_insert_of_a_company_creates_a_lead_alone_even_if_one_with_its_id_exists() -> None:
    assert asks(a_draft(company="X", operation="insert", lead_alone=True), leads=[OURS]) == ["new lead alone"]


def test_an_insert_asks_for_its_company_only() -> None:
    assert list(all_keys(a_draft(company="X", user="u", email="ann@x.co", operation="insert"))) == [company("X")]


@pytest.mark.parametrize("draft", [a_draft(company="X", operation="update"), a_draft(email="a@x.co", operation="update", match="email")])
def test_an_update_without_a_match_is_rejected(draft: Draft) -> None:
    decided = decision(draft, leads=[THEIRS])
    assert (decided.rejected, decided.intents) == (Reason.NO_MATCH, ())


def test_an_update_changes_matches_and_the_leads_that_are_not_another_companys() -> None:
    leads = [FREE, OURS, THEIRS]
    contacts = [a_contact(f"C{lead.id}", lead.id, "ann@x.co") for lead in leads]
    asked = asks(a_draft(company="X", email="ann@x.co", operation="update", match="email"), leads=leads, contacts=contacts)
    assert asked == ["update CFree", "update COurs", "update CTheirs", "update Free", "update Ours"]


def test_an_update_stamps_a_lead_without_company_id_if_no_other_lead_carries_it() -> None:
    contacts = [a_contact("C1", "Free", "ann@x.co")]
    draft = a_draft(company="X", email="ann@x.co", operation="update", match="email")
    assert asks(draft, leads=[FREE], contacts=contacts) == ["update C1", "stamp Free"]


# --- the chosen key ------------------------------------------------------------------------------------------------------


def test_with_the_email_chosen_the_user_id_is_not_a_key() -> None:
    contacts = [a_contact("C1", "Free", user="u"), a_contact("C2", "Free", "ann@x.co", user="v")]
    draft = a_draft(user="u", email="ann@x.co", match="email")
    assert contact_keys(draft) == (email("ann@x.co"),)
    assert asks(draft, leads=[FREE], contacts=contacts) == ["update C2", "update Free"]


def test_with_the_user_id_chosen_the_email_is_not_a_key() -> None:
    draft = a_draft(user="u", email="ann@x.co", match="user")
    assert contact_keys(draft) == (user("u"),)
    assert asks(draft, leads=[FREE], contacts=[a_contact("C1", "Free", "ann@x.co")]) == ["new lead"]


# --- laws over all combinations ------------------------------------------------------------------------------------------

SEATS = [None, FREE, OURS, THEIRS]
ALL_DRAFTS = [
    a_draft(company=company_id, user=user_id, email=address, off=off)
    for company_id, user_id, address in product([None, "X", "Z"], [None, "u"], [None, "ann@x.co"])
    for off in ["", "NL", "UL", "NC", "UC", "DC", "NL UL NC UC DC"]
    if company_id or user_id or address
]


@pytest.mark.parametrize("seat", SEATS, ids=lambda seat: f"contact in {seat.id}" if seat else "no contact")
@pytest.mark.parametrize("owner", [None, "u", "v"])
def test_no_row_ever_does_what_a_switch_forbids_or_creates_twice(seat: Lead | None, owner: str | None) -> None:
    contacts = [a_contact("C1", seat.id, "ann@x.co", user=owner)] if seat else []
    for draft in ALL_DRAFTS:
        intents = decision(draft, leads=[FREE, OURS, THEIRS], contacts=contacts).intents
        assert all(_is_allowed(intent, draft) for intent in intents), draft
        assert sum(isinstance(intent, (NewLead, NewContact)) for intent in intents) <= 1, draft


def _is_allowed(intent: Intent, draft: Draft) -> bool:
    switches = draft.switches
    match intent:
        case NewLead(alone=alone):
            return switches.allow_creating_new_leads and (alone or switches.allow_creating_new_contacts)
        case NewContact():
            return switches.allow_creating_new_contacts
        case ChangeLead(allowed=allowed):
            return allowed == switches.allow_updating_existing_leads
        case ChangeContact(allowed=allowed):
            return allowed == switches.allow_updating_existing_contacts
