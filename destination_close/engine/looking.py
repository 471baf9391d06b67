"""Which of the columns that only rows can show have come in them?"""

from __future__ import annotations

from collections.abc import Iterable

from destination_close.engine.report import LogLine
from destination_close.mapping import Sightings
from destination_close.model import Change, Outcome, Verdict, Written


class Looking:
    """Shows every row that has ended, however it did, to those who look for columns."""

    def __init__(self, sightings: Sightings) -> None:
        self._sightings = sightings

    def judged(self, verdict: Verdict) -> None:
        """Of no interest."""

    def written(self, change: Change, result: Written) -> None:
        """Of no interest."""

    def ended(self, outcome: Outcome) -> Iterable[LogLine]:
        self._sightings.see(outcome.row.stream, outcome.row.data)
        return ()
