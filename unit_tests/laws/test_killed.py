"""Does a run that is killed at any moment, and run again from the last acknowledged state, leave no twin and lose no row?"""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_sandbox import Settings
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, id_fields
from integration_tests.close_sandbox.server import Running, running_server
from unit_tests.support.platform_simulator import MAIN, process_environment, stream_of, write_json

ROWS = 240
INDEX_LAG = 6.0
"""Longer than a process takes to start, so that only waiting for it helps."""

Json = dict[str, Any]


def a_row(number: int) -> Json:
    company = number // 4
    return {
        "lead_company_id": f"c{company}",
        "lead_name": f"Company {company}",
        "contact_user_id": f"u{number}",
        "contact_email": f"p{number}@c{company}.example",
        "contact_title": "Engineer",
    }


def lines_from(first: int) -> list[str]:
    """The messages of the rows from there on, a state after every tenth."""
    lines = []
    for number in range(first, ROWS):
        lines.append(json.dumps({"type": "RECORD", "record": {"stream": "users", "emitted_at": 1, "data": a_row(number)}}))
        if number % 10 == 9:
            at = {"stream_descriptor": {"name": "users"}, "stream_state": {"next": number + 1}}
            lines.append(json.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": at, "id": number}}))
    return lines


class Runs:
    """Starts the program again and again, each time from the last state it let out."""

    def __init__(self, server: Running, folder: Path) -> None:
        config = {
            "api_key": server.close.settings.api_key,
            "lead_custom_field_id_for_company_id": COMPANY_ID,
            "contact_custom_field_id_for_user_id": USER_ID,
            "search_lag_seconds": 7,
        }
        self._config = write_json(folder, "config.json", config)
        self._catalog = write_json(folder, "catalog.json", {"streams": [stream_of("users", *a_row(0))]})
        self._environment = process_environment({"CLOSE_API_BASE_URL": server.api_url})
        self._close = server.close
        self.next_row = 0

    def run(self, *, kill_after_writes: int | None = None) -> int:
        """One run; killed once Close has seen so many writes of it. Returns the exit code."""
        command = [*MAIN, "write", "--config", self._config, "--catalog", self._catalog]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=self._environment, text=True, **pipes) as process:
            if kill_after_writes is not None:
                self._kill_after(process, kill_after_writes)
            said, _ = process.communicate("\n".join(lines_from(self.next_row)) + "\n", timeout=120)
        for line in said.splitlines():
            if line.startswith('{"type":"STATE"') and line.endswith("}"):
                self.next_row = json.loads(line)["state"]["stream"]["stream_state"]["next"]
        return process.returncode

    def _kill_after(self, process: subprocess.Popen[str], writes: int) -> None:
        seen = Counter[str]()

        def count(request: Any) -> None:
            if request.method in ("POST", "PUT") and request.path != "/data/search/":
                seen["writes"] += 1
                if seen["writes"] >= writes:
                    process.kill()

        self._close.before_request[:] = [count]


@pytest.mark.parametrize("seed", range(2))
def test_killed_runs_leave_no_duplicate_and_lose_no_row(seed: int, tmp_path: Path) -> None:
    """Each kill strikes while writes are under way, which the index does not show yet when the next run begins."""
    chance = random.Random(seed)
    with running_server(Settings(index_lag=INDEX_LAG, latency=0.02, speed=8)) as server:
        id_fields(server.close)
        runs = Runs(server, tmp_path)
        for _ in range(2):
            assert runs.run(kill_after_writes=chance.randint(1, 20)) == -9
        server.close.before_request.clear()
        assert runs.run() == 0
        assert runs.next_row == ROWS
        companies = Counter(lead[f"custom.{COMPANY_ID}"] for lead in server.close.leads.values())
        people = Counter(contact[f"custom.{USER_ID}"] for contact in server.close.contacts.values())
        assert companies == Counter(f"c{number // 4}" for number in range(0, ROWS, 4))
        assert people == Counter(f"u{number}" for number in range(ROWS))
