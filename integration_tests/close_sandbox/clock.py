"""What time is it in the sandbox?"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

Clock = Callable[[], float]
"""Seconds since 1970."""

Sleep = Callable[[float], None]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class FakeClock:
    """A clock that moves only when told to. The object itself is the `clock`, its `sleep` the `sleep`."""

    def __init__(self, start: float = 1_767_607_200.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._now += seconds

    def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))


def micros(seconds: float) -> int:
    """Whole microseconds: floats of this size cannot be told apart reliably below them."""
    return round(seconds * 1_000_000)


def moment(seconds: float) -> datetime:
    return _EPOCH + timedelta(microseconds=micros(seconds))


def iso_of_micros(since_1970: int) -> str:
    """As leads and contacts give their dates: `2022-02-09T15:53:53.691000+00:00`."""
    return (_EPOCH + timedelta(microseconds=since_1970)).isoformat(timespec="microseconds")


def iso(seconds: float) -> str:
    return iso_of_micros(micros(seconds))


def naive_iso(seconds: float) -> str:
    """As events give theirs, without an offset."""
    return iso(seconds)[:-6]


def seconds_of(text: str) -> float:
    """The reverse of both, and of any ISO 8601 text; without an offset it is UTC. Raises ValueError."""
    return (parse_iso(text) - _EPOCH) / timedelta(seconds=1)


def parse_iso(text: str) -> datetime:
    """ISO 8601 with `T` or blank and any offset; without one it is UTC. Raises ValueError."""
    text = re.sub(r"[zZ]$", "+00:00", text.strip())
    # Python 3.10 reads fractions of three or six digits only
    text = re.sub(r"\.(\d+)", lambda fraction: f".{fraction[1]:0<6.6}", text)
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
