"""What was created in Close of late, by its event log?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from destination_close.close.event_log import MOST_PAGES, STEP_SECONDS, Created, EventLog
from destination_close.model import ConfigError, Gone, IdFields, ProtocolError
from integration_tests.close_sandbox.clock import FakeClock

NOON = 1_767_614_400.0
"""2026-01-05T12:00:00Z."""

PATIENCE = 20.0

DATA = {"name": "Ann", "emails": [{"email": "ann@acme.example"}], "custom.cf_user": "u", "custom.cf_other": "x"}
EVENT = {"id": "ev_1", "object_id": "cont_1", "lead_id": "lead_1", "data": DATA, "previous_data": {}}


class Log:
    """Of Close: answers each time what `answer` makes."""

    def __init__(self, answer: Callable[[], list[dict[str, Any]]] = lambda: [EVENT]) -> None:
        self.asked: list[Mapping[str, str]] = []
        self.pages: list[int] = []
        self._answer = answer

    def events(self, filters: Mapping[str, str], *, max_pages: int = 40) -> list[dict[str, Any]]:
        self.asked.append(filters)
        self.pages.append(max_pages)
        return self._answer()


def an_event_log(close: Log, clock: Callable[[], float] | None = None) -> EventLog:
    return EventLog(close, IdFields("cf_company", "cf_user"), clock=clock or FakeClock())


def test_it_reports_ids_and_emails_of_what_was_created_and_nothing_else() -> None:
    told = {"emails": [{"email": "ann@acme.example"}], "custom.cf_user": "u"}
    assert an_event_log(Log()).created("contact", NOON) == (Created("cont_1", "lead_1", told),)


def test_it_reads_back_to_a_round_time_before_and_far_enough() -> None:
    close = Log()
    an_event_log(close).created("lead", NOON + STEP_SECONDS - 1)
    assert close.asked == [{"object_type": "lead", "action": "created", "date_updated__gte": "2026-01-05T12:00:00"}]
    assert close.pages == [MOST_PAGES]


@pytest.mark.parametrize("odd", [{}, {"object_id": "x", "data": None}, {"object_id": "x", "lead_id": None, "data": "x"}])
def test_an_event_with_little_information_does_no_harm(odd: dict[str, Any]) -> None:
    ((created),) = an_event_log(Log(lambda: [odd])).created("lead", NOON)
    assert (created.lead_id, created.data) == ("", {})


@pytest.mark.parametrize("failure", [ConfigError("403"), ProtocolError("400")])
def test_a_log_that_may_not_be_read_reports_nothing(failure: Exception) -> None:
    def fail() -> list[dict[str, Any]]:
        raise failure

    assert an_event_log(Log(fail)).created("lead", NOON) == ()


def test_whatever_else_goes_wrong_is_raised_and_the_log_can_be_read_again() -> None:
    failures = iter([Gone("x")])

    def fail_once() -> list[dict[str, Any]]:
        for failure in failures:
            raise failure
        return [EVENT]

    log = an_event_log(Log(fail_once))
    with pytest.raises(Gone):
        log.created("lead", NOON)
    assert len(log.created("lead", NOON)) == 1


def test_each_look_sees_what_is_there_by_then() -> None:
    close, clock = Log(), FakeClock()
    log = an_event_log(close, clock)
    log.created("lead", NOON)
    clock.advance(1)
    log.created("lead", NOON)
    assert len(close.asked) == 2


class Storm:
    """Threads that look at the same time: the first is let read only when all the others wait."""

    def __init__(self, since: list[float]) -> None:
        self._looks = len(since)
        self._time, self._lock = 0.0, threading.Lock()
        self.close = Log(self._answer)
        log = an_event_log(self.close, self._clock)
        self.results: list[tuple[Created, ...]] = []
        first = threading.Thread(target=lambda: self.results.append(log.created("contact", since[0])))
        first.start()
        others = [threading.Thread(target=self._look, args=(log, moment)) for moment in since[1:]]
        for thread in others:
            thread.start()
        for thread in (first, *others):
            thread.join(PATIENCE)

    def _clock(self) -> float:
        with self._lock:
            self._time += 1
            return self._time

    def _look(self, log: EventLog, since: float) -> None:
        self.results.append(log.created("contact", since))

    def _answer(self) -> list[dict[str, Any]]:
        """The first reading takes until all have come; each comes, and each reading begins, with a look at the clock."""
        while len(self.close.asked) == 1 and self._time < self._looks + 1:
            threading.Event().wait(0.001)
        return [EVENT]


def test_callers_waiting_while_it_is_read_share_the_next_reading() -> None:
    storm = Storm([NOON] * 8)
    assert len(storm.results) == 8
    assert len(storm.close.asked) == 2


def test_a_caller_who_looks_further_back_reads_again() -> None:
    storm = Storm([NOON, NOON, NOON - 3600])
    assert len(storm.results) == 3
    assert min(asked["date_updated__gte"] for asked in storm.close.asked) == "2026-01-05T11:00:00"
