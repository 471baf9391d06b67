"""What does this Close hold, and how does it change?

The database: what a GET by id reads, always fresh. Every change is told to whoever listens (the lagging index, the event log).
Stored objects are never changed in place; a change makes a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from integration_tests.close_sandbox.bodies import Changes, Doc
from integration_tests.close_sandbox.clock import iso_of_micros, micros
from integration_tests.close_sandbox.ids import Ids
from integration_tests.close_sandbox.kinds import KINDS, Kind

ObjectType = str
"""`lead`, `contact`, or the name of a kind of object below a lead."""

Action = Literal["created", "updated", "deleted", "merged"]

# "the nested contact was created 5 ms after its lead" in a recording; less here, so that dates keep up with a fast clock
_NESTED_LATER = 2_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who did it, by which request."""

    user_id: str
    request_id: str
    method: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to one object."""

    object_type: ObjectType
    object_id: str
    lead_id: str
    action: Action
    before: Doc | None
    after: Doc | None
    at: float
    """By the clock: what lags count from."""

    date: str
    """As the log shows it; never earlier than that of the change before."""

    cause: Cause
    meta: Mapping[str, Any] = field(default_factory=dict)
    is_quiet: bool = False
    """Only a date moved: the event log has nothing of it."""

    @property
    def gone(self) -> bool:
        return self.action in ("deleted", "merged")


class World:
    """Leads and contacts as the database has them."""

    def __init__(self, ids: Ids, child_ids: Ids | None = None) -> None:
        self.leads: dict[str, Doc] = {}
        self.contacts: dict[str, Doc] = {}
        self.contact_ids: dict[str, dict[str, None]] = {}
        """Of each lead, in the order they came."""

        self.tables: Mapping[ObjectType, dict[str, Doc]] = {"lead": self.leads, "contact": self.contacts, **{kind: {} for kind in KINDS}}
        self.child_ids: dict[str, dict[str, str]] = {}
        """The children of each lead that has any, in the order they came, and of which kind each is."""

        self.listeners: list[Callable[[Change], None]] = []
        self.distinct_dates = True
        self._ids = ids
        self.ids_of_children = child_ids or ids
        self._last_date = 0

    def contacts_of(self, lead_id: str) -> list[Doc]:
        return [self.contacts[contact_id] for contact_id in self.contact_ids.get(lead_id, ())]

    def children_of(self, kind: str, lead_id: str) -> list[Doc]:
        table = self.tables[kind]
        return [table[child_id] for child_id, found in self.child_ids.get(lead_id, {}).items() if found == kind]

    def type_of(self, object_id: str) -> ObjectType:
        """Raises KeyError for an id that nothing has."""
        found = next((name for name, table in self.tables.items() if object_id in table), None)
        if found is None:
            raise KeyError(object_id)
        return found

    # --- create ------------------------------------------------------------------------------------------------------

    def create_lead(self, changes: Changes, contacts: list[Changes], now: float, cause: Cause) -> Doc:
        """A lead and its contacts, all at once."""
        date = self._date(now)
        blank: Doc = {"id": self._ids.new("lead"), "name": "", "description": "", "url": None, "addresses": []}
        lead = _new(blank, changes, date, cause)
        if contacts:
            self._later()
        drafts = [(self._date(now), contact) for contact in contacts]
        if contacts:
            # a recording shows date_updated of a lead made with contacts 56 ms after its date_created
            lead["date_updated"] = self._date(now)
        self.contact_ids[lead["id"]] = {}
        self._put(lead, "lead", "created", None, now, date, cause)
        for born, contact in drafts:
            self._create_contact(lead["id"], contact, now, born, cause)
        return lead

    def create_contact(self, lead_id: str, changes: Changes, now: float, cause: Cause) -> Doc:
        contact = self._create_contact(lead_id, changes, now, self._date(now), cause)
        self._touch(lead_id, contact["date_updated"], now, cause)
        return contact

    def _create_contact(self, lead_id: str, changes: Changes, now: float, date: str, cause: Cause) -> Doc:
        blank: Doc = {"id": self._ids.new("cont"), "lead_id": lead_id, "name": "", "title": "", "emails": [], "phones": [], "urls": []}
        contact = _new(blank, changes, date, cause)
        self.contact_ids[lead_id][contact["id"]] = None
        self._put(contact, "contact", "created", None, now, date, cause)
        return contact

    def create_child(self, kind: Kind, changes: Changes, now: float, cause: Cause, child_id: str | None = None) -> Doc:
        """An opportunity, a task, a note …, on the lead that the changes name."""
        date = self._date(now)
        child = _new({"id": child_id or self.ids_of_children.new(kind.prefix), **kind.blank}, changes, date, cause)
        if "activity_at" in child and child["activity_at"] is None:
            child["activity_at"] = child["date_created"]
        self.child_ids.setdefault(child["lead_id"], {})[child["id"]] = kind.name
        self._put(child, kind.name, "created", None, now, date, cause)
        return child

    # --- change ------------------------------------------------------------------------------------------------------

    def update(self, object_type: ObjectType, object_id: str, changes: Changes, now: float, cause: Cause, *, even_if_same: bool) -> Doc:
        """The object with `changes`; without a difference it moves only when `even_if_same`."""
        old = self._table(object_type)[object_id]
        new = _changed(old, changes)
        if new == old and not even_if_same:
            return old
        new["updated_by"] = cause.user_id
        new["date_updated"] = date = self._date(now)
        self._put(new, object_type, "updated", old, now, date, cause)
        if object_type == "contact":
            self._touch(new["lead_id"], date, now, cause)
        return new

    def _touch(self, lead_id: str, date: str, now: float, cause: Cause) -> None:
        """A write to a contact moves the date of its lead, as recordings of 2022 show."""
        old = self.leads[lead_id]
        new = {**old, "updated_by": cause.user_id, "date_updated": date}
        self.leads[lead_id] = new
        self._tell(Change("lead", lead_id, lead_id, "updated", old, new, now, date, cause, is_quiet=True))

    def plant(self, object_type: ObjectType, object_id: str, keys: Mapping[str, Any], now: float, cause: Cause) -> Doc:
        """The object with these stored keys as they are, whatever the API would say of them; None takes a custom value away."""
        old = self._table(object_type)[object_id]
        new = _changed(old, dict(keys))
        self._put(new, object_type, "updated", old, now, self._date(now), cause)
        return new

    def move_contact(self, contact_id: str, lead_id: str, now: float, cause: Cause) -> Doc:
        del self.contact_ids[self.contacts[contact_id]["lead_id"]][contact_id]
        self.contact_ids[lead_id][contact_id] = None
        return self.update("contact", contact_id, {"lead_id": lead_id}, now, cause, even_if_same=True)

    def move_child(self, kind: str, child_id: str, lead_id: str, now: float, cause: Cause) -> Doc:
        self._forget_child(child_id, self.tables[kind][child_id]["lead_id"])
        self.child_ids.setdefault(lead_id, {})[child_id] = kind
        return self.update(kind, child_id, {"lead_id": lead_id}, now, cause, even_if_same=True)

    # --- take away ---------------------------------------------------------------------------------------------------

    def delete_lead(self, lead_id: str, now: float, cause: Cause) -> None:
        """The lead, its contacts and everything else below it."""
        for child_id, kind in list(self.child_ids.get(lead_id, {}).items()):
            self.delete_child(kind, child_id, now, cause)
        for contact_id in list(self.contact_ids[lead_id]):
            self._delete_contact(contact_id, now, cause)
        self._remove("lead", lead_id, "deleted", now, cause)
        del self.contact_ids[lead_id]

    def delete_contact(self, contact_id: str, now: float, cause: Cause) -> None:
        self._touch(self._delete_contact(contact_id, now, cause), self._date(now), now, cause)

    def _delete_contact(self, contact_id: str, now: float, cause: Cause) -> str:
        """Returns the lead's id."""
        lead_id = str(self.contacts[contact_id]["lead_id"])
        del self.contact_ids[lead_id][contact_id]
        self._remove("contact", contact_id, "deleted", now, cause)
        return lead_id

    def delete_child(self, kind: str, child_id: str, now: float, cause: Cause) -> None:
        self._forget_child(child_id, self.tables[kind][child_id]["lead_id"])
        self._remove(kind, child_id, "deleted", now, cause)

    def merge(self, source: str, destination: str, now: float, cause: Cause) -> None:
        """The source's contacts and children move to the destination; the source is no more."""
        for contact_id in list(self.contact_ids[source]):
            self.move_contact(contact_id, destination, now, cause)
        for child_id, kind in list(self.child_ids.get(source, {}).items()):
            self.move_child(kind, child_id, destination, now, cause)
        meta = {"merge_source_lead_id": source, "merge_destination_lead_id": destination}
        self._remove("lead", source, "merged", now, cause, meta)
        del self.contact_ids[source]

    # --- bookkeeping -------------------------------------------------------------------------------------------------

    def _table(self, object_type: ObjectType) -> dict[str, Doc]:
        return self.tables[object_type]

    def _forget_child(self, child_id: str, lead_id: str) -> None:
        siblings = self.child_ids[lead_id]
        del siblings[child_id]
        if not siblings:
            del self.child_ids[lead_id]

    def _put(self, new: Doc, object_type: ObjectType, action: Action, old: Doc | None, now: float, date: str, cause: Cause) -> None:
        self._table(object_type)[new["id"]] = new
        self._tell(Change(object_type, new["id"], str(new.get("lead_id", new["id"])), action, old, new, now, date, cause))

    def _remove(
        self, object_type: ObjectType, object_id: str, action: Action, now: float, cause: Cause, meta: Mapping[str, Any] | None = None
    ) -> None:
        old = self._table(object_type).pop(object_id)
        lead_id = old.get("lead_id", object_id)
        self._tell(Change(object_type, object_id, lead_id, action, old, None, now, self._date(now), cause, meta or {}))

    def _tell(self, change: Change) -> None:
        for listener in self.listeners:
            listener(change)

    def _date(self, now: float) -> str:
        """Now, or a tick after the date given before."""
        if not self.distinct_dates:
            return iso_of_micros(int(now * 1000) * 1000)
        self._last_date = max(micros(now), self._last_date + 1)
        return iso_of_micros(self._last_date)

    def _later(self) -> None:
        self._last_date += _NESTED_LATER


def _new(blank: Doc, changes: Changes, date: str, cause: Cause) -> Doc:
    doc: Doc = {**blank, "created_by": cause.user_id, "date_created": date}
    doc.update((key, value) for key, value in changes.items() if value is not None)
    doc["updated_by"] = cause.user_id
    doc["date_updated"] = date
    return doc


def _changed(old: Doc, changes: Changes) -> Doc:
    new = {**old, **changes}
    for key, value in changes.items():
        if value is None and (key.startswith("custom.") or key == "timezone"):
            del new[key]
    return new
