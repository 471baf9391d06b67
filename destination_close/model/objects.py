"""What does Close hold: an object of a type, as far as this connector reads it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from destination_close.model.object_types import ObjectType
from destination_close.model.rows import Key, email_key
from destination_close.model.values import value_class


class Age(NamedTuple):
    """Sorts objects by creation: those found come first, by date; then those that this run created, in stream order."""

    made_here: int
    date: str
    order: tuple[int, ...] = ()


class Item(NamedTuple):
    """One entry of a list, such as a contact's emails."""

    value: str
    type: str | None = None


@value_class(frozen=True, slots=True)
class Stored:
    """An object as Close holds it, or, on paper, as it is to hold it."""

    type: ObjectType
    id: str
    lead_id: str
    """Of the lead it belongs to; a lead's own."""

    age: Age
    own_id: str | None
    """The user's own id: Company ID, User ID."""

    fields: Mapping[str, Any]
    """By key: name, status_id and every set custom field as `custom.cf_...`, as Close gave them."""

    lists: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """By key, those that are not empty."""

    keys: tuple[Key, ...] = field(init=False, repr=False, compare=False)
    """Every key by which it can be found; an email that it has twice appears twice."""

    def __post_init__(self) -> None:
        keys: tuple[Key, ...] = () if self.own_id is None else (Key(self.type.own_id.finds, self.own_id),)
        for item in self.lists.get("emails", ()):
            keys += (email_key(item.value),)
        object.__setattr__(self, "keys", keys)


@dataclass(frozen=True, slots=True)
class IdFields:
    """Which custom fields hold the user's own ids, and which fields are read beside them."""

    own: Mapping[ObjectType, str] = field(default_factory=dict)
    """Bare, `cf_...`; a type whose setting is empty is not in here."""

    asked: Mapping[ObjectType, frozenset[str]] = field(default_factory=dict)
    """Answers to writes hold all there are; of a type that is not in here, all that are known are read."""

    keys: Mapping[ObjectType, str] = field(init=False, repr=False, compare=False)
    """Of the fields that hold own ids, on an object: `custom.cf_...`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", {object_type: f"custom.{field_id}" for object_type, field_id in self.own.items()})


FIRST_STATUS = "(the organization's first status)"
"""Placeholder for the status of a new lead without one. Never sent."""
