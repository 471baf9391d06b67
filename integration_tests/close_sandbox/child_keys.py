"""Which keys may a body of an opportunity, task, note, custom activity or custom object have, and how is each stored?

The published schemas as a table. A key without a reader is looked at together with others, in the file of its kind.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration_tests.close_sandbox import values
from integration_tests.close_sandbox.clock import iso, parse_iso, seconds_of
from integration_tests.close_sandbox.problems import NO_OBJECT, REQUIRED, BadValue, in_list, too_large, wrong_type

if TYPE_CHECKING:
    from integration_tests.close_sandbox.child_bodies import ChildReader

Read = Callable[[Any, "ChildReader"], Any]
_OWN_FILES = "https://app.close.com/go/file/"
_LARGEST = 2**63 - 1
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Key:
    """One key: how it is read, and when it may be sent."""

    read: Read | None = None
    create: bool = True
    update: bool = True


# --- readers ---------------------------------------------------------------------------------------------------------


def _text(value: Any, reader: ChildReader) -> str:
    text = values.text(value)
    if reader.old is not None and not text.strip():
        raise BadValue(REQUIRED)
    return text


def _title(value: Any, reader: ChildReader) -> str:
    return values.text(value, reader.settings.longest_title)


def _object_name(value: Any, reader: ChildReader) -> str:
    name = values.text(value, reader.settings.longest_object_name)
    if not name.strip():
        raise BadValue(REQUIRED)
    return name


def _boolean(value: Any, _: ChildReader) -> bool:
    if not isinstance(value, bool):
        raise BadValue(wrong_type("bool"))
    return value


def _boolean_or_null(value: Any, reader: ChildReader) -> bool:
    return False if value is None else _boolean(value, reader)


def _one_of(*choices: str | None) -> Read:
    def read(value: Any, _: ChildReader) -> Any:
        if value not in choices:
            raise BadValue("Not a valid choice.")
        return value

    return read


def _user(value: Any, reader: ChildReader) -> str | None:
    """On create null stands for the key's user, as nothing does."""
    if value is None and reader.old is None:
        return None
    if not isinstance(value, str) or value not in reader.organization.users:
        raise BadValue(REQUIRED if value is None else NO_OBJECT)
    return value


def _contact(value: Any, reader: ChildReader) -> str | None:
    if value is None:
        return None
    found = reader.world.contacts.get(value) if isinstance(value, str) else None
    if found is None:
        raise BadValue(NO_OBJECT)
    if found["lead_id"] == reader.lead_id or reader.settings.foreign_contact == "keep":
        return str(value)
    if reader.settings.foreign_contact == "refuse":
        raise BadValue(NO_OBJECT)
    return None


def _moment(value: Any, _: ChildReader) -> str | None:
    try:
        return None if value is None else iso(seconds_of(value))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise BadValue("Invalid ISO 8601 datetime.") from None


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        raise BadValue(wrong_type("int"))
    if abs(value) > _LARGEST:
        raise BadValue(too_large(_LARGEST))
    return int(value)


def _value(value: Any, reader: ChildReader) -> int | None:
    """In the currency's minor unit: 300000 is $3,000."""
    if value is None:
        if reader.old is not None and reader.settings.null_value_in_put == "refuse":
            raise BadValue(wrong_type("int"))
        return None
    number = _whole(value)
    if number < 0 and reader.settings.negative_value == "refuse":
        raise BadValue("Input should be greater than or equal to 0")
    return number


def _priority(value: Any, reader: ChildReader) -> str | None:
    if value is None and reader.old is None:
        return None
    return str(_one_of("high", "medium")(value, reader))


def _period(value: Any, reader: ChildReader) -> str | None:
    if value is None and reader.old is None:
        return None
    return str(_one_of("one_time", "monthly", "annual")(value, reader))


def _confidence(value: Any, reader: ChildReader) -> int | None:
    if value is None and reader.old is None:
        return None
    number = _whole(value)
    if number > 100:
        raise BadValue(too_large(100))
    if number < 0:
        raise BadValue("Input should be greater than or equal to 0")
    return number


def _date_won(value: Any, reader: ChildReader) -> str | None:
    """Stored as a date, whichever of the two forms it came in."""
    if value is None:
        return None
    told = task_date(value)
    form = "date" if len(told) == 10 else "datetime"
    if reader.settings.date_won_takes not in ("both", form):
        raise BadValue(f"Invalid {reader.settings.date_won_takes}.")
    return told[:10]


def task_date(value: Any) -> str:
    """A date as it is, a moment with its offset."""
    if not isinstance(value, str):
        raise BadValue(wrong_type("str"))
    try:
        found = parse_iso(value)
    except (ValueError, OverflowError):
        raise BadValue("Invalid date.") from None
    return value.strip() if _DATE.fullmatch(value.strip()) else found.isoformat(timespec="microseconds")


def _attachments(value: Any, _: ChildReader) -> list[dict[str, Any]]:
    """Files that were uploaded to Close before; others are refused."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BadValue(wrong_type("list"))
    errors = {}
    for position, one in enumerate(value):
        lacking = {key: REQUIRED for key in ("filename", "url") if not one.get(key)}
        if not lacking and not str(one["url"]).startswith(_OWN_FILES):
            lacking = {"url": f"The URL must begin with {_OWN_FILES}"}
        if lacking:
            errors[position] = lacking
    if errors:
        raise BadValue(in_list(errors))
    return [
        {"url": one["url"], "filename": one["filename"], "content_type": one.get("content_type"), "size": None, "thumbnail_url": None}
        for one in value
    ]


# --- the table -------------------------------------------------------------------------------------------------------

_ON_CREATE: Mapping[str, Key] = {
    "lead_id": Key(update=False),
    "created_by": Key(_user, update=False),
    "date_created": Key(_moment, update=False),
}
_ACTIVITY: Mapping[str, Key] = {
    **_ON_CREATE,
    # the newer published files say created_by, that of June 2026 created_by_id
    "created_by_id": Key(update=False),
    "organization_id": Key(update=False),
    "user_id": Key(_user, update=False),
    "contact_id": Key(_contact),
    "activity_at": Key(_moment),
    "pinned": Key(_boolean_or_null),
}
_NOTES: Mapping[str, Key] = {"note": Key(), "note_html": Key(), "attachments": Key(_attachments)}

KEYS: Mapping[str, Mapping[str, Key]] = {
    "opportunity": {
        **_ON_CREATE,
        **_NOTES,
        "pipeline_id": Key(update=False),
        "status_id": Key(),
        "status": Key(create=False),
        "value": Key(_value),
        "value_period": Key(_period),
        "confidence": Key(_confidence),
        "date_won": Key(_date_won),
        "user_id": Key(_user),
        "contact_id": Key(_contact),
    },
    "task": {
        "_type": Key(update=False),
        "_params": Key(),
        "lead_id": Key(),
        "created_by": Key(_user),
        "date_created": Key(_moment, update=False),
        "organization_id": Key(),
        "text": Key(_text),
        "assigned_to": Key(_user),
        "contact_id": Key(_contact),
        "date": Key(),
        "due_date": Key(),
        "is_dateless": Key(_boolean),
        "is_complete": Key(_boolean),
        "priority": Key(_priority),
        "disable_notification": Key(update=False),
        "resolution": Key(_one_of("abandoned", "skipped", None), create=False),
        "agent_config_id": Key(create=False),
    },
    "activity.note": {**_ACTIVITY, **_NOTES, "title": Key(_title)},
    "activity.custom_activity": {
        **_ACTIVITY,
        "custom_activity_type_id": Key(update=False),
        "status": Key(_one_of("draft", "published")),
    },
    "custom_object": {
        **_ON_CREATE,
        "custom_object_type_id": Key(update=False),
        "name": Key(_object_name),
    },
}
"""By kind. A key that is in no published schema is none of these: what becomes of it is a switch."""
