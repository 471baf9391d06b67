"""Does the demo show what it promises?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.demo.reading import outcomes
from integration_tests.demo.rows import people_in, records
from integration_tests.demo.session import PROJECT


def test_the_same_rows_come_out_every_time() -> None:
    assert records() == records()
    assert 280 <= len(records()) <= 330


def test_people_have_several_rows_in_different_spellings() -> None:
    users = [record for record in records() if record.stream == "users"]
    assert people_in(users) < len(users)


def test_the_summaries_of_the_log_are_understood() -> None:
    log = [
        "Stream users: 1,302 rows: 1,000 created, 21 updated, 12 unchanged, 4 skipped, 2 rejected; reasons: filtered 4, no_match_key 2.",
        "Stream public.signups: 1 rows: 0 created, 0 updated, 1 unchanged, 0 skipped, 0 rejected; notes: contact_without_key 1.",
        "Finished in 1.0 s: 1,303 rows read.",
    ]
    users, signups = outcomes(log)
    assert (users.counts["created"], users.counts["rejected"], users.reasons) == (1000, 2, {"filtered": 4, "no_match_key": 2})
    assert (signups.stream, signups.reasons) == ("public.signups", {"contact_without_key": 1})


def test_a_log_that_cannot_be_read_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(ValueError, match="wording"):
        outcomes(["All went well."])


def test_the_demo_runs_from_end_to_end_and_its_second_sync_writes_nothing(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "integration_tests.demo", "--once", "--port", "0", "--folder", tmp_path],
        capture_output=True,
        cwd=PROJECT,
        timeout=120,
        check=False,
    )
    shown = process.stdout.decode()
    assert (process.returncode, process.stderr) == (0, b""), shown
    assert "Rejected: stream users" in shown
    assert "Greta Lind" in shown
    assert "c-1002" in shown
    assert "Nothing was written" in shown
