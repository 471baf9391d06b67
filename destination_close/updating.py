"""What is sent to change an object as it is now, and what does it hold afterwards? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from destination_close.blanks import is_blank
from destination_close.changes import UpdateContact, UpdateLead
from destination_close.comparing import as_set, email_meaning, missing, phone_meaning, url_meaning
from destination_close.model import Contact, Item, Lead, Scalar
from destination_close.shapes import LISTS, IdFields, fields_body, list_body

Body = dict[str, Any]

MEANINGS: Mapping[str, Callable[[str], str]] = {"emails": email_meaning, "phones": phone_meaning, "urls": url_meaning}
ADD = ".add"
"""Ends the key of a field to which Close is to add one value."""


# --- going -----------------------------------------------------------------------------------------------------------


def lead_update(change: UpdateLead, lead: Lead, ids: IdFields) -> Body:
    """The body of the PUT, empty if the lead holds everything already."""
    body = fields_body({**change.fields, **_added(lead.fields, change.adds)})
    if change.company_id is not None and lead.company_id is None:
        body[f"custom.{ids.company}"] = change.company_id
    return body


def contact_update(change: UpdateContact, contact: Contact, ids: IdFields) -> Body:
    """The body of the PUT, empty if the contact holds everything already. Lists are sent whole, with what is missing appended."""
    body = fields_body({**change.fields, **_added(contact.fields, change.adds)})
    appends = {"emails": change.emails, "phones": change.phones, "urls": change.urls}
    for name, meaning in MEANINGS.items():
        items: tuple[Item, ...] = getattr(contact, name)
        if new := missing(items, appends[name], meaning):
            body[name] = list_body(name, [*items, *(Item(value) for value in new)])
    if change.user_id is not None and contact.user_id is None:
        body[f"custom.{ids.user}"] = change.user_id
    return body


def needs_fresh_list(adds: Mapping[str, tuple[Scalar, ...]]) -> bool:
    """Close adds one value at a time; several are written as the whole list, which must be fresh."""
    return any(len(values) > 1 for values in adds.values())


def _added(stored: Mapping[str, Any], adds: Mapping[str, tuple[Scalar, ...]]) -> Body:
    body: Body = {}
    for key, values in adds.items():
        lacking = [value for value in dict.fromkeys(values) if not as_set(value) <= as_set(stored.get(key))]
        if len(values) == 1 and lacking:
            body[f"{key}{ADD}"] = lacking[0]
        elif lacking:
            body[key] = [*_several(stored.get(key)), *lacking]
    return body


# --- afterwards ------------------------------------------------------------------------------------------------------


def updated_lead(lead: Lead, body: Body, ids: IdFields) -> Lead:
    """The lead once Close has taken the body."""
    company_id = body.get(f"custom.{ids.company}", lead.company_id)
    return replace(lead, company_id=company_id, fields=_after(lead.fields, body, f"custom.{ids.company}"))


def updated_contact(contact: Contact, body: Body, ids: IdFields) -> Contact:
    """The contact once Close has taken the body."""
    lists: dict[str, Any] = {
        name: tuple(Item(item[key], item["type"]) for item in body[name]) for name, key in LISTS.items() if name in body
    }
    fields = {key: value for key, value in body.items() if key not in LISTS}
    user_id = body.get(f"custom.{ids.user}", contact.user_id)
    return replace(contact, user_id=user_id, fields=_after(contact.fields, fields, f"custom.{ids.user}"), **lists)


def _after(fields: Mapping[str, Any], body: Body, own_id: str) -> dict[str, Any]:
    after = dict(fields)
    for key, value in body.items():
        if key.endswith(ADD):
            key = key.removesuffix(ADD)
            after[key] = [*_several(after.get(key)), value]
        elif key != own_id:
            after[key] = value
    return {key: value for key, value in after.items() if not is_blank(value)}


def _several(values: Any) -> list[Any]:
    """Close gives one value of a field that takes several bare or in a list."""
    if values is None:
        return []
    return list(values) if isinstance(values, (list, tuple)) else [values]
