"""Does the limiter in front of Close, which counts all endpoints together by the second, let a call pass?

A recording of April 2022 has its headers, in the form of Envoy's limiter: `x-ratelimit-limit: 60, 60;w=1, 100;w=1`.
"""

from __future__ import annotations

from dataclasses import dataclass

from integration_tests.close_sandbox.limits import shown_seconds
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.windows import Window, Windows


@dataclass(frozen=True, slots=True)
class EdgeVerdict:
    """What the limiter says about one call."""

    allowed: bool
    limits: tuple[int, ...]
    limit: int
    """The one of them with the fewest calls left."""

    remaining: int


class Edge:
    """Of its limits the first is the key's and the others are the organization's."""

    def __init__(self) -> None:
        self._windows = Windows()

    def ask(self, key: str, now: float, settings: Settings) -> EdgeVerdict | None:
        """One call by a key; None without such a limiter. A refused call does not count."""
        if not settings.edge_limit:
            return None
        windows = [self._window(position, key, now, settings) for position in range(len(settings.edge_limit))]
        allowed = all(window.used < limit for window, limit in zip(windows, settings.edge_limit, strict=True))
        for window in windows:
            window.called = now
            window.used += allowed
        left = [limit - window.used for window, limit in zip(windows, settings.edge_limit, strict=True)]
        nearest = left.index(min(left))
        return EdgeVerdict(allowed, settings.edge_limit, settings.edge_limit[nearest], max(0, left[nearest]))

    def _window(self, position: int, key: str, now: float, settings: Settings) -> Window:
        owner = "" if position else key
        return self._windows.at((position, owner), now, 1 / settings.speed, settings)


def edge_headers(verdict: EdgeVerdict, settings: Settings) -> dict[str, str]:
    """As recorded; where the groups' limits have the names of before 2023, these are beside them under today's names too.

    Whole seconds: all that is left of one is rounded up to one."""
    reset = shown_seconds(1 / settings.speed)
    if settings.header_form in ("none", "reset_only"):
        return {"RateLimit-Reset": reset} if settings.header_form == "reset_only" and not verdict.allowed else {}
    policies = ", ".join(f"{limit};w={reset}" for limit in verdict.limits)
    three = {"limit": str(verdict.limit), "remaining": str(verdict.remaining), "reset": reset}
    told = {f"x-ratelimit-{name}": value for name, value in three.items()}
    told["x-ratelimit-limit"] = f"{verdict.limit}, {policies}"
    if settings.header_form == "old" or not verdict.allowed:
        told |= {f"ratelimit-{name}": value for name, value in three.items()}
    return told
