"""What does the connector's own log say became of the rows?

The log is for people. The demo puts the numbers of its summaries into a table, and shows what it says of rejected rows as
it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KINDS = ("created", "updated", "unchanged", "skipped", "rejected")

_SUMMARY = re.compile(
    r"Stream (?P<stream>\S+): [\d,]+ rows: (?P<counts>[^;]+?)(; reasons: (?P<why>[^;]+?))?(; notes: (?P<notes>[^;]+?))?\."
)
_COUNT = re.compile(r"(\d[\d,]*) (\w+)")
_REASON = re.compile(r"(\w+) (\d[\d,]*)")


@dataclass(frozen=True, slots=True)
class Became:
    """The rows of one stream, by outcome."""

    stream: str
    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    """Why rows were skipped or rejected, or what was left out of rows that were otherwise done."""


def outcomes(logs: Iterable[str]) -> list[Became]:
    """One per stream; raises ValueError if the log speaks of none."""
    found = [match for line in logs if (match := _SUMMARY.fullmatch(line))]
    if not found:
        raise ValueError("The log has no summary of a stream: has its wording changed?")
    return [_became(match) for match in found]


def _became(match: re.Match[str]) -> Became:
    counts = {kind: _number(count) for count, kind in _COUNT.findall(match["counts"])}
    reasons = {reason: _number(count) for reason, count in _REASON.findall(f"{match['why']}, {match['notes']}")}
    return Became(match["stream"], counts, reasons)


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def about_rejected(logs: Iterable[str]) -> list[str]:
    """A line for each rejected row, and one that says where they are kept."""
    return [line for line in logs if line.startswith(("Rejected: ", "Rejected rows, and rows that lost a value, are in "))]
