"""What would Close hold if a change were carried out, without carrying it out?

A dry run asks Close everything that a run asks, and writes nothing: each change is answered here as Close would answer
it. An object created on paper has a placeholder for an id, and the memory learns it as if it had been written, so that
later rows find it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from destination_close.close import object_body, read_object, update_body, updated
from destination_close.engine import Caller
from destination_close.model import (
    FIRST_STATUS,
    Change,
    Create,
    Hits,
    IdFields,
    Key,
    Kind,
    Outcome,
    Reason,
    Ref,
    Result,
    Sight,
    Stored,
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

    def look_again(self, keys: Sequence[Key], refs: Iterable[Ref]) -> Sight:
        return self._calls.look_again(keys, refs)

    def perform(self, change: Change, known: frozenset[str]) -> Result:  # noqa: ARG002  on paper nothing is mistaken
        """What the change would leave behind."""
        if isinstance(change, Create):
            return Written(tuple(map(self._as_stored, change.objects)))
        body = update_body(change, change.object, self._ids)
        return Written((updated(change.object, body, self._ids),), sent=bool(body))

    def _as_stored(self, one: Stored) -> Stored:
        if one.fields.get("status_id") is FIRST_STATUS:
            one = replace(one, fields={**one.fields, "status_id": self._first_status})
        raw = {**object_body(one, self._ids), "id": one.id}
        return replace(read_object(one.type, raw, self._ids, one.lead_id), age=one.age)


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


def as_reported(outcome: Outcome) -> Outcome:
    """The outcome of a row that a dry run would have written."""
    if outcome.kind in (Kind.CREATED, Kind.UPDATED):
        return replace(outcome, kind=Kind.SKIPPED, reason=Reason.DRY_RUN)
    return outcome
