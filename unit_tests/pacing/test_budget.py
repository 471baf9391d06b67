from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from destination_close.pacing import Action, after, backoff
from destination_close.pacing.budget import Budget, Limit
from destination_close.pacing.limits import ALL, SEARCH, WRITE, limit_of
from destination_close.pacing.rate_headers import read_limit, read_limits, read_pause
from unit_tests.support.window_server import OURS, SOMEBODY_ELSES, Form, Reply, Rounding, WindowServer

# --- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        ({"RateLimit": "limit=100, remaining=50, reset=5"}, Limit(100, 50, 5.0)),
        ({"ratelimit": "limit=16; remaining=14; reset=1"}, Limit(16, 14, 1.0)),
        ({"RATELIMIT": "Limit=16;Remaining=14;Reset=7.835674"}, Limit(16, 14, 7.835674)),
        ({"ratelimit": " reset = 1.5 , limit = 16 , remaining = 0 "}, Limit(16, 0, 1.5)),
        ({"ratelimit-limit": "100", "RateLimit-Remaining": "99", "ratelimit-reset": "1"}, Limit(100, 99, 1.0)),
        ({"x-rate-limit-limit": "240", "x-rate-limit-remaining": "239", "x-rate-limit-reset": "7.835674"}, Limit(240, 239, 7.835674)),
        ({"ratelimit": "limit=16, remaining=14"}, Limit(16, 14, None)),
        ({"ratelimit": "limit=16, remaining=14, reset=1700000000"}, Limit(16, 14, None)),
        ({"ratelimit": "limit=16, reset=1"}, None),
        ({"ratelimit": "limit=0, remaining=0, reset=1"}, None),
        ({"ratelimit": "limit=many, remaining=few, reset=soon"}, None),
        ({"ratelimit": ""}, None),
        ({"ratelimit-limit": "100", "ratelimit-remaining": "", "ratelimit-reset": "1"}, None),
        ({"ratelimit": f"limit={'9' * 400}; remaining=1; reset=1"}, None),
        ({"ratelimit-limit": "9" * 400, "ratelimit-remaining": "1", "ratelimit-reset": "1"}, None),
        ({"ratelimit-limit": "100", "ratelimit-remaining": "-1", "ratelimit-reset": "1"}, None),
        ({"Content-Type": "application/json"}, None),
        ({}, None),
    ],
)
def test_the_limit_is_read_in_every_form(headers: dict[str, str], limit: Limit | None) -> None:
    assert read_limit(headers) == limit
    assert read_limit(CaseInsensitiveDict(headers)) == limit


def test_of_two_forms_in_one_answer_the_one_that_leaves_fewer_calls_counts() -> None:
    """As seen in 2026: the one header did not count the call itself, the three did."""
    both = {"ratelimit": "limit=100; remaining=100; reset=1", "ratelimit-limit": "100", "ratelimit-remaining": "99", "ratelimit-reset": "1"}
    assert read_limit(both) == Limit(100, 99, 1.0)


GROUPS_OWN = {"x-rate-limit-limit": "240", "x-rate-limit-remaining": "239", "x-rate-limit-reset": "7.2"}
OF_ALL = {"x-ratelimit-limit": "60, 60;w=1, 100;w=1", "x-ratelimit-remaining": "59", "x-ratelimit-reset": "1"}
OF_ALL_AGAIN = {"ratelimit-limit": "60", "ratelimit-remaining": "59", "ratelimit-reset": "1"}


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({**GROUPS_OWN, **OF_ALL, **OF_ALL_AGAIN}, (Limit(240, 239, 7.2), Limit(60, 59, 1.0, 1.0))),
        ({**OF_ALL, **OF_ALL_AGAIN}, (None, Limit(60, 59, 1.0, 1.0))),
        ({**OF_ALL, "ratelimit": "limit=16; remaining=3; reset=4"}, (Limit(16, 3, 4.0), Limit(60, 59, 1.0, 1.0))),
        ({**OF_ALL, "X-RateLimit-Limit": "100, 60;w=1, 100;w=1"}, (None, Limit(100, 59, 1.0, 1.0))),
        ({**OF_ALL, "X-RateLimit-Limit": "60"}, (None, Limit(60, 59, 1.0))),
        ({**OF_ALL, "X-RateLimit-Limit": "60, 60;w=60"}, (None, Limit(60, 59, 1.0))),
        ({**OF_ALL, "X-RateLimit-Limit": "60;w=1"}, (None, None)),
        ({**OF_ALL, "X-RateLimit-Limit": "many"}, (None, None)),
        ({**OF_ALL, "X-RateLimit-Remaining": "few"}, (None, None)),
        ({**OF_ALL, "X-RateLimit-Reset": "soon"}, (None, Limit(60, 59, None))),
        (OF_ALL_AGAIN, (Limit(60, 59, 1.0), None)),
    ],
)
def test_the_limit_over_all_endpoints_is_told_apart_from_the_endpoints_own(headers: dict[str, str], limits: tuple[Any, Any]) -> None:
    assert read_limits(CaseInsensitiveDict(headers)) == limits


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"Retry-After": " 0.25 "}, 0.25),
        ({"Retry-After": "0"}, 0.0),
        ({"RateLimit-Reset": "3"}, 3.0),
        ({"ratelimit-reset": "0.75"}, 0.75),
        ({"RateLimit-Reset": "3", "Retry-After": "2"}, 3.0),
        ({"RateLimit-Reset": "1", "Retry-After": "2"}, 2.0),
        ({"RateLimit-Reset": "1700000000"}, None),
        ({"RateLimit-Reset": "1700000000", "Retry-After": "2"}, 2.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_the_pause_after_a_429_is_the_longer_of_what_is_said_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert read_pause(headers) == seconds
    assert read_pause(CaseInsensitiveDict(headers)) == seconds


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "/data/search/", SEARCH),
        ("post", "data/search", SEARCH),
        ("POST", "/lead/", WRITE),
        ("POST", "/contact/", WRITE),
        ("POST", "/custom_field/lead/", WRITE),
        ("POST", "/lead/merge/", "POST lead/merge"),
        ("PUT", "/custom_field/lead/cf_1/", WRITE),
        ("GET", "/lead/lead_1/", "GET lead"),
        ("GET", "/lead/?_limit=1", "GET lead"),
        ("GET", "/contact/?lead_id=lead_1", "GET contact"),
        ("PUT", "/lead/lead_1/", WRITE),
        ("PUT", "/contact/cont_1/", WRITE),
        ("PUT", "/opportunity/oppo_1/", "PUT opportunity"),
        ("POST", "/opportunity/", "POST opportunity"),
        ("GET", "/event/?_limit=50", "GET event"),
        ("GET", "/me/?_fields=id", "GET me"),
        ("GET", "/custom_field_schema/lead/", "GET custom_field_schema"),
        ("GET", "/data/search/", "GET data"),
    ],
)
def test_calls_share_a_limit_by_method_and_first_part_of_the_path_and_writes_by_what_is_recorded(
    method: str, path: str, limit: str
) -> None:
    assert limit_of(method, path) == limit


# --- the retry table -------------------------------------------------------------------------------------------------

R, A, F = Action.REPEAT, Action.AMBIGUOUS, Action.FINAL


@pytest.mark.parametrize(
    ("status", "get", "put", "search", "create"),
    [
        (408, R, R, R, A),
        (429, R, R, R, R),
        (500, R, R, R, A),
        (502, R, R, R, A),
        (503, R, R, R, R),
        (504, R, R, R, A),
        *((status, F, F, F, F) for status in (200, 201, 302, 400, 401, 402, 403, 404, 405, 413, 415, 501)),
    ],
)
def test_only_calls_that_are_harmless_twice_are_repeated_after_an_unsure_end(
    status: int, get: Action, put: Action, search: Action, create: Action
) -> None:
    assert after("GET", "/lead/lead_1/", status) is get
    assert after("PUT", "/contact/cont_1/", status) is put
    assert after("POST", "/data/search/", status) is search
    assert after("POST", "/lead/", status) is create
    assert after("POST", "/contact/", status) is create


def test_pauses_double_up_to_fifteen_seconds() -> None:
    assert [backoff(attempt, 0.5) for attempt in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]
    assert backoff(10_000, 0.5) == 15


def test_pauses_differ_by_jitter() -> None:
    assert backoff(2, 0.0) == 1.5
    assert backoff(2, 0.999) == pytest.approx(2.5, abs=0.01)


# --- one budget, by hand ---------------------------------------------------------------------------------------------


def sent_at_once(budget: Budget, now: float, most: int = 1000) -> int:
    """How many calls go out at this moment."""
    for count in range(most):
        if budget.wait(now) > 0:
            return count
        budget.sent(now)
    return most


def informed(name: str, limit: Limit, *, share_percent: int = 100) -> Budget:
    """A budget whose calls used what is no longer left, all at 0 and answered at once."""
    budget = Budget(name, share_percent)
    for used in range(1, limit.limit - limit.remaining + 1):
        budget.sent(0.0)
        budget.answered(0.0, 0.0, limit._replace(remaining=limit.limit - used), None, throttled=False)
    return budget


@pytest.mark.parametrize(("limit", "few"), [(SEARCH, 2), (WRITE, 8), (ALL, 16)])
def test_few_calls_go_out_before_the_first_answer(limit: str, few: int) -> None:
    assert sent_at_once(Budget(limit), 0.0) == few


@pytest.mark.parametrize(("share_percent", "few"), [(50, 4), (10, 1), (1, 1)])
def test_of_a_share_fewer_calls_go_out_before_the_first_answer(share_percent: int, few: int) -> None:
    assert sent_at_once(Budget(WRITE, share_percent), 0.0) == few


def test_all_that_is_left_goes_out_at_once() -> None:
    assert sent_at_once(informed(SEARCH, Limit(16, 15, 5.0)), 1.0) == 15


def test_when_nothing_is_left_the_end_of_the_window_is_waited_for() -> None:
    assert informed(SEARCH, Limit(16, 0, 5.0)).wait(1.0) == 4.0


def test_the_earliest_end_that_answers_prove_counts() -> None:
    budget = Budget(SEARCH)
    budget.sent(0.0)
    budget.sent(0.4)
    budget.answered(0.1, 0.0, Limit(16, 1, 5.0), None, throttled=False)
    budget.answered(0.5, 0.4, Limit(16, 0, 4.0), None, throttled=False)
    assert budget.wait(1.0) == pytest.approx(3.5 - 0.075)


def test_a_call_sets_out_earlier_by_most_of_the_quickest_round_trip() -> None:
    budget = Budget(SEARCH)
    for sent_at, now, remaining in ((0.0, 0.3, 2), (0.4, 0.46, 1), (0.5, 0.7, 0)):
        budget.sent(sent_at)
        budget.answered(now, sent_at, Limit(16, remaining, 8.0), None, throttled=False)
    assert budget.wait(1.0) == pytest.approx(8.3 - 1.0 - 0.75 * 0.06)


def test_once_a_call_came_too_early_the_end_of_the_window_is_waited_for() -> None:
    budget = Budget(SEARCH)
    budget.sent(0.0)
    budget.answered(0.1, 0.0, Limit(16, 0, 4.0), None, throttled=False)
    assert budget.wait(4.03) == 0.0
    budget.sent(4.03)
    budget.answered(4.13, 4.03, Limit(16, 0, 0.001), 0.001, throttled=True)
    budget.sent(4.2)
    budget.answered(4.3, 4.2, Limit(16, 0, 8.0), None, throttled=False)
    assert budget.wait(5.0) == pytest.approx(12.3 - 5.0)


def test_calls_in_flight_are_subtracted_from_what_is_left() -> None:
    budget = informed(SEARCH, Limit(16, 4, 5.0))
    assert sent_at_once(budget, 1.0) == 4
    assert 0 < budget.wait(1.0) <= 0.1  # an answer may show that there is room


def test_an_answer_that_was_overtaken_frees_nothing() -> None:
    budget = informed(SEARCH, Limit(16, 3, 5.0))
    assert sent_at_once(budget, 1.0) == 3
    budget.answered(1.1, 1.0, Limit(16, 0, 4.0), None, throttled=False)
    budget.answered(1.2, 1.0, Limit(16, 2, 4.0), None, throttled=False)
    assert budget.wait(1.2) == pytest.approx(3.8)


def test_a_new_window_is_entered_with_few_calls_until_one_is_answered() -> None:
    budget = informed(WRITE, Limit(240, 0, 5.0))
    assert sent_at_once(budget, 5.0) == 4
    budget.answered(5.1, 5.0, Limit(240, 239, 8.0), None, throttled=False)
    assert sent_at_once(budget, 5.1) == 236  # three are still on their way


def test_a_new_window_is_not_held_up_by_slow_answers() -> None:
    budget = informed(SEARCH, Limit(16, 0, 8.0))
    assert sent_at_once(budget, 8.0) == 1
    assert sent_at_once(budget, 9.1) == 15


def test_calls_sent_right_before_a_window_begins_may_count_in_it() -> None:
    budget = informed(SEARCH, Limit(16, 6, 5.0))
    assert sent_at_once(budget, 4.9) == 6
    assert sent_at_once(budget, 6.1) == 10


def test_calls_sent_long_before_a_window_begins_do_not_count_in_it() -> None:
    budget = informed(SEARCH, Limit(16, 6, 5.0))
    assert sent_at_once(budget, 1.0) == 6
    assert sent_at_once(budget, 6.1) == 16


def test_an_answer_of_the_window_before_says_nothing_about_this_one() -> None:
    budget = informed(SEARCH, Limit(16, 1, 8.0))
    assert sent_at_once(budget, 7.0) == 1
    assert sent_at_once(budget, 8.0) == 0  # the one on its way may count in the new window
    budget.answered(8.5, 7.0, Limit(16, 0, 1.0), None, throttled=False)
    assert sent_at_once(budget, 9.1) == 16


def test_an_answer_of_the_next_window_ends_this_one_early() -> None:
    budget = informed(SEARCH, Limit(16, 5, 4.0))
    budget.sent(3.1)
    budget.answered(3.2, 3.1, Limit(16, 15, 8.0), None, throttled=False)
    assert sent_at_once(budget, 3.2) == 15


def test_a_lost_call_is_taken_as_counted() -> None:
    budget = informed(SEARCH, Limit(16, 3, 5.0))
    budget.sent(1.0)
    budget.lost(1.0)
    assert sent_at_once(budget, 1.1) == 2


def test_an_answer_without_headers_is_taken_as_counted() -> None:
    budget = informed(SEARCH, Limit(16, 3, 5.0))
    budget.sent(1.0)
    budget.answered(1.1, 1.0, None, None, throttled=False)
    assert sent_at_once(budget, 1.1) == 2


def test_a_call_is_counted_though_remaining_does_not_show_it() -> None:
    """Some answers show what was left before them."""
    budget = informed(SEARCH, Limit(16, 1, 5.0))
    budget.sent(1.0)
    budget.answered(1.1, 1.0, Limit(16, 1, 4.0), None, throttled=False)
    assert budget.wait(1.1) > 1


def test_where_no_answer_has_headers_calls_are_spread_and_the_first_ones_count() -> None:
    budget = Budget(SEARCH)
    for _ in range(2):
        budget.sent(0.0)
        budget.answered(0.0, 0.0, None, None, throttled=False)
    assert budget.wait(0.0) == pytest.approx(2 / 1.9)
    assert sent_at_once(budget, 10.0) == 1


def test_no_more_than_the_share_is_used() -> None:
    budget = informed(SEARCH, Limit(16, 15, 5.0), share_percent=50)
    assert sent_at_once(budget, 1.0) == 7
    for _ in range(7):
        budget.answered(1.1, 1.0, Limit(16, 8, 4.0), None, throttled=False)
    assert budget.wait(1.1) == pytest.approx(3.9)


def test_the_smallest_share_is_one_call_a_window() -> None:
    budget = informed(SEARCH, Limit(16, 15, 5.0), share_percent=1)
    assert budget.wait(1.0) == 4.0
    assert sent_at_once(budget, 6.1) == 1


def test_the_key_and_the_organization_each_have_their_limit() -> None:
    budget = informed(SEARCH, Limit(16, 10, 5.0))
    budget.sent(1.0)
    budget.answered(1.1, 1.0, Limit(48, 2, 3.0), None, throttled=False)
    assert sent_at_once(budget, 1.1) == 2  # of the organization's; the key has nine left


def test_a_limit_that_is_no_longer_the_nearer_is_forgotten() -> None:
    budget = informed(SEARCH, Limit(16, 10, 5.0))
    budget.sent(1.0)
    budget.answered(1.1, 1.0, Limit(48, 0, 3.0), None, throttled=False)
    assert budget.wait(1.1) == pytest.approx(3.0)
    assert sent_at_once(budget, 20.0) == 1
    budget.answered(20.1, 20.0, Limit(16, 15, 8.0), None, throttled=False)
    assert sent_at_once(budget, 20.1) == 15


# --- 429 -------------------------------------------------------------------------------------------------------------


def refused(limit: Limit | None, retry_after: float | None) -> Budget:
    """A budget whose second call was sent at 1 and refused at once."""
    budget = informed(SEARCH, Limit(16, 15, 8.0))
    budget.sent(1.0)
    budget.answered(1.0, 1.0, limit, retry_after, throttled=True)
    return budget


@pytest.mark.parametrize(
    ("limit", "retry_after", "seconds"),
    [
        (Limit(16, 0, 7.0), 2.0, 7.0),
        (Limit(16, 0, 1.5), 2.0, 2.0),
        (Limit(16, 9, 7.0), None, 7.0),
        (Limit(16, 9, 1.5), 2.0, 2.0),
        (Limit(16, 9, None), 3.0, 3.0),
        (None, 3.0, 3.0),
        (None, None, 0.5),
        (None, 86_400.0, 120.0),
    ],
)
def test_after_429_the_longer_of_what_was_said_is_waited_for(limit: Limit | None, retry_after: float | None, seconds: float) -> None:
    assert refused(limit, retry_after).wait(1.0) == seconds


def test_pauses_grow_while_nothing_but_429_comes() -> None:
    budget, now, pauses = Budget(SEARCH), 0.0, []
    for _ in range(4):
        budget.sent(now)
        budget.answered(now, now, None, None, throttled=True)
        pauses.append(budget.wait(now))
        now += pauses[-1]
    assert pauses == [0.5, 1, 2, 4]
    budget.sent(now)
    budget.answered(now, now, None, None, throttled=False)
    budget.sent(now + 1)
    budget.answered(now + 1, now + 1, None, None, throttled=True)
    assert budget.wait(now + 1) == 0.5


def test_a_server_that_refuses_and_says_to_come_back_at_once_is_asked_ever_less_often() -> None:
    budget, now, pauses = Budget(SEARCH), 0.0, []
    for _ in range(12):
        budget.sent(now)
        budget.answered(now, now, Limit(16, 0, 0.0), 0.0, throttled=True)
        pauses.append(budget.wait(now))
        now += pauses[-1]
    assert pauses[:4] == pytest.approx([0.05, 0.1, 0.2, 0.4])
    assert pauses[8:] == pytest.approx([12.8] * 4)


def test_calls_refused_together_make_one_pause() -> None:
    budget = Budget(WRITE)
    assert sent_at_once(budget, 0.0) == 8
    for _ in range(8):
        budget.answered(0.1, 0.0, None, None, throttled=True)
    assert budget.wait(0.1) == 0.5


def test_few_calls_go_out_after_a_429_that_the_window_does_not_explain() -> None:
    budget = refused(Limit(16, 9, 2.0), 2.0)
    assert sent_at_once(budget, 3.0) == 2
    budget.answered(3.1, 3.0, Limit(16, 8, 6.0), None, throttled=False)
    assert sent_at_once(budget, 3.1) > 2


def test_an_answer_to_a_call_from_before_the_429_gives_no_confidence() -> None:
    budget = informed(SEARCH, Limit(16, 12, 8.0))
    budget.sent(1.0)
    budget.sent(1.1)
    budget.answered(1.2, 1.1, Limit(16, 11, 7.0), 1.0, throttled=True)
    budget.answered(1.3, 1.0, Limit(16, 10, 7.0), None, throttled=False)
    assert sent_at_once(budget, 8.2) == 2


# --- many workers against a server, in virtual time --------------------------------------------------------------------

Latency = Callable[[random.Random], tuple[float, float]]
"""Seconds there and seconds back."""


def always(seconds: float) -> Latency:
    return lambda _: (seconds / 2, seconds / 2)


def between(least: float, most: float) -> Latency:
    """Anything between, and any part of it on the way there: calls and answers overtake each other."""

    def draw(rng: random.Random) -> tuple[float, float]:
        total, part = rng.uniform(least, most), rng.uniform(0.1, 0.9)
        return total * part, total * (1 - part)

    return draw


@dataclass(slots=True)
class Simulation:
    """Workers that always have a call to make, in a world of their own time."""

    server: WindowServer
    latency: Latency
    others: Sequence[float] = ()
    """When calls of somebody else arrive."""

    seed: int = 1
    calls: int = 0
    throttled: int = 0
    _events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, budgets: Sequence[Budget], workers: int, seconds: float, start: float = 0.37) -> None:
        """Each budget has so many workers."""
        rng = random.Random(self.seed)
        for budget in list(budgets) * workers:
            self._at(start, self._want, budget, rng)
        for arrival in self.others:
            self._at(arrival, lambda now: self.server.ask(now, SOMEBODY_ELSES) and None)
        while self._events[0][0] < start + seconds:
            now, _, what, arguments = heapq.heappop(self._events)
            what(now, *arguments)

    def _at(self, moment: float, what: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), what, arguments))

    def _want(self, now: float, budget: Budget, rng: random.Random) -> None:
        if seconds := budget.wait(now):
            self._at(now + seconds, self._want, budget, rng)
            return
        budget.sent(now)
        there, back = self.latency(rng)
        self._at(now + there, self._arrive, budget, rng, now, back)

    def _arrive(self, now: float, budget: Budget, rng: random.Random, sent_at: float, back: float) -> None:
        reply = self.server.ask(now)
        self.calls += 1
        self.throttled += reply.status == 429
        self._at(now + back, self._answer, budget, rng, sent_at, reply)

    def _answer(self, now: float, budget: Budget, rng: random.Random, sent_at: float, reply: Reply) -> None:
        throttled = reply.status == 429
        budget.answered(now, sent_at, read_limit(reply.headers), read_pause(reply.headers) if throttled else None, throttled)
        self._want(now, budget, rng)


SEARCHES, SEARCHES_SPED_UP = {"limit": 16}, {"limit": 16, "period": 2.0, "unit": 0.25}
WRITES, WRITES_SPED_UP = {"limit": 240}, {"limit": 240, "period": 2.0, "unit": 0.25}


def windows_of(server: WindowServer) -> int:
    """How many windows to watch; where they are small, one refused call weighs more."""
    return 40 if server.limit == 16 else 13


def simulated(
    server: WindowServer, latency: Latency, *, others: Sequence[float] = (), share_percent: int = 100, workers: int | None = None
) -> Simulation:
    simulation = Simulation(server, latency, others)
    limit = SEARCH if server.limit == 16 else WRITE
    simulation.run([Budget(limit, share_percent)], workers or (24 if limit == SEARCH else 80), windows_of(server) * server.period)
    assert len(server.full_windows()) >= 10
    return simulation


@pytest.mark.parametrize("rounding", ["up", "none"])
@pytest.mark.parametrize("opens_with_first_call", [False, True])
@pytest.mark.parametrize(
    ("kind", "latency", "form", "phase"),
    [
        (SEARCHES, always(0.01), "semicolon", 0.0),
        (SEARCHES, between(0.01, 0.3), "comma", 1.3),
        (SEARCHES, between(0.01, 2.0), "three headers", 7.9),
        (SEARCHES_SPED_UP, always(0.06), "semicolon", 1.1),
        (SEARCHES_SPED_UP, between(0.01, 0.3), "old three headers", 0.4),
        (WRITES, always(0.06), "comma", 4.4),
        (WRITES, between(0.01, 0.3), "old three headers", 0.37),
        (WRITES, between(0.01, 2.0), "semicolon", 6.5),
        (WRITES_SPED_UP, always(0.06), "three headers", 0.9),
        (WRITES_SPED_UP, between(0.01, 0.3), "semicolon", 1.7),
    ],
)
def test_every_window_is_used_up_and_hardly_any_call_refused(
    kind: dict[str, Any], latency: Latency, form: Form, phase: float, opens_with_first_call: bool, rounding: Rounding
) -> None:
    server = WindowServer(**kind, form=form, phase=phase, opens_with_first_call=opens_with_first_call, rounding=rounding)
    simulation = simulated(server, latency)
    assert server.use() >= 0.97
    assert simulation.throttled < 0.01 * simulation.calls


def test_windows_follow_each_other_with_hardly_a_gap() -> None:
    server = WindowServer(**WRITES_SPED_UP, opens_with_first_call=True)
    simulation = simulated(server, always(0.06))
    assert len(server.windows) >= int(windows_of(server) * server.period / (server.period + 0.02))
    assert simulation.throttled == 0


def evenly(server: WindowServer, part: float) -> list[float]:
    """Somebody else uses so much of every window, call after call."""
    gap = server.period / (server.limit * part)
    return [gap * (number + 0.3) for number in range(int(windows_of(server) * server.limit * part))]


def any_time(server: WindowServer, part: float) -> list[float]:
    rng = random.Random(7)
    return sorted(rng.uniform(0, windows_of(server) * server.period) for _ in range(int(windows_of(server) * server.limit * part)))


def in_bursts(server: WindowServer, part: float) -> list[float]:
    """Once in a window's time, all at once."""
    rng = random.Random(7)
    starts = [(number + rng.random()) * server.period for number in range(windows_of(server))]
    return [start + 0.003 * number for start in starts for number in range(int(server.limit * part))]


def first_of_all(server: WindowServer, part: float) -> list[float]:
    """A part of every window is gone before we can have any of it."""
    starts = [server.phase + number * server.period + 0.001 for number in range(windows_of(server))]
    return [start + 0.0001 * number for start in starts for number in range(int(server.limit * part))]


@pytest.mark.parametrize("others", [evenly, any_time, in_bursts])
@pytest.mark.parametrize("opens_with_first_call", [False, True])
@pytest.mark.parametrize(
    ("kind", "latency", "form", "rounding"),
    [
        (SEARCHES, always(0.06), "semicolon", "up"),
        (WRITES, always(0.06), "three headers", "up"),
        (WRITES, between(0.01, 0.3), "comma", "none"),
        (WRITES_SPED_UP, always(0.06), "semicolon", "up"),
    ],
)
def test_what_somebody_else_leaves_is_used_and_hardly_any_call_refused(
    kind: dict[str, Any],
    latency: Latency,
    form: Form,
    rounding: Rounding,
    opens_with_first_call: bool,
    others: Callable[[WindowServer, float], list[float]],
) -> None:
    server = WindowServer(**kind, form=form, phase=1.2, opens_with_first_call=opens_with_first_call, rounding=rounding)
    simulation = simulated(server, latency, others=others(server, 0.25))
    assert server.use() >= 0.97
    assert simulation.throttled < 0.01 * simulation.calls


@pytest.mark.parametrize("kind", [SEARCHES, WRITES, SEARCHES_SPED_UP, WRITES_SPED_UP])
def test_what_was_used_before_we_came_is_left_out(kind: dict[str, Any]) -> None:
    server = WindowServer(**kind, phase=1.2)
    simulation = simulated(server, always(0.06), others=first_of_all(server, 0.25))
    assert [window[OURS] for window in server.full_windows()] == [0.75 * server.limit] * len(server.full_windows())
    assert simulation.throttled == 0


@pytest.mark.parametrize("others", [evenly, any_time, in_bursts])
@pytest.mark.parametrize("kind", [SEARCHES, WRITES])
def test_far_from_the_server_somebody_else_now_and_then_takes_the_last_calls_first(
    kind: dict[str, Any], others: Callable[[WindowServer, float], list[float]]
) -> None:
    """Up to two seconds there and back: nobody can know what was left a moment ago."""
    server = WindowServer(**kind, phase=1.2)
    simulation = simulated(server, between(0.01, 2.0), others=others(server, 0.25))
    assert server.use() >= 0.97
    assert simulation.throttled < 0.05 * simulation.calls


def test_two_syncs_share_a_window_by_what_the_headers_say() -> None:
    server = WindowServer(limit=240, phase=1.2)
    simulation = Simulation(server, between(0.01, 0.3))
    simulation.run([Budget(WRITE), Budget(WRITE)], 40, windows_of(server) * server.period)
    assert server.use() >= 0.97
    assert simulation.throttled < 0.03 * simulation.calls


@pytest.mark.parametrize(("kind", "most"), [(SEARCHES, 8), (WRITES, 120)])
@pytest.mark.parametrize("opens_with_first_call", [False, True])
def test_the_share_left_to_others_is_left_in_every_window(kind: dict[str, Any], most: int, opens_with_first_call: bool) -> None:
    server = WindowServer(**kind, phase=1.2, opens_with_first_call=opens_with_first_call)
    simulation = simulated(server, between(0.01, 0.3), share_percent=50)
    assert [window[OURS] for window in server.full_windows()] == [most] * len(server.full_windows())
    assert simulation.throttled == 0


@pytest.mark.parametrize("kind", [SEARCHES, WRITES])
def test_a_server_that_rounds_to_the_nearest_second_is_seen_through(kind: dict[str, Any]) -> None:
    """Its windows end up to half a second later than it says."""
    server = WindowServer(**kind, phase=1.2, rounding="nearest")
    simulation = simulated(server, between(0.01, 0.3))
    assert server.use() >= 0.97
    assert simulation.throttled < 0.03 * simulation.calls


def test_slow_searches_use_every_window() -> None:
    """The answer takes most of a window or more, the way there does not."""
    server = WindowServer(limit=16, phase=1.2)
    simulation = simulated(server, lambda rng: (0.05, rng.uniform(0.05, 12.0)), workers=40)
    assert server.use() >= 0.97
    assert simulation.throttled < 0.01 * simulation.calls


@pytest.mark.parametrize("kind", [SEARCHES, WRITES])
def test_without_reset_windows_of_eight_seconds_are_assumed(kind: dict[str, Any]) -> None:
    server = WindowServer(**kind, opens_with_first_call=True, form="without reset")
    simulation = simulated(server, between(0.01, 0.3))
    assert server.use() >= 0.97
    assert simulation.throttled < 0.01 * simulation.calls


@pytest.mark.parametrize("kind", [SEARCHES, {"limit": 160}])
@pytest.mark.parametrize("opens_with_first_call", [False, True])
def test_without_headers_the_lowest_rates_on_record_are_kept(kind: dict[str, Any], opens_with_first_call: bool) -> None:
    server = WindowServer(**kind, phase=1.2, opens_with_first_call=opens_with_first_call, form="none")
    simulation = simulated(server, between(0.01, 0.3))
    assert server.use() >= 0.9
    assert simulation.throttled < 0.01 * simulation.calls


def test_just_enough_workers_are_never_kept_from_work() -> None:
    """Ten workers at 0.3 seconds a call make 33 calls a second, the limit is 30."""
    server = WindowServer(limit=240, phase=1.2)
    simulated(server, always(0.3), workers=10)
    assert server.use() >= 0.97


# --- servers that are not what they say, or not for long -----------------------------------------------------------------


@dataclass(slots=True)
class Stricter(WindowServer):
    """Refuses what is more than ten calls a second, though its headers tell of far more."""

    second: int = -1
    taken: int = 0

    def ask(self, now: float, who: str = OURS) -> Reply:
        if int(now) != self.second:
            self.second, self.taken = int(now), 0
        if self.taken == 10:
            left = self.limit - self._window(now).total()
            return Reply(429, self._headers(left, self._ends - now, allowed=False))
        self.taken += 1
        return WindowServer.ask(self, now, who)


@dataclass(slots=True)
class Raised(WindowServer):
    """Allows more after a while."""

    at: float = 40.0
    to: int = 240

    def ask(self, now: float, who: str = OURS) -> Reply:
        if now >= self.at:
            self.limit = self.to
        return WindowServer.ask(self, now, who)


def test_a_stricter_limit_than_the_headers_report_is_found() -> None:
    server = Stricter(limit=240)
    simulation = Simulation(server, between(0.01, 0.3))
    simulation.run([Budget(WRITE)], 32, 160.0)
    assert simulation.throttled < 0.05 * simulation.calls
    assert sum(window.total() for window in server.full_windows()) >= 0.5 * 80 * len(server.full_windows())


def test_single_calls_that_are_refused_for_no_reason_do_not_slow_us_down() -> None:
    budget = informed(WRITE, Limit(240, 200, 8.0))
    for now in (1.0, 11.0, 21.0):
        budget.sent(now)
        budget.answered(now + 0.1, now, Limit(240, 190, 7.0), 1.0, throttled=True)
        budget.sent(now + 8.0)
        budget.answered(now + 8.1, now + 8.0, Limit(240, 239, 8.0), None, throttled=False)
    assert sent_at_once(budget, 29.2) > 100


def test_a_raised_limit_is_used() -> None:
    server = Raised(limit=16, phase=1.2)
    Simulation(server, between(0.01, 0.3)).run([Budget(WRITE)], 32, 120.0)
    assert [window.total() for window in server.full_windows()][-5:] == [240] * 5


def test_a_lowered_limit_is_respected() -> None:
    server = Raised(limit=240, phase=1.2, to=16)
    simulation = Simulation(server, between(0.01, 0.3))
    simulation.run([Budget(WRITE)], 32, 120.0)
    assert [window.total() for window in server.full_windows()][-5:] == [16] * 5
    assert simulation.throttled < 0.01 * simulation.calls


# --- short windows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [16, 20, 30])
def test_windows_of_one_second_are_used_although_the_reset_says_nothing(limit: int) -> None:
    server = WindowServer(limit=limit, period=1.0, phase=0.13)
    simulation = Simulation(server, between(0.01, 0.3))
    budget = Budget(WRITE)
    simulation.run([budget], 32, 60.0)
    assert server.use() >= 0.93
    assert simulation.throttled < 0.01 * simulation.calls
    assert not any(budget._windows[limit].others), "our own calls are not somebody else's"


def test_windows_of_a_quarter_second_are_used() -> None:
    server = WindowServer(limit=16, period=0.25, phase=0.1, rounding="none")
    simulation = Simulation(server, between(0.04, 0.08))
    simulation.run([Budget(WRITE)], 32, 30.0)
    assert simulation.throttled < 0.01 * simulation.calls
    assert server.use() > 0.9


@pytest.mark.parametrize("share_percent", [10, 50])
def test_no_more_than_the_share_is_used_of_short_windows(share_percent: int) -> None:
    server = WindowServer(limit=100, period=1.0, phase=0.13)
    Simulation(server, between(0.01, 0.3)).run([Budget(WRITE, share_percent)], 32, 60.0)
    used = [window.total() for window in server.full_windows()]
    assert sum(used) / len(used) <= share_percent
    assert max(used) <= share_percent + 8, "but for calls that were on their way when the window turned"


def test_a_slow_answer_is_not_taken_for_another_window() -> None:
    budget = Budget(WRITE, 50)
    budget.sent(0.0)
    budget.answered(0.05, 0.0, Limit(100, 99, 1.0), None, throttled=False)
    assert sent_at_once(budget, 0.06) == 49
    for _ in range(48):
        budget.answered(0.1, 0.06, Limit(100, 51, 1.0), None, throttled=False)
    budget.answered(0.9, 0.06, Limit(100, 50, 1.0), None, throttled=False)
    assert sent_at_once(budget, 0.9) == 0


def test_an_answer_of_the_window_before_does_not_close_this_one() -> None:
    budget = informed(WRITE, Limit(30, 1, 1.0))
    budget.sent(0.5)
    sent_at_once(budget, 1.01)
    budget.answered(1.02, 0.5, Limit(30, 0, 1.0), None, throttled=False)
    assert sent_at_once(budget, 1.3) > 20
