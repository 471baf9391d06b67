"""How many calls of a limit are left, and when does its window end? (pure)

Close counts calls in windows of a fixed length, and its answers say how many are left and when the window ends. A call
counts in the window in which it arrives, which we never see. This is how these facts are used:

- The end. An answer at `now` with `reset` means that the window ends at `now + reset` or earlier: `reset` was rounded up,
  and the answer was in transit. We wait for the smallest of these sums; then the next window has begun. A call may even be
  sent slightly earlier, because it is in transit too: both ways together take no less than the quickest round trip.
- Its first calls are few, for a moment or until one is answered: they show whether the window has really begun, and
  whether somebody else was quicker.
- What is left. Each call gets a different `remaining`, so the smallest reflects every answered call. Calls still in
  flight may come on top, and so may those that were sent just before the window began. An answer that may refer to
  either of two windows, as when `reset` is one second all through windows of one second, is counted and not believed.
- Usage beyond our own calls is by somebody else with the same key. As long as there is one, nothing is sent early,
  and we have no more in flight at once than our part of what is left, and look again.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from destination_close.pacing.rate_headers import Limit

_ARRIVAL_SECONDS = 2.0
"""Longer than a call takes to reach Close; anything beyond that is Close at work."""

_USUAL_PERIOD = 8.0
"""Seconds; for answers that do not say when the window ends. All of Close's known windows have this length, except one."""

_SHORTEST_PERIOD = 0.25
"""The assumed period until a longer `reset` is seen."""

_WINDOWS_REMEMBERED = 8

_LEAST_PART = 0.25
"""Of what is left: our part when somebody else took nearly everything."""


@dataclass(slots=True)
class Window:
    """The windows of one limit, one after the other: the open one, and what was learned from the earlier ones."""

    limit: int
    most: int
    """Our calls per window: our share of the limit."""

    ends: float
    """The window is over by then, at the latest."""

    opened: float = -math.inf
    period: float = _SHORTEST_PERIOD
    """The longest `reset` of recent windows."""

    longest: float = 0.0
    """The longest `reset` of this window."""

    periods: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOWS_REMEMBERED))
    spoken_at: float = -math.inf
    """When an answer last referred to this limit, in any window."""

    heard_at: float | None = None
    """When this window was last reported; None if it opened by the clock and no answer has mentioned it yet."""

    remaining: int = 0
    left_before: int = 0
    """How many calls were left in the window before this one."""

    mine: int = 0
    """Our answered calls that count in this window."""

    late: float = 0.0
    """How much later the server's windows end than it says, as far as calls sent too early have shown."""

    hasty: bool = True
    """Whether calls may be sent before the window has ended; no longer once one arrived too early."""

    aligned: bool = True
    """Whether windows may follow each other without a gap; no longer once a call arrived too early for that."""

    boundary: float = -math.inf
    """When the previous window was over, at the latest."""

    others: deque[int] = field(default_factory=lambda: deque(maxlen=_WINDOWS_REMEMBERED))
    """Somebody else's calls in each of the recent windows."""

    def wait(self, now: float, sent: Sequence[float], early: float) -> float | None:
        """Seconds until this limit allows a call; None if that depends on the answers to come.

        `sent` are the times of all unanswered calls, in order; `early` is the minimum time that a call is in transit.
        """
        early = 0.0 if any(self.others) or not self.hasty else early
        if now >= self.ends - early:
            self._turn(min(now, self.ends), sent)
            self.ends = now + max(self.period, _USUAL_PERIOD)
        room = min(self._free(now), self.most - self.mine)
        if room <= 0:
            return self.ends - early - now
        return 0.0 if self._on_the_way(sent) < room else None

    def _free(self, now: float) -> int:
        """How many calls may be in flight at once."""
        others = max(self.others, default=0)
        if self.heard_at is None:
            return min(self.remaining, self._free_unheard(now, others))
        if others == 0 or self.remaining == 0:
            return self.remaining
        return max(1, int(self.remaining * max(1 - others / self.limit, _LEAST_PART)))

    def _free_unheard(self, now: float, others: int) -> int:
        """If the previous window is still open, only what was left of it passes; that window is soon over."""
        if now < self.opened + self.period / 8:
            return max(self.left_before, self.limit // 50, 1)
        return max(self.limit - others, 1)

    def _on_the_way(self, sent: Sequence[float]) -> int:
        """Unanswered calls that may count in this window."""
        return len(sent) - bisect_left(sent, self.opened - _ARRIVAL_SECONDS)

    def _turn(self, opened: float, sent: Sequence[float]) -> None:
        """The next window."""
        if self.heard_at is not None:
            self.others.append(max(0, self.limit - self.remaining - self.mine - self._on_the_way(sent)))
        if self.longest > 0:
            self.periods.append(self.longest)
            self.period, self.longest = max(max(self.periods), _SHORTEST_PERIOD), 0.0
        self.opened, self.left_before, self.boundary = opened, self.remaining, self.ends
        self.heard_at, self.remaining, self.mine = None, self.limit, 0

    def hear(self, now: float, sent_at: float, said: Limit, counted: bool, sent: Sequence[float]) -> None:
        """An answer referred to a window: this one, an earlier one, or already the next."""
        self.spoken_at = now
        if said.reset is not None:
            self.longest = max(self.longest, said.reset)
            self.period = max(self.period, said.reset)
            step = said.step or (1.0 if said.reset.is_integer() else self.period / 8)
            ends = min(now, sent_at + _ARRIVAL_SECONDS) + said.reset + self.late
            surely_after = sent_at + said.reset - step
        else:
            step = 0.0
            ends = surely_after = now + max(self.period, _USUAL_PERIOD) if self.heard_at is None else self.ends
        if ends < self.opened + self.period / 2:
            self._hear_of_the_past(sent_at, counted)
            return
        if sent_at < self.opened and surely_after < self.opened:  # which window? count it, and believe nothing
            if counted:
                self.count()
            return
        if self.heard_at is not None and surely_after > self.ends:
            self._turn(min(self.ends, sent_at), sent)
        if self.heard_at is None and said.reset == self.period == step and self.boundary > -math.inf and self.most == self.limit:
            # `reset` is the same all through such a window; across windows the delay of the answers would add up
            self.aligned = self.aligned and counted and not any(self.others)
            if self.aligned:
                ends = min(ends, self.boundary + (math.floor((now - self.boundary) / step) + 1) * step)
        self.ends = ends if self.heard_at is None else min(self.ends, ends)
        self.heard_at = now
        self.mine += counted
        self.remaining = min(self.remaining, said.remaining)

    def _hear_of_the_past(self, sent_at: float, counted: bool) -> None:
        """A call meant for this window was refused: it was too early, or this server does not round `reset` up."""
        if not counted and sent_at >= self.opened:
            if self.hasty:
                self.hasty = False
                return
            self.late = min(self.late + self.period / 16, self.period / 8)

    def count(self) -> None:
        """A call ended without a word about this limit; it was counted all the same."""
        self.mine += 1
        self.remaining = max(0, self.remaining - 1)

    def is_forgotten(self, now: float) -> bool:
        """True once nothing has been heard of this limit for a while, for example when the organization's is no longer the nearer one."""
        return now > self.spoken_at + self.period
