"""Does the process, started as the platform starts it, print only messages and end with the right exit code?"""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from unit_tests.support.platform_simulator import (
    MAIN,
    PROJECT,
    Finish,
    Json,
    Platform,
    as_pyairbyte_writes,
    process_environment,
    stream_of,
    write_json,
)

PRETEND = (sys.executable, str(PROJECT / "unit_tests" / "support" / "pretend_main.py"))
"""The same program with a writer that only pretends to write."""

KEY = "api_0123456789.s3cret"
KEY_IN_HEADER = base64.b64encode(f"{KEY}:".encode()).decode()
EMAIL = "ada@acme.example"

STARTED = 60
"""Seconds until a process surely has imported the CDK and answered, however busy the machine."""


def run(*args: str, command: tuple[str, ...] = PRETEND, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*command, *args], capture_output=True, env=process_environment(), timeout=60, check=False, **options)


def messages_of(process: subprocess.CompletedProcess[bytes]) -> list[Json]:
    """Each line of stdout, which must be JSON."""
    assert process.stderr == b""
    return [json.loads(line) for line in process.stdout.splitlines()]


# --- spec ------------------------------------------------------------------------------------------------------------


def test_spec_is_answered_from_the_packaged_file() -> None:
    process = run("spec", command=MAIN)
    spec = json.loads((PROJECT / "destination_close" / "spec.json").read_text())
    assert (process.returncode, messages_of(process)) == (0, [{"type": "SPEC", "spec": spec}])


def test_spec_does_not_wait_for_the_cdk_to_be_imported() -> None:
    imported = run("spec", command=(sys.executable, "-X", "importtime", MAIN[1])).stderr
    assert b"destination_close.settings.spec" in imported
    for slow in (b"airbyte_cdk", b"requests", b"jinja2", b"phonenumbers", b"destination_close.destination"):
        assert slow not in imported


def test_spec_is_what_the_cdk_makes_of_it() -> None:
    from airbyte_cdk.models import ConnectorSpecificationSerializer

    from destination_close import DestinationClose
    from destination_close.settings import packaged_spec

    by_cdk = ConnectorSpecificationSerializer.dump(DestinationClose().spec(logging.getLogger("airbyte")))
    assert {key: by_cdk[key] for key in packaged_spec()} == packaged_spec()


def test_spec_with_options_ends_with_the_usage() -> None:
    assert run("spec", "--config", "x").returncode == 2


@pytest.mark.parametrize("args", [[], ["read"], ["check"], ["write", "--config", "x"]])
def test_a_call_that_makes_no_sense_exits_with_2_and_says_nothing_on_stdout(args: list[str]) -> None:
    process = run(*args)
    assert (process.returncode, process.stdout) == (2, b"")
    assert b"usage: destination-close" in process.stderr


# --- check -----------------------------------------------------------------------------------------------------------


def status_of(process: subprocess.CompletedProcess[bytes]) -> tuple[str, str]:
    """Of a check that answered, and answered with nothing else."""
    assert process.returncode == 0
    (message,) = messages_of(process)
    assert message["type"] == "CONNECTION_STATUS"
    return message["connectionStatus"]["status"], message["connectionStatus"]["message"]


def test_a_good_config_succeeds_and_the_key_is_masked_in_what_is_said(tmp_path: Path) -> None:
    process = run("check", "--config", write_json(tmp_path, "config.json", {"api_key": KEY}))
    assert status_of(process) == ("SUCCEEDED", "Connected, with the key ****.")


def test_a_config_that_does_not_work_fails_with_exit_0(tmp_path: Path) -> None:
    process = run("check", "--config", write_json(tmp_path, "config.json", {"api_key": "unusable"}))
    assert status_of(process) == ("FAILED", "Close did not accept the API key.")


def test_a_config_that_says_nothing_fails_with_what_it_lacks(tmp_path: Path) -> None:
    status, message = status_of(run("check", "--config", write_json(tmp_path, "config.json", {"mappings": [{}]}), command=MAIN))
    assert status == "FAILED"
    assert "api_key" in message
    assert "mappings 1" in message


def test_a_bug_in_check_is_a_trace_and_exit_1(tmp_path: Path) -> None:
    process = run("check", "--config", write_json(tmp_path, "config.json", {"api_key": "defect", "email": EMAIL}))
    (message,) = messages_of(process)
    assert (process.returncode, message["trace"]["error"]["failure_type"]) == (1, "system_error")
    assert EMAIL not in process.stdout.decode()


# --- write -----------------------------------------------------------------------------------------------------------


def pretending(folder: Path, *streams: Json, **options: Any) -> Platform:
    return Platform(folder, {"api_key": KEY}, streams or [stream_of("users")], command=PRETEND, **options)


def assert_clean(done: Finish, exit_code: int = 0) -> None:
    assert (done.complaints, done.stderr, done.exit_code) == ([], "", exit_code)


def test_rows_are_counted_per_state_and_the_states_come_back_whole(tmp_path: Path) -> None:
    with pretending(tmp_path) as platform:
        for id_ in range(10):
            platform.record("users", {"id": id_})
        platform.state("users", {"cursor": 1}, novelty={"a": None})
        platform.record("users", {"reject": True})
        platform.record("users", {"id": 11})
        platform.state("users", None)
        platform.state("users", {"cursor": 123456789012345678901234567890})
        platform.record("users", {"id": "after the last state"})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(10.0, 0.0), (1.0, 1.0), (0.0, 0.0)]


def test_a_state_comes_back_while_stdin_is_open_and_silent(tmp_path: Path) -> None:
    with pretending(tmp_path) as platform:
        platform.record("users", {"id": 1})
        platform.state("users", {"cursor": 1})
        platform.wait_for_states(1, within=STARTED)
        platform.record("users", {"id": 2})
        platform.state("users", {"cursor": 2})
        platform.wait_for_states(2, within=3)
        assert_clean(platform.finish())


def test_streams_of_one_name_in_two_namespaces_are_counted_apart(tmp_path: Path) -> None:
    with pretending(tmp_path, stream_of("users"), stream_of("users", namespace="crm")) as platform:
        platform.record("users", {"id": 1})
        platform.record("users", {"id": 1}, namespace="crm")
        platform.record("users", {"reject": 1}, namespace="crm")
        platform.state("users", {}, namespace="crm")
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 1.0), (1.0, 0.0)]


def test_global_and_legacy_states_count_all_streams(tmp_path: Path) -> None:
    with pretending(tmp_path, stream_of("users"), stream_of("accounts")) as platform:
        platform.record("users", {"id": 1})
        platform.record("accounts", {"id": 1})
        platform.global_state({"lsn": 9})
        platform.record("accounts", {"id": 2})
        platform.global_state({"lsn": 10})
        platform.record("users", {"id": 2})
        platform.legacy_state({"cursor": 1})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(2.0, 0.0), (1.0, 0.0), (1.0, 0.0)]


@pytest.mark.parametrize("complete", [True, False])
def test_complete_is_neither_needed_nor_an_obstacle(tmp_path: Path, complete: bool) -> None:
    with pretending(tmp_path) as platform:
        platform.record("users", {"id": 1})
        platform.state("users", {})
        if complete:
            platform.complete()
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 0.0)]


def test_an_empty_input_is_a_good_run(tmp_path: Path) -> None:
    with pretending(tmp_path) as platform:
        done = platform.finish()
    assert_clean(done)
    assert done.messages == []


def test_a_cleared_stream_ends_well_and_its_states_come_back(tmp_path: Path) -> None:
    cleared = stream_of("users", sync_mode="full_refresh", destination_sync_mode="overwrite", minimum_generation_id=3, generation_id=3)
    with pretending(tmp_path, cleared) as platform:
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(0.0, 0.0)]


def test_what_pyairbyte_writes_is_understood(tmp_path: Path) -> None:
    with pretending(tmp_path, stream_of("users"), shape=as_pyairbyte_writes, numbered=False) as platform:
        platform.send({"type": "LOG", "log": {"level": "INFO", "message": "started"}})
        platform.record("users", {"id": 1})
        platform.global_state({"lsn": 9})
        platform.record("users", {"id": 2})
        platform.legacy_state({"cursor": 9})
        platform.complete()
        done = platform.finish()
    assert_clean(done)
    assert "global_" in done.states[0]


def test_new_words_floats_and_odd_lines_do_not_end_the_run(tmp_path: Path) -> None:
    new = stream_of("users", sync_mode="sideways", destination_sync_mode="overwrite_dedup")
    del new["stream"]["supported_sync_modes"]
    with pretending(tmp_path, new) as platform:
        platform.record(
            "users", {"id": 1}, emitted_at=1759276800000.5, meta={"changes": [{"field": "a", "change": "NEW", "reason": "NEW"}]}
        )
        platform.send({"type": "A_TYPE_OF_NEXT_YEAR"})
        platform.send({"type": "TRACE", "trace": {"type": "NEW"}})
        platform.send_line(b"")
        platform.send_line(f"Traceback: {EMAIL}".encode())
        platform.state("users", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 0.0)]
    assert [log["message"] for log in done.of_type("LOG")] == ["line 5: not JSON"]


# --- write that fails ------------------------------------------------------------------------------------------------


def error_of(done: Finish) -> Json:
    assert_clean(done, exit_code=1)
    (error,) = done.errors
    return error


def test_a_stopped_run_is_a_trace_with_its_stream_and_exit_1(tmp_path: Path) -> None:
    """While stdin is still open: the reader that waits for it must not keep the process, nor abort it."""
    with pretending(tmp_path, stream_of("users", namespace="crm")) as platform:
        platform.record("users", {"stop": "config"}, namespace="crm")
        platform.state("users", {}, namespace="crm")
        done = platform.finish(close_stdin=False, within=STARTED)
    error = error_of(done)
    assert (error["failure_type"], error["message"]) == ("config_error", "The key **** was withdrawn.")
    assert error["stream_descriptor"] == {"name": "users", "namespace": "crm"}
    assert done.states == []


def test_a_bug_is_a_system_error_that_shows_no_value(tmp_path: Path) -> None:
    with pretending(tmp_path) as platform:
        platform.record("users", {"stop": "defect", "email": EMAIL})
        done = platform.finish()
    error = error_of(done)
    assert (error["failure_type"], error["internal_message"]) == ("system_error", "KeyError")
    assert "pretend_main.py" in error["stack_trace"]
    assert EMAIL not in done.said


def test_a_record_of_a_stream_nobody_configured_fails_the_run(tmp_path: Path) -> None:
    with pretending(tmp_path, stream_of("users", namespace="crm")) as platform:
        platform.record("users", {"id": 1})
        done = platform.finish()
    assert error_of(done)["failure_type"] == "system_error"


def test_an_invalid_config_is_a_config_error(tmp_path: Path) -> None:
    with Platform(tmp_path, {"api_key": ["s3cret"]}, [stream_of("users")]) as platform:
        done = platform.finish()
    error = error_of(done)
    assert error["failure_type"] == "config_error"
    assert "api_key" in error["message"]
    assert "s3cret" not in done.said


def test_a_catalog_that_cannot_be_read_is_a_config_error(tmp_path: Path) -> None:
    config, catalog = write_json(tmp_path, "config.json", {"api_key": KEY}), write_json(tmp_path, "catalog.json", "{")
    process = run("write", "--config", config, "--catalog", catalog, stdin=subprocess.DEVNULL)
    (message,) = messages_of(process)
    assert (process.returncode, message["trace"]["error"]["failure_type"]) == (1, "config_error")


def test_an_input_that_breaks_off_is_a_transient_error(tmp_path: Path) -> None:
    config, catalog = write_json(tmp_path, "config.json", {"api_key": KEY}), write_json(tmp_path, "catalog.json", {"streams": []})
    unreadable = os.open(config, os.O_WRONLY)
    try:
        process = run("write", "--config", config, "--catalog", catalog, stdin=unreadable)
    finally:
        os.close(unreadable)
    (message,) = messages_of(process)
    assert (process.returncode, message["trace"]["error"]["failure_type"]) == (1, "transient_error")


def test_neither_the_key_nor_what_libraries_say_is_printed(tmp_path: Path) -> None:
    with pretending(tmp_path) as platform:
        platform.record("users", {"say": f"the key, {KEY_IN_HEADER}"})
        platform.record("users", {"library": f"GET /lead/?query={EMAIL}"})
        done = platform.finish()
    assert [log["message"] for log in done.of_type("LOG")] == ["****, ****"]
    assert done.stderr == "A thread of the connector ended with KeyError.\n"


def test_a_key_given_with_blanks_around_it_is_masked_without_them(tmp_path: Path) -> None:
    with Platform(tmp_path, {"api_key": f" {KEY}\n"}, [stream_of("users")], command=PRETEND) as platform:
        platform.record("users", {"say": f"{KEY} {KEY_IN_HEADER}"})
        done = platform.finish()
    assert [log["message"] for log in done.of_type("LOG")] == ["**** ****"]


# --- write that is told to stop --------------------------------------------------------------------------------------


def test_on_sigterm_what_is_in_flight_is_finished_and_the_exit_code_is_143(tmp_path: Path) -> None:
    with pretending(tmp_path) as platform:
        platform.record("users", {"id": 1})
        platform.state("users", {"cursor": 1})
        platform.wait_for_states(1, within=STARTED)
        platform.record("users", {"stop": "finish"})
        platform.state("users", {"cursor": 2})
        platform.wait_for(lambda: bool(platform.messages[1:]), "a row in flight", within=STARTED)
        platform.terminate()
        done = platform.finish(close_stdin=False, within=10)
    assert_clean(done, exit_code=143)
    assert [log["message"] for log in done.of_type("LOG")] == ["in flight", "finished"]


def test_on_sigterm_a_silent_run_leaves_too(tmp_path: Path) -> None:
    with pretending(tmp_path) as platform:
        platform.state("users", {})
        platform.wait_for_states(1, within=STARTED)
        platform.terminate()
        assert_clean(platform.finish(close_stdin=False, within=10), exit_code=143)


def test_when_nobody_listens_any_more_the_run_ends_quietly(tmp_path: Path) -> None:
    with pretending(tmp_path, deaf=True) as platform:
        platform.record("users", {"id": 1})
        platform.state("users", {})
        assert_clean(platform.finish(close_stdin=False, within=STARTED), exit_code=143)


def test_spec_for_nobody_ends_quietly() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        process = subprocess.run([*MAIN, "spec"], stdout=write_end, stderr=subprocess.PIPE, timeout=60, check=False)
    finally:
        os.close(write_end)
    assert (process.returncode, process.stderr) == (143, b"")


def test_a_run_that_hangs_is_gone_when_its_time_is_up() -> None:
    program = """
import os, signal, threading
from destination_close.shutdown import Shutdown
shutdown = Shutdown(threading.Event(), seconds=0.2)
shutdown.on_sigterm()
os.kill(os.getpid(), signal.SIGTERM)
shutdown.stop.wait()
print(shutdown.requested, flush=True)
threading.Event().wait()
"""
    started = time.monotonic()
    process = run("-c", program, command=(sys.executable,))
    assert (process.returncode, process.stdout) == (143, b"True\n")
    assert time.monotonic() - started < 8
