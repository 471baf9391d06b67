"""How many keys may the next search ask for? (pure)

How many conditions a search takes is not documented: the number grows while Close answers well, and is halved where it
does not. What Close refuses is not asked again in this run. Trouble may come from anything, so it counts for a while only.
"""

from __future__ import annotations

from destination_close.matching import FEWEST_CLAUSES, FIRST_CLAUSES, MOST_CLAUSES

REFUSALS = (400, 413)
SEARCHES_UNTIL_FORGIVEN = 20
"""So many good answers later, what was trouble is tried again."""


class Clauses:
    """Learns from the answers to the searches of one run."""

    def __init__(self) -> None:
        self.now = FIRST_CLAUSES
        self._most = MOST_CLAUSES
        """By refusals."""

        self._most_for_a_while = MOST_CLAUSES
        self._good = 0
        """Answers since the last trouble."""

    @property
    def at_most(self) -> bool:
        """Whether there is nothing to find out at present."""
        return self.now == min(self._most, self._most_for_a_while)

    def answered(self, asked: int) -> None:
        """A search for so many keys went well."""
        if asked < self.now:
            return
        self._good += 1
        if self._good >= SEARCHES_UNTIL_FORGIVEN:
            self._good, self._most_for_a_while = 0, MOST_CLAUSES
        self.now = min(self.now * 2, self._most, self._most_for_a_while)

    def not_answered(self, asked: int, status: int) -> None:
        """A search for so many keys did not, with this status."""
        fewer = max(FEWEST_CLAUSES, asked // 2)
        self.now = min(self.now, fewer)
        self._good = 0
        if status in REFUSALS:
            self._most = min(self._most, fewer)
        else:
            self._most_for_a_while = min(self._most_for_a_while, fewer)
