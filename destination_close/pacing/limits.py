"""Which calls share one limit, as far as is known before the first answer? (pure)"""

from __future__ import annotations

SEARCH = "search"

WRITE = "write"
"""POST and PUT of leads, contacts and custom fields: in 2022 they used up one limit together."""

ALL = "all"
"""Every endpoint together, counted by the second by a limiter in front of Close."""

_WRITTEN_TOGETHER = frozenset({"lead", "contact", "custom_field"})


def endpoint_of(method: str, path: str) -> str:
    """The endpoints that surely share one limit, by a common name. `path` starts after the version: `/lead/lead_x/`."""
    method = method.upper()
    parts = path.partition("?")[0].strip("/").split("/")
    if method == "POST" and parts == ["data", "search"]:
        return SEARCH
    return f"{method} {parts[0]}/merge" if parts[-1] == "merge" else f"{method} {parts[0]}"


def first_limit(endpoint: str) -> str:
    """The limit that an endpoint is taken to be under until answers show otherwise."""
    method, _, what = endpoint.partition(" ")
    return WRITE if method in ("POST", "PUT") and what in _WRITTEN_TOGETHER else endpoint


def limit_of(method: str, path: str) -> str:
    """The limit that a call is taken to be under until answers show otherwise."""
    return first_limit(endpoint_of(method, path))
