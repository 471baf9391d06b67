"""May an instance of a custom type be written, by whom, and is it complete?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integration_tests.close_sandbox.child_bodies import ChildReader, Reading
from integration_tests.close_sandbox.clock import iso
from integration_tests.close_sandbox.custom_types import CustomType
from integration_tests.close_sandbox.kinds import Kind
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.problems import NO_OBJECT, REQUIRED, Problem, invalid


def check_type(kind: Kind, type_id: Any, organization: Organization, *, new: bool) -> None:
    """The type must be there, and take new instances if this is one."""
    name = str(kind.type_key).removesuffix("_id")
    found = organization.types.get(type_id) if isinstance(type_id, str) else None
    if type_id is None:
        raise invalid({name: REQUIRED})
    if found is None or (found.of == "activity") != (kind.path[0] == "activity"):
        raise invalid({name: NO_OBJECT})
    if new and found.is_archived:
        raise invalid({name: "This type is archived."})


def check_role(found: CustomType | None, role_id: str | None) -> None:
    """Direct doings of a test have no role and may do everything."""
    if found is not None and found.roles and role_id is not None and role_id not in found.roles:
        raise Problem(403, {"error": "You do not have permission to perform this action."})


def settle_activity(_: Mapping[str, Any], reader: ChildReader, reading: Reading) -> None:
    """Published ones must have every required field, drafts need not."""
    old, changes, settings = reader.old, reading.changes, reader.settings
    if old is None and changes.get("user_id") is None:
        changes["user_id"] = reader.organization.me
    was = old["status"] if old is not None else None
    if was == "published" and changes.get("status") == "draft" and settings.unpublishing != "obey":
        if settings.unpublishing == "refuse":
            reading.errors["status"] = "A published activity cannot become a draft again."
        del changes["status"]
    if changes.get("status", was or "published") != "published":
        return
    reader.require_custom(reading)
    if was != "published":
        changes |= {"status": "published", "last_published_at": iso(reader.now)}


def settle_object(body: Mapping[str, Any], reader: ChildReader, reading: Reading) -> None:
    if reader.old is None:
        reader.require(body, ("name",), reading)
    if "custom_object" in reader.settings.required_fields_bind:
        reader.require_custom(reading)
