"""Does the sandbox answer as the real Close did to others, about opportunities, tasks and notes?

The recordings are not part of this repository; without them beside the checkout these tests are skipped.
"""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from integration_tests.close_sandbox import FakeClock
from unit_tests.sandbox.talk import Talk

RECORDINGS = Path(__file__).resolve().parents[2].parent / "shared" / "recordings" / "2017-2022-other-endpoints.jsonl"
pytestmark = pytest.mark.skipif(not RECORDINGS.exists(), reason="recordings of the real Close are not beside this checkout")

REPLAYED = (
    "create_note",
    "create_opportunity",
    "create_task",
    "create_task_with_invalid_lead",
    "create_task_with_params",
    "get_opportunities_for_lead",
    "get_opportunity",
    "get_opportunity_statuses",
    "get_opportunity_unknown",
    "update_opportunity",
    "update_opportunity_unknown",
    "update_task",
)
NOT_REPLAYED = {
    "create_opportunity_no_lead": "refused in 2017; since 2025 a lead is made up",
    "create_sms_activity": "no SMS here",
    "log_call": "no calls here",
    "find_activities": "answer left out of the recording",
    "find_all_opportunities": "answer left out of the recording",
    "find_call_activities": "answer left out of the recording",
    "find_opportunities": "answer left out of the recording",
    "find_opportunities_empty": "answer left out of the recording",
}
_BELOW = ("/opportunity/", "/task/", "/activity/", "/status/opportunity/")
_OF_ITS_OWN = re.compile(r"(?:^|_)(?:id|by|to|name|label)$|^date_(?:created|updated)$|^status_id$")
"""Keys whose values are the account's, or the moment's: only their form is compared."""


@cache
def recorded() -> dict[str, list[dict[str, Any]]]:
    """Exchanges by session, those about what is below leads."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in RECORDINGS.read_text(encoding="utf-8").splitlines():
        exchange = json.loads(line)
        if exchange["path"].startswith(_BELOW):
            found.setdefault(exchange["session"], []).append(exchange)
    return found


def of(session: str) -> dict[str, Any]:
    """The last exchange of a session."""
    return recorded()[session][-1]


def account() -> tuple[Talk, str]:
    """With the statuses of the recorded one, on its day, and a lead."""
    talk = Talk(clock=FakeClock(parsedate_to_datetime(of("create_task")["headers"]["Date"]).timestamp()))
    for status in of("get_opportunity_statuses")["answer"]["data"]:
        talk.close.add_opportunity_status(status["label"], status["type"], id=status["id"])
    return talk, talk.close.add_lead(name="Luke Skywalker")["id"]


def agrees(answer: requests.Response, exchange: dict[str, Any]) -> None:
    """The same status, and at least the recorded keys, with the same types and, where they are not the account's own, the same values."""
    assert answer.status_code == exchange["status"]
    same(answer.json(), exchange["answer"], "")


def same(ours: Any, theirs: Any, at: str) -> None:
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), at
        assert set(theirs) - set(ours) == set(), at
        for key, value in theirs.items():
            same(ours[key], value, f"{at}.{key}")
    elif isinstance(theirs, list):
        assert len(ours) >= bool(theirs), at
        for one, other in zip(ours, theirs, strict=False):
            same(one, other, f"{at}[]")
    elif _OF_ITS_OWN.search(at.rpartition(".")[2]):
        assert form(ours) == form(theirs), f"{at}: {form(ours)} is not {form(theirs)}"
    else:
        assert ours == theirs, at


def form(value: Any) -> Any:
    """Of an id its prefix, of a moment its digits made equal, else the type."""
    if not isinstance(value, str):
        return type(value)
    if (prefix := re.fullmatch(r"([a-z]+)_\w{22,43}", value)) is not None:
        return prefix[1]
    return re.sub(r"\d", "0", value) if re.match(r"\d{4}-\d\d-\d\d", value) else str


def test_every_recorded_session_is_replayed_or_said_why_not() -> None:
    assert set(recorded()) == {*REPLAYED, *NOT_REPLAYED}


def test_an_opportunity_is_created_and_changed() -> None:
    talk, lead = account()
    created, changed = of("create_opportunity"), of("update_opportunity")
    made = talk.ask("POST", "/opportunity/", {**created["body"], "lead_id": lead})
    agrees(made, created)
    agrees(talk.ask("PUT", f"/opportunity/{made.json()['id']}/", changed["body"]), changed)


def test_an_opportunity_is_read() -> None:
    talk, lead = account()
    read = of("get_opportunity")
    told = {key: read["answer"][key] for key in ("value", "value_period", "confidence", "status_id")}
    agrees(talk.ask("GET", f"/opportunity/{talk.close.add_child('opportunity', lead, told)['id']}/"), read)


def test_the_opportunities_of_a_lead_are_listed_with_their_totals() -> None:
    talk, lead = account()
    talk.close.change(value_currency="GBP")
    listed = of("get_opportunities_for_lead")
    keys = ("value", "value_period", "confidence", "status_id", "note")
    for one in listed["answer"]["data"]:
        talk.close.add_child("opportunity", lead, {key: one[key] for key in keys})
    agrees(talk.ask("GET", f"/opportunity/?lead_id={lead}"), listed)


@pytest.mark.parametrize("session", ["get_opportunity_unknown", "update_opportunity_unknown"])
def test_an_unknown_opportunity_is_refused(session: str) -> None:
    talk, _ = account()
    exchange = of(session)
    answer = talk.ask(exchange["method"], exchange["path"], exchange["body"])
    assert (answer.status_code, answer.json()) == (exchange["status"], exchange["answer"])


def test_statuses_are_listed() -> None:
    talk, _ = account()
    listed = of("get_opportunity_statuses")["answer"]
    ours = talk.get("/status/opportunity/")
    known = {one["id"]: one for one in ours["data"]}
    assert ours.keys() >= listed.keys()
    for one in listed["data"]:
        assert known[one["id"]] == {**one, "organization_id": talk.close.organization.id}


@pytest.mark.parametrize("session", ["create_task", "create_task_with_params"])
def test_a_task_is_created(session: str) -> None:
    talk, lead = account()
    exchange = of(session)
    body = {**exchange["body"], "lead_id": lead}
    if "assigned_to" in body:
        body["assigned_to"] = talk.close.add_user("Developers")
    agrees(talk.ask("POST", "/task/", body), exchange)


def test_a_task_of_an_unknown_lead_is_refused() -> None:
    talk, _ = account()
    exchange = of("create_task_with_invalid_lead")
    answer = talk.ask("POST", "/task/", exchange["body"])
    assert (answer.status_code, answer.json()) == (exchange["status"], exchange["answer"])


def test_a_task_is_completed() -> None:
    talk, lead = account()
    exchange = of("update_task")
    task = talk.close.add_child("task", lead, {"text": exchange["answer"]["text"], "date": exchange["answer"]["date"]})
    agrees(talk.ask("PUT", f"/task/{task['id']}/", exchange["body"]), exchange)


def test_a_note_is_created() -> None:
    talk, lead = account()
    exchange = of("create_note")
    agrees(talk.ask("POST", "/activity/note/", {**exchange["body"], "lead_id": lead}), exchange)
