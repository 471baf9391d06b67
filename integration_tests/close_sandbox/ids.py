"""What do Close's ids look like?"""

from __future__ import annotations

import random
import string

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SHORT = frozenset(("pipe", "ev", "req"))


class Ids:
    """Random ids, never sequential: a prefix and 43 base62 characters, 22 for the newer kinds."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def new(self, prefix: str) -> str:
        return f"{prefix}_{''.join(self._rng.choices(_BASE62, k=22 if prefix in _SHORT else 43))}"
