"""Which writes do many rows need, and which of them may be sent side by side?

The laws at the end compare whole runs: whatever is sent together, in whatever order it arrives and whatever Close refuses of
it, Close holds in the end what it would hold had the rows been handled one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, event, example, given, note, settings, target
from hypothesis import strategies as st

from destination_close.changes import Change, CreateContact, CreateLead, Effect, Stage, UpdateContact, UpdateLead
from destination_close.comparing import email_meaning, is_blank, missing, phone_meaning, url_meaning
from destination_close.grouping import group
from destination_close.memory import Memory
from destination_close.merging import NEW, NO_CONTACT, plan
from destination_close.model import Contact, Draft, Item, Kind, Lead, Reason, Rejection, Wish, Work
from destination_close.settling import Ledger
from destination_close.writing import FIRST_STATUS
from unit_tests.builders import _SWITCHES, a_contact, a_draft, a_lead, a_memory, a_work, company, email, user

# --- a Close that takes or refuses changes -----------------------------------------------------------------------------


def stored_by(change: Change) -> set[str]:
    """What the change brings that no later row can take back: ids, emails, phones, and values added to a field of several."""
    match change:
        case CreateLead(lead=lead, contacts=contacts):
            return {f"company {lead.company_id}", *_tags(lead.fields.get("custom.cf_tags"))}.union(*map(_person, contacts))
        case CreateContact(contact=contact):
            return _person(contact)
        case UpdateLead(company_id=company_id, adds=adds):
            return {f"company {company_id}", *_tags(adds.get("custom.cf_tags"))}
        case UpdateContact(user_id=user_id, emails=emails, phones=phones):
            return {f"user {user_id}", *(f"email {value}" for value in emails), *(f"phone {value}" for value in phones)}


def _person(contact: Contact) -> set[str]:
    emails, phones = (f"email {item.value}" for item in contact.emails), (f"phone {item.value}" for item in contact.phones)
    return {f"user {contact.user_id}", *emails, *phones}


def _tags(values: Any) -> set[str]:
    return {f"tag {value}" for value in values or ()}


def write(change: Change, memory: Memory) -> set[str]:
    """Carry the change out, reading lists fresh as the real calls do; the ids of what was written."""
    leads, contacts = _as_written(change, memory)
    memory.learn_fresh(leads, contacts, now=0.0)
    return {written.id for written in (*leads, *contacts)}


def _as_written(change: Change, memory: Memory) -> tuple[list[Lead], list[Contact]]:
    match change:
        case CreateLead(lead=lead, contacts=contacts):
            made = replace(lead, id=f"lead of row {lead.age.order[0]}", fields=_stored(lead.fields))
            return [made], [_made(contact, made.id) for contact in contacts]
        case CreateContact(contact=contact):
            return [], [_made(contact, contact.lead_id)]
        case UpdateLead():
            lead = memory.leads[change.lead.id]
            assert change.company_id is None or lead.company_id is None, "an id in Close is never overwritten"
            return [replace(lead, fields=_put(lead.fields, change), company_id=lead.company_id or change.company_id)], []
        case UpdateContact():
            return [], [_updated(memory.contacts[change.contact.id], change)]


def _made(contact: Contact, lead_id: str) -> Contact:
    return replace(contact, id=f"contact of row {contact.age.order[0]}", lead_id=lead_id, fields=_stored(contact.fields))


def _updated(contact: Contact, change: UpdateContact) -> Contact:
    assert change.user_id is None or contact.user_id is None, "an id in Close is never overwritten"
    return replace(
        contact,
        fields=_put(contact.fields, change),
        user_id=contact.user_id or change.user_id,
        emails=contact.emails + tuple(map(Item, missing(contact.emails, change.emails, email_meaning))),
        phones=contact.phones + tuple(map(Item, missing(contact.phones, change.phones, phone_meaning))),
        urls=contact.urls + tuple(map(Item, missing(contact.urls, change.urls, url_meaning))),
    )


def _put(fields: Any, change: UpdateLead | UpdateContact) -> dict[str, Any]:
    added = {key: (*(fields.get(key) or ()), *values) for key, values in change.adds.items()}
    return _stored({**fields, **change.fields, **added})


def _stored(fields: Any) -> dict[str, Any]:
    return {key: "stat_1" if value is FIRST_STATUS else value for key, value in fields.items() if not is_blank(value)}


# --- handling rows -----------------------------------------------------------------------------------------------------


@dataclass
class Handling:
    """Rows on their way into a memory that stands for Close, the way `sync` takes them: stage by stage, refusals taken apart."""

    memory: Memory
    refused: frozenset[str] = frozenset()
    order: Random | None = None
    """Shuffles what is sent side by side; None keeps the order of the plan."""

    ledger: Ledger = field(default_factory=Ledger)
    done: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    calls: int = 0
    taken_apart: int = 0

    def one_by_one(self, drafts: Sequence[Draft]) -> None:
        self.ledger.open(a_work(draft) for draft in drafts)
        for draft in drafts:
            self.run([draft])

    def together(self, drafts: Sequence[Draft]) -> None:
        self.ledger.open(a_work(draft) for draft in drafts)
        for rows in self.shuffled(group(drafts, self.memory)):
            self.run(rows)

    def shuffled(self, values: Iterable[Any]) -> list[Any]:
        values = list(values)
        if self.order:
            self.order.shuffle(values)
        return values

    def run(self, rows: Sequence[Draft]) -> None:
        runs = deque([list(rows)])
        while runs:
            stage = plan(runs.popleft(), self.memory, self.done)
            assert stage.verdicts, "each stage takes at least one row"
            if stage.rest:
                runs.appendleft(list(stage.rest))
            self.ledger.judge(stage.verdicts)
            for verdict in stage.verdicts:
                if verdict.rejected:
                    self.ledger.reject(verdict.draft, Rejection(verdict.draft.row, verdict.rejected, None, ""))
            for name, part in [i if isinstance(i, tuple) else (None, i) for i in stage.idle]:
                self.ledger.credit(part.draft, Effect.NOTHING)
                if name:
                    self.done.setdefault(part.draft.at, set()).add(name)
            again = self.send(stage)
            self.ledger.close(verdict.draft for verdict in stage.verdicts if verdict.draft.at not in again)
            drafts = [again[at] for at in sorted(again)]
            half = len(drafts) // 2
            runs.extendleft(part for part in (drafts[half:], drafts[:half]) if part)

    def send(self, stage: Stage) -> dict[tuple[int, int], Draft]:
        again: dict[tuple[int, int], Draft] = {}
        for change in self.shuffled(stage.changes):
            self.calls += 1
            if self.refused & stored_by(change):
                again.update(self.take_apart(change))
            else:
                ids = write(change, self.memory)
                for part in change.parts:
                    self.ledger.credit(part.draft, part.effect)
                    self.done.setdefault(part.draft.at, set()).update(ids, {NEW} if part.effect is Effect.CREATED else ())
        return again

    def take_apart(self, change: Change) -> dict[tuple[int, int], Draft]:
        drafts = {part.draft.at: part.draft for part in change.parts}
        if len(drafts) > 1:
            self.taken_apart += 1
            return drafts
        (draft,) = drafts.values()
        self.ledger.reject(draft, Rejection(draft.row, Reason.REFUSED_BY_CLOSE, None, ""))
        if isinstance(change, CreateLead) and not self.refused & stored_by(replace(change, contacts=())):
            self.done.setdefault(draft.at, set()).add(NO_CONTACT)
            return drafts
        creating = isinstance(change, (CreateLead, CreateContact))
        at = change.lead.id if isinstance(change, UpdateLead) else "" if isinstance(change, CreateLead) else change.contact.id
        self.done.setdefault(draft.at, set()).add(NEW if creating else at)
        return {}

    def close_holds(self) -> dict[str, Lead | Contact]:
        return {**self.memory.leads, **self.memory.contacts}

    def ends(self) -> dict[int, tuple[Any, ...]]:
        """Each row's end. Whether "updated" is true of a row whose value a later one replaces is a matter of taste."""
        ended = self.ledger.ended()
        same = {Kind.UPDATED: "done", Kind.UNCHANGED: "done"}
        return {o.row.ordinal: (same.get(o.kind, o.kind), o.reason, o.notes, len(o.rejections), o.warnings) for o in ended}


# --- worlds and rows that collide --------------------------------------------------------------------------------------

COMPANIES, USERS, EMAILS = ("X", "Y"), ("u", "v"), ("a@x", "b@x", "c@x")
KEYS = [*map(company, COMPANIES), *map(user, USERS), *map(email, EMAILS)]
POISONS = ("phone +6", "tag z", "user v", "company Y", "email c@x")


def maybe(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


def some(values: Sequence[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[tuple[Lead, ...], tuple[Contact, ...]]:
    ages = st.sampled_from([2020, 2021])
    names = st.sampled_from(["", "old"])
    leads = [
        a_lead(f"L{i}", company=draw(st.sampled_from([None, None, "X", "Y"])), age=draw(ages), name=draw(names))
        for i in range(draw(st.integers(0, 3)))
    ]
    contacts = [
        a_contact(f"C{i}", draw(st.sampled_from(leads)).id, *draw(some(EMAILS, 2)), user=draw(maybe((None, *USERS))), age=draw(ages))
        for i in range(draw(st.integers(0, 4)) if leads else 0)
    ]
    return tuple(leads), tuple(contacts)


@st.composite
def rows(draw: st.DrawFn, *, switches: bool = True) -> list[Draft]:
    count = draw(st.integers(1, 7))
    return [draw(a_colliding_draft(at, switches=switches)) for at in range(count)]


@st.composite
def a_colliding_draft(draw: st.DrawFn, at: int, *, switches: bool) -> Draft:
    keys = draw(st.tuples(maybe(COMPANIES), maybe(USERS), maybe(EMAILS)).filter(any))
    more = draw(some(EMAILS, 1)) if keys[2] else ()
    when = st.sampled_from(["always", "always", "if_empty", "on_create"])
    lead = {"name": Wish(draw(st.sampled_from(["old", f"name {at}"])), when=draw(when))} if draw(st.booleans()) else {}
    if tag := draw(maybe("sz")):
        lead["custom.cf_tags"] = Wish(tag, "set", add=True)
    contact = {"title": Wish(f"title {at}", when=draw(when))} if draw(st.booleans()) else {}
    phones = draw(some(("+1", "+6"), 1))
    off = draw(st.lists(st.sampled_from(["NL", "UL", "NC", "UC", "DC"]), max_size=2)) if switches and draw(st.booleans()) else []
    has_person = bool(keys[1] or keys[2])
    return a_draft(
        at,
        company=keys[0],
        user=keys[1],
        email=keys[2],
        more_emails=tuple(e for e in more if e != keys[2]),
        lead=lead,
        contact=contact if has_person else {},
        phones=phones if has_person else (),
        off=" ".join(off),
    )


def told(draft: Draft) -> str:
    """The builder call that makes the draft."""
    said = {"company": draft.company_id, "user": draft.user_id, "email": draft.email, "more_emails": draft.emails[1:]}
    said |= {"phones": draft.phones, "off": ' '.join(s for s, n in _SWITCHES.items() if not getattr(draft.switches, n))}
    said |= {"lead": {k: w if w.when != "always" else w.value for k, w in draft.lead.items()}}
    said |= {"contact": {k: w if w.when != "always" else w.value for k, w in draft.contact.items()}}
    said |= {"operation": draft.operation if draft.operation != "upsert" else "", "match": draft.match, "lead_alone": draft.lead_alone}
    return f"a_draft({draft.at[0]}, " + ", ".join(f"{k}={v!r}" for k, v in said.items() if v) + ")"


import os
ENDS = os.environ.get("ENDS")
LAW = settings(max_examples=int(os.environ.get("EX", "300")), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def check_the_law(world: Any, drafts: list[Draft], refused: frozenset[str], order: Random) -> None:
    leads, contacts = world
    for one in (*leads, *contacts, *map(told, drafts), refused):
        note(str(one))
    alone = Handling(a_memory(leads=leads, contacts=contacts, knows=KEYS), refused)
    alone.one_by_one(drafts)
    together = Handling(a_memory(leads=leads, contacts=contacts, knows=KEYS), refused, order)
    together.together(drafts)
    target(float(together.taken_apart), label="merged changes taken apart")
    target(float(alone.calls - together.calls), label="calls saved")
    event(f"taken apart: {min(together.taken_apart, 3)}")
    assert together.close_holds() == alone.close_holds()
    if ENDS:
        assert together.ends() == alone.ends()


@LAW
@given(worlds(), rows(), st.randoms(use_true_random=False))
def test_rows_handled_together_leave_close_as_if_handled_one_by_one(world: Any, drafts: list[Draft], order: Random) -> None:
    check_the_law(world, drafts, frozenset(), order)


@LAW
@given(worlds(), rows(), st.sets(st.sampled_from(POISONS), min_size=1).map(frozenset), st.randoms(use_true_random=False))
def test_rows_handled_together_leave_close_as_if_handled_one_by_one_even_when_it_refuses_changes(
    world: Any, drafts: list[Draft], refused: frozenset[str], order: Random
) -> None:
    check_the_law(world, drafts, refused, order)
