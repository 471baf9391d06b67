"""Does a state wait for its rows, and does it report each of them once?"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from destination_close.airbyte import State, StateQueue
from destination_close.model import ProtocolError, StreamKey

USERS = StreamKey(None, "users")
ACCOUNTS = StreamKey(None, "accounts")
CRM_USERS = StreamKey("crm", "users")


def stream_state(stream: StreamKey, number: int = 0) -> State:
    return State({"id": number}, "STREAM", stream)


def global_state(number: int = 0) -> State:
    return State({"id": number}, "GLOBAL")


class Run:
    """Rows and states in the order they come, by short words."""

    def __init__(self) -> None:
        self.queue = StateQueue()
        self.rows: list[StreamKey] = []

    def row(self, stream: StreamKey = USERS, times: int = 1) -> None:
        self.rows += [stream] * times

    def state(self, state: State) -> None:
        self.queue.add(state, len(self.rows))

    def settle(self, *ordinals: int, rejected: bool = False) -> None:
        for ordinal in ordinals:
            self.queue.settle(self.rows[ordinal], ordinal, rejected)

    def cleared(self) -> list[tuple[int, int, int]]:
        return [(state.raw["id"], written, rejected) for state, written, rejected in self.queue.ready()]


@pytest.fixture
def run() -> Run:
    return Run()


def test_a_state_with_nothing_before_it_leaves_at_once(run: Run) -> None:
    run.state(stream_state(USERS, 1))
    assert run.cleared() == [(1, 0, 0)]


def test_a_state_waits_for_the_last_row_before_it(run: Run) -> None:
    run.row(times=3)
    run.state(stream_state(USERS, 1))
    run.settle(2, 1)
    assert run.cleared() == []
    run.settle(0)
    assert run.cleared() == [(1, 3, 0)]


def test_a_state_is_given_once(run: Run) -> None:
    run.state(stream_state(USERS, 1))
    assert run.cleared() == [(1, 0, 0)]
    assert run.cleared() == []


def test_a_state_waits_for_rows_of_other_streams_too(run: Run) -> None:
    run.row(ACCOUNTS)
    run.row(USERS)
    run.state(stream_state(USERS, 1))
    run.settle(1)
    assert run.cleared() == []
    run.settle(0)
    assert run.cleared() == [(1, 1, 0)]


def test_a_state_does_not_wait_for_rows_after_it(run: Run) -> None:
    run.row()
    run.state(stream_state(USERS, 1))
    run.row()
    run.settle(0)
    assert run.cleared() == [(1, 1, 0)]


def test_a_row_settled_early_is_reported_by_the_state_it_stands_before(run: Run) -> None:
    run.row()
    run.state(stream_state(USERS, 1))
    run.row()
    run.settle(1, rejected=True)
    run.settle(0)
    run.state(stream_state(USERS, 2))
    assert run.cleared() == [(1, 1, 0), (2, 0, 1)]


def test_states_leave_in_the_order_they_came(run: Run) -> None:
    run.row()
    run.state(stream_state(USERS, 1))
    run.state(stream_state(ACCOUNTS, 2))
    run.state(stream_state(USERS, 3))
    run.settle(0)
    assert run.cleared() == [(1, 1, 0), (2, 0, 0), (3, 0, 0)]


def test_rejected_rows_are_not_among_the_written(run: Run) -> None:
    run.row(times=5)
    run.settle(0, 2, 4)
    run.settle(1, 3, rejected=True)
    run.state(stream_state(USERS, 1))
    assert run.cleared() == [(1, 3, 2)]


def test_a_stream_state_reports_the_rows_of_its_stream_since_the_last_of_its_stream(run: Run) -> None:
    """A row of `accounts` before two states of `users` waits for the next state of `accounts`."""
    run.row(ACCOUNTS)
    run.row(USERS, times=2)
    run.state(stream_state(USERS, 1))
    run.row(USERS)
    run.row(ACCOUNTS)
    run.state(stream_state(USERS, 2))
    run.state(stream_state(ACCOUNTS, 3))
    run.settle(*range(5))
    assert run.cleared() == [(1, 2, 0), (2, 1, 0), (3, 2, 0)]


def test_a_global_state_reports_the_rows_of_all_streams_since_the_last_global(run: Run) -> None:
    run.row(ACCOUNTS)
    run.row(USERS)
    run.state(global_state(1))
    run.row(USERS)
    run.state(global_state(2))
    run.settle(0, 2)
    run.settle(1, rejected=True)
    assert run.cleared() == [(1, 1, 1), (2, 1, 0)]


def test_the_same_name_in_two_namespaces_is_two_streams(run: Run) -> None:
    run.row(USERS)
    run.row(CRM_USERS, times=2)
    run.state(stream_state(CRM_USERS, 1))
    run.state(stream_state(USERS, 2))
    run.settle(0, 1, 2)
    assert run.cleared() == [(1, 2, 0), (2, 1, 0)]


def test_a_row_settled_twice_is_a_bug_that_shows(run: Run) -> None:
    """Unnoticed it would let a state leave before its rows."""
    run.row(times=3)
    run.settle(0, 2)
    for twice in (0, 2):
        with pytest.raises(ProtocolError):
            run.settle(twice)


def test_it_reports_how_much_is_settled_and_how_many_states_wait(run: Run) -> None:
    run.row(times=4)
    run.state(stream_state(USERS))
    run.settle(0, 1, 3)
    assert (run.queue.settled, len(run.queue)) == (2, 1)


def test_whatever_the_order_of_settling_every_row_is_reported_once_and_no_state_leaves_early() -> None:
    for seed in range(50):
        _play(random.Random(seed))


def _play(chance: random.Random) -> None:
    run = Run()
    open_rows: list[int] = []
    rows_before: dict[int, int] = {}
    scopes: dict[int, StreamKey] = {}
    reported: Counter[StreamKey] = Counter()
    while len(run.rows) < 200 or open_rows:
        if len(run.rows) < 200 and chance.random() < 0.6:
            open_rows.append(len(run.rows))
            run.row(chance.choice([USERS, ACCOUNTS, CRM_USERS]))
        elif open_rows:
            run.settle(open_rows.pop(chance.randrange(len(open_rows))), rejected=chance.random() < 0.3)
        if chance.random() < 0.2:
            number, scope = len(scopes), chance.choice([USERS, ACCOUNTS, CRM_USERS])
            scopes[number], rows_before[number] = scope, len(run.rows)
            run.state(stream_state(scope, number))
        for number, written, rejected in run.cleared():
            assert all(ordinal >= rows_before[number] for ordinal in open_rows)
            reported[scopes[number]] += written + rejected
            assert reported[scopes[number]] == run.rows[: rows_before[number]].count(scopes[number])
    for scope in (USERS, ACCOUNTS, CRM_USERS):
        run.state(stream_state(scope))
        ((_, written, rejected),) = run.cleared()
        assert reported[scope] + written + rejected == run.rows.count(scope)
    assert len(run.queue) == 0


def test_memory_does_not_grow_with_the_rows() -> None:
    run = StateQueue()
    for ordinal in range(0, 100_000, 2):
        run.settle(USERS, ordinal + 1, rejected=False)
        run.settle(USERS, ordinal, rejected=False)
    assert run.settled == 100_000
    held = [value for value in vars(run).values() if hasattr(value, "__len__")]
    assert sum(map(len, held)) <= 1
