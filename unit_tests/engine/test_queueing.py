"""Which groups of rows may begin, which wait for others, and how far may they get ahead of one that is held up?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from destination_close.engine import queueing
from destination_close.engine.queueing import Group, Queue
from destination_close.rules import Rows
from unit_tests.support.builders import a_draft


def add(queue: Queue, *after: list[int]) -> list[Group]:
    """A batch of groups of one row each, told which of the unfinished ones they come after."""
    earlier = queue.unfinished
    queue.add([Rows([a_draft()], places) for places in after], (), earlier)
    return queue.unfinished[len(earlier) :]


def beginning(queue: Queue) -> Iterator[Group]:
    while one := queue.next():
        yield one


def test_groups_begin_in_the_order_of_their_rows() -> None:
    queue = Queue(100)
    groups = add(queue, [], [], [])
    assert list(beginning(queue)) == groups


def test_a_group_that_touches_earlier_ones_begins_once_all_of_them_are_through() -> None:
    queue = Queue(100)
    first, second = add(queue, [], [])
    both, neither = add(queue, [0, 1], [])
    assert list(beginning(queue)) == [first, second, neither]
    assert queue.through(second) == []
    assert queue.through(first) == [both]


def test_a_group_whose_turn_has_not_come_does_not_begin_because_what_it_waited_for_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "MOST_CALLS_AHEAD", 1)
    queue = Queue(100)
    first, held_up = add(queue, [], [])
    (later,) = add(queue, [1])
    assert queue.next() is first
    queue.calls += 1
    assert queue.next() is None
    assert queue.through(first) == []
    assert queue.next() is held_up
    assert queue.through(held_up) == []
    assert queue.next() is later


@pytest.mark.parametrize(("share_percent", "calls"), [(100, 1500), (50, 750), (0, 1)])
def test_no_more_calls_than_these_are_sent_before_a_group_is_finished(share_percent: int, calls: int) -> None:
    queue = Queue(share_percent)
    add(queue, *[[]] * 2000)
    while queue.next():
        queue.calls += 1
    assert queue.calls == calls


def test_no_batch_comes_behind_while_groups_have_not_begun_or_many_rows_wait() -> None:
    queue = Queue(100)
    assert queue.is_empty
    assert queue.admits
    (first,) = add(queue, [])
    assert not queue.admits
    list(beginning(queue))
    assert queue.admits
    add(queue, *[[0]] * (queueing.MOST_ROWS_WAITING + 1))
    assert list(beginning(queue)) == []
    assert not queue.admits
    for one in queue.through(first):
        assert queue.admits
        queue.through(one)
    assert queue.is_empty


def test_no_batch_is_added_behind_too_many_unfinished_ones() -> None:
    queue = Queue(100)
    batches = []
    while queue.admits:
        batches.append(add(queue, []))
        list(beginning(queue))
    assert len(batches) == queueing.MOST_BATCHES
    queue.through(batches[1][0])
    assert not queue.admits, "the first still holds back the states of all"
    queue.through(batches[0][0])
    assert queue.admits
