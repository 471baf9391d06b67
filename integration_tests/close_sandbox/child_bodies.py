"""What does the body of an opportunity, task, note, custom activity or custom object ask for, and will Close have it?

Single keys and custom fields; what depends on several keys at once is left to the file of the kind. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

from integration_tests.close_sandbox.bodies import Doc, Reader
from integration_tests.close_sandbox.bodies import _Reading as Reading
from integration_tests.close_sandbox.child_keys import KEYS
from integration_tests.close_sandbox.clock import moment
from integration_tests.close_sandbox.kinds import Kind, place_of
from integration_tests.close_sandbox.problems import NO_OBJECT, REQUIRED, BadValue
from integration_tests.close_sandbox.world import World

NOT_PERMITTED = "Extra inputs are not permitted"


@dataclass(frozen=True, slots=True)
class ChildReader(Reader):
    """Reads one body of one kind of object."""

    world: World
    kind: Kind
    old: Doc | None
    """None: it is to be created."""

    lead_id: str | None
    """Of the lead it is on, or is to be on; None when Close will make one up."""

    now: float
    tz_offset: float

    @property
    def today(self) -> str:
        """In the time zone of the caller."""
        return moment(self.now).astimezone(timezone(timedelta(hours=self.tz_offset))).date().isoformat()

    def read(self, body: Mapping[str, Any]) -> Reading:
        """What single keys and custom fields ask for; `Reading.check` is for when the kind has had its say."""
        place = place_of(self.kind, self.old or body)
        self._forbid(self._forbidden(body, place or self.kind.name))
        reading = Reading()
        known = {key: one for key, one in KEYS[self.kind.name].items() if (one.create if self.old is None else one.update)}
        for key, one in known.items():
            if one.read is None or key not in body:
                continue
            try:
                reading.changes[key] = one.read(body[key], self)
            except BadValue as bad:
                reading.errors[key.removesuffix("_id")] = bad.message
        if self.settings.unknown_child_keys == "refuse":
            strange = (key for key in body if key not in known and not (place and key.startswith("custom.")))
            reading.errors.update(dict.fromkeys(strange, NOT_PERMITTED))
        if place:
            self._custom(body, place, self.old or {}, reading, self.world.contact_ids.get(self.lead_id or "", {}))
            self._check_references(reading)
        return reading

    def _check_references(self, reading: Reading) -> None:
        """Values of fields that hold custom objects must be objects there are, of the right type."""
        objects = self.world.tables["custom_object"]
        for key, value in reading.changes.items():
            found = self.organization.fields.get(key.removeprefix("custom."))
            if value is None or found is None or found.type != "custom_object":
                continue
            named = [objects.get(one) for one in (value if isinstance(value, list) else [value])]
            if any(one is None or found.references not in (None, one["custom_object_type_id"]) for one in named):
                reading.errors[key] = NO_OBJECT

    # --- for the files of the kinds ----------------------------------------------------------------------------------

    def require(self, body: Mapping[str, Any], keys: tuple[str, ...], reading: Reading) -> None:
        """Keys that must be there and hold something."""
        for key in keys:
            if body.get(key) is None or (isinstance(body[key], str) and not body[key].strip()):
                reading.errors.setdefault(key.removesuffix("_id"), REQUIRED)

    def require_custom(self, reading: Reading) -> None:
        """Custom fields that must have a value, in the object as it will be."""
        new = {**(self.old or {}), **reading.changes}
        place = place_of(self.kind, new)
        for found in self.organization.fields_of(place):
            if place in found.required and new.get(f"custom.{found.id}") in (None, "", []):
                reading.errors.setdefault(f"custom.{found.id}", REQUIRED)
