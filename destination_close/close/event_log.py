"""What has been created in Close recently, according to its event log?

Creates are mostly lost together, and everyone who lost one wants the same events: they are read once for all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal, Protocol

from destination_close.model import ConfigError, IdFields, ProtocolError

ObjectType = Literal["lead", "contact"]

STEP_SECONDS = 30
"""Reading begins at a multiple of this, so that calls lost in the same outage ask for the same events."""

MOST_PAGES = 200
"""With 50 events each: ten thousand creates."""


@dataclass(frozen=True, slots=True)
class Created:
    """One event."""

    object_id: str
    lead_id: str
    """For a contact; empty if the event does not say."""

    data: Mapping[str, Any]
    """The ids and emails that the object was created with."""


class Events(Protocol):
    """The part of the client this needs."""

    def events(self, filters: Mapping[str, str], *, max_pages: int = ...) -> list[dict[str, Any]]:
        """Events, newest first."""


@dataclass(frozen=True, slots=True)
class _Reading:
    began: float
    since: str
    events: tuple[Created, ...]


class EventLog:
    """Called from many threads. `clock` is monotonic seconds."""

    def __init__(self, close: Events, ids: IdFields, *, clock: Callable[[], float]) -> None:
        self._close = close
        self._clock = clock
        self._keys = ("emails", f"custom.{ids.company}", f"custom.{ids.user}")
        self._locks: dict[ObjectType, threading.Lock] = {"lead": threading.Lock(), "contact": threading.Lock()}
        self._readings: dict[ObjectType, _Reading] = {}

    def created(self, object_type: ObjectType, since: float) -> tuple[Created, ...]:
        """What was created since then (seconds since 1970), newest first, as the log shows it now or a moment later.

        Empty if this user may not read the log; whether the key is still valid, the next call shows.
        """
        asked_at = self._clock()
        reaches_back_to = _text(since // STEP_SECONDS * STEP_SECONDS)
        with self._locks[object_type]:
            reading = self._readings.get(object_type)
            if reading is None or reading.began <= asked_at or reading.since > reaches_back_to:
                reading = _Reading(self._clock(), reaches_back_to, tuple(self._read(object_type, reaches_back_to)))
                self._readings[object_type] = reading
            return reading.events

    def _read(self, object_type: ObjectType, since: str) -> Iterator[Created]:
        filters = {"object_type": object_type, "action": "created", "date_updated__gte": since}
        try:
            events = self._close.events(filters, max_pages=MOST_PAGES)
        except (ConfigError, ProtocolError):
            return
        for event in events:
            data = event.get("data")
            told = {key: data[key] for key in self._keys if key in data} if isinstance(data, Mapping) else {}
            yield Created(str(event.get("object_id")), str(event.get("lead_id") or ""), told)


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None).isoformat()
