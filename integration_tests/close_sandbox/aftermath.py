"""What does Close itself do after a change: lines in the timeline, links to what is gone?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.world import Change, World


class Aftermath:
    """Listens to the world, after everybody else does, and changes it."""

    def __init__(self, world: World, organization: Organization, settings: Callable[[], Settings]) -> None:
        self._world = world
        self._organization = organization
        self._settings = settings

    def note(self, change: Change) -> None:
        match change.object_type, change.action:
            case "lead", "updated":
                self._status_changed(change, "activity.lead_status_change", {})
            case "lead", "merged":
                self._merged(change)
            case "opportunity", "updated":
                self._status_changed(change, "activity.opportunity_status_change", {"opportunity_id": change.object_id})
            case "task", "created" | "updated":
                self._task_completed(change)
            case "contact", "deleted":
                self._unlink_contact(change)
            case "custom_object", "deleted":
                self._unlink_object(change)

    # --- the timeline ------------------------------------------------------------------------------------------------

    def _write(self, kind: str, keys: dict[str, Any], change: Change, activity_id: str | None = None) -> None:
        told = {"user_id": change.cause.user_id, **keys}
        self._world.create_child(KINDS[kind], told, change.at, change.cause, activity_id)

    def _status_changed(self, change: Change, kind: str, more: dict[str, Any]) -> None:
        old, new = (doc["status_id"] if doc else None for doc in (change.before, change.after))
        if old != new:
            self._write(kind, {"lead_id": change.lead_id, "old_status_id": old, "new_status_id": new, **more}, change)

    def _merged(self, change: Change) -> None:
        meta = {key.removeprefix("merge_"): value for key, value in change.meta.items()}
        self._write("activity.lead_merge", {"lead_id": meta["destination_lead_id"], **meta}, change)

    def _task_completed(self, change: Change) -> None:
        old, new = change.before or {}, change.after or {}
        if not new["is_complete"] or old.get("is_complete"):
            return
        keys = {"lead_id": new["lead_id"], "contact_id": new["contact_id"], "task_id": new["id"], "task_text": new["text"]}
        self._write("activity.task_completed", keys, change, new["object_id"])

    # --- links -------------------------------------------------------------------------------------------------------

    def _unlink_contact(self, change: Change) -> None:
        if self._settings().deleted_contact_in_children == "keep":
            return
        for child_id, kind in list(self._world.child_ids.get(change.lead_id, {}).items()):
            if self._world.tables[kind][child_id].get("contact_id") == change.object_id:
                self._world.update(kind, child_id, {"contact_id": None}, change.at, change.cause, even_if_same=False)

    def _unlink_object(self, change: Change) -> None:
        if self._settings().deleted_object_in_references == "keep":
            return
        for kind, doc, key in list(self._references_to(change.object_id)):
            value = doc[key]
            rest = [one for one in value if one != change.object_id] if isinstance(value, list) else None
            self._world.update(kind, doc["id"], {key: rest or None}, change.at, change.cause, even_if_same=False)

    def _references_to(self, object_id: str) -> Iterator[tuple[str, Doc, str]]:
        keys = [f"custom.{one.id}" for one in self._organization.fields.values() if one.type == "custom_object"]
        for kind, table in self._world.tables.items():
            for doc in table.values():
                for key in keys:
                    value = doc.get(key)
                    if value == object_id or (isinstance(value, list) and object_id in value):
                        yield kind, doc, key
