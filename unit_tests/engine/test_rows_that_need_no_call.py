"""What of rows, and of the states behind them, that never get as far as Close?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.model import Kind
from unit_tests.support import harness
from unit_tests.support.law import CONFIG
from unit_tests.support.office import Office, a_row
from unit_tests.support.scenario import outcomes

NO_KEY = {"contact_name": "Nobody"}


def messages(*rows: dict[str, Any]) -> list[Any]:
    """A state after each row."""
    return [m for number, row in enumerate(rows, 1) for m in (harness.record("people", row), harness.state("people", number))]


@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
@pytest.mark.parametrize("rows", [[NO_KEY], [NO_KEY] * 7, [NO_KEY, a_row(), NO_KEY], [a_row(), *[NO_KEY] * 5]])
def test_states_of_rejected_rows_come_out_in_order_and_count_them(rows: list[dict[str, Any]], batch_rows: int) -> None:
    office = Office()
    ran = harness.run(office.close, office.clock, CONFIG, messages(*rows), batch_rows=batch_rows)
    assert ran.failure is None
    assert [state["id"] for state in ran.states] == list(range(1, len(rows) + 1))
    rejected = [state["destinationStats"]["rejectedRecordCount"] for state in ran.states]
    assert rejected == [float(row == NO_KEY) for row in rows]
    assert outcomes(ran)[Kind.REJECTED] == rows.count(NO_KEY)


def test_rows_without_drafts_make_no_call() -> None:
    office = Office()
    office.close.forget_calls()
    harness.run(office.close, office.clock, CONFIG, messages(*[NO_KEY] * 5))
    assert {"POST /data/search/", "POST /lead/"}.isdisjoint(office.close.calls_by_endpoint())


def test_a_run_of_states_alone_returns_them() -> None:
    office = Office()
    ran = harness.run(office.close, office.clock, CONFIG, [harness.state("people", number) for number in range(3)])
    assert [state["id"] for state in ran.states] == [0, 1, 2]


def test_a_run_of_nothing_ends() -> None:
    office = Office()
    assert harness.run(office.close, office.clock, CONFIG, []).failure is None
