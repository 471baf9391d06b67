"""How does a world get into the sandbox, and the state of the sandbox out?"""

from __future__ import annotations

from typing import Any

from integration_tests.close_sandbox import Close

from .compare import State, state_of_sandbox
from .world import COMPANY_FIELD, CUSTOM_FIELDS, STATUS_LABELS, USER_FIELD, World


def fill(close: Close, world: World) -> Close:
    """Give a fresh sandbox the oracle's statuses and custom fields, and the world's leads and contacts, searchable at once."""
    close.organization.statuses.clear()
    for status_id, label in STATUS_LABELS.items():
        close.add_status(label, id=status_id)
    for made in CUSTOM_FIELDS:
        close.add_custom_field(
            made["object_type"],
            made["name"],
            made["type"],
            id=made["id"],
            choices=made.get("choices"),
            many=made["accepts_multiple_values"],
        )
    ids: dict[str, str] = {}
    for body in world.bodies():
        fields: dict[str, Any] = {key: value for key, value in body.items() if key not in ("object", "ref", "lead")}
        if body["object"] == "lead":
            ids[body["ref"]] = close.add_lead(fields)["id"]
        else:
            close.add_contact(ids[body["lead"]], fields)
    return close


def state_of(close: Close) -> State:
    """What a sandbox filled by `fill` holds now."""
    return state_of_sandbox(close.leads.values(), company_field=COMPANY_FIELD, user_field=USER_FIELD)
