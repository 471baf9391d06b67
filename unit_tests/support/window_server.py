"""What does a server that counts calls in fixed windows answer?"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

OURS = "ours"
SOMEBODY_ELSES = "somebody else's"

Form = Literal["semicolon", "comma", "three headers", "old three headers", "without reset", "none"]
Rounding = Literal["up", "nearest", "none"]


class Reply(NamedTuple):
    """A status and headers."""

    status: int
    headers: dict[str, str]


@dataclass(slots=True)
class WindowServer:
    """One group of endpoints, its windows by number, and who used them. Times are on a clock of its own choice."""

    limit: int
    period: float = 8.0
    phase: float = 0.0
    """When a window begins, if they follow each other without a gap."""

    opens_with_first_call: bool = False
    """A window begins with the first call after the last one ended."""

    form: Form = "semicolon"
    rounding: Rounding = "up"
    unit: float = 1.0
    """Seconds that `reset` and `retry-after` are rounded to."""

    windows: dict[int, Counter[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    _ends: float = -math.inf

    def ask(self, now: float, who: str = OURS) -> Reply:
        """One call arrives."""
        used = self._window(now)
        allowed = used.total() < self.limit
        (used if allowed else self.refused)[who] += 1
        return Reply(200 if allowed else 429, self._headers(self.limit - used.total(), self._ends - now, allowed))

    def _window(self, now: float) -> Counter[str]:
        if self.opens_with_first_call:
            if now >= self._ends:
                self._ends = now + self.period
                self.windows[len(self.windows)] = Counter()
            return self.windows[len(self.windows) - 1]
        number = math.floor((now - self.phase) / self.period)
        self._ends = self.phase + (number + 1) * self.period
        return self.windows.setdefault(number, Counter())

    def _headers(self, remaining: int, seconds: float, allowed: bool) -> dict[str, str]:
        headers = {"Content-Type": "application/json", **self._limit_headers(remaining, self._shown(seconds))}
        return headers if allowed else {**headers, "Retry-After": f"{self._rounded_up(seconds):g}"}

    def _limit_headers(self, remaining: int, reset: str) -> dict[str, str]:
        match self.form:
            case "semicolon":
                return {"ratelimit": f"limit={self.limit}; remaining={remaining}; reset={reset}"}
            case "comma":
                return {"RateLimit": f"limit={self.limit}, remaining={remaining}, reset={reset}"}
            case "three headers":
                return {"RateLimit-Limit": f"{self.limit}", "RateLimit-Remaining": f"{remaining}", "RateLimit-Reset": reset}
            case "old three headers":
                return {"x-rate-limit-limit": f"{self.limit}", "x-rate-limit-remaining": f"{remaining}", "x-rate-limit-reset": reset}
            case "without reset":
                return {"RateLimit": f"limit={self.limit}, remaining={remaining}"}
            case "none":
                return {}

    def _shown(self, seconds: float) -> str:
        match self.rounding:
            case "up":
                return f"{self._rounded_up(seconds):g}"
            case "nearest":
                return f"{round(seconds / self.unit) * self.unit:g}"
            case "none":
                return f"{seconds:.6f}"

    def _rounded_up(self, seconds: float) -> float:
        return math.ceil(seconds / self.unit - 1e-9) * self.unit

    def full_windows(self) -> list[Counter[str]]:
        """All but the first, in which nothing was known yet, and the last, which was cut off."""
        return [self.windows[number] for number in sorted(self.windows)][1:-1]

    def use(self) -> float:
        """The part of the full windows' budget that was used, by whomever."""
        full = self.full_windows()
        return sum(window.total() for window in full) / (self.limit * len(full))


@dataclass(slots=True)
class Front:
    """A server with several limits, and one in front of them that counts the calls to all endpoints by the second."""

    limits: dict[str, WindowServer]
    shares: dict[str, str]
    """The limit that each endpoint uses up."""

    edge: WindowServer | None = None

    def ask(self, now: float, endpoint: str, who: str = OURS) -> Reply:
        """One call arrives; what is refused in front does not get any further."""
        if self.edge is None:
            return self.limits[self.shares[endpoint]].ask(now, who)
        in_front = self.edge.ask(now, who)
        told = self._of_all(in_front)
        if in_front.status == 429:
            return Reply(429, told)
        reply = self.limits[self.shares[endpoint]].ask(now, who)
        return Reply(reply.status, {**told, **reply.headers})

    def _of_all(self, reply: Reply) -> dict[str, str]:
        """In the form of Envoy's limiter."""
        assert self.edge is not None
        if self.edge.form == "none":
            return {}
        _, remaining, reset = (part.partition("=")[2] for part in reply.headers["ratelimit"].split(";"))
        told = {"limit": f"{self.edge.limit}, {self.edge.limit};w={self.edge.period:g}", "remaining": remaining, "reset": reset}
        return {f"x-ratelimit-{name}": value for name, value in told.items()}
