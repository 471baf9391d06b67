"""Which types of objects does Close hold, and what may a row write on each?

THE TABLE. Settings, mappings, searches, bodies, the memory, the preview and the documents all read it, so a new field is one
line here and its entry in `spec.json`, and a new type is one entry here and the rules it follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from destination_close.model.equality import email_meaning, phone_meaning, url_meaning

KeyKind = Literal["company", "user", "email"]
ValueKind = Literal["text", "short_text", "lead_status", "url"]
"""How the value of a column is fitted to the field; see `mapping.wishes`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an object, which rows replace."""

    column: str
    """What a mapping calls it."""

    key: str
    """What Close calls it."""

    label: str
    """What a person calls it."""

    value: ValueKind = "text"
    clearable: bool = True
    """Whether it may be empty in Close."""


@dataclass(frozen=True, slots=True)
class ListField:
    """Several values of an object, to which rows only ever add."""

    column: str
    key: str
    label: str
    item: str
    """The key of the value in each entry."""

    default_type: str
    """What Close fills in for an entry without a type; older versions of it refused such entries, so it is always sent."""

    meaning: Callable[[str], str]
    """What two values must share to be the same."""

    finds: KeyKind | None = None
    """The kind of key that its values are, if an object may be looked for by them."""


@dataclass(frozen=True, slots=True)
class OwnId:
    """The user's own id of an object, kept in a custom field; never replaced."""

    column: str
    label: str
    setting: str
    """Names the custom field."""

    finds: KeyKind


@dataclass(frozen=True, slots=True)
class Hint:
    """What a row says about how its other values are to be read; no field of Close."""

    column: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class ObjectType:
    """One type of objects in Close."""

    name: str
    path: str
    """Of its endpoint: `/lead/`."""

    guard: str
    """The guard that counts how many of it are created."""

    members: tuple[Field | ListField | OwnId | Hint, ...]
    """What a mapping may fill, in the order in which the form shows it."""

    inside: ObjectType | None = None
    """The type it is created under, and may be created together with."""

    fields: tuple[Field, ...] = field(init=False)
    lists: tuple[ListField, ...] = field(init=False)
    own_id: OwnId = field(init=False)
    columns: tuple[str, ...] = field(init=False)
    """Names of all members in a mapping."""

    def __post_init__(self) -> None:
        members = self.members
        object.__setattr__(self, "fields", tuple(one for one in members if isinstance(one, Field)))
        object.__setattr__(self, "lists", tuple(one for one in members if isinstance(one, ListField)))
        object.__setattr__(self, "own_id", next(one for one in members if isinstance(one, OwnId)))
        object.__setattr__(self, "columns", tuple(one.column for one in members))

    @property
    def found_by(self) -> tuple[OwnId | ListField, ...]:
        """The members whose values are keys."""
        return (self.own_id, *(one for one in self.lists if one.finds))

    @property
    def standard(self) -> tuple[Field | ListField, ...]:
        """All members but the own id."""
        return (*self.fields, *self.lists)

    @property
    def label(self) -> str:
        """What Close calls it on its screens."""
        return self.name.title()

    @property
    def custom_columns(self) -> str:
        """The setting of a mapping that lists its custom fields."""
        return f"{self.name}_custom_fields"

    @property
    def prefix(self) -> str:
        """Of the columns that fill a custom field by its name: `lead_custom.Segment`."""
        return f"{self.name}_custom."

    def __repr__(self) -> str:
        return self.name.upper()


LEAD = ObjectType(
    "lead",
    path="/lead/",
    guard="max_new_leads",
    members=(
        Field("lead_name", "name", "Name"),
        OwnId("lead_company_id", "Company ID", "lead_custom_field_id_for_company_id", finds="company"),
        Field("lead_description", "description", "Description"),
        Field("lead_status_id", "status_id", "Status", "lead_status", clearable=False),
        Field("lead_url", "url", "URL", "url"),
    ),
)
PHONE_REGION = Hint("contact_phone_region", "Country of the phone numbers")
"""Says of which country phone numbers without a country code are."""

CONTACT = ObjectType(
    "contact",
    path="/contact/",
    guard="max_new_contacts",
    inside=LEAD,
    members=(
        Field("contact_name", "name", "Name", "short_text"),
        ListField("contact_email", "emails", "Emails", "email", "office", email_meaning, finds="email"),
        ListField("contact_phone", "phones", "Phones", "phone", "office", phone_meaning),
        PHONE_REGION,
        ListField("contact_url", "urls", "URLs", "url", "url", url_meaning),
        Field("contact_title", "title", "Title", "short_text"),
        OwnId("contact_user_id", "User ID", "contact_custom_field_id_for_user_id", finds="user"),
    ),
)

OBJECT_TYPES = (LEAD, CONTACT)
"""Each type behind the one it is created under."""

MEMBERS = {member.column: member for object_type in OBJECT_TYPES for member in object_type.members}
"""Everything that a mapping may fill, by its name there."""

COLUMNS = tuple(MEMBERS)
KEY_COLUMNS = tuple(column for column, member in MEMBERS.items() if isinstance(member, (OwnId, ListField)) and member.finds)
KEY_LABELS: dict[KeyKind, str] = {"company": LEAD.own_id.label, "user": CONTACT.own_id.label, "email": "email"}
"""What a person calls each kind of key."""


def object_type_named(name: str) -> ObjectType:
    """The type of that name; raises KeyError."""
    return _BY_NAME[name]


_BY_NAME = {object_type.name: object_type for object_type in OBJECT_TYPES}
