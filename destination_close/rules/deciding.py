"""What should change in Close for one row, and what must not? (pure)

The rules of matching and writing live here and nowhere else. `decide` looks at one draft and at what Close holds, and
answers with intents: which leads and contacts to create or update, and what a switch held back. `paper` carries
intents out on paper, for many rows, and turns what differs into calls.

A row means (first that applies):

    Company ID, a lead has it          that lead; its matching contacts, else a new contact under it
    Company ID, no lead has it         matching contacts under leads without Company ID are adopted; else a new lead
    no Company ID                      matching contacts and their leads; else a new lead

Two operations of data activation depart from that: an insert always creates, an update never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from destination_close.model import CONTACT, ContactKey, Draft, Key, ObjectType, Reason, Rule, Stored, Warning, Why, value_class
from destination_close.rules.likeness import is_unlike
from destination_close.rules.needs import contact_keys

MOST_CONTACTS = 10
"""Of the matches that would be updated, this many of the oldest are (Segment's rule); the rest are left alone."""


class World(Protocol):
    """The part of what Close holds that matters to the rows at hand: everything that has one of their keys."""

    def carriers(self, key: Key) -> list[Stored]:
        """Leads that carry the Company ID, or contacts that carry the User ID or email, oldest first."""

    def lead_of(self, one: Stored) -> Stored:
        """The lead it belongs to."""


# --- intents: what a row asks of which object ------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class NewLead:
    """Create a lead; with the row's contact in it, unless `alone`."""

    alone: bool = False


@value_class(frozen=True, slots=True)
class NewBelow:
    """Create the row's object of the type, under this lead."""

    type: ObjectType
    lead: Stored


@value_class(frozen=True, slots=True)
class Amend:
    """Make the object hold what the row wants; `stamp` it with the row's own id if it has none; nothing if not `allowed`."""

    object: Stored
    allowed: bool
    stamp: bool = False


Intent = NewLead | NewBelow | Amend


@value_class(frozen=True, slots=True)
class Decision:
    """What one draft asks for, in the order in which it takes effect."""

    intents: tuple[Intent, ...] = ()
    held: Reason | None = None
    """The switch that left out a creation."""

    warnings: tuple[Warning, ...] = ()
    rejected: Reason | None = None
    """Why the row asks for something that is not allowed."""

    why: Why | None = None
    """The rule that applied; None if nothing was decided."""


# --- keys ------------------------------------------------------------------------------------------------------------


# --- the rules -------------------------------------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class _People:
    """The contacts a row may mean."""

    matching: Sequence[Stored]
    stranger: bool
    """Its email is on a contact that has another User ID: a contact created now is a duplicate."""

    by: ContactKey | None = None
    """The key that the matching contacts have."""

    def why(self, rule: Rule, *, lead_by_company: bool = False) -> Why:
        """The explanation for a row to which the rule applied."""
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
    if leads := world.carriers(draft.keys[0]):
        return _in_known_company(draft, leads, people)
    return _in_unknown_company(draft, people, world)


def _people(draft: Draft, world: World) -> _People:
    keys = contact_keys(draft)
    if keys and keys[0].kind == "user" and (by_user := world.carriers(keys[0])):
        return _People(by_user, False, "user_id")
    if not keys or keys[-1].kind != "email":
        return _People((), False)
    by_email = world.carriers(keys[-1])
    if draft.user_id is None or draft.match == "email":
        return _People(by_email, False, "email")
    without_user = [contact for contact in by_email if contact.own_id is None]
    return _People(without_user, bool(by_email) and not without_user, "email")


def _in_known_company(draft: Draft, leads: Sequence[Stored], people: _People) -> Decision:
    """Case 1: a lead has the Company ID."""
    lead = _home(leads, people.matching)
    warnings = (Warning.SEVERAL_LEADS,) if len(leads) > 1 else ()
    why = people.why(Rule.COMPANY_KNOWN, lead_by_company=True)
    on_lead = Amend(lead, draft.switches.allow_updating_existing_leads)
    if not contact_keys(draft):
        return Decision((on_lead,), None, warnings, why=why)
    if inside := [contact for contact in people.matching if contact.lead_id == lead.id]:
        changes, crowd = _contacts(draft, inside, people.by)
        return Decision((*changes, on_lead), None, warnings + crowd, why=why)
    if held := _held_contact(draft, duplicate=bool(people.matching) or people.stranger):
        return Decision((on_lead,), held, warnings, why=why)
    return Decision((NewBelow(CONTACT, lead), on_lead), None, warnings, why=why)


def _home(leads: Sequence[Stored], matching: Sequence[Stored]) -> Stored:
    """Of several leads with the Company ID: the oldest that already has a matching contact, else the oldest."""
    if len(leads) == 1:
        return leads[0]
    holding = {contact.lead_id for contact in matching}
    return next((lead for lead in leads if lead.id in holding), leads[0])


def _in_unknown_company(draft: Draft, people: _People, world: World) -> Decision:
    """Case 2: no lead has the Company ID."""
    free = [contact for contact in people.matching if world.lead_of(contact).own_id is None]
    if free:
        return _adopt(draft, free, world, people.by, people.why(Rule.LEAD_ADOPTED))
    return _new_lead(draft, people.why(Rule.COMPANY_NEW), duplicate=bool(people.matching) or people.stranger)


def _adopt(draft: Draft, free: Sequence[Stored], world: World, by: ContactKey | None, why: Why) -> Decision:
    """Matching contacts under leads whose Company ID is blank: these leads are the company; the oldest one is stamped."""
    changes, crowd = _contacts(draft, free, by)
    leads = _leads_of(changes, world)
    oldest = min(leads, key=lambda lead: (lead.age, lead.id))
    allowed = draft.switches.allow_updating_existing_leads
    return Decision((*changes, *(Amend(lead, allowed, stamp=lead is oldest) for lead in leads)), None, crowd, why=why)


def _without_company(draft: Draft, people: _People, world: World) -> Decision:
    """Cases 3 and 4: the contacts, and through them their leads; or a new lead."""
    if not people.matching:
        return _new_lead(draft, people.why(Rule.NOTHING_KNOWN), duplicate=people.stranger)
    changes, crowd = _contacts(draft, people.matching, people.by)
    allowed = draft.switches.allow_updating_existing_leads
    why = people.why(Rule.CONTACT_KNOWN)
    return Decision((*changes, *(Amend(lead, allowed) for lead in _leads_of(changes, world))), None, crowd, why=why)


def _insert(draft: Draft, world: World) -> Decision:
    """Always a new object: a contact under the lead with the row's Company ID, or else with a new lead; or a lead alone."""
    if draft.lead_alone:
        return Decision((NewLead(alone=True),), why=Why(Rule.INSERT))
    leads = _leads(draft, world)
    warnings = (Warning.SEVERAL_LEADS,) if len(leads) > 1 else ()
    why = Why(Rule.INSERT, lead_by_company=bool(leads))
    return Decision((NewBelow(CONTACT, leads[0]) if leads else NewLead(),), None, warnings, why=why)


def _update(draft: Draft, people: _People, world: World) -> Decision:
    """Never a new object. Leads of a contact that belong to another company are left alone: the row's lead fields are not for them."""
    if not contact_keys(draft):
        leads = _leads(draft, world)
        return _in_known_company(draft, leads, people) if leads else Decision(rejected=Reason.NO_MATCH, why=Why(Rule.UPDATE))
    if not people.matching:
        return Decision(rejected=Reason.NO_MATCH, why=Why(Rule.UPDATE))
    changes, crowd = _contacts(draft, people.matching, people.by)
    leads = [lead for lead in _leads_of(changes, world) if draft.company_id is None or lead.own_id in (None, draft.company_id)]
    free = [lead for lead in leads if lead.own_id is None]
    known = bool(_leads(draft, world))
    stamped = min(free, key=lambda lead: (lead.age, lead.id)) if free and draft.company_id is not None and not known else None
    allowed = draft.switches.allow_updating_existing_leads
    why = people.why(Rule.UPDATE)
    return Decision((*changes, *(Amend(lead, allowed, stamp=lead is stamped) for lead in leads)), None, crowd, why=why)


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


def _leads(draft: Draft, world: World) -> list[Stored]:
    """The leads that have the row's Company ID."""
    return world.carriers(draft.keys[0]) if draft.company_id is not None else []


def _held_contact(draft: Draft, *, duplicate: bool) -> Reason | None:
    """The switch that forbids creating the row's contact; duplicates are checked first."""
    if duplicate and not draft.switches.allow_creating_duplicate_contacts:
        return Reason.DUPLICATE_NOT_ALLOWED
    if not draft.switches.allow_creating_new_contacts:
        return Reason.CONTACT_CREATION_DISABLED
    return None


def _contacts(draft: Draft, matching: Sequence[Stored], by: ContactKey | None) -> tuple[list[Amend], tuple[Warning, ...]]:
    allowed = draft.switches.allow_updating_existing_contacts
    changes = [Amend(contact, allowed, stamp=True) for contact in matching[:MOST_CONTACTS]]
    warnings: tuple[Warning, ...] = (Warning.MANY_CONTACTS,) if len(matching) > MOST_CONTACTS else ()
    if by == "user_id" and allowed and is_unlike(draft, [change.object for change in changes]):
        warnings += (Warning.UNLIKE_CONTACT,)
    return changes, warnings


def _leads_of(changes: Sequence[Amend], world: World) -> list[Stored]:
    """The leads of the contacts, each once, in the order of the contacts."""
    leads = {change.object.lead_id: world.lead_of(change.object) for change in changes}
    return list(leads.values())
