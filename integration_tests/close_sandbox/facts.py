"""What has been found out about the real Close, by `make contract`?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("facts.json")
"""The record of the latest run on a real account; without facts as long as there was none."""


def read(file: Path = FILE) -> list[dict[str, Any]]:
    """The facts of a record, as they were written; none without such a file."""
    if not file.exists():
        return []
    facts: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["facts"]
    return facts


def findings(facts: list[dict[str, Any]]) -> dict[str, Any]:
    """What was found, by the ids of the facts; a fact that could not be settled is not among them."""
    return {fact["id"]: fact["finding"] for fact in facts if fact["settled"]}


FOUND: Mapping[str, Any] = findings(read())


ASKED: dict[str, Any] = {}
"""The settings whose defaults come from here, and what they are while nothing was found."""


def fact(name: str, otherwise: Any) -> Any:
    """The default of a setting: what was found, or else what recordings show or caution suggests."""
    ASKED[name] = otherwise
    found = FOUND.get(name, otherwise)
    return tuple(found) if isinstance(otherwise, tuple) else found
