"""Who waits, and for how long, so that all workers together stay within Close's limits?

The logic is in `allowance`; this adds the lock, the clock and the sleep. Shared by all threads of a run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from destination_close.pacing.allowance import Allowance, Ticket
from destination_close.pacing.rate_headers import read_limits, read_pause

_LONGEST_SLEEP = 1.0
"""Seconds; a sleeping thread soon notices that the run is asked to stop."""


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
        self._lock = threading.Lock()
        self._allowance = Allowance(share_percent)
        self._calls = 0
        self._throttled = 0
        self._waiting = 0
        self._waiting_since = 0.0
        self._waited = 0.0

    def admit(self, endpoint: str) -> Ticket:
        """Blocks until a call to this endpoint may go out."""
        with self._lock:
            ticket, seconds = self._try(endpoint)
            if ticket is not None:
                return ticket
            self._begin_to_wait()
        try:
            while True:
                self._sleep(min(seconds, _LONGEST_SLEEP))
                with self._lock:
                    ticket, seconds = self._try(endpoint)
                    if ticket is not None:
                        return ticket
        finally:
            with self._lock:
                self._end_to_wait()

    def _try(self, endpoint: str) -> tuple[Ticket | None, float]:
        """A ticket, or how long to sleep before asking again."""
        now = self._clock()
        seconds = self._allowance.wait(endpoint, now)
        if seconds > 0:
            return None, seconds
        self._calls += 1
        return self._allowance.sent(endpoint, now), 0.0

    def learn(self, ticket: Ticket, status: int, headers: Mapping[str, str]) -> None:
        """The call was answered."""
        said = read_limits(headers)
        throttled = status == 429
        pause = read_pause(headers) if throttled else None
        with self._lock:
            self._throttled += throttled
            self._allowance.answered(ticket, self._clock(), said, pause, throttled)

    def lost(self, ticket: Ticket) -> None:
        """The call will get no answer."""
        with self._lock:
            self._allowance.lost(ticket)

    def stats(self) -> PacerStats:
        """The counts so far."""
        with self._lock:
            waited = self._waited + (self._clock() - self._waiting_since if self._waiting else 0.0)
            return PacerStats(self._calls, self._throttled, waited)

    def _begin_to_wait(self) -> None:
        if self._waiting == 0:
            self._waiting_since = self._clock()
        self._waiting += 1

    def _end_to_wait(self) -> None:
        self._waiting -= 1
        if self._waiting == 0:
            self._waited += self._clock() - self._waiting_since
