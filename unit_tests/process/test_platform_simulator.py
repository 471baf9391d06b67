"""Does the simulator of the platform see what a destination does wrong?

Each test runs a small program that sins once; `test_run` runs a program that does not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from unit_tests.support.platform_simulator import Finish, Platform, stream_of

ECHO = """
import json, sys
states = [m["state"] for m in map(json.loads, sys.stdin) if m["type"] == "STATE"]
for state in states:
    state["destinationStats"] = {"recordCount": 1.0, "rejectedRecordCount": 1.0}
def say(state):
    print(json.dumps({"type": "STATE", "state": state}, separators=(",", ":")))
"""


def finish(folder: Path, program: str) -> Finish:
    """Two states with two rows before each, answered by the program."""
    command = (sys.executable, "-c", ECHO + program)
    with Platform(folder, {}, [stream_of("users")], command=command) as platform:
        for cursor in (1, 2):
            platform.record("users", {"id": 1})
            platform.record("users", {"id": 2})
            platform.state("users", {"cursor": cursor})
        return platform.finish()


def test_an_honest_answer_is_not_complained_about(tmp_path: Path) -> None:
    done = finish(tmp_path, "for state in states: say(state)")
    assert (done.complaints, done.exit_code, done.counts) == ([], 0, [(1.0, 1.0), (1.0, 1.0)])


@pytest.mark.parametrize(
    ("sin", "complaint"),
    [
        ("del states[0]['id']; say(states[0])", "does not contain id"),
        ("states[0]['stream']['stream_state'] = {'cursor': 9}; say(states[0])", "was altered"),
        ("say(states[0]); say(states[0])", "came twice"),
        ("say(states[1]); say(states[0])", "overtook"),
        ("states[0]['destinationStats']['recordCount'] = 2.0; say(states[0])", "checksum is invalid"),
        ("del states[0]['destinationStats']; say(states[0])", "checksum is invalid"),
        ("states[0]['destinationStats'] = {'recordCount': 1, 'rejectedRecordCount': 1}; say(states[0])", "no doubles"),
        ("print('Hello')", "Malformed"),
        ("print(json.dumps({'type': 'RECORD', 'record': {}}))", "a destination does not send this"),
    ],
)
def test_a_sin_is_complained_about(tmp_path: Path, sin: str, complaint: str) -> None:
    assert any(complaint in said for said in finish(tmp_path, sin).complaints)


def test_a_state_that_is_only_printed_at_the_end_is_missed(tmp_path: Path) -> None:
    """What the stock CDK does: stdout is buffered, since PYTHONUNBUFFERED is not handed on."""
    unflushed = "import sys, time; sys.stdin.readline(); print('{}'); sys.stdin.read()"
    with Platform(tmp_path, {}, [stream_of("users")], command=(sys.executable, "-c", unflushed)) as platform:
        platform.state("users", {})
        with pytest.raises(AssertionError):
            platform.wait_for(lambda: bool(platform.complaints), "a line", within=1)
