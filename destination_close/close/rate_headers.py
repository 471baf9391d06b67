"""What do the headers of an answer say about the limit? (pure)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_PAIR = re.compile(r"\b(limit|remaining|reset)\s*=\s*(\d{1,12}(?:\.\d*)?)(?!\d)", re.IGNORECASE)


_NUMBER = re.compile(r"\s*(\d{1,12}(?:\.\d*)?)\s*")


_THREE_HEADERS = ("ratelimit-", "x-rate-limit-")
"""Today's header names, and those used until 2023."""


_LONGEST_RESET = 120.0
"""Seconds; a longer one is not meant as seconds, or not as the end of a window."""


def read_limit(headers: Mapping[str, str]) -> Limit | None:
    """The limit, in whichever format; of two formats in one answer, the one with fewer calls left."""
    values = {name.lower(): value for name, value in headers.items() if name[:1] in "RrXx"}
    found = [_limit(dict(_PAIR.findall(values.get("ratelimit", "").lower())))]
    found += [_limit(_three(values, prefix)) for prefix in _THREE_HEADERS if prefix + "limit" in values]
    return min((limit for limit in found if limit), key=lambda limit: limit.remaining, default=None)


def _three(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    named = {name: _NUMBER.fullmatch(values.get(prefix + name, "")) for name in ("limit", "remaining", "reset")}
    return {name: number[1] for name, number in named.items() if number}


def _limit(numbers: Mapping[str, str]) -> Limit | None:
    if "limit" not in numbers or "remaining" not in numbers or float(numbers["limit"]) < 1:
        return None
    reset = float(numbers["reset"]) if "reset" in numbers else None
    if reset is not None and reset > _LONGEST_RESET:
        reset = None
    return Limit(int(float(numbers["limit"])), int(float(numbers["remaining"])), reset)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; a date is ignored."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and (number := _NUMBER.fullmatch(value)):
            return float(number[1])
    return None


class Limit(NamedTuple):
    """What one answer says about the limit of its group."""

    limit: int
    """Calls per window."""

    remaining: int
    """Calls left in this window."""

    reset: float | None
    """Seconds until the window ends; may be rounded up to whole ones."""
