"""Does a person at a terminal get a plan, and another program lines it can rely on?"""

from __future__ import annotations

import json
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from destination_close.model import Kind, Reason, Rule, StreamKey
from destination_close.plan.lines import lines_of
from destination_close.plan.plan import Company
from destination_close.plan.table import MOST_CHANGES, lines_for_terminal, shown
from destination_close.plan.wording import WARNINGS
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, id_fields
from integration_tests.close_sandbox.server import Running, running_server
from unit_tests.support.plans import HOSTILE, a_plan, a_row, a_small_plan, put
from unit_tests.support.platform_simulator import MAIN, PROJECT, process_environment, stream_of, write_json

Json = dict[str, Any]

KEY = "api_0123456789.s3cret"
ROWS = [
    {"lead_company_id": "c1", "lead_name": "Acme Corp", "contact_user_id": "u1", "contact_email": "ann@acme.example"},
    {"lead_company_id": "c2", "lead_name": "Bolt", "contact_user_id": "u2", "contact_email": "bob@bolt.example"},
    {"lead_company_id": "c1", "lead_name": "Acme Corp"},
    {"lead_name": "no key"},
]

DOCUMENTED = (PROJECT / "docs" / "plan.md").read_text(encoding="utf-8")

# --- at a terminal -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running_server() as running:
        id_fields(running.close)
        running.close.add_lead({"name": "Acme", f"custom.{COMPANY_ID}": "c1", "contacts": [{"emails": [{"email": "Ann@acme.example"}]}]})
        yield running


def plan(server: Running, folder: Path, *options: str, rows: list[Json] = ROWS, **settings: Any) -> subprocess.CompletedProcess[str]:
    config = {
        "api_key": server.close.settings.api_key,
        "lead_custom_field_id_for_company_id": COMPANY_ID,
        "contact_custom_field_id_for_user_id": USER_ID,
        "search_lag_seconds": 0,
        **settings,
    }
    files = ["--config", write_json(folder, "config.json", config)]
    files += ["--catalog", write_json(folder, "catalog.json", {"streams": [stream_of("users", *ROWS[0])]})]
    records = (json.dumps({"type": "RECORD", "record": {"stream": "users", "emitted_at": 1, "data": row}}) for row in rows)
    return subprocess.run(
        [*MAIN, "plan", *files, *options],
        input="\n".join(records) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=process_environment({"CLOSE_API_BASE_URL": server.api_url}),
    )


def test_the_plan_goes_to_stdout_progress_to_stderr_and_nothing_to_close(server: Running, tmp_path: Path) -> None:
    server.close.forget_calls()
    process = plan(server, tmp_path)
    assert process.returncode == 0
    lines = process.stdout.splitlines()
    assert lines[:5] == [
        "Plan for Sandbox Inc. Nothing was written.",
        "",
        "               create   update",
        "  leads             1        1",
        "  contacts          1        1",
    ]
    assert "      by email; it had no User ID; users row 1" in lines
    assert "      Name  Acme -> Acme Corp" in lines
    assert "  + contact (no name) of Bolt" in lines
    assert "Connected to the Close organization Sandbox Inc." in process.stderr
    assert {call.endpoint for call in server.close.calls if call.method != "GET"} == {"POST /data/search/"}


def test_the_worked_example_is_what_comes_out() -> None:
    samples = PROJECT / "integration_tests" / "sample_files"
    with running_server() as empty, (samples / "messages.jsonl").open() as stdin:
        id_fields(empty.close)
        process = subprocess.run(
            [*MAIN, "plan", "--config", samples / "config.json", "--catalog", samples / "configured_catalog.json"],
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env=process_environment({"CLOSE_API_BASE_URL": empty.api_url}),
        )
    assert f"```text\n{process.stdout}```" in DOCUMENTED


def test_progress_holds_no_value_of_a_row_or_of_close(server: Running, tmp_path: Path) -> None:
    stderr = plan(server, tmp_path, "--html", str(tmp_path / "p.html")).stderr
    assert not any(value in stderr for value in ("Acme", "bolt", "Bolt", "c1", "ann", server.close.settings.api_key))


def test_the_files_are_for_their_owner_alone(server: Running, tmp_path: Path) -> None:
    files = [tmp_path / "plan.html", tmp_path / "plan.jsonl"]
    process = plan(server, tmp_path, "--html", str(files[0]), "--json", str(files[1]))
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert process.stderr.splitlines()[-2:] == [f"Written: {file}" for file in files]
    actions = [json.loads(line)["action"] for line in files[1].read_text().splitlines()]
    assert actions == ["update", "update", "create", "create", "unchanged", "reject"]
    assert files[0].read_text().startswith("<!doctype html>")


def test_rejected_rows_are_shown_and_stored_nowhere_however_many(server: Running, tmp_path: Path) -> None:
    storage = {"storage_type": "Local", "local_path": str(tmp_path / "rejected")}
    process = plan(server, tmp_path, rows=[ROWS[3]] * 30, object_storage_config=storage, max_rejected_percent=1)
    assert process.returncode == 0
    assert "     30  rejected   no_match_key 30" in process.stdout
    assert not (tmp_path / "rejected").exists()


def test_a_guard_is_named_in_the_plan(server: Running, tmp_path: Path) -> None:
    assert "The guard max_new_leads allows 0, and this plan makes 1 new lead" in plan(server, tmp_path, guards={"max_new_leads": 0}).stdout


def test_without_a_plan_the_exit_code_is_1_and_the_reason_is_given(server: Running, tmp_path: Path) -> None:
    process = plan(server, tmp_path, api_key=KEY)
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr.splitlines()[-1].startswith("Close refused the API key (HTTP 401).")
    assert KEY not in process.stderr


def test_a_file_that_cannot_be_written_is_reported_before_close_is_asked(server: Running, tmp_path: Path) -> None:
    server.close.forget_calls()
    process = plan(server, tmp_path, "--html", str(tmp_path / "nowhere" / "plan.html"))
    assert (process.returncode, server.close.calls) == (1, [])
    assert process.stderr.splitlines() == [f"The file {tmp_path}/nowhere/plan.html cannot be written: No such file or directory."]


def test_a_reader_that_has_seen_enough_is_not_a_failure(server: Running, tmp_path: Path) -> None:
    """As with `plan ... | head`."""
    config = {"api_key": server.close.settings.api_key, "lead_custom_field_id_for_company_id": COMPANY_ID, "search_lag_seconds": 0}
    files = [write_json(tmp_path, "config.json", config), write_json(tmp_path, "catalog.json", {"streams": []})]
    command = " ".join([*MAIN, "plan", "--config", files[0], "--catalog", files[1], "< /dev/null | true; echo ${PIPESTATUS[0]}"])
    environment = process_environment({"CLOSE_API_BASE_URL": server.api_url})
    process = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert process.stdout == "0\n"
    assert "Traceback" not in process.stderr
    assert "BrokenPipe" not in process.stderr


def test_a_dry_run_as_airbyte_starts_it_says_only_messages_and_explains_when_asked(server: Running, tmp_path: Path) -> None:
    config = {"api_key": server.close.settings.api_key, "lead_custom_field_id_for_company_id": COMPANY_ID, "dry_run": True}
    config |= {"contact_custom_field_id_for_user_id": USER_ID, "search_lag_seconds": 0}
    files = [write_json(tmp_path, "config.json", config), write_json(tmp_path, "catalog.json", {"streams": [stream_of("users", *ROWS[0])]})]
    records = [json.dumps({"type": "RECORD", "record": {"stream": "users", "emitted_at": 1, "data": row}}) for row in ROWS]
    process = subprocess.run(
        [*MAIN, "write", "--config", files[0], "--catalog", files[1]],
        input="\n".join(records) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=process_environment({"CLOSE_API_BASE_URL": server.api_url, "LOG_LEVEL": "DEBUG"}),
    )
    logs = [json.loads(line)["log"] for line in process.stdout.splitlines()]
    assert (process.returncode, process.stderr) == (0, "")
    assert sorted(log["message"].split(";")[0] for log in logs if log["level"] == "DEBUG") == [
        "stream users, row 1: updated",
        "stream users, row 2: created",
        "stream users, row 3: unchanged",
        "stream users, row 4: rejected (no_match_key)",
    ]
    assert any(log["message"].startswith("Dry run: nothing was written. Planned: leads (1 to create") for log in logs)


# --- the table -----------------------------------------------------------------------------------------------------------


def test_a_terminal_gets_nothing_that_it_would_interpret() -> None:
    assert shown("a\x1b[31mb\x07\nc\u202ed") == "a?[31mb? c?d"
    text = "\n".join(lines_for_terminal(a_small_plan()))
    assert HOSTILE not in text
    assert "\u2028" not in text


def test_of_many_changes_the_first_are_shown() -> None:
    plan = a_plan()
    for number in range(MOST_CHANGES + 5):
        put(plan, number, "lead", {"name": "Old"}, {"name": f"New {number}"})
    lines = list(lines_for_terminal(plan))
    assert f"The first {MOST_CHANGES} of 15 changes (use --html FILE or --json FILE to get them all):" in lines
    assert sum(line.startswith("  ~ lead") for line in lines) == MOST_CHANGES


def test_the_lack_of_changes_is_stated_too() -> None:
    plan = a_plan()
    a_row(plan, 1, Kind.UNCHANGED)
    assert list(lines_for_terminal(plan))[-1] == "No changes: Close already has everything that the rows ask for."
    a_row(plan, 2, Kind.REJECTED, Reason.NO_MATCH_KEY)
    assert list(lines_for_terminal(plan))[-1] == "No changes: no row is left that asks for one."


def test_that_no_rows_came_is_said_in_place_of_changes() -> None:
    assert list(lines_for_terminal(a_plan()))[-1] == "No rows came, so there is nothing to plan."


def test_what_is_to_be_looked_at_in_the_settings_is_shown() -> None:
    plan = a_small_plan()
    plan.remarks.append('Mappings 1, contact_phone: stream users has no column "phon"; did you mean "phone"?')
    lines = list(lines_for_terminal(plan))
    assert lines[lines.index("  Settings and columns") + 1] == f"       ! {plan.remarks[0]}"


def test_colours_are_for_the_signs_of_changes_only() -> None:
    coloured = [line for line in lines_for_terminal(a_small_plan(), colours=True) if "\x1b" in line]
    assert [line[5:10] for line in coloured] == ["  ~ l", "  ~ l", "  ~ c", "  + l", "  + c"]


def test_long_values_and_many_rows_are_cut() -> None:
    plan = a_plan()
    entry = put(plan, 1, "lead", {"name": "x"}, {"name": "y" * 100})
    entry.rows = {StreamKey(None, "users"): dict.fromkeys(range(1, 30))}
    text = "\n".join(lines_for_terminal(plan))
    assert f"x -> {'y' * 59}…" in text
    assert "users rows 1, 2, 3, 4, 5 and 24 more" in text


# --- lines for other programs ----------------------------------------------------------------------------------------------


def test_every_line_has_the_keys_that_the_documentation_names() -> None:
    table = DOCUMENTED.partition("\n| key | |\n")[2].partition("\n\n")[0]
    documented = re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)
    lines = list(lines_of(a_small_plan()))
    assert len(lines) == 8
    for line in lines:
        assert list(line) == documented


def test_each_kind_of_line_says_what_it_is_about() -> None:
    lines = list(lines_of(a_small_plan()))
    assert [(line["action"], line["object"]) for line in lines] == [
        ("update", "lead"),
        ("update", "lead"),
        ("update", "contact"),
        ("create", "lead"),
        ("create", "contact"),
        ("unchanged", "row"),
        ("skip", "row"),
        ("reject", "row"),
    ]
    assert [line["id"] for line in lines[:5]] == ["lead_1", "lead_2", "contact_3", None, None]
    assert lines[1]["changes"] == {"custom.cf_co": [None, "c-2"]}
    assert [line["matched_by"] for line in lines] == ["company_id", "user_id", "user_id", None, None, None, None, None]
    assert [line["reason"] for line in lines[3:]] == ["company_new", "company_new", None, "filtered", "invalid_value"]
    assert (lines[4]["ref"], lines[4]["lead"]) == ("new contact_5", "new lead_4")
    assert (lines[2]["stream"], lines[2]["positions"]) == ("crm.signups", [3])


def test_rows_of_several_streams_are_all_named() -> None:
    plan = a_plan()
    entry = put(plan, 1, "lead", {"name": "x"}, {"name": "y"})
    entry.rows = {StreamKey(None, "users"): {3: None, 1: None}, StreamKey("crm", "orders"): {2: None}}
    (line,) = lines_of(plan)
    assert (line["stream"], line["positions"], line["other_rows"]) == ("users", [1, 3], {"crm.orders": [2]})


def test_a_contact_is_listed_with_the_name_that_its_company_will_have() -> None:
    plan = a_plan()
    put(plan, 1, "contact", {}, {"title": "CEO"}, company=Company("Old", ""), lead_id="lead_1")
    put(plan, 1, "lead", {"name": "Old"}, {"name": "New"}, company=Company("New", "c-1"))
    assert [line["company"] for line in lines_of(plan)] == ["New", "New"]


def test_codes_of_rules_and_warnings_are_all_documented() -> None:
    codes = set(re.findall(r"`([a-z0-9_]+)`", DOCUMENTED))
    assert codes >= {rule.value for rule in Rule} | set(WARNINGS)
