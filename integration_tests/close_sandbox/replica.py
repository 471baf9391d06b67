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
        """By object, oldest first."""

    def note(self, change: Change, *, settled: bool = False) -> None:
        """A change that shows only later; `settled` shows at once."""
        if not self._settings().read_lag:
            return
        if settled:
            self._recent.pop(change.object_id, None)
        else:
            self._recent.setdefault(change.object_id, deque()).append(change)

    def flush(self) -> None:
        """Everything written so far can be read."""
        self._recent.clear()

    def get(self, object_type: ObjectType, object_id: str, now: float) -> Doc | None:
        """The object as it is read now; None where it is not there yet, or no more."""
        if self._unseen(object_id, now):
            return self._recent[object_id][0].before
        return (self._world.leads if object_type == "lead" else self._world.contacts).get(object_id)

    def contacts_of(self, lead_id: str, now: float) -> list[Doc]:
        """Those that are read as the lead's, oldest first."""
        ids = dict.fromkeys(self._world.contact_ids.get(lead_id, ()))
        if self._recent:
            ids |= dict.fromkeys(one for one, changes in self._recent.items() if changes and changes[0].object_type == "contact")
        found = (self.get("contact", contact_id, now) for contact_id in ids)
        return [doc for doc in found if doc is not None and doc["lead_id"] == lead_id]

    def _unseen(self, object_id: str, now: float) -> bool:
        """Whether changes of the object are still to come; those that have come are forgotten."""
        changes = self._recent.get(object_id)
        if changes is None:
            return False
        lag = self._settings().read_lag
        while changes and changes[0].at + lag <= now:
            changes.popleft()
        if not changes:
            del self._recent[object_id]
        return bool(changes)
