"""What are the nouns: row, draft, wish, key, lead, contact, outcome?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any, Literal, NamedTuple

from destination_close.values import value_class

# --- what comes in ---------------------------------------------------------------------------------------------------


class StreamKey(NamedTuple):
    """A stream's identity: the same name may occur in several namespaces."""

    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@value_class(frozen=True, slots=True)
class Row:
    """One Airbyte record of a mapped stream."""

    stream: StreamKey
    position: int
    """The how-manieth record of its stream in this run, from 1: how reports name a row."""

    ordinal: int
    """The how-manieth record of this run over all streams, from 0: the order rows take effect in."""

    data: Mapping[str, Any]
    nulled: frozenset[str] = frozenset()
    """Columns whose null is damage (`meta.changes` NULLED), not data: such a null never clears."""

    size: int = 0
    """About how many bytes it takes in memory."""


# --- what a row wants ------------------------------------------------------------------------------------------------


class Key(NamedTuple):
    """A value that identifies a lead (company) or a contact (user, email)."""

    kind: Literal["company", "user", "email"]
    value: str
    """Company and User ID as they are; an email in lower case."""


def email_key(email: str) -> Key:
    """Emails are the same without regard to case."""
    return Key("email", email.strip().lower())


Scalar = str | int | float
Value = Scalar | tuple[Scalar, ...] | None

Comparison = Literal["text", "number", "date", "datetime", "set", "url"]
"""How a stored value is compared with a wanted one, so that "different" means different once stored."""


@value_class(frozen=True, slots=True)
class Wish:
    """What a row wants one scalar field, or one custom field, to hold."""

    value: Value
    """Coerced to the field's type in Close. None clears the field. A tuple replaces all values of a field that takes several."""

    compare: Comparison = "text"
    add: bool = False
    """True: `value` is one value that a field taking several should also have."""

    when: Literal["always", "if_empty", "on_create"] = "always"


@value_class(frozen=True, slots=True)
class Switches:
    """The five switches of a mapping; names and meaning as in Segment's "Close (Actions)" destination."""

    allow_creating_new_leads: bool = True
    allow_updating_existing_leads: bool = True
    allow_creating_new_contacts: bool = True
    allow_updating_existing_contacts: bool = True
    allow_creating_duplicate_contacts: bool = True


ALL_ALLOWED = Switches()


class Remark(NamedTuple):
    """What is to be said of one value of a row that was otherwise done."""

    reason: Reason
    """Such as `value_left_out`."""

    field: str
    """The mapping's field (`contact_phone`)."""

    key: str
    """Of a lead or contact in Close; counted with the values that the field got."""

    message: str
    """What would be accepted, for the log: never a value of the row."""


@value_class(frozen=True, slots=True)
class Draft:
    """What one row, through one mapping, wants Close to hold. Every value is already coerced and valid."""

    row: Row
    mapping: int = 0
    """Which mapping of the row's stream made it, from 0; a row is handled by each in turn."""

    switches: Switches = ALL_ALLOWED
    company_id: str | None = None
    user_id: str | None = None
    email: str | None = None
    """Trimmed, in the letter case of the row."""

    lead: Mapping[str, Wish] = field(default_factory=dict)
    """By key of a lead in Close: name, description, status_id, url, custom.cf_... Never the Company ID field."""

    contact: Mapping[str, Wish] = field(default_factory=dict)
    """By key of a contact in Close: name, title, custom.cf_... Never the User ID field."""

    emails: tuple[str, ...] = ()
    """To be appended; the first is `email`."""

    phones: tuple[str, ...] = ()
    """To be appended, in E.164 (`+16505551234`, with extension `+16505551234x12`)."""

    urls: tuple[str, ...] = ()
    """To be appended to the contact's urls."""

    contact_without_key: bool = False
    """The row had contact fields but neither User ID nor email; they were left out of this draft."""

    operation: Literal["upsert", "insert", "update"] = "upsert"
    """Upsert follows the rules; insert always creates; update never does."""

    match: Literal["user", "email"] | None = None
    """The one key that the contact is looked for by; the other id is data then. None: User ID first, then email."""

    lead_alone: bool = False
    """The row is about a company only: an insert of it creates a lead without a contact."""

    remarks: tuple[Remark, ...] = ()
    """On values that this draft is made without."""

    keys: tuple[Key, ...] = field(init=False, repr=False, compare=False)
    """Every key that Close may hold because of the row, Company ID first."""

    def __post_init__(self) -> None:
        keys: tuple[Key, ...] = () if self.company_id is None else (Key("company", self.company_id),)
        if self.user_id is not None:
            keys += (Key("user", self.user_id),)
        for email in self.emails:
            keys += (email_key(email),)
        object.__setattr__(self, "keys", keys)

    @property
    def at(self) -> tuple[int, int]:
        """Its place in the order of all drafts of the run."""
        return (self.row.ordinal, self.mapping)


@value_class(frozen=True, slots=True)
class Work:
    """One row on its way to its outcome, through every mapping of its stream."""

    row: Row
    drafts: tuple[Draft, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    """One per mapping that could not make a draft of it."""

    skipped: tuple[Reason, ...] = ()
    """One per mapping that does not want it, such as `filtered`."""


# --- what Close holds ------------------------------------------------------------------------------------------------


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


# --- what becomes of a row -------------------------------------------------------------------------------------------


class Reason(str, Enum):
    """Why a row was rejected, skipped or done in part: a closed list, so that it can be counted and searched."""

    NO_MATCH_KEY = "no_match_key"
    CONTACT_WITHOUT_KEY = "contact_without_key"
    INVALID_VALUE = "invalid_value"
    REFUSED_BY_CLOSE = "refused_by_close"
    LEAD_CREATION_DISABLED = "lead_creation_disabled"
    CONTACT_CREATION_DISABLED = "contact_creation_disabled"
    LEAD_UPDATE_DISABLED = "lead_update_disabled"
    CONTACT_UPDATE_DISABLED = "contact_update_disabled"
    DUPLICATE_NOT_ALLOWED = "duplicate_not_allowed"
    FILTERED = "filtered"
    NO_MATCH = "no_match"
    DRY_RUN = "dry_run"
    DELETED_AT_SOURCE = "deleted_at_source"
    VALUE_LEFT_OUT = "value_left_out"
    PLACEHOLDER_KEY = "placeholder_key"
    UNKNOWN_CUSTOM_FIELD = "unknown_custom_field"


class Warning(str, Enum):
    """What a person should look at in Close, though the rows were done by the rules."""

    SEVERAL_LEADS = "several_leads_carry_the_company_id"
    MANY_CONTACTS = "more_than_10_contacts_match"
    UNLIKE_CONTACT = "unlike_contact"


@value_class(frozen=True, slots=True)
class Rejection:
    """Why a row, or one object it touches, was refused: a value that any stage may return."""

    row: Row
    reason: Reason
    field: str | None
    """The mapping's field (`contact_email`), or Close's own path (`custom.cf_x`) when Close refused."""

    message: str
    """What would be accepted, for the log: never a value of the row."""

    detail: str | None = None
    """Close's own words. They may repeat values of the row: not for logs."""

    object_id: str | None = None
    remarks: tuple[Remark, ...] = ()
    """On values of a row of which no draft was made."""


class Kind(str, Enum):
    """How a row ended."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REJECTED = "rejected"


@value_class(frozen=True, slots=True)
class Outcome:
    """The one end of one row."""

    row: Row
    kind: Kind
    reason: Reason | None = None
    rejections: tuple[Rejection, ...] = ()
    notes: tuple[Reason, ...] = ()
    """What was left out of a row that was otherwise done: `contact_without_key`, or a switch."""

    warnings: tuple[Warning, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """On values of the row, where `notes` holds only that there are some."""
