"""How is one change of a plan carried out in Close, and what if the answer is not what was hoped for?

Runs on worker threads and touches nothing but Close. Lists and ids are read fresh right before they are written, since
Close replaces lists whole. A create whose answer was lost is looked for, and sent again only when it cannot be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from destination_close.blanks import is_blank
from destination_close.changes import Change, CreateContact, CreateLead, UpdateContact, UpdateLead
from destination_close.client import OUTAGE_SECONDS, Close
from destination_close.errors import Gone, ProtocolError, Refused, SearchTooBig, TransientError, Unanswered
from destination_close.matching import FEWEST_CLAUSES, MOST_CLAUSES, Reads, contact_search, lead_search, read_hits
from destination_close.memory import Hits
from destination_close.model import Contact, Key, Lead
from destination_close.recovering import LostCreates
from destination_close.shapes import contact_body, lead_body, read_contact, read_lead
from destination_close.updating import contact_update, lead_update, needs_fresh_list
from destination_close.writing import FIRST_STATUS

CREATES_SECONDS = OUTAGE_SECONDS
"""For so long one create is sent again and again, each time after it was looked for in vain."""

OUR_CLOCK_SECONDS = 60.0
"""By how much our clock may differ from Close's, where Close does not tell the time."""

THEIR_CLOCKS_SECONDS = 3.0


# --- results ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """Close holds what was asked; these are the objects as it answered."""

    leads: tuple[Lead, ...] = ()
    contacts: tuple[Contact, ...] = ()
    sent: bool = True
    """False when the fresh look showed that nothing had to be sent."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Close refused the change."""

    refused: Refused


@dataclass(frozen=True, slots=True)
class Missing:
    """The object, or the lead it belongs to, is gone."""

    object_id: str


@dataclass(frozen=True, slots=True)
class Different:
    """Someone else changed what the plan rested on: the object is not what it was."""

    object_id: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """The create went through though its answer was lost; this is what it made."""

    leads: tuple[Lead, ...] = ()
    contacts: tuple[Contact, ...] = ()
    moved: bool = False
    """By somebody, into another lead."""


Result = Written | NotTaken | Missing | Different | Recovered


@dataclass(slots=True)
class Sight:
    """What reading by id showed, beside a new search."""

    hits: Hits
    leads: list[Lead] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


class Caller(Protocol):
    """Looks up, and carries out changes."""

    def find(self, keys: Sequence[Key], *, patient: bool = False) -> Hits: ...

    def look_again(self, keys: Sequence[Key], lead_ids: Iterable[str], contact_ids: Iterable[str]) -> Sight: ...

    def perform(self, change: Change, known: frozenset[str]) -> Result: ...


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
        """`aside` is entered while a call waits for long, for what it waits for to be no hindrance to others."""
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
        """Raises Stopping if the run was told to stop while the call waited for a worker."""
        self._sleep(0.0)

    # --- look-ups ----------------------------------------------------------------------------------------------------

    def find(self, keys: Sequence[Key], *, patient: bool = False) -> Hits:
        """Everything in the search index that carries one of the keys. Raises SearchTooBig unless `patient`."""
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
                raise ProtocolError("Close does not answer the look-up of a single key.", internal=str(refusal)) from refusal
        some, others = self.find_all(keys[: len(keys) // 2]), self.find_all(keys[len(keys) // 2 :])
        return Hits(tuple(keys), some.at, [*some.leads, *others.leads], [*some.contacts, *others.contacts], some.whole | others.whole)

    def _with_contacts(self, raw_leads: list[dict[str, Any]], keys: Sequence[Key], *, patient: bool) -> list[dict[str, Any]]:
        """Where leads come without their contacts, these are searched for, and put into the leads."""
        people = [key for key in keys if key.kind != "company"]
        contacts = self._close.search(contact_search(people, self._reads), patient=patient) if people else []
        by_lead: dict[str | None, list[dict[str, Any]]] = {}
        for contact in contacts:
            by_lead.setdefault(contact.get("lead_id") or "", []).append(contact)
        return [{**raw, "contacts": by_lead.get(raw.get("id"), [])} for raw in raw_leads]

    def look_again(self, keys: Sequence[Key], lead_ids: Iterable[str], contact_ids: Iterable[str]) -> Sight:
        """Search once more, and read these objects by id, which does not go through the index."""
        self._begin()
        sight = Sight(self.find_all(keys) if keys else Hits((), self._clock()))
        leads = dict.fromkeys(lead_ids)
        for contact_id in contact_ids:
            try:
                contact = read_contact(self._close.get_contact(contact_id), self._ids)
            except Gone:
                sight.gone.append(contact_id)
            else:
                sight.contacts.append(contact)
                leads[contact.lead_id] = None
        for lead_id in leads:
            try:
                sight.leads.append(read_lead(self._close.get_lead(lead_id), self._ids))
            except Gone:
                sight.gone.append(lead_id)
        return sight

    # --- changes -----------------------------------------------------------------------------------------------------

    def perform(self, change: Change, known: frozenset[str]) -> Result:
        """Carry the change out; `known` are ids of leads and contacts that carried its keys before."""
        self._begin()
        try:
            match change:
                case CreateLead() | CreateContact():
                    return self._create(change, known)
                case UpdateLead():
                    return self._update_lead(change)
                case UpdateContact():
                    return self._update_contact(change)
        except Refused as refused:
            return NotTaken(refused)
        except Gone as gone:
            return Missing(gone.object_id)

    def _update_lead(self, change: UpdateLead) -> Result:
        seen = [change.lead]

        def body() -> dict[str, Any]:
            """Made right before each time it is sent."""
            if change.company_id is not None or change.guarded or needs_fresh_list(change.adds):
                seen.append(read_lead(self._close.get_lead(change.lead.id), self._ids))
            taken = change.company_id is not None and seen[-1].company_id not in (None, change.company_id)
            if taken or _filled(change, seen[-1].fields):
                raise _OutOfDate
            return _something(lead_update(change, seen[-1], self._ids))

        try:
            return Written(leads=(read_lead(self._close.update_lead(change.lead.id, body), self._ids),))
        except _OutOfDate:
            return Different(change.lead.id)
        except _NothingToSend:
            return Written(leads=(seen[-1],), sent=len(seen) > 2)  # read twice: what was sent before got through

    def _update_contact(self, change: UpdateContact) -> Result:
        seen = [change.contact]
        grows = change.emails or change.phones or change.urls

        def body() -> dict[str, Any]:
            """Made right before each time it is sent."""
            if grows or change.user_id is not None or change.guarded or needs_fresh_list(change.adds):
                seen.append(read_contact(self._close.get_contact(change.contact.id), self._ids))
            if _differs(change, seen[-1]) or _filled(change, seen[-1].fields):
                raise _OutOfDate
            return _something(contact_update(change, seen[-1], self._ids))

        try:
            contact = read_contact(self._close.update_contact(change.contact.id, body), self._ids)
        except _OutOfDate:
            return Different(change.contact.id)
        except _NothingToSend:
            return Written(contacts=(seen[-1],), sent=len(seen) > 2)  # read twice: what was sent before got through
        moved_to = [] if contact.lead_id == change.contact.lead_id else [self._close.get_lead(contact.lead_id)]
        return Written(tuple(read_lead(raw, self._ids) for raw in moved_to), (contact,))

    def _send_lead(self, change: CreateLead) -> Written:
        lead = replace(change.lead, fields={k: v for k, v in change.lead.fields.items() if v is not FIRST_STATUS})
        raw = self._close.create_lead(lead_body(lead, change.contacts, self._ids))
        if change.contacts and not raw.get("contacts"):
            raw = {**raw, "contacts": self._close.contacts_of_lead(read_lead(raw, self._ids).id)}
        return Written(*self._as_made(change, raw))

    def _as_made(self, change: CreateLead, raw: dict[str, Any]) -> tuple[tuple[Lead, ...], tuple[Contact, ...]]:
        lead = replace(read_lead(raw, self._ids), age=change.lead.age)
        contacts = [read_contact(person, self._ids, lead.id) for person in raw.get("contacts") or ()]
        return (lead,), tuple(_aged(contact, change.contacts) for contact in contacts)

    def _send_contact(self, change: CreateContact) -> Written:
        contact = read_contact(self._close.create_contact(contact_body(change.contact, self._ids)), self._ids)
        return Written(contacts=(replace(contact, age=change.contact.age),))

    # --- creates whose answer was lost -------------------------------------------------------------------------------

    def _create(self, change: CreateLead | CreateContact, known: frozenset[str]) -> Result:
        begun, since = self._clock(), self._a_moment_ago_there()
        while self._clock() - begun < CREATES_SECONDS + self._lag:
            try:
                written = self._send_lead(change) if isinstance(change, CreateLead) else self._send_contact(change)
                if self._lost.is_ours(change, written.leads, written.contacts):
                    return written
            except Unanswered:
                pass
            with self._aside():
                made = self._lost.look_for(change, known, since)
            if made:
                return Written(made.leads, made.contacts) if made.whole else Recovered(made.leads, made.contacts, made.moved)
        raise TransientError("Close left several creates in a row without an answer. What was not created will be created by the next run.")

    def _a_moment_ago_there(self) -> float:
        """By Close's clock, as far as it is known: its machines may differ by some seconds, and ours by more."""
        there = self._close.time_there
        return self._wall() - OUR_CLOCK_SECONDS if there is None else there - THEIR_CLOCKS_SECONDS


class _OutOfDate(Exception):
    """Somebody changed what the plan rested on."""


class _NothingToSend(Exception):
    """The object holds everything already."""


def _something(body: dict[str, Any]) -> dict[str, Any]:
    if not body:
        raise _NothingToSend
    return body


def _filled(change: UpdateLead | UpdateContact, fresh: Mapping[str, Any]) -> bool:
    """Whether somebody filled, with something else, a field that was to be filled only if empty."""
    return any(not is_blank(fresh.get(key)) and fresh.get(key) != change.fields.get(key) for key in change.guarded)


def _differs(change: UpdateContact, fresh: Contact) -> bool:
    """Whether the contact is not the one that was planned for: moved to another lead, or become somebody."""
    moved = fresh.lead_id != change.contact.lead_id
    return moved or (change.user_id is not None and fresh.user_id not in (None, change.user_id))


def _aged(contact: Contact, planned: Sequence[Contact]) -> Contact:
    """The answered contact with the age of the planned one: same User ID, else same email."""
    same_user = (p for p in planned if p.user_id is not None and p.user_id == contact.user_id)
    same_email = (p for p in planned if not set(p.keys).isdisjoint(contact.keys))
    mine = next(same_user, None) or next(same_email, None)
    return replace(contact, age=mine.age) if mine else contact
