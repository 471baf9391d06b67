"""What if Close is away for minutes, talks nonsense, holds us back, or will have no more to do with us?"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from destination_close import destination
from destination_close.airbyte import trace_of
from destination_close.assembly import Surroundings
from destination_close.destination import DestinationClose
from destination_close.model import ConfigError, RunStopped, TransientError
from integration_tests.close_sandbox.adapter import SandboxAdapter
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.settings import CALM, Settings
from unit_tests.support.law import CONFIG, a_sandbox
from unit_tests.support.privacy import assert_private
from unit_tests.support.scenario import CALLS, NO_ANSWER, NOT_DONE, ROWS, WORLD, a_run, assert_as_if_nothing_had_happened

FOUR_MINUTES = 240.0
BEFORE_THE_ROWS = 5
"""Calls that a run makes before its first row: what the account holds, and whether somebody was at work a moment ago."""


def an_outage(sandbox: Sandbox, kind: Any, begins_with_call: int, seconds: float, **only: Any) -> None:
    """From this call of the run on, nothing works for so long."""
    begun: list[float] = []

    def come_and_go(_: Any) -> None:
        if not begun and len(sandbox.calls) >= begins_with_call - 1:
            begun.append(sandbox.clock())
            sandbox.faults.add(Fault(kind, times=None, **only))
        elif begun and sandbox.clock() >= begun[0] + seconds:
            sandbox.faults.clear()

    sandbox.before_request.append(come_and_go)


# --- away ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begins_with_call", [1, 8, 12, 20, 27])
@pytest.mark.parametrize("kind", [*NO_ANSWER, *NOT_DONE])
def test_four_minutes_without_close_are_waited_out(kind: str, begins_with_call: int) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM.but(index_lag=2))
    an_outage(sandbox, kind, begins_with_call, FOUR_MINUTES)
    began = clock()
    ran = a_run(sandbox, clock)
    assert_as_if_nothing_had_happened(sandbox, ran)
    assert clock() - began < FOUR_MINUTES + 90, "seconds after Close was back, work went on"


@pytest.mark.parametrize("begins_with_call", [1, 8, 12, 20, 27])
@pytest.mark.parametrize("kind", [*NO_ANSWER, *NOT_DONE])
def test_a_longer_outage_ends_the_run_for_now_and_the_next_run_completes_it(kind: str, begins_with_call: int) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM.but(index_lag=2))
    an_outage(sandbox, kind, begins_with_call, 3600)
    began = clock()
    ran = a_run(sandbox, clock)
    assert isinstance(ran.failure, TransientError)
    assert 290 < clock() - began < 700
    assert_private(ran, CALM.api_key, ROWS)
    sandbox.before_request.clear()
    sandbox.faults.clear()
    assert_as_if_nothing_had_happened(sandbox, a_run(sandbox, clock))


@pytest.mark.parametrize("call", ["POST lead", "POST contact"])
@pytest.mark.parametrize("kind", NO_ANSWER)
def test_creates_that_go_unanswered_for_four_minutes_are_made_in_the_end(kind: str, call: str) -> None:
    """While all else works, so that what is not there can be seen not to be there."""
    method, path = CALLS[call]
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM.but(index_lag=10))
    an_outage(sandbox, kind, BEFORE_THE_ROWS, FOUR_MINUTES, method=method, path=path)
    assert_as_if_nothing_had_happened(sandbox, a_run(sandbox, clock))


@pytest.mark.parametrize("call", ["POST lead", "POST contact"])
def test_creates_that_are_never_answered_end_the_run(call: str) -> None:
    method, path = CALLS[call]
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM.but(index_lag=10))
    sandbox.faults.add(Fault("500", method=method, path=path, times=None))
    ran = a_run(sandbox, clock)
    assert isinstance(ran.failure, TransientError)
    assert_private(ran, CALM.api_key, ROWS)


def test_a_search_that_is_refused_however_little_it_asks_for_ends_the_run_with_a_message() -> None:
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM.but(max_clauses=0))
    ran = a_run(sandbox, clock)
    assert isinstance(ran.failure, RunStopped)
    assert "search for a single key" in ran.failure.message
    assert ran.states == []


# --- no longer welcome -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["401", "402", "403"])
def test_what_only_the_user_can_fix_stops_the_run_immediately(kind: Any, call: str) -> None:
    """In the middle of the run; what was acknowledged before is in, and nothing is after; the next run completes it."""
    method, path = CALLS[call]
    for skip in (0, 1):
        clock = FakeClock()
        sandbox = a_sandbox(WORLD, clock, CALM)
        sandbox.faults.add(Fault(kind, method=method, path=path, skip=skip, times=None))
        ran = a_run(sandbox, clock)
        assert isinstance(ran.failure, ConfigError)
        assert f"(HTTP {kind})" in ran.failure.message
        assert trace_of(ran.failure, emitted_at=0)["trace"]["error"]["failure_type"] == "config_error"
        assert sum(1 for asked in sandbox.calls if asked.status == int(kind)) == 1, "nothing more is asked"
        assert_private(ran, CALM.api_key, ROWS)
        sandbox.faults.clear()
        assert_as_if_nothing_had_happened(sandbox, a_run(sandbox, clock))


# --- held back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        Settings(early_429=0.5),
        Settings(early_429=0.5, header_form="none", retry_after_on_429=False),
        Settings(early_429=0.5, header_form="comma", retry_after_on_429=False),
        Settings(early_429=0.5, header_form="triplet_only", reset_form="decimal"),
    ],
    ids=["all headers", "none", "ratelimit", "triplet"],
)
def test_calls_refused_for_no_reason_are_sent_again(how: Settings) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, how)
    assert_as_if_nothing_had_happened(sandbox, a_run(sandbox, clock))
    assert sandbox.calls_by_status()[429] > 5


@pytest.mark.parametrize("retry_after", [None, 0.0, 1.0, 30.0])
def test_four_minutes_of_nothing_but_429_are_waited_out(retry_after: float | None) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, Settings())
    an_outage(sandbox, "429", BEFORE_THE_ROWS + 3, FOUR_MINUTES, retry_after=retry_after)
    assert_as_if_nothing_had_happened(sandbox, a_run(sandbox, clock))


# --- whoever waits for an answer on the screen -----------------------------------------------------------------------


class Silent(BaseAdapter):
    """Takes every call and never answers it."""

    def __init__(self, clock: FakeClock, problem: type[requests.RequestException], which: int) -> None:
        super().__init__()
        self._clock, self._problem, self._which = clock, problem, which

    def send(self, request: Any, stream: bool = False, timeout: Any = None, *args: Any, **more: Any) -> Any:
        self._clock.advance(timeout[self._which])
        raise self._problem("nothing", request=request)

    def close(self) -> None:
        """Nothing is open."""


UNREACHABLE: dict[str, Callable[[FakeClock], BaseAdapter]] = {
    "refused": lambda clock: _refusing(clock),
    "no connection": lambda clock: Silent(clock, requests.ConnectTimeout, 0),
    "no answer": lambda clock: Silent(clock, requests.ReadTimeout, 1),
}


def _refusing(clock: FakeClock) -> BaseAdapter:
    sandbox = Sandbox(CALM, clock)
    sandbox.faults.add(Fault("refused", times=None))
    return SandboxAdapter(sandbox)


@pytest.fixture(params=UNREACHABLE)
def unreachable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The connector as the platform starts it, in a world without Close; the clock of it."""
    clock = FakeClock()
    real = destination._around

    def around(stop: threading.Event, *given: Any) -> Surroundings:
        patience = real(stop, *given).outage_seconds
        return Surroundings(
            stop, clock=clock, wall=clock, sleep=clock.sleep, adapter=UNREACHABLE[request.param](clock), outage_seconds=patience
        )

    monkeypatch.setattr(destination, "_around", around)
    return clock


def test_check_says_soon_that_close_cannot_be_reached(unreachable: FakeClock) -> None:
    began = unreachable()
    status = DestinationClose().check(logging.getLogger("airbyte"), CONFIG)
    assert status.status.value == "FAILED"
    assert (
        "Close was unavailable for 15 seconds (last error: no answer from https://api.close.com/api/v1). Try again later." in status.message
    )
    assert unreachable() - began < 45


def test_discover_says_just_as_soon_that_close_cannot_be_reached(unreachable: FakeClock) -> None:
    began = unreachable()
    with pytest.raises(RunStopped, match="Close was unavailable"):
        DestinationClose()._discover_account(CONFIG)
    assert unreachable() - began < 45


def test_the_calls_before_the_rows_are_counted_right() -> None:
    """So that what is told here to strike in the middle of a run does."""
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM)
    a_run(sandbox, clock)
    paths = [call.path for call in sandbox.calls]
    assert list(itertools.takewhile(lambda path: path != "/data/search/", paths)) == paths[:BEFORE_THE_ROWS]
    assert len(paths) > 27
