"""What would Close hold if a change were carried out, without carrying it out?

A dry run asks Close everything that a run asks, and writes nothing: each change is answered here as Close would answer
it. An object created on paper has a placeholder for an id, and the memory learns it as if it had been written, so that
later rows find it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from destination_close.close import (
    contact_body,
    contact_update,
    lead_body,
    lead_update,
    read_contact,
    read_lead,
    updated_contact,
    updated_lead,
)
from destination_close.engine import Caller
from destination_close.model import (
    FIRST_STATUS,
    Change,
    Contact,
    CreateContact,
    CreateLead,
    Hits,
    IdFields,
    Key,
    Kind,
    Lead,
    Outcome,
    Reason,
    Result,
    Sight,
    UpdateContact,
    UpdateLead,
    Written,
)
from destination_close.rules import Memory


class Rehearsal:
    """Looks up through the given calls, and writes on paper. `first_status` is for new leads without a status."""

    def __init__(self, calls: Caller, ids: IdFields, first_status: str | None) -> None:
        self._calls = calls
        self._ids = ids
        self._first_status = first_status

    def find(self, keys: Sequence[Key], *, patient: bool = False) -> Hits:
        return self._calls.find(keys, patient=patient)

    def look_again(self, keys: Sequence[Key], lead_ids: Iterable[str], contact_ids: Iterable[str]) -> Sight:
        return self._calls.look_again(keys, lead_ids, contact_ids)

    def perform(self, change: Change, known: frozenset[str]) -> Result:  # noqa: ARG002  on paper nothing is mistaken
        """What the change would leave behind."""
        match change:
            case CreateLead(lead=lead, contacts=contacts):
                return Written((_as_stored(lead, self._first_status, self._ids),), tuple(self._made(contacts)))
            case CreateContact(contact=contact):
                return Written(contacts=tuple(self._made([contact])))
            case UpdateLead(lead=lead):
                body = lead_update(change, lead, self._ids)
                return Written((updated_lead(lead, body, self._ids),), sent=bool(body))
            case UpdateContact(contact=contact):
                body = contact_update(change, contact, self._ids)
                return Written(contacts=(updated_contact(contact, body, self._ids),), sent=bool(body))

    def _made(self, contacts: Iterable[Contact]) -> Iterable[Contact]:
        for contact in contacts:
            stored = read_contact({**contact_body(contact, self._ids), "id": contact.id}, self._ids)
            yield replace(stored, age=contact.age)


def _as_stored(lead: Lead, first_status: str | None, ids: IdFields) -> Lead:
    given = {key: first_status if value is FIRST_STATUS else value for key, value in lead.fields.items()}
    raw = lead_body(replace(lead, fields=given), (), ids)
    return replace(read_lead({**raw, "id": lead.id}, ids), age=lead.age)


class Thorough(Memory):
    """What exists only on paper can never be read from Close: it must not be forgotten, nor replaced by what a search says. A
    reader of a plan also wants to see duplicates: every key is looked up, even where a run would not need it."""

    def __init__(self) -> None:
        super().__init__(math.inf)

    def has_all_of(self, lead_id: str) -> bool:  # noqa: ARG002
        return False

    @property
    def is_full(self) -> bool:
        return False


def as_told(outcome: Outcome) -> Outcome:
    """The outcome of a row that a dry run would have written."""
    if outcome.kind in (Kind.CREATED, Kind.UPDATED):
        return replace(outcome, kind=Kind.SKIPPED, reason=Reason.DRY_RUN)
    return outcome
