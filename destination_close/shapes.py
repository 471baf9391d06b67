"""What does a lead or contact look like in Close's JSON, coming and going? (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from destination_close.blanks import is_blank, visible
from destination_close.comparing import has_scheme
from destination_close.errors import ProtocolError
from destination_close.model import Age, Contact, Item, Lead

LEAD_FIELDS = ("name", "description", "url", "status_id")
CONTACT_FIELDS = ("name", "title")
LISTS = {"emails": "email", "phones": "phone", "urls": "url"}
"""The lists of a contact, and the key of the value in each of their items."""

DEFAULT_TYPES = {"emails": "office", "phones": "office", "urls": "url"}
"""What Close fills in for an item without a type; older versions of it refused such items, so it is always sent."""


@dataclass(frozen=True, slots=True)
class IdFields:
    """The custom fields that hold the user's own ids, as bare `cf_...`; None where the setting is empty."""

    company: str | None = None
    user: str | None = None
    lead_fields: frozenset[str] | None = None
    """Which fields of a lead are read beside these, since answers to writes hold all there are; None: all that are known."""

    contact_fields: frozenset[str] | None = None


# --- coming ----------------------------------------------------------------------------------------------------------


def read_lead(raw: Mapping[str, Any], ids: IdFields) -> Lead:
    """A lead of any answer: create, update, get, or search. Raises ProtocolError."""
    try:
        # by position: of a class written in Python, named arguments take half as long again
        return Lead(
            raw["id"],
            Age(0, raw.get("date_created") or ""),
            own_id(raw, ids.company),
            _fields(raw, ids.lead_fields, LEAD_FIELDS, ids.company),
        )
    except (KeyError, TypeError, AttributeError) as odd:
        raise _unknown_shape("a lead", odd) from odd


def read_contact(raw: Mapping[str, Any], ids: IdFields, lead_id: str | None = None) -> Contact:
    """A contact of any answer; nested in a lead it may lack its `lead_id`, which the caller then gives. Raises ProtocolError."""
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
    message = f"Close described {what} in a form that this connector does not know. Update the connector, or report this."
    return ProtocolError(message, internal=type(odd).__name__)


def own_id(raw: Mapping[str, Any], field: str | None) -> str | None:
    """The user's own id in that custom field of a lead or contact, if it is filled."""
    value = raw.get(f"custom.{field}") if field else None
    if value.__class__ is str:
        return visible(value) or None
    return None if is_blank(value) else str(value).strip()


def _fields(raw: Mapping[str, Any], asked: frozenset[str] | None, standard: tuple[str, ...], own_id: str | None) -> dict[str, Any]:
    """In the order in which Close gives them."""
    if asked is None:
        id_key = f"custom.{own_id}"
        asked = frozenset(key for key in raw if key in standard or (key.startswith("custom.") and key != id_key))
    return {key: value for key, value in raw.items() if key in asked and not is_blank(value)}


def read_items(raw: Mapping[str, Any], name: str) -> tuple[Item, ...]:
    """The entries of a contact's list, also odd ones: whoever writes the list must not lose them."""
    entries = raw.get(name)
    if not entries:
        return ()
    items, key = [], LISTS[name]
    for entry in entries:
        value, kind = (entry.get(key), entry.get("type")) if isinstance(entry, dict) else (entry, None)
        if not is_blank(value):
            items.append(Item(str(value), kind))
    return tuple(items)


# --- going -----------------------------------------------------------------------------------------------------------


def lead_body(lead: Lead, contacts: Iterable[Contact], ids: IdFields) -> dict[str, Any]:
    """The body that creates the lead with its contacts in one POST."""
    body = _outgoing(lead.fields)
    if lead.company_id is not None and ids.company:
        body[f"custom.{ids.company}"] = lead.company_id
    people = [_person(contact, ids) for contact in contacts]
    return {**body, "contacts": people} if people else body


def contact_body(contact: Contact, ids: IdFields) -> dict[str, Any]:
    """The body that creates the contact under its lead. Without `lead_id` Close would invent a lead."""
    return {"lead_id": contact.lead_id, **_person(contact, ids)}


def _person(contact: Contact, ids: IdFields) -> dict[str, Any]:
    body = _outgoing(contact.fields)
    if contact.user_id is not None and ids.user:
        body[f"custom.{ids.user}"] = contact.user_id
    for name in LISTS:
        if items := getattr(contact, name):
            body[name] = list_body(name, items)
    return body


def list_body(name: str, items: Iterable[Item]) -> list[dict[str, str]]:
    """One of a contact's lists for writing: only what may be written, in order, types kept."""
    key = LISTS[name]
    return [{key: _item_value(name, i), "type": i.type or DEFAULT_TYPES[name]} for i in items]


def _item_value(name: str, item: Item) -> str:
    """A url that is new gets a scheme; what is there already, and so has a type, stays as somebody typed it."""
    return _url(item.value) if name == "urls" and item.type is None else item.value


def fields_body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Changed fields for a PUT; None clears."""
    return {key: _going(key, value) for key, value in fields.items()}


def _outgoing(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _going(key, value) for key, value in fields.items() if not is_blank(value)}


def _going(key: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return _url(value) if key == "url" and value else value


def _url(url: str) -> str:
    """Close's own CSV import adds a scheme where there is none; what its API does without one is not known."""
    return url if has_scheme(url) else f"http://{url}"  # ignore-https-check
