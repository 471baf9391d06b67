"""What does the account hold that the settings may refer to?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from destination_close.model.object_types import OBJECT_TYPES, ObjectType


@dataclass(frozen=True, slots=True)
class CustomField:
    """The definition of a custom field."""

    id: str
    """Bare: `cf_...`."""

    name: str
    type: str
    choices: tuple[str, ...] = ()
    accepts_multiple_values: bool = False

    @property
    def key(self) -> str:
        """Its key on a lead or contact."""
        return f"custom.{self.id}"

    @property
    def full_name(self) -> str:
        """Distinguishes it from others with the same name."""
        return f"{self.name} ({self.id})"


class Status(NamedTuple):
    """A lead status."""

    id: str
    label: str


class User(NamedTuple):
    """A user of the organization."""

    id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """What the settings may refer to, as it was at the start of the run."""

    organization_name: str
    user_id: str
    custom_fields: Mapping[ObjectType, tuple[CustomField, ...]] = field(default_factory=dict)
    statuses: tuple[Status, ...] = ()
    users: tuple[User, ...] | None = None
    """None: not read."""

    @property
    def first_status(self) -> str | None:
        """The id of the status that new leads get."""
        return self.statuses[0].id if self.statuses else None

    def fields_of(self, object_type: ObjectType) -> tuple[CustomField, ...]:
        """Its custom fields, of the type."""
        return self.custom_fields.get(object_type, ())


@dataclass(frozen=True, slots=True)
class NoField:
    """What the user named does not identify a custom field."""

    problem: str


def find_field(account: Account, object_type: ObjectType, named: str) -> CustomField | NoField:
    """The custom field with that id (`cf_x`, `custom.cf_x`) or full name or, if only one has it, exactly that name."""
    fields = account.fields_of(object_type)
    wanted = bare_field_id(named) or named
    for custom in fields:
        if wanted in (custom.id, custom.full_name):
            return custom
    called = [field for field in fields if field.name == named]
    if len(called) == 1:
        return called[0]
    if called:
        ids = " or ".join(field.id for field in called)
        return NoField(f'{len(called)} {object_type.label} custom fields are named "{named}"; use the ID instead of the name: {ids}')
    reached = f" (organization reached: {account.organization_name})" if account.organization_name else ""
    return NoField(f'Close has no {object_type.label} custom field "{named}"{_hint(account, object_type, wanted)}{reached}')


def _hint(account: Account, object_type: ObjectType, wanted: str) -> str:
    for other in OBJECT_TYPES:
        if other is not object_type and any(wanted in (field.id, field.name) for field in account.fields_of(other)):
            return f"; it is a {other.label} custom field"
    near = near_misses(wanted, [name for field in account.fields_of(object_type) for name in (field.name, field.id)])
    return f"; did you mean {' or '.join(near)}?" if near else ""


def near_misses(wanted: str, names: Sequence[str]) -> list[str]:
    """The names that somebody who typed `wanted` may have meant, quoted, best first."""
    by_fold = {name.casefold(): name for name in reversed(names)}
    return [f'"{by_fold[fold]}"' for fold in get_close_matches(wanted.casefold(), by_fold, n=3, cutoff=0.75)]


_FIELD_ID = re.compile(r"(?:custom\.)?(l?cf_[A-Za-z0-9_-]+)")


def bare_field_id(named: str) -> str | None:
    """`cf_x` for `cf_x` or `custom.cf_x`; None if it is not the id of a custom field, but perhaps a name."""
    match = _FIELD_ID.fullmatch(named)
    return match[1] if match else None
