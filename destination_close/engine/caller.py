"""What does a run need of Close?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from destination_close.model import Change, Hits, Key, Result, Sight


class Caller(Protocol):
    """Looks things up and carries out changes."""

    def find(self, keys: Sequence[Key], *, patient: bool = False) -> Hits: ...

    def look_again(self, keys: Sequence[Key], lead_ids: Iterable[str], contact_ids: Iterable[str]) -> Sight: ...

    def perform(self, change: Change, known: frozenset[str]) -> Result: ...
