"""Does the record prove what it says, and tell nothing of anybody?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_contract import held, record
from integration_tests.close_contract.connector import FIRST_CLAUSES, MOST_CLAUSES, SEARCH_LAG_SECONDS, email_mode
from integration_tests.close_contract.table import README, current, table, with_table
from integration_tests.close_sandbox import facts
from unit_tests.contract.trial import RUN, Trial


def written(trial: Trial, *only: int) -> list[dict[str, Any]]:
    ended = trial.run(*only, provoke_429=True)
    me = trial.close.organization.me_answer()
    names = record.Names(RUN, record.private_texts(me))
    return [record.as_written(fact, names, "2026-01-05", "trial") for fact in ended.facts]


def test_the_record_holds_no_key_no_names_and_no_ids(tmp_path: Path) -> None:
    trial = Trial(tmp_path, organization_name="Very Secret Corp", event_lag=1.0)
    trial.close.add_lead(name="Their customer", contacts=[{"name": "Cy Client", "emails": [{"email": "cy@client.example"}]}])
    text = json.dumps(written(trial))
    ids = [trial.close.me, trial.close.organization.id, *trial.close.organization.statuses, *trial.close.leads]
    secrets = [
        trial.close.settings.api_key,
        "Very Secret Corp",
        "Ann Lee",
        "ann@sandbox",
        "Their customer",
        "Cy Client",
        "cy@client.example",
    ]
    assert [one for one in (*secrets, *ids) if one in text] == []
    assert "lead_1" in text


def test_each_id_has_one_number_and_each_number_one_id() -> None:
    names = record.Names(RUN, ["Ann Lee"])
    told = names.without(
        {"a": "lead_aaaaaaaa", "b": ["lead_bbbbbbbb", "lead_aaaaaaaa"], "c": "by Ann Lee, user_cccccccc", "custom.cf_dddddddd": 1}
    )
    assert told == {"a": "lead_1", "b": ["lead_2", "lead_1"], "c": "by ..., user_1", "custom.cf_1": 1}


def test_long_texts_and_lists_are_cut_and_say_so() -> None:
    names = record.Names(RUN, [])
    assert names.without("x" * 400) == f"{'x' * 300}... 400 characters"
    assert names.without(list(range(7))) == [0, 1, 2, 3, 4, "... 2 more"]


def test_every_fact_carries_the_answers_that_show_it(tmp_path: Path) -> None:
    told = {fact["id"]: fact for fact in written(Trial(tmp_path), 8, 9)}
    seen = told["lead_id_in_contact_put"]["seen"][0]
    assert (seen["method"], seen["status"], seen["answer"]["field-errors"].keys()) == ("PUT", 400, {"lead"})
    assert told["retry_after_on_429"]["seen"][0]["headers"]["retry-after"]
    assert all(set(fact) == {"id", "question", "settled", "finding", "seen", "on", "plan", "version"} for fact in told.values())


def a_fact(name: str, finding: Any, on: str = "2026-01-05", *, settled: bool = True) -> dict[str, Any]:
    return {"id": name, "question": "?", "settled": settled, "finding": finding, "seen": [], "on": on, "plan": None, "version": 1}


def test_a_second_run_tells_what_close_changed() -> None:
    old = [a_fact("index_lag", 2.0), a_fact("region", "US"), a_fact("email_case", "?", settled=False)]
    new = [a_fact("index_lag", 9.0, "2026-04-05"), a_fact("region", "US", "2026-04-05"), a_fact("email_case", "keep"), a_fact("window", 8)]
    assert record.changes(old, new) == ["index_lag: 2.0 on 2026-01-05, 9.0 on 2026-04-05"]


def test_a_run_of_some_steps_keeps_what_the_others_found() -> None:
    merged = record.merged([a_fact("index_lag", 2.0), a_fact("region", "US")], [a_fact("region", "DE")])
    assert [(fact["id"], fact["finding"]) for fact in merged] == [("index_lag", 2.0), ("region", "DE")]


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    assert facts.read(file) == []
    record.write(file, [a_fact("region", "US"), a_fact("index_lag", "Not shown.", settled=False)])
    assert facts.findings(facts.read(file)) == {"region": "US"}


# --- the connector ---------------------------------------------------------------------------------------------------


def test_the_connector_contradicts_no_fact_that_is_on_record() -> None:
    assert held.contradictions(facts.FOUND) == []


@pytest.mark.parametrize(
    ("fact", "finding", "agrees"),
    [
        ("sharing", {"POST lead": ["POST contact"], "POST contact": ["POST lead"], "GET lead": []}, True),
        ("sharing", {"GET lead": ["DELETE contact"], "DELETE contact": ["GET lead"]}, False),
        ("shared_groups", False, True),
        ("max_clauses", None, True),
        ("max_clauses", MOST_CLAUSES, True),
        ("max_clauses", MOST_CLAUSES - 1, False),
        ("max_clauses", FIRST_CLAUSES - 1, False),
        ("too_many_clauses_status", 400, True),
        ("too_many_clauses_status", 422, False),
        ("email_modes", {email_mode(): True}, True),
        ("email_modes", {email_mode(): False}, False),
        ("index_lag", SEARCH_LAG_SECONDS, True),
        ("index_lag", SEARCH_LAG_SECONDS + 1, False),
        ("schemeless_url", "keep", True),
        ("schemeless_url", "add_http", True),
        ("schemeless_url", "add_https", False),
    ],
)
def test_a_fact_that_the_connector_contradicts_is_named(fact: str, finding: Any, agrees: bool) -> None:
    found = held.contradictions({fact: finding})
    assert (found == []) is agrees
    assert all(line.startswith(f"{fact}: ") for line in found)


# --- the sandbox's README --------------------------------------------------------------------------------------------


def test_the_readme_lists_what_is_known_and_what_is_not() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_table(text, current()) == text


def test_a_fact_on_record_is_no_longer_among_the_unknown() -> None:
    told = table([a_fact("region", "US"), a_fact("index_lag", "?", settled=False), a_fact("words", {})], {"region": "US", "index_lag": 0.0})
    assert told.splitlines()[2:] == ['| `region` | `"US"` | 2026-01-05 |', "", "Unknown: `index_lag`."]
