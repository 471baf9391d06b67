"""Has another run written so recently that the search index may not show it yet?

A run that was killed leaves writes that this one cannot remember. They are safe to look up once the index has caught
up, so a run that starts before then waits. The event log says whether there is anything to wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from destination_close.model import CloseAnswer, ConfigError, ProtocolError, instant

MARGIN_SECONDS = 30.0
"""How far the event log itself may lag: the newest event seen may not be the newest there is."""


class EventLog(Protocol):
    """The part of the client this needs."""

    def events(self, filters: Mapping[str, str], *, max_pages: int = ...) -> list[dict[str, Any]]:
        """Events, newest first."""


def seconds_to_wait(close: EventLog, user_id: str | None, lag: float, wall: Callable[[], float], *, is_retry: bool = False) -> float:
    """How long until everything that this user's keys wrote before now can be found; 0 if nothing is recent.

    `lag` in seconds, `wall` returns seconds since 1970. If the log may not be read, the whole lag is waited for; also if it
    shows nothing although there was an attempt a moment ago (`is_retry`), because the log may itself be late.
    """
    if lag <= 0:
        return 0.0
    now = datetime.fromtimestamp(wall(), timezone.utc)
    since = (now - timedelta(seconds=lag + MARGIN_SECONDS)).replace(tzinfo=None).isoformat()

    def newest(object_type: str) -> list[dict[str, Any]]:
        filters = {"object_type": object_type, "date_updated__gte": since, **({"user_id": user_id} if user_id else {})}
        return close.events(filters, max_pages=1)[:1]

    try:
        with ThreadPoolExecutor() as side_by_side:
            events = [event for found in side_by_side.map(newest, ("lead", "contact")) for event in found]
    except (CloseAnswer, ConfigError, ProtocolError):
        return lag
    moments = (instant(str(event.get("date_updated") or event.get("date_created"))) for event in events)
    if not (known := [moment for moment in moments if isinstance(moment, datetime)]):
        return lag if is_retry else 0.0
    quiet = max(0.0, (now - max(known)).total_seconds() - MARGIN_SECONDS)
    return max(0.0, lag - quiet)
