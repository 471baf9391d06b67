"""What does Close's JSON hold: which lead, which contact? (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_close.model import LISTS, Age, Contact, IdFields, Item, Lead, ProtocolError, is_blank

LEAD_FIELDS = ("name", "description", "url", "status_id")
CONTACT_FIELDS = ("name", "title")


def read_lead(raw: Mapping[str, Any], ids: IdFields) -> Lead:
    """A lead from any answer: create, update, get, or search. Raises ProtocolError."""
    try:
        # by position: for a class written in Python, named arguments take half as long again
        return Lead(
            raw["id"],
            Age(0, raw.get("date_created") or ""),
            own_id(raw, ids.company),
            _fields(raw, ids.lead_fields, LEAD_FIELDS, ids.company),
        )
    except (KeyError, TypeError, AttributeError) as odd:
        raise _unknown_shape("a lead", odd) from odd


def read_contact(raw: Mapping[str, Any], ids: IdFields, lead_id: str | None = None) -> Contact:
    """A contact from any answer; nested in a lead it may have no `lead_id`, which the caller then passes. Raises ProtocolError."""
    try:
        return Contact(
            raw["id"],
            raw.get("lead_id") or lead_id or "",
            Age(0, raw.get("date_created") or ""),
            own_id(raw, ids.user),
            _fields(raw, ids.contact_fields, CONTACT_FIELDS, ids.user),
            read_items(raw, "emails"),
            read_items(raw, "phones"),
            read_items(raw, "urls"),
        )
    except (KeyError, TypeError, AttributeError) as odd:
        raise _unknown_shape("a contact", odd) from odd


def _unknown_shape(what: str, odd: Exception) -> ProtocolError:
    message = f"Close returned {what} in a format that this connector does not recognize. Update the connector, or report this."
    return ProtocolError(message, internal=type(odd).__name__)


def own_id(raw: Mapping[str, Any], field: str | None) -> str | None:
    """The user's own id in that custom field of a lead or contact, if there is one."""
    value = raw.get(f"custom.{field}") if field else None
    if value.__class__ is str:
        return value.strip() or None
    return None if is_blank(value) else str(value).strip()


def _fields(raw: Mapping[str, Any], asked: frozenset[str] | None, standard: tuple[str, ...], own_id: str | None) -> dict[str, Any]:
    """In the order in which Close gives them."""
    if asked is None:
        id_key = f"custom.{own_id}"
        asked = frozenset(key for key in raw if key in standard or (key.startswith("custom.") and key != id_key))
    return {key: value for key, value in raw.items() if key in asked and not is_blank(value)}


def read_items(raw: Mapping[str, Any], name: str) -> tuple[Item, ...]:
    """The entries of a contact's list, including malformed ones: whoever rewrites the list must not lose them."""
    entries = raw.get(name)
    if not entries:
        return ()
    items, key = [], LISTS[name]
    for entry in entries:
        value, kind = (entry.get(key), entry.get("type")) if isinstance(entry, dict) else (entry, None)
        if not is_blank(value):
            items.append(Item(str(value), kind))
    return tuple(items)
