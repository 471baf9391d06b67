"""Which wish does a value become, given the field it is for? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from destination_close.mapping import coercion
from destination_close.mapping.coercion import Coerce, CoerceText, Invalid
from destination_close.model import Account, Comparison, CustomField, Wish
from destination_close.settings import Policy, WritePolicy

Make = Callable[[Any], Wish | Invalid | None]

WISHES_REMEMBERED = 512
"""Of one field."""

SHORT = 100
"""Characters."""

CONTACT_TEXT_LIMIT = 1000
"""Characters in a contact's name or title."""


def standard_lead_fields(account: Account) -> Mapping[str, tuple[str, Make]]:
    """By field of a mapping: the key of a lead in Close, and how its value is made."""
    return {
        "lead_name": ("name", _scalar(coercion.text)),
        "lead_description": ("description", _scalar(coercion.text)),
        "lead_status_id": ("status_id", _scalar(coercion.status(account.statuses))),
        "lead_url": ("url", _scalar(coercion.url, "url")),
    }


def standard_contact_fields() -> Mapping[str, tuple[str, Make]]:
    """By field of a mapping: the key of a contact in Close, and how its value is made."""
    short = coercion.text_up_to(CONTACT_TEXT_LIMIT)
    return {"contact_name": ("name", _scalar(short)), "contact_title": ("title", _scalar(short))}


def custom_field(field: CustomField, account: Account) -> Make:
    """How the value of a custom field is made; for unknown types, and for ids of other objects, as text."""
    coerce: CoerceText
    match field.type:
        case "number":
            return _scalar(coercion.number, "number")
        case "date":
            return _remembering(_scalar(coercion.date, "date"))
        case "datetime":
            return _remembering(_scalar(coercion.moment, "datetime"))
        case "choices":
            coerce = coercion.choice(field.choices)
        case "user":
            coerce = coercion.user((user.id, user.email) for user in account.users or ())
        case _:
            coerce = coercion.text
    return _values(coerce) if field.accepts_multiple_values else _scalar(coerce)


def under(policy: Policy, wish: Wish | None, damaged: bool) -> Wish | None:
    """The wish as the field's policy allows it; None stands for a blank. A value lost in transit never clears."""
    if wish is not None:
        return wish if policy.write == "overwrite" else replace(wish, when=_WHEN[policy.write])
    return _CLEAR if policy.clear_when_blank and not damaged else None


_WHEN: Mapping[WritePolicy, Literal["always", "if_empty", "on_create"]] = {
    "overwrite": "always",
    "only_if_empty": "if_empty",
    "only_on_create": "on_create",
}
_CLEAR = Wish(None)


def _scalar(coerce: Coerce, compare: Comparison = "text") -> Make:
    def make(value: Any) -> Wish | Invalid | None:
        found = coerce(value)
        return found if found is None or isinstance(found, Invalid) else Wish(found, compare)

    return make


def _remembering(make: Make) -> Make:
    """The same, for values that are slow to read and occur repeatedly."""
    remembered = lru_cache(maxsize=WISHES_REMEMBERED)(make)

    def make_or_remember(value: Any) -> Wish | Invalid | None:
        # text only: a cache cannot distinguish 1, 1.0 and true
        return remembered(value) if value.__class__ is str and len(value) <= SHORT else make(value)

    return make_or_remember


def _values(coerce: CoerceText) -> Make:
    """A list replaces what the field holds, a single value is added to it."""
    coerce_all = coercion.several(coerce)

    def make(value: Any) -> Wish | Invalid | None:
        found = coerce_all(value)
        if isinstance(found, Invalid):
            return found
        if not found:
            return None
        if isinstance(value, (list, tuple)):
            return Wish(tuple(dict.fromkeys(found)), "set")
        return Wish(found[0], "set", add=True)

    return make
