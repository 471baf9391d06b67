"""What does an error body of Close say, in whichever of its shapes it comes? (pure)

    {"error": "..."}    {"errors": ["..."]}    {"errors": [], "field-errors": {"<field>": "..."}}

A field's value may be text, a list, or the whole shape again, nested by list index. Bodies may also be empty, HTML, or
something else: then there is nothing to say, and the list of complaints is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from destination_close.errors import Complaint

_WRAPPERS = ("error", "errors", "field-errors", "field_errors")
"""Keys of the shape itself; every other key is part of a path into what was sent."""

MOST_DEPTH = 12


def decoded(body: bytes) -> Any:
    """The JSON value of a body; None when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def complaints(body: bytes) -> list[Complaint]:
    """Every (path, message) in the body, those that name a field first."""
    return sorted(_walk(decoded(body), (), 0), key=lambda complaint: not complaint.path)


def _walk(value: Any, path: tuple[str, ...], depth: int) -> Iterator[Complaint]:
    if depth > MOST_DEPTH:
        return
    if isinstance(value, str):
        if value:
            yield Complaint(path, value)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, path, depth + 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, path if key in _WRAPPERS else (*path, key), depth + 1)
