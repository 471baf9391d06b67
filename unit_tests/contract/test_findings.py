"""Does the check find each value of each switch of the sandbox? A question that always gets the same answer would be none."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from integration_tests.close_sandbox import Settings
from unit_tests.contract.trial import Trial

EXACTLY: list[tuple[int, str, tuple[Any, ...]]] = [
    (0, "slashless", ("serve", "refuse")),
    (0, "header_form", ("semicolon", "comma", "triplet_only", "old", "none")),
    (0, "reset_form", ("whole", "decimal")),
    (0, "events_by_type_alone", (True, False)),
    (1, "nested_contacts", (True, False)),
    (1, "contact_ids", (True, False)),
    (2, "nested_contact_fields", ("asked", "whole", "no_custom", "id", "absent")),
    (2, "lead_custom_fields", ("asked", "absent")),
    (2, "search_adds_lead_id", (True, False)),
    (4, "exact_value_ignores_case", (True, False)),
    (4, "exact_value_matches_words", (True, False)),
    (4, "term_on_text", (True, False)),
    (4, "term_on_status", (True, False)),
    (4, "lead_has_related_email", (True, False)),
    (6, "deleted_get_stale_once", (True, False)),
    (7, "shared_groups", (True, False)),
    (7, "window_start", ("grid", "first_call")),
    (7, "window", (8.0, 4.0, 15.0)),
    (8, "header_form", ("semicolon", "comma", "triplet_only", "old", "reset_only", "none")),
    (8, "retry_after_on_429", (True, False)),
    (8, "edge_limit", ((), (60,), (60, 100))),
    (9, "lead_id_in_contact_put", ("refuse", "ignore", "move")),
    (9, "unknown_contact_keys", ("refuse", "ignore")),
    (9, "duplicate_emails_in_contact", ("keep", "dedupe")),
    (9, "email_case", ("keep", "lower")),
    (9, "contacts_in_lead_put", ("refuse", "ignore")),
    (10, "scalar_for_many", ("refuse", "wrap")),
    (11, "noop_put_moves_date_updated", (True, False)),
    (13, "schemeless_url", ("keep", "add_http", "refuse")),
    (13, "region", ("US", "GB", "DE")),
    (13, "distinct_dates", (True, False)),
    (14, "required_binds", (True, False)),
    (3, "too_many_clauses_status", (400, 422)),
]
"""The step that finds it, the switch, and its values."""

NEARLY: list[tuple[int, str, tuple[Any, ...], float]] = [
    (3, "max_clauses", (None, 1, 30, 500, 1024, 2000), 0.05),
    (3, "max_search_body_bytes", (None, 30_000, 200_000), 0.05),
    (5, "index_lag", (0.0, 2.0, 10.0, 60.0), 0.2),
    (5, "event_lag", (0.0, 3.0, 20.0), 0.2),
    (6, "read_lag", (0.0, 0.1, 0.5, 3.0), 0.25),
    (12, "longest_text", (None, 1500, 100_000), 0.05),
    (12, "most_nested_contacts", (None, 5, 60, 800), 0.05),
]
"""What is measured or narrowed down: also how far off the finding may be, as a part of the value."""

NOT_ASKED = {
    "api_key": "whose key it is",
    "more_api_keys": "others' keys",
    "organization_name": "of the account",
    "seed": "of the sandbox's chance",
    "index_lag_jitter": "the lags are recorded one by one",
    "event_lag_jitter": "as above",
    "merge_events_within": "nothing is built on single events",
    "latency": "recorded with each answer",
    "shuffle_answers": "known: the order of keys changes from call to call",
    "search_cap": "documented",
    "cursor_seconds": "documented",
    "plan_lead_limit": "of the account's plan",
    "restricted_fields": "of the user's role",
    "restricted_fields_named": "a trial account has one user, who may do everything",
    "rate_limits": "there are limits",
    "speed": "of the sandbox",
    "organization_factor": "documented; it takes several users",
    "early_429": "it takes a storm of calls",
    "keep_calls": "of the sandbox's log",
    "keep_bodies": "as above",
    **dict.fromkeys(
        (
            "index_lag_of",
            "search_at_top",
            "custom_in_child_fields",
            "unknown_child_keys",
            "lead_id_in_child_put",
            "pipeline_id_in_opportunity_put",
            "unknown_list_filters",
            "biggest_child_page",
            "most_lead_ids",
            "required_fields_bind",
            "unpublishing",
            "default_value_period",
            "default_confidence",
            "value_currency",
            "null_value_in_put",
            "negative_value",
            "date_won_takes",
            "foreign_contact",
            "note_whitespace",
            "longest_note",
            "longest_title",
            "longest_object_name",
            "deleted_contact_in_children",
            "deleted_object_in_references",
            "children_share_post",
        ),
        "of opportunities, tasks, activities and custom objects, which the connector does not write",
    ),
    "not_found_form": "the connector goes by the status alone",
    "undeletable": "of the user's role",
    "plan_without": "of the account's plan",
    "plan_without_status": "as above",
}
"""Switches that no step asks about, and why."""

SETTINGS = {switch: {"max_clauses": 500} for switch in ("too_many_clauses_status",)} | {
    switch: {"index_lag": 0.0} for switch in ("read_lag",)
}
"""What else must be set for a switch to make a difference."""


def found(folder: Path, step: int, switch: str, value: Any) -> Any:
    trial = Trial(folder, **{**SETTINGS.get(switch, {}), switch: value})
    ended = trial.run(step, provoke_429=step == 8)
    assert (ended.problems, ended.left) == ([], [])
    return trial.findings(ended)[switch]


@pytest.mark.parametrize(("step", "switch", "value"), [(step, switch, value) for step, switch, values in EXACTLY for value in values])
def test_the_check_finds_what_the_switch_says(tmp_path: Path, step: int, switch: str, value: Any) -> None:
    finding = found(tmp_path, step, switch, value)
    assert (tuple(finding) if isinstance(value, tuple) else finding) == value


@pytest.mark.parametrize(
    ("step", "switch", "value", "part"), [(step, switch, value, part) for step, switch, values, part in NEARLY for value in values]
)
def test_the_check_measures_what_the_switch_says(tmp_path: Path, step: int, switch: str, value: Any, part: float) -> None:
    finding = found(tmp_path, step, switch, value)
    if value is None:
        assert finding is None
    elif switch.endswith("lag"):
        assert value - 0.05 <= finding <= value * (1 + part) + 0.3
    else:
        assert value * (1 - part) <= finding <= value


@pytest.mark.parametrize("value", [False, True])
def test_the_check_finds_whether_answers_are_compressed(tmp_path: Path, value: bool) -> None:
    trial = Trial(tmp_path, gzip=value)
    trial.transport.accept_encoding = "gzip"
    assert trial.findings(trial.run(0))["gzip"] is value


def test_the_check_finds_other_limits_of_groups(tmp_path: Path) -> None:
    trial = Trial(tmp_path, limits={"post": 100, "get_lead": 77, "put_lead": 55}, shared_groups=False)
    limits = trial.findings(trial.run(7))["limits"]
    assert limits == {"post": 100, "get_lead": 77, "put_lead": 55, "put_contact": 240, "get_contact": 240, "delete_contact": 240}


@pytest.mark.parametrize("value", [False, True])
def test_the_check_finds_whether_a_put_without_change_writes_an_event(tmp_path: Path, value: bool) -> None:
    trial = Trial(tmp_path, noop_put_moves_date_updated=value)
    assert trial.findings(trial.run(11))["noop_put_writes_event"] is value


def test_where_no_header_tells_of_limits_the_check_says_that_it_does_not_know(tmp_path: Path) -> None:
    ended = Trial(tmp_path, header_form="none").run(7)
    assert {fact.id for fact in ended.facts if not fact.settled} == {"shared_groups", "limits", "window_start"}


def test_every_switch_is_found_out_or_not_asked_about_for_a_reason() -> None:
    asked = {"gzip", "limits", *(switch for _, switch, _ in EXACTLY), *(switch for _, switch, *_ in NEARLY)}
    assert asked & set(NOT_ASKED) == set()
    assert asked | set(NOT_ASKED) == {one.name for one in fields(Settings)}
