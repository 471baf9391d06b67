"""What will Close hold once these rows are done, and which calls get it there? (pure)

Rows are carried out on paper, in order, each seeing everything before it. Rows that mean the same object become one
change; all new people of a new company become one POST.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from destination_close.model import (
    Change,
    Contact,
    CreateContact,
    CreateLead,
    Draft,
    Effect,
    Key,
    Lead,
    Part,
    Reason,
    Stage,
    UpdateContact,
    UpdateLead,
    Verdict,
    email_key,
)
from destination_close.rules.deciding import ChangeContact, ChangeLead, Decision, Intent, NewContact, NewLead, decide
from destination_close.rules.deltas import Delta, changed_contact, changed_lead, contact_delta, lead_delta, new_contact, new_lead
from destination_close.rules.memory import Memory, oldest_first

T = TypeVar("T", Lead, Contact)

Done = Mapping[tuple[int, int], Collection[str]]
"""By draft (`Draft.at`), the objects that are finished: a draft that is decided again leaves them alone."""

NEW = "new"
"""Stands in `Done` for what the draft creates."""

NO_CONTACT = "no contact"
"""Stands in `Done` for a draft whose contact Close refused to create: its lead may still be created on its own."""


class Paper:
    """What Close will hold: the memory, with changes on top."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.leads: dict[str, Lead] = {}
        self.contacts: dict[str, Contact] = {}
        self._added: dict[Key, list[str]] = {}

    def leads_with(self, company: Key) -> list[Lead]:
        """Leads that have the Company ID, oldest first."""
        return _on_top(self.leads, self._memory.leads_with(company), self._added.get(company, ()))

    def contacts_with(self, key: Key) -> list[Contact]:
        """Contacts that have the key, oldest first."""
        return _on_top(self.contacts, self._memory.contacts_with(key), self._added.get(key, ()))

    def lead_of(self, contact: Contact) -> Lead:
        """The lead the contact belongs to."""
        return self.leads.get(contact.lead_id) or self._memory.lead_of(contact)

    def keys_below(self, lead: Lead) -> set[Key]:
        """Every key of the lead's contacts."""
        contacts = [self.contacts.get(c.id, c) for c in self._memory.contacts_of(lead.id)]
        contacts += [c for c in self.contacts.values() if c.lead_id == lead.id]
        return {key for contact in contacts for key in contact.keys}

    def put_lead(self, lead: Lead) -> None:
        """The lead will look like this."""
        self.leads[lead.id] = lead
        if lead.company_id is not None:
            self._added.setdefault(Key("company", lead.company_id), []).append(lead.id)

    def put_contact(self, contact: Contact) -> None:
        """The contact will look like this."""
        self.contacts[contact.id] = contact
        for key in contact.keys:
            self._added.setdefault(key, []).append(contact.id)


def _on_top(paper: Mapping[str, T], found: list[T], added: Sequence[str]) -> list[T]:
    """The objects found, and those added on paper, each as it is on paper; oldest first."""
    if not paper or not (found or added):
        return found
    if not found and len(added) == 1:
        return [paper[added[0]]]
    objects = {one.id: paper.get(one.id, one) for one in found}
    objects.update((name, paper[name]) for name in added)
    return oldest_first(list(objects.values()))


@dataclass(slots=True)
class _Pending:
    """A change in the making."""

    lead: Lead | None = None
    contact: Contact | None = None
    """The object as it was found; both are None for an object that is created."""

    delta: Delta = field(default_factory=Delta)
    new_contacts: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


class OnPaper:
    """Rows carried out on paper, and the changes that result."""

    def __init__(self, memory: Memory, done: Done) -> None:
        self.paper = Paper(memory)
        self._done = done
        self._pending: dict[str, _Pending] = {}
        self._inside: dict[str, str] = {}
        """New contact -> new lead in whose POST it is sent."""
        self._verdicts: list[Verdict] = []

    def __len__(self) -> int:
        """How many objects are written, or examined because they might be."""
        return len(self._pending)

    def decide(self, draft: Draft) -> Decision:
        """What is left for the row to do."""
        decision = decide(draft, self.paper)
        done = self._done.get(draft.at)
        if not done:
            return decision
        left = (_without_contact(draft, intent) if NO_CONTACT in done else intent for intent in decision.intents)
        return replace(decision, intents=tuple(i for i in left if i and (_object(i) not in done or not _writes(i))))

    def change_of(self, draft: Draft, intent: Intent) -> str:
        """Name of the change that the intent becomes part of."""
        match intent:
            case NewContact(lead=lead):
                return lead.id if self._is_new(lead.id) else contact_name(draft)
            case ChangeLead(lead=lead):
                return lead.id
            case ChangeContact(contact=contact):
                return self._inside.get(contact.id, contact.id)
            case NewLead():
                return lead_name(draft)

    def carry_out(self, draft: Draft, decision: Decision) -> None:
        """From here on, it is as the row wants it."""
        held = [reason for intent in decision.intents if (reason := self._carry_out(draft, intent))]
        if decision.held:
            held.append(decision.held)
        objects = tuple([name for intent in decision.intents if (name := _object(intent)) != NEW])
        self._verdicts.append(Verdict(draft, tuple(dict.fromkeys(held)), decision.warnings, decision.rejected, decision.why, objects))

    def _carry_out(self, draft: Draft, intent: Intent) -> Reason | None:
        match intent:
            case NewContact(lead=lead):
                self._create_contact(draft, lead)
            case ChangeLead():
                return self._change_lead(draft, intent)
            case ChangeContact(contact=contact, allowed=allowed):
                return self._change_contact(draft, contact, allowed=allowed)
            case NewLead(alone=alone):
                self._create_lead(draft, alone=alone)
        return None

    def _create_lead(self, draft: Draft, *, alone: bool) -> None:
        lead = new_lead(lead_name(draft), draft)
        self._pending[lead.id] = _Pending(parts=[Part(draft, Effect.CREATED)])
        self.paper.put_lead(lead)
        if not alone:
            self._put_inside(draft, lead)

    def _create_contact(self, draft: Draft, lead: Lead) -> None:
        if self._is_new(lead.id):
            self._pending[lead.id].parts.append(Part(draft, Effect.CREATED))
            self._put_inside(draft, lead)
            return
        contact = new_contact(contact_name(draft), lead.id, draft)
        self._pending[contact.id] = _Pending(parts=[Part(draft, Effect.CREATED)])
        self.paper.put_contact(contact)

    def _is_new(self, lead_id: str) -> bool:
        pending = self._pending.get(lead_id)
        return pending is not None and pending.lead is None

    def _put_inside(self, draft: Draft, lead: Lead) -> None:
        contact = new_contact(contact_name(draft), lead.id, draft)
        self._pending[lead.id].new_contacts.append(contact.id)
        self._inside[contact.id] = lead.id
        self.paper.put_contact(contact)

    def _change_lead(self, draft: Draft, change: ChangeLead) -> Reason | None:
        lead = self.paper.leads.get(change.lead.id, change.lead)
        delta = lead_delta(lead, draft, stamp=change.stamp)
        if not change.allowed:
            self._watch(draft, lead.id)
            return Reason.LEAD_UPDATE_DISABLED if delta else None
        if lead.id not in self._pending:
            self._pending[lead.id] = _Pending(lead=lead)
        pending = self._pending[lead.id]
        pending.parts.append(Part(draft, Effect.UPDATED if delta else Effect.NOTHING))
        if delta:
            pending.delta.absorb(delta)
            self.paper.put_lead(changed_lead(lead, delta))
        return None

    def _change_contact(self, draft: Draft, contact: Contact, *, allowed: bool) -> Reason | None:
        contact = self.paper.contacts.get(contact.id, contact)
        delta = contact_delta(contact, draft, may_append=lambda email: not self._sibling_carries(contact, email))
        change = self._inside.get(contact.id, contact.id)
        if not allowed:
            self._watch(draft, change)
            return Reason.CONTACT_UPDATE_DISABLED if delta else None
        if change not in self._pending:
            self._pending[change] = _Pending(contact=contact)
        pending = self._pending[change]
        pending.parts.append(Part(draft, Effect.UPDATED if delta else Effect.NOTHING))
        if delta:
            pending.delta.absorb(delta)
            self.paper.put_contact(changed_contact(contact, delta))
        return None

    def _watch(self, draft: Draft, change: str) -> None:
        """The row writes nothing here, but was judged against a change of earlier rows: if that is refused, it is judged again."""
        if pending := self._pending.get(change):
            pending.parts.append(Part(draft, Effect.NOTHING))

    def _sibling_carries(self, contact: Contact, email: str) -> bool:
        carriers = self.paper.contacts_with(email_key(email))
        return any(other.lead_id == contact.lead_id and other.id != contact.id for other in carriers)

    # the result

    def result(self, rest: tuple[Draft, ...] = ()) -> Stage:
        """All of it as one stage; `rest` waits."""
        changes: list[Change] = []
        idle: list[tuple[str, Part]] = []
        for name, pending in self._pending.items():
            if change := self._change(name, pending):
                changes.append(change)
            else:
                idle.extend((name, part) for part in pending.parts)
        return Stage(tuple(changes), tuple(idle), tuple(self._verdicts), rest)

    def _change(self, name: str, pending: _Pending) -> Change | None:
        parts, delta = tuple(pending.parts), pending.delta
        if pending.lead:
            delta.forget_reverts(pending.lead.fields)
            guarded = frozenset(delta.guarded)
            return UpdateLead(pending.lead, parts, delta.fields, delta.adds, delta.stamp, guarded) if delta else None
        if pending.contact:
            delta.forget_reverts(pending.contact.fields)
            lists = delta.appended
            emails, phones, urls = lists.get("emails", ()), lists.get("phones", ()), lists.get("urls", ())
            guarded = frozenset(delta.guarded)
            whole = UpdateContact(pending.contact, parts, delta.fields, delta.adds, delta.stamp, emails, phones, urls, guarded)
            return whole if delta else None
        if name in self.paper.leads:
            return CreateLead(self.paper.leads[name], tuple([self.paper.contacts[i] for i in pending.new_contacts]), parts)
        return CreateContact(self.paper.contacts[name], parts)


def _without_contact(draft: Draft, intent: Intent) -> Intent | None:
    """As if creating contacts were off: a lead is created alone if the row has a Company ID; otherwise nothing is."""
    if isinstance(intent, NewLead):
        return NewLead(alone=True) if draft.company_id is not None else None
    return None if isinstance(intent, NewContact) else intent


def lead_name(draft: Draft) -> str:
    """Placeholder for the lead that the row creates."""
    return f"new lead {draft.row.ordinal}.{draft.mapping}"


def contact_name(draft: Draft) -> str:
    """Placeholder for the contact that the row creates."""
    return f"new contact {draft.row.ordinal}.{draft.mapping}"


def _writes(intent: Intent) -> bool:
    """Whether no switch holds it back."""
    return intent.allowed if isinstance(intent, (ChangeLead, ChangeContact)) else True


def _object(intent: Intent) -> str:
    match intent:
        case ChangeLead(lead=lead):
            return lead.id
        case ChangeContact(contact=contact):
            return contact.id
        case NewLead() | NewContact():
            return NEW
