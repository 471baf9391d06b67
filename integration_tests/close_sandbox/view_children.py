"""What does a person see of what is below a lead: opportunities, activities, objects, notes, tasks?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.close import Close

PER_LEAD = 8
_TEXT_LENGTH = 280


@dataclass(frozen=True, slots=True)
class Named:
    """A custom field by name, and its value as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Thing:
    """One object below a lead."""

    id: str
    name: str
    facts: list[str]
    text: str
    custom: list[Named]


@dataclass(frozen=True, slots=True)
class Below:
    """All of one sort below a lead, newest first."""

    title: str
    count: int
    items: list[Thing]
    more: int


def below(close: Close, lead_id: str) -> list[Below]:
    """In the order of a salesperson's interest; what a lead has none of is left out."""
    groups = [
        ("Opportunities", "opportunity", bool),
        ("Open tasks", "task", lambda doc: not doc["is_complete"]),
        ("Completed tasks", "task", lambda doc: doc["is_complete"]),
        ("Notes", "activity.note", bool),
        *((f"Activities: {one.name}", "activity.custom_activity", _of_type(one.id)) for one in close.organization.types.values()),
        *((f"Objects: {one.name_plural}", "custom_object", _of_type(one.id)) for one in close.organization.types.values()),
    ]
    found = []
    for title, kind, belongs in groups:
        docs = [doc for doc in reversed(close.world.children_of(kind, lead_id)) if belongs(doc)]
        if docs:
            found.append(Below(title, len(docs), [_thing(close, kind, doc) for doc in docs[:PER_LEAD]], max(0, len(docs) - PER_LEAD)))
    return found


def _of_type(type_id: str) -> Any:
    return lambda doc: type_id in (doc.get("custom_activity_type_id"), doc.get("custom_object_type_id"))


def _thing(close: Close, kind: str, doc: Doc) -> Thing:
    shown = close.child(doc["id"])
    facts: Iterable[Any] = ()
    match kind:
        case "opportunity":
            closed = shown["date_won"] and f"{'won' if shown['status_type'] == 'won' else 'expected'} {shown['date_won']}"
            status = f"{shown['pipeline_name']} / {shown['status_label']}"
            facts = (status, f"{shown['confidence']} %", closed, shown["user_name"], shown["contact_name"])
        case "task":
            facts = (
                "" if shown["is_dateless"] else f"due {shown['date'][:10]}",
                shown["assigned_to_name"],
                shown["priority"],
                shown["contact_name"],
            )
        case "activity.note" | "activity.custom_activity":
            facts = (shown["activity_at"][:10], shown["user_name"], shown.get("status") if shown.get("status") == "draft" else "")
    texts = {"opportunity": "note", "activity.note": "note"}
    text = shown[texts[kind]] if kind in texts else ""
    cut = text if len(text) <= _TEXT_LENGTH else f"{text[:_TEXT_LENGTH]}…"
    return Thing(doc["id"], child_name(shown) or "(no name)", [str(one) for one in facts if one], cut, _custom(close, doc))


def _custom(close: Close, doc: Doc) -> list[Named]:
    fields = close.organization.fields
    return [
        Named(fields[key[7:]].name if key[7:] in fields else key, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in doc.items()
        if key.startswith("custom.")
    ]


def child_name(doc: Doc) -> str:
    """What a person would call it."""
    if doc["id"].startswith("oppo_"):
        plain = "(no value)" if doc["value"] is None else f"{doc['value'] / 100:,.2f}"
        return str(doc.get("value_formatted") or plain)
    for key in ("name", "title", "text", "task_text"):
        if doc.get(key):
            return str(doc[key])
    return str(doc.get("note", ""))[:60] or doc["id"][:12]


def texts_below(close: Close, lead_id: str) -> list[str]:
    """Everything one might search for below a lead."""
    found = []
    for child_id, kind in close.world.child_ids.get(lead_id, {}).items():
        doc = close.world.tables[kind][child_id]
        found += [str(value) for key, value in doc.items() if key in ("id", "name", "title", "note", "text") or key.startswith("custom.")]
    return found
