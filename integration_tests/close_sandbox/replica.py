"""What does a read by id see, when it reads a copy of the database that is a moment late?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.world import Change, ObjectType, World


class Replica:
    """The world as of `read_lag` seconds ago: what there is, without what was changed since."""

    def __init__(self, world: World, settings: Callable[[], Settings]) -> None:
        self._world = world
        self._settings = settings
        self._recent: dict[str, deque[Change]] = {}
        """What cannot be read yet, by object, oldest first."""

        self._due: deque[tuple[float, Change]] = deque()
        """When each of these can be."""

    def note(self, change: Change, *, settled: bool = False) -> None:
        """A change that shows only later; `settled` shows at once."""
        self._catch_up(change.at)
        lag = self._settings().read_lag
        if settled:
            self._recent.pop(change.object_id, None)
        elif lag:
            self._recent.setdefault(change.object_id, deque()).append(change)
            self._due.append((change.at + lag, change))

    def flush(self) -> None:
        """Everything written so far can be read."""
        self._recent.clear()
        self._due.clear()

    def at(self, now: float) -> Seen:
        """What is read now; to be used before the next change."""
        self._catch_up(now)
        return Seen(self._world, {object_id: changes[0] for object_id, changes in self._recent.items()})

    def _catch_up(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, change = self._due.popleft()
            changes = self._recent.get(change.object_id)
            if changes is not None and changes[0] is change:  # else it was settled since
                changes.popleft()
                if not changes:
                    del self._recent[change.object_id]


@dataclass(frozen=True, slots=True)
class Seen:
    """The world as a late copy of it shows it at one moment."""

    world: World
    hidden: Mapping[str, Change]
    """The first change of each object that does not show yet."""

    @property
    def tables(self) -> Mapping[ObjectType, Mapping[str, Doc]]:
        """For the names beside ids in answers: these are never late."""
        return self.world.tables

    def get(self, object_type: ObjectType, object_id: str) -> Doc | None:
        """The object as it is read; None where it is not there yet, or no more."""
        change = self.hidden.get(object_id)
        if change is not None:
            return change.before if change.object_type == object_type else None
        return self.world.tables[object_type].get(object_id)

    def contacts_of(self, lead_id: str) -> list[Doc]:
        """Those that are read as the lead's, oldest first."""
        return self._below("contact", lead_id, self.world.contact_ids.get(lead_id, {}))

    def children_of(self, kind: str, lead_id: str) -> list[Doc]:
        """Those of the kind that are read as the lead's."""
        ids = {child_id: None for child_id, found in self.world.child_ids.get(lead_id, {}).items() if found == kind}
        return self._below(kind, lead_id, ids)

    def all_of(self, object_type: ObjectType) -> list[Doc]:
        """All that are read."""
        return self._read(object_type, dict.fromkeys(self.world.tables[object_type]))

    def _below(self, object_type: ObjectType, lead_id: str, ids: Mapping[str, None]) -> list[Doc]:
        return [doc for doc in self._read(object_type, dict(ids)) if doc["lead_id"] == lead_id]

    def _read(self, object_type: ObjectType, ids: dict[str, None]) -> list[Doc]:
        ids |= dict.fromkeys(one for one, change in self.hidden.items() if change.object_type == object_type)
        found = (self.get(object_type, object_id) for object_id in ids)
        return [doc for doc in found if doc is not None]
