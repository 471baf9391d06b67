"""When is a task due, is it done, and where does it show?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.child_bodies import ChildReader, Reading
from integration_tests.close_sandbox.child_keys import task_date
from integration_tests.close_sandbox.ids import Ids
from integration_tests.close_sandbox.problems import BadValue, wrong_type

BULK_KEYS = frozenset(("_params", "assigned_to", "date", "is_complete"))
"""What a change of many tasks at once may set."""

_TYPES = ("lead", "outgoing_call")


def settle(body: Mapping[str, Any], reader: ChildReader, reading: Reading, ids: Ids) -> None:
    """What several keys of a body say together."""
    old = reader.old
    if old is None:
        _create(body, reader, reading)
    elif old["_type"] != "lead" and "text" in reading.changes:
        reading.errors["text"] = "Only tasks of type lead have a text that can be changed."
    _date(body, reading, old is None)
    if old is None and reading.changes.get("date") is None:
        # recorded: without a date it is dateless, and the date shown is today
        reading.changes |= {"is_dateless": True, "date": reader.today}
    _completion(old, reading, ids)


def _create(body: Mapping[str, Any], reader: ChildReader, reading: Reading) -> None:
    kind = body.get("_type") or "lead"
    if kind not in _TYPES:
        reading.errors["_type"] = "Not a valid choice."
        return
    reading.changes["_type"] = kind
    reader.require(body, ("text",) if kind == "lead" else ("contact_id",), reading)
    if kind == "outgoing_call" and body.get("priority") is not None:
        reading.errors["priority"] = "Only tasks of type lead have a priority."
    if reading.changes.get("assigned_to") is None:
        reading.changes["assigned_to"] = reader.organization.me


def _date(body: Mapping[str, Any], reading: Reading, is_new: bool) -> None:
    """`due_date` is the old name of `date`; null is a date for neither."""
    if not is_new and "date" in body and body["date"] is None:
        reading.errors["date"] = wrong_type("str")
    told = next((body[key] for key in ("date", "due_date") if body.get(key) is not None), None)
    if told is None:
        return
    try:
        reading.changes["date"] = task_date(told)
    except BadValue as bad:
        reading.errors["date" if body.get("date") is not None else "due_date"] = bad.message
        return
    reading.changes.setdefault("is_dateless", False)


def _completion(old: Doc | None, reading: Reading, ids: Ids) -> None:
    """Completing writes a line into the lead's timeline, whose id the task then shows."""
    was, is_now = bool(old and old["is_complete"]), reading.changes.get("is_complete")
    if is_now and not was and not reading.errors:
        reading.changes |= {"object_type": "taskcompleted", "object_id": ids.new("acti")}
    elif is_now is False and was:
        reading.changes |= {"object_type": None, "object_id": None}


def view(task: Doc, today: str) -> str:
    if task["is_complete"]:
        return "archive"
    return "future" if not task["is_dateless"] and task["date"][:10] > today else "inbox"
