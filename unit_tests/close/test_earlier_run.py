"""Did another run write a moment ago, so that the search index may not show it yet?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from destination_close.close import seconds_to_wait
from destination_close.close.earlier_run import MARGIN_SECONDS
from destination_close.model import CloseAnswer, ConfigError, Gone

NOW = datetime(2026, 1, 5, 10, tzinfo=timezone.utc)
LAG = 60.0


def seconds_ago(seconds: float, *, zone: str = "") -> str:
    return (NOW - timedelta(seconds=seconds)).replace(tzinfo=None).isoformat() + zone


@dataclass
class ALog:
    """An event log with the events of each object type, newest first."""

    leads: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    refusal: Exception | None = None
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def events(self, filters: Mapping[str, str], *, max_pages: int = 1) -> list[dict[str, Any]]:
        self.asked.append(filters)
        if self.refusal:
            raise self.refusal
        return self.leads if filters["object_type"] == "lead" else self.contacts


def wait(log: ALog, *, lag: float = LAG, user_id: str | None = "user_1", is_retry: bool = False) -> float:
    return seconds_to_wait(log, user_id, lag, NOW.timestamp, is_retry=is_retry)


def an_event(seconds: float, *, zone: str = "") -> dict[str, Any]:
    return {"date_updated": seconds_ago(seconds, zone=zone), "date_created": seconds_ago(seconds + 500)}


def test_there_is_nothing_to_wait_for_when_nothing_was_written_lately() -> None:
    assert wait(ALog()) == 0.0


@pytest.mark.parametrize("zone", ["", "Z", "+00:00"])
def test_a_run_waits_until_the_newest_write_and_what_the_log_may_not_show_yet_can_be_found(zone: str) -> None:
    assert wait(ALog(leads=[an_event(MARGIN_SECONDS + 20, zone=zone)])) == LAG - 20


def test_a_write_within_the_margin_is_waited_for_in_full() -> None:
    assert wait(ALog(contacts=[an_event(1)])) == LAG


def test_a_write_long_ago_is_not_waited_for() -> None:
    assert wait(ALog(leads=[an_event(MARGIN_SECONDS + LAG)])) == 0.0


def test_an_event_from_a_clock_ahead_of_ours_is_waited_for_no_longer_than_the_lag() -> None:
    assert wait(ALog(leads=[an_event(-100)])) == LAG


def test_the_newer_of_leads_and_contacts_counts() -> None:
    assert wait(ALog(leads=[an_event(MARGIN_SECONDS + 50)], contacts=[an_event(MARGIN_SECONDS + 10), an_event(300)])) == LAG - 10


def test_an_event_without_a_readable_date_is_passed_over() -> None:
    assert wait(ALog(leads=[{"date_updated": None}], contacts=[{"date_updated": "soon"}])) == 0.0


@pytest.mark.parametrize("refusal", [ConfigError("may not read"), Gone("event")])
def test_where_the_log_may_not_be_read_the_whole_lag_is_waited_for(refusal: CloseAnswer | ConfigError) -> None:
    assert wait(ALog(refusal=refusal)) == LAG


def test_without_a_lag_nothing_is_asked() -> None:
    log = ALog(leads=[an_event(1)])
    assert (wait(log, lag=0.0), log.asked) == (0.0, [])


def test_only_recent_writes_of_this_user_are_asked_for() -> None:
    log = ALog()
    wait(log)
    assert [filters["object_type"] for filters in log.asked] == ["lead", "contact"]
    assert {filters["user_id"] for filters in log.asked} == {"user_1"}
    assert {filters["date_updated__gte"] for filters in log.asked} == {seconds_ago(LAG + MARGIN_SECONDS)}


def test_where_the_user_is_not_known_everybodys_writes_are_asked_for() -> None:
    log = ALog()
    wait(log, user_id=None)
    assert not any("user_id" in filters for filters in log.asked)


def test_a_retry_does_not_trust_a_log_that_shows_nothing_yet() -> None:
    assert wait(ALog(), is_retry=True) == LAG
    assert wait(ALog(leads=[{"date_updated": seconds_ago(85)}]), is_retry=True) == wait(ALog(leads=[{"date_updated": seconds_ago(85)}]))
