"""How is one change of a plan carried out in Close, and what if the answer is not the one hoped for?

Runs on worker threads and touches nothing but Close. Lists and ids are read fresh right before they are written, since
Close replaces whole lists. A create whose answer was lost is looked for, and sent again only if it cannot be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from destination_close.close.bodies import create_body, must_be_read_fresh, update_body
from destination_close.close.client import OUTAGE_SECONDS, Close
from destination_close.close.lost_creates import LostCreates
from destination_close.close.reading import read_object
from destination_close.close.searching import FEWEST_CLAUSES, MOST_CLAUSES, Reads, contact_search, lead_search, read_hits
from destination_close.model import (
    CONTACT,
    FIRST_STATUS,
    LEAD,
    Change,
    Create,
    Different,
    Gone,
    Hits,
    Key,
    Missing,
    NotTaken,
    ProtocolError,
    Recovered,
    Ref,
    Refused,
    Result,
    SearchTooBig,
    Sight,
    Stored,
    TransientError,
    Unanswered,
    Update,
    Written,
    is_blank,
)

CREATES_SECONDS = OUTAGE_SECONDS
"""How long one create is sent again and again, each time after a fruitless search for it."""

OUR_CLOCK_SECONDS = 60.0
"""How far our clock may differ from Close's, while Close has not told us the time."""

THEIR_CLOCKS_SECONDS = 3.0


class Calls:
    """Carries out changes and look-ups. `clock` is monotonic seconds, `wall` seconds since 1970, `lag` in seconds."""

    def __init__(
        self,
        close: Close,
        reads: Reads,
        lag: float,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
        sleep: Callable[[float], None],
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`aside` is entered while a call waits for long, so that what it waits for does not hold up others."""
        self._close = close
        self._reads = reads
        self._ids = reads.ids
        self._lag = lag
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._aside = aside
        self._lost = LostCreates(close, reads.ids, self.find_all, lag, clock=clock, sleep=sleep)

    def _begin(self) -> None:
        """Raises Stopping if the run was asked to stop while the call waited for a worker."""
        self._sleep(0.0)

    # --- look-ups ----------------------------------------------------------------------------------------------------

    def find(self, keys: Sequence[Key], *, patient: bool = False) -> Hits:
        """Everything in the search index that has one of the keys. Raises SearchTooBig unless `patient`."""
        self._begin()
        at = self._clock()
        raw_leads = self._close.search(lead_search(keys, self._reads), patient=patient)
        if nested := all(raw.get("contacts") is not None for raw in raw_leads):
            return read_hits(raw_leads, keys, self._reads, at)
        return read_hits(self._with_contacts(raw_leads, keys, patient=patient), keys, self._reads, at, nested=nested)

    def find_all(self, keys: Sequence[Key]) -> Hits:
        """The same, in as many searches as it takes."""
        try:
            if len(keys) <= MOST_CLAUSES:
                return self.find(keys, patient=len(keys) <= FEWEST_CLAUSES)
        except SearchTooBig as refusal:
            if len(keys) <= FEWEST_CLAUSES:
                raise ProtocolError("Close did not answer a search for a single key.", internal=str(refusal)) from refusal
        some, others = self.find_all(keys[: len(keys) // 2]), self.find_all(keys[len(keys) // 2 :])
        return Hits(tuple(keys), some.at, [*some.objects, *others.objects], some.whole | others.whole)

    def _with_contacts(self, raw_leads: list[dict[str, Any]], keys: Sequence[Key], *, patient: bool) -> list[dict[str, Any]]:
        """If leads come without their contacts, these are searched for and added to the leads."""
        people = [key for key in keys if key.kind != "company"]
        contacts = self._close.search(contact_search(people, self._reads), patient=patient) if people else []
        by_lead: dict[str | None, list[dict[str, Any]]] = {}
        for contact in contacts:
            by_lead.setdefault(contact.get("lead_id") or "", []).append(contact)
        return [{**raw, "contacts": by_lead.get(raw.get("id"), [])} for raw in raw_leads]

    def look_again(self, keys: Sequence[Key], refs: Iterable[Ref]) -> Sight:
        """Search once more, and read these objects by id, which does not go through the index; with each the lead it is under."""
        self._begin()
        sight = Sight(self.find_all(keys) if keys else Hits((), self._clock()))
        refs = list(dict.fromkeys(refs))
        below: list[Stored] = []
        leads = dict.fromkeys(ref.id for ref in refs if ref.type is LEAD)
        for ref in refs:
            if ref.type is not LEAD and (found := self._read(ref, sight)):
                below.append(found)
                leads[found.lead_id] = None
        for lead_id in leads:
            if lead := self._read(Ref(LEAD, lead_id), sight):
                sight.objects.append(lead)
        sight.objects += below
        return sight

    def _read(self, ref: Ref, sight: Sight) -> Stored | None:
        try:
            return read_object(ref.type, self._close.get(ref.type, ref.id), self._ids)
        except Gone:
            sight.gone.append(ref.id)
            return None

    # --- changes -----------------------------------------------------------------------------------------------------

    def perform(self, change: Change, known: frozenset[str]) -> Result:
        """Carry out the change; `known` are ids of leads and contacts that already had its keys."""
        self._begin()
        try:
            return self._create(change, known) if isinstance(change, Create) else self._update(change)
        except Refused as refused:
            return NotTaken(refused)
        except Gone as gone:
            return Missing(gone.object_id)

    def _update(self, change: Update) -> Result:
        before = change.object
        seen = [before]

        def body() -> dict[str, Any]:
            """Made right before each time it is sent."""
            if must_be_read_fresh(change):
                seen.append(read_object(before.type, self._close.get(before.type, before.id), self._ids))
            if _is_out_of_date(change, seen[-1]):
                raise _OutOfDate
            return _something(update_body(change, seen[-1], self._ids))

        try:
            after = read_object(before.type, self._close.update(before.type, before.id, body), self._ids)
        except _OutOfDate:
            return Different(before.id)
        except _NothingToSend:
            return Written((seen[-1],), sent=len(seen) > 2)  # read twice: what was sent before got through
        if after.lead_id == before.lead_id:
            return Written((after,))
        return Written((read_object(LEAD, self._close.get(LEAD, after.lead_id), self._ids), after))

    # --- creates -----------------------------------------------------------------------------------------------------

    def _create(self, change: Create, known: frozenset[str]) -> Result:
        """One whose answer is lost is looked for, and sent again only if it is not found."""
        begun, since = self._clock(), self._a_moment_ago_there()
        while self._clock() - begun < CREATES_SECONDS + self._lag:
            try:
                written = self._send(change)
                if self._lost.is_ours(change, written.objects[0].id):
                    return written
            except Unanswered:
                pass
            with self._aside():
                made = self._lost.look_for(change, known, since)
            if made:
                return Written(made.objects) if made.whole else Recovered(made.objects, made.moved)
        raise TransientError("Close did not answer several creates in a row. Whatever was not created will be created by the next run.")

    def _send(self, change: Create) -> Written:
        one = change.object
        if one.fields.get("status_id") is FIRST_STATUS:
            one = replace(one, fields={key: value for key, value in one.fields.items() if value is not FIRST_STATUS})
        raw = self._close.create(one.type, create_body(replace(change, object=one), self._ids))
        made = replace(read_object(one.type, raw, self._ids), age=one.age)
        if not change.inside:
            return Written((made,))
        people = raw.get("contacts") or self._close.listed(CONTACT, made.id)
        contacts = (read_object(CONTACT, person, self._ids, made.id) for person in people)
        return Written((made, *(_aged(contact, change.inside) for contact in contacts)))

    def _a_moment_ago_there(self) -> float:
        """By Close's clock, if known: its machines may differ by some seconds, and ours by more."""
        there = self._close.time_there
        return self._wall() - OUR_CLOCK_SECONDS if there is None else there - THEIR_CLOCKS_SECONDS


class _OutOfDate(Exception):
    """Somebody changed what the plan was based on."""


class _NothingToSend(Exception):
    """The object already has everything."""


def _something(body: dict[str, Any]) -> dict[str, Any]:
    if not body:
        raise _NothingToSend
    return body


def _is_out_of_date(change: Update, now: Stored) -> bool:
    """Whether the object is not what was planned for: moved to another lead, become somebody, or filled with something else
    where only what is empty was to be filled."""
    before = change.object
    moved = before.type is not LEAD and now.lead_id != before.lead_id
    taken = change.stamp is not None and now.own_id not in (None, change.stamp)
    filled = (key for key in change.only_if_empty if not is_blank(now.fields.get(key)) and now.fields.get(key) != change.fields.get(key))
    return moved or taken or any(filled)


def _aged(found: Stored, planned: Sequence[Stored]) -> Stored:
    """The answered object with the age of the planned one: same own id, else same email."""
    same_id = (p for p in planned if p.own_id is not None and p.own_id == found.own_id)
    same_key = (p for p in planned if not set(p.keys).isdisjoint(found.keys))
    mine = next(same_id, None) or next(same_key, None)
    return replace(found, age=mine.age) if mine else found
