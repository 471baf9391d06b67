"""Do the examples of the pages on data activation and rejected records work as they stand?"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from destination_close.mapping import compile_streams
from destination_close.model import CONTACT, LEAD, ConfigError, Reason, StreamInfo, StreamKey
from destination_close.rejects import Tolerance
from destination_close.rejects.format import KEYS
from destination_close.settings import Config, Layout, read_config
from destination_close.settings.reject_layout import pattern_problems
from integration_tests.close_sandbox.server import running_server
from unit_tests.support.accounts import ACCOUNT
from unit_tests.support.documents import PROJECT, code_in, fences
from unit_tests.support.platform_simulator import process_environment

ACTIVATION, REJECTED = "docs/data_activation.md", "docs/rejected_records.md"


def test_the_example_without_airbyte_runs_and_says_what_the_page_says(tmp_path: Path) -> None:
    (catalog,) = fences(ACTIVATION, "json")
    (tmp_path / "catalog.json").write_text(catalog)
    command = fences(ACTIVATION, "sh")[-1]
    for name, meant in (
        (".venv/bin/python", sys.executable),
        ("main.py", str(PROJECT / "main.py")),
        (" integration_tests", f" {PROJECT}/integration_tests"),
    ):
        command = command.replace(name, meant)
    with running_server(preset="demo") as server:
        environment = process_environment({"CLOSE_API_BASE_URL": server.api_url})
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=90)
        names = [contact["name"] for contact in server.close.contacts.values()]
    assert done.returncode == 0, done.stderr
    assert "Ann Lee" in names
    rejection, state = fences(ACTIVATION, "text")[-1].splitlines()
    assert rejection in done.stdout
    assert state.partition('"id":1,')[2].rstrip("}") in done.stdout


def test_the_problems_that_the_page_shows_are_worded_so() -> None:
    people = StreamInfo(StreamKey("crm", "users"), {}, "append_dedup", (("contact_email",),), "contact")
    columns: dict[str, Any] = {"contact_email": {}, "contact_nmae": {}, "lead_custom.Plam": {}}
    streams = [replace(people, properties=columns), replace(people, key=StreamKey(None, "orders"), destination_object_name="person")]
    with pytest.raises(ConfigError) as caught:
        compile_streams(Config("k", {LEAD: "cf_company", CONTACT: "cf_user"}), ACCOUNT, streams)
    assert caught.value.message == fences(ACTIVATION, "text")[0].strip()


def test_every_setting_that_the_page_shows_is_well_formed() -> None:
    examples = [json.loads(example) for example in fences(REJECTED, "json")]
    settings = [example for example in examples if "object_storage_config" in example]
    assert len(settings) == 3
    for example in settings:
        assert read_config({"api_key": "k", **example})[1] == ()


def test_the_line_that_the_page_shows_has_the_keys_that_lines_have() -> None:
    (line,) = (json.loads(example) for example in fences(REJECTED, "json") if "rejected_at" in example)
    assert tuple(line) == KEYS
    assert line["reason"] in {reason.value for reason in Reason}


def test_every_variable_that_the_page_names_can_be_used() -> None:
    named = [name for name in code_in(REJECTED) if name.startswith("{") and name.endswith("}") and '"' not in name and "/" not in name]
    assert len(named) >= 14
    for name in named:
        if "_" not in name.strip("{}") or name.count("{") == 1:
            assert pattern_problems(Layout(path_format=name)) == []


def test_the_message_that_the_page_shows_is_worded_so() -> None:
    from destination_close.model import Kind, Outcome
    from unit_tests.support.builders import a_row

    tolerance = Tolerance(100)
    for _ in range(25):
        tolerance.count(Outcome(a_row(), Kind.REJECTED, Reason.NO_MATCH_KEY))
    (shown,) = fences(REJECTED, "text")
    where = "/local/rejected/4711/crm/users/2026_03_04_1772600767089_1.jsonl"
    assert tolerance.message(where) == " ".join(shown.split())
