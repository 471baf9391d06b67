"""What do the headers of an answer say about the limits? (pure)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_PAIR = re.compile(r"\b(limit|remaining|reset)\s*=\s*(\d{1,12}(?:\.\d*)?)(?!\d)", re.IGNORECASE)


_NUMBER = re.compile(r"\s*(\d{1,12}(?:\.\d*)?)\s*")


_NEAREST = re.compile(r"\s*(\d{1,12})\s*(?:,|$)")


_POLICY = re.compile(r"(\d{1,12})\s*;\s*w=(\d{1,6}(?:\.\d*)?)(?![\d.])")
"""`60;w=1`: sixty calls a second."""


_THREE_HEADERS = ("ratelimit-", "x-rate-limit-")
"""Today's header names, and those used until 2023."""


_OF_ALL = "x-ratelimit-"
"""Of a limiter in front of Close, in the form of Envoy's; recorded in April 2022."""


_LONGEST_RESET = 120.0
"""Seconds; a longer one is not meant as seconds, or not as the end of a window."""


class Limit(NamedTuple):
    """What one answer says about a limit."""

    limit: int
    """Calls per window."""

    remaining: int
    """Calls left in this window."""

    reset: float | None
    """Seconds until the window ends; may be rounded up to whole ones."""

    step: float | None = None
    """Seconds that `reset` is rounded up to, where that is known."""


class Limits(NamedTuple):
    """What one answer says about the two limits that a call is under."""

    own: Limit | None
    """Of the endpoints that share it."""

    of_all: Limit | None
    """Of all endpoints together."""


def read_limits(headers: Mapping[str, str]) -> Limits:
    """Both limits. What the limiter over all endpoints repeats under the names of the other is not taken for the other's."""
    values = {name.lower(): value for name, value in headers.items() if name[:1] in "RrXx"}
    of_all = _of_all(values)
    found = [_limit(dict(_PAIR.findall(values.get("ratelimit", "").lower())))]
    found += [_limit(_three(values, prefix)) for prefix in _THREE_HEADERS if prefix + "limit" in values]
    own = [limit for limit in found if limit and not (of_all and limit[:2] == of_all[:2])]
    return Limits(min(own, key=lambda limit: limit.remaining, default=None), of_all)


def read_limit(headers: Mapping[str, str]) -> Limit | None:
    """The endpoint's own limit, in whichever format; of two formats in one answer, the one with fewer calls left."""
    return read_limits(headers).own


def _three(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    named = {name: _NUMBER.fullmatch(values.get(prefix + name, "")) for name in ("limit", "remaining", "reset")}
    return {name: number[1] for name, number in named.items() if number}


def _of_all(values: Mapping[str, str]) -> Limit | None:
    """`x-ratelimit-limit: 60, 60;w=1, 100;w=1`: of several limits the first is the one with the fewest calls left."""
    told = values.get(_OF_ALL + "limit", "")
    nearest = _NEAREST.match(told)
    limit = _limit({**_three(values, _OF_ALL), "limit": nearest[1]}) if nearest else None
    if limit is None or limit.reset is None:
        return limit
    lengths = [float(seconds) for calls, seconds in _POLICY.findall(told) if int(calls) == limit.limit]
    return limit._replace(step=limit.reset) if limit.reset in lengths else limit


def _limit(numbers: Mapping[str, str]) -> Limit | None:
    if "limit" not in numbers or "remaining" not in numbers or float(numbers["limit"]) < 1:
        return None
    reset = float(numbers["reset"]) if "reset" in numbers else None
    if reset is not None and reset > _LONGEST_RESET:
        reset = None
    return Limit(int(float(numbers["limit"])), int(float(numbers["remaining"])), reset)


_PAUSES = ("retry-after", "ratelimit-reset")


def read_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait after a 429: of `Retry-After` and `RateLimit-Reset` the longer, since an answer may have either alone.

    A date is ignored, and so is a reset that cannot be meant as seconds."""
    numbers = {name.lower(): number for name, value in headers.items() if (number := _NUMBER.fullmatch(value))}
    found = {name: float(numbers[name][1]) for name in _PAUSES if name in numbers}
    if found.get("ratelimit-reset", 0.0) > _LONGEST_RESET:
        del found["ratelimit-reset"]
    return max(found.values(), default=None)
