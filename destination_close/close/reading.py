"""What object does Close's JSON hold? (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_close.model import LEAD, Age, IdFields, Item, ListField, ObjectType, ProtocolError, Stored, is_blank, visible


def read_object(object_type: ObjectType, raw: Mapping[str, Any], ids: IdFields, lead_id: str = "") -> Stored:
    """An object of any answer: create, update, get, or search; nested in a lead it may lack its `lead_id`, which the caller
    then gives. Raises ProtocolError."""
    try:
        object_id = raw["id"]
        # by position: for a class written in Python, named arguments take half as long again
        return Stored(
            object_type,
            object_id,
            object_id if object_type is LEAD else raw.get("lead_id") or lead_id,
            Age(0, raw.get("date_created") or ""),
            own_id(object_type, raw, ids),
            _fields(object_type, raw, ids),
            {each.key: items for each in object_type.lists if (items := read_items(each, raw))},
        )
    except (KeyError, TypeError, AttributeError) as odd:
        message = (
            f"Close returned a {object_type.name} in a format that this connector does not recognize. Update the connector, or report this."
        )
        raise ProtocolError(message, internal=type(odd).__name__) from odd


def own_id(object_type: ObjectType, raw: Mapping[str, Any], ids: IdFields) -> str | None:
    """The user's own id in its custom field, if that is filled."""
    key = ids.keys.get(object_type)
    value = raw.get(key) if key else None
    if value.__class__ is str:
        return visible(value) or None
    return None if is_blank(value) else str(value).strip()


def _fields(object_type: ObjectType, raw: Mapping[str, Any], ids: IdFields) -> dict[str, Any]:
    """In the order in which Close gives them."""
    asked = ids.asked.get(object_type)
    if asked is None:
        standard, id_key = [one.key for one in object_type.fields], ids.keys.get(object_type)
        asked = frozenset(key for key in raw if key in standard or (key.startswith("custom.") and key != id_key))
    return {key: value for key, value in raw.items() if key in asked and not is_blank(value)}


def read_items(of: ListField, raw: Mapping[str, Any]) -> tuple[Item, ...]:
    """The entries of a list, also odd ones: a list that is written must not lose them."""
    entries = raw.get(of.key)
    if not entries:
        return ()
    items, key = [], of.item
    for entry in entries:
        value, kind = (entry.get(key), entry.get("type")) if isinstance(entry, dict) else (entry, None)
        if not is_blank(value):
            items.append(Item(str(value), kind))
    return tuple(items)
