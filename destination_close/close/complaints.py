"""What does an error body from Close say, in any of its shapes? (pure)

    {"error": "..."}    {"errors": ["..."]}    {"errors": [], "field-errors": {"<field>": "..."}}

A field's value may be text, a list, or the whole shape again, nested by list index. Bodies may also be empty, HTML, or
something else; then there is nothing to report, and the list of complaints is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from destination_close.model import Complaint

_FIELDS = ("errors", "field-errors", "field_errors")
"""Keys of the shape itself; every other key below one of them is part of a path into what was sent."""

MOST_DEPTH = 12


def decoded(body: bytes) -> Any:
    """The JSON value of a body; None if it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def complaints(body: bytes) -> list[Complaint]:
    """Every (path, message) in the body; those that name a field come first."""
    return sorted(_walk(decoded(body), None, 0), key=lambda complaint: not complaint.path)


def _walk(value: Any, path: tuple[str, ...] | None, depth: int) -> Iterator[Complaint]:
    """`path` is None until a key names a field, as in `{"error": {"message": "..."}}`."""
    if depth > MOST_DEPTH:
        return
    if isinstance(value, str):
        if value:
            yield Complaint(path or (), value)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, path, depth + 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, _path_below(key, path), depth + 1)


def _path_below(key: str, path: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if key in _FIELDS:
        return path or ()
    return path if path is None or key == "error" else (*path, key)
