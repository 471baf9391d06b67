"""How many rejected rows are too many? (pure)"""

from __future__ import annotations

from collections import Counter

from destination_close.model import Kind, Outcome

SETTING = "max_rejected_percent"
FEWEST_ROWS = 20
"""Fewer rows say nothing about the rest."""


class Tolerance:
    """Counts finished rows, and says when the share of rejected ones reaches the limit."""

    def __init__(self, percent: int) -> None:
        self._percent = percent
        self._rows = 0
        self._reasons: Counter[str] = Counter()

    def count(self, outcome: Outcome) -> None:
        """A row has ended."""
        self._rows += 1
        if outcome.kind is Kind.REJECTED and outcome.reason:
            self._reasons[outcome.reason.value] += 1

    @property
    def rejected(self) -> int:
        """How many rows were rejected."""
        return self._reasons.total()

    @property
    def is_reached(self) -> bool:
        """Whether the run must fail."""
        return self._rows >= FEWEST_ROWS and self.rejected > 0 and self.rejected * 100 >= self._percent * self._rows

    def message(self, where: str | None) -> str:
        """Why it fails and what to do, for the user; `where` is the location of the rejected rows."""
        reasons = ", ".join(f"{reason} ({count:,})" for reason, count in self._reasons.most_common(3))
        advice = f"Fix the mapping or the data, or raise {SETTING}." if self._percent < 100 else "Fix the mapping or the data."
        kept = f"The rejected rows are in {where}." if where else "They were not kept: object_storage_config names no storage for them."
        return (
            f"{self.rejected:,} of {self._rows:,} rows were rejected ({self.rejected / self._rows:.0%}), which reaches "
            f"{SETTING} ({self._percent}). Most common reasons: {reasons}. {kept} {advice}"
        )
