from __future__ import annotations

import pytest

from destination_close.model import Kind, Outcome, Reason
from destination_close.rejects import Tolerance
from unit_tests.support.builders import a_row


def after(percent: int, *, written: int = 0, rejected: int = 0, reason: Reason = Reason.INVALID_VALUE) -> Tolerance:
    tolerance = Tolerance(percent)
    for _ in range(written):
        tolerance.count(Outcome(a_row(), Kind.SKIPPED, Reason.FILTERED))
    for _ in range(rejected):
        tolerance.count(Outcome(a_row(), Kind.REJECTED, reason))
    return tolerance


@pytest.mark.parametrize(
    ("percent", "written", "rejected", "reached"),
    [
        (100, 0, 19, False),
        (100, 0, 20, True),
        (100, 1, 1000, False),
        (50, 10, 10, True),
        (50, 11, 10, False),
        (50, 9, 10, False),
        (0, 1000, 0, False),
        (0, 999, 1, True),
        (0, 0, 0, False),
    ],
)
def test_the_share_counts_once_twenty_rows_are_through(percent: int, written: int, rejected: int, reached: bool) -> None:
    assert after(percent, written=written, rejected=rejected).is_reached is reached


def test_the_message_names_the_three_commonest_reasons_and_the_file() -> None:
    tolerance = after(20, written=60)
    for reason, count in ((Reason.NO_MATCH, 1), (Reason.INVALID_VALUE, 30), (Reason.NO_MATCH_KEY, 7), (Reason.REFUSED_BY_CLOSE, 2)):
        for _ in range(count):
            tolerance.count(Outcome(a_row(), Kind.REJECTED, reason))
    assert tolerance.message("/rejected/users.jsonl") == (
        "40 of 100 rows were rejected (40%), which reaches max_rejected_percent (20). Most common reasons: invalid_value (30), "
        "no_match_key (7), refused_by_close (2). The rejected rows are in /rejected/users.jsonl. "
        "Fix the mapping or the data, or raise max_rejected_percent."
    )


def test_the_message_says_when_there_is_no_file() -> None:
    assert "object_storage_config names no storage for them" in after(100, rejected=20).message(None)
