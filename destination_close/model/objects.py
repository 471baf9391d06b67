"""What does Close hold: lead, contact?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from destination_close.model.rows import Key, email_key
from destination_close.model.values import value_class


class Age(NamedTuple):
    """Sorts objects by when they were created: those found first, by date; then those this run made, in stream order."""

    made_here: int
    date: str
    order: tuple[int, ...] = ()


@value_class(frozen=True, slots=True)
class Lead:
    """A lead as Close holds it, as far as this connector reads it."""

    id: str
    age: Age
    company_id: str | None
    fields: Mapping[str, Any]
    """name, description, url, status_id and every set custom field as `custom.cf_...`, as Close gave them."""


class Item(NamedTuple):
    """One entry of a contact's emails, phones or urls."""

    value: str
    type: str | None = None


@value_class(frozen=True, slots=True)
class Contact:
    """A contact as Close holds it, as far as this connector reads it."""

    id: str
    lead_id: str
    age: Age
    user_id: str | None
    fields: Mapping[str, Any]
    """name, title and every set custom field as `custom.cf_...`, as Close gave them."""

    emails: tuple[Item, ...] = ()
    phones: tuple[Item, ...] = ()
    urls: tuple[Item, ...] = ()
    keys: tuple[Key, ...] = field(init=False, repr=False, compare=False)
    """Every key by which it can be found; that of an email which it has twice comes twice."""

    def __post_init__(self) -> None:
        keys: tuple[Key, ...] = () if self.user_id is None else (Key("user", self.user_id),)
        for item in self.emails:
            keys += (email_key(item.value),)
        object.__setattr__(self, "keys", keys)


LISTS = {"emails": "email", "phones": "phone", "urls": "url"}
"""The lists of a contact, and the key of the value in each of their items."""


@dataclass(frozen=True, slots=True)
class IdFields:
    """The custom fields that hold the user's own ids, as bare `cf_...`; None where the setting is empty."""

    company: str | None = None
    user: str | None = None
    lead_fields: frozenset[str] | None = None
    """Which fields of a lead are read beside these, since answers to writes hold all there are; None: all that are known."""

    contact_fields: frozenset[str] | None = None


FIRST_STATUS = "(the organization's first status)"
"""On paper, the status of a new lead that is given none. Never sent."""
