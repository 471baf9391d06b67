"""Which kinds of objects hang below a lead, where do they live, and what do they hold when they are new?

A table, not a class per kind: what is particular to a kind beyond this is a function in the file of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object that belongs to exactly one lead."""

    name: str
    """As the event log and searches call it."""

    path: tuple[str, ...]
    """Of its endpoints, without the slashes."""

    prefix: str
    """Of its ids."""

    called: str
    """Of activities: `_type`. Of all: the name in the sentence of a 404."""

    blank: Mapping[str, Any]
    """Its stored keys when nothing is said of them."""

    type_key: str | None = None
    """The key that names the custom type an instance belongs to."""

    biggest_page: int = 100
    """Largest `_limit` that third parties are known to use; what Close takes at most is not known."""

    narrows: bool = False
    """Is `_fields` published for it?"""

    by_close: bool = False
    """Written by Close itself: it can be read, and at most deleted."""

    deletable: bool = True
    logged: bool = True
    """Is it in the event log? What is not published to be there is not."""


def _activity(name: str, path: str, called: str, blank: Mapping[str, Any], **more: Any) -> Kind:
    base = {"lead_id": None, "contact_id": None, "user_id": None, "activity_at": None}
    return Kind(f"activity.{name}", ("activity", *path.split("/")), "acti", called, {**base, **blank}, **more)


_DEAL: Mapping[str, Any] = {
    "lead_id": None,
    "pipeline_id": None,
    "status_id": None,
    "value": None,
    "value_period": None,
    "confidence": None,
    "date_won": None,
    "date_lost": None,
    "user_id": None,
    "contact_id": None,
    "note": "",
    "note_html": "",
    "attachments": [],
}
_TASK: Mapping[str, Any] = {
    "_type": "lead",
    "lead_id": None,
    "contact_id": None,
    "text": "",
    "assigned_to": None,
    "date": None,
    "is_dateless": True,
    "is_complete": False,
    "priority": None,
    "resolution": None,
    "object_type": None,
    "object_id": None,
    "deduplication_key": None,
}
_NOTE: Mapping[str, Any] = {"title": "", "note": "", "note_html": "", "pinned": False, "attachments": []}
_CUSTOM: Mapping[str, Any] = {"custom_activity_type_id": None, "status": "published", "pinned": False, "last_published_at": None}
_STATUS_CHANGE: Mapping[str, Any] = {"old_status_id": None, "new_status_id": None}

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("opportunity", ("opportunity",), "oppo", "Opportunity", _DEAL, biggest_page=250, narrows=True),
        Kind("task", ("task",), "task", "Task", _TASK, biggest_page=1000, narrows=True),
        _activity("note", "note", "Note", _NOTE),
        _activity("custom_activity", "custom", "CustomActivity", _CUSTOM, type_key="custom_activity_type_id"),
        Kind(
            "custom_object",
            ("custom_object",),
            "custobj",
            "CustomObject",
            {"lead_id": None, "custom_object_type_id": None, "name": ""},
            type_key="custom_object_type_id",
        ),
        _activity("task_completed", "task_completed", "TaskCompleted", {"task_id": None, "task_text": ""}, by_close=True),
        _activity("lead_status_change", "status_change/lead", "LeadStatusChange", _STATUS_CHANGE, by_close=True),
        _activity(
            "opportunity_status_change",
            "status_change/opportunity",
            "OpportunityStatusChange",
            {"opportunity_id": None, **_STATUS_CHANGE},
            by_close=True,
        ),
        _activity(
            "lead_merge",
            "lead_merge",
            "LeadMerge",
            {"source_lead_id": None, "destination_lead_id": None},
            by_close=True,
            deletable=False,
            logged=False,
        ),
    )
}

ACTIVITIES: tuple[Kind, ...] = tuple(kind for kind in KINDS.values() if kind.path[0] == "activity")

NEVER_HERE: tuple[str, ...] = ("call", "email", "emailthread", "sms", "whatsapp_message", "meeting", "form_submission")
"""Activities that Close knows and that this sandbox never has any of: their lists are empty."""


def kind_at(parts: tuple[str, ...]) -> Kind | None:
    """The kind whose endpoint a path belongs to."""
    return next((kind for kind in KINDS.values() if parts[: len(kind.path)] == kind.path), None)


def place_of(kind: Kind, doc: Mapping[str, Any]) -> str:
    """Where the custom fields of an instance belong, in the words of the schema's path; empty for kinds without any."""
    if kind.name == "opportunity":
        return "opportunity"
    if kind.type_key is None:
        return ""
    return f"{'activity' if kind.path[0] == 'activity' else 'custom_object'}/{doc.get(kind.type_key)}"


def searched_as(place: str) -> str:
    """The type of object that a search finds a place's custom fields on."""
    first, _, type_id = place.partition("/")
    return "activity.custom_activity" if first == "activity" and type_id else first


def association_of(place: str) -> dict[str, str]:
    """A place in the words of a custom field's definition: `custom_activity_type` and the type's id beside it."""
    first, _, type_id = place.partition("/")
    word = {"activity": "custom_activity_type", "custom_object": "custom_object_type"}.get(first, first)
    return {"object_type": word, **({f"{word}_id": type_id} if type_id else {})}
