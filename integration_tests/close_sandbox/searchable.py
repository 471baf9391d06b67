"""Which fields can a search ask about, of what kind are they, and where in an object are their values?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.kinds import NEVER_HERE as ACTIVITIES_NEVER_HERE
from integration_tests.close_sandbox.organization import CustomField, Organization

Kind = Literal["text", "choice", "number", "date", "reference", "boolean"]
Values = Callable[[Doc], Iterable[Any]]
"""The values a document holds in a field: none, one or, for a field that accepts several, many."""

ITEM_LISTS: Mapping[str, tuple[str, str]] = {
    "contact_email": ("contact", "emails"),
    "contact_phone": ("contact", "phones"),
    "contact_url": ("contact", "urls"),
    "address": ("lead", "addresses"),
}
"""Object types that are items of a list in another: their owner and its key."""

NEVER_HERE = tuple(f"activity.{name}" for name in ACTIVITIES_NEVER_HERE)
"""Object types that Close knows, and that this sandbox never has any of."""

UNTITLED = "Untitled"


@dataclass(frozen=True, slots=True)
class Field:
    """One field that conditions can be put on."""

    object_type: str
    name: str
    kind: Kind
    values: Values
    free_text: bool = False
    """A text custom field: whether `term` may be used on it is a switch."""


def lead_name(doc: Doc) -> str:
    return doc["name"] or UNTITLED


def contact_name(doc: Doc) -> str:
    """`display_name`: the name, or else the first email."""
    return doc["name"] or (doc["emails"][0]["email"] if doc["emails"] else "")


def _stored(key: str) -> Values:
    def values(doc: Doc) -> Iterable[Any]:
        value = doc.get(key)
        if value is None or value == "":
            return ()
        return value if isinstance(value, list) else (value,)

    return values


def _count(key: str) -> Values:
    return lambda doc: (len(doc[key]),)


_COMMON: dict[str, tuple[Kind, Values]] = {
    "name": ("text", _stored("name")),
    "created_by": ("reference", _stored("created_by")),
    "updated_by": ("reference", _stored("updated_by")),
    "date_created": ("date", _stored("date_created")),
    "date_updated": ("date", _stored("date_updated")),
}
_FIELDS: Mapping[str, Mapping[str, tuple[Kind, Values]]] = {
    "lead": {
        **_COMMON,
        "display_name": ("text", lambda doc: (lead_name(doc),)),
        "description": ("text", _stored("description")),
        "url": ("text", _stored("url")),
        "status_id": ("reference", _stored("status_id")),
        "addresses_count": ("number", _count("addresses")),
    },
    "contact": {
        **_COMMON,
        "title": ("text", _stored("title")),
        "lead_id": ("reference", _stored("lead_id")),
        "emails_count": ("number", _count("emails")),
        "phones_count": ("number", _count("phones")),
        "urls_count": ("number", _count("urls")),
    },
    "contact_email": {"email": ("text", _stored("email")), "type": ("choice", _stored("type"))},
    "contact_phone": {"phone": ("text", _stored("phone")), "type": ("choice", _stored("type"))},
    "contact_url": {"url": ("text", _stored("url")), "type": ("choice", _stored("type"))},
    "address": {
        **{key: ("text", _stored(key)) for key in ("address_1", "address_2", "city", "state", "zipcode")},
        "country": ("choice", _stored("country")),
    },
}
_OF_CHILD: Mapping[str, Kind] = {
    **dict.fromkeys(
        ("created_by", "updated_by", "lead_id", "contact_id", "user_id", "pipeline_id", "status_id", "assigned_to"), "reference"
    ),
    **dict.fromkeys(("date_created", "date_updated", "activity_at", "date_won", "date_lost", "date"), "date"),
    **dict.fromkeys(("value", "confidence"), "number"),
    **dict.fromkeys(("custom_activity_type_id", "custom_object_type_id", "status", "value_period", "_type", "priority"), "choice"),
    **dict.fromkeys(("name", "note", "title", "text"), "text"),
    **dict.fromkeys(("is_complete", "is_dateless", "pinned"), "boolean"),
}
"""Keys of what is below leads that can be asked about."""

_KIND_OF_CUSTOM: Mapping[str, Kind] = {
    "text": "text",
    "textarea": "text",
    "hidden": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "choices": "choice",
    "user": "reference",
    "contact": "reference",
    "custom_object": "reference",
}


def regular_field(object_type: str, name: str, contacts_of: Callable[[str], list[Doc]]) -> Field | None:
    if (object_type, name) == ("lead", "all_urls_count"):
        return Field(object_type, name, "number", lambda doc: (bool(doc["url"]) + sum(len(one["urls"]) for one in contacts_of(doc["id"])),))
    if object_type in KINDS:
        stored = name in _OF_CHILD and (name in KINDS[object_type].blank or name in _COMMON)
        return Field(object_type, name, _OF_CHILD[name], _stored(name)) if stored else None
    found = _FIELDS.get(object_type, {}).get(name)
    return Field(object_type, name, *found) if found else None


def derived_field(object_type: str, name: str, organization: Organization) -> Field | None:
    """What an opportunity's status says of it."""
    if object_type != "opportunity" or name not in ("status_type", "status_label"):
        return None
    statuses, key = organization.pipelines.statuses, name.removeprefix("status_")
    return Field(object_type, name, "choice", lambda doc: (getattr(statuses[doc["status_id"]], key),))


def custom_field(definition: CustomField, object_type: str) -> Field:
    key = f"custom.{definition.id}"
    return Field(object_type, key, _KIND_OF_CUSTOM[definition.type], _stored(key), free_text=definition.type in ("text", "hidden"))


def all_text(doc: Doc, organization: Organization) -> Iterable[str]:
    """What a bare text query looks through."""
    for key, value in doc.items():
        if key in ("name", "title", "description", "url", "email", "phone", "note", "text"):
            yield value or ""
        elif key in ("emails", "phones", "urls"):
            yield from (item[key[:-1]] for item in value)
        elif key.startswith("custom."):
            definition = organization.fields.get(key[7:])
            if definition is not None and definition.type in ("text", "choices"):
                yield from value if isinstance(value, list) else (value,)
