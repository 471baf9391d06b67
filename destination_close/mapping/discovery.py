"""What can be mapped on Airbyte's data activation screen? (pure)

The screen shows little more than the names of properties, so these are the words of our settings and the names of custom
fields in Close. A property has the same name here as the column of a mapped stream has when its rows arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from destination_close.model import CONTACT, LEAD, Account, CustomField, ObjectType, find_field, object_type_named
from destination_close.settings import Config

Json = dict[str, Any]
ObjectName = Literal["contact", "lead"]
SyncMode = Literal["append", "append_dedup", "update"]

OBJECTS: Sequence[ObjectName] = ("contact", "lead")
MODES: Sequence[SyncMode] = ("append", "append_dedup", "update")
"""Insert, upsert and update, in the screen's own words."""

DELETION_MARKER = "deleted_at"
"""The property to map the source's marker of deleted rows to: the platform sends mapped columns only, so without one a deleted
row would arrive as any other."""

_TEXT: Json = {"type": ["null", "string"]}
_TYPES: Mapping[str, Json] = {
    "number": {"type": ["null", "number"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "datetime": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
}
"""By type of custom field; types not listed are text."""


def operations(config: Config, account: Account) -> list[Json]:
    """Every object with everything that can be done with it."""
    return [_operation(config, account, name, mode) for name in OBJECTS if is_offered(config, name) for mode in MODES]


def is_offered(config: Config, name: ObjectName) -> bool:
    """Whether the object can be found again: a lead only by its Company ID."""
    return bool(matching_keys(config, name))


def matching_keys(config: Config, name: ObjectName) -> tuple[str, ...]:
    """The fields by which the object may be found; one of them is chosen on the screen."""
    one = object_type_named(name)
    return tuple(each.column for each in one.found_by if each is not one.own_id or one in config.id_fields)


def fields_of(config: Config, account: Account, name: ObjectName) -> dict[str, Json]:
    """The schema of every field that a row of the object may fill, by its name on the screen."""
    of_types = (LEAD,) if name == "lead" else (LEAD, CONTACT)
    without_place = {one.own_id.column for one in of_types if one not in config.id_fields}
    fields = {column: dict(_TEXT) for one in of_types for column in one.columns if column not in without_place}
    for one in of_types:
        fields |= _custom(account, one, config.id_fields.get(one))
    return fields


def _custom(account: Account, object_type: ObjectType, own_id: str | None) -> dict[str, Json]:
    """The custom fields except the one that stores the user's own ids, which has its own name."""
    fields = account.fields_of(object_type)
    return {f"{object_type.prefix}{_name(account, object_type, field)}": schema_of(field) for field in fields if field.id != own_id}


def _name(account: Account, object_type: ObjectType, field: CustomField) -> str:
    """A name for this field and no other."""
    names = (field.name, field.full_name) if field.name else ()
    return next((name for name in names if find_field(account, object_type, name) == field), field.id)


def schema_of(field: CustomField) -> Json:
    """What a custom field accepts."""
    if field.accepts_multiple_values:
        return {"type": ["null", "array"], "items": {"type": "string", **_choices(field)}}
    return {**_TYPES.get(field.type, _TEXT), **_choices(field)}


def _choices(field: CustomField) -> Json:
    return {"enum": list(field.choices)} if field.type == "choices" and field.choices else {}


def _operation(config: Config, account: Account, name: ObjectName, mode: SyncMode) -> Json:
    keys = () if mode == "append" else matching_keys(config, name)
    required = _required(name, mode, keys)
    fields = fields_of(config, account, name)
    return {
        "object_name": name,
        "sync_mode": mode,
        "matching_keys": [[key] for key in keys],
        "json_schema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            # a name unknown to Close would stop the run, so the screen does not accept one
            "additionalProperties": False,
            "required": list(required),
            "properties": {
                **{field: {"type": "string"} if field in required else schema for field, schema in fields.items()},
                DELETION_MARKER: dict(_TEXT),
            },
        },
    }


def _required(name: ObjectName, mode: SyncMode, keys: Sequence[str]) -> Sequence[str]:
    """What every row needs. None of several matching keys: the screen requires the chosen one itself."""
    if mode == "append":
        return ("lead_name",) if name == "lead" else ()
    return keys if len(keys) == 1 else ()
