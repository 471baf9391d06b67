"""May a call be sent again, and after which pause? (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from destination_close.pacing.limits import SEARCH, endpoint_of


class Action(Enum):
    """What to do after an answer."""

    REPEAT = "repeat"
    AMBIGUOUS = "ambiguous"
    """It may have been carried out: look before sending it again."""

    FINAL = "final"
    """The answer stands."""


_HARMLESS_TWICE = frozenset({"GET", "PUT", "DELETE"})
"""A PUT holds absolute values, so the second one changes nothing."""


_RETRIES: Mapping[int, tuple[Action, Action]] = {
    # status: (calls that are safe to repeat, all others)
    408: (Action.REPEAT, Action.AMBIGUOUS),
    429: (Action.REPEAT, Action.REPEAT),
    500: (Action.REPEAT, Action.AMBIGUOUS),
    502: (Action.REPEAT, Action.AMBIGUOUS),
    503: (Action.REPEAT, Action.REPEAT),
    504: (Action.REPEAT, Action.AMBIGUOUS),
}


def after(method: str, path: str, status: int) -> Action:
    """What the status of an answer means for the call."""
    harmless, others = _RETRIES.get(status, (Action.FINAL, Action.FINAL))
    return harmless if method.upper() in _HARMLESS_TWICE or endpoint_of(method, path) == SEARCH else others


_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before the next try, after `attempt` repetitions (from 0): about 0.5, 1, 2, 4, 8, 15. `jitter` is in [0, 1)."""
    return min(_FIRST_PAUSE * 2.0 ** min(attempt, 10), _LONGEST_PAUSE) * (0.75 + jitter / 2)
