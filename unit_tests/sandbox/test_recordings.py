"""Does the sandbox answer as the real Close did when others recorded it?

The recordings are not part of this repository; without them beside the checkout these tests are skipped.
"""

from __future__ import annotations

import pytest

from unit_tests.sandbox.recordings import LEADS_AND_CONTACTS, MISSING, Replay, moments, sessions

SESSIONS = sessions(LEADS_AND_CONTACTS)
needs_recordings = pytest.mark.skipif(not SESSIONS, reason=MISSING)

WRITTEN_OTHERWISE = ".phones[0].phone_formatted is "
"""A newer libphonenumber groups the digits of a made-up Egyptian number in another way."""


@needs_recordings
@pytest.mark.parametrize("session", SESSIONS)
def test_recorded_requests_are_answered_with_the_recorded_status_keys_types_values_and_headers(session: str) -> None:
    found = [one for one in Replay(SESSIONS[session]).differences() if WRITTEN_OTHERWISE not in one]
    assert found == []


@needs_recordings
@pytest.mark.parametrize(
    ("switches", "told"),
    [
        ({"shared_groups": False}, "x-rate-limit-remaining"),
        ({"window_start": "first_call"}, "x-rate-limit-reset"),
        ({"reset_form": "whole"}, "x-rate-limit-reset"),
        ({"contact_ids": True}, "contact_ids is too much"),
        ({"distinct_dates": True}, "date_updated has the form"),
        ({"index_lag": 15}, ".data is []"),
    ],
)
def test_a_switch_that_is_not_as_recorded_is_noticed(switches: dict[str, object], told: str) -> None:
    replay = Replay(SESSIONS["export-contacts/export-record"])
    replay.close.change(**switches)
    assert [one for one in replay.differences() if told in one] != []


@needs_recordings
def test_all_recorded_windows_lie_on_a_grid_of_whole_seconds() -> None:
    assert sum(len(moments(session)) for session in SESSIONS.values()) == 369
