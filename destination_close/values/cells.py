"""Which object or list does the text of a cell contain? (pure)

Sources that have no type for objects and lists send them as JSON text, some as something close to it (see `near_json`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from destination_close.model import trimmed
from destination_close.values.near_json import Unreadable, read_near_json

MOST_WRAPPED = 2
"""How many times JSON text may have been encoded as JSON text again."""

_WIDE_NUMBER = re.compile(r"[0-9]{19}")


def looks_like_an_object(value: object) -> bool:
    """Whether the value is text that begins like an object, or like an object that was encoded twice."""
    return isinstance(value, str) and (trimmed(value)[:1] == "{" or _is_wrapped(value, "{"))


def as_object(value: object) -> Mapping[str, Any] | None:
    """The value as an object, or None for anything else; raises Unreadable for text that begins like an object and is not one."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str) or not looks_like_an_object(value):
        return None
    found = _read(value)
    if not isinstance(found, Mapping):
        raise Unreadable
    return found


def as_list(value: str) -> list[Any] | None:
    """The list that the text contains, or None if it cannot be read as a list."""
    if trimmed(value)[:1] != "[" and not _is_wrapped(value, "["):
        return None
    try:
        found = _read(value)
    except Unreadable:
        return None
    return found if isinstance(found, list) else None


def _is_wrapped(value: str, opening: str) -> bool:
    return trimmed(value).startswith(f'"{opening}') and trimmed(value).endswith('"')


def _read(text: str) -> Any:
    found: Any = text
    for _ in range(1 + MOST_WRAPPED):
        if not isinstance(found, str):
            break
        found = _once(trimmed(found))
    return found


def _once(text: str) -> Any:
    try:
        if not _WIDE_NUMBER.search(text):  # orjson makes a float of it
            return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text, parse_constant=lambda _: None, strict=False)  # no field takes NaN or Infinity
    except (ValueError, RecursionError):
        return read_near_json(text)
