"""How do the rows of a batch become changes in Close, and what follows from each answer?

    drafts -> group -> per group: plan a stage -> send its changes -> settle -> next stage

One thread coordinates: it plans, remembers and settles. Workers only make calls. A group of rows keeps its order; groups have
nothing in common and proceed independently; `queueing` says which may begin.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from destination_close.engine.caller import Caller
from destination_close.engine.ledger import Ledger
from destination_close.engine.queueing import Batch, Group, Queue
from destination_close.engine.watch import Broken, Watch
from destination_close.engine.witness import Witness
from destination_close.engine.workers import Workers
from destination_close.model import (
    Change,
    Contact,
    CreateContact,
    CreateLead,
    Different,
    Draft,
    Effect,
    Key,
    Missing,
    NotTaken,
    Part,
    Reason,
    Recovered,
    Refused,
    Rejection,
    Sight,
    Stage,
    UpdateContact,
    UpdateLead,
    Written,
)
from destination_close.rules import NEW, NO_CONTACT, Memory, all_keys, group, learn_sight, plan_stage, unknown_keys

At = tuple[int, int]

FEW_CALLS = 16
"""With no more calls than this under way, workers stand idle, and the next batch may begin."""

MOST_RETURNS = 5
"""How often a row is resolved from scratch because an object it meant was gone or had changed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A change is under way."""

    group: Group
    change: Change


@dataclass(frozen=True, slots=True)
class SecondLook:
    """The rows of a group are looked up once more."""

    group: Group


Submit = Callable[[Any, Callable[[], Any]], None]
"""Has a call made, whose end is reported with a token."""


class Applying:
    """The batches being written to Close. Every method is called from the coordinating thread only."""

    def __init__(
        self,
        calls: Caller,
        memory: Memory,
        workers: Workers,
        submit: Submit,
        ledger: Ledger,
        *,
        clock: Callable[[], float],
        watch: Watch | None,
        witness: Witness | None,
        share_percent: int,
    ) -> None:
        self._calls = calls
        self._memory = memory
        self._workers = workers
        self._submit_call = submit
        self._ledger = ledger
        self._clock = clock
        self._watch = watch
        self._witness = witness
        self._queue = Queue(share_percent)
        self._under_way = 0
        self._done: dict[At, frozenset[str]] = {}
        self._returns: dict[At, int] = {}
        self.broken: Broken | None = None
        """The guard that the next call would have broken; nothing more is sent."""

    # --- batches -----------------------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._queue.is_empty

    @property
    def admits(self) -> bool:
        """Whether another batch may begin: immediately if there is none, otherwise as the current ones run dry."""
        busy = self._under_way - self._workers.standing_aside
        return self.idle or (busy < FEW_CALLS and self._queue.admits)

    def begin(self, drafts: Sequence[Draft], keys: tuple[Key, ...]) -> None:
        """These rows come next; everything there is to know about `keys` is known."""
        earlier = self._queue.unfinished
        batch = self._queue.add(group(drafts, self._memory, [one.drafts for one in earlier]), keys, earlier)
        self._begin_more()
        if not drafts:
            self._end(batch)

    def _begin_more(self) -> None:
        while not self.broken and (its_group := self._queue.next()):
            self._next_stage(its_group)

    def _is_through(self, its_group: Group) -> None:
        free = self._queue.through(its_group)
        for draft in its_group.drafts:
            self._done.pop(draft.at, None)
            self._returns.pop(draft.at, None)
        if not its_group.batch.groups:
            self._end(its_group.batch)
        for follower in free:
            self._next_stage(follower)

    def _end(self, batch: Batch) -> None:
        self._memory.release(batch.keys)
        self._memory.expire(self._clock())

    def _submit(self, token: Sent | SecondLook, call: Callable[[], Any]) -> None:
        self._under_way += 1
        self._submit_call(token, call)

    # --- stages ------------------------------------------------------------------------------------------------------

    def _next_stage(self, its_group: Group) -> None:
        """Plan and send; rows that need no call settle at once."""
        while its_group.runs and not self.broken:
            if unknown_keys(its_group.runs[0], self._memory):  # forgotten, because what came to light is not what was planned for
                unclear = [draft for draft in its_group.runs[0] if unknown_keys([draft], self._memory)]
                self._look_again(its_group, unclear, set(), set())
                return
            stage = plan_stage(its_group.runs.popleft(), self._memory, self._done)
            if stage.rest:
                its_group.runs.appendleft(list(stage.rest))
            self._ledger.judge(stage.verdicts)
            for verdict in stage.verdicts:
                if self._witness:
                    self._witness.judged(verdict)
                if verdict.rejected:
                    self._ledger.reject(verdict.draft, _unmatched(verdict.draft, verdict.rejected))
            for object_id, part in stage.idle:
                self._ledger.credit(part.draft, Effect.NOTHING)
                self._through_with(part.draft, frozenset({object_id}))
            its_group.stage, its_group.sent, its_group.results = stage, self._admitted(stage.changes), []
            its_group.unsent = {part.draft.at for change in stage.changes[len(its_group.sent) :] for part in change.parts}
            for change in its_group.sent:
                call = partial(self._calls.perform, change, self._known(change))
                self._queue.calls += 1
                self._submit(Sent(its_group, change), call)
            if its_group.sent:
                return
            self._ledger.close(verdict.draft for verdict in stage.verdicts if verdict.draft.at not in its_group.unsent)
        if not self.broken:
            self._is_through(its_group)

    def _admitted(self, changes: Sequence[Change]) -> list[Change]:
        """Those before the first that would break a guard."""
        if self._watch:
            for index, change in enumerate(changes):
                if broken := self._watch.admit(change):
                    self.broken = broken
                    return list(changes[:index])
        return list(changes)

    def _known(self, change: Change) -> frozenset[str]:
        """Ids of objects that already have the change's keys, so that a create is never mistaken for one of them; without keys,
        of everything it could be mistaken for."""
        match change:
            case CreateLead(lead=lead, contacts=contacts):
                if lead.company_id is None and not any(contact.keys for contact in contacts):
                    return frozenset(self._memory.leads)
                leads = self._memory.leads_with(Key("company", lead.company_id)) if lead.company_id is not None else []
                return frozenset([found.id for found in leads]) | self._known_people(contacts)
            case CreateContact(contact=contact):
                siblings = [] if contact.keys else self._memory.contacts_of(contact.lead_id)
                return self._known_people((contact,)) | {sibling.id for sibling in siblings}
            case UpdateLead() | UpdateContact():
                return frozenset()

    def _known_people(self, contacts: Iterable[Contact]) -> frozenset[str]:
        keys = {key for contact in contacts for key in contact.keys}
        found = [contact for key in keys for contact in self._memory.contacts_with(key)]
        return frozenset(contact.id for contact in found)

    # --- settling ----------------------------------------------------------------------------------------------------

    def ended(self, token: Sent | SecondLook, result: Any) -> None:
        """A call has ended with this result."""
        self._under_way -= 1
        match token:
            case Sent(group=its_group, change=change):
                its_group.results.append((change, result))
                if len(its_group.results) == len(its_group.sent):
                    self._settle_stage(its_group)
            case SecondLook(group=its_group):
                self._seen_again(its_group, result)
        self._begin_more()

    def _settle_stage(self, its_group: Group) -> None:
        """Learn what was written; rows that must be planned again go first, in two halves where Close refused
        something, until only the row at fault is left alone with its refusal."""
        split: dict[At, Draft] = {}
        adopted: dict[At, Draft] = {}
        lost: dict[At, tuple[Draft, Change]] = {}
        gone: list[str] = []
        lead_ids: set[str] = set()
        contact_ids: set[str] = set()
        for change, result in its_group.results:
            match result:
                case Written():
                    self._take_in(change, result)
                case NotTaken(refused=refused):
                    split.update(self._refused(change, refused))
                case Recovered(leads=leads, contacts=contacts, moved=moved):
                    self._tell(change, Written(leads, contacts))
                    self._memory.learn_fresh(leads, contacts, self._clock())
                    self._credit_creators(change.parts, moved=moved)
                    adopted.update((part.draft.at, part.draft) for part in change.parts)
                case Missing(object_id=object_id) | Different(object_id=object_id):
                    lead_ids |= _lead_ids(change)
                    contact_ids |= _contact_ids(change)
                    gone += [object_id] if isinstance(result, Missing) else []
                    lost.update((part.draft.at, (part.draft, change)) for part in change.parts)
            if self._watch and not (isinstance(result, Recovered) or (isinstance(result, Written) and result.sent)):
                self._watch.take_back(change)
        for object_id in gone:  # last, because the other writes may have happened earlier
            contact_ids |= {contact.id for contact in self._memory.contacts_of(object_id)}
            self._memory.learn_gone(object_id, self._clock())
        return_ = {at: draft for at, (draft, change) in lost.items() if self._may_return(draft, change)}
        self._forget_untouched(its_group.stage, return_)
        again = {at: draft for at, draft in {**split, **adopted, **return_}.items() if at in return_ or at not in lost}
        self._ledger.close(v.draft for v in its_group.stage.verdicts if v.draft.at not in again and v.draft.at not in its_group.unsent)
        if self.broken:
            return
        drafts = [again[at] for at in sorted(again)]
        half = len(drafts) // 2 if split else 0
        its_group.runs.extendleft(run for run in (drafts[half:], drafts[:half]) if run)
        if return_:
            self._look_again(its_group, [return_[at] for at in sorted(return_)], lead_ids, contact_ids)
        else:
            self._next_stage(its_group)

    def _take_in(self, change: Change, result: Written) -> None:
        self._tell(change, result)
        self._memory.learn_fresh(result.leads, result.contacts, self._clock(), whole=isinstance(change, CreateLead))
        ids = frozenset((*(lead.id for lead in result.leads), *(contact.id for contact in result.contacts)))
        ids_and_new = ids | {NEW}
        for part in change.parts:
            self._ledger.credit(part.draft, part.effect if result.sent else Effect.NOTHING)
            self._through_with(part.draft, ids_and_new if part.effect is Effect.CREATED else ids)

    def _tell(self, change: Change, result: Written) -> None:
        if self._witness and result.sent:
            self._witness.written(change, result)

    def _refused(self, change: Change, refused: Refused) -> dict[At, Draft]:
        """If one row's own change is refused, the row is rejected; if a change of many rows is, all of them are planned again."""
        drafts = {part.draft.at: part.draft for part in change.parts}
        if len(drafts) > 1:
            return drafts
        (draft,) = drafts.values()
        self._ledger.reject(draft, _rejection(draft, change, refused))
        if isinstance(change, CreateLead) and change.contacts and refused.complaints[0].path[:1] == ("contacts",):
            self._through_with(draft, frozenset({NO_CONTACT}))
            return drafts
        creating = isinstance(change, (CreateLead, CreateContact))
        self._through_with(draft, frozenset({NEW if creating else _id_in_close(change)}))
        return {}

    def _credit_creators(self, parts: Iterable[Part], *, moved: bool) -> None:
        """Rows are decided again based on what was found, which may be somebody else's; but an insert never considers existing
        objects, and what was merged away is not created a second time."""
        for part in parts:
            if part.effect is Effect.CREATED:
                self._ledger.credit(part.draft, Effect.CREATED)
                if moved or part.draft.operation == "insert":
                    self._through_with(part.draft, frozenset({NEW}))

    def _through_with(self, draft: Draft, object_ids: frozenset[str]) -> None:
        """Many rows share one set: thousands of people may be created in one call."""
        before = self._done.get(draft.at, frozenset())
        if not object_ids <= before:
            self._done[draft.at] = object_ids if before <= object_ids else before | object_ids

    # --- resolving once more -----------------------------------------------------------------------------------------

    def _may_return(self, draft: Draft, change: Change) -> bool:
        """Whether the row may be resolved again; if not, it is rejected."""
        self._returns[draft.at] = self._returns.get(draft.at, 0) + 1
        if self._returns[draft.at] <= MOST_RETURNS:
            return True
        message = "the object was deleted, merged or changed in Close while the row was being processed; send the row again"
        self._ledger.reject(draft, Rejection(draft.row, Reason.REFUSED_BY_CLOSE, None, message, None, _id_in_close(change)))
        return False

    def _forget_untouched(self, stage: Stage, returning: Collection[At]) -> None:
        """Rows that needed no change are decided again with the rest: they may ask for more now, such as a stamp.
        If one row only set back what another changed, the rows after it must not be undone."""
        reverted = {object_id for object_id, part in stage.idle if part.effect is not Effect.NOTHING}
        for object_id, part in stage.idle if returning else ():
            if part.draft.at in returning and object_id not in reverted:
                self._done[part.draft.at] -= {object_id}

    def _look_again(self, its_group: Group, drafts: list[Draft], lead_ids: set[str], contact_ids: set[str]) -> None:
        keys = tuple(dict.fromkeys(key for draft in drafts for key in all_keys(draft)))
        self._memory.forget_keys(keys)
        call = partial(self._calls.look_again, keys, lead_ids, contact_ids)
        self._submit(SecondLook(its_group), call)

    def _seen_again(self, its_group: Group, sight: Sight) -> None:
        if strays := learn_sight(sight, self._memory, self._clock()):
            self._submit(SecondLook(its_group), partial(self._calls.look_again, (), (), strays))
        else:
            self._next_stage(its_group)


def _lead_ids(change: Change) -> set[str]:
    match change:
        case UpdateLead(lead=lead):
            return {lead.id}
        case CreateContact(contact=contact) | UpdateContact(contact=contact):
            return {contact.lead_id}
        case CreateLead():
            return set()


def _contact_ids(change: Change) -> set[str]:
    return {change.contact.id} if isinstance(change, UpdateContact) else set()


def _id_in_close(change: Change) -> str:
    match change:
        case UpdateLead(lead=lead):
            return lead.id
        case UpdateContact(contact=contact):
            return contact.id
        case CreateContact(contact=contact):
            return contact.lead_id
        case CreateLead():
            return ""


def _unmatched(draft: Draft, reason: Reason) -> Rejection:
    return Rejection(draft.row, reason, None, "nothing in Close has its matching key, and an update never creates anything")


def _rejection(draft: Draft, change: Change, refused: Refused) -> Rejection:
    first = refused.complaints[0]
    kind = "lead" if isinstance(change, (CreateLead, UpdateLead)) else "contact"
    verb = "create" if isinstance(change, (CreateLead, CreateContact)) else "update"
    message = f"Close refused to {verb} the {kind} (HTTP {refused.status})"
    field = ".".join(first.path) or None
    return Rejection(draft.row, Reason.REFUSED_BY_CLOSE, field, message, first.message, _id_in_close(change) or None)
