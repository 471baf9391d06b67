"""When may we call again, and may we at all? (pure)

Close counts calls per set of endpoints; `windows` knows how many calls a limit has left. Each is there once per key and once per
organization, may have a stricter one behind it that no header reports, or may report nothing at all.
"""

from __future__ import annotations

import math
from bisect import bisect_left

from destination_close.pacing.limits import ALL, SEARCH
from destination_close.pacing.rate_headers import Limit
from destination_close.pacing.retries import backoff
from destination_close.pacing.windows import Window

_LONGEST_HOLD = 120.0
"""Seconds; then the call is tried again, so that an outage is noticed as one."""

_LEAST_HOLD = 0.05
_MOST_DOUBLINGS = 8
"""Seconds, and how often they double while nothing but 429 comes, where Close says that the next call may go out sooner."""

_EARLY_PART = 0.75
"""Share of the quickest round trip; the rest is a margin."""

_EARLIEST = 0.1
"""Seconds; a longer round trip may include opening a connection."""

_SLOWER, _FASTER = 0.85, 1 + 1 / 800
"""After a 429 that no header explains, and after each good answer: more than a hundred calls lie between two such 429s."""

_SPREAD_PART = 0.95
"""Of a limit that does not say when its windows end: calls that are spread over them are few enough wherever the ends are."""

_STORM = 3
"""This many calls refused together are not a coincidence: they were too fast."""


_FEW = {SEARCH: 2, ALL: 16}
"""Calls in flight while nothing is known; 8 elsewhere: enough to learn from, not a burst."""

_RATES = {SEARCH: 1.9, ALL: 50.0}
"""Calls per second for a server that reports nothing; 19 elsewhere. Slightly below the lowest on record, which are 2, 60 and 20."""


class Budget:
    """Decides for the endpoints that share one limit when a call may go out. Times are seconds on one monotonic clock."""

    def __init__(self, limit: str, share_percent: int = 100) -> None:
        self._share = share_percent / 100
        self._few = max(1, int(_FEW.get(limit, 8) * self._share))
        self._rate = _RATES.get(limit, 19.0) * self._share

        self._windows: dict[int, Window] = {}
        """By limit. A key has one and an organization another; an answer reports the one with fewer calls left."""

        self._sent: list[float] = []
        """When the unanswered calls were sent, in order."""

        self._answered = False
        self._confident = False
        """Has a call succeeded since the last 429 that the windows do not explain?"""

        self._pace: float | None = None
        """Calls per second, once a 429 came that no header explains: there is a stricter limit. It grows until the next one."""

        self._spread: float | None = None
        """Calls per second, once a limit is reported whose `reset` is the same all through its windows: a burst of calls might
        end up in two of them, and nobody could tell how many in which."""

        self._latency = 0.1
        self._quickest = math.inf
        self._next_at = -math.inf
        self._held_at = -math.inf
        self._held_until = -math.inf
        self._refusals = 0
        """429s in a row; those of calls that were in flight together count as one."""

        self._together = 0
        """How many calls that were in flight together got a 429 that no header explains."""

    def wait(self, now: float) -> float:
        """Seconds until it is worth asking again; 0 means go."""
        if now < self._held_until:
            return self._held_until - now
        if not self._confident and len(self._sent) >= self._few:
            return self._soon()
        if not self._windows:
            return max(0.0, self._next_at - now) if self._answered else 0.0
        early = min(self._quickest * _EARLY_PART, _EARLIEST)
        waits = [window.wait(now, self._sent, early) for window in self._windows.values()]
        waits.append(max(0.0, self._next_at - now) if self._pace or self._spread else 0.0)
        return max(self._soon() if seconds is None else seconds for seconds in waits)

    def _soon(self) -> float:
        """What matters is not the time but a pending answer: a fraction of the time that one takes."""
        return min(max(self._latency / 8, 0.005), 0.1)

    def sent(self, now: float) -> None:
        """A call is sent."""
        self._sent.append(now)
        rate = min((rate for rate in (self._pace, self._spread) if rate), default=self._rate)
        self._next_at = max(now, self._next_at) + 1 / rate

    def answered(self, now: float, sent_at: float, limit: Limit | None, pause: float | None, throttled: bool) -> None:
        """The call sent then was answered now; `throttled`: with 429."""
        self._no_longer_on_the_way(sent_at)
        self._answered = True
        self._latency += (now - sent_at - self._latency) / 8
        self._quickest = min(self._quickest, now - sent_at)
        if limit is not None and limit.reset is None and throttled:
            limit = limit._replace(reset=pause)
        self._hear(now, sent_at, limit, counted=not throttled)
        if throttled:
            self._hold(now, sent_at, limit, pause)
        elif sent_at >= self._held_at:
            self._confident = True
            self._refusals = 0
            self._grow()

    def _grow(self) -> None:
        if self._pace:
            self._pace *= _FASTER
            if self._pace > max((window.most / window.period for window in self._windows.values()), default=self._rate):
                self._pace = None

    def withdrawn(self, sent_at: float) -> None:
        """The call sent then did not count here after all."""
        self._no_longer_on_the_way(sent_at)

    def lost(self, sent_at: float) -> None:
        """The call sent then will get no answer; Close may have counted it."""
        self._no_longer_on_the_way(sent_at)
        for window in self._windows.values():
            window.count()

    def _no_longer_on_the_way(self, sent_at: float) -> None:
        index = bisect_left(self._sent, sent_at)
        if self._sent[index : index + 1] == [sent_at]:
            del self._sent[index]

    def _hear(self, now: float, sent_at: float, said: Limit | None, *, counted: bool) -> None:
        for limit, window in list(self._windows.items()):
            if said is not None and limit != said.limit and window.is_forgotten(now):
                del self._windows[limit]
            elif counted and (said is None or limit != said.limit):
                window.count()
        if said is not None:
            if said.limit not in self._windows:
                self._windows[said.limit] = Window(said.limit, max(1, int(said.limit * self._share)), now, remaining=said.remaining)
            self._windows[said.limit].hear(now, sent_at, said, counted, self._sent)
            if said.step is not None:
                spread = min(window.most for window in self._windows.values()) / said.step * _SPREAD_PART
                self._next_at = self._next_at if self._spread else now
                self._spread = spread

    def _hold(self, now: float, sent_at: float, limit: Limit | None, pause: float | None) -> None:
        explained = limit.remaining == 0 if limit else any(window.remaining == 0 for window in self._windows.values())
        if is_first := sent_at >= self._held_at:
            self._refusals += 1
            self._held_at = now
            self._together = 0
        self._together += not explained
        if not explained and (is_first if self._pace else self._together == _STORM):
            self._pace = max((self._pace or self._rate) * _SLOWER, self._rate / 4)
            self._next_at = now
        said = [seconds for seconds in (pause, limit.reset if limit else None) if seconds is not None]
        least = _LEAST_HOLD * 2 ** min(self._refusals - 1, _MOST_DOUBLINGS)
        held = min(max(*said, least), _LONGEST_HOLD) if said else backoff(self._refusals - 1, 0.5)
        self._held_until = max(self._held_until, now + held)
        if limit is None or limit.remaining > 0:
            self._confident = False
