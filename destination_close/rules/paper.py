"""What will Close hold once these rows are done, and which calls get it there? (pure)

Rows are carried out on paper, in order, each seeing everything before it. Rows that mean the same object become one
change; all new people of a new company become one POST.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from destination_close.model import (
    CONTACT,
    LEAD,
    Change,
    Create,
    Draft,
    Effect,
    Key,
    ObjectType,
    Part,
    Reason,
    Stage,
    Stored,
    Update,
    Verdict,
    email_key,
)
from destination_close.rules.deciding import Amend, Decision, Intent, NewBelow, NewLead, decide
from destination_close.rules.deltas import Delta, changed, delta_of, name_on_paper, new_below, new_lead
from destination_close.rules.memory import Memory, oldest_first

UPDATE_DISABLED = {LEAD: Reason.LEAD_UPDATE_DISABLED, CONTACT: Reason.CONTACT_UPDATE_DISABLED}
"""Of a row whose switches forbid what it asks of an object of the type."""

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
        self.objects: dict[str, Stored] = {}
        self._added: dict[Key, list[str]] = {}

    def carriers(self, key: Key) -> list[Stored]:
        """What carries the key, oldest first: leads a Company ID, contacts a User ID or email."""
        found, added = self._memory.carriers(key), self._added.get(key, ())
        if not self.objects or not (found or added):
            return found
        if not found and len(added) == 1:
            return [self.objects[added[0]]]
        objects = {one.id: self.objects.get(one.id, one) for one in found}
        objects.update((name, self.objects[name]) for name in added)
        return oldest_first(list(objects.values()))

    def lead_of(self, one: Stored) -> Stored:
        """The lead it belongs to."""
        return self.objects.get(one.lead_id) or self._memory.lead_of(one)

    def keys_below(self, lead: Stored) -> set[Key]:
        """Every key of what belongs to the lead."""
        below = [self.objects.get(one.id, one) for one in self._memory.below(lead.id)]
        below += [one for one in self.objects.values() if one.lead_id == lead.id and one.type is not LEAD]
        return {key for one in below for key in one.keys}

    def put(self, one: Stored) -> None:
        """The object will be so."""
        self.objects[one.id] = one
        for key in one.keys:
            self._added.setdefault(key, []).append(one.id)


@dataclass(slots=True)
class _Pending:
    """A change in the making."""

    found: Stored | None = None
    """The object as it was found; None for one that is created."""

    delta: Delta = field(default_factory=Delta)
    inside: list[str] = field(default_factory=list)
    """What is created with it."""

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
            case NewBelow(type=object_type, lead=lead):
                return lead.id if self._is_new(lead.id) else name_on_paper(object_type, draft)
            case Amend(object=one):
                return self._inside.get(one.id, one.id)
            case NewLead():
                return name_on_paper(LEAD, draft)

    def carry_out(self, draft: Draft, decision: Decision) -> None:
        """From here on, it is as the row wants it."""
        held = [reason for intent in decision.intents if (reason := self._carry_out(draft, intent))]
        if decision.held:
            held.append(decision.held)
        objects = tuple([name for intent in decision.intents if (name := _object(intent)) != NEW])
        self._verdicts.append(Verdict(draft, tuple(dict.fromkeys(held)), decision.warnings, decision.rejected, decision.why, objects))

    def _carry_out(self, draft: Draft, intent: Intent) -> Reason | None:
        match intent:
            case NewBelow(type=object_type, lead=lead):
                self._create_below(draft, object_type, lead)
            case Amend():
                return self._amend(draft, intent)
            case NewLead(alone=alone):
                self._create_lead(draft, alone=alone)
        return None

    def _create_lead(self, draft: Draft, *, alone: bool) -> None:
        lead = new_lead(draft)
        self._pending[lead.id] = _Pending(parts=[Part(draft, Effect.CREATED)])
        self.paper.put(lead)
        if not alone:
            self._put_inside(draft, CONTACT, lead)

    def _create_below(self, draft: Draft, object_type: ObjectType, lead: Stored) -> None:
        if self._is_new(lead.id):
            self._pending[lead.id].parts.append(Part(draft, Effect.CREATED))
            self._put_inside(draft, object_type, lead)
            return
        one = new_below(object_type, lead.id, draft)
        self._pending[one.id] = _Pending(parts=[Part(draft, Effect.CREATED)])
        self.paper.put(one)

    def _is_new(self, lead_id: str) -> bool:
        pending = self._pending.get(lead_id)
        return pending is not None and pending.found is None

    def _put_inside(self, draft: Draft, object_type: ObjectType, lead: Stored) -> None:
        one = new_below(object_type, lead.id, draft)
        self._pending[lead.id].inside.append(one.id)
        self._inside[one.id] = lead.id
        self.paper.put(one)

    def _amend(self, draft: Draft, amend: Amend) -> Reason | None:
        one = self.paper.objects.get(amend.object.id, amend.object)
        delta = delta_of(one, draft, stamp=amend.stamp, may_append=lambda email: not self._sibling_carries(one, email))
        change = self._inside.get(one.id, one.id)
        if not amend.allowed:
            self._watch(draft, change)
            return UPDATE_DISABLED[one.type] if delta else None
        if change not in self._pending:
            self._pending[change] = _Pending(found=one)
        pending = self._pending[change]
        pending.parts.append(Part(draft, Effect.UPDATED if delta else Effect.NOTHING))
        if delta:
            pending.delta.absorb(delta)
            self.paper.put(changed(one, delta))
        return None

    def _watch(self, draft: Draft, change: str) -> None:
        """The row writes nothing here, but was judged against a change of earlier rows: if that is refused, it is judged again."""
        if pending := self._pending.get(change):
            pending.parts.append(Part(draft, Effect.NOTHING))

    def _sibling_carries(self, contact: Stored, email: str) -> bool:
        carriers = self.paper.carriers(email_key(email))
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
        parts, delta, found = tuple(pending.parts), pending.delta, pending.found
        if found is None:
            objects = self.paper.objects
            return Create(objects[name], parts, tuple([objects[inside] for inside in pending.inside]))
        delta.forget_reverts(found.fields)
        if not delta:
            return None
        return Update(found, parts, delta.fields, delta.adds, delta.stamp, delta.appended, frozenset(delta.only_if_empty))


def _without_contact(draft: Draft, intent: Intent) -> Intent | None:
    """As if creating contacts were off: a lead is created alone if the row has a Company ID; otherwise nothing is."""
    if isinstance(intent, NewLead):
        return NewLead(alone=True) if draft.company_id is not None else None
    return None if isinstance(intent, NewBelow) else intent


def _writes(intent: Intent) -> bool:
    """Whether no switch holds it back."""
    return intent.allowed if isinstance(intent, Amend) else True


def _object(intent: Intent) -> str:
    return intent.object.id if isinstance(intent, Amend) else NEW
