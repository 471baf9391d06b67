"""Is Close right in the end, whichever call goes wrong, in whichever way, at whatever moment, however late its index is?

Every kind of fault, before the call is carried out and after, on every kind of call, with three lags of the index. Answers
that are no faults, but refusals of a row or the end of the run, have tests of their own.
"""

from __future__ import annotations

import itertools
from typing import Any, Literal

import pytest

from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.faults import KINDS, Fault
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support.law import TIGHT, a_sandbox
from unit_tests.support.scenario import CALLS, NO_ANSWER, NOT_DONE, VERDICTS, WORLD, a_run, assert_as_if_nothing_had_happened

When = Literal["before", "after"]

FAULTS = [*itertools.product((*NO_ANSWER, *NOT_DONE), ("before",)), *itertools.product(NO_ANSWER, ("after",))]
LAGS = (0.0, 2.0, 10.0)


def struck(call: str, fault: Fault, lag: float, **switches: Any) -> None:
    """One run with one fault planned, which must have struck."""
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM.but(**{"index_lag": lag, **switches}))
    sandbox.faults.add(fault)
    ran = a_run(sandbox, clock)
    assert sandbox.faults.struck >= 1, f"no {call} to strike"
    assert_as_if_nothing_had_happened(sandbox, ran)


def test_every_kind_of_fault_has_its_place_here() -> None:
    assert sorted((*NO_ANSWER, *NOT_DONE, *VERDICTS)) == sorted(KINDS)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("kind", "when"), FAULTS)
def test_a_fault_leaves_no_trace(kind: Any, when: When, call: str) -> None:
    """The first call and a later one, with each lag of the index; and three calls in a row."""
    method, path = CALLS[call]
    for lag, skip, times in (*itertools.product(LAGS, (0, 1), (1,)), (LAGS[-1], 0, 3)):
        struck(call, Fault(kind, when, method, path, times=times, skip=skip), lag)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("header_form", ["semicolon", "old", "reset_only", "none"])
@pytest.mark.parametrize("shared_groups", [True, False])
def test_a_fault_leaves_no_trace_where_calls_are_refused_besides(shared_groups: bool, header_form: str, call: str) -> None:
    method, path = CALLS[call]
    tight = {"rate_limits": True, "limits": TIGHT, "edge_limit": (4,), "shared_groups": shared_groups, "header_form": header_form}
    for when, window_start in itertools.product(("before", "after"), ("grid", "first_call")):
        struck(call, Fault("timeout", when, method, path), LAGS[1], window_start=window_start, early_429=0.1, **tight)


@pytest.mark.parametrize("call", ["POST lead", "POST contact"])
@pytest.mark.parametrize("kind", NO_ANSWER)
def test_a_create_that_goes_through_after_its_caller_gave_up_is_not_sent_again(kind: Any, call: str) -> None:
    method, path = CALLS[call]
    for lag, late, skip in itertools.product(LAGS, (0.3, 3.0, 6.0), (0, 1)):
        struck(call, Fault(kind, "after", method, path, skip=skip, late=late), lag)


@pytest.mark.parametrize("call", ["POST lead", "POST contact"])
@pytest.mark.parametrize("blind", ["index_lag", "event_lag"])
def test_a_lost_create_is_found_even_while_search_or_the_event_log_is_blind(blind: str, call: str) -> None:
    """Of the ways to look for it, each is enough."""
    method, path = CALLS[call]
    for skip in (0, 1):
        struck(call, Fault("timeout", "after", method, path, skip=skip), 0.0, **{blind: 3600.0})
