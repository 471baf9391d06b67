"""Does the whole connector, with Close behind it, keep the platform's rules?

The simulator plays the orchestrator, the sandbox plays Close; between them runs the program itself.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_sandbox import Settings
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, id_fields
from integration_tests.close_sandbox.server import Running, running_server
from unit_tests.support.platform_simulator import (
    MAIN,
    Finish,
    Json,
    Platform,
    as_pyairbyte_writes,
    process_environment,
    stream_of,
    write_json,
)

COLUMNS = ("lead_name", "lead_company_id", "contact_name", "contact_email", "contact_user_id", "contact_title")

ANSWERED = 60
"""Seconds until a fresh process surely has answered, however busy the machine."""

SOON = 15
"""A row waits at most 10 seconds for others; and then some, for a busy machine."""


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running_server(Settings()) as server:
        id_fields(server.close)
        yield server


@pytest.fixture
def sync(sandbox: Running, tmp_path: Path) -> Sync:
    return Sync(sandbox, tmp_path)


class Sync:
    """Starts the connector against the sandbox."""

    def __init__(self, server: Running, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self.close = server.close
        self.key = server.close.settings.api_key

    @property
    def environment(self) -> dict[str, str]:
        return {"CLOSE_API_BASE_URL": self._server.api_url}

    def config(self, **more: Any) -> Json:
        return {
            "api_key": self.key,
            "lead_custom_field_id_for_company_id": COMPANY_ID,
            "contact_custom_field_id_for_user_id": USER_ID,
            "search_lag_seconds": 0,
            **more,
        }

    def write(self, *streams: Json, config: Json | None = None, **options: Any) -> Platform:
        options = {"environment": self.environment, **options}
        return Platform(self._folder, config or self.config(), streams or [stream_of("users", *COLUMNS)], **options)

    def check(self, config: Json) -> tuple[str, str]:
        command = [*MAIN, "check", "--config", write_json(self._folder, "check.json", config)]
        environment = process_environment(self.environment)
        process = subprocess.run(command, capture_output=True, env=environment, timeout=ANSWERED, check=True)
        (message,) = map(json.loads, process.stdout.splitlines())
        return message["connectionStatus"]["status"], message["connectionStatus"]["message"]

    @property
    def names(self) -> list[str]:
        """Of all contacts in Close."""
        return sorted(contact["name"] for contact in self.close.contacts.values())


def a_person(number: int, **more: Any) -> Json:
    return {
        "lead_name": f"Acme {number // 5}",
        "lead_company_id": f"c{number // 5}",
        "contact_name": f"Ada Lovelace {number}",
        "contact_email": f"ada{number}@acme.example",
        "contact_user_id": f"u{number}",
        **more,
    }


NOBODY = {"contact_name": "No Key"}
"""A row that is rejected: it has no key."""


def assert_clean(done: Finish, exit_code: int = 0) -> None:
    assert (done.complaints, done.stderr, done.exit_code) == ([], "", exit_code), done.said


# --- states ----------------------------------------------------------------------------------------------------------


def test_rows_land_and_are_counted_per_state(sync: Sync) -> None:
    with sync.write() as platform:
        for number in range(10):
            platform.record("users", a_person(number))
        platform.state("users", {"cursor": 1}, novelty=[None])
        platform.record("users", a_person(10))
        platform.record("users", NOBODY)
        platform.state("users", {"cursor": 2})
        platform.record("users", a_person(11))
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(10.0, 0.0), (1.0, 1.0)]
    assert len(sync.names) == 12
    assert sync.close.lead_count == 3


def test_a_state_comes_back_soon_while_stdin_is_open_and_silent(sync: Sync) -> None:
    with sync.write() as platform:
        platform.state("users", {"cursor": 0})
        platform.wait_for_states(1, within=ANSWERED)
        platform.record("users", a_person(1))
        platform.state("users", {"cursor": 1})
        platform.wait_for_states(2, within=SOON)
        assert sync.names == ["Ada Lovelace 1"]
        assert_clean(platform.finish())


def test_a_state_after_every_row_does_not_make_a_call_of_every_row(sync: Sync) -> None:
    with sync.write() as platform:
        for number in range(100):
            platform.record("users", a_person(number))
            platform.state("users", {"cursor": number})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 0.0)] * 100
    assert sum(call.method == "POST" and call.path == "/lead/" for call in sync.close.calls) == 20
    assert sum(call.path == "/data/search/" for call in sync.close.calls) < 20


def test_streams_of_one_name_in_two_namespaces_are_counted_apart(sync: Sync) -> None:
    with sync.write(stream_of("users", *COLUMNS), stream_of("users", *COLUMNS, namespace="crm")) as platform:
        platform.record("users", a_person(1))
        platform.record("users", a_person(2), namespace="crm")
        platform.record("users", NOBODY, namespace="crm")
        platform.state("users", {}, namespace="crm")
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 1.0), (1.0, 0.0)]


def test_a_global_state_counts_all_streams(sync: Sync) -> None:
    with sync.write(stream_of("users", *COLUMNS), stream_of("people", *COLUMNS)) as platform:
        platform.record("users", a_person(1))
        platform.record("people", NOBODY)
        platform.global_state({"lsn": 9})
        platform.record("people", a_person(2))
        platform.global_state({"lsn": 10})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 1.0), (1.0, 0.0)]


@pytest.mark.parametrize("complete", [True, False])
def test_complete_is_neither_needed_nor_an_obstacle(sync: Sync, complete: bool) -> None:
    with sync.write() as platform:
        platform.record("users", a_person(1))
        platform.state("users", None)
        if complete:
            platform.complete()
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 0.0)]


def test_what_pyairbyte_writes_is_understood(sync: Sync) -> None:
    with sync.write(shape=as_pyairbyte_writes, numbered=False) as platform:
        platform.send({"type": "LOG", "log": {"level": "INFO", "message": "started"}})
        platform.record("users", a_person(1))
        platform.global_state({"lsn": 9})
        platform.record("users", a_person(2))
        platform.state("users", {"cursor": 1})
        platform.complete()
        done = platform.finish()
    assert_clean(done)
    assert "global_" in done.states[0]
    assert len(sync.names) == 2


# --- nothing is deleted, nothing is written twice ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["append", "append_dedup", "overwrite", "a_mode_of_next_year"])
def test_no_sync_mode_and_no_generation_deletes_anything(sync: Sync, mode: str) -> None:
    lead = sync.close.add_lead(name="Here before", contacts=[{"name": "Grace Hopper"}])
    stream = stream_of("users", *COLUMNS, destination_sync_mode=mode, generation_id=3, minimum_generation_id=3)
    with sync.write(stream) as platform:
        platform.record("users", a_person(1))
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert sync.names == ["Ada Lovelace 1", "Grace Hopper"]
    assert lead["id"] in sync.close.leads


def test_a_cleared_stream_writes_nothing_and_its_state_comes_back(sync: Sync) -> None:
    sync.close.add_lead(name="Here before")
    with sync.write(stream_of("users", *COLUMNS, sync_mode="full_refresh", destination_sync_mode="overwrite")) as platform:
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(0.0, 0.0)]
    assert_nothing_written(sync)


def test_the_same_rows_again_write_nothing_and_count_as_written(sync: Sync) -> None:
    for again in (False, True):
        sync.close.forget_calls()
        with sync.write() as platform:
            for number in range(10):
                platform.record("users", a_person(number))
            platform.state("users", {})
            done = platform.finish()
        assert_clean(done)
        assert done.counts == [(10.0, 0.0)]
        if again:
            assert_nothing_written(sync)


def assert_nothing_written(sync: Sync) -> None:
    assert [call.path for call in sync.close.calls if call.method != "GET" and call.path != "/data/search/"] == []


# --- odd input -------------------------------------------------------------------------------------------------------


def test_new_words_floats_and_odd_lines_do_not_end_the_run(sync: Sync) -> None:
    new = stream_of("users", *COLUMNS, sync_mode="sideways")
    del new["stream"]["supported_sync_modes"]
    with sync.write(new) as platform:
        meta = {"changes": [{"field": "lead_name", "change": "A_CHANGE_OF_NEXT_YEAR", "reason": "NEW"}]}
        platform.record("users", a_person(1), emitted_at=1759276800000.5, meta=meta)
        platform.send({"type": "A_TYPE_OF_NEXT_YEAR"})
        platform.send_line(b"Traceback: ada@acme.example")
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 0.0)]
    assert "ada@acme.example" not in done.said
    assert any("Line 3" in log["message"] for log in done.of_type("LOG") if log["level"] == "WARN")


def test_a_value_lost_on_the_way_clears_nothing(sync: Sync) -> None:
    meta = {"changes": [{"field": "contact_title", "change": "NULLED", "reason": "SOURCE_SERIALIZATION_ERROR"}]}
    for title, told in (("Countess", {}), (None, {"meta": meta})):
        with sync.write() as platform:
            platform.record("users", a_person(1, contact_title=title), **told)
            assert_clean(platform.finish())
    assert [contact["title"] for contact in sync.close.contacts.values()] == ["Countess"]


def test_an_id_longer_than_64_bits_keeps_its_digits(sync: Sync) -> None:
    ids = [123456789012345678901234567890, 123456789012345678901234567891]
    with sync.write() as platform:
        for number, company_id in enumerate(ids):
            platform.record("users", a_person(number, lead_company_id=company_id))
        assert_clean(platform.finish())
    assert sorted(lead[f"custom.{COMPANY_ID}"] for lead in sync.close.leads.values()) == [str(company_id) for company_id in ids]


# --- runs that fail --------------------------------------------------------------------------------------------------


def error_of(done: Finish) -> Json:
    assert_clean(done, exit_code=1)
    (error,) = done.errors
    return error


def test_a_record_of_a_stream_nobody_configured_fails_the_run(sync: Sync) -> None:
    with sync.write() as platform:
        platform.record("strangers", a_person(1))
        platform.state("strangers", {})
        done = platform.finish()
    assert error_of(done)["failure_type"] == "system_error"
    assert done.states == []


def test_a_key_that_close_does_not_know_is_a_config_error_and_a_failed_check(sync: Sync) -> None:
    config = sync.config(api_key="api_wr0ng.s3cret")
    assert sync.check(config)[0] == "FAILED"
    with sync.write(config=config) as platform:
        platform.record("users", a_person(1))
        done = platform.finish(close_stdin=False)
    assert error_of(done)["failure_type"] == "config_error"
    assert "s3cret" not in done.said


def test_for_a_good_config_check_names_the_organization_it_reaches(sync: Sync) -> None:
    status, message = sync.check(sync.config())
    assert status == "SUCCEEDED"
    assert "Sandbox Inc" in message


def test_a_stream_that_cannot_be_mapped_is_named_before_anything_is_written(sync: Sync) -> None:
    with sync.write(stream_of("orders", "total")) as platform:
        platform.record("orders", {"total": 5})
        done = platform.finish()
    error = error_of(done)
    assert error["failure_type"] == "config_error"
    assert "orders" in error["message"]
    assert_nothing_written(sync)


# --- leaving early ---------------------------------------------------------------------------------------------------


def test_on_sigterm_the_run_leaves_in_time_with_what_is_settled_acknowledged(sync: Sync) -> None:
    with sync.write() as platform:
        platform.record("users", a_person(1))
        platform.state("users", {"cursor": 1})
        platform.wait_for_states(1, within=ANSWERED)
        platform.record("users", a_person(2))
        platform.state("users", {"cursor": 2})
        platform.terminate()
        done = platform.finish(close_stdin=False, within=12)
    assert_clean(done, exit_code=143)
    assert len(done.states) <= len(sync.names)


def test_when_nobody_listens_any_more_the_run_ends_quietly(sync: Sync) -> None:
    with sync.write(deaf=True) as platform:
        platform.record("users", a_person(1))
        platform.state("users", {})
        assert_clean(platform.finish(close_stdin=False), exit_code=143)


# --- what is printed -------------------------------------------------------------------------------------------------


def test_neither_key_nor_values_are_printed(sync: Sync) -> None:
    with sync.write() as platform:
        platform.record("users", a_person(1))
        platform.record("users", NOBODY)
        platform.record("users", a_person(2, contact_user_id=True))
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 2.0)]
    for unseen in (sync.key, "acme", "Acme", "Lovelace", "No Key"):
        assert unseen not in done.said
