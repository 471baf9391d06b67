"""What does a read by id see, when it reads a copy of the database that is a moment late?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

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

    def get(self, object_type: ObjectType, object_id: str, now: float) -> Doc | None:
        """The object as it is read now; None where it is not there yet, or no more."""
        self._catch_up(now)
        if object_id in self._recent:
            return self._recent[object_id][0].before
        return (self._world.leads if object_type == "lead" else self._world.contacts).get(object_id)

    def contacts_of(self, lead_id: str, now: float) -> list[Doc]:
        """Those that are read as the lead's, oldest first."""
        ids = dict.fromkeys(self._world.contact_ids.get(lead_id, ()))
        self._catch_up(now)
        ids |= dict.fromkeys(one for one, changes in self._recent.items() if changes[0].object_type == "contact")
        found = (self.get("contact", contact_id, now) for contact_id in ids)
        return [doc for doc in found if doc is not None and doc["lead_id"] == lead_id]

    def _catch_up(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, change = self._due.popleft()
            changes = self._recent.get(change.object_id)
            if changes is not None and changes[0] is change:  # else it was settled since
                changes.popleft()
                if not changes:
                    del self._recent[change.object_id]
