"""What does a server say to many workers that make calls of several kinds, in a world of their own time?"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from destination_close.pacing.allowance import Allowance, Ticket
from destination_close.pacing.rate_headers import read_limits, read_pause
from unit_tests.support.window_server import Reply

Ask = Callable[[float, str], Reply]
"""A call arrives at this moment at this endpoint."""

MIX: Mapping[str, int] = {
    "search": 8,
    "POST lead": 12,
    "POST contact": 12,
    "PUT lead": 12,
    "PUT contact": 12,
    "GET lead": 6,
    "GET contact": 6,
}
"""How many workers always have a call to make of each kind."""


@dataclass(slots=True)
class MixedLoad:
    """All calls go through one allowance."""

    ask: Ask
    allowance: Allowance = field(default_factory=Allowance)
    seconds_there_and_back: tuple[float, float] = (0.02, 0.3)
    others: Sequence[tuple[float, Callable[[float], Any]]] = ()
    """What somebody else does, and when."""

    calls: Counter[str] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    _rng: random.Random = field(default_factory=lambda: random.Random(1))
    _events: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, seconds: float, mix: Mapping[str, int] = MIX, start: float = 0.37) -> None:
        for endpoint, workers in mix.items():
            for number in range(workers):
                self._at(start + 0.001 * number, self._want, endpoint)
        for moment, what in self.others:
            self._at(moment, what)
        while self._events and self._events[0][0] < start + seconds:
            now, _, what, arguments = heapq.heappop(self._events)
            what(now, *arguments)

    @property
    def refused_part(self) -> float:
        return self.throttled.total() / self.calls.total()

    def _at(self, moment: float, what: Callable[..., Any], *arguments: Any) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), what, arguments))

    def _want(self, now: float, endpoint: str) -> None:
        if (seconds := self.allowance.wait(endpoint, now)) > 0:
            self._at(now + seconds, self._want, endpoint)
            return
        ticket = self.allowance.sent(endpoint, now)
        total, part = self._rng.uniform(*self.seconds_there_and_back), self._rng.uniform(0.1, 0.9)
        self._at(now + total * part, self._arrive, ticket, total * (1 - part))

    def _arrive(self, now: float, ticket: Ticket, back: float) -> None:
        reply = self.ask(now, ticket.endpoint)
        self.calls[ticket.endpoint] += 1
        self.throttled[ticket.endpoint] += reply.status == 429
        self._at(now + back, self._answer, ticket, reply)

    def _answer(self, now: float, ticket: Ticket, reply: Reply) -> None:
        throttled = reply.status == 429
        pause = read_pause(reply.headers) if throttled else None
        self.allowance.answered(ticket, now, read_limits(reply.headers), pause, throttled)
        self._want(now, ticket.endpoint)
