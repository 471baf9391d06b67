"""When does a window in which calls are counted end, and how many were made in it?"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

from integration_tests.close_sandbox.settings import Settings

_IDLE_WINDOWS = 2
"""So many without a call, and the grid is forgotten; this and the grid are read from the script of closeio/limitlion."""


@dataclass(slots=True)
class Window:
    """A fixed window; what was used is forgotten when it closes."""

    closes: float
    called: float
    """When the latest call came, refused or not."""

    used: int = 0


class Windows:
    """One window at a time for each name."""

    def __init__(self) -> None:
        self._windows: dict[Hashable, Window] = {}

    def at(self, name: Hashable, now: float, seconds: float, settings: Settings) -> Window:
        """The window that is open now."""
        found = self._windows.get(name)
        if found is None or _is_over(found, now, seconds, settings):
            found = self._windows[name] = Window(_first_end(now, seconds, settings), now)
        elif now >= found.closes:
            ends = found.closes + (math.floor((now - found.closes) / seconds) + 1) * seconds
            found = self._windows[name] = Window(ends, found.called)
        return found


def _is_over(window: Window, now: float, seconds: float, settings: Settings) -> bool:
    if settings.window_start == "first_call":
        return now >= window.closes
    return now - window.called > _IDLE_WINDOWS * seconds


def _first_end(now: float, seconds: float, settings: Settings) -> float:
    """On the grid windows begin with a whole second, and so with a part of one in a sandbox that is sped up."""
    begins = now if settings.window_start == "first_call" else math.floor(now * settings.speed) / settings.speed
    return begins + seconds
