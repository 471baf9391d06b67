"""Which wish does a value become, given the field it is for? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from destination_close import values
from destination_close.mapping.remarking import Remarked
from destination_close.model import Account, Comparison, CustomField, ValueKind, Wish
from destination_close.settings import Policy, WritePolicy
from destination_close.values import Coerce, CoerceText, Invalid

Make = Callable[[Any], Wish | Invalid | None]

WISHES_REMEMBERED = 512
"""Of one field."""

SHORT = 100
"""Characters."""

CONTACT_TEXT_LIMIT = 1000
"""Characters in a contact's name or title."""


def standard_fields(account: Account) -> Mapping[ValueKind, Make]:
    """How the value of a standard field is made, by what kind of value it is."""
    return {
        "text": _scalar(values.text),
        "short_text": _scalar(values.text_up_to(CONTACT_TEXT_LIMIT)),
        "lead_status": _scalar(values.status(account.statuses)),
        "url": _scalar(values.url, "url"),
    }


def custom_field(field: CustomField, account: Account) -> Make:
    """How the value of a custom field is made; for unknown types, and for ids of other objects, as text."""
    coerce: CoerceText
    match field.type:
        case "number":
            return _scalar(values.number, "number")
        case "date":
            return _remembering(_scalar(values.date, "date"))
        case "datetime":
            return _remembering(_scalar(values.moment, "datetime"))
        case "choices":
            coerce = values.choice(field.choices)
        case "user":
            coerce = values.user((user.id, user.email) for user in account.users or ())
        case _:
            coerce = values.text
    return _several(coerce, closed=field.type == "choices") if field.accepts_multiple_values else _scalar(coerce)


def under(policy: Policy, wish: Wish | Remarked[Wish | None] | None, damaged: bool) -> Wish | Remarked[Wish | None] | None:
    """The wish as the field's policy allows it; None stands for a blank. A value lost in transit never clears."""
    if isinstance(wish, Remarked):  # the row does have a value, so there is nothing to clear
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
    """The same, for values that are slow to read and occur repeatedly."""
    remembered = lru_cache(maxsize=WISHES_REMEMBERED)(make)

    def make_or_remember(value: Any) -> Wish | Invalid | None:
        # text only: a cache cannot distinguish 1, 1.0 and true
        return remembered(value) if value.__class__ is str and len(value) <= SHORT else make(value)

    return make_or_remember


def _several(coerce: CoerceText, *, closed: bool) -> Make:
    """A list replaces what the field holds, a single value is added to it; one invalid value invalidates all of them."""
    items_of = values.custom_values(coerce, closed=closed)

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
