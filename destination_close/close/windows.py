"""How many calls of a limit are left, and when does its window end? (pure)

Close counts calls in windows of a fixed length, and tells with its answers how many are left and when the window ends. A call
counts in the window in which it arrives, which we never see. How the rest is made use of:

- The end. An answer at `now` with `reset` means that the window ends at `now + reset` or before: `reset` was rounded up,
  and the answer has travelled. The least of these sums is waited for; then the next window has begun. A call may even set
  out a little earlier, since it has to travel too: the way back and the way there take no less than the quickest round trip.
- Its first calls are few, for a moment or until one is answered: they show whether the window has begun indeed, and
  whether somebody else was quicker.
- What is left. Each call is told another `remaining`, so the least of them reflects every answered call. Calls still on
  their way may come on top, and so may those that were sent just before the window began. An answer that may speak of
  either of two windows, as where `reset` is one second all through windows of one second, is counted and not believed.
- What was used beyond our own calls is somebody else with the same key. As long as there is one, nothing sets out early,
  and we put no more on the way at once than our part of what is left, and look again.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from destination_close.close.rate_headers import Limit

_ARRIVAL_SECONDS = 2.0
"""Longer than a call takes to reach Close; what it takes beyond that is Close at work."""

_USUAL_PERIOD = 8.0
"""Seconds; for answers that do not say when the window ends. All of Close's windows on record are as long, but one."""

_SHORTEST_PERIOD = 0.25
"""What a period is taken for until a longer `reset` shows."""

_WINDOWS_REMEMBERED = 8

_LEAST_PART = 0.25
"""Of what is left: our part when somebody else took nearly everything."""


@dataclass(slots=True)
class Window:
    """The windows of one limit, one after the other: the one that is open, and what was learnt from those before."""

    limit: int
    most: int
    """Calls of ours per window: our share of the limit."""

    ends: float
    """The window is over by then, at the latest."""

    opened: float = -math.inf
    period: float = _SHORTEST_PERIOD
    """The longest `reset` of the last windows."""

    longest: float = 0.0
    """The longest `reset` of this window."""

    periods: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOWS_REMEMBERED))
    spoken_at: float = -math.inf
    """When an answer spoke of this limit last, of whichever window."""

    heard_at: float | None = None
    """When this window was last heard of; None when it opened by the clock and no answer has spoken of it yet."""

    remaining: int = 0
    left_before: int = 0
    """How many calls were left in the window before this one."""

    mine: int = 0
    """Answered calls of ours that count in this window."""

    late: float = 0.0
    """By how much the server's windows end later than it says, as far as calls sent too early have shown."""

    hasty: bool = True
    """Whether calls may set out before the window has ended; no longer once one came too early."""

    aligned: bool = True
    """Whether windows may follow each other without a gap; no longer once a call came too early for that."""

    boundary: float = -math.inf
    """When the window before was over, at the latest."""

    others: deque[int] = field(default_factory=lambda: deque(maxlen=_WINDOWS_REMEMBERED))
    """Calls of somebody else in each of the last windows."""

    def wait(self, now: float, sent: Sequence[float], early: float) -> float | None:
        """Seconds until this limit allows a call; None if that depends on the answers to come.

        `sent` are the times of all calls without an answer, in order; `early` is how long a call is at least on its way.
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
        """How many calls may be on their way at once."""
        others = max(self.others, default=0)
        if self.heard_at is None:
            return min(self.remaining, self._free_unheard(now, others))
        if others == 0 or self.remaining == 0:
            return self.remaining
        return max(1, int(self.remaining * max(1 - others / self.limit, _LEAST_PART)))

    def _free_unheard(self, now: float, others: int) -> int:
        """Should the last window not be over, calls beyond what was left of it are refused; it is over soon."""
        if now < self.opened + self.period / 8:
            return max(self.left_before, self.limit // 50, 1)
        return max(self.limit - others, 1)

    def _on_the_way(self, sent: Sequence[float]) -> int:
        """Calls without an answer that may count in this window."""
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
        """An answer spoke of a window: of this one, of one before it, or already of the next."""
        self.spoken_at = now
        if said.reset is not None:
            self.longest = max(self.longest, said.reset)
            self.period = max(self.period, said.reset)
            ends = min(now, sent_at + _ARRIVAL_SECONDS) + said.reset + self.late
            surely_after = sent_at + said.reset - (1.0 if said.reset.is_integer() else self.period / 8)
        else:
            ends = surely_after = now + max(self.period, _USUAL_PERIOD) if self.heard_at is None else self.ends
        if ends < self.opened + self.period / 2:
            self._hear_of_the_past(sent_at, counted)
            return
        if sent_at < self.opened and surely_after < self.opened:  # of which window? count it, and believe nothing
            if counted:
                self.count()
            return
        if self.heard_at is not None and surely_after > self.ends:
            self._turn(min(self.ends, sent_at), sent)
        if self.heard_at is None and said.reset == self.period == 1.0 and self.boundary > -math.inf and self.most == self.limit:
            # `reset` is the same all through such a window; from one to the next the delay of the answers would add up
            self.aligned = self.aligned and counted and not any(self.others)
            if self.aligned:
                ends = min(ends, self.boundary + math.floor(now - self.boundary) + 1)
        self.ends = ends if self.heard_at is None else min(self.ends, ends)
        self.heard_at = now
        self.mine += counted
        self.remaining = min(self.remaining, said.remaining)

    def _hear_of_the_past(self, sent_at: float, counted: bool) -> None:
        """A refusal of a call that was meant for this window: it was too early, or this server does not round `reset` up."""
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
        """True once nothing has been heard of this limit for a while, as when the organization's is no longer the nearer."""
        return now > self.spoken_at + self.period
