"""In which words is a row rejected?

The one place where rejections are worded. No message repeats a value of the row: each says what would be accepted, or what to do.
"""

from __future__ import annotations

from destination_close.model.errors import Refused
from destination_close.model.object_types import ObjectType
from destination_close.model.outcomes import Reason, Rejection, Remark
from destination_close.model.rows import Row


def invalid_value(row: Row, field: str, expected: str, *, remarks: tuple[Remark, ...] = ()) -> Rejection:
    """A value does not fit its field."""
    return Rejection(row, Reason.INVALID_VALUE, field, f"expected {expected}", remarks=remarks)


def no_key(row: Row, *, remarks: tuple[Remark, ...] = ()) -> Rejection:
    """The row could never be found again."""
    message = "expected a Company ID, a User ID or an email; the row has none"
    return Rejection(row, Reason.NO_MATCH_KEY, None, message, remarks=remarks)


def no_matching_key(row: Row, field: str, *, remarks: tuple[Remark, ...] = ()) -> Rejection:
    """The row lacks the one key that was chosen to find it by."""
    return Rejection(row, Reason.NO_MATCH_KEY, field, "expected a value for the matching key; the row has none", remarks=remarks)


def nothing_to_insert(row: Row, object_type: ObjectType, *, remarks: tuple[Remark, ...] = ()) -> Rejection:
    """The row would create an empty object."""
    return invalid_value(row, f"{object_type.name}_name", f"at least one {object_type.name} field to insert", remarks=remarks)


def no_match(row: Row) -> Rejection:
    """An update of something that does not exist."""
    return Rejection(row, Reason.NO_MATCH, None, Reason.NO_MATCH.words)


def refused_by_close(row: Row, object_type: ObjectType, refused: Refused, object_id: str | None, *, creating: bool) -> Rejection:
    """Close did not accept what the row asks of one object; `object_id` is that object or the lead it was to be under."""
    first = refused.complaints[0]
    message = f"Close refused to {'create' if creating else 'update'} the {object_type.name} (HTTP {refused.status})"
    return Rejection(row, Reason.REFUSED_BY_CLOSE, ".".join(first.path) or None, message, first.message, object_id)


def changed_meanwhile(row: Row, object_id: str | None) -> Rejection:
    """What the row means kept changing while it was handled."""
    message = "the object was deleted, merged or changed in Close while the row was being processed; send the row again"
    return Rejection(row, Reason.REFUSED_BY_CLOSE, None, message, None, object_id)
