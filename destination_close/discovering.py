"""What can be mapped on Airbyte's data activation screen? (pure)

The screen shows the names of properties and hardly more, so these are the words of our settings and the names of custom
fields in Close. What a property is called here is what the column of a mapped stream is called when its rows arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from destination_close.account import Account, CustomField, ObjectType, find_field
from destination_close.config import CONTACT_COLUMNS, LEAD_COLUMNS, PHONE_REGION, Config
from destination_close.routing import CONTACT_PREFIX, LEAD_PREFIX

Json = dict[str, Any]
ObjectName = Literal["contact", "lead"]
SyncMode = Literal["append", "append_dedup", "update"]

OBJECTS: Sequence[ObjectName] = ("contact", "lead")
MODES: Sequence[SyncMode] = ("append", "append_dedup", "update")
"""Insert, upsert and update, in the words of the screen."""

_TEXT: Json = {"type": ["null", "string"]}
_TYPES: Mapping[str, Json] = {
    "number": {"type": ["null", "number"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "datetime": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
}
"""By type of a custom field; those that are not here are text."""


def operations(config: Config, account: Account) -> list[Json]:
    """Every object with everything that can be done with it."""
    return [_operation(config, account, name, mode) for name in OBJECTS if is_offered(config, name) for mode in MODES]


def is_offered(config: Config, name: ObjectName) -> bool:
    """Whether the object can be found again: a lead only by its Company ID."""
    return bool(matching_keys(config, name))


def matching_keys(config: Config, name: ObjectName) -> tuple[str, ...]:
    """The fields by which the object may be looked for; one of them is chosen on the screen."""
    if name == "lead":
        return ("lead_company_id",) if config.company_field else ()
    return ("contact_user_id", "contact_email") if config.user_field else ("contact_email",)


def fields_of(config: Config, account: Account, name: ObjectName) -> dict[str, Json]:
    """The schema of every field that a row of the object may fill, by its name on the screen."""
    standard = LEAD_COLUMNS if name == "lead" else (*LEAD_COLUMNS, *CONTACT_COLUMNS, PHONE_REGION)
    without_place = {
        *(() if config.company_field else ("lead_company_id",)),
        *(() if config.user_field else ("contact_user_id",)),
    }
    fields = {field: dict(_TEXT) for field in standard if field not in without_place}
    fields |= _custom(account, "lead", LEAD_PREFIX, config.company_field)
    return fields if name == "lead" else fields | _custom(account, "contact", CONTACT_PREFIX, config.user_field)


def _custom(account: Account, object_type: ObjectType, prefix: str, own_id: str | None) -> dict[str, Json]:
    """The custom fields but the one that holds the user's own ids, which has a name of its own."""
    fields = account.fields_of(object_type)
    return {f"{prefix}{_name(account, object_type, field)}": schema_of(field) for field in fields if field.id != own_id}


def _name(account: Account, object_type: ObjectType, field: CustomField) -> str:
    """What names this field and no other."""
    names = (field.name, field.full_name) if field.name else ()
    return next((name for name in names if find_field(account, object_type, name) == field), field.id)


def schema_of(field: CustomField) -> Json:
    """What a custom field takes."""
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
            # a name that Close does not know would stop the run; so the screen does not take it
            "additionalProperties": False,
            "required": list(required),
            "properties": {field: {"type": "string"} if field in required else schema for field, schema in fields.items()},
        },
    }


def _required(name: ObjectName, mode: SyncMode, keys: Sequence[str]) -> Sequence[str]:
    """What every row needs. Of several matching keys none: the screen asks for the one that is chosen."""
    if mode == "append":
        return ("lead_name",) if name == "lead" else ()
    return keys if len(keys) == 1 else ()
