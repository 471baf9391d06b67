"""How does the check talk to Close: slowly, within a number of calls, with everything kept that was said?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integration_tests.close_contract.headers import lowered
from integration_tests.close_contract.journal import Journal, Made
from integration_tests.close_contract.transport import Call, Lost, Reply, Transport

MOST_CALLS = 500
MOST_SEARCHES = 60
"""Without those of the steps that measure limits and, of searches, without those that measure conditions."""

SECONDS_PER_SEARCH = 1 / 1.5
SECONDS_PER_CALL = 1 / 10
TRIES = 6
_LONGEST_WAIT = 60.0
_AMBIGUOUS = ("POST",)


class TooMuch(Exception):
    """The check would make more calls than it promises."""


class Refused(Exception):
    """Close did not do what a step builds upon; the message names method, path and status and nothing else."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(f"{exchange.method} {exchange.path} was answered with {exchange.status}")
        self.exchange = exchange


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    headers: Mapping[str, str]
    answer: Any
    """As JSON; text where it is none."""

    at: float
    """When it was sent."""

    seconds: float

    @property
    def is_good(self) -> bool:
        return self.status // 100 == 2


class Talk:
    """The calls of one run. `clock` and `sleep` are seconds."""

    def __init__(self, transport: Transport, journal: Journal, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._transport = transport
        self._journal = journal
        self.clock = clock
        self.sleep = sleep
        self.exchanges: list[Exchange] = []
        self.calls = 0
        self.searches = 0
        self.is_cleaning = False
        """What was made is deleted however many calls there were."""

        self._free_at = {True: clock(), False: clock()}

    # --- one call ----------------------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        at_once: bool = False,
        fresh: bool = False,
        counted: bool = True,
    ) -> Exchange:
        """One call and whatever answer it gets; one that is refused for coming too soon is made again.

        `at_once`: without a pause before it, which the next call then makes up for. `fresh`: on another connection.
        """
        call = Call(method, path, dict(query or {}), body)
        for attempt in range(TRIES):
            self._wait(call, at_once=at_once and not attempt)
            self._count(counted=counted)
            exchange = self._made(call, fresh=fresh)
            if exchange is not None and not (exchange.status == 429 or (exchange.status >= 500 and method not in _AMBIGUOUS)):
                return exchange
            if attempt < TRIES - 1:
                self.sleep(_pause(exchange, attempt))
        if exchange is None:
            raise Lost(f"{method} {path}")
        return exchange

    def good(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer to a call that must be carried out. Raises Refused."""
        exchange = self.ask(method, path, body, **more)
        if not exchange.is_good:
            raise Refused(exchange)
        return exchange.answer

    def search(self, body: Any, *, counted: bool = True, at_once: bool = False) -> Exchange:
        """`counted`: among the searches of which there are to be few."""
        if counted and not self.is_cleaning:
            self.searches += 1
            if self.searches > MOST_SEARCHES:
                raise TooMuch(f"more than {MOST_SEARCHES} searches")
        return self.ask("POST", "/data/search/", body, at_once=at_once)

    @property
    def searches_left(self) -> int:
        return MOST_SEARCHES - self.searches

    def rest(self) -> None:
        """Wait until calls that were made at once are made up for; then the next may be made at once as well."""
        self.sleep(max(0.0, *(free - self.clock() for free in self._free_at.values())))

    # --- calls of another kind ---------------------------------------------------------------------------------------

    def together(self, calls: Sequence[Call]) -> list[Exchange]:
        """Calls at the same time, for the step that provokes refusals; as many as it takes, with no pause."""
        at = self.clock()
        found = [_exchange(call, reply, at, self.clock() - at) for call, reply in zip(calls, self._transport.together(calls), strict=True)]
        self.exchanges += found
        return found

    def cut_off(self, path: str, body: Any) -> None:
        """A POST whose answer is not waited for."""
        call = Call("POST", path, {}, body)
        self._wait(call, at_once=False)
        self._count(counted=True)
        self._transport.cut_off(call)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _made(self, call: Call, *, fresh: bool) -> Exchange | None:
        at = self.clock()
        try:
            reply = self._transport.send(call, fresh=fresh)
        except Lost:
            if call.method in _AMBIGUOUS:
                raise
            return None
        exchange = _exchange(call, reply, at, self.clock() - at)
        if call.method == "POST" and exchange.is_good and isinstance(exchange.answer, dict) and "id" in exchange.answer:
            self._journal.note(Made(call.path, str(exchange.answer["id"])))
        self.exchanges.append(exchange)
        return exchange

    def _wait(self, call: Call, *, at_once: bool) -> None:
        is_search = call.path == "/data/search/"
        now = self.clock()
        if not at_once and self._free_at[is_search] > now:
            self.sleep(self._free_at[is_search] - now)
        pause = SECONDS_PER_SEARCH if is_search else SECONDS_PER_CALL
        self._free_at[is_search] = max(self._free_at[is_search], self.clock()) + pause

    def _count(self, *, counted: bool) -> None:
        if not counted or self.is_cleaning:
            return
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise TooMuch(f"more than {MOST_CALLS} calls")


def _pause(exchange: Exchange | None, attempt: int) -> float:
    """What the answer asks for, or a second that doubles."""
    named = lowered(exchange.headers) if exchange else {}
    for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"):
        try:
            return min(float(named[name]) + 0.2, _LONGEST_WAIT)
        except (KeyError, ValueError):
            continue
    return float(2**attempt)


def _exchange(call: Call, reply: Reply, at: float, seconds: float) -> Exchange:
    try:
        answer = json.loads(reply.body)
    except ValueError:
        answer = reply.body[:2000].decode(errors="replace")
    return Exchange(call.method, call.path, call.query, call.body, reply.status, dict(reply.headers), answer, at, seconds)
