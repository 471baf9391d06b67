"""Is a rejected row in its file by the time its state says that it is dealt with, and is too many of them loud?"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from destination_close.engine.writer import Stopped
from destination_close.model import ConfigError
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, many_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support import harness

NOBODY = {"contact_name": "No Key", "contact_email": None}
"""Rejected: it has no key."""


def a_person(number: int) -> dict[str, Any]:
    return {"contact_name": f"Ada {number}", "contact_email": f"ada{number}@acme.example"}


class Sync:
    """Writes a stream `users` into an empty Close, and keeps rejected rows in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.close = Close(CALM, self.clock, self.clock.sleep)
        many_fields(self.close)

    def write(self, messages: Sequence[Any], *, storage: Any = "Local", limit: int = 100, **more: Any) -> harness.Ran:
        config = {
            "api_key": CALM.api_key,
            "lead_custom_field_id_for_company_id": COMPANY_ID,
            "contact_custom_field_id_for_user_id": USER_ID,
            "object_storage_config": {"storage_type": "Local", "local_path": str(self.folder)} if storage == "Local" else storage,
            "max_rejected_percent": limit,
        }
        return harness.run(self.close, self.clock, config, messages, describe=lambda info: replace(info, sync_id=4711), **more)

    @property
    def kept(self) -> list[dict[str, Any]]:
        files = sorted(self.folder.rglob("*.jsonl")) if self.folder.exists() else []
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def sync(tmp_path: Path) -> Sync:
    return Sync(tmp_path / "rejected")


def rows(*data: dict[str, Any]) -> list[Any]:
    return [harness.record("users", row) for row in data]


# --- the file --------------------------------------------------------------------------------------------------------


def test_no_state_leaves_before_the_rows_it_covers_are_in_their_file(sync: Sync) -> None:
    """Whatever order calls end in, and however many states wait."""
    messages: list[Any] = []
    for number in range(60):
        messages += rows(NOBODY if number % 3 == 0 else a_person(number))
        if number % 7 == 6:
            messages.append(harness.state("users", number))
    covered = []

    def hear(message: dict[str, Any]) -> None:
        if message["type"] == "STATE":
            upto = message["state"]["id"]
            covered.append(upto)
            assert {row["position"] for row in sync.kept} >= set(range(1, upto + 2, 3))

    ran = sync.write(messages, hear=hear, batch_rows=10)
    assert ran.failure is None
    assert covered == [6, 13, 20, 27, 34, 41, 48, 55]
    assert sorted(row["position"] for row in sync.kept) == list(range(1, 61, 3))


def test_what_is_rejected_after_the_last_state_is_kept_too(sync: Sync) -> None:
    sync.write([*rows(a_person(1)), harness.state("users", 1), *rows(NOBODY)])
    assert [row["position"] for row in sync.kept] == [2]


def test_the_file_says_what_close_said_and_the_log_does_not(sync: Sync) -> None:
    lead = sync.close.add_lead(name="Old", **{f"custom.{COMPANY_ID}": "c1"})
    sync.clock.advance(60)
    sync.close.settings = CALM.but(restricted_fields=["lead.description"])
    ran = sync.write(rows({"lead_company_id": "c1", "lead_description": "secret"}))
    (kept,) = sync.kept
    assert kept["reason"] == "refused_by_close"
    assert kept["object_id"] == lead["id"]
    assert kept["record"] == {"lead_company_id": "c1", "lead_description": "secret"}
    assert kept["message"].startswith("Close refused to update the lead (HTTP 403): ")
    assert kept["message"].partition("(HTTP 403): ")[2] not in "\n".join(ran.logs)


def test_the_log_says_where_the_files_are(sync: Sync) -> None:
    ran = sync.write(rows(NOBODY))
    assert f"Rejected rows, and rows that lost a value, are in {sync.folder}/4711/users/" in ran.logs[-1]


def test_without_a_storage_rows_are_rejected_all_the_same(sync: Sync) -> None:
    ran = sync.write([*rows(NOBODY, a_person(1)), harness.state("users", 1)], storage=None)
    assert ran.states[0]["destinationStats"] == {"recordCount": 1.0, "rejectedRecordCount": 1.0}
    assert sync.kept == []


# --- a storage that fails --------------------------------------------------------------------------------------------


def test_a_storage_that_fails_stops_the_run_with_nothing_more_acknowledged(sync: Sync) -> None:
    sync.folder.write_text("a file, not a folder")
    first = [*rows(a_person(1)), harness.state("users", 1)]
    ran = sync.write([*first, *rows(NOBODY, a_person(2)), harness.state("users", 2)], batch_rows=1)
    assert isinstance(ran.failure, ConfigError)
    assert "could not be written" in ran.failure.message
    assert [state["id"] for state in ran.states] == [1]


def test_a_storage_that_fails_at_the_end_fails_the_run(sync: Sync) -> None:
    sync.folder.write_text("a file, not a folder")
    ran = sync.write(rows(NOBODY))
    assert isinstance(ran.failure, ConfigError)
    assert "could not be written" in ran.failure.message


def test_a_storage_that_is_not_needed_may_be_broken(sync: Sync) -> None:
    sync.folder.write_text("a file, not a folder")
    ran = sync.write([*rows(a_person(1)), harness.state("users", 1)])
    assert ran.failure is None
    assert len(ran.states) == 1


def test_a_run_asked_to_stop_keeps_the_rows_of_the_states_it_still_lets_go(sync: Sync) -> None:
    stop = threading.Event()

    def hear(message: dict[str, Any]) -> None:
        if "Rejected: " in message.get("log", {}).get("message", ""):
            stop.set()

    ran = sync.write([*rows(NOBODY), harness.state("users", 1)], hear=hear, stop=stop)
    assert isinstance(ran.failure, Stopped)
    assert [state["id"] for state in ran.states] == [1]
    assert [row["position"] for row in sync.kept] == [1]


# --- too many --------------------------------------------------------------------------------------------------------


def test_when_every_row_is_rejected_the_run_fails_with_what_was_settled_acknowledged(sync: Sync) -> None:
    ran = sync.write([*rows(*[NOBODY] * 25), harness.state("users", 1)])
    assert isinstance(ran.failure, ConfigError)
    assert ran.failure.message.startswith("25 of 25 rows were rejected (100%), which reaches max_rejected_percent (100).")
    assert "no_match_key (25)" in ran.failure.message
    assert f"The rejected rows are in {sync.folder}/4711/users/" in ran.failure.message
    assert [state["destinationStats"] for state in ran.states] == [{"recordCount": 0.0, "rejectedRecordCount": 25.0}]
    assert len(sync.kept) == 25


def test_it_fails_at_a_state_rather_than_after_the_whole_input(sync: Sync) -> None:
    bad, good = rows(*[NOBODY] * 20), rows(*map(a_person, range(200)))
    ran = sync.write([*bad, harness.state("users", 1), *good, harness.state("users", 2)], batch_rows=20)
    assert isinstance(ran.failure, ConfigError)
    assert [state["id"] for state in ran.states] == [1]


def test_it_fails_at_the_end_where_no_state_comes(sync: Sync) -> None:
    ran = sync.write(rows(*map(a_person, range(15)), *[NOBODY] * 5), limit=25)
    assert isinstance(ran.failure, ConfigError)
    assert "5 of 20 rows were rejected (25%)" in ran.failure.message
    assert ran.summary_of("users").startswith("Stream users: 20 rows: 15 created")
    assert sync.close.lead_count == 15


@pytest.mark.parametrize(("good", "bad", "limit"), [(0, 19, 100), (1, 40, 100), (16, 4, 21)])
def test_a_share_below_the_limit_or_of_too_few_rows_passes(sync: Sync, good: int, bad: int, limit: int) -> None:
    ran = sync.write([*rows(*map(a_person, range(good)), *[NOBODY] * bad), harness.state("users", 1)], limit=limit)
    assert ran.failure is None
    assert ran.states[0]["destinationStats"] == {"recordCount": float(good), "rejectedRecordCount": float(bad)}
