"""Are rejected rows where they belong by the time somebody relies on it, in few files and little memory?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from destination_close.model import Kind, Outcome, Reason, Rejection, Row, RunStopped, StreamKey, TransientError
from destination_close.rejects import RejectFiles
from destination_close.settings import Layout

USERS, ORDERS = StreamKey("crm", "users"), StreamKey(None, "orders")


@dataclass
class Shelf:
    """A storage in memory."""

    files: dict[str, bytes] = field(default_factory=dict)
    puts: int = 0
    broken: bool = False

    def put(self, path: str, content: bytes) -> None:
        self.puts += 1
        if self.broken:
            raise TransientError("The shelf is broken.")
        self.files[path] = content

    def delete(self, path: str) -> None:
        del self.files[path]

    def place(self, path: str) -> str:
        return f"shelf:{path}"

    @property
    def positions(self) -> list[list[int]]:
        """Of the rows in each file."""
        return [[json.loads(line)["position"] for line in content.splitlines()] for content in self.files.values()]


@dataclass
class Desk:
    """Reject files in the making; its clock stands still unless moved."""

    shelf: Shelf = field(default_factory=Shelf)
    now: float = 1_772_600_767.0
    options: dict[str, Any] = field(default_factory=dict)
    layout: Layout = field(default_factory=Layout)

    def __post_init__(self) -> None:
        self.files = RejectFiles(self.shelf, self.layout, {USERS: 4711, ORDERS: 4711}, wall=lambda: self.now, **self.options)

    def reject(self, *positions: int, stream: StreamKey = USERS, size: int = 0) -> None:
        for position in positions:
            row = Row(stream, position, position, {"x": "." * size})
            self.files.add(Outcome(row, Kind.REJECTED, Reason.NO_MATCH, (Rejection(row, Reason.NO_MATCH, None, "none"),)))


def test_nothing_rejected_writes_nothing() -> None:
    desk = Desk()
    desk.files.flush()
    assert desk.shelf.files == {}
    assert desk.files.where is None


def test_what_was_rejected_is_in_storage_after_a_flush_and_not_before() -> None:
    desk = Desk()
    desk.reject(1, 2)
    assert desk.shelf.files == {}
    desk.files.flush()
    assert desk.shelf.positions == [[1, 2]]
    assert list(desk.shelf.files) == ["4711/crm/users/2026_03_04_1772600767000_1.jsonl"]


def test_a_flush_with_nothing_new_writes_nothing() -> None:
    desk = Desk()
    desk.reject(1)
    desk.files.flush()
    desk.files.flush()
    assert desk.shelf.puts == 1


def test_many_flushes_make_one_file_that_grows() -> None:
    desk = Desk()
    for position in range(50):
        desk.reject(position)
        desk.files.flush()
        assert desk.shelf.positions == [list(range(position + 1))]


def test_an_old_file_is_left_and_the_next_begun() -> None:
    desk = Desk(options={"file_seconds": 60})
    desk.reject(1)
    desk.files.flush()
    desk.now += 60
    desk.reject(2)
    desk.files.flush()
    desk.reject(3)
    desk.files.flush()
    assert desk.shelf.positions == [[1, 2], [3]]


def test_streams_have_files_of_their_own() -> None:
    desk = Desk()
    desk.reject(1)
    desk.reject(1, stream=ORDERS)
    desk.files.flush()
    assert [path.rpartition("/")[0] for path in desk.shelf.files] == ["4711/crm/users", "4711/orders"]


def test_two_streams_in_one_folder_do_not_take_each_others_place() -> None:
    desk = Desk(layout=Layout(path_format=""))
    desk.reject(1)
    desk.reject(2, stream=ORDERS)
    desk.files.flush()
    assert desk.shelf.positions == [[1], [2]]


def test_memory_is_bounded_by_writing_what_is_too_much_before_it_is_asked_for() -> None:
    desk = Desk(options={"most_bytes": 10_000})
    for position in range(100):
        desk.reject(position, size=1_000)
    assert len(desk.shelf.files) >= 9
    assert max(map(len, desk.shelf.files.values())) < 12_000
    desk.files.flush()
    assert [position for file in desk.shelf.positions for position in file] == list(range(100))


def test_the_bound_holds_over_all_streams() -> None:
    desk = Desk(options={"most_bytes": 3_000})
    for position, stream in enumerate([USERS, ORDERS] * 10):
        desk.reject(position, stream=stream, size=1_000)
        written = sum(map(len, desk.shelf.files.values()))
        assert (position + 1) * 1_200 - written < 4_500


def test_where_names_the_first_file_and_counts_the_others() -> None:
    desk = Desk()
    desk.reject(1)
    desk.files.flush()
    assert desk.files.where == "shelf:4711/crm/users/2026_03_04_1772600767000_1.jsonl"
    desk.reject(1, stream=ORDERS)
    desk.files.flush()
    assert desk.files.where == "shelf:4711/crm/users/2026_03_04_1772600767000_1.jsonl and 1 more file"


def test_a_storage_failure_is_reported_and_everything_is_tried_again() -> None:
    desk = Desk()
    desk.shelf.broken = True
    desk.reject(1)
    with pytest.raises(RunStopped):
        desk.files.flush()
    desk.shelf.broken = False
    desk.reject(2)
    desk.files.flush()
    assert desk.shelf.positions == [[1, 2]]
