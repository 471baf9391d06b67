"""What may a row do to an existing value? (pure)

Each field of a mapping has one policy. Lists of a contact (email, phone, url) only ever grow, and keys are never replaced,
so neither has a policy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from destination_close.model import MEMBERS, Field, Hint, ListField, OwnId
from destination_close.settings.section import Section

WritePolicy = Literal["overwrite", "only_if_empty", "only_on_create"]
WRITE_POLICIES: tuple[WritePolicy, ...] = get_args(WritePolicy)

FIELDS = tuple(column for column, member in MEMBERS.items() if isinstance(member, Field))
"""The standard fields that hold a single value."""

CLEARABLE = tuple(column for column, member in MEMBERS.items() if isinstance(member, Field) and member.clearable)

LISTS: Mapping[str, Collection[str]] = {"only_if_empty": FIELDS, "only_on_create": FIELDS, "clear_when_blank": CLEARABLE}
"""The settings of a mapping that list standard fields, with the fields that each may list."""


@dataclass(frozen=True, slots=True)
class Policy:
    """For one field."""

    write: WritePolicy = "overwrite"
    """Whether the row's value replaces the existing one, fills an empty field, or is only for objects that the row creates."""

    clear_when_blank: bool = False
    """Whether a blank in the row clears the field."""


OVERWRITE = Policy()
"""What applies if nothing is set."""


def of_standard_fields(mapping: Section, columns: Collection[str]) -> dict[str, Policy]:
    """The policies that a mapping sets, by field; `columns` are the fields that it fills."""
    named = {setting: _fields(mapping, setting, columns) for setting in LISTS}
    policies: dict[str, Policy] = {}
    for field in dict.fromkeys(field for fields in named.values() for field in fields):
        asked = [setting for setting in LISTS if field in named[setting]]
        if len(asked) > 1:
            mapping.refuse(asked[-1], f"{field} is also listed under {asked[0]}; keep it in only one of the lists")
        else:
            policies[field] = _POLICIES[asked[0]]
    return policies


def of_custom_field(card: Section) -> Policy:
    """The policy of a custom field, from the settings next to it."""
    asked, clears = card.text("write_policy") or "overwrite", card.flag("clear_when_blank", default=False)
    write = next((policy for policy in WRITE_POLICIES if policy == asked), None)
    if write is None:
        card.refuse("write_policy", f"choose one of {', '.join(WRITE_POLICIES)}")
    elif clears and write != "overwrite":
        card.refuse("clear_when_blank", f"it would clear what {write} protects; set only one of the two")
    else:
        return Policy(write, clears)
    return OVERWRITE


_POLICIES = {
    "only_if_empty": Policy("only_if_empty"),
    "only_on_create": Policy("only_on_create"),
    "clear_when_blank": Policy(clear_when_blank=True),
}


def _fields(mapping: Section, setting: str, columns: Collection[str]) -> list[str]:
    """The fields that the setting lists and may list."""
    found = []
    for field in dict.fromkeys(mapping.words(setting)):
        if field not in LISTS[setting]:
            mapping.refuse(setting, f"{_why_not(field)}; choose from {', '.join(LISTS[setting])}")
        elif field not in columns:
            mapping.refuse(setting, f"{field} has no column in this mapping; fill in {field}, or remove it from this list")
        else:
            found.append(field)
    return found


def _why_not(field: str) -> str:
    match MEMBERS.get(field):
        case OwnId():
            return f"{field} is a key, which is never replaced or cleared"
        case ListField():
            return f"{field} is a list, to which values are only ever added"
        case Hint():
            return f"{field} is not stored in Close"
        case Field():
            return f"{field} cannot be empty in Close"
        case None:
            return "unknown field"
