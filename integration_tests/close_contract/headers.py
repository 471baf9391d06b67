"""Which limits do the headers of an answer tell of, in which form?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PAIR = re.compile(r"\b(limit|remaining|reset)\s*=\s*(\d+(?:\.\d+)?)")
_ABOUT_LIMITS = re.compile(r"rate-?limit|retry-after|x-rate-limit")
_POLICY = re.compile(r"(\d+)\s*;\s*w=1\b")


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of the limit of its group of endpoints."""

    limit: int
    remaining: int
    reset: float


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def about_limits(headers: Mapping[str, str]) -> list[str]:
    """The names of the headers that speak of limits, as they are written."""
    return sorted(name for name in headers if _ABOUT_LIMITS.search(name.lower()))


def form(headers: Mapping[str, str]) -> str | None:
    """The form of an answer's headers, in the words of the sandbox; None where there are none."""
    named = lowered(headers)
    if "x-rate-limit-limit" in named:
        return "old"
    if "ratelimit" in named:
        return "semicolon" if ";" in named["ratelimit"] else "comma"
    return "triplet_only" if "ratelimit-limit" in named else None


def told(headers: Mapping[str, str]) -> Told | None:
    """Of the group of endpoints. Where two families speak of different limits, the older name is the group's."""
    named = lowered(headers)
    pairs = dict(_PAIR.findall(named.get("ratelimit", "").lower()))
    for prefix in ("x-rate-limit-", "ratelimit-"):
        triplet = {name: named[prefix + name] for name in ("limit", "remaining", "reset") if prefix + name in named}
        if len(triplet) == 3 and (prefix.startswith("x-") or not pairs):
            pairs = triplet
            break
    if len(pairs) < 3:
        return None
    return Told(int(float(pairs["limit"])), int(float(pairs["remaining"])), float(pairs["reset"]))


def by_the_second(headers: Mapping[str, str]) -> list[int]:
    """The limits of a limiter that counts by the second: `x-ratelimit-limit: 60, 60;w=1, 100;w=1`."""
    return [int(limit) for limit in _POLICY.findall(lowered(headers).get("x-ratelimit-limit", ""))]


def reset_form(headers: Mapping[str, str]) -> str | None:
    """Whether the end of a window comes in whole seconds."""
    named = lowered(headers)
    values = [value for _, value in re.findall(r"(reset)=([\d.]+)", named.get("ratelimit", ""))]
    values += [named[name] for name in ("x-rate-limit-reset", "ratelimit-reset") if name in named]
    if not values:
        return None
    return "decimal" if any("." in value for value in values) else "whole"
