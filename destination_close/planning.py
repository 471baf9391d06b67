"""What should change in Close for one row, and what must not? (pure)

The rules of matching and writing live here and nowhere else. `decide` looks at one draft and at what Close holds, and
answers with intents: which leads and contacts to create or update, and what a switch held back. `merging` carries
intents out on paper, for many rows, and turns what differs into calls.

One row means (first that applies):

    Company ID, a lead carries it      that lead; its matching contacts, else a new contact under it
    Company ID, no lead carries it     matching contacts under leads without Company ID are adopted; else a new lead
    no Company ID                      matching contacts and their leads; else a new lead

Two operations of data activation depart from that: an insert always creates, an update never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from destination_close.explaining import ContactKey, Rule, Why
from destination_close.likeness import is_unlike
from destination_close.model import Contact, Draft, Key, Lead, Reason, Warning
from destination_close.values import value_class

MOST_CONTACTS = 10
"""Of the matches that would be updated, so many of the oldest are (Segment's rule); the rest stay untouched."""


class World(Protocol):
    """What Close holds, as far as the rows at hand ask: everything that carries one of their keys."""

    def leads_with(self, company: Key) -> list[Lead]:
        """Leads that carry the Company ID, oldest first."""

    def contacts_with(self, key: Key) -> list[Contact]:
        """Contacts that carry the User ID or email, oldest first."""

    def lead_of(self, contact: Contact) -> Lead:
        """The lead the contact belongs to."""


# --- intents: what a row asks of which object ------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class NewLead:
    """Create a lead; with the row's contact in it, unless `alone`."""

    alone: bool = False


@value_class(frozen=True, slots=True)
class NewContact:
    """Create the row's contact under this lead."""

    lead: Lead


@value_class(frozen=True, slots=True)
class ChangeLead:
    """Make the lead hold what the row wants; `stamp` it with the row's Company ID; nothing if not `allowed`."""

    lead: Lead
    allowed: bool
    stamp: bool = False


@value_class(frozen=True, slots=True)
class ChangeContact:
    """Make the contact hold what the row wants; nothing if not `allowed`."""

    contact: Contact
    allowed: bool


Intent = NewLead | NewContact | ChangeLead | ChangeContact


@value_class(frozen=True, slots=True)
class Decision:
    """What one draft asks for, in the order in which it takes effect."""

    intents: tuple[Intent, ...] = ()
    held: Reason | None = None
    """The switch that left out a creation."""

    warnings: tuple[Warning, ...] = ()
    rejected: Reason | None = None
    """Why the row asks for something that may not be done."""

    why: Why | None = None
    """The rule it came under; None where nobody decided."""


# --- keys ------------------------------------------------------------------------------------------------------------


def contact_keys(draft: Draft) -> tuple[Key, ...]:
    """The keys by which the row's contact is looked for, User ID first."""
    if draft.operation == "insert":
        return ()
    first = 0 if draft.company_id is None else 1
    email = first if draft.user_id is None else first + 1
    if draft.match is None:
        return draft.keys[first : email + 1]
    return draft.keys[first:email] if draft.match == "user" else draft.keys[email : email + 1]


def company_keys(draft: Draft) -> tuple[Key, ...]:
    """The key of the row's company, if it has one."""
    return draft.keys[:1] if draft.company_id is not None else ()


def all_keys(draft: Draft) -> tuple[Key, ...]:
    """Every key to ask Close for before the row can be decided."""
    return company_keys(draft) if draft.operation == "insert" else draft.keys


# --- the rules -------------------------------------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class _People:
    """The contacts a row may mean."""

    matching: Sequence[Contact]
    stranger: bool
    """Its email sits on a contact that carries another User ID: a contact created now is a duplicate."""

    by: ContactKey | None = None
    """The key that the matching carry."""

    def why(self, rule: Rule, *, lead_by_company: bool = False) -> Why:
        """What is to be told of a row that came under the rule."""
        return Why(rule, self.by if self.matching else None, len(self.matching), lead_by_company)


def decide(draft: Draft, world: World) -> Decision:
    """What the rules ask for this row, given everything before it."""
    if draft.operation == "insert":
        return _insert(draft, world)
    people = _people(draft, world)
    if draft.operation == "update":
        return _update(draft, people, world)
    if draft.company_id is None:
        return _without_company(draft, people, world)
    if leads := world.leads_with(draft.keys[0]):
        return _in_known_company(draft, leads, people)
    return _in_unknown_company(draft, people, world)


def _people(draft: Draft, world: World) -> _People:
    keys = contact_keys(draft)
    if keys and keys[0].kind == "user" and (by_user := world.contacts_with(keys[0])):
        return _People(by_user, False, "user_id")
    if not keys or keys[-1].kind != "email":
        return _People((), False)
    by_email = world.contacts_with(keys[-1])
    if draft.user_id is None or draft.match == "email":
        return _People(by_email, False, "email")
    without_user = [contact for contact in by_email if contact.user_id is None]
    return _People(without_user, bool(by_email) and not without_user, "email")


def _in_known_company(draft: Draft, leads: Sequence[Lead], people: _People) -> Decision:
    """Case 1: a lead carries the Company ID."""
    lead = _home(leads, people.matching)
    warnings = (Warning.SEVERAL_LEADS,) if len(leads) > 1 else ()
    why = people.why(Rule.COMPANY_KNOWN, lead_by_company=True)
    on_lead = ChangeLead(lead, draft.switches.allow_updating_existing_leads)
    if not contact_keys(draft):
        return Decision((on_lead,), None, warnings, why=why)
    if inside := [contact for contact in people.matching if contact.lead_id == lead.id]:
        changes, crowd = _contacts(draft, inside, people.by)
        return Decision((*changes, on_lead), None, warnings + crowd, why=why)
    if held := _held_contact(draft, duplicate=bool(people.matching) or people.stranger):
        return Decision((on_lead,), held, warnings, why=why)
    return Decision((NewContact(lead), on_lead), None, warnings, why=why)


def _home(leads: Sequence[Lead], matching: Sequence[Contact]) -> Lead:
    """Of several leads with the Company ID: the oldest that already holds a matching contact, else the oldest."""
    if len(leads) == 1:
        return leads[0]
    holding = {contact.lead_id for contact in matching}
    return next((lead for lead in leads if lead.id in holding), leads[0])


def _in_unknown_company(draft: Draft, people: _People, world: World) -> Decision:
    """Case 2: no lead carries the Company ID."""
    free = [contact for contact in people.matching if world.lead_of(contact).company_id is None]
    if free:
        return _adopt(draft, free, world, people.by, people.why(Rule.LEAD_ADOPTED))
    return _new_lead(draft, people.why(Rule.COMPANY_NEW), duplicate=bool(people.matching) or people.stranger)


def _adopt(draft: Draft, free: Sequence[Contact], world: World, by: ContactKey | None, why: Why) -> Decision:
    """Matching contacts under leads whose Company ID is blank: theirs is the company; the oldest lead is stamped."""
    changes, crowd = _contacts(draft, free, by)
    leads = _leads_of(changes, world)
    oldest = min(leads, key=lambda lead: (lead.age, lead.id))
    allowed = draft.switches.allow_updating_existing_leads
    return Decision((*changes, *(ChangeLead(lead, allowed, stamp=lead is oldest) for lead in leads)), None, crowd, why=why)


def _without_company(draft: Draft, people: _People, world: World) -> Decision:
    """Cases 3 and 4: the contacts, and through them their leads; or a new lead."""
    if not people.matching:
        return _new_lead(draft, people.why(Rule.NOTHING_KNOWN), duplicate=people.stranger)
    changes, crowd = _contacts(draft, people.matching, people.by)
    allowed = draft.switches.allow_updating_existing_leads
    why = people.why(Rule.CONTACT_KNOWN)
    return Decision((*changes, *(ChangeLead(lead, allowed) for lead in _leads_of(changes, world))), None, crowd, why=why)


def _insert(draft: Draft, world: World) -> Decision:
    """Always a new object: a contact under the lead that its Company ID names, else with a new lead; or a lead alone."""
    if draft.lead_alone:
        return Decision((NewLead(alone=True),), why=Why(Rule.INSERT))
    leads = _leads(draft, world)
    warnings = (Warning.SEVERAL_LEADS,) if len(leads) > 1 else ()
    why = Why(Rule.INSERT, lead_by_company=bool(leads))
    return Decision((NewContact(leads[0]) if leads else NewLead(),), None, warnings, why=why)


def _update(draft: Draft, people: _People, world: World) -> Decision:
    """Never a new object. Of a contact's leads, those of another company are left alone: the row's lead fields are not theirs."""
    if not contact_keys(draft):
        leads = _leads(draft, world)
        return _in_known_company(draft, leads, people) if leads else Decision(rejected=Reason.NO_MATCH, why=Why(Rule.UPDATE))
    if not people.matching:
        return Decision(rejected=Reason.NO_MATCH, why=Why(Rule.UPDATE))
    changes, crowd = _contacts(draft, people.matching, people.by)
    leads = [lead for lead in _leads_of(changes, world) if draft.company_id is None or lead.company_id in (None, draft.company_id)]
    free = [lead for lead in leads if lead.company_id is None]
    known = bool(_leads(draft, world))
    stamped = min(free, key=lambda lead: (lead.age, lead.id)) if free and draft.company_id is not None and not known else None
    allowed = draft.switches.allow_updating_existing_leads
    why = people.why(Rule.UPDATE)
    return Decision((*changes, *(ChangeLead(lead, allowed, stamp=lead is stamped) for lead in leads)), None, crowd, why=why)


def _new_lead(draft: Draft, why: Why, *, duplicate: bool) -> Decision:
    switches = draft.switches
    if not switches.allow_creating_new_leads:
        return Decision(held=Reason.LEAD_CREATION_DISABLED, why=why)
    if not contact_keys(draft):
        return Decision((NewLead(alone=True),), why=why)
    held = _held_contact(draft, duplicate=duplicate)
    if held is None:
        return Decision((NewLead(),), why=why)
    if held is Reason.CONTACT_CREATION_DISABLED and draft.company_id is not None:
        return Decision((NewLead(alone=True),), held, why=why)
    return Decision(held=held, why=why)


def _leads(draft: Draft, world: World) -> list[Lead]:
    """The leads that carry the row's Company ID."""
    return world.leads_with(draft.keys[0]) if draft.company_id is not None else []


def _held_contact(draft: Draft, *, duplicate: bool) -> Reason | None:
    """The switch that forbids to create the row's contact; duplicates are asked about first."""
    if duplicate and not draft.switches.allow_creating_duplicate_contacts:
        return Reason.DUPLICATE_NOT_ALLOWED
    if not draft.switches.allow_creating_new_contacts:
        return Reason.CONTACT_CREATION_DISABLED
    return None


def _contacts(draft: Draft, matching: Sequence[Contact], by: ContactKey | None) -> tuple[list[ChangeContact], tuple[Warning, ...]]:
    allowed = draft.switches.allow_updating_existing_contacts
    changes = [ChangeContact(contact, allowed) for contact in matching[:MOST_CONTACTS]]
    warnings: tuple[Warning, ...] = (Warning.MANY_CONTACTS,) if len(matching) > MOST_CONTACTS else ()
    if by == "user_id" and allowed and is_unlike(draft, [change.contact for change in changes]):
        warnings += (Warning.UNLIKE_CONTACT,)
    return changes, warnings


def _leads_of(changes: Sequence[ChangeContact], world: World) -> list[Lead]:
    """The leads of the contacts, each once, in the order of the contacts."""
    leads = {change.contact.lead_id: world.lead_of(change.contact) for change in changes}
    return list(leads.values())
