"""Can a rejected record be corrected in its file and sent again?"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_sandbox import Settings
from integration_tests.close_sandbox.presets import PLAN, many_fields
from integration_tests.close_sandbox.server import Running, running_server
from integration_tests.replay import message_of, rejected_in
from unit_tests.support.platform_simulator import MAIN, PROJECT, process_environment, stream_of, write_json


@pytest.fixture
def close() -> Iterator[Running]:
    with running_server(Settings()) as server:
        many_fields(server.close)
        yield server


def test_a_value_that_is_corrected_in_its_file_lands(close: Running, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected"
    storage = {"storage_type": "Local", "local_path": str(rejected)}
    config = {"api_key": close.close.settings.api_key, "search_lag_seconds": 0, "object_storage_config": storage}
    users = stream_of("users", "contact_email", "contact_name", "lead_custom.Plan", namespace="crm")
    files = [
        *("--config", write_json(tmp_path, "config.json", config)),
        *("--catalog", write_json(tmp_path, "catalog.json", {"streams": [users]})),
    ]

    def run(*command: str, told: str | None = None) -> str:
        environment = process_environment({"CLOSE_API_BASE_URL": close.api_url})
        return subprocess.run(
            command, input=told, capture_output=True, text=True, env=environment, cwd=PROJECT, timeout=60, check=True
        ).stdout

    def landed() -> dict[str, str | None]:
        leads = close.close.leads
        return {person["name"]: leads[person["lead_id"]].get(f"custom.{PLAN}") for person in close.close.contacts.values()}

    rows = [a_person("Ann", "Team"), a_person("Bob", "team"), a_person("Zoë", "Enterprise Plus")]
    run(*MAIN, "write", *files, told="\n".join(json.dumps(message_of(a_reject(row))) for row in rows))
    assert landed() == {"Ann": "Team", "Bob": None, "Zoë": None}

    (file,) = rejected.rglob("*.jsonl")
    assert [line["record"] for line in rejected_in(file)] == rows[1:]
    file.write_text(file.read_text().replace('"team"', '"Team"').replace('"Enterprise Plus"', '"Enterprise"'))

    run(*MAIN, "write", *files, told=run(sys.executable, "-m", "integration_tests.replay", str(file)))
    assert landed() == {"Ann": "Team", "Bob": "Team", "Zoë": "Enterprise"}
    assert list(rejected.rglob("*.jsonl")) == [file]


def a_person(name: str, plan: str) -> dict[str, Any]:
    return {"contact_email": f"{name.lower().replace('ë', 'e')}@acme.example", "contact_name": name, "lead_custom.Plan": plan}


def a_reject(row: dict[str, Any]) -> dict[str, Any]:
    return {"stream": "users", "namespace": "crm", "record": row}


def test_files_of_every_format_are_read(tmp_path: Path) -> None:
    plain, zipped, table = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz", tmp_path / "a.csv"
    reject = {**a_reject({"x": "line\nbreak \u2028"}), "reason": "no_match"}
    plain.write_text(json.dumps(reject, ensure_ascii=False) + "\n")
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    record = json.dumps(reject["record"], ensure_ascii=False).replace('"', '""')
    table.write_text(f'reason,stream,namespace,record\nno_match,users,crm,"{record}"\n')
    assert [list(rejected_in(file)) for file in (plain, zipped, table)] == [[reject]] * 3
