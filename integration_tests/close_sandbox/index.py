"""What does search know at this moment?

A copy of the world that lags behind: every change waits in a queue until it is due. Beside the copy are lists of who holds
which value, built for a field when it is first searched by exact value and kept up from then on.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.world import Change, ObjectType

ValuesOf = Callable[[Doc], Iterable[str]]
Postings = dict[str, "str | dict[str, None]"]
"""From a value in lower case to the id that has it, or to several ids."""


class Index:
    """Leads, contacts and what else is below a lead, as of `index_lag` seconds ago."""

    def __init__(self, settings: Callable[[], Settings], rng: random.Random) -> None:
        self.docs: Mapping[ObjectType, dict[str, Doc]] = {"lead": {}, "contact": {}, **{kind: {} for kind in KINDS}}
        self.ids_by_lead: Mapping[ObjectType, dict[str, dict[str, None]]] = {kind: {} for kind in self.docs if kind != "lead"}
        self.contact_ids = self.ids_by_lead["contact"]
        self.tables = self.docs
        self._settings = settings
        self._rng = rng
        self._waiting: list[tuple[float, int, Change]] = []
        self._order = count()
        self._due: dict[str, float] = {}
        self._postings: dict[tuple[ObjectType, str], tuple[ValuesOf, Postings]] = {}

    # --- keeping up --------------------------------------------------------------------------------------------------

    def note(self, change: Change, *, settled: bool = False) -> None:
        settings = self._settings()
        due = change.at if settled else change.at + settings.index_lag_of.get(change.object_type, settings.index_lag)
        if settings.index_lag_jitter and not settled:
            due += self._rng.uniform(0.0, settings.index_lag_jitter)
        # changes of one object never overtake each other
        due = self._due[change.object_id] = max(due, self._due.get(change.object_id, due))
        heapq.heappush(self._waiting, (due, next(self._order), change))
        self.catch_up(change.at)

    def catch_up(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            due, _, change = heapq.heappop(self._waiting)
            if self._due.get(change.object_id) == due:
                del self._due[change.object_id]
            self._apply(change)

    def flush(self) -> None:
        """Everything written so far becomes searchable."""
        self.catch_up(float("inf"))

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def _apply(self, change: Change) -> None:
        docs = self.docs[change.object_type]
        old = docs.get(change.object_id)
        if change.after is None:
            docs.pop(change.object_id, None)
        else:
            docs[change.object_id] = change.after
        if change.object_type != "lead":
            self._place(self.ids_by_lead[change.object_type], change.object_id, old, change.after)
        for (object_type, _), (values_of, postings) in self._postings.items():
            if object_type == change.object_type:
                _repost(postings, change.object_id, values_of(old) if old else (), values_of(change.after) if change.after else ())

    def _place(self, by_lead: dict[str, dict[str, None]], object_id: str, old: Doc | None, new: Doc | None) -> None:
        before, after = (doc["lead_id"] if doc else None for doc in (old, new))
        if before == after:
            return
        if before is not None:
            siblings = by_lead[before]
            del siblings[object_id]
            if not siblings:
                del by_lead[before]
        if after is not None:
            by_lead.setdefault(after, {})[object_id] = None

    # --- asking ------------------------------------------------------------------------------------------------------

    def contacts_of(self, lead_id: str) -> list[Doc]:
        contacts = self.docs["contact"]
        return [contacts[contact_id] for contact_id in self.contact_ids.get(lead_id, ())]

    def children_of(self, kind: str, lead_id: str) -> list[Doc]:
        docs = self.docs[kind]
        return [docs[child_id] for child_id in self.ids_by_lead[kind].get(lead_id, ())]

    def holders(self, object_type: ObjectType, field: str, values_of: ValuesOf, value: str) -> Iterator[str]:
        """Ids of the objects one of whose `values_of` is the value, whatever the case."""
        return _ids(self._posted(object_type, field, values_of).get(value.lower()))

    def holders_of_rarest(self, object_type: ObjectType, field: str, values_of: ValuesOf, values: Iterable[str]) -> Iterator[str]:
        """Ids of the objects that have that one of the values which the fewest have."""
        posted = self._posted(object_type, field, values_of)
        found = [posted.get(value.lower()) for value in values]
        return _ids(min(found, key=lambda holders: 0 if holders is None else 1 if isinstance(holders, str) else len(holders)))

    def _posted(self, object_type: ObjectType, field: str, values_of: ValuesOf) -> Postings:
        known = self._postings.get((object_type, field))
        if known is None:
            known = self._postings[(object_type, field)] = (values_of, {})
            for object_id, doc in self.docs[object_type].items():
                _repost(known[1], object_id, (), values_of(doc))
        return known[1]


def _ids(holders: str | dict[str, None] | None) -> Iterator[str]:
    if holders is None:
        return iter(())
    return iter((holders,)) if isinstance(holders, str) else iter(holders)


def _repost(postings: Postings, object_id: str, old: Iterable[str], new: Iterable[str]) -> None:
    before = {value.lower() for value in old}
    after = {value.lower() for value in new}
    for value in before - after:
        found = postings[value]
        if isinstance(found, str):
            del postings[value]
        else:
            del found[object_id]
            if not found:
                del postings[value]
    for value in after - before:
        others = postings.get(value)
        if others is None:
            postings[value] = object_id
        elif isinstance(others, str):
            postings[value] = {others: None, object_id: None}
        else:
            others[object_id] = None
