"""Do two worlds hold the same, whatever their ids and dates?

A state is a sorted multiset of leads, each with a sorted multiset of contacts. Kept as they are: the order of emails, phones and urls,
their types and letter case. Treated alike: a url without a scheme and the same with `http://`; null and an empty text; a blank id and
none; a number as integer or float; the values of a field that takes several, in any order; `Z` and `+00:00`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from .model_close import Close, Contact, Lead

Pairs = tuple[tuple[str, str], ...]
Custom = tuple[tuple[str, Any], ...]


class ContactState(NamedTuple):
    name: str
    title: str
    user_id: str | None
    emails: Pairs
    phones: Pairs
    urls: Pairs
    custom: Custom


class LeadState(NamedTuple):
    name: str
    description: str
    url: str | None
    status_id: str
    company_id: str | None
    custom: Custom
    contacts: tuple[ContactState, ...]


State = tuple[LeadState, ...]


def state_of_model(close: Close) -> State:
    return _sorted(_lead_of_model(lead, close.contacts_of(lead)) for lead in close.leads)


def state_of_sandbox(leads: Iterable[Mapping[str, Any]], *, company_field: str, user_field: str) -> State:
    """From leads as Close answers them, contacts nested; the two id fields are given as `cf_...`."""
    return _sorted(_lead_of_sandbox(lead, f"custom.{company_field}", f"custom.{user_field}") for lead in leads)


def explain_difference(a: State, b: State, *, name_a: str = "expected", name_b: str = "found") -> str:
    """Empty when they are the same."""
    if a == b:
        return ""
    only_a, only_b = _only_in(a, b), _only_in(b, a)
    lines = [f"{name_a} has {_size(a)}, {name_b} has {_size(b)}"]
    while only_a and only_b:
        left, right = max(((x, y) for x in only_a for y in only_b), key=lambda pair: _likeness(*pair))
        if _likeness(left, right) == 0:
            break
        only_a.remove(left)
        only_b.remove(right)
        lines += [f"lead {_title(left)}:", *_fields_that_differ(left, right, name_a, name_b)]
    lines += _whole(only_a, name_a) + _whole(only_b, name_b)
    return "\n".join(lines)


# --- canonical forms -------------------------------------------------------------------------------------------------------


def _lead_of_model(lead: Lead, contacts: list[Contact]) -> LeadState:
    return LeadState(
        lead.name,
        lead.description,
        _url(lead.url),
        lead.status_id,
        _id(lead.company_id),
        _custom(lead.custom),
        _sorted(_contact_of_model(contact) for contact in contacts),
    )


def _contact_of_model(contact: Contact) -> ContactState:
    return ContactState(
        contact.name,
        contact.title,
        _id(contact.user_id),
        tuple(contact.emails),
        tuple(contact.phones),
        tuple((str(_url(value)), kind) for value, kind in contact.urls),
        _custom(contact.custom),
    )


def _lead_of_sandbox(lead: Mapping[str, Any], company_key: str, user_key: str) -> LeadState:
    return LeadState(
        lead.get("name") or "",
        lead.get("description") or "",
        _url(lead.get("url")),
        lead["status_id"],
        _id(lead.get(company_key)),
        _custom_of_sandbox(lead, company_key),
        _sorted(_contact_of_sandbox(contact, user_key) for contact in lead.get("contacts") or ()),
    )


def _contact_of_sandbox(contact: Mapping[str, Any], user_key: str) -> ContactState:
    return ContactState(
        contact.get("name") or "",
        contact.get("title") or "",
        _id(contact.get(user_key)),
        tuple((entry["email"], entry["type"]) for entry in contact.get("emails") or ()),
        tuple((entry["phone"], entry["type"]) for entry in contact.get("phones") or ()),
        tuple((str(_url(entry["url"])), entry["type"]) for entry in contact.get("urls") or ()),
        _custom_of_sandbox(contact, user_key),
    )


def _custom_of_sandbox(thing: Mapping[str, Any], id_key: str) -> Custom:
    prefix = "custom."
    return _custom({key.removeprefix(prefix): value for key, value in thing.items() if key.startswith(prefix) and key != id_key})


def _custom(values: Mapping[str, Any]) -> Custom:
    return tuple((key, _value(values[key])) for key in sorted(values) if values[key] is not None and values[key] not in ("", []))


def _value(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(sorted({_value(one) for one in value}, key=repr))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and "T" in value:
        try:
            return datetime.fromisoformat(value.replace("Z", "+00:00")).isoformat()
        except ValueError:
            return value
    return value


def _id(value: str | None) -> str | None:
    return value if value and value.strip() else None


def _url(value: str | None) -> str | None:
    return value if not value or "://" in value else "http://" + value


def _sorted(things: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(things, key=repr))


# --- words for a difference ------------------------------------------------------------------------------------------------


def _only_in(a: Iterable[Any], b: Iterable[Any]) -> list[Any]:
    return list((Counter(a) - Counter(b)).elements())


def _size(state: State) -> str:
    return f"{len(state)} leads with {sum(len(lead.contacts) for lead in state)} contacts"


def _likeness(one: LeadState | ContactState, other: LeadState | ContactState) -> int:
    """How many set fields agree; an id or a contact weighs most."""
    equal = sum(1 for x, y in zip(one, other, strict=True) if x == y and x not in (None, "", ()))
    if isinstance(one, LeadState) and isinstance(other, LeadState):
        same_id = one.company_id == other.company_id is not None
        return equal + 3 * same_id + 3 * len(set(one.contacts) & set(other.contacts))
    assert isinstance(one, ContactState)
    assert isinstance(other, ContactState)
    return equal + 3 * (one.user_id == other.user_id is not None) + 3 * bool(set(one.emails) & set(other.emails))


def _title(lead: LeadState) -> str:
    return f"{lead.name!r} (Company ID {lead.company_id!r})"


def _fields_that_differ(a: LeadState, b: LeadState, name_a: str, name_b: str) -> list[str]:
    lines = _differing(a, b, name_a, name_b, indent="  ", leave_out="contacts")
    only_a, only_b = _only_in(a.contacts, b.contacts), _only_in(b.contacts, a.contacts)
    while only_a and only_b:
        left, right = max(((x, y) for x in only_a for y in only_b), key=lambda pair: _likeness(*pair))
        only_a.remove(left)
        only_b.remove(right)
        lines += [f"  contact {left.name!r} (User ID {left.user_id!r}):"]
        lines += _differing(left, right, name_a, name_b, indent="    ")
    lines += [f"  contact only {name_a}: {_set_fields(contact)}" for contact in only_a]
    lines += [f"  contact only {name_b}: {_set_fields(contact)}" for contact in only_b]
    return lines


def _differing(a: Any, b: Any, name_a: str, name_b: str, *, indent: str, leave_out: str = "") -> list[str]:
    return [
        f"{indent}{key}: {name_a} {getattr(a, key)!r}, {name_b} {getattr(b, key)!r}"
        for key in a._fields
        if key != leave_out and getattr(a, key) != getattr(b, key)
    ]


def _whole(leads: list[LeadState], name: str) -> list[str]:
    lines = []
    for lead in leads:
        lines.append(f"lead only {name}: {_set_fields(lead)}")
        lines += [f"  contact: {_set_fields(contact)}" for contact in lead.contacts]
    return lines


def _set_fields(thing: Any) -> str:
    shown = ((key, getattr(thing, key)) for key in thing._fields if key != "contacts")
    return ", ".join(f"{key}={value!r}" for key, value in shown if value not in (None, "", ()))
