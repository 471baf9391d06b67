"""Does the benchmark count right, and can its results be read?"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest

from integration_tests.bench import cases, chart, document, report
from integration_tests.bench.cases import POST, PUT, SEARCH, Case
from integration_tests.bench.connector import Ran
from integration_tests.bench.endless import Endless, exists
from integration_tests.bench.loop import ALL_NEW, ALL_NEW_LEANER, ALL_UNCHANGED, Looped
from integration_tests.bench.pipeline import STAGES, Measured
from integration_tests.bench.results import Long, Result, Results, targets
from integration_tests.bench.rows import CONFIG, lines, people
from integration_tests.bench.sandbox import Calls


def test_companies_are_created_with_their_people_and_every_key_is_asked_once() -> None:
    assert cases.all_new(2_000).fewest == {SEARCH: 1 + 5, POST: 400}  # 400 companies, 2,000 people with two keys each
    assert cases.all_unchanged(2_000).fewest == {SEARCH: 2}  # pages of 200 companies
    assert cases.ten_percent_changed(2_000).fewest == {SEARCH: 2, PUT: 200}
    assert cases.one_huge_company(2_000).fewest == {SEARCH: 1 + 5, POST: 1_000}


def test_people_that_come_after_their_companys_batch_are_creates_of_their_own() -> None:
    assert cases.shuffled(2_000, seed=1).fewest[POST] == 400
    assert 400 + 1_500 < cases.shuffled(4_000, seed=1).fewest[POST] < 400 + 2_000 + 400


def test_the_limits_alone_need_the_time_of_the_group_that_needs_most() -> None:
    assert cases.all_new(12_000).limits_alone == pytest.approx(2_400 / 120)
    assert cases.all_new(12_000).whole_windows == 18.0
    assert cases.all_unchanged(16_000).limits_alone == pytest.approx(16 / 8)
    assert cases.at_closes_own_pace(16_000).limits_alone == pytest.approx(16 / 2)


def test_a_case_knows_what_close_ends_with() -> None:
    assert cases.one_huge_company(10).ends_with == (1, 10)
    assert cases.shuffled(25, seed=1).ends_with == (5, 25)


def test_a_close_without_memory_answers_with_the_companies_that_are_asked_for() -> None:
    named = {"type": "custom_field", "custom_field_id": CONFIG["contact_custom_field_id_for_user_id"]}
    emails = {"type": "regular_field", "object_type": "contact_email", "field_name": "email"}
    values = [(named, "7"), (emails, "person.8@company1.example"), (emails, "person.999@company199.example")]
    conditions = [{"type": "field_condition", "field": field, "condition": {"value": value}} for field, value in values]
    found = Endless()._found({"query": {"type": "and", "queries": [{"type": "or", "queries": conditions}]}})
    assert [lead["name"] for lead in found["data"]] == ["Company 1"]
    assert [len(lead["contacts"]) for lead in found["data"]] == [5]
    assert not exists(199)


def test_states_come_every_given_number_of_rows_and_after_the_last() -> None:
    kinds = [orjson.loads(line)["type"] for line in lines(people(5), 2)]
    assert kinds == ["RECORD", "RECORD", "STATE", "RECORD", "RECORD", "STATE", "RECORD", "STATE"]


# --- what is told of them --------------------------------------------------------------------------------------------


def a_result(case: Case) -> Result:
    calls = Calls({"POST /data/search/": 10, "POST /lead/": 400, "GET /me/": 1}, throttled=2, first_at=100.0)
    return Result(case, Ran(6.0, 105.0, 2.0, 150_000_000, []), calls)


@pytest.fixture
def results() -> Results:
    measured = [cases.all_new(2_000), cases.all_unchanged(2_000)]
    loops = {way: Looped(way, 40, 10.0, 20, 8) for way in (ALL_NEW, ALL_NEW_LEANER, ALL_UNCHANGED)}
    pipeline = [Measured(1_000, known, dict.fromkeys(STAGES, 0.01), yardstick=0.002) for known in (False, True)]
    long = [Long(rows, Ran(1.0, 1.0, 1.0, megabytes * 1_000_000, [])) for rows, megabytes in ((10_000, 140), (1_000_000, 260))]
    return Results([a_result(case) for case in measured], loops, pipeline, long)


def test_a_missed_target_is_reported(results: Results) -> None:
    missed = {target.what for target in targets(results) if not target.met}
    assert "memory at most, any run" in missed
    assert "all new: calls a row" not in missed


def test_the_chart_is_well_formed_and_needs_nothing_from_elsewhere(results: Results) -> None:
    drawn = chart.draw(results)
    ElementTree.fromstring(drawn)  # noqa: S314 - drawn right here
    assert re.findall(r"https?://[^\"\s]+", drawn) == ["http://www.w3.org/2000/svg"]
    assert "prefers-color-scheme: dark" in drawn


def test_the_document_keeps_what_is_written_by_hand(results: Results, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{document.BEGIN}\nold numbers\n{document.END}\nafter\n")
    document.write(results, page)
    document.write(results, page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old numbers" not in text
    assert text.count("| all new |") == 3  # of the cases, of what limits them, of the pipeline
    assert text.count("| all unchanged |") == 4  # and of the loop


def test_the_real_document_has_a_place_for_what_was_measured() -> None:
    text = document.DOCUMENT.read_text()
    assert text.index(document.BEGIN) < text.index(document.END)


def test_columns_stand_under_each_other() -> None:
    assert list(report.as_text((("what", "much"), [["a", "1"], ["bcdef", "20"]]))) == [
        "what   much",
        "-----  ----",
        "a         1",
        "bcdef    20",
    ]
