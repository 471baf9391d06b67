"""What does Close hold: lead, contact?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from destination_close.model.rows import Key, email_key
from destination_close.model.values import value_class


class Age(NamedTuple):
    """Sorts objects by creation: those found come first, by date; then those that this run created, in stream order."""

    made_here: int
    date: str
    order: tuple[int, ...] = ()


@value_class(frozen=True, slots=True)
class Lead:
    """A lead as Close holds it, with the parts that this connector reads."""

    id: str
    age: Age
    company_id: str | None
    fields: Mapping[str, Any]
    """name, description, url, status_id and every custom field that is set, as `custom.cf_...`, as returned by Close."""


class Item(NamedTuple):
    """One entry of a contact's emails, phones or urls."""

    value: str
    type: str | None = None


@value_class(frozen=True, slots=True)
class Contact:
    """A contact as Close holds it, with the parts that this connector reads."""

    id: str
    lead_id: str
    age: Age
    user_id: str | None
    fields: Mapping[str, Any]
    """name, title and every custom field that is set, as `custom.cf_...`, as returned by Close."""

    emails: tuple[Item, ...] = ()
    phones: tuple[Item, ...] = ()
    urls: tuple[Item, ...] = ()
    keys: tuple[Key, ...] = field(init=False, repr=False, compare=False)
    """Every key by which it can be found; an email that it has twice appears twice."""

    def __post_init__(self) -> None:
        keys: tuple[Key, ...] = () if self.user_id is None else (Key("user", self.user_id),)
        for item in self.emails:
            keys += (email_key(item.value),)
        object.__setattr__(self, "keys", keys)


LISTS = {"emails": "email", "phones": "phone", "urls": "url"}
"""The lists of a contact, and the key of the value in each of their items."""


@dataclass(frozen=True, slots=True)
class IdFields:
    """The custom fields that store the user's own ids, as bare `cf_...`; None if the setting is empty."""

    company: str | None = None
    user: str | None = None
    lead_fields: frozenset[str] | None = None
    """Which fields of a lead are read in addition, because answers to writes contain all of them; None: all known fields."""

    contact_fields: frozenset[str] | None = None


FIRST_STATUS = "(the organization's first status)"
"""Placeholder for the status of a new lead without one. Never sent."""
