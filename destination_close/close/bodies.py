"""What is sent to Close to create or change an object? (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from destination_close.model import (
    CONTACT,
    LEAD,
    Create,
    IdFields,
    Item,
    ListField,
    Scalar,
    Stored,
    Update,
    as_set,
    as_tuple,
    has_scheme,
    is_blank,
    missing,
)

Body = dict[str, Any]

ADD = ".add"
"""Suffix for the key of a field to which Close should add one value."""


# --- creating --------------------------------------------------------------------------------------------------------


def create_body(change: Create, ids: IdFields) -> Body:
    """The body of the POST. Whatever belongs to a lead names it: without `lead_id` Close would invent a lead."""
    body = object_body(change.object, ids)
    if change.object.type is not LEAD:
        return {"lead_id": change.object.lead_id, **body}
    people = [object_body(one, ids) for one in change.inside if one.type is CONTACT]
    return {**body, "contacts": people} if people else body


def object_body(one: Stored, ids: IdFields) -> Body:
    """All that a new object is to hold, but for the lead it belongs to."""
    body = {key: _going(key, value) for key, value in one.fields.items() if not is_blank(value)}
    key = ids.keys.get(one.type)
    if one.own_id is not None and key:
        body[key] = one.own_id
    for each in one.type.lists:
        if items := one.lists.get(each.key):
            body[each.key] = list_body(each, items)
    return body


def list_body(of: ListField, items: Iterable[Item]) -> list[dict[str, str]]:
    """A list for writing: only what may be written, in order, types kept."""
    return [{of.item: _item_value(of, i), "type": i.type or of.default_type} for i in items]


def _item_value(of: ListField, item: Item) -> str:
    """A new url gets a scheme; an existing one, which has a type, stays as it was typed."""
    return _url(item.value) if of.item == "url" and item.type is None else item.value


def _going(key: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return _url(value) if key == "url" and value else value


def _url(url: str) -> str:
    """Close's own CSV import adds a scheme if there is none; what its API does without one is not known."""
    return url if has_scheme(url) else f"http://{url}"  # ignore-https-check


# --- changing --------------------------------------------------------------------------------------------------------


def update_body(change: Update, now: Stored, ids: IdFields) -> Body:
    """The body of the PUT, empty if the object holds everything already. Lists are sent whole, with what is missing appended."""
    body = fields_body({**change.fields, **_added(now.fields, change.adds)})
    for each in now.type.lists:
        items = now.lists.get(each.key, ())
        if new := missing(items, change.appended.get(each.key, ()), each.meaning):
            body[each.key] = list_body(each, [*items, *(Item(value) for value in new)])
    if change.stamp is not None and now.own_id is None:
        body[ids.keys[now.type]] = change.stamp
    return body


def fields_body(fields: Mapping[str, Any]) -> Body:
    """Changed fields for a PUT; None clears."""
    return {key: _going(key, value) for key, value in fields.items()}


def must_be_read_fresh(change: Update) -> bool:
    """Whether the body rests on what the object holds right before it is sent: Close replaces lists whole, adds one value at a
    time, and knows neither "if it is empty" nor "if it is not there"."""
    several = any(len(values) > 1 for values in change.adds.values())
    return bool(change.appended or change.only_if_empty) or change.stamp is not None or several


def _added(stored: Mapping[str, Any], adds: Mapping[str, tuple[Scalar, ...]]) -> Body:
    body: Body = {}
    for key, values in adds.items():
        lacking = [value for value in dict.fromkeys(values) if not as_set(value) <= as_set(stored.get(key))]
        if len(values) == 1 and lacking:
            body[f"{key}{ADD}"] = lacking[0]
        elif lacking:
            body[key] = [*as_tuple(stored.get(key)), *lacking]
    return body


# --- what becomes of it ----------------------------------------------------------------------------------------------


def updated(one: Stored, body: Body, ids: IdFields) -> Stored:
    """The object once Close has taken the body of a PUT."""
    by_key = {each.key: each for each in one.type.lists}
    own_id_key = ids.keys.get(one.type)
    lists, fields = dict(one.lists), dict(one.fields)
    for key, value in body.items():
        if each := by_key.get(key):
            lists[key] = tuple(Item(item[each.item], item["type"]) for item in value)
        elif key.endswith(ADD):
            bare = key.removesuffix(ADD)
            fields[bare] = [*as_tuple(fields.get(bare)), value]
        elif key != own_id_key:
            fields[key] = value
    own_id = body.get(own_id_key, one.own_id) if own_id_key else one.own_id
    return replace(one, own_id=own_id, fields={key: value for key, value in fields.items() if not is_blank(value)}, lists=lists)
