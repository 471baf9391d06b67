"""What if the process has to go, is turned away, or speaks to nobody, while calls are under way?

The program itself, with Close behind it over HTTP.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_sandbox import Settings
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, id_fields
from integration_tests.close_sandbox.server import Running, running_server
from unit_tests.support.platform_simulator import MAIN, process_environment, stream_of, write_json
from unit_tests.support.privacy import assert_texts_private

ROWS = 400
STATE_EVERY = 20
SECONDS_TO_LEAVE = 10.0
"""Then the platform kills."""

MARGIN = 1.5
"""For a busy machine."""

Json = dict[str, Any]


def a_row(number: int) -> Json:
    company = number // 4
    return {
        "lead_company_id": f"c{company}",
        "lead_name": f"Walrus Holding {company}",
        "contact_user_id": f"u{number}",
        "contact_email": f"walrus{number}@walrus.example",
        "contact_name": f"Wanda Walrus {number}",
    }


class Program:
    """One Close, and runs of the program one after the other, each from the last state that the one before let out."""

    def __init__(self, server: Running, folder: Path) -> None:
        self.close = server.close
        ids = {"lead_custom_field_id_for_company_id": COMPANY_ID, "contact_custom_field_id_for_user_id": USER_ID}
        config = {"api_key": self.close.settings.api_key, **ids, "search_lag_seconds": 4}
        files = [
            write_json(folder, "config.json", config),
            write_json(folder, "catalog.json", {"streams": [stream_of("users", *a_row(0))]}),
        ]
        self._command = [*MAIN, "write", "--config", files[0], "--catalog", files[1]]
        self._environment = process_environment({"CLOSE_API_BASE_URL": server.api_url})
        self.next_row = 0
        self.messages: list[Json] = []
        self.struck_at = 0.0

    def start(self) -> subprocess.Popen[bytes]:
        """All rows from there on go in at once; stdin stays open."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(self._command, env=self._environment, **pipes)  # type: ignore[call-overload]
        process.stdin.write("".join(self._lines()).encode())
        process.stdin.flush()
        return process  # type: ignore[no-any-return]

    def _lines(self) -> Iterator[str]:
        for number in range(self.next_row, ROWS):
            yield json.dumps({"type": "RECORD", "record": {"stream": "users", "emitted_at": 1, "data": a_row(number)}}) + "\n"
            if number % STATE_EVERY == STATE_EVERY - 1:
                at = {"stream_descriptor": {"name": "users"}, "stream_state": {"next": number + 1}}
                yield json.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": at, "id": number}}) + "\n"

    def hear(self, said: bytes) -> None:
        self.messages = [json.loads(line) for line in said.splitlines()]
        assert_texts_private(
            [line for line in said.decode().splitlines() if '"STATE"' not in line], self.close.settings.api_key, map(a_row, range(ROWS))
        )
        states = [message["state"] for message in self.messages if message["type"] == "STATE"]
        self.next_row = states[-1]["stream"]["stream_state"]["next"] if states else self.next_row
        people = {contact.get(f"custom.{USER_ID}") for contact in self.close.contacts.values()}
        assert people >= {f"u{number}" for number in range(self.next_row)}, "what is acknowledged is in"

    def leaves_in_time(self, process: subprocess.Popen[bytes]) -> int:
        """From the moment when `when` struck."""
        said, complaints = process.communicate(timeout=90)
        assert time.monotonic() - self.struck_at < SECONDS_TO_LEAVE + MARGIN
        assert complaints == b""
        self.hear(said)
        return process.returncode

    def runs_to_the_end(self) -> None:
        """And leaves Close as if there had been but one run."""
        self.close.faults.clear()
        self.close.before_request.clear()
        process = self.start()
        said, complaints = process.communicate(timeout=120)
        assert (process.returncode, complaints) == (0, b"")
        self.hear(said)
        assert self.next_row == ROWS
        self.close.settle()
        companies = Counter(lead[f"custom.{COMPANY_ID}"] for lead in self.close.leads.values())
        people = Counter(contact[f"custom.{USER_ID}"] for contact in self.close.contacts.values())
        assert companies == Counter(f"c{number // 4}" for number in range(0, ROWS, 4))
        assert people == Counter(f"u{number}" for number in range(ROWS))

    def when(self, writes: int, do: Callable[[], object]) -> None:
        """Once Close has seen so many creates."""
        seen = Counter[str]()

        def count(request: Any) -> None:
            seen["writes"] += request.method == "POST" and request.path != "/data/search/"
            if seen["writes"] == writes:
                seen["writes"] += 1
                self.struck_at = time.monotonic()
                do()

        self.close.before_request[:] = [count]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with running_server(Settings(index_lag=3.0, latency=0.05, speed=4)) as server:
        id_fields(server.close)
        yield Program(server, tmp_path)


TROUBLE = {
    "all is well": None,
    "Close never answers": Fault("timeout", times=None, delay=60.0),
    "Close is away": Fault("503", times=None),
    "answers to creates are lost": Fault("502", "before", "POST", "/lead/", times=None),
    "Close holds us back": Fault("429", times=None, retry_after=60.0),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_on_sigterm_it_leaves_in_time_whatever_it_waits_for_and_the_next_run_completes_it(program: Program, trouble: str) -> None:
    def and_then() -> None:
        if fault := TROUBLE[trouble]:
            program.close.faults.add(fault)
        process.terminate()

    program.when(60, and_then)
    process = program.start()
    assert program.leaves_in_time(process) == 143
    assert program.next_row < ROWS
    program.runs_to_the_end()


def test_when_nobody_listens_any_more_it_leaves_in_time_and_the_next_run_completes_it(program: Program) -> None:
    with program.start() as process:
        assert process.stdin
        assert process.stdout
        program.when(60, process.stdout.close)
        assert process.wait(60) == 143
        assert time.monotonic() - program.struck_at < SECONDS_TO_LEAVE + MARGIN
        with suppress(BrokenPipeError):
            process.stdin.close()
    program.runs_to_the_end()


@pytest.mark.parametrize("status", ["401", "402"])
def test_a_key_that_is_turned_away_midway_ends_the_run_with_one_clear_message(program: Program, status: Any) -> None:
    program.when(60, lambda: program.close.faults.add(Fault(status, times=None)))
    assert program.leaves_in_time(program.start()) == 1
    (trace,) = [message["trace"] for message in program.messages if message["type"] == "TRACE"]
    assert trace["error"]["failure_type"] == "config_error"
    assert f"HTTP {status}" in trace["error"]["message"]
    assert program.messages[-1]["type"] == "TRACE", "nothing is acknowledged after it"
    program.runs_to_the_end()
