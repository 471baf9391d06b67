"""Who makes the calls while one thread decides?"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from destination_close.engine import Completed, Threads
from destination_close.engine.workers import run

PATIENCE = 20.0
"""Seconds after which a test gives up; none of them waits that long."""


def fails() -> None:
    raise ValueError("no")


class Reports:
    """A queue that the calls report to."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Completed] = queue.Queue()
        self.put: Callable[[Completed], None] = self._queue.put

    def next(self) -> Completed:
        return self._queue.get(timeout=PATIENCE)

    def results(self, count: int) -> dict[Any, Any]:
        return {completed.token: completed.result for completed in (self.next() for _ in range(count))}


def test_a_call_reports_what_it_returns_or_the_exception_it_raises() -> None:
    assert run(lambda: 5) == 5
    assert isinstance(run(fails), ValueError)


def test_every_call_is_reported_once_with_its_token() -> None:
    reports = Reports()
    workers = Threads(reports.put, most=3)
    for number in range(20):
        workers.submit(number, lambda number=number: number * 2)  # type: ignore[misc]
    assert reports.results(20) == {number: number * 2 for number in range(20)}


def test_calls_run_on_other_threads_than_the_one_that_decides() -> None:
    reports = Reports()
    Threads(reports.put, most=1).submit("call", threading.get_ident)
    assert reports.next().result != threading.get_ident()


def test_calls_run_side_by_side() -> None:
    reports, meeting = Reports(), threading.Barrier(3)
    workers = Threads(reports.put, most=3)
    for number in range(3):
        workers.submit(number, lambda: meeting.wait(PATIENCE))
    assert sorted(reports.results(3).values()) == [0, 1, 2]


def test_no_more_calls_run_at_once_than_allowed() -> None:
    reports, gate, running = Reports(), threading.Event(), threading.Semaphore(2)

    def call() -> bool:
        alone = running.acquire(blocking=False)
        gate.wait(PATIENCE)
        running.release()
        return alone

    workers = Threads(reports.put, most=2)
    for number in range(6):
        workers.submit(number, call)
    gate.set()
    assert all(reports.results(6).values())


def test_a_call_that_fails_takes_no_thread_with_it() -> None:
    reports = Reports()
    workers = Threads(reports.put, most=1)
    workers.submit("bad", fails)
    workers.submit("good", lambda: "done")
    assert isinstance(reports.next().result, ValueError)
    assert reports.next() == Completed("good", "done")


def test_threads_are_started_as_they_are_needed() -> None:
    reports = Reports()
    workers = Threads(reports.put, most=8)
    idents = set()
    for number in range(5):
        workers.submit(number, threading.current_thread)
        idents.add(reports.next().result.name)
    assert idents == {"close-0"}


def test_a_call_that_hangs_does_not_keep_the_process_alive() -> None:
    reports = Reports()
    Threads(reports.put, most=1).submit("call", lambda: threading.current_thread().daemon)
    assert reports.next().result is True


def test_while_a_call_stands_aside_another_is_made_in_its_place() -> None:
    reports, gate = Reports(), threading.Event()
    workers = Threads(reports.put, most=1)

    def patient() -> str:
        with workers.aside():
            assert gate.wait(PATIENCE)
        return "at last"

    workers.submit("patient", patient)
    workers.submit("other", lambda: workers.standing_aside)
    assert reports.next() == Completed("other", 1)
    gate.set()
    assert reports.next() == Completed("patient", "at last")
    assert workers.standing_aside == 0


def test_once_nobody_stands_aside_no_more_calls_run_at_once_than_before() -> None:
    reports, aside, gate = Reports(), threading.Barrier(4), threading.Event()
    workers = Threads(reports.put, most=1)

    def patient() -> None:
        with workers.aside():
            aside.wait(PATIENCE)

    for number in range(4):
        workers.submit(number, patient)
    reports.results(4)
    running = threading.Semaphore(1)

    def call() -> bool:
        alone = running.acquire(blocking=False)
        gate.wait(0.01)
        running.release()
        return alone

    for number in range(8):
        workers.submit(number, call)
    assert all(reports.results(8).values())
