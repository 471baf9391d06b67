"""How many keys may the next search ask for? (pure)

How many conditions a search accepts is not documented: the number grows while Close answers well, and is halved when it
does not. What Close refuses is not tried again in this run. Other trouble may have any cause, so it counts only for a while.

Where most keys find something, a search asks for no more than fits on a page: the pages of one search come one after the other,
and each is a call, whereas as many searches can run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from destination_close.close import FEWEST_CLAUSES, FIRST_CLAUSES, MOST_CLAUSES, PAGE_SIZE
from destination_close.model import Key

REFUSALS = (400, 413)
SEARCHES_UNTIL_FORGIVEN = 20
"""After this many good answers, what caused trouble is tried again."""


class SearchSize:
    """Learns from the answers to the searches of one run."""

    def __init__(self) -> None:
        self.now = FIRST_CLAUSES
        self._most = MOST_CLAUSES
        """Set by refusals."""

        self._most_for_a_while = MOST_CLAUSES
        self._good = 0
        """Answers since the last trouble."""

        self._hits_per_key: dict[bool, float] = {}
        """For keys of companies, and for others, in recent searches."""

    @property
    def at_most(self) -> bool:
        """Whether there is currently nothing to find out."""
        return self.now == min(self._most, self._most_for_a_while)

    def for_next(self, key: Key) -> int:
        """How many keys to ask for together, beginning with this one."""
        hits = self._hits_per_key.get(key.kind == "company", 0.0)
        return self.now if self.now * hits <= PAGE_SIZE else min(self.now, max(FIRST_CLAUSES, round(PAGE_SIZE / hits)))

    def answered(self, keys: Sequence[Key], hits: int) -> None:
        """A search for these keys succeeded and found this many leads."""
        kind = keys[0].kind == "company"
        self._hits_per_key[kind] = (self._hits_per_key.get(kind, hits / len(keys)) + hits / len(keys)) / 2
        if len(keys) < self.now:
            return
        self._good += 1
        if self._good >= SEARCHES_UNTIL_FORGIVEN:
            self._good, self._most_for_a_while = 0, MOST_CLAUSES
        self.now = min(self.now * 2, self._most, self._most_for_a_while)

    def not_answered(self, asked: int, status: int) -> None:
        """A search for this many keys failed with this status."""
        fewer = max(FEWEST_CLAUSES, asked // 2)
        self.now = min(self.now, fewer)
        self._good = 0
        if status in REFUSALS:
            self._most = min(self._most, fewer)
        else:
            self._most_for_a_while = min(self._most_for_a_while, fewer)
