"""Which wish does a value become, by the field it is for? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from destination_close import coercion
from destination_close.account import Account, CustomField
from destination_close.coercion import Coerce, CoerceText, Invalid
from destination_close.listing import values
from destination_close.model import Comparison, Wish
from destination_close.policies import Policy, WritePolicy
from destination_close.remarking import Remarked

Make = Callable[[Any], Wish | Invalid | None]

WISHES_REMEMBERED = 512
"""Of one field."""

SHORT = 100
"""Characters."""

CONTACT_TEXT_LIMIT = 1000
"""Characters of a contact's name and title."""


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
    """How the value of a custom field is made; of a type that is not known, and of ids of other objects, as text."""
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
    return _values(coerce, closed=field.type == "choices") if field.accepts_multiple_values else _scalar(coerce)


def under(policy: Policy, wish: Wish | Remarked[Wish | None] | None, damaged: bool) -> Wish | Remarked[Wish | None] | None:
    """The wish as the field's policy lets it be; None stands for a blank. What was lost on the way never clears."""
    if isinstance(wish, Remarked):  # a value is there, which is no reason to clear
        return wish
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
    """The same, for what takes long to read and comes again."""
    remembered = lru_cache(maxsize=WISHES_REMEMBERED)(make)

    def make_or_remember(value: Any) -> Wish | Invalid | None:
        # text only: to a cache 1, 1.0 and true are the same
        return remembered(value) if value.__class__ is str and len(value) <= SHORT else make(value)

    return make_or_remember


def _values(coerce: CoerceText, *, closed: bool) -> Make:
    """A list replaces what the field holds, a single value is added to it; one wrong value of several makes all of them wrong."""
    items_of = values(coerce, closed=closed)

    def make(value: Any) -> Wish | Invalid | None:
        items, is_list = items_of(value)
        found: dict[str, None] = {}
        for item in items:
            one = coerce(item)
            if isinstance(one, Invalid):
                return one
            if one is not None:
                found[one] = None
        if not found:
            return None
        return Wish(tuple(found), "set") if is_list else Wish(next(iter(found)), "set", add=True)

    return make
