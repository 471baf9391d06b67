"""May a call go out, by the limit of its endpoint and by the limit of all endpoints together? (pure)

Each limit has a budget. Which endpoints share one is learned from the answers. The budget of all counts only if there may be
such a limit: where answers tell of the limits of endpoints and of none of all, there is none.
"""

from __future__ import annotations

from typing import NamedTuple

from destination_close.pacing.budget import Budget
from destination_close.pacing.limits import ALL
from destination_close.pacing.rate_headers import Limits
from destination_close.pacing.sharing import Sharing


class Ticket(NamedTuple):
    """Permission to make one call."""

    endpoint: str
    sent_at: float
    limit: str = ""
    """That it was taken to be under when it went out."""


class Allowance:
    """All limits of one key. Times are seconds on one monotonic clock."""

    def __init__(self, share_percent: int = 100) -> None:
        self._share_percent = share_percent
        self._sharing = Sharing()
        self._budgets: dict[str, Budget] = {}
        self._of_all = Budget(ALL, share_percent)
        self._own_is_told = False
        self._all_is_told = False

    def wait(self, endpoint: str, now: float) -> float:
        """Seconds until it is worth asking again; 0 means go."""
        own = self._budget(self._sharing.limit_of(endpoint)).wait(now)
        return max(own, self._of_all.wait(now)) if self._all_is_told or not self._own_is_told else own

    def sent(self, endpoint: str, now: float) -> Ticket:
        """A call is sent."""
        limit = self._sharing.limit_of(endpoint)
        self._budget(limit).sent(now)
        self._of_all.sent(now)
        return Ticket(endpoint, now, limit)

    def answered(self, ticket: Ticket, now: float, said: Limits, pause: float | None, throttled: bool) -> None:
        """A call was answered; `throttled`: with 429."""
        self._own_is_told |= said.own is not None
        self._all_is_told |= said.of_all is not None
        in_front = throttled and said.of_all is not None and said.own is None
        if said.own is not None and not throttled:
            self._sharing.hear(ticket.endpoint, now, ticket.sent_at, said.own)
        limit = self._sharing.limit_of(ticket.endpoint)
        if in_front or limit != ticket.limit:
            self._budget(ticket.limit).withdrawn(ticket.sent_at)
        if not in_front:
            self._budget(limit).answered(now, ticket.sent_at, said.own, pause, throttled)
        self._of_all.answered(now, ticket.sent_at, said.of_all, pause if in_front else None, in_front)

    def lost(self, ticket: Ticket) -> None:
        """A call will get no answer; Close may have counted it."""
        self._budget(ticket.limit).lost(ticket.sent_at)
        self._of_all.lost(ticket.sent_at)

    def _budget(self, limit: str) -> Budget:
        if limit not in self._budgets:
            self._budgets[limit] = Budget(limit, self._share_percent)
        return self._budgets[limit]
