"""May this call be made now, and what do the headers say about the next one?"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from integration_tests.close_sandbox.settings import Settings

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
    return _GROUPS.get((method, path.strip("/").partition("/")[0]), "other")


@dataclass(slots=True)
class _Window:
    """A fixed window: it opens with its first call, and everything is forgotten when it closes."""

    closes: float
    used: int = 0


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
        self._windows: dict[tuple[str, str], _Window] = {}
        self._rng = rng

    def ask(self, group: str, key: str, now: float, settings: Settings) -> Verdict:
        """One call by a key. A refused call does not count."""
        windows = self._window((group, key), now, settings), self._window((group, ""), now, settings)
        allowed = self.look(group, key, now, settings).allowed
        if allowed and settings.early_429 and self._rng.random() < settings.early_429:
            allowed = False
        elif allowed:
            for window in windows:
                window.used += 1
        return replace(self.look(group, key, now, settings), allowed=allowed)

    def look(self, group: str, key: str, now: float, settings: Settings) -> Verdict:
        """How things stand, without a call."""
        of_key, of_all = self._window((group, key), now, settings), self._window((group, ""), now, settings)
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
            self._window((group, owner), now, settings).used += calls

    def _window(self, name: tuple[str, str], now: float, settings: Settings) -> _Window:
        found = self._windows.get(name)
        if found is None or now >= found.closes:
            found = self._windows[name] = _Window(now + settings.window_seconds)
        return found


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
