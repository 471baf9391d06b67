"""What is sent to Close to create or change an object? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from destination_close.model import (
    LISTS,
    Contact,
    IdFields,
    Item,
    Lead,
    Scalar,
    UpdateContact,
    UpdateLead,
    as_set,
    email_meaning,
    has_scheme,
    is_blank,
    missing,
    phone_meaning,
    url_meaning,
)

DEFAULT_TYPES = {"emails": "office", "phones": "office", "urls": "url"}
"""What Close fills in for an item without a type; older versions refused such items, so it is always sent."""


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
    """One of a contact's lists for writing: only the writable parts, in order, with their types."""
    key = LISTS[name]
    return [{key: _item_value(name, i), "type": i.type or DEFAULT_TYPES[name]} for i in items]


def _item_value(name: str, item: Item) -> str:
    """A new url gets a scheme; an existing one, which has a type, stays as it was typed."""
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
    """Close's own CSV import adds a scheme if there is none; what its API does without one is not known."""
    return url if has_scheme(url) else f"http://{url}"  # ignore-https-check


Body = dict[str, Any]


MEANINGS: Mapping[str, Callable[[str], str]] = {"emails": email_meaning, "phones": phone_meaning, "urls": url_meaning}


ADD = ".add"
"""Suffix for the key of a field to which Close should add one value."""


def lead_update(change: UpdateLead, lead: Lead, ids: IdFields) -> Body:
    """The body of the PUT, empty if the lead already has everything."""
    body = fields_body({**change.fields, **_added(lead.fields, change.adds)})
    if change.company_id is not None and lead.company_id is None:
        body[f"custom.{ids.company}"] = change.company_id
    return body


def contact_update(change: UpdateContact, contact: Contact, ids: IdFields) -> Body:
    """The body of the PUT, empty if the contact already has everything. Lists are sent whole, with missing values appended."""
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
    """Close returns a single value of a multi-value field either bare or in a list."""
    if values is None:
        return []
    return list(values) if isinstance(values, (list, tuple)) else [values]
