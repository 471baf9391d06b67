"""Was a create carried out although its answer was lost, and what did it create?

Looks past the search index (the lead's contacts, the event log, reading by id) and searches as well, until the index
would certainly show it. Runs on worker threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from destination_close.close.event_log import Created, EventLog
from destination_close.close.reading import read_object
from destination_close.model import (
    CONTACT,
    FIRST_STATUS,
    LEAD,
    Create,
    Gone,
    Hits,
    IdFields,
    Key,
    ObjectType,
    Stored,
    instant,
    is_blank,
    missing,
    same,
)

SETTLE_SECONDS = 5.0
"""In addition to the index lag: how long a create that was cut off may still be running inside Close."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0

Raw = Mapping[str, Any]


class Records(Protocol):
    """The part of the client this needs."""

    def get(self, object_type: ObjectType, object_id: str) -> dict[str, Any]: ...

    def listed(self, object_type: ObjectType, lead_id: str) -> list[dict[str, Any]]: ...

    def events(self, filters: Mapping[str, str], *, max_pages: int = ...) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Made:
    """What was found."""

    objects: tuple[Stored, ...]
    whole: bool
    """It is exactly what was sent. False: something that has the keys, so that the rows are decided again."""

    moved: bool = False
    """By somebody, into another lead."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """A create without an answer."""

    known: frozenset[str]
    """What had its keys before."""

    since: float
    """Seconds since 1970, by Close's clock: anything older cannot be what it created."""

    keys: frozenset[Key]
    inserts: bool
    """Nobody looked up what had the keys of an insert beforehand, so its date and content must decide."""

    taken: Collection[str]
    """What other creates of this run are known to have created."""

    def may_have_made(self, object_id: str, created: str) -> bool:
        return object_id not in self.known and object_id not in self.taken and (not self.inserts or self.is_recent(created))

    def is_recent(self, created: str) -> bool:
        moment = instant(created)
        return isinstance(moment, datetime) and moment.timestamp() >= self.since


class LostCreates:
    """`find` searches for keys; `clock` is monotonic seconds, `lag` in seconds."""

    def __init__(
        self,
        close: Records,
        ids: IdFields,
        find: Callable[[Sequence[Key]], Hits],
        lag: float,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._close = close
        self._ids = ids
        self._find = find
        self._lag = lag
        self._clock = clock
        self._sleep = sleep
        self._log = EventLog(close, ids, clock=clock)
        self._taken: set[str] = set()
        """What creates without a key created: of two that are identical, one must not be taken for the other."""

        self._lock = threading.Lock()

    def is_ours(self, change: Create, object_id: str) -> bool:
        """Whether this is what the create made; False if one that is alike, and was lost, took it for its own."""
        if _keys(change):
            return True
        with self._lock:
            is_free = object_id not in self._taken
            self._taken.add(object_id)
        return is_free

    def look_for(self, change: Create, known: frozenset[str], since: float) -> Made | None:
        """Look again and again until it is found, or until the index would certainly show it.

        `since`: seconds since 1970 by Close's clock, before it was sent.

        What only shares a key with it may be somebody else's, and counts in the end if nothing better was found.
        """
        lost = _lost(change, known, since, self._taken)
        pause, until = FIRST_PAUSE, self._clock() + self._lag + SETTLE_SECONDS
        while True:
            last = self._clock() >= until
            made = self._lead(change, lost) if change.object.type is LEAD else self._below(change, lost)
            if made and made.whole and not self.is_ours(change, _id_of(made, change)):
                continue  # found by two at once: the other one has claimed it, and there may be another
            if last or (made and (made.whole or made.moved)):
                return made
            self._sleep(max(0.0, min(pause, until - self._clock())))
            pause = min(pause * 2, LONGEST_PAUSE)

    # --- what belongs to a lead --------------------------------------------------------------------------------------

    def _below(self, change: Create, lost: _Lost) -> Made | None:
        """In its lead; if that was merged away, wherever what was in it is now."""
        planned = change.object
        there = [self._as_object(planned.type, raw, planned.lead_id) for raw in self._listed(planned.type, planned.lead_id)]
        leads: dict[str, Stored] = {}
        moved = not there and not self._get(LEAD, planned.lead_id)
        if moved:
            there = [self._as_object(planned.type, raw) for raw in self._elsewhere(planned.type, lost)]
            leads = {id_: self._as_object(LEAD, raw) for id_ in {c.lead_id for c in there} if (raw := self._get(LEAD, id_))}
            there = [one for one in there if one.lead_id in leads]
        new = tuple(replace(one, age=planned.age) for one in there if _may_be(one, planned, lost))
        if not new:
            return None
        whole = len(new) == 1 and _is(new[0], planned)
        return Made((*leads.values(), *new), whole, moved)

    def _elsewhere(self, object_type: ObjectType, lost: _Lost) -> Iterator[Raw]:
        """Objects with its keys as they are now, whatever lead they belong to."""
        ids = dict.fromkeys(event.object_id for event in self._events_below(object_type, lost))
        ids.update(dict.fromkeys(hit.id for hit in self._found(lost) if hit.type is object_type))
        yield from (raw for object_id in ids if object_id not in lost.known and (raw := self._get(object_type, object_id)))

    # --- a lead with its contacts ------------------------------------------------------------------------------------

    def _lead(self, change: Create, lost: _Lost) -> Made | None:
        in_part: Made | None = None
        for lead_id, contact_id in dict.fromkeys(self._candidates(change, lost)):
            if lead_id in lost.known:
                continue
            there = self._get(LEAD, lead_id)
            raw = there or (contact_id and self._lead_of(contact_id))
            if not raw:
                continue
            lead = self._as_object(LEAD, raw)
            if not lost.may_have_made(lead.id, lead.age.date):
                continue
            contacts = self._listed(CONTACT, lead.id) if raw.get("contacts") is None else raw["contacts"]
            made = self._made(change, lost, lead, [self._as_object(CONTACT, person, lead.id) for person in contacts])
            if made and (made.whole or not there):
                return replace(made, moved=not there)
            in_part = in_part or made
        return in_part

    def _made(self, change: Create, lost: _Lost, lead: Stored, contacts: Sequence[Stored]) -> Made | None:
        planned = change.object
        its_company = planned.own_id is not None and lead.own_id == planned.own_id
        if not lost.keys and not _is_alike(lead, contacts, change):
            return None
        mine = {p.id: _mine(p, contacts, lost) for p in change.inside}
        if not (its_company or any(mine.values()) or not lost.keys):
            return None
        whole = lead.own_id == planned.own_id and _holds(lead.fields, planned.fields)
        whole = whole and all(any(_is(c, p) for c in mine[p.id]) for p in change.inside)
        if lost.is_recent(lead.age.date):
            lead = replace(lead, age=planned.age)
        found = {c.id: replace(c, age=p.age) for p in reversed(change.inside) for c in mine[p.id]}
        return Made((lead, *found.values()), whole and len(found) == len(change.inside))

    def _candidates(self, change: Create, lost: _Lost) -> Iterator[tuple[str, str]]:
        """Ids of leads, each with the id of a contact by which it can be found if it has been merged away."""
        own_id = change.object.own_id
        if own_id is not None or not lost.keys:
            for event in self._log.created(LEAD, lost.since):
                if not lost.keys or str(event.data.get(self._ids.keys.get(LEAD, ""))) == own_id:
                    yield event.object_id, ""
        if lost.keys and change.inside:
            yield from ((event.lead_id, event.object_id) for event in self._events_below(CONTACT, lost))
        yield from ((hit.id, "") for hit in self._found(lost) if hit.type is LEAD)

    def _lead_of(self, contact_id: str) -> Raw | None:
        contact = self._get(CONTACT, contact_id)
        return self._get(LEAD, contact["lead_id"]) if contact else None

    # --- reading -----------------------------------------------------------------------------------------------------

    def _events_below(self, object_type: ObjectType, lost: _Lost) -> Iterator[Created]:
        """Past the index: what was created of the type, with one of its keys."""
        for event in self._log.created(object_type, lost.since):
            carries_one = lost.keys and not lost.keys.isdisjoint(self._as_object(object_type, {"id": event.object_id, **event.data}).keys)
            if event.lead_id and (carries_one or not lost.keys):
                yield event

    def _found(self, lost: _Lost) -> Sequence[Stored]:
        """By the index."""
        return self._find(sorted(lost.keys)).objects if lost.keys else ()

    def _listed(self, object_type: ObjectType, lead_id: str) -> Sequence[Raw]:
        """Of a lead that is gone, none; Close may also answer this itself."""
        try:
            return self._close.listed(object_type, lead_id)
        except Gone:
            return []

    def _get(self, object_type: ObjectType, object_id: str) -> Raw | None:
        try:
            return self._close.get(object_type, object_id)
        except Gone:
            return None

    def _as_object(self, object_type: ObjectType, raw: Raw, lead_id: str = "") -> Stored:
        return read_object(object_type, raw, self._ids, lead_id)


def _keys(change: Create) -> frozenset[Key]:
    return frozenset(key for one in change.objects for key in one.keys)


def _id_of(made: Made, change: Create) -> str:
    """The id of what the create was for, among all that was found."""
    return next(one.id for one in made.objects if one.type is change.object.type)


def _lost(change: Create, known: frozenset[str], since: float, taken: Collection[str]) -> _Lost:
    inserts = any(part.draft.operation == "insert" for part in change.parts)
    return _Lost(known, since, _keys(change), inserts, taken)


def _is_alike(lead: Stored, contacts: Sequence[Stored], change: Create) -> bool:
    """Whether the lead may be what a create without a key made: exactly what was sent."""
    return lead.own_id is None and len(contacts) == len(change.inside) and _holds(lead.fields, change.object.fields)


def _mine(planned: Stored, contacts: Sequence[Stored], lost: _Lost) -> list[Stored]:
    """The contacts that the planned one may have become, preferring one with its User ID over one that shares its email."""
    candidates = [contact for contact in contacts if _may_be(contact, planned, lost)]
    return [contact for contact in candidates if contact.own_id == planned.own_id] or candidates


def _may_be(found: Stored, planned: Stored, lost: _Lost) -> bool:
    """Whether the object may be what was made of the planned one. Without a key, two that are alike cannot be told apart."""
    if not lost.may_have_made(found.id, found.age.date):
        return False
    keys, carried = set(planned.keys), found.keys
    if keys.isdisjoint(carried) if keys else carried:
        return False
    return (bool(keys) and not lost.inserts) or _is(found, planned)


def _is(found: Stored, planned: Stored) -> bool:
    """Whether the object holds what the planned one was to hold."""
    lacks = any(
        missing(found.lists.get(each.key, ()), [item.value for item in planned.lists.get(each.key, ())], each.meaning)
        for each in planned.type.lists
    )
    return found.own_id == planned.own_id and not lacks and _holds(found.fields, planned.fields)


def _holds(found: Mapping[str, Any], planned: Mapping[str, Any]) -> bool:
    return all(
        _alike(key, found.get(key), wanted) for key, wanted in planned.items() if not is_blank(wanted) and wanted is not FIRST_STATUS
    )


def _alike(key: str, held: Any, wanted: Any) -> bool:
    """Whether the one may be what became of the other: Close may add a scheme to a url, or cut a datetime to its date."""
    if key == "url":
        return same(held, wanted, "url")
    if isinstance(wanted, (list, tuple)):
        return same(held, wanted, "set")
    if isinstance(wanted, (int, float)):
        return same(held, wanted, "number")
    return same(held, wanted, "text") or (isinstance(instant(str(held)), datetime) and same(held, wanted, "date"))
