"""What may this key not do at all, whatever it sends: by its role, or by the plan?"""

from __future__ import annotations

from integration_tests.close_sandbox.kinds import kind_at
from integration_tests.close_sandbox.problems import Problem
from integration_tests.close_sandbox.settings import Settings

_OF_PLAN = {
    ("custom_activity",): "custom_activity",
    ("activity", "custom"): "custom_activity",
    ("custom_field", "activity"): "custom_activity",
    ("custom_field_schema", "activity"): "custom_activity",
    ("custom_object_type",): "custom_object",
    ("custom_object",): "custom_object",
    ("custom_field", "custom_object_type"): "custom_object",
    ("custom_field_schema", "custom_object"): "custom_object",
}


def check(method: str, parts: tuple[str, ...], settings: Settings) -> None:
    """Before anything else of a call is looked at."""
    lacking = _OF_PLAN.get(parts[:2]) or _OF_PLAN.get(parts[:1])
    if lacking in settings.plan_without:
        raise Problem(settings.plan_without_status, {"error": "Your plan does not include this feature. Please upgrade."})
    if method == "DELETE":
        kind = kind_at(parts)
        if (kind.name if kind else parts[0]) in settings.undeletable:
            raise Problem(403, {"error": "You do not have permission to perform this action."})
