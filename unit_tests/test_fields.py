"""Do remembered wishes equal those that are made anew?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.columns import Damaged
from destination_close.fields import BYTES_REMEMBERED, Fields, Step
from destination_close.model import Wish
from destination_close.remarking import CannotDraft

COLUMNS = ("a", "b", "c")


class Counted:
    """Steps that tell the kind of a value, which equal values may differ in, and count how often they were asked."""

    def __init__(self) -> None:
        self.asked = 0

    def step(self, column: str, *, known: bool = True) -> Step:
        def wish(record: Mapping[str, Any]) -> Wish | None:
            self.asked += 1
            value = record.get(column)
            if value == "bad":
                raise CannotDraft(column, "something else")
            if isinstance(record, Damaged):
                return Wish("of a damaged row")
            return None if value is None else Wish(f"{type(value).__name__} {value}")

        return Step(f"key of {column}", column if known else None, wish)


def fields(steps: Counted, *, repeated: bool = True) -> Fields:
    return Fields([steps.step(column) for column in COLUMNS], repeated=repeated)


def ends(fields: Fields, record: Mapping[str, Any], size: int = 100) -> object:
    try:
        return fields.wishes(record, size)
    except CannotDraft as cannot:
        return str(cannot)


VALUES = st.sampled_from([None, 1, 1.0, True, 0, 0.0, False, "", "1", "x", "bad", [], [1], [True], {"in": 1}, float("nan")])
RECORDS = st.dictionaries(st.sampled_from([*COLUMNS, "other"]), VALUES)


@given(st.lists(RECORDS, min_size=1, max_size=8), st.sets(st.sampled_from(COLUMNS)))
def test_remembered_wishes_are_those_that_would_be_made_anew(records: Sequence[dict[str, Any]], lost: set[str]) -> None:
    remembering, forgetting = fields(Counted()), fields(Counted(), repeated=False)
    for record in [*records, *(Damaged(record, lost) for record in records), *records]:
        assert ends(remembering, record) == ends(forgetting, record)


def test_rows_that_agree_about_all_columns_are_asked_once() -> None:
    steps = Counted()
    company = fields(steps)
    first = company.wishes({"a": "Acme", "b": 1, "c": None, "other": "Ann"}, 100)
    assert company.wishes({"a": "Acme", "b": 1, "c": None, "other": "Bob"}, 100) is first
    assert steps.asked == len(COLUMNS)


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False)])
def test_equal_values_of_two_types_are_two(one: Any, other: Any) -> None:
    company = fields(Counted())
    assert company.wishes(dict.fromkeys(COLUMNS, one), 100) != company.wishes(dict.fromkeys(COLUMNS, other), 100)


@pytest.mark.parametrize("larger", [0, 1])
def test_what_large_rows_want_is_not_kept(larger: int) -> None:
    steps = Counted()
    company, record = fields(steps), dict.fromkeys(COLUMNS, "x")
    for _ in range(2):
        company.wishes(record, BYTES_REMEMBERED + larger)
    assert steps.asked == len(COLUMNS) * (1 + larger)


def test_nothing_is_remembered_where_a_field_may_read_more_than_its_column() -> None:
    steps = Counted()
    company, record = Fields([steps.step("a"), steps.step("b"), steps.step("c", known=False)], repeated=True), dict.fromkeys(COLUMNS, "x")
    for _ in range(2):
        company.wishes(record, 100)
    assert steps.asked == 2 * len(COLUMNS)


def test_the_keys_are_in_the_order_of_the_mapping() -> None:
    assert fields(Counted()).keys == ("key of a", "key of b", "key of c")
