"""Which writes do many rows need, and which of these may be sent side by side? (pure)

The rows of one group are carried out on paper, in order. What is sent together forms a stage, cut so that it stays true even
if Close refuses any one change in it:

    Within a stage, what one change stores is never a key that a row of another change looked at.

So a refused change can be taken apart, and its rows decided again, without touching what was sent alongside it. A row that
would break the rule waits, with all rows after it, for the next stage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from destination_close.model import Contact, Draft, Key, Stage, Warning, value_class
from destination_close.rules.deciding import ChangeContact, ChangeLead, Decision, Intent, NewContact, NewLead
from destination_close.rules.memory import Memory
from destination_close.rules.needs import company_keys
from destination_close.rules.paper import Done, OnPaper
from destination_close.rules.quick_stages import new_company, nothing_to_do

MOST_CHANGES = 300
"""Per stage: the rows of a stage are acknowledged together, and should not wait for long."""


def plan_stage(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage:
    """The next stage of a group of rows: its first rows, as many as may be sent together."""
    return new_company(drafts, memory, done) or nothing_to_do(drafts, memory, done) or plan_by_the_rule(drafts, memory, done)


def plan_by_the_rule(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage:
    """The same without the shortcuts that most rows of most syncs can take."""
    stage = _Stage(memory, done)
    for index, draft in enumerate(drafts):
        if not stage.takes(draft):
            return stage.on_paper.result(tuple(drafts[index:]))
    return stage.on_paper.result()


# --- the rule --------------------------------------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class _Touch:
    """What one intent of one row touches."""

    change: str
    """Name of the change that it becomes part of."""

    reads: frozenset[Key]
    writes: frozenset[Key]


class _Stage:
    def __init__(self, memory: Memory, done: Done) -> None:
        self.on_paper = OnPaper(memory, done)
        self._paper = self.on_paper.paper
        self._writers: defaultdict[Key, set[str]] = defaultdict(set)
        self._readers: defaultdict[Key, set[str]] = defaultdict(set)
        self._reserved: defaultdict[str, set[str]] = defaultdict(set)
        """Object -> changes that rows depend on which, if one of these is refused, may turn to this object."""
        self._full = False

    def takes(self, draft: Draft) -> bool:
        """Carry the row out on paper; False if it has to wait for the next stage."""
        decision = self.on_paper.decide(draft)
        keys = frozenset(draft.keys)  # for an insert too, so that of two identical ones the first exists before the second is sent
        touches = [self._touch(draft, intent, decision, keys) for intent in decision.intents]
        alone = _can_be_decided_but_once(decision, touches)
        if len(self.on_paper) and (self._full or alone or self._breaks_the_rule(keys, touches)):
            return False
        self._note(draft, keys, touches)
        self.on_paper.carry_out(draft, decision)
        self._full = alone or len(self.on_paper) >= MOST_CHANGES
        return True

    def _touch(self, draft: Draft, intent: Intent, decision: Decision, keys: frozenset[Key]) -> _Touch:
        change = self.on_paper.change_of(draft, intent)
        match intent:
            case NewLead(alone=alone):
                return _Touch(change, keys, frozenset(company_keys(draft) if alone else draft.keys))
            case NewContact():
                return _Touch(change, keys, frozenset(draft.keys[len(company_keys(draft)) :]))
            case ChangeLead(lead=lead, allowed=allowed, stamp=stamp):
                by_company_alone = (
                    draft.operation == "upsert"
                    and draft.company_id is not None
                    and not (stamp or decision.held or Warning.SEVERAL_LEADS in decision.warnings)
                )
                reads = company_keys(draft) if by_company_alone and lead.company_id == draft.company_id else keys
                stamped = self._paper.keys_below(lead).union(draft.keys) if stamp and allowed else ()
                return _Touch(change, frozenset(reads), frozenset(stamped))
            case ChangeContact(contact=contact, allowed=allowed):
                return _Touch(change, keys, self._contact_writes(contact, draft) if allowed else frozenset())

    def _contact_writes(self, contact: Contact, draft: Draft) -> frozenset[Key]:
        carried = frozenset(contact.keys)
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
        """The row is decided again if what it depends on is refused; no other change may touch what it may then read, touch or store."""
        for key in draft.keys:
            leads = {lead.id for lead in self._paper.leads_with(key)} if key.kind == "company" else set()
            contacts = [] if key.kind == "company" else self._paper.contacts_with(key)
            for name in (leads | {contact.id for contact in contacts} | {contact.lead_id for contact in contacts}) - own:
                self._reserved[name].update(leans_on)
            if not leads:
                self._writers[key].update(leans_on)


def _can_be_decided_but_once(decision: Decision, touches: Sequence[_Touch]) -> bool:
    """Whether an id or email, once on one of several contacts, hides others from the row: then no other row may share its stage."""
    return _several_contacts(decision) and any(touch.writes for touch in touches)


def _several_contacts(decision: Decision) -> bool:
    return sum([isinstance(intent, ChangeContact) for intent in decision.intents]) > 1
