from __future__ import annotations

import csv
import gzip
import io
import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest

from destination_close.model import Kind, Outcome, Reason, Rejection, Row, StreamKey
from destination_close.rejects.format import KEYS, Place, content_of, file_name_of, folder_of, line_of, record_of
from destination_close.settings import Layout, packaged_spec
from destination_close.settings.reject_layout import pattern_problems

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=timezone.utc)
USERS = StreamKey("crm", "users")


def rejected(data: dict[str, Any] | None = None, *more: Rejection, stream: StreamKey = USERS, **first: Any) -> Outcome:
    row = Row(stream, 7, 12, data or {})
    told = {"reason": Reason.INVALID_VALUE, "field": "contact_email", "message": "expected one email address", **first}
    return Outcome(row, Kind.REJECTED, told["reason"], (Rejection(row, **told), *more))


def record(outcome: Outcome, sync_id: int | None = 4711) -> dict[str, Any]:
    return record_of(outcome, sync_id, MOMENT)


def written(outcome: Outcome, layout: Layout | None = None) -> str:
    layout = layout or Layout()
    return content_of([line_of(record(outcome), layout)], layout).decode()


def place(stream: StreamKey = USERS, sync_id: int | None = 4711, part: int = 1) -> Place:
    return Place(stream, sync_id, MOMENT, part)


# --- one row ---------------------------------------------------------------------------------------------------------


def test_a_record_says_why_where_and_what() -> None:
    data = {"email": "no", "n": 1, "nested": {"a": [None]}}
    assert json.loads(written(rejected(data))) == {
        "rejected_at": "2026-03-04T05:06:07.089+00:00",
        "sync_id": 4711,
        "stream": "users",
        "namespace": "crm",
        "position": 7,
        "reason": "invalid_value",
        "field": "contact_email",
        "message": "expected one email address",
        "object_id": None,
        "record": data,
    }
    assert tuple(json.loads(written(rejected()))) == KEYS


def test_closes_own_words_are_included_because_the_file_belongs_to_the_user() -> None:
    outcome = rejected(
        reason=Reason.REFUSED_BY_CLOSE, message="Close refused to update the lead", detail="Value x is bad", object_id="lead_1"
    )
    assert record(outcome)["message"] == "Close refused to update the lead: Value x is bad"
    assert record(outcome)["object_id"] == "lead_1"


def test_a_row_that_was_rejected_twice_is_one_line_with_both_reasons() -> None:
    second = Rejection(Row(USERS, 7, 12, {}), Reason.REFUSED_BY_CLOSE, "title", "Close refused", "too long", "cont_1")
    line = written(rejected({}, second))
    assert line.count("\n") == 1
    assert json.loads(line)["message"] == "expected one email address; also refused_by_close title cont_1: Close refused: too long"


@pytest.mark.parametrize(
    "value", ["Zoë 李", "line\nbreak \u2028", 123456789012345678901234567890, "\ud800", 1e300, "", {"deep": [{"er": None}]}, "a,b;\"c'"]
)
@pytest.mark.parametrize("layout", [Layout(), Layout(format="CSV")], ids=["JSONL", "CSV"])
def test_whatever_a_row_holds_comes_back_from_its_one_line(value: Any, layout: Layout) -> None:
    text = written(rejected({"x": value}), layout)
    if layout.format == "CSV":
        (row,) = csv.DictReader(io.StringIO(text))
        assert json.loads(row["record"]) == {"x": value}
        assert (row["position"], row["object_id"]) == ("7", "")
    else:
        assert text.count("\n") == 1
        assert json.loads(text)["record"] == {"x": value}


def test_text_is_written_as_a_person_can_read_it() -> None:
    assert "Zoë" in written(rejected({"name": "Zoë"}))


def test_a_csv_begins_with_its_columns() -> None:
    lines = [line_of(record(rejected({"a": 1})), Layout(format="CSV"))] * 2
    text = content_of(lines, Layout(format="CSV")).decode()
    assert text.splitlines()[0] == ",".join(KEYS)
    assert len(text.splitlines()) == 3


def test_a_zipped_file_holds_the_same() -> None:
    line = line_of(record(rejected({"a": 1})), Layout(gzipped=True))
    assert gzip.decompress(content_of([line, line], Layout(gzipped=True))) == line * 2


# --- where it goes ---------------------------------------------------------------------------------------------------


def test_by_default_a_file_lies_where_the_platform_links_to() -> None:
    assert folder_of(Layout(), place()) == "4711/crm/users"
    assert file_name_of(Layout(), place(part=3)) == "2026_03_04_1772600767089_3.jsonl"


@pytest.mark.parametrize(
    ("stream", "sync_id", "folder"),
    [
        (StreamKey(None, "users"), 4711, "4711/users"),
        (StreamKey("crm", "users"), None, "crm/users"),
        (StreamKey(None, "users"), None, "users"),
        (StreamKey(None, "users"), 0, "0/users"),
    ],
)
def test_an_absent_namespace_or_sync_id_leaves_its_folder_out(stream: StreamKey, sync_id: int | None, folder: str) -> None:
    assert folder_of(Layout(), place(stream, sync_id)) == folder


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "..", ".", "a/b", "a\\b", "\x00", "\ud800", "...", "{part_number}", "C:"])
def test_no_name_of_a_stream_leads_out_of_its_folder(name: str) -> None:
    folder = folder_of(Layout(), place(StreamKey(name, name)))
    assert folder.count("/") == 2
    assert not {"", ".", ".."} & set(folder.split("/"))
    assert not re.search(r"[\\\x00]", folder)
    folder.encode()


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("", ""),
        ("/", ""),
        ("fixed//{stream_name}", "fixed/users"),
        ("ns={namespace}/day={year}-{month}-{day}/{hour}{minute}{second}", "ns=crm/day=2026-03-04/050607"),
        ("{date:yyyy_MM}/{date:dd HH-mm-ss}/{epoch}", "2026_03/04 05-06-07/1772600767"),
        ("{sync_id}_{namespace}", "4711_crm"),
    ],
)
def test_patterns_of_folders_are_filled(pattern: str, folder: str) -> None:
    assert folder_of(Layout(path_format=pattern), place()) == folder


def test_a_folder_is_left_out_only_if_nothing_of_it_is_there() -> None:
    absent = place(StreamKey(None, "users"))
    assert folder_of(Layout(path_format="ns={namespace}/{sync_id}_{namespace}/x"), absent) == "4711_/x"


@pytest.mark.parametrize(
    ("layout", "end"),
    [
        (Layout(), ".jsonl"),
        (Layout(format="CSV"), ".csv"),
        (Layout(gzipped=True), ".jsonl.gz"),
        (Layout(format="CSV", gzipped=True), ".csv.gz"),
    ],
)
def test_the_name_of_a_file_says_what_is_in_it(layout: Layout, end: str) -> None:
    assert file_name_of(layout, place()).endswith(f"_1{end}")


@pytest.mark.parametrize(
    ("layout", "setting"),
    [
        (Layout(path_format="{job_id}/"), "path_format"),
        (Layout(path_format="a/../b"), "path_format"),
        (Layout(path_format="a\x00"), "path_format"),
        (Layout(file_name_format="{timestamp}_{part_number}_{nonsense}"), "file_name_format"),
        (Layout(file_name_format="{timestamp}/{part_number}"), "file_name_format"),
        (Layout(file_name_format="{timestamp}"), "file_name_format"),
        (Layout(file_name_format="{part_number}"), "file_name_format"),
    ],
)
def test_patterns_that_would_lose_or_misplace_files_are_refused(layout: Layout, setting: str) -> None:
    assert [found for found, _ in pattern_problems(layout)] == [setting]


def test_the_patterns_of_the_form_are_those_of_the_program() -> None:
    storage = packaged_spec()["connectionSpecification"]["properties"]["object_storage_config"]
    for option in storage["oneOf"][1:]:
        patterns = {name: option["properties"][name]["default"] for name in ("path_format", "file_name_format")}
        assert Layout(**patterns) == Layout()
        for example in option["properties"]["path_format"]["examples"]:
            assert pattern_problems(Layout(path_format=example)) == []
