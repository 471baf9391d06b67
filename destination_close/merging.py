"""Which writes do many rows need, and which of them may be sent side by side? (pure)

The rows of one group are carried out on paper, in order, each with sight of everything before it. Rows that mean the
same object become one change, all new people of a new company one POST. What is sent together forms a stage, cut so that
it stays true if Close refuses any one change of it:

    Within a stage, what one change stores is never a key that a row of another change looked at.

So a refused change can be taken apart, and its rows decided again, without touching what was sent beside it. A row that
would break the rule waits, with all rows after it, for the next stage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from destination_close.changes import (
    Change,
    CreateContact,
    CreateLead,
    Effect,
    Part,
    Stage,
    UpdateContact,
    UpdateLead,
    Verdict,
)
from destination_close.comparing import email_meaning
from destination_close.memory import Memory, keys_of_contact, oldest_first
from destination_close.model import Contact, Draft, Key, Lead, Reason, Warning
from destination_close.planning import (
    ChangeContact,
    ChangeLead,
    Decision,
    Intent,
    NewContact,
    NewLead,
    company_keys,
    decide,
)
from destination_close.writing import Delta, changed_contact, changed_lead, contact_delta, lead_delta, new_contact, new_lead

T = TypeVar("T", Lead, Contact)

MOST_CHANGES = 300
"""In one stage: the rows of a stage are acknowledged together, and should not wait for long."""

Done = Mapping[tuple[int, int], Collection[str]]
"""By draft (`Draft.at`), the objects it is through with: a draft decided again leaves them alone."""

NEW = "new"
"""Stands in `Done` for what the draft creates."""

NO_CONTACT = "no contact"
"""Stands in `Done` for a draft whose contact Close refused to create: its lead may still be created, alone."""


def plan(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage:
    """The next stage of a group of rows: its first rows, as many as may be sent together."""
    if nothing := _nothing_to_do(drafts, memory, done):
        return nothing
    stage = _StageOnPaper(memory, done)
    for index, draft in enumerate(drafts):
        if not stage.takes(draft):
            return stage.result(tuple(drafts[index:]))
    return stage.result(())


def _nothing_to_do(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage | None:
    """The stage of rows of which none changes anything, as in most syncs: none of them can see what another does."""
    verdicts: list[Verdict] = []
    idle: list[tuple[str, Part]] = []
    for draft in drafts:
        if draft.at in done:
            return None
        decision = decide(draft, memory)
        if decision.held or decision.rejected or not decision.intents:
            return None
        part = Part(draft, Effect.NOTHING)
        for intent in decision.intents:
            match intent:
                case ChangeLead(lead=lead, allowed=True, stamp=False) if not lead_delta(lead, draft, stamp=False):
                    idle.append((lead.id, part))
                case ChangeContact(contact=contact, allowed=True) if not contact_delta(contact, draft, may_append=_anything):
                    idle.append((contact.id, part))
                case _:
                    return None
        verdicts.append(
            Verdict(draft, (), decision.warnings, None, decision.why, tuple([name for name, _ in idle[-len(decision.intents) :]]))
        )
    return Stage((), tuple(idle), tuple(verdicts), ())


def _anything(_: str) -> bool:
    return True


# --- paper -----------------------------------------------------------------------------------------------------------


class Paper:
    """What Close will hold once the rows so far are through: the memory, with changes on top."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.leads: dict[str, Lead] = {}
        self.contacts: dict[str, Contact] = {}
        self._added: dict[Key, list[str]] = {}

    def leads_with(self, company_id: str) -> list[Lead]:
        """Leads that carry the Company ID, oldest first."""
        return _on_top(self.leads, self._memory.leads_with(company_id), self._added.get(Key("company", company_id), ()))

    def contacts_with(self, key: Key) -> list[Contact]:
        """Contacts that carry the key, oldest first."""
        return _on_top(self.contacts, self._memory.contacts_with(key), self._added.get(key, ()))

    def lead_of(self, contact: Contact) -> Lead:
        """The lead the contact belongs to."""
        return self.leads.get(contact.lead_id) or self._memory.lead_of(contact)

    def keys_below(self, lead: Lead) -> set[Key]:
        """Every key of the lead's contacts."""
        contacts = [self.contacts.get(c.id, c) for c in self._memory.contacts_of(lead.id)]
        contacts += [c for c in self.contacts.values() if c.lead_id == lead.id]
        return {key for contact in contacts for key in keys_of_contact(contact)}

    def put_lead(self, lead: Lead) -> None:
        """The lead will be so."""
        self.leads[lead.id] = lead
        if lead.company_id is not None:
            self._added.setdefault(Key("company", lead.company_id), []).append(lead.id)

    def put_contact(self, contact: Contact) -> None:
        """The contact will be so."""
        self.contacts[contact.id] = contact
        for key in keys_of_contact(contact):
            self._added.setdefault(key, []).append(contact.id)


def _on_top(paper: Mapping[str, T], found: list[T], added: Sequence[str]) -> list[T]:
    """The objects found, and those added on paper, each as paper has it; oldest first."""
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
    """The object as it was found; both None for one that is created."""

    delta: Delta = field(default_factory=Delta)
    new_contacts: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Touch:
    """What one intent of one row touches."""

    change: str
    """Name of the change it ends in."""

    reads: frozenset[Key]
    writes: frozenset[Key]


# --- one stage -------------------------------------------------------------------------------------------------------


class _StageOnPaper:
    def __init__(self, memory: Memory, done: Done) -> None:
        self._paper = Paper(memory)
        self._done = done
        self._pending: dict[str, _Pending] = {}
        self._inside: dict[str, str] = {}
        """New contact -> new lead in whose POST it goes."""
        self._writers: defaultdict[Key, set[str]] = defaultdict(set)
        self._readers: defaultdict[Key, set[str]] = defaultdict(set)
        self._reserved: defaultdict[str, set[str]] = defaultdict(set)
        """Object -> changes that rows lean on which, if one of these is refused, may turn to this object."""
        self._full = False
        self._verdicts: list[Verdict] = []

    def takes(self, draft: Draft) -> bool:
        """Carry the row out on paper; False if it has to wait for the next stage."""
        decision = self._left_to_do(draft)
        keys = frozenset(draft.keys)  # of an insert too, so that of two alike one is there before the other is sent
        touches = [self._touch(draft, intent, decision, keys) for intent in decision.intents]
        alone = _can_be_decided_but_once(decision, touches)
        if self._pending and (self._full or alone or self._breaks_the_rule(keys, touches)):
            return False
        self._note(draft, keys, touches)
        held = [reason for intent in decision.intents if (reason := self._carry_out(draft, intent))]
        if decision.held:
            held.append(decision.held)
        objects = tuple([name for intent in decision.intents if (name := _object(intent)) != NEW])
        self._verdicts.append(Verdict(draft, tuple(dict.fromkeys(held)), decision.warnings, decision.rejected, decision.why, objects))
        self._full = alone or len(self._pending) >= MOST_CHANGES
        return True

    def _left_to_do(self, draft: Draft) -> Decision:
        decision = decide(draft, self._paper)
        done = self._done.get(draft.at)
        if not done:
            return decision
        left = (_without_contact(draft, intent) if NO_CONTACT in done else intent for intent in decision.intents)
        return replace(decision, intents=tuple(i for i in left if i and (_object(i) not in done or not _writes(i))))

    # the rule

    def _touch(self, draft: Draft, intent: Intent, decision: Decision, keys: frozenset[Key]) -> _Touch:
        match intent:
            case NewLead(alone=alone):
                return _Touch(_lead_name(draft), keys, frozenset(company_keys(draft) if alone else draft.keys))
            case NewContact(lead=lead):
                change = lead.id if lead.id in self._pending and self._pending[lead.id].lead is None else _contact_name(draft)
                return _Touch(change, keys, frozenset(draft.keys[len(company_keys(draft)) :]))
            case ChangeLead(lead=lead, allowed=allowed, stamp=stamp):
                by_company_alone = (
                    draft.operation == "upsert"
                    and draft.company_id is not None
                    and not (stamp or decision.held or Warning.SEVERAL_LEADS in decision.warnings)
                )
                reads = company_keys(draft) if by_company_alone and lead.company_id == draft.company_id else keys
                stamped = self._paper.keys_below(lead).union(draft.keys) if stamp and allowed else ()
                return _Touch(lead.id, frozenset(reads), frozenset(stamped))
            case ChangeContact(contact=contact, allowed=allowed):
                change = self._inside.get(contact.id, contact.id)
                writes = self._contact_writes(contact, draft) if allowed else frozenset()
                return _Touch(change, keys, writes)

    def _contact_writes(self, contact: Contact, draft: Draft) -> frozenset[Key]:
        carried = keys_of_contact(contact)
        stamped = draft.user_id is not None and contact.user_id is None
        if not stamped and carried.issuperset(draft.keys[len(company_keys(draft)) :]):
            return frozenset()
        new = {key for key in draft.keys if key.kind != "company" and key not in carried}
        return frozenset(carried | new) if stamped else frozenset(key for key in new if key.kind == "email")

    def _breaks_the_rule(self, keys: frozenset[Key], touches: Sequence[_Touch]) -> bool:
        for key in keys:
            for writer in self._writers.get(key, ()):
                leaning = [touch for touch in touches if key in touch.reads]
                if not leaning or any(touch.change != writer for touch in leaning):
                    return True
        if any(self._reserved.get(touch.change, set()) - {touch.change} for touch in touches):
            return True
        return any(self._readers.get(key, set()) - {touch.change} for touch in touches for key in touch.writes)

    def _note(self, draft: Draft, keys: frozenset[Key], touches: Sequence[_Touch]) -> None:
        if leans_on := {writer for key in keys for writer in self._writers.get(key, ())}:
            self._reserve(draft, {touch.change for touch in touches}, leans_on)
        for touch in touches:
            for key in touch.reads:
                self._readers[key].add(touch.change)
            for key in touch.writes:
                self._writers[key].add(touch.change)

    def _reserve(self, draft: Draft, own: set[str], leans_on: set[str]) -> None:
        """The row is decided again if what it leans on is refused: what it may read, touch or store then, no other change may meet."""
        for key in draft.keys:
            company = key.kind == "company"
            leads = {lead.id for lead in self._paper.leads_with(key.value)} if company else set()
            contacts = [] if company else self._paper.contacts_with(key)
            for name in (leads | {contact.id for contact in contacts} | {contact.lead_id for contact in contacts}) - own:
                self._reserved[name].update(leans_on)
            if not leads:
                self._writers[key].update(leans_on)

    # carrying out

    def _carry_out(self, draft: Draft, intent: Intent) -> Reason | None:
        match intent:
            case NewLead(alone=alone):
                self._create_lead(draft, alone=alone)
            case NewContact(lead=lead):
                self._create_contact(draft, lead)
            case ChangeLead(lead=lead, allowed=allowed, stamp=stamp):
                return self._change_lead(draft, lead, allowed=allowed, stamp=stamp)
            case ChangeContact(contact=contact, allowed=allowed):
                return self._change_contact(draft, contact, allowed=allowed)
        return None

    def _create_lead(self, draft: Draft, *, alone: bool) -> None:
        lead = new_lead(_lead_name(draft), draft)
        self._pending[lead.id] = _Pending(parts=[Part(draft, Effect.CREATED)])
        self._paper.put_lead(lead)
        if not alone:
            self._put_inside(draft, lead)

    def _create_contact(self, draft: Draft, lead: Lead) -> None:
        pending = self._pending.get(lead.id)
        if pending and pending.lead is None:
            pending.parts.append(Part(draft, Effect.CREATED))
            self._put_inside(draft, lead)
            return
        contact = new_contact(_contact_name(draft), lead.id, draft)
        self._pending[contact.id] = _Pending(parts=[Part(draft, Effect.CREATED)])
        self._paper.put_contact(contact)

    def _put_inside(self, draft: Draft, lead: Lead) -> None:
        contact = new_contact(_contact_name(draft), lead.id, draft)
        self._pending[lead.id].new_contacts.append(contact.id)
        self._inside[contact.id] = lead.id
        self._paper.put_contact(contact)

    def _change_lead(self, draft: Draft, lead: Lead, *, allowed: bool, stamp: bool) -> Reason | None:
        lead = self._paper.leads.get(lead.id, lead)
        delta = lead_delta(lead, draft, stamp=stamp)
        if not allowed:
            self._watch(draft, lead.id)
            return Reason.LEAD_UPDATE_DISABLED if delta else None
        if lead.id not in self._pending:
            self._pending[lead.id] = _Pending(lead=lead)
        pending = self._pending[lead.id]
        pending.parts.append(Part(draft, Effect.UPDATED if delta else Effect.NOTHING))
        if delta:
            pending.delta.absorb(delta)
            self._paper.put_lead(changed_lead(lead, delta))
        return None

    def _change_contact(self, draft: Draft, contact: Contact, *, allowed: bool) -> Reason | None:
        contact = self._paper.contacts.get(contact.id, contact)
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
            self._paper.put_contact(changed_contact(contact, delta))
        return None

    def _watch(self, draft: Draft, change: str) -> None:
        """The row writes nothing there, but was judged by a change of earlier rows: if that is refused, it is judged again."""
        if pending := self._pending.get(change):
            pending.parts.append(Part(draft, Effect.NOTHING))

    def _sibling_carries(self, contact: Contact, email: str) -> bool:
        carriers = self._paper.contacts_with(Key("email", email_meaning(email)))
        return any(other.lead_id == contact.lead_id and other.id != contact.id for other in carriers)

    # the result

    def result(self, rest: tuple[Draft, ...]) -> Stage:
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
        if name in self._paper.leads:
            return CreateLead(self._paper.leads[name], tuple(self._paper.contacts[i] for i in pending.new_contacts), parts)
        return CreateContact(self._paper.contacts[name], parts)


def _without_contact(draft: Draft, intent: Intent) -> Intent | None:
    """As when the creation of contacts is off: a lead is created alone if the row has a Company ID, else nothing is."""
    if isinstance(intent, NewLead):
        return NewLead(alone=True) if draft.company_id is not None else None
    return None if isinstance(intent, NewContact) else intent


def _lead_name(draft: Draft) -> str:
    return f"new lead {draft.at[0]}.{draft.at[1]}"


def _contact_name(draft: Draft) -> str:
    return f"new contact {draft.at[0]}.{draft.at[1]}"


def _can_be_decided_but_once(decision: Decision, touches: Sequence[_Touch]) -> bool:
    """Whether an id or email, once on one of several contacts, hides others from the row: then no other row may share its stage."""
    return sum(isinstance(intent, ChangeContact) for intent in decision.intents) > 1 and any(touch.writes for touch in touches)


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
