"""Who waits, and for how long, so that all workers together stay within Close's limits?

The logic is in `pacing`; this adds the lock, the clock and the sleep. Shared by all threads of a run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from destination_close.close.budget import Budget
from destination_close.close.rate_headers import read_limit, read_retry_after

_LONGEST_SLEEP = 1.0
"""Seconds; a sleeping thread soon notices that the run is asked to stop."""


class Ticket(NamedTuple):
    """Permission to make one call; returned by `learn` or `lost`."""

    group: str
    sent_at: float


@dataclass(frozen=True, slots=True)
class PacerStats:
    """The counts so far."""

    calls: int = 0
    throttled: int = 0
    """Calls that Close answered with 429."""

    waited_seconds: float = 0.0
    """Time during which at least one call was held back."""


class Pacer:
    """Lets calls out when Close will accept them. `clock` is monotonic seconds; `sleep` may raise, which ends the wait."""

    def __init__(self, *, clock: Callable[[], float], sleep: Callable[[float], None], share_percent: int = 100) -> None:
        self._clock = clock
        self._sleep = sleep
        self._share_percent = share_percent
        self._lock = threading.Lock()
        self._budgets: dict[str, Budget] = {}
        self._calls = 0
        self._throttled = 0
        self._waiting = 0
        self._waiting_since = 0.0
        self._waited = 0.0

    def admit(self, group: str) -> Ticket:
        """Blocks until a call of this group may go out."""
        with self._lock:
            ticket, seconds = self._try(group)
            if ticket is not None:
                return ticket
            self._begin_to_wait()
        try:
            while True:
                self._sleep(min(seconds, _LONGEST_SLEEP))
                with self._lock:
                    ticket, seconds = self._try(group)
                    if ticket is not None:
                        return ticket
        finally:
            with self._lock:
                self._end_to_wait()

    def _try(self, group: str) -> tuple[Ticket | None, float]:
        """A ticket, or how long to sleep before asking again."""
        now = self._clock()
        budget = self._budget(group)
        seconds = budget.wait(now)
        if seconds > 0:
            return None, seconds
        budget.sent(now)
        self._calls += 1
        return Ticket(group, now), 0.0

    def learn(self, ticket: Ticket, status: int, headers: Mapping[str, str]) -> None:
        """The call was answered."""
        limit = read_limit(headers)
        throttled = status == 429
        retry_after = read_retry_after(headers) if throttled else None
        with self._lock:
            self._throttled += throttled
            self._budget(ticket.group).answered(self._clock(), ticket.sent_at, limit, retry_after, throttled)

    def lost(self, ticket: Ticket) -> None:
        """The call will get no answer."""
        with self._lock:
            self._budget(ticket.group).lost(ticket.sent_at)

    def stats(self) -> PacerStats:
        """The counts so far."""
        with self._lock:
            waited = self._waited + (self._clock() - self._waiting_since if self._waiting else 0.0)
            return PacerStats(self._calls, self._throttled, waited)

    def _budget(self, group: str) -> Budget:
        if group not in self._budgets:
            self._budgets[group] = Budget(group, self._share_percent)
        return self._budgets[group]

    def _begin_to_wait(self) -> None:
        if self._waiting == 0:
            self._waiting_since = self._clock()
        self._waiting += 1

    def _end_to_wait(self) -> None:
        self._waiting -= 1
        if self._waiting == 0:
            self._waited += self._clock() - self._waiting_since
