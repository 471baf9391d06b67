"""What does a person read in the Airbyte log while the run goes on, and when it is over?"""

from __future__ import annotations

from collections.abc import Iterable

from destination_close.engine import LogLine
from destination_close.engine.report import MOST_LINES_PER_REASON, Report
from destination_close.model import Kind, Outcome, Reason, Rejection, Row, StreamKey, Warning
from destination_close.pacing import PacerStats
from unit_tests.support.builders import a_row

USERS = StreamKey(None, "users")


def rejected(row: Row, reason: Reason = Reason.INVALID_VALUE, *, field: str | None = None, object_id: str | None = None) -> Outcome:
    rejection = Rejection(row, reason, field, "must be a number", "'secret@x.co' is no number", object_id)
    return Outcome(row, Kind.REJECTED, reason, (rejection,))


def report_of(*outcomes: Outcome) -> Report:
    report = Report(started=0.0)
    for outcome in outcomes:
        report.row_read(outcome.row.stream)
        list(report.outcome(outcome))
    return report


def texts(lines: Iterable[LogLine]) -> list[str]:
    return [line.text for line in lines]


# --- rejections ----------------------------------------------------------------------------------------------------------


def test_a_rejection_is_one_warning_that_names_stream_position_reason_field_and_object() -> None:
    outcome = rejected(a_row(4, namespace="crm"), field="contact_email", object_id="cont_1")
    (line,) = Report(0.0).outcome(outcome)
    assert line == LogLine("WARN", "Rejected: stream crm.users, row 5, invalid_value, field contact_email, object cont_1: must be a number")


def test_what_is_not_known_of_a_rejection_is_left_out() -> None:
    (line,) = Report(0.0).outcome(rejected(a_row()))
    assert line.text == "Rejected: stream users, row 1, invalid_value: must be a number"


def test_closes_own_words_stay_out_of_every_line() -> None:
    report = Report(0.0)
    report.row_read(USERS)
    lines = [*report.outcome(rejected(a_row())), *report.progress(60.0, PacerStats()), *report.summary(60.0, PacerStats())]
    assert lines
    assert not any("secret" in text for text in texts(lines))


def test_a_row_with_several_refused_objects_has_a_line_for_each() -> None:
    one = rejected(a_row()).rejections[0]
    assert len(list(Report(0.0).outcome(Outcome(a_row(), Kind.REJECTED, one.reason, (one, one))))) == 2


def test_after_the_first_rejections_for_a_reason_they_are_only_counted() -> None:
    report = Report(0.0)
    lines = [text for at in range(MOST_LINES_PER_REASON + 5) for text in texts(report.outcome(rejected(a_row(at))))]
    assert len(lines) == MOST_LINES_PER_REASON + 1
    assert lines[-1] == "Further rows rejected with invalid_value are only counted from here on."
    assert any("invalid_value 55" in text for text in texts(report.summary(1.0, PacerStats())))


def test_each_reason_has_lines_of_its_own() -> None:
    report = Report(0.0)
    for at in range(MOST_LINES_PER_REASON + 5):
        list(report.outcome(rejected(a_row(at))))
    assert "no_match_key" in texts(report.outcome(rejected(a_row(99), Reason.NO_MATCH_KEY)))[0]


def test_a_row_that_is_not_rejected_gets_no_line() -> None:
    for kind in (Kind.CREATED, Kind.UPDATED, Kind.UNCHANGED, Kind.SKIPPED):
        assert list(Report(0.0).outcome(Outcome(a_row(), kind))) == []


# --- progress ------------------------------------------------------------------------------------------------------------


def test_progress_is_reported_every_ten_seconds() -> None:
    report = report_of(Outcome(a_row(), Kind.CREATED))
    told = [bool(list(report.progress(now, PacerStats()))) for now in (9.9, 10.0, 15.0, 19.9, 20.0)]
    assert told == [False, True, False, False, True]


def test_progress_waits_for_a_first_row() -> None:
    assert list(Report(0.0).progress(60.0, PacerStats(), force=True)) == []


def test_progress_can_be_asked_for_before_its_time() -> None:
    assert len(list(report_of(Outcome(a_row(), Kind.CREATED)).progress(1.0, PacerStats(), force=True))) == 1


def test_progress_counts_rows_by_how_they_ended_and_calls_and_pace_and_waiting() -> None:
    report = report_of(*(Outcome(a_row(at), kind) for at, kind in enumerate([*Kind, Kind.CREATED])))
    report.row_read(USERS)
    (line,) = report.progress(10.0, PacerStats(calls=1234, throttled=2, waited_seconds=3.4))
    assert line == LogLine(
        "INFO",
        "Progress: 7 rows read, 2 created, 1 updated, 1 unchanged, 1 skipped, 1 rejected; "
        "1,234 calls to Close (2 answered 429); 0.6 rows per second; 3 s spent waiting for the rate limit.",
    )


# --- the end -------------------------------------------------------------------------------------------------------------


def test_the_summary_has_a_line_per_stream_and_the_totals() -> None:
    report = report_of(Outcome(a_row(stream="users"), Kind.CREATED), Outcome(a_row(stream="users"), Kind.UPDATED))
    report.row_read(StreamKey("crm", "empty"))
    assert list(report.summary(2.0, PacerStats(calls=3))) == [
        LogLine("INFO", "Stream users: 2 rows: 1 created, 1 updated, 0 unchanged, 0 skipped, 0 rejected."),
        LogLine("INFO", "Stream crm.empty: 0 rows: 0 created, 0 updated, 0 unchanged, 0 skipped, 0 rejected."),
        LogLine(
            "INFO",
            "Finished in 2.0 s: 3 rows read, 1 created, 1 updated, 0 unchanged, 0 skipped, 0 rejected; "
            "3 calls to Close; 1.0 rows per second; 0 s spent waiting for the rate limit.",
        ),
    ]


def test_the_summary_counts_reasons_and_what_is_to_be_noted_and_warns_of_rejected_rows() -> None:
    report = report_of(
        rejected(a_row(0)),
        Outcome(a_row(1), Kind.SKIPPED, Reason.LEAD_CREATION_DISABLED),
        Outcome(a_row(2), Kind.SKIPPED, Reason.LEAD_CREATION_DISABLED),
        Outcome(a_row(3), Kind.UPDATED, notes=(Reason.CONTACT_WITHOUT_KEY,), warnings=(Warning.MANY_CONTACTS,)),
    )
    assert next(report.summary(1.0, PacerStats())) == LogLine(
        "WARN",
        "Stream users: 4 rows: 0 created, 1 updated, 0 unchanged, 2 skipped, 1 rejected; "
        "reasons: lead_creation_disabled 2, invalid_value 1; notes: contact_without_key 1, more_than_10_contacts_match 1.",
    )


def test_the_summary_mentions_lines_that_could_not_be_read() -> None:
    report = Report(0.0)
    assert list(report.line_unreadable(3, "not JSON", 12)) == [
        LogLine("WARN", "Line 3 of the input is not JSON (12 bytes); it was skipped.")
    ]
    assert next(report.summary(1.0, PacerStats())) == LogLine("WARN", "1 lines of input were not Airbyte messages and were skipped.")


def test_of_lines_that_cannot_be_read_the_first_are_told_and_the_rest_counted() -> None:
    report = Report(0.0)
    lines = [line.text for number in range(1, 1001) for line in report.line_unreadable(number, "not a message", 5)]
    assert len(lines) == MOST_LINES_PER_REASON + 1
    assert lines[-1] == "Further lines that are not Airbyte messages are only counted from here on."
    assert next(report.summary(1.0, PacerStats())).text.startswith("1,000 lines of input were not Airbyte messages")


def test_a_run_that_took_no_time_has_a_pace() -> None:
    assert len(list(report_of(Outcome(a_row(), Kind.CREATED)).summary(0.0, PacerStats()))) == 2
