"""Was a create carried out though its answer was lost, and what did it make?

Looked for past the search index (the lead's contacts, the event log, reading by id) and by search as well, until the index
would surely show it. Runs on worker threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from destination_close.blanks import is_blank
from destination_close.changes import CreateContact, CreateLead
from destination_close.comparing import email_meaning, instant, missing, phone_meaning, same, url_meaning
from destination_close.errors import Gone
from destination_close.event_log import Created, EventLog
from destination_close.matching import matching_contacts
from destination_close.memory import Hits
from destination_close.model import Contact, Key, Lead
from destination_close.shapes import IdFields, read_contact, read_lead
from destination_close.writing import FIRST_STATUS

SETTLE_SECONDS = 5.0
"""Beyond the index lag: how long a create that was cut off may still be at work inside Close."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0

Raw = Mapping[str, Any]


class Records(Protocol):
    """The part of the client this needs."""

    def get_lead(self, lead_id: str) -> dict[str, Any]: ...

    def get_contact(self, contact_id: str) -> dict[str, Any]: ...

    def contacts_of_lead(self, lead_id: str) -> list[dict[str, Any]]: ...

    def events(self, filters: Mapping[str, str], *, max_pages: int = ...) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Made:
    """What was found."""

    leads: tuple[Lead, ...]
    contacts: tuple[Contact, ...]
    whole: bool
    """It is what was sent, no more and no less. False: something that carries the keys, for the rows to be decided anew."""

    moved: bool = False
    """By somebody, into another lead."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """A create without an answer."""

    known: frozenset[str]
    """What carried its keys before."""

    since: float
    """Seconds since 1970, by Close's clock: what is older cannot be what it made."""

    keys: frozenset[Key]
    inserts: bool
    """Nobody asked what carried the keys of an insert before: when it was made, and what it holds, must tell."""

    taken: Collection[str]
    """What other creates of this run are known to have made."""

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
        """What creates without a key made: of two that are alike, one must not be taken for the other."""

        self._lock = threading.Lock()

    def is_ours(self, change: CreateLead | CreateContact, leads: Sequence[Lead], contacts: Sequence[Contact]) -> bool:
        """Whether these are what this create made; False if one that is alike, and was lost, took them for its own."""
        if _keys(change):
            return True
        object_id = leads[0].id if isinstance(change, CreateLead) else contacts[0].id
        with self._lock:
            is_free = object_id not in self._taken
            self._taken.add(object_id)
        return is_free

    def look_for(self, change: CreateLead | CreateContact, known: frozenset[str], since: float) -> Made | None:
        """Look again and again until it is found, or until the index would surely show it.

        `since`: seconds since 1970 by Close's clock, before it was sent.

        What only shares a key with it may be somebody else's, and counts in the end if nothing better was found.
        """
        lost = _lost(change, known, since, self._taken)
        pause, until = FIRST_PAUSE, self._clock() + self._lag + SETTLE_SECONDS
        while True:
            last = self._clock() >= until
            made = self._contact(change, lost) if isinstance(change, CreateContact) else self._lead(change, lost)
            if made and made.whole and not self.is_ours(change, made.leads, made.contacts):
                continue  # found by two at once: the other has it, and there may be another one
            if last or (made and (made.whole or made.moved)):
                return made
            self._sleep(max(0.0, min(pause, until - self._clock())))
            pause = min(pause * 2, LONGEST_PAUSE)

    # --- a contact ---------------------------------------------------------------------------------------------------

    def _contact(self, change: CreateContact, lost: _Lost) -> Made | None:
        """In its lead; if that was merged away, wherever its contacts are now."""
        planned = change.contact
        there = [read_contact(raw, self._ids, planned.lead_id) for raw in self._contacts_of(planned.lead_id)]
        leads: dict[str, Lead] = {}
        moved = not there and not self._get_lead(planned.lead_id)
        if moved:
            there = [read_contact(raw, self._ids) for raw in self._elsewhere(lost)]
            leads = {id_: read_lead(raw, self._ids) for id_ in {c.lead_id for c in there} if (raw := self._get_lead(id_))}
            there = [contact for contact in there if contact.lead_id in leads]
        new = tuple(replace(contact, age=planned.age) for contact in there if _may_be(contact, planned, lost))
        if not new:
            return None
        return Made(tuple(leads.values()), new, whole=len(new) == 1 and _is(new[0], planned), moved=moved)

    def _elsewhere(self, lost: _Lost) -> Iterator[dict[str, Any]]:
        """Contacts with its keys as they are now, whatever lead they belong to."""
        ids = dict.fromkeys(event.object_id for event in self._events_of_contacts(lost))
        ids.update(dict.fromkeys(hit.id for hit in (self._find(sorted(lost.keys)).contacts if lost.keys else ())))
        yield from (raw for contact_id in ids if contact_id not in lost.known and (raw := self._get_contact(contact_id)))

    # --- a lead with its contacts ------------------------------------------------------------------------------------

    def _lead(self, change: CreateLead, lost: _Lost) -> Made | None:
        in_part: Made | None = None
        for lead_id, contact_id in dict.fromkeys(self._candidates(change, lost)):
            if lead_id in lost.known:
                continue
            there = self._get_lead(lead_id)
            raw = there or (contact_id and self._lead_of(contact_id))
            if not raw:
                continue
            lead = read_lead(raw, self._ids)
            if not lost.may_have_made(lead.id, lead.age.date):
                continue
            contacts = self._contacts_of(lead.id) if raw.get("contacts") is None else raw["contacts"]
            made = self._made(change, lost, raw, [read_contact(person, self._ids, lead.id) for person in contacts])
            if made and (made.whole or not there):
                return replace(made, moved=not there)
            in_part = in_part or made
        return in_part

    def _made(self, change: CreateLead, lost: _Lost, raw: Raw, contacts: Sequence[Contact]) -> Made | None:
        lead = read_lead(raw, self._ids)
        its_company = change.lead.company_id is not None and lead.company_id == change.lead.company_id
        if not lost.keys and not _is_alike(lead, contacts, change):
            return None
        mine = {p.id: _mine(p, contacts, lost) for p in change.contacts}
        if not (its_company or any(mine.values()) or not lost.keys):
            return None
        if lost.is_recent(raw.get("date_created") or ""):
            lead = replace(lead, age=change.lead.age)
        whole = lead.company_id == change.lead.company_id and _holds(lead.fields, change.lead.fields)
        whole = whole and all(any(_is(c, p) for c in mine[p.id]) for p in change.contacts)
        found = {c.id: replace(c, age=p.age) for p in reversed(change.contacts) for c in mine[p.id]}
        return Made((lead,), tuple(found.values()), whole and len(found) == len(change.contacts))

    def _candidates(self, change: CreateLead, lost: _Lost) -> Iterator[tuple[str, str]]:
        """Ids of leads, each with that of a contact by which it is found if it has been merged away."""
        if change.lead.company_id is not None or not lost.keys:
            for event in self._log.created("lead", lost.since):
                if not lost.keys or str(event.data.get(f"custom.{self._ids.company}")) == change.lead.company_id:
                    yield event.object_id, ""
        if lost.keys and change.contacts:
            yield from ((event.lead_id, event.object_id) for event in self._events_of_contacts(lost))
        yield from ((lead.id, "") for lead in (self._find(sorted(lost.keys)).leads if lost.keys else ()))

    def _lead_of(self, contact_id: str) -> dict[str, Any] | None:
        contact = self._get_contact(contact_id)
        return self._get_lead(contact["lead_id"]) if contact else None

    # --- past the index ----------------------------------------------------------------------------------------------

    def _events_of_contacts(self, lost: _Lost) -> Iterator[Created]:
        for event in self._log.created("contact", lost.since):
            carries_one = lost.keys and matching_contacts([{"id": event.object_id, **event.data}], lost.keys, self._ids)
            if event.lead_id and (carries_one or not lost.keys):
                yield event

    def _contacts_of(self, lead_id: str) -> list[dict[str, Any]]:
        """Of a lead that is gone, none; Close may answer so itself."""
        try:
            return self._close.contacts_of_lead(lead_id)
        except Gone:
            return []

    def _get_lead(self, lead_id: str) -> dict[str, Any] | None:
        try:
            return self._close.get_lead(lead_id)
        except Gone:
            return None

    def _get_contact(self, contact_id: str) -> dict[str, Any] | None:
        try:
            return self._close.get_contact(contact_id)
        except Gone:
            return None


def _keys(change: CreateLead | CreateContact) -> frozenset[Key]:
    contacts = change.contacts if isinstance(change, CreateLead) else (change.contact,)
    keys = frozenset(key for contact in contacts for key in contact.keys)
    if isinstance(change, CreateLead) and change.lead.company_id is not None:
        return keys | {Key("company", change.lead.company_id)}
    return keys


def _lost(change: CreateLead | CreateContact, known: frozenset[str], since: float, taken: Collection[str]) -> _Lost:
    inserts = any(part.draft.operation == "insert" for part in change.parts)
    return _Lost(known, since, _keys(change), inserts, taken)


def _is_alike(lead: Lead, contacts: Sequence[Contact], change: CreateLead) -> bool:
    """Whether the lead may be what a create without a key made: what was sent, no more and no less."""
    return lead.company_id is None and len(contacts) == len(change.contacts) and _holds(lead.fields, change.lead.fields)


def _mine(planned: Contact, contacts: Sequence[Contact], lost: _Lost) -> list[Contact]:
    """Those that the planned contact may have become; one with its User ID rather than one that shares its email."""
    candidates = [contact for contact in contacts if _may_be(contact, planned, lost)]
    return [contact for contact in candidates if contact.user_id == planned.user_id] or candidates


def _may_be(found: Contact, planned: Contact, lost: _Lost) -> bool:
    """Whether the contact may be what was made of the planned one. Without a key, two that are alike cannot be told apart."""
    if not lost.may_have_made(found.id, found.age.date):
        return False
    keys, carried = set(planned.keys), found.keys
    if keys.isdisjoint(carried) if keys else carried:
        return False
    return (bool(keys) and not lost.inserts) or _is(found, planned)


def _is(found: Contact, planned: Contact) -> bool:
    """Whether the contact holds what the planned one was to hold."""
    lists = (
        missing(found.emails, [item.value for item in planned.emails], email_meaning),
        missing(found.phones, [item.value for item in planned.phones], phone_meaning),
        missing(found.urls, [item.value for item in planned.urls], url_meaning),
    )
    return found.user_id == planned.user_id and not any(lists) and _holds(found.fields, planned.fields)


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
