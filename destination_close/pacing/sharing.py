"""Which endpoints use up one limit together, by what their answers say? (pure)

Within one window every counted call lowers `remaining`. So if two endpoints share a limit, a call of the one that goes out
after an answer of the other can only come back with less. If it comes back with as much or more, they do not share it. Two
counters that are apart do this soon, whichever of them has more left; two that are one never do. Answers whose windows may
differ are not compared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import NamedTuple

from destination_close.pacing.limits import first_limit
from destination_close.pacing.rate_headers import Limit

_ANSWERS_KEPT = 64
"""Of each endpoint: more than are on their way at once, which lie between an answer and the next call that went out after it."""

_ENOUGH_APART = 3
_ENOUGH_TOGETHER = 8
"""Comparisons in one direction, before an endpoint moves to another limit."""

_DOUBT = 4
"""At least one comparison in so many must speak for being apart."""

_MOST_COUNTED = 64
"""Comparisons in one direction; then each counts half, so that what changes at Close is noticed."""


class _Heard(NamedTuple):
    now: float
    limit: int
    remaining: int
    surely_open_until: float


@dataclass(slots=True)
class _Compared:
    """How often a call of the one came back with less than an answer of the other before it, and how often it did not."""

    together: int = 0
    apart: int = 0

    def halve(self) -> None:
        if self.together + self.apart > _MOST_COUNTED:
            self.together //= 2
            self.apart //= 2

    @property
    def shows_apart(self) -> bool:
        return self.apart >= _ENOUGH_APART and self.apart * _DOUBT >= self.together

    @property
    def shows_together(self) -> bool:
        return self.together >= _ENOUGH_TOGETHER and self.apart * _MOST_COUNTED < self.together


class Sharing:
    """Begins with what is recorded of Close, and learns from every answer."""

    def __init__(self) -> None:
        self._limits: dict[str, str] = {}
        self._heard: dict[str, deque[_Heard]] = {}
        self._compared: defaultdict[tuple[str, str], _Compared] = defaultdict(_Compared)
        """By the earlier endpoint and the later."""

    def limit_of(self, endpoint: str) -> str:
        """The name of the limit that an endpoint uses up."""
        return self._limits.get(endpoint) or first_limit(endpoint)

    def hear(self, endpoint: str, now: float, sent_at: float, said: Limit) -> None:
        """A call that was counted was answered."""
        for other in self._heard:
            if other != endpoint:
                self._compare(other, endpoint, now, sent_at, said)
        if said.reset is not None:
            step = said.step or (1.0 if said.reset.is_integer() else said.reset / 8)
            kept = self._heard.setdefault(endpoint, deque(maxlen=_ANSWERS_KEPT))
            kept.append(_Heard(now, said.limit, said.remaining, sent_at + said.reset - step))

    def _compare(self, other: str, endpoint: str, now: float, sent_at: float, said: Limit) -> None:
        heard = self._heard[other]
        before = bisect_right(heard, sent_at, key=lambda one: one.now)
        if before == 0 or now >= heard[before - 1].surely_open_until:
            return
        last, compared = heard[before - 1], self._compared[other, endpoint]
        if said.remaining >= last.remaining:
            compared.apart += 1
        elif said.limit == last.limit:
            compared.together += 1
        compared.halve()
        if self.limit_of(endpoint) == self.limit_of(other):
            if compared.shows_apart:
                self._part(other, endpoint)
        elif compared.shows_together and self._compared[endpoint, other].shows_together:
            self._join(other, endpoint)

    def _part(self, one: str, other: str) -> None:
        """One of the two gets a limit of its own; rather the change than the create, since creates are the better known."""
        leaves = other if one.startswith("POST ") else one
        self._limits[leaves] = leaves if self.limit_of(leaves) != leaves else f"{leaves} alone"
        self._compared[one, other], self._compared[other, one] = _Compared(), _Compared()

    def _join(self, one: str, other: str) -> None:
        joins, joined = (one, other) if first_limit(other) == self.limit_of(other) else (other, one)
        self._limits[joins] = self.limit_of(joined)
