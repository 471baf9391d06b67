"""What is a row, and what does it want Close to hold: draft, wish, key?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from destination_close.model.equality import email_meaning
from destination_close.model.object_types import CONTACT, LEAD, KeyKind, ObjectType
from destination_close.model.streams import StreamKey
from destination_close.model.values import value_class

if TYPE_CHECKING:  # what becomes of rows stands on rows
    from destination_close.model.outcomes import Remark


@value_class(frozen=True, slots=True)
class Row:
    """One Airbyte record of a mapped stream."""

    stream: StreamKey
    position: int
    """Its position among the records of its stream in this run, from 1; reports use it to name the row."""

    ordinal: int
    """Its position among all records of this run, over all streams, from 0; rows take effect in this order."""

    data: Mapping[str, Any]
    nulled: frozenset[str] = frozenset()
    """Columns whose null is damage (`meta.changes` NULLED), not data: such a null never clears."""

    size: int = 0
    """Its approximate size in memory, in bytes."""


class Key(NamedTuple):
    """A value that identifies a lead (company) or a contact (user, email)."""

    kind: KeyKind
    value: str
    """Company ID and User ID as they are; an email in lower case."""


def email_key(email: str) -> Key:
    """An object is found by an email in any letter case."""
    return Key("email", email_meaning(email))


Scalar = str | int | float


Value = Scalar | tuple[Scalar, ...] | None


Comparison = Literal["text", "number", "date", "datetime", "set", "url"]
"""How a stored value is compared with a wanted one: "different" means different once stored."""


@value_class(frozen=True, slots=True)
class Wish:
    """What a row wants one scalar field, or one custom field, to hold."""

    value: Value
    """Converted to the field's type in Close. None clears the field. A tuple replaces all values of a multi-value field."""

    compare: Comparison = "text"
    add: bool = False
    """True: `value` is a single value that a multi-value field should have as well."""

    when: Literal["always", "if_empty", "on_create"] = "always"


@value_class(frozen=True, slots=True)
class Wanted:
    """What a row wants one object to hold. Every value is already coerced and valid."""

    fields: Mapping[str, Wish] = field(default_factory=dict)
    """By key in Close: name, status_id, custom.cf_... Never the field of the user's own id."""

    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values to be appended, by key in Close: emails, phones (in E.164: `+16505551234`, with extension `+16505551234x12`), urls."""


NOTHING_WANTED = Wanted()


@value_class(frozen=True, slots=True)
class Switches:
    """The five switches of a mapping; names and meaning as in Segment's "Close (Actions)" destination."""

    allow_creating_new_leads: bool = True
    allow_updating_existing_leads: bool = True
    allow_creating_new_contacts: bool = True
    allow_updating_existing_contacts: bool = True
    allow_creating_duplicate_contacts: bool = True


ALL_ALLOWED = Switches()


@value_class(frozen=True, slots=True)
class Draft:
    """What one row, through one mapping, wants Close to hold. Every value is already converted and valid."""

    row: Row
    mapping: int = 0
    """Index, from 0, of the mapping in the row's stream; each mapping processes the row in turn."""

    switches: Switches = ALL_ALLOWED
    company_id: str | None = None
    user_id: str | None = None
    email: str | None = None
    """Trimmed, in the letter case of the row."""

    wants: Mapping[ObjectType, Wanted] = field(default_factory=dict)
    """What each object it is about is to hold; the ids above apart."""

    contact_without_key: bool = False
    """The row had contact fields but neither User ID nor email; they were left out of this draft."""

    operation: Literal["upsert", "insert", "update"] = "upsert"
    """Upsert follows the rules; insert always creates; update never does."""

    match: Literal["user", "email"] | None = None
    """The one key by which the contact is found; the other id is then plain data. None: User ID first, then email."""

    lead_alone: bool = False
    """The row is about a company only: an insert creates a lead without a contact."""

    remarks: tuple[Remark, ...] = ()
    """On values that were left out of this draft."""

    keys: tuple[Key, ...] = field(init=False, repr=False, compare=False)
    """Every key that Close may hold because of the row, Company ID first."""

    def __post_init__(self) -> None:
        keys: tuple[Key, ...] = () if self.company_id is None else (Key("company", self.company_id),)
        if self.user_id is not None:
            keys += (Key("user", self.user_id),)
        if contact := self.wants.get(CONTACT):
            for email in contact.lists.get("emails", ()):
                keys += (email_key(email),)
        object.__setattr__(self, "keys", keys)

    def own_id(self, object_type: ObjectType) -> str | None:
        """The user's own id that the row has for an object of the type."""
        return self.company_id if object_type is LEAD else self.user_id

    @property
    def at(self) -> tuple[int, int]:
        """Its place among all drafts of the run."""
        return (self.row.ordinal, self.mapping)
