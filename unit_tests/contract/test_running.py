"""Does a run keep its promises: few calls, slow calls, nothing left behind?"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_contract import cleaning, running, talk
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import MOST_CALLS, MOST_SEARCHES, Talk
from integration_tests.close_sandbox import Close, Fault
from unit_tests.contract.trial import RUN, InProcess, Trial

WORLDS: list[dict[str, Any]] = [
    {},
    {"index_lag": 8.0, "event_lag": 5.0, "read_lag": 0.4},
    {"index_lag": 60.0, "event_lag": 30.0},
    {"read_lag": 3.0, "deleted_get_stale_once": True, "nested_contacts": False, "contact_ids": False},
    {"nested_contact_fields": "id", "lead_custom_fields": "absent", "header_form": "none", "early_429": 0.05},
    {"max_clauses": 700, "max_search_body_bytes": 90_000, "most_nested_contacts": 80, "longest_text": 3000},
    {"edge_limit": [60, 100], "shared_groups": False, "window_start": "first_call", "reset_form": "decimal"},
]


def emptiness(close: Close) -> tuple[int, int, int]:
    """What there is in the sandbox."""
    return len(close.leads), len(close.contacts), len(close.organization.fields)


@pytest.mark.parametrize("switches", WORLDS)
def test_a_whole_run_goes_through_within_its_calls_and_leaves_nothing(tmp_path: Path, switches: dict[str, Any]) -> None:
    trial = Trial(tmp_path, **switches)
    ended = trial.run(provoke_429=True)
    assert (ended.problems, ended.left, ended.status) == ([], [], 0)
    assert emptiness(trial.close) == (0, 0, 0)
    assert trial.talk.calls < MOST_CALLS
    assert trial.talk.searches < MOST_SEARCHES


def test_what_others_have_is_not_touched(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    field = trial.close.add_custom_field("lead", "theirs")
    theirs = trial.close.add_lead({"name": f"not {RUN[:-1]}", f"custom.{field}": "x", "contacts": [{"name": "Ann"}]})
    trial.run(provoke_429=True)
    assert list(trial.close.leads) == [theirs["id"]]
    assert trial.close.lead(theirs["id"]) == theirs
    assert list(trial.close.organization.fields) == [field]


def test_calls_are_slow_but_for_the_steps_that_measure_limits(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    trial.run(0, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15)
    times = {True: [], False: []}  # type: dict[bool, list[float]]
    for call in trial.close.calls:
        times[call.path == "/data/search/"].append(call.at)
    assert most_within(times[True], 20.0) <= 20 * 1.5 + 2
    assert most_within(times[False], 20.0) <= 20 * 10 + 2


def most_within(times: list[float], seconds: float) -> int:
    """The most calls in any stretch of so many seconds."""
    return max(
        sum(1 for _ in itertools.takewhile(lambda at, begin=begin: at < begin + seconds, times[i:])) for i, begin in enumerate(times)
    )


def test_a_429_is_waited_out(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    trial.close.faults.add(Fault("429", path="/lead/", times=3, retry_after=4))
    began = trial.clock()
    assert trial.run(1).problems == []
    assert trial.clock() - began > 12


def test_a_step_that_fails_does_not_take_the_others_along(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    trial.close.faults.add(Fault("403", method="POST", path="/contact/", times=None))
    ended = trial.run(9, 11)
    assert ended.problems == ["step 9 (contacts): POST /contact/ was answered with 403"]
    assert "noop_put_moves_date_updated" in trial.findings(ended)
    assert ended.status == 1


def test_without_a_seed_nothing_is_asked_and_what_was_made_of_it_goes(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    trial.close.faults.add(Fault("400", method="POST", path="/lead/", times=None))
    ended = trial.run(2, 9)
    assert ended.problems == ["step 1 (seed): POST /lead/ was answered with 400"]
    assert emptiness(trial.close) == (0, 0, 0)


@pytest.mark.parametrize("number", [2, 4, 5, 9, 12])
def test_a_run_that_ends_in_the_middle_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    trial = Trial(tmp_path)
    title, step = running.STEPS[number]

    def interrupted(stage: Stage) -> Any:
        step(stage)
        raise KeyboardInterrupt

    monkeypatch.setitem(running.STEPS, number, (title, interrupted))  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        trial.run(number)
    assert emptiness(trial.close) == (0, 0, 0)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [3, 12, 15, 30, 60, 110])
@pytest.mark.parametrize("journal_is_there", [True, False])
def test_what_a_killed_run_left_is_deleted_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, journal_is_there: bool
) -> None:
    trial = Trial(tmp_path)
    monkeypatch.setattr(running, "clean", lambda *_: [])
    calls = itertools.count()

    def kill(_: Any) -> None:
        if next(calls) == after:
            raise Killed

    trial.close.before_request.append(kill)
    with pytest.raises(Killed):
        trial.run(4, 6)
    trial.close.before_request.clear()
    assert emptiness(trial.close) != (0, 0, 0)
    if not journal_is_there:
        trial.journal.file.unlink()
    later = Talk(InProcess(trial.close, trial.clock), trial.journal, trial.clock, trial.clock.sleep)
    assert cleaning.clean(later, RUN, trial.journal) == []
    assert emptiness(trial.close) == (0, 0, 0)


@pytest.mark.parametrize(("most", "step"), [("MOST_CALLS", 6), ("MOST_SEARCHES", 4)])
def test_a_step_that_would_make_too_many_calls_is_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str, step: int) -> None:
    monkeypatch.setattr(talk, most, 15)
    trial = Trial(tmp_path)
    ended = trial.run(step)
    assert [problem.partition(": ")[2] for problem in ended.problems] == [f"more than 15 {most.partition('_')[2].lower()}"]
    assert emptiness(trial.close) == (0, 0, 0)


NEVER = 1_000_000.0


@pytest.mark.parametrize(
    ("only", "switches"),
    [
        ("journal", {"index_lag": NEVER, "event_lag": NEVER}),
        ("event log", {"index_lag": NEVER}),
        ("search", {"event_lag": NEVER}),
    ],
)
def test_each_of_the_three_ways_finds_leads_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, only: str, switches: dict[str, Any]
) -> None:
    trial = Trial(tmp_path, **switches)
    monkeypatch.setattr(running, "clean", lambda *_: [])
    trial.run(11)
    assert len(trial.close.leads) == 2
    if only != "journal":
        (head, *_) = trial.journal.file.read_text().splitlines()
        trial.journal.file.write_text(f"{head}\n")
    later = Talk(InProcess(trial.close, trial.clock), trial.journal, trial.clock, trial.clock.sleep)
    assert cleaning.clean(later, RUN, trial.journal) == []
    assert len(trial.close.leads) == 0


def test_leads_that_no_answer_named_are_found_by_the_event_log(tmp_path: Path) -> None:
    trial = Trial(tmp_path, index_lag=1_000_000.0)
    trial.close.faults.add(Fault("reset", when="after", method="POST", path="/lead/", times=10, skip=2))
    trial.run(15)
    assert emptiness(trial.close) == (0, 0, 0)


def test_what_cannot_be_deleted_is_listed_and_the_status_says_so(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    trial.close.faults.add(Fault("403", method="DELETE", path="/lead/", times=None))
    ended = trial.run(1)
    assert [path.split("_")[0] for path in ended.left] == ["/lead/lead"] * 4
    assert len(trial.close.leads) == 2
    assert ended.status == 3


def test_a_create_that_was_not_carried_out_is_counted_as_that(tmp_path: Path) -> None:
    trial = Trial(tmp_path, event_lag=3.0)
    trial.close.faults.add(Fault("reset", when="before", method="POST", path="/lead/", times=4, skip=2))
    found = trial.findings(trial.run(15))
    assert (found["cut_off_creates"], found["cut_off_found"]) == (6, 6)
    assert all(3.0 <= seconds <= 6.5 for seconds in found["cut_off_shown_after"])


def test_the_step_that_provokes_refusals_has_to_be_asked_for() -> None:
    assert 8 not in running.wanted_steps((), provoke_429=False)
    assert running.wanted_steps((8,), provoke_429=False) == [1]
    assert running.wanted_steps((8,), provoke_429=True) == [1, 8]
    assert running.wanted_steps((), provoke_429=True) == list(running.STEPS)
