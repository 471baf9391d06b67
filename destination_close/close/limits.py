"""Which calls share one limit? (pure)"""

from __future__ import annotations

SEARCH = "search"


CREATE = "create"


_CREATED_TOGETHER = frozenset({"lead", "contact", "custom_field"})


def group_of(method: str, path: str) -> str:
    """The group of endpoints whose calls share one limit. `path` starts after the version: `/lead/lead_x/`."""
    method = method.upper()
    parts = path.partition("?")[0].strip("/").split("/")
    if method == "POST" and parts == ["data", "search"]:
        return SEARCH
    if method == "POST" and parts[0] in _CREATED_TOGETHER and parts[-1] != "merge":
        return CREATE
    return f"{method} {parts[0]}"
