"""When may we ask again, and may we at all? (pure)

Close counts calls per group of endpoints in windows of a fixed length, and tells with its answers how many are left and
when the window ends. A call counts in the window in which it arrives, which we never see. How the rest is made use of:

- The end. An answer at `now` with `reset` means that the window ends at `now + reset` or before: `reset` was rounded up,
  and the answer has travelled. The least of these sums is waited for; then the next window has begun. A call may even set
  out a little earlier, since it has to travel too: the way back and the way there take no less than the quickest round trip.
- Its first calls are few, for a moment or until one is answered: they show whether the window has begun indeed, and
  whether somebody else was quicker.
- What is left. Each call is told another `remaining`, so the least of them reflects every answered call. Calls still on
  their way may come on top, and so may those that were sent just before the window began.
- What was used beyond our own calls is somebody else with the same key. As long as there is one, nothing sets out early,
  and we put no more on the way at once than our part of what is left, and look again.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

# --- what the headers say --------------------------------------------------------------------------------------------

_PAIR = re.compile(r"\b(limit|remaining|reset)\s*=\s*(\d+(?:\.\d*)?)", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d+(?:\.\d*)?)\s*")
_THREE_HEADERS = ("ratelimit-", "x-rate-limit-")
"""Today's names, and those until 2023."""

_LONGEST_RESET = 120.0
"""Seconds; a longer one is not meant as seconds, or not as the end of a window."""


class Limit(NamedTuple):
    """What one answer says about the limit of its group."""

    limit: int
    """Calls per window."""

    remaining: int
    """Calls left in this window."""

    reset: float | None
    """Seconds until the window ends; may be rounded up to whole ones."""


def read_limit(headers: Mapping[str, str]) -> Limit | None:
    """The limit, however it is written; of two forms in one answer, the one that leaves fewer calls."""
    values = {name.lower(): value for name, value in headers.items() if name[:1] in "RrXx"}
    found = [_limit(dict(_PAIR.findall(values.get("ratelimit", "").lower())))]
    found += [_limit(_three(values, prefix)) for prefix in _THREE_HEADERS if prefix + "limit" in values]
    return min((limit for limit in found if limit), key=lambda limit: limit.remaining, default=None)


def _three(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    named = {name: _NUMBER.fullmatch(values.get(prefix + name, "")) for name in ("limit", "remaining", "reset")}
    return {name: number[1] for name, number in named.items() if number}


def _limit(numbers: Mapping[str, str]) -> Limit | None:
    if "limit" not in numbers or "remaining" not in numbers or float(numbers["limit"]) < 1:
        return None
    reset = float(numbers["reset"]) if "reset" in numbers else None
    if reset is not None and reset > _LONGEST_RESET:
        reset = None
    return Limit(int(float(numbers["limit"])), int(float(numbers["remaining"])), reset)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; a date there is ignored."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and (number := _NUMBER.fullmatch(value)):
            return float(number[1])
    return None


# --- which calls share a limit ---------------------------------------------------------------------------------------

SEARCH = "search"
CREATE = "create"
_CREATED_TOGETHER = frozenset({"lead", "contact", "custom_field"})


def group_of(method: str, path: str) -> str:
    """The group of endpoints whose calls share one limit. `path` starts behind the version: `/lead/lead_x/`."""
    method = method.upper()
    parts = path.partition("?")[0].strip("/").split("/")
    if method == "POST" and parts == ["data", "search"]:
        return SEARCH
    if method == "POST" and parts[0] in _CREATED_TOGETHER and parts[-1] != "merge":
        return CREATE
    return f"{method} {parts[0]}"


# --- what may be sent again ------------------------------------------------------------------------------------------


class Action(Enum):
    """What to do after an answer."""

    REPEAT = "repeat"
    AMBIGUOUS = "ambiguous"
    """It may have been carried out: look before sending it again."""

    FINAL = "final"
    """The answer stands."""


_HARMLESS_TWICE = frozenset({"GET", "PUT", "DELETE"})
"""A PUT holds absolute values, so the second one changes nothing."""

_RETRIES: Mapping[int, tuple[Action, Action]] = {
    # status: (calls that are harmless twice, all others)
    408: (Action.REPEAT, Action.AMBIGUOUS),
    429: (Action.REPEAT, Action.REPEAT),
    500: (Action.REPEAT, Action.AMBIGUOUS),
    502: (Action.REPEAT, Action.AMBIGUOUS),
    503: (Action.REPEAT, Action.REPEAT),
    504: (Action.REPEAT, Action.AMBIGUOUS),
}


def after(method: str, path: str, status: int) -> Action:
    """What the status of an answer means for the call."""
    harmless, others = _RETRIES.get(status, (Action.FINAL, Action.FINAL))
    return harmless if method.upper() in _HARMLESS_TWICE or group_of(method, path) == SEARCH else others


_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before the next try, after `attempt` repetitions (from 0): about 0.5, 1, 2, 4, 8, 15. `jitter` is in [0, 1)."""
    return min(_FIRST_PAUSE * 2.0 ** min(attempt, 10), _LONGEST_PAUSE) * (0.75 + jitter / 2)


# --- when the next call may go out -----------------------------------------------------------------------------------

_ARRIVAL_SECONDS = 2.0
"""Longer than a call takes to reach Close; what it takes beyond that is Close at work."""

_USUAL_PERIOD = 8.0
"""Seconds; for answers that do not say when the window ends. All of Close's windows on record are as long, but one."""

_SHORTEST_PERIOD = 1.0
"""What a period is taken for until a longer `reset` shows; the shortest on record."""

_LONGEST_HOLD = 120.0
"""Seconds; then one asks again, so that an outage is noticed as one."""

_WINDOWS_REMEMBERED = 8

_EARLY_PART = 0.75
"""Of the quickest round trip; the rest is a margin."""

_EARLIEST = 0.1
"""Seconds; a longer round trip may be that of a new connection."""

_LEAST_PART = 0.25
"""Of what is left: our part when somebody else took nearly everything."""


@dataclass(slots=True)
class _Window:
    """The windows of one limit, one after the other: the one that is open, and what was learnt from those before."""

    limit: int
    most: int
    """Calls of ours per window: our share of the limit."""

    ends: float
    """The window is over by then, at the latest."""

    opened: float = -math.inf
    period: float = _SHORTEST_PERIOD
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
        self.opened, self.left_before = opened, self.remaining
        self.heard_at, self.remaining, self.mine = None, self.limit, 0

    def hear(self, now: float, sent_at: float, said: Limit, counted: bool, sent: Sequence[float]) -> None:
        """An answer spoke of a window: of this one, of one before it, or already of the next."""
        if said.reset is not None:
            self.period = max(self.period, said.reset)
            ends = min(now, sent_at + _ARRIVAL_SECONDS) + said.reset + self.late
        else:
            ends = now + max(self.period, _USUAL_PERIOD) if self.heard_at is None else self.ends
        if ends < self.opened + self.period / 2:
            self._hear_of_the_past(sent_at, counted)
            return
        if self.heard_at is not None and ends > self.ends + self.period / 2:
            self._turn(min(self.ends, sent_at), sent)
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
        return now > (self.opened if self.heard_at is None else self.heard_at) + self.period


class Budget:
    """Decides for one group of endpoints when a call may go out. Times are seconds on one monotonic clock."""

    def __init__(self, group: str, share_percent: int = 100) -> None:
        self._share = share_percent / 100
        self._few = 2 if group == SEARCH else 8
        """Calls on the way while nothing is known: enough to learn from, no storm."""

        self._rate = (1.9 if group == SEARCH else 19.0) * self._share
        """Calls a second for a server that says nothing: a little under the lowest on record, 2 and 20."""

        self._windows: dict[int, _Window] = {}
        """By limit. A key has one and an organization another; an answer speaks of the one with less left."""

        self._sent: list[float] = []
        """When the calls without an answer were sent, in order."""

        self._answered = False
        self._confident = False
        """Did a call go well since the last 429 that the windows do not explain?"""

        self._latency = 0.1
        self._quickest = math.inf
        self._next_at = -math.inf
        self._held_at = -math.inf
        self._held_until = -math.inf
        self._refusals = 0
        """429s in a row; those of calls that were on their way together are one."""

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
        return max(self._soon() if seconds is None else seconds for seconds in waits)

    def _soon(self) -> float:
        """It is not the time that decides but an answer on its way: a part of what one takes."""
        return min(max(self._latency / 8, 0.005), 0.1)

    def sent(self, now: float) -> None:
        """A call goes out."""
        self._sent.append(now)
        self._next_at = max(now, self._next_at) + 1 / self._rate

    def answered(self, now: float, sent_at: float, limit: Limit | None, retry_after: float | None, throttled: bool) -> None:
        """The call sent then was answered now; `throttled`: with 429."""
        self._no_longer_on_the_way(sent_at)
        self._answered = True
        self._latency += (now - sent_at - self._latency) / 8
        self._quickest = min(self._quickest, now - sent_at)
        if limit is not None and limit.reset is None and throttled:
            limit = limit._replace(reset=retry_after)
        self._hear(now, sent_at, limit, counted=not throttled)
        if throttled:
            self._hold(now, sent_at, limit, retry_after)
        elif sent_at >= self._held_at:
            self._confident = True
            self._refusals = 0

    def lost(self, sent_at: float) -> None:
        """The call sent then will have no answer; Close may have counted it."""
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
                self._windows[said.limit] = _Window(said.limit, max(1, int(said.limit * self._share)), now, remaining=said.remaining)
            self._windows[said.limit].hear(now, sent_at, said, counted, self._sent)

    def _hold(self, now: float, sent_at: float, limit: Limit | None, retry_after: float | None) -> None:
        if sent_at >= self._held_at:
            self._refusals += 1
            self._held_at = now
        said = [seconds for seconds in (retry_after, limit.reset if limit else None) if seconds is not None]
        pause = min(max(said), _LONGEST_HOLD) if said else backoff(self._refusals - 1, 0.5)
        self._held_until = max(self._held_until, now + pause)
        if limit is None or limit.remaining > 0:
            self._confident = False
