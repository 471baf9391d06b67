"""What does the connector's own log say became of the rows?

The log is for people. Of its lines the demo reads two kinds, and shows the numbers in a table: the summary of a stream,
and, as it is, the one about a rejected row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ("created", "updated", "unchanged", "skipped", "rejected")

_SUMMARY = re.compile(r"Stream (?P<stream>\S+): [\d,]+ rows: (?P<counts>[^;]+?)(; reasons: (?P<reasons>[^;]+?))?(; to note: (?P<notes>[^;]+?))?\.")
_COUNT = re.compile(r"(\d[\d,]*) (\w+)")


@dataclass(frozen=True, slots=True)
class Became:
    """The rows of one stream, by outcome."""

    stream: str
    counts: dict[str, int]
    reasons: str
    """Why rows were skipped or rejected, counted."""

    notes: str
    """What was left out of rows that were otherwise done, counted."""


def outcomes(logs: Iterable[str]) -> list[Became]:
    """One per stream; raises ValueError if the log speaks of none."""
    found = [match for line in logs if (match := _SUMMARY.fullmatch(line))]
    if not found:
        raise ValueError("The log has no summary of a stream: has its wording changed?")
    return [Became(match["stream"], _counts(match["counts"]), match["reasons"] or "", match["notes"] or "") for match in found]


def _counts(text: str) -> dict[str, int]:
    return {kind: int(count.replace(",", "")) for count, kind in _COUNT.findall(text)}


def rejections(logs: Iterable[str]) -> list[str]:
    return [line for line in logs if line.startswith("Rejected: ")]
