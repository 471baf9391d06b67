from __future__ import annotations

import heapq
import threading
from collections.abc import Callable

import pytest

from destination_close.pacing import Pacer, PacerStats
from destination_close.pacing.allowance import Ticket
from unit_tests.support.window_server import WindowServer


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert len(self.slept) < 1000, "nobody will ever wake up"
        self.slept.append(seconds)
        self.now += seconds


class TeamClock:
    """Time that passes when every thread of a team sleeps, and then to the moment at which the first of them wakes."""

    def __init__(self, team: int) -> None:
        self.now = 100.0
        self.team = team
        self._awake = team
        self._wakings: list[float] = []
        self._turn = threading.Condition()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._turn:
            waking = self.now + seconds
            heapq.heappush(self._wakings, waking)
            self._leave()
            assert self._turn.wait_for(lambda: self.now >= waking, timeout=30)

    def leave(self) -> None:
        """This thread is done."""
        with self._turn:
            self._leave()

    def _leave(self) -> None:
        self._awake -= 1
        if self._awake == 0 and self._wakings:
            self.now = self._wakings[0]
            while self._wakings and self._wakings[0] <= self.now:
                heapq.heappop(self._wakings)
                self._awake += 1
            self._turn.notify_all()


def together(clock: TeamClock, work: Callable[[], None]) -> None:
    """Run the work on every thread of the team."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001  told to the test below
            failures.append(failure)
        finally:
            clock.leave()

    threads = [threading.Thread(target=run) for _ in range(clock.team)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    return {"RateLimit": f"limit={limit}, remaining={remaining}, reset={reset}"}


def paced(clock: Clock) -> Pacer:
    return Pacer(clock=clock, sleep=clock.sleep)


def exhausted(clock: Clock, reset: float = 2.5) -> Pacer:
    """A pacer that knows: no search for so long."""
    pacer = paced(clock)
    pacer.learn(pacer.admit("search"), 200, headers(16, 0, reset))
    return pacer


def test_a_call_goes_out_at_once_while_there_is_room() -> None:
    clock = Clock()
    pacer = paced(clock)
    assert pacer.admit("search") == Ticket("search", 100.0, "search")
    assert clock.slept == []


def test_a_call_waits_for_the_next_window_in_slices_of_a_second() -> None:
    clock = Clock()
    ticket = exhausted(clock).admit("search")
    assert clock.slept == [1.0, 1.0, 0.5]
    assert ticket.sent_at == 102.5


def test_one_limit_is_waited_for_while_calls_under_another_go_on() -> None:
    clock = Clock()
    pacer = paced(clock)
    pacer.learn(pacer.admit("search"), 429, headers(16, 0, 3))
    pacer.admit("POST lead")
    assert clock.slept == []
    pacer.admit("search")
    assert clock.now == 103.0


def test_a_retry_after_without_429_holds_nothing_back() -> None:
    clock = Clock()
    pacer = paced(clock)
    pacer.learn(pacer.admit("POST lead"), 503, {"Retry-After": "3"})
    pacer.admit("POST lead")
    assert clock.now < 101.0


def test_the_share_is_kept() -> None:
    clock = Clock()
    pacer = Pacer(clock=clock, sleep=clock.sleep, share_percent=50)
    for used in range(1, 10):
        pacer.learn(pacer.admit("search"), 200, headers(16, 16 - used, 8 - (clock.now - 100.0)))
    assert clock.now == pytest.approx(108.0)


def test_calls_without_an_answer_make_room_again() -> None:
    clock = Clock()
    pacer = paced(clock)
    for _ in range(10):
        pacer.lost(pacer.admit("search"))
    assert clock.slept == []


class Stop(Exception):
    pass


def test_a_sleep_that_raises_ends_the_wait_and_changes_nothing_else() -> None:
    clock = Clock()
    stopping = True

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if stopping:
            raise Stop

    pacer = Pacer(clock=clock, sleep=sleep)
    pacer.learn(pacer.admit("search"), 200, headers(16, 0, 2.5))
    with pytest.raises(Stop):
        pacer.admit("search")
    assert pacer.stats() == PacerStats(calls=1, throttled=0, waited_seconds=1.0)
    clock.now += 10  # nobody waits meanwhile
    stopping = False
    pacer.learn(pacer.admit("search"), 200, headers(16, 15, 8))
    assert pacer.stats() == PacerStats(calls=2, throttled=0, waited_seconds=1.0)


def test_sleeping_does_not_keep_others_from_asking() -> None:
    clock = Clock()
    asked: list[Ticket] = []

    def sleep(seconds: float) -> None:
        asked.append(pacer.admit("POST lead"))
        pacer.learn(asked[-1], 200, {})
        clock.sleep(seconds)

    pacer = Pacer(clock=clock, sleep=sleep)
    pacer.learn(pacer.admit("search"), 200, headers(16, 0, 0.5))
    pacer.admit("search")
    assert [ticket.endpoint for ticket in asked] == ["POST lead"]


def test_calls_and_refusals_are_counted() -> None:
    clock = Clock()
    pacer = paced(clock)
    pacer.learn(pacer.admit("search"), 200, headers(16, 14, 8))
    pacer.learn(pacer.admit("search"), 429, headers(16, 0, 7))
    pacer.lost(pacer.admit("POST lead"))
    assert pacer.stats() == PacerStats(calls=3, throttled=1, waited_seconds=0.0)


def test_time_is_counted_once_however_many_wait() -> None:
    clock = TeamClock(4)
    pacer = Pacer(clock=clock, sleep=clock.sleep)
    pacer.learn(pacer.admit("search"), 200, headers(16, 0, 5.0))
    delays = iter((0.5, 1.0, 1.5, 2.0))

    def work() -> None:
        clock.sleep(next(delays))
        pacer.lost(pacer.admit("search"))

    together(clock, work)
    assert 4.5 <= pacer.stats().waited_seconds < 6.5


def test_time_being_waited_is_counted_already() -> None:
    clock = Clock()
    seen: list[float] = []

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        seen.append(pacer.stats().waited_seconds)

    pacer = Pacer(clock=clock, sleep=sleep)
    pacer.learn(pacer.admit("search"), 200, headers(16, 0, 2.5))
    pacer.admit("search")
    assert seen == [1.0, 2.0, 2.5]


def test_threads_together_use_every_window_and_are_not_refused() -> None:
    clock = TeamClock(8)
    pacer = Pacer(clock=clock, sleep=clock.sleep)
    server = WindowServer(limit=16, phase=3.3)
    one_at_a_time = threading.Lock()

    def work() -> None:
        for _ in range(12):
            ticket = pacer.admit("search")
            clock.sleep(0.03)
            with one_at_a_time:
                reply = server.ask(clock.now)
            clock.sleep(0.03)
            pacer.learn(ticket, *reply)

    together(clock, work)
    assert [window.total() for window in server.windows.values()] == [16] * 6
    stats = pacer.stats()
    assert (stats.calls, stats.throttled) == (8 * 12, 0)
    assert 35 < stats.waited_seconds < 42
