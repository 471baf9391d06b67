"""Does a run that got nothing it can use say so, whichever verb and file it was?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_sandbox.presets import id_fields
from integration_tests.close_sandbox.server import Running, running_server
from unit_tests.support.platform_simulator import MAIN, process_environment, stream_of, write_json

Json = dict[str, Any]

ROW = {"contact_email": "ann@acme.example", "contact_name": "Ann"}
RECORD = json.dumps({"type": "RECORD", "record": {"stream": "users", "emitted_at": 1, "data": ROW}})


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running_server() as running:
        id_fields(running.close)
        yield running


def call(server: Running, folder: Path, verb: str, lines: Sequence[str] = (), **files: str) -> subprocess.CompletedProcess[str]:
    paths = {
        "config": write_json(folder, "config.json", {"api_key": server.close.settings.api_key, "search_lag_seconds": 0}),
        "catalog": write_json(folder, "catalog.json", {"streams": [stream_of("users", *ROW)]}),
        **files,
    }
    given = [
        word for name in (("config",) if verb in ("check", "discover") else ("config", "catalog")) for word in (f"--{name}", paths[name])
    ]
    return subprocess.run(
        [*MAIN, verb, *given],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=process_environment({"CLOSE_API_BASE_URL": server.api_url}),
    )


def messages(process: subprocess.CompletedProcess[str]) -> list[Json]:
    return [json.loads(line) for line in process.stdout.splitlines()]


def warnings(process: subprocess.CompletedProcess[str]) -> list[str]:
    return [one["log"]["message"] for one in messages(process) if one["type"] == "LOG" and one["log"]["level"] == "WARN"]


def error(process: subprocess.CompletedProcess[str]) -> Json:
    assert process.returncode == 1
    assert process.stderr == ""
    failure: Json = messages(process)[-1]["trace"]["error"]
    return failure


# --- lines


@pytest.mark.parametrize(
    "lines",
    [
        [json.dumps(ROW)],
        [json.dumps(ROW), json.dumps({"type": "customer", **ROW})],
        ["email,name", "ann@acme.example,Ann"],
        ["[", json.dumps(ROW), "]"],
        ["", '{"type": "RECORD"}'],
    ],
)
def test_an_input_of_lines_without_a_message_fails(server: Running, tmp_path: Path, lines: list[str]) -> None:
    process = call(server, tmp_path, "write", lines)
    failure = error(process)
    assert failure["failure_type"] == "config_error"
    assert "Airbyte message. Each line must be one JSON object like " in failure["message"]
    assert "ann@acme.example" not in process.stdout
    assert len([line for line in warnings(process) if "it was skipped" in line]) == len([line for line in lines if line])


@pytest.mark.parametrize("lines", [[], ["", " "], ['{"type":"LOG","log":{"level":"INFO","message":"x"}}', "oops"]])
def test_an_input_without_lines_or_with_any_message_does_not(server: Running, tmp_path: Path, lines: list[str]) -> None:
    assert call(server, tmp_path, "write", lines).returncode == 0


def test_lines_that_are_no_messages_among_rows_are_warned_of_counted_and_capped(server: Running, tmp_path: Path) -> None:
    process = call(server, tmp_path, "write", [RECORD, *[json.dumps(ROW)] * 200, RECORD])
    assert process.returncode == 0
    told = warnings(process)
    assert len(told) == 52
    assert told[0] == f"Line 2 of the input is not a message ({len(json.dumps(ROW))} bytes); it was skipped."
    assert told[-2:] == [
        "Further lines that are not Airbyte messages are only counted from here on.",
        "200 lines of input were not Airbyte messages and were skipped.",
    ]
    assert "ann@acme.example" not in process.stdout


def test_a_plan_of_no_messages_is_none(server: Running, tmp_path: Path) -> None:
    process = call(server, tmp_path, "plan", [json.dumps(ROW)])
    assert (process.returncode, process.stdout) == (1, "")
    assert "The only line of the input is not an Airbyte message." in process.stderr


def test_a_plan_of_no_rows_says_that_none_came(server: Running, tmp_path: Path) -> None:
    process = call(server, tmp_path, "plan")
    assert process.returncode == 0
    assert process.stdout.splitlines()[-1] == "No rows came, so there is nothing to plan."


def test_a_dry_run_of_no_rows_says_so_too(server: Running, tmp_path: Path) -> None:
    config = {"api_key": server.close.settings.api_key, "search_lag_seconds": 0, "dry_run": True}
    process = call(server, tmp_path, "write", config=write_json(tmp_path, "dry.json", config))
    assert messages(process)[-1]["log"]["message"] == "Dry run: nothing was written. No rows came, so there is nothing to plan."


# --- files


@pytest.mark.parametrize("name", ["config", "catalog"])
@pytest.mark.parametrize("verb", ["write", "plan", "check", "discover"])
def test_a_file_that_is_not_there_or_broken_is_for_the_user_to_mend(server: Running, tmp_path: Path, verb: str, name: str) -> None:
    if name == "catalog" and verb in ("check", "discover"):
        return
    broken = tmp_path / "broken.json"
    broken.write_text('{\n  "streams": [}\n')
    for path, said in (
        ("/no/such/file.json", "There is no file /no/such/file.json."),
        (str(broken), "line 2, column 15: expecting value."),
    ):
        process = call(server, tmp_path, verb, **{name: path})
        if verb == "check":
            assert said in messages(process)[-1]["connectionStatus"]["message"]
        elif verb == "plan":
            assert process.returncode == 1
            assert process.stderr.rstrip().endswith(said)
        else:
            failure = error(process)
            assert failure["failure_type"] == "config_error"
            assert failure["message"].endswith(said)


@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        ([], "The configured catalog has no list of streams; "),
        ({"streams": [{"name": "users", "json_schema": {}}]}, "this is a catalog as a source's discover gives it"),
    ],
)
def test_a_catalog_of_another_shape_is_for_the_user_to_mend(server: Running, tmp_path: Path, catalog: Any, said: str) -> None:
    failure = error(call(server, tmp_path, "write", catalog=write_json(tmp_path, "other.json", catalog)))
    assert failure["failure_type"] == "config_error"
    assert said in failure["message"]


@pytest.mark.parametrize(("config", "kind"), [([], "a list"), ("x", "text"), (None, "null"), (5, "a number")])
def test_a_config_that_is_no_object_is_told_what_it_is(server: Running, tmp_path: Path, config: Any, kind: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(config))
    process = call(server, tmp_path, "check", config=str(path))
    assert messages(process)[-1]["connectionStatus"]["message"] == f"The config is not a JSON object, but {kind}."


def test_a_setting_that_does_not_exist_stops_every_verb(server: Running, tmp_path: Path) -> None:
    path = write_json(tmp_path, "typo.json", {"api_key": server.close.settings.api_key, "guards": {"max_new_lead": 1}})
    said = 'guards, "max_new_lead": there is no such setting; did you mean max_new_leads?'
    assert messages(call(server, tmp_path, "check", config=path))[-1]["connectionStatus"] == {"status": "FAILED", "message": said}
    assert call(server, tmp_path, "plan", config=path).stderr.rstrip() == said
    for verb in ("write", "discover"):
        assert error(call(server, tmp_path, verb, config=path))["message"] == said
