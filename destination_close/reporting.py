"""What does a person read in the Airbyte log while the run goes on, and when it is over?

Rows are named by stream and position, reasons by code; no value of a row ever appears here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from destination_close.model import Draft, Kind, Outcome, Reason, Rejection, Remark, StreamKey, Warning
from destination_close.pacer import PacerStats
from destination_close.tallying import LeftOut, Tally

PROGRESS_SECONDS = 10.0
SILENCE_SECONDS = 60.0
MOST_LINES_PER_REASON = 50
WITH_EXAMPLE = frozenset({Warning.UNLIKE_CONTACT})
"""Warnings that nobody can follow up without a row to look at."""


class Line(NamedTuple):
    """One log line."""

    level: Literal["INFO", "WARN", "DEBUG"]
    text: str


@dataclass(slots=True)
class _StreamCounts:
    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    values: Tally = field(default_factory=Tally)
    examples: dict[str, int] = field(default_factory=dict)
    """By warning that asks for it, the position of the first row."""


class Report:
    """Counts outcomes and words them. `now` is seconds on one monotonic clock."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._last_progress = started
        self._last_silence = started
        self._rows_read = 0
        self._streams: dict[StreamKey, _StreamCounts] = {}
        self._lines_per_reason: Counter[str] = Counter()
        self._said: set[tuple[StreamKey, Remark]] = set()
        """Remarks that are made once."""

        self._unreadable = 0

    def row_read(self, stream: StreamKey) -> None:
        """A record has come in."""
        self._rows_read += 1
        self._counts(stream)

    def line_unreadable(self) -> None:
        """A line of input was no message."""
        self._unreadable += 1

    def outcome(self, outcome: Outcome) -> Iterator[Line]:
        """A row has ended; the lines say why it was rejected."""
        counts = self._counts(outcome.row.stream)
        counts.kinds[outcome.kind.value] += 1
        if outcome.reason:
            counts.reasons[outcome.reason.value] += 1
        for note in outcome.notes:
            counts.notes[note.value] += 1
        for warning in outcome.warnings:
            counts.notes[warning.value] += 1
            if warning in WITH_EXAMPLE:
                counts.examples.setdefault(warning.value, outcome.row.position)
        for remark in outcome.remarks:
            yield from self._remark(outcome, remark)
        for rejection in outcome.rejections:
            yield from self._rejection(rejection)

    def drafted(self, draft: Draft) -> None:
        """What a row asks for is known."""
        self._counts(draft.row.stream).values.count(draft)

    def _remark(self, outcome: Outcome, remark: Remark) -> Iterator[Line]:
        place = f"stream {outcome.row.stream}, row {outcome.row.position}, {remark.reason.value}, field {remark.field}"
        if remark.reason is Reason.VALUE_LEFT_OUT:
            yield from self._capped(remark.reason, f"Left out: {place}: {remark.message}", "More values are left out")
        elif remark.reason is Reason.UNKNOWN_CUSTOM_FIELD and not self._has_said(outcome.row.stream, remark):
            yield Line("WARN", f"Left out: {place}: {remark.message}; this is said once.")

    def _has_said(self, stream: StreamKey, remark: Remark) -> bool:
        """Whether it was said of the stream before, or so much that nothing more is."""
        if (stream, remark) in self._said or len(self._said) >= MOST_LINES_PER_REASON:
            return True
        self._said.add((stream, remark))
        return False

    def _capped(self, reason: Reason, text: str, more: str) -> Iterator[Line]:
        """One line per case, until there have been many."""
        self._lines_per_reason[reason.value] += 1
        if self._lines_per_reason[reason.value] <= MOST_LINES_PER_REASON:
            yield Line("WARN", text)
        elif self._lines_per_reason[reason.value] == MOST_LINES_PER_REASON + 1:
            yield Line("WARN", f"{more} with {reason.value}; from here on they are only counted.")

    def _counts(self, stream: StreamKey) -> _StreamCounts:
        if stream not in self._streams:
            self._streams[stream] = _StreamCounts()
        return self._streams[stream]

    def _rejection(self, rejection: Rejection) -> Iterator[Line]:
        parts = [f"stream {rejection.row.stream}", f"row {rejection.row.position}", rejection.reason.value]
        parts += [f"field {rejection.field}"] if rejection.field else []
        parts += [f"object {rejection.object_id}"] if rejection.object_id else []
        yield from self._capped(rejection.reason, f"Rejected: {', '.join(parts)}: {rejection.message}", "More rows are rejected")

    def progress(self, now: float, stats: PacerStats, *, force: bool = False) -> Iterator[Line]:
        """A line every ten seconds while there is something to tell."""
        if (force or now - self._last_progress >= PROGRESS_SECONDS) and self._rows_read:
            self._last_progress = now
            yield Line("INFO", f"Progress: {self._totals(now, stats)}.")

    def silence(self, now: float, seconds: float) -> Iterator[Line]:
        """A warning soon after Close falls silent, and each minute while it stays so."""
        if seconds < PROGRESS_SECONDS:
            self._last_silence = now - SILENCE_SECONDS
        elif now - self._last_silence >= SILENCE_SECONDS:
            self._last_silence = now
            yield Line("WARN", f"Close has not given a good answer for {seconds:,.0f} seconds; this run goes on trying for five minutes.")

    def _totals(self, now: float, stats: PacerStats) -> str:
        kinds: Counter[str] = Counter()
        for counts in self._streams.values():
            kinds.update(counts.kinds)
        seconds = max(now - self._started, 0.001)
        done = ", ".join(f"{kinds[kind.value]:,} {kind.value}" for kind in Kind)
        pace = f"{sum(kinds.values()) / seconds:,.1f} rows a second"
        throttled = f" ({stats.throttled:,} answered 429)" if stats.throttled else ""
        waits = f"{stats.waited_seconds:,.0f} s of waiting for the rate limit"
        return f"{self._rows_read:,} rows read, {done}; {stats.calls:,} calls to Close{throttled}; {pace}; {waits}"

    def summary(self, now: float, stats: PacerStats) -> Iterator[Line]:
        """One line per stream, and the totals."""
        for stream, counts in self._streams.items():
            done = ", ".join(f"{counts.kinds[kind.value]:,} {kind.value}" for kind in Kind)
            reasons = _counted(counts.reasons)
            notes = _counted(counts.notes, counts.examples)
            text = f"Stream {stream}: {sum(counts.kinds.values()):,} rows: {done}"
            text += f"; reasons: {reasons}" if reasons else ""
            text += f"; to note: {notes}" if notes else ""
            yield Line("WARN" if counts.kinds[Kind.REJECTED.value] else "INFO", text + ".")
            yield from _left_out(stream, list(counts.values.left_out()))
        if self._unreadable:
            yield Line("WARN", f"{self._unreadable:,} lines of input were no Airbyte messages and were passed over.")
        yield Line("INFO", f"Finished in {now - self._started:,.1f} s: {self._totals(now, stats)}.")


def _left_out(stream: StreamKey, fields: list[LeftOut]) -> Iterator[Line]:
    if fields:
        counted = ", ".join(f"{field.field} {field.cases:,} of {field.of:,}" for field in fields)
        yield Line("WARN", f"Values left out of stream {stream}: {counted}.")
    if most := [field.field for field in fields if field.is_most]:
        words = f"MORE THAN HALF OF THE VALUES WERE LEFT OUT of {' and '.join(most)} in stream {stream}"
        yield Line("WARN", f"{words}. Look at the column, and at the lines above for the reason.")


def _counted(counter: Counter[str], examples: Mapping[str, int] = MappingProxyType({})) -> str:
    return ", ".join(f"{name} {count:,}{_such_as(examples.get(name))}" for name, count in counter.most_common())


def _such_as(position: int | None) -> str:
    return f" (such as row {position})" if position else ""
