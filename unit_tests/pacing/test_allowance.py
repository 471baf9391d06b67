"""Are all limits of a key kept at once, whichever calls share them?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from destination_close.pacing.allowance import Allowance
from destination_close.pacing.limits import WRITE
from destination_close.pacing.rate_headers import Limit, Limits
from unit_tests.support.mixed_load import MIX, MixedLoad
from unit_tests.support.window_server import OURS, SOMEBODY_ELSES, Form, Front, Reply, WindowServer

OWN = {"search": "search", "GET lead": "GET lead", "GET contact": "GET contact", "POST opportunity": "POST opportunity"}
SHARED = {**OWN, **dict.fromkeys(("POST lead", "POST contact", "PUT lead", "PUT contact"), WRITE)}
APART = {**OWN, "POST lead": WRITE, "POST contact": WRITE, "PUT lead": "PUT lead", "PUT contact": "PUT contact"}


def a_front(shares: dict[str, str], *, edge: int | None = None, form: Form = "semicolon", first_call: bool = False, **more: Any) -> Front:
    names = dict.fromkeys(shares.values())
    limits = {
        name: WindowServer(16 if name == "search" else 240, phase=0.7 * number, opens_with_first_call=first_call, form=form, **more)
        for number, name in enumerate(names)
    }
    in_front = WindowServer(edge, period=1.0, phase=0.13, form="none" if form == "none" else "semicolon") if edge else None
    return Front(limits, shares, in_front)


# --- whole loads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", [SHARED, APART], ids=["shared", "apart"])
@pytest.mark.parametrize("edge", [None, 60, 100])
@pytest.mark.parametrize("first_call", [False, True])
@pytest.mark.parametrize("form", ["semicolon", "three headers", "old three headers", "without reset", "none"])
def test_hardly_any_call_of_a_mixed_load_is_refused(shares: dict[str, str], edge: int | None, first_call: bool, form: Form) -> None:
    front = a_front(shares, edge=edge, form=form, first_call=first_call)
    load = MixedLoad(front.ask)
    load.run(60)
    assert load.refused_part < 0.01
    assert load.calls.total() > 60 * (45 if edge == 60 or form == "none" else 60)


@pytest.mark.parametrize("edge", [None, 60])
def test_the_limit_that_post_and_put_share_is_used_up(edge: int | None) -> None:
    front = a_front(SHARED, edge=edge)
    MixedLoad(front.ask).run(80)
    assert front.limits[WRITE].use() >= 0.97


def test_where_post_and_put_have_their_own_limits_each_is_used_up() -> None:
    front = a_front(APART)
    mix = {"POST lead": 30, "PUT lead": 30, "PUT contact": 30}
    MixedLoad(front.ask).run(120, mix)
    for limit in set(mix) - {"POST lead"} | {WRITE}:
        assert [window.total() for window in front.limits[limit].full_windows()][3:] == [240] * 11, limit


def test_where_close_parts_the_limits_later_no_call_waits_for_longer_than_a_window() -> None:
    front, moments = a_front(APART), []

    def ask(now: float, endpoint: str) -> Reply:
        front.shares = SHARED if now < 60 else APART
        moments.append(now)
        return front.ask(now, endpoint)

    load = MixedLoad(ask)
    load.run(120, {"POST lead": 20, "PUT lead": 20})
    assert max(later - earlier for earlier, later in itertools.pairwise(moments)) < 8
    assert load.refused_part < 0.01
    assert [window.total() for window in front.limits["PUT lead"].full_windows()][2:] == [240] * 4


@pytest.mark.parametrize(("seconds", "use"), [((0.02, 0.3), 0.8), ((0.06, 0.06), 0.8), ((0.24, 0.4), 0.7), ((0.1, 1.0), 0.55)])
def test_most_of_the_limit_over_all_endpoints_is_used_and_hardly_any_call_refused(seconds: tuple[float, float], use: float) -> None:
    """Its `reset` is the same all through its windows, so where they end is not known: calls are spread."""
    front = a_front(APART, edge=60)
    load = MixedLoad(front.ask, seconds_there_and_back=seconds)
    load.run(60)
    assert front.edge is not None
    assert front.edge.use() >= use
    assert load.refused_part < 0.003


def test_creates_of_another_kind_that_use_up_the_limit_on_writes_are_found_out() -> None:
    front = a_front({**SHARED, "POST opportunity": WRITE})
    load = MixedLoad(front.ask)
    load.run(120, {"POST lead": 20, "POST opportunity": 20})
    assert load.refused_part < 0.01
    assert front.limits[WRITE].use() >= 0.95


@pytest.mark.parametrize("first_call", [False, True])
def test_the_share_holds_for_writes_together_and_for_all_calls_together(first_call: bool) -> None:
    front = a_front(SHARED, edge=60, first_call=first_call)
    load = MixedLoad(front.ask, Allowance(30))
    load.run(80)
    assert front.edge is not None
    assert max(window[OURS] for window in front.limits[WRITE].full_windows()) <= 72
    of_all = [window[OURS] for window in front.edge.full_windows()]
    assert sum(of_all) / len(of_all) <= 18
    assert load.throttled.total() == 0
    assert sum(window[OURS] for window in front.limits[WRITE].full_windows()) >= 0.9 * 72 * len(front.limits[WRITE].full_windows())


def test_somebody_else_at_other_endpoints_takes_from_the_limit_over_all() -> None:
    front = a_front(SHARED, edge=60)
    others: list[tuple[float, Callable[[float], Any]]] = [
        (0.05 * number, lambda now: front.ask(now, "GET contact", SOMEBODY_ELSES)) for number in range(int(60 / 0.05))
    ]
    load = MixedLoad(front.ask, others=others)
    load.run(60, {name: workers for name, workers in MIX.items() if name != "GET contact"})
    assert load.refused_part < 0.02
    assert load.calls.total() > 60 * 27


# --- one call after the other --------------------------------------------------------------------------------------------


def call(allowance: Allowance, endpoint: str, now: float, limits: Limits, pause: float | None = None, status: int = 200) -> None:
    assert allowance.wait(endpoint, now) == 0
    allowance.answered(allowance.sent(endpoint, now), now, limits, pause, status == 429)


def test_what_is_refused_in_front_holds_back_every_endpoint_and_is_not_counted_as_its_own() -> None:
    allowance = Allowance()
    call(allowance, "GET lead", 0.0, Limits(Limit(2, 1, 8.0), Limit(60, 59, 1.0, 1.0)))
    call(allowance, "GET lead", 0.1, Limits(None, Limit(60, 0, 1.0, 1.0)), status=429)
    assert allowance.wait("search", 0.1) == pytest.approx(1.0)
    assert allowance.wait("GET lead", 1.2) == 0.0


def test_what_its_own_limit_refuses_holds_back_no_other_endpoint() -> None:
    allowance = Allowance()
    call(allowance, "GET lead", 0.0, Limits(Limit(2, 0, 8.0), Limit(60, 59, 1.0, 1.0)), status=429)
    assert allowance.wait("GET lead", 0.1) == pytest.approx(7.9)
    assert allowance.wait("search", 0.1) == 0.0


def test_a_429_that_says_nothing_but_when_to_come_back_is_waited_for() -> None:
    allowance = Allowance()
    call(allowance, "POST lead", 0.0, Limits(None, None), 3.0, 429)
    assert allowance.wait("PUT contact", 0.0) == pytest.approx(3.0)


def test_where_answers_tell_of_no_limit_over_all_there_is_none() -> None:
    allowance = Allowance()
    call(allowance, "POST lead", 0.0, Limits(Limit(240, 239, 8.0), None))
    sent = 0
    while allowance.wait("POST lead", 0.1) == 0 and sent < 500:
        allowance.sent("POST lead", 0.1)
        sent += 1
    assert sent == 239


def test_where_answers_tell_of_no_limit_at_all_calls_are_spread_over_all_endpoints() -> None:
    allowance = Allowance()
    for number in range(100):
        call_at = 0.0
        while (seconds := allowance.wait(f"GET {number}", call_at)) > 0:
            call_at += seconds
        allowance.answered(allowance.sent(f"GET {number}", call_at), call_at, Limits(None, None), None, False)
    assert allowance.wait("GET other", 0.0) == pytest.approx(100 / 50)


def test_a_lost_call_counts_for_its_own_limit_and_for_that_of_all() -> None:
    allowance = Allowance()
    call(allowance, "GET lead", 0.0, Limits(Limit(3, 2, 8.0), Limit(3, 2, 8.0)))
    for _ in range(2):
        allowance.lost(allowance.sent("GET lead", 0.1))
    assert allowance.wait("GET lead", 0.2) > 7
    assert allowance.wait("GET contact", 0.2) > 7


def test_an_answer_to_a_call_that_went_out_under_another_limit_is_awaited_there_no_longer() -> None:
    allowance = Allowance()
    early = allowance.sent("PUT lead", 0.0)
    for number in range(4):
        now = 0.2 * number + 0.1
        left = Limit(240, 239 - number, 8.0)
        call(allowance, "POST lead", now, Limits(left, None))
        call(allowance, "PUT lead", now + 0.1, Limits(left, None))
    allowance.answered(early, 2.0, Limits(Limit(240, 235, 6.0), None), None, False)
    call(allowance, "POST lead", 2.1, Limits(Limit(240, 229, 6.0), None))
    sent = 0
    while allowance.wait("POST lead", 2.2) == 0:
        allowance.sent("POST lead", 2.2)
        sent += 1
    assert sent == 229
