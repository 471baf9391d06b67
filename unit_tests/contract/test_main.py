"""Does the command do what its page promises, over real connections?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_contract.__main__ import main
from integration_tests.close_contract.journal import Journal, Made
from integration_tests.close_sandbox import CALM, FakeClock
from integration_tests.close_sandbox.server import Running, running_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with running_server(CALM) as running:
        monkeypatch.setenv("CLOSE_API_BASE_URL", running.api_url)
        monkeypatch.setenv("CLOSE_API_KEY", running.close.settings.api_key)
        yield running


def check(folder: Path, *arguments: str) -> int:
    clock = FakeClock()
    return main([*arguments, "--out", str(folder / "facts.json"), "--journals", str(folder / "journals")], clock=clock, sleep=clock.sleep)


def test_a_run_over_http_writes_its_facts_and_leaves_nothing(server: Running, tmp_path: Path) -> None:
    assert check(tmp_path, "--organization", "Sandbox Inc", "--only", "0,2,6,9,15", "--plan", "trial") == 0
    told = {fact["id"]: fact for fact in json.loads((tmp_path / "facts.json").read_text())["facts"]}
    assert {"slashless", "nested_contact_fields", "read_lag", "email_case", "cut_off_creates"} <= set(told)
    assert told["slashless"]["finding"] == "serve"
    assert told["read_lag"]["finding"] == 0.0
    assert told["cut_off_creates"]["finding"] == 10
    assert told["email_case"]["plan"] == "trial"
    assert (len(server.close.leads), len(server.close.organization.fields)) == (0, 0)


def test_calls_that_are_to_arrive_together_do(server: Running, tmp_path: Path) -> None:
    server.close.change(rate_limits=True, window=1.0, edge_limit=[])
    assert check(tmp_path, "--organization", "Sandbox Inc", "--only", "8", "--provoke-429") == 0
    told = {fact["id"]: fact for fact in json.loads((tmp_path / "facts.json").read_text())["facts"]}
    assert told["retry_after_on_429"]["finding"] is True


def test_a_second_run_prints_what_changed(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(tmp_path, "--organization", "Sandbox Inc", "--only", "9,11")
    assert "changed" not in capsys.readouterr().out
    server.close.change(email_case="lower")
    check(tmp_path, "--organization", "Sandbox Inc", "--only", "9")
    changed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("changed: ")]
    assert [line.split(" on ")[0] for line in changed] == ['changed: email_case: "keep"']
    assert "noop_put_moves_date_updated" in (tmp_path / "facts.json").read_text()


@pytest.mark.parametrize("name", ["Another Inc", "sandbox inc", " "])
def test_without_the_organizations_name_nothing_is_done(server: Running, tmp_path: Path, name: str) -> None:
    assert check(tmp_path, "--organization", name) == 2
    assert [call.endpoint for call in server.close.calls] == ["GET /me/"]


def test_a_person_is_shown_whose_key_it_is_and_asked(server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "no"

    monkeypatch.setattr("builtins.input", typed)
    assert check(tmp_path) == 2
    assert "Ann Lee of Sandbox Inc" in asked[0]


def test_an_organization_in_which_somebody_works_is_refused(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(1001):
        server.close.add_lead()
    assert check(tmp_path, "--organization", "Sandbox Inc", "--only", "0") == 2
    assert "1001 leads" in capsys.readouterr().err
    assert check(tmp_path, "--organization", "Sandbox Inc", "--only", "0", "--large") == 0
    assert len(server.close.leads) == 1001


def left_behind(server: Running, folder: Path, run: str, **head: Any) -> None:
    lead, field = server.close.add_lead(name=f"{run} L0"), server.close.add_custom_field("lead", f"{run} text")
    journal = Journal(folder / "journals" / f"{run}.jsonl")
    organization = head.get("organization", server.close.organization.id)
    journal.begin(run, organization, server.close.me, "2026-01-01T00:00:00")
    journal.note(Made("/lead/", lead["id"]))
    journal.note(Made("/custom_field/lead/", field))


def test_what_a_killed_run_left_is_deleted_by_its_name(server: Running, tmp_path: Path) -> None:
    run = "dcc-20260105-k3x9qa"
    left_behind(server, tmp_path, run)
    server.close.add_lead(name=f"{run} that no journal has")
    kept = server.close.add_lead(name="dcc-20260105-another")
    assert check(tmp_path, "--clean", run) == 0
    assert list(server.close.leads) == [kept["id"]]
    assert server.close.organization.fields == {}


def test_the_journal_of_another_organization_is_not_obeyed(server: Running, tmp_path: Path) -> None:
    left_behind(server, tmp_path, "dcc-20260105-k3x9qa", organization="orga_other")
    assert check(tmp_path, "--clean", "dcc-20260105-k3x9qa") == 2
    assert len(server.close.leads) == 1


def test_what_no_longer_bears_the_name_of_the_run_is_kept_and_listed(
    server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = "dcc-20260105-k3x9qa"
    left_behind(server, tmp_path, run)
    (lead_id,) = server.close.leads
    server.close.edit_lead(lead_id, {"name": "Ours now"}, settled=True)
    assert check(tmp_path, "--clean", run) == 3
    assert list(server.close.leads) == [lead_id]
    assert f"not deleted: /lead/{lead_id}/" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Acme", "dcc", "dcc-20260105-", "dcc-20260105-k3x9qa or more", "*"])
def test_only_the_name_of_a_run_can_be_cleaned(server: Running, tmp_path: Path, name: str) -> None:
    server.close.add_lead(name="Acme")
    assert check(tmp_path, "--clean", name) == 2
    assert server.close.calls == []


def test_what_could_not_be_deleted_is_listed(server: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = "dcc-20260105-k3x9qa"
    left_behind(server, tmp_path, run)
    server.close.before_request.append(lambda request: setattr(request, "path", "/nowhere/") if request.method == "DELETE" else None)
    assert check(tmp_path, "--clean", run) == 3
    assert "not deleted: /lead/lead_" in capsys.readouterr().err


def test_without_a_key_nothing_is_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("CLOSE_API_KEY", raising=False)
    assert main([]) == 2
    assert "CLOSE_API_KEY" in capsys.readouterr().err
