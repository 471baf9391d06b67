"""How is one change of a plan carried out in Close, and what if the answer is not what was hoped for?

Runs on worker threads and touches nothing but Close. Lists and ids are read fresh right before they are written, since
Close replaces lists whole. A create whose answer was lost is looked for, and sent again only when it cannot be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from destination_close.changes import Change, CreateContact, CreateLead, UpdateContact, UpdateLead
from destination_close.client import OUTAGE_SECONDS, Close
from destination_close.comparing import is_blank
from destination_close.errors import Gone, Refused, TransientError, Unanswered
from destination_close.matching import Reads, contact_search, lead_search, matching_contacts, read_hits
from destination_close.memory import Hits, keys_of_contact
from destination_close.model import Contact, Key, Lead
from destination_close.shapes import contact_body, lead_body, read_contact, read_lead
from destination_close.updating import contact_update, lead_update, needs_fresh_list
from destination_close.writing import FIRST_STATUS

SETTLE_SECONDS = 5.0
"""Beyond the index lag: how long a create that was cut off may still be at work inside Close."""

CREATES_SECONDS = OUTAGE_SECONDS
"""For so long one create is sent again and again, each time after it was looked for in vain."""


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
    ) -> None:
        self._close = close
        self._reads = reads
        self._ids = reads.ids
        self._lag = lag
        self._clock = clock
        self._wall = wall
        self._sleep = sleep

    def _begin(self) -> None:
        """Raises Stopping if the run was told to stop while the call waited for a worker."""
        self._sleep(0.0)

    # --- look-ups ----------------------------------------------------------------------------------------------------

    def find(self, keys: Sequence[Key], *, patient: bool = False) -> Hits:
        """Everything in the search index that carries one of the keys. Raises SearchTooBig unless `patient`."""
        self._begin()
        at = self._clock()
        raw_leads = self._close.search(lead_search(keys, self._reads), patient=patient)
        if any("contacts" not in raw for raw in raw_leads):
            raw_leads = self._with_contacts(raw_leads, keys, patient=patient)
        return read_hits(raw_leads, keys, self._reads, at)

    def _with_contacts(self, raw_leads: list[dict[str, Any]], keys: Sequence[Key], *, patient: bool) -> list[dict[str, Any]]:
        """Where leads come without their contacts, these are searched for, and put into the leads."""
        people = [key for key in keys if key.kind != "company"]
        contacts = self._close.search(contact_search(people, self._reads), patient=patient) if people else []
        by_lead: dict[str, list[dict[str, Any]]] = {}
        for contact in contacts:
            by_lead.setdefault(contact.get("lead_id") or "", []).append(contact)
        return [{**raw, "contacts": by_lead.get(raw["id"], [])} for raw in raw_leads]

    def look_again(self, keys: Sequence[Key], lead_ids: Iterable[str], contact_ids: Iterable[str]) -> Sight:
        """Search once more, and read these objects by id, which does not go through the index."""
        sight = Sight(self.find(keys, patient=True))
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
                case CreateLead():
                    return self._create(change, known, self._send_lead, self._look_for_lead)
                case CreateContact():
                    return self._create(change, known, self._send_contact, self._look_for_contact)
                case UpdateLead():
                    return self._update_lead(change)
                case UpdateContact():
                    return self._update_contact(change)
        except Refused as refused:
            return NotTaken(refused)
        except Gone as gone:
            return Missing(gone.object_id)

    def _update_lead(self, change: UpdateLead) -> Result:
        lead = change.lead
        if change.company_id is not None or change.guarded or needs_fresh_list(change.adds):
            lead = read_lead(self._close.get_lead(lead.id), self._ids)
            taken = change.company_id is not None and lead.company_id not in (None, change.company_id)
            if taken or _filled(change.guarded, lead.fields):
                return Different(lead.id)
        body = lead_update(change, lead, self._ids)
        if not body:
            return Written(leads=(lead,), sent=False)
        return Written(leads=(read_lead(self._close.update_lead(lead.id, body), self._ids),))

    def _update_contact(self, change: UpdateContact) -> Result:
        contact = change.contact
        grows = change.emails or change.phones or change.urls
        if grows or change.user_id is not None or change.guarded or needs_fresh_list(change.adds):
            contact = read_contact(self._close.get_contact(contact.id), self._ids)
            if _differs(change, contact) or _filled(change.guarded, contact.fields):
                return Different(contact.id)
        body = contact_update(change, contact, self._ids)
        if not body:
            return Written(contacts=(contact,), sent=False)
        return Written(contacts=(read_contact(self._close.update_contact(contact.id, body), self._ids),))

    def _send_lead(self, change: CreateLead) -> Written:
        lead = replace(change.lead, fields={k: v for k, v in change.lead.fields.items() if v is not FIRST_STATUS})
        raw = self._close.create_lead(lead_body(lead, change.contacts, self._ids))
        if change.contacts and not raw.get("contacts"):
            raw = {**raw, "contacts": self._close.contacts_of_lead(raw["id"])}
        return Written(*self._as_made(change, raw))

    def _as_made(self, change: CreateLead, raw: dict[str, Any]) -> tuple[tuple[Lead, ...], tuple[Contact, ...]]:
        lead = replace(read_lead(raw, self._ids), age=change.lead.age)
        contacts = [read_contact(person, self._ids, lead.id) for person in raw.get("contacts") or ()]
        return (lead,), tuple(_aged(contact, change.contacts) for contact in contacts)

    def _send_contact(self, change: CreateContact) -> Written:
        contact = read_contact(self._close.create_contact(contact_body(change.contact, self._ids)), self._ids)
        return Written(contacts=(replace(contact, age=change.contact.age),))

    # --- creates whose answer was lost -------------------------------------------------------------------------------

    def _create(
        self,
        change: Any,
        known: frozenset[str],
        send: Callable[[Any], Written],
        look: Callable[[Any, frozenset[str], float], Recovered | None],
    ) -> Result:
        begun = self._clock()
        while self._clock() - begun < CREATES_SECONDS:
            sent_at = self._wall()
            try:
                return send(change)
            except Unanswered:
                if found := self._search_party(lambda since=sent_at: look(change, known, since)):  # type: ignore[misc]
                    return found
        raise TransientError("Close left several creates in a row without an answer. What was not created will be created by the next run.")

    def _search_party(self, look: Callable[[], Recovered | None]) -> Recovered | None:
        """Look until the object is found, or until the index would surely show it."""
        pause, until = 0.5, self._clock() + self._lag + SETTLE_SECONDS
        while True:
            last = self._clock() >= until
            if found := look():
                return found
            if last:
                return None
            self._sleep(max(0.0, min(pause, until - self._clock())))
            pause = min(pause * 2, 8.0)

    def _look_for_contact(self, change: CreateContact, known: frozenset[str], since: float) -> Recovered | None:
        """By the lead's contacts, which are read past the index, then by search."""
        keys = keys_of_contact(change.contact)
        if not keys:
            return None
        there = matching_contacts(self._close.contacts_of_lead(change.contact.lead_id), keys, self._ids)
        there += [c for c in self.find(list(keys), patient=True).contacts if c.lead_id == change.contact.lead_id]
        there = [contact for contact in there if contact.id not in known and _may_be_ours(change, contact.age.date, since)]
        new = {contact.id: replace(contact, age=change.contact.age) for contact in there}
        return Recovered(contacts=tuple(new.values())) if new else None

    def _look_for_lead(self, change: CreateLead, known: frozenset[str], since: float) -> Recovered | None:
        """By the event log, then by search; what is found is read by id."""
        keys = {key for contact in change.contacts for key in keys_of_contact(contact)}
        if change.lead.company_id is not None:
            keys.add(Key("company", change.lead.company_id))
        if not keys:
            return None
        for lead_id in dict.fromkeys((*self._from_events(change, keys, since), *self._from_search(keys, known))):
            if lead_id in known:
                continue
            try:
                raw = self._close.get_lead(lead_id)
            except Gone:
                continue
            if not _may_be_ours(change, raw.get("date_created") or "", since):
                continue
            raw = raw if "contacts" in raw else {**raw, "contacts": self._close.contacts_of_lead(lead_id)}
            leads, contacts = self._as_made(change, raw)
            new = tuple(c for c in contacts if c.id not in known and not keys.isdisjoint(keys_of_contact(c)))
            if new or (change.lead.company_id is not None and leads[0].company_id == change.lead.company_id):
                return Recovered(leads, new)
        return None

    def _from_events(self, change: CreateLead, keys: set[Key], since: float) -> Iterable[str]:
        asked = {"action": "created", "date_updated__gte": _a_minute_before(since)}
        if change.lead.company_id is not None:
            for event in self._close.events({"object_type": "lead", **asked}):
                data = event.get("data") or {}
                if str(data.get(f"custom.{self._ids.company}")) == change.lead.company_id:
                    yield event["object_id"]
        if change.contacts:
            for event in self._close.events({"object_type": "contact", **asked}):
                data = {"id": event.get("object_id"), **(event.get("data") or {})}
                if event.get("lead_id") and matching_contacts([data], keys, self._ids):
                    yield event["lead_id"]

    def _from_search(self, keys: set[Key], known: frozenset[str]) -> Iterable[str]:
        hits = self.find(sorted(keys), patient=True)
        yield from (lead.id for lead in hits.leads if lead.id not in known)


def _a_minute_before(since: float) -> str:
    """In UTC, without a zone; the minute is for clocks that differ."""
    return (datetime.fromtimestamp(since, timezone.utc) - timedelta(seconds=60)).replace(tzinfo=None).isoformat()


def _may_be_ours(change: CreateLead | CreateContact, created: str, since: float) -> bool:
    """Whether the create may have made what was created then. Nobody asked what carried the keys of an insert before, so
    something that carries them may be older; for an upsert it is known by its id."""
    inserts = any(part.draft.operation == "insert" for part in change.parts)
    return not inserts or created[:19] >= _a_minute_before(since)[:19]


def _filled(guarded: Iterable[str], fresh: Mapping[str, Any]) -> bool:
    """Whether somebody filled a field that was to be filled only if empty."""
    return any(not is_blank(fresh.get(key)) for key in guarded)


def _differs(change: UpdateContact, fresh: Contact) -> bool:
    """Whether the contact is not the one that was planned for: moved to another lead, or become somebody."""
    moved = fresh.lead_id != change.contact.lead_id
    return moved or (change.user_id is not None and fresh.user_id not in (None, change.user_id))


def _aged(contact: Contact, planned: Sequence[Contact]) -> Contact:
    """The answered contact with the age of the planned one: same User ID, else same email."""
    same_user = (p for p in planned if p.user_id is not None and p.user_id == contact.user_id)
    same_email = (p for p in planned if keys_of_contact(p) & keys_of_contact(contact))
    mine = next(same_user, None) or next(same_email, None)
    return replace(contact, age=mine.age) if mine else contact
