"""May this call be made now, and what do the headers say about the next one?"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.windows import Windows

Level = Literal["key", "organization"]

CHILDREN = ("opportunity", "activity", "custom_object", "task")
"""First words of the paths of what is below leads. Which of their calls share a limit is not known."""

_GROUPS: Mapping[tuple[str, str], str] = {
    ("GET", "lead"): "get_lead",
    ("POST", "lead"): "post",
    ("PUT", "lead"): "put_lead",
    ("DELETE", "lead"): "delete_lead",
    ("GET", "contact"): "get_contact",
    ("POST", "contact"): "post",
    ("PUT", "contact"): "put_contact",
    ("DELETE", "contact"): "delete_contact",
    ("GET", "custom_field"): "get_custom_field",
    ("POST", "custom_field"): "post",
    ("PUT", "custom_field"): "put_custom_field",
    ("DELETE", "custom_field"): "delete_custom_field",
    ("POST", "data"): "search",
    ("GET", "me"): "me",
    ("GET", "event"): "event",
    **{(method, what): f"{what}_{method.lower()}" for what in CHILDREN for method in ("GET", "POST", "PUT", "DELETE")},
}


def group_of(method: str, path: str, settings: Settings) -> str:
    """The group of endpoints that shares one limit."""
    if settings.children_share_post and method == "POST" and path.strip("/").partition("/")[0] in CHILDREN:
        return "post"
    if path == "/lead/merge/":
        return "other"
    return _shared(_GROUPS.get((method, path.strip("/").partition("/")[0]), "other"), settings)


def _shared(group: str, settings: Settings) -> str:
    """POST and PUT had one bucket in 2022: every PUT recorded in a window that a POST had opened counts on from it."""
    return "post" if settings.shared_groups and group.startswith("put_") else group


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limits say about one call."""

    allowed: bool
    level: Level
    """Which of the two limits is nearer."""

    group: str
    limit: int
    remaining: int
    reset: float
    """Seconds until the window closes."""


class Limits:
    """Counts calls per group, for each key and for the organization."""

    def __init__(self, rng: random.Random) -> None:
        self._windows = Windows()
        self._rng = rng

    def ask(self, group: str, key: str, now: float, settings: Settings) -> Verdict:
        """One call by a key. A refused call does not count."""
        windows = [self._windows.at((group, owner), now, settings.window_seconds, settings) for owner in (key, "")]
        for window in windows:
            window.called = now
        allowed = self.look(group, key, now, settings).allowed
        if allowed and settings.early_429 and self._rng.random() < settings.early_429:
            allowed = False
        elif allowed:
            for window in windows:
                window.used += 1
        return replace(self.look(group, key, now, settings), allowed=allowed)

    def look(self, group: str, key: str, now: float, settings: Settings) -> Verdict:
        """How things stand, without a call."""
        of_key, of_all = (self._windows.at((group, owner), now, settings.window_seconds, settings) for owner in (key, ""))
        most_of_key = settings.limit(group)
        most_of_all = int(most_of_key * settings.organization_factor)
        left_of_key, left_of_all = most_of_key - of_key.used, most_of_all - of_all.used
        allowed = left_of_key > 0 and left_of_all > 0
        if left_of_key <= left_of_all:
            return Verdict(allowed, "key", group, most_of_key, max(0, left_of_key), of_key.closes - now)
        return Verdict(allowed, "organization", group, most_of_all, max(0, left_of_all), of_all.closes - now)

    def spend(self, group: str, calls: int, key: str, now: float, settings: Settings) -> None:
        """Calls that somebody else made with this key, or, with another key, in this organization."""
        for owner in {key, ""}:
            window = self._windows.at((_shared(group, settings), owner), now, settings.window_seconds, settings)
            window.used += calls
            window.called = now


def headers(verdict: Verdict, settings: Settings) -> dict[str, str]:
    """The rate limit headers of an answer, in the form that was set."""
    reset = shown_reset(verdict.reset, settings)
    retry = {"retry-after": shown_seconds(_rounded(verdict.reset, settings))} if not verdict.allowed and settings.retry_after_on_429 else {}
    one = f"limit={verdict.limit}{{0}} remaining={verdict.remaining}{{0}} reset={reset}"
    three = {"ratelimit-limit": str(verdict.limit), "ratelimit-remaining": str(verdict.remaining), "ratelimit-reset": reset}
    match settings.header_form:
        case "semicolon":
            return {"ratelimit": one.format(";"), **three, **retry}
        case "comma":
            return {"RateLimit": one.format(","), **retry}
        case "triplet_only":
            return {**three, **retry}
        case "old":
            return {f"x-rate-limit-{name.removeprefix('ratelimit-')}": value for name, value in three.items()} | retry
        case "reset_only":
            return {} if verdict.allowed else {"RateLimit-Reset": reset}
        case "none":
            return retry


def refusal(verdict: Verdict, settings: Settings) -> dict[str, Any]:
    """The body of a 429; deprecated, and nobody should read it."""
    return {
        "error": {
            "message": "API call count exceeded for this period",
            "rate_endpoint_group": hashlib.md5(verdict.group.encode(), usedforsecurity=False).hexdigest(),
            "rate_limit": verdict.limit,
            "rate_limit_type": verdict.level,
            "rate_reset": f"{verdict.reset:.6f}",
            "rate_window": settings.window,
        }
    }


def shown_reset(seconds: float, settings: Settings) -> str:
    if settings.reset_form == "decimal":
        return f"{max(0.0, seconds):.6f}"
    return shown_seconds(_rounded(seconds, settings))


def _rounded(seconds: float, settings: Settings) -> float:
    """Up to whole seconds; in a sped-up sandbox to what a whole second has become."""
    return math.ceil(max(0.0, seconds) * settings.speed - 1e-9) / settings.speed


def shown_seconds(seconds: float) -> str:
    return str(int(seconds)) if seconds == int(seconds) else f"{seconds:.6g}"
