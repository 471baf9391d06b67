"""Are endpoints that share a limit, and those that do not, told apart by what their answers say?"""

from __future__ import annotations

from destination_close.pacing.limits import WRITE
from destination_close.pacing.rate_headers import Limit
from destination_close.pacing.sharing import Sharing


class Counters:
    """Answers one after the other, a tenth of a second apart, from counters of 240 calls a window of eight seconds."""

    def __init__(self, **counter_of: str) -> None:
        self.sharing = Sharing()
        self.counter_of = {name.replace("_", " "): counter for name, counter in counter_of.items()}
        self.now = 0.0
        self.used: dict[tuple[int, str], int] = {}

    def ask(self, *endpoints: str) -> None:
        for endpoint in endpoints:
            window = (int(self.now // 8), self.counter_of[endpoint])
            self.used[window] = self.used.get(window, 0) + 1
            reset = float(int(8 - self.now % 8 - 1e-9) + 1)
            self.sharing.hear(endpoint, self.now + 0.05, self.now, Limit(240, 240 - self.used[window], reset))
            self.now += 0.1

    def limits(self) -> list[str]:
        return [self.sharing.limit_of(endpoint) for endpoint in self.counter_of]


def test_what_is_recorded_to_share_a_limit_is_taken_to_before_any_answer() -> None:
    sharing = Sharing()
    assert {sharing.limit_of(f"{method} {what}") for method in ("POST", "PUT") for what in ("lead", "contact", "custom_field")} == {WRITE}
    assert sharing.limit_of("GET lead") != sharing.limit_of("GET contact")


def test_endpoints_that_do_share_a_limit_are_never_parted() -> None:
    counters = Counters(POST_lead="a", PUT_lead="a", POST_contact="a", PUT_contact="a")
    for number in range(200):
        counters.ask(*(["POST lead", "PUT contact", "PUT contact", "PUT lead", "POST contact"][number % 5 :]))
    assert counters.limits() == [WRITE] * 4


def test_changes_that_have_a_limit_of_their_own_are_parted_from_creates() -> None:
    counters = Counters(POST_lead="a", POST_contact="a", PUT_lead="b", PUT_contact="c")
    for _ in range(20):
        counters.ask("POST lead", "PUT lead", "PUT contact", "POST contact")
    assert counters.limits() == [WRITE, WRITE, "PUT lead", "PUT contact"]


def test_few_changes_among_many_creates_are_parted_too() -> None:
    counters = Counters(POST_lead="a", PUT_lead="b")
    for _ in range(8):
        counters.ask(*["POST lead"] * 40, "PUT lead")
    assert counters.limits() == [WRITE, "PUT lead"]


def test_few_creates_among_many_changes_are_parted_too() -> None:
    counters = Counters(POST_lead="a", PUT_lead="b")
    for _ in range(8):
        counters.ask(*["PUT lead"] * 40, "POST lead")
    assert counters.limits() == [WRITE, "PUT lead"]


def test_changes_that_share_a_limit_among_themselves_find_each_other_again() -> None:
    counters = Counters(POST_lead="a", PUT_lead="b", PUT_contact="b")
    for _ in range(40):
        counters.ask("POST lead", "PUT lead", "PUT contact")
    first, lead, contact = counters.limits()
    assert first == WRITE
    assert lead == contact != WRITE


def test_other_creates_that_use_up_the_limit_on_writes_are_found() -> None:
    counters = Counters(POST_lead="a", POST_opportunity="a")
    for _ in range(20):
        counters.ask("POST lead", "POST opportunity")
    assert counters.limits() == [WRITE, WRITE]


def test_endpoints_with_limits_of_their_own_are_not_joined() -> None:
    counters = Counters(GET_lead="a", GET_contact="b", POST_lead="c")
    for number in range(300):
        counters.ask(*[["GET lead"] * 3, ["GET contact"], ["POST lead"] * 2][number % 3])
    assert len(set(counters.limits())) == 3


def test_an_answer_that_may_be_of_the_next_window_shows_nothing() -> None:
    sharing = Sharing()
    for window in range(50):
        begins = 8.0 * window
        sharing.hear("POST lead", begins + 7.3, begins + 7.2, Limit(240, 5, 1.0))
        sharing.hear("PUT lead", begins + 8.1, begins + 7.9, Limit(240, 239, 8.0))
    assert sharing.limit_of("PUT lead") == WRITE


def test_calls_on_their_way_at_the_same_time_show_nothing() -> None:
    sharing = Sharing()
    for window in range(50):
        begins = 8.0 * window
        sharing.hear("POST lead", begins + 0.2, begins, Limit(240, 230, 8.0))
        sharing.hear("PUT lead", begins + 0.3, begins + 0.1, Limit(240, 235, 8.0))
    assert sharing.limit_of("PUT lead") == WRITE


def test_the_answer_is_compared_that_was_there_when_the_call_went_out() -> None:
    """Later answers of the other endpoint, which come all the time, say nothing about a call that was on its way already."""
    sharing = Sharing()
    for window in range(3):
        begins = 8.0 * window
        sharing.hear("POST lead", begins + 0.1, begins, Limit(240, 230, 8.0))
        sharing.hear("POST lead", begins + 0.4, begins + 0.3, Limit(240, 229, 8.0))
        sharing.hear("PUT lead", begins + 0.5, begins + 0.2, Limit(240, 239, 8.0))
    assert sharing.limit_of("PUT lead") == "PUT lead"


def test_one_odd_answer_parts_nothing() -> None:
    counters = Counters(POST_lead="a", PUT_lead="a")
    counters.ask("POST lead", "PUT lead", "POST lead")
    counters.sharing.hear("PUT lead", counters.now, counters.now, Limit(240, 240, 8.0))
    assert counters.limits() == [WRITE, WRITE]


def test_limits_that_close_parts_later_are_parted() -> None:
    counters = Counters(POST_lead="a", PUT_lead="a")
    for _ in range(300):
        counters.ask("POST lead", "PUT lead")
    assert counters.limits() == [WRITE, WRITE]
    counters.counter_of["PUT lead"] = "b"
    for _ in range(60):
        counters.ask("POST lead", "PUT lead")
    assert counters.limits() == [WRITE, "PUT lead"]


def test_limits_of_different_size_are_parted() -> None:
    sharing = Sharing()
    for number in range(10):
        now = 0.1 * number
        sharing.hear("POST lead", now + 0.02, now, Limit(100, 99 - number, 8.0))
        sharing.hear("PUT lead", now + 0.07, now + 0.05, Limit(240, 239 - number, 8.0))
    assert sharing.limit_of("PUT lead") == "PUT lead"
