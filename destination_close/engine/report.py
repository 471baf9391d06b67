"""What does a person read in the Airbyte log while a run goes on, and when it is over?

Rows are named by stream and position, reasons by code; no value of a row ever appears here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from destination_close.close import PacerStats
from destination_close.model import Kind, Outcome, Rejection, StreamKey

PROGRESS_SECONDS = 10.0
SILENCE_SECONDS = 60.0
MOST_LINES_PER_REASON = 50


class LogLine(NamedTuple):
    """One log line."""

    level: Literal["INFO", "WARN", "DEBUG"]
    text: str


@dataclass(slots=True)
class _StreamCounts:
    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


class Report:
    """Counts outcomes and puts them into words. `now` is seconds on one monotonic clock."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._last_progress = started
        self._last_silence = started
        self._rows_read = 0
        self._streams: dict[StreamKey, _StreamCounts] = {}
        self._lines_per_reason: Counter[str] = Counter()
        self._unreadable = 0

    def row_read(self, stream: StreamKey) -> None:
        """A record has come in."""
        self._rows_read += 1
        self._counts(stream)

    def line_unreadable(self, number: int, problem: str, size: int) -> Iterator[LogLine]:
        """A line of input was not a message; `number` counts lines from 1."""
        self._unreadable += 1
        if self._unreadable <= MOST_LINES_PER_REASON:
            yield LogLine("WARN", f"Line {number} of the input is {problem} ({size} bytes); it was skipped.")
        elif self._unreadable == MOST_LINES_PER_REASON + 1:
            yield LogLine("WARN", "Further lines that are not Airbyte messages are only counted from here on.")

    @property
    def unreadable(self) -> int:
        """Lines of input that were no messages."""
        return self._unreadable

    def outcome(self, outcome: Outcome) -> Iterator[LogLine]:
        """A row has ended; the lines say why, if it was rejected."""
        counts = self._counts(outcome.row.stream)
        counts.kinds[outcome.kind.value] += 1
        if outcome.reason:
            counts.reasons[outcome.reason.value] += 1
        for note in outcome.notes:
            counts.notes[note.value] += 1
        for warning in outcome.warnings:
            counts.notes[warning.value] += 1
        for rejection in outcome.rejections:
            yield from self._rejection(rejection)

    def _counts(self, stream: StreamKey) -> _StreamCounts:
        if stream not in self._streams:
            self._streams[stream] = _StreamCounts()
        return self._streams[stream]

    def _rejection(self, rejection: Rejection) -> Iterator[LogLine]:
        reason = rejection.reason.value
        self._lines_per_reason[reason] += 1
        if self._lines_per_reason[reason] <= MOST_LINES_PER_REASON:
            parts = [f"stream {rejection.row.stream}", f"row {rejection.row.position}", reason]
            parts += [f"field {rejection.field}"] if rejection.field else []
            parts += [f"object {rejection.object_id}"] if rejection.object_id else []
            yield LogLine("WARN", f"Rejected: {', '.join(parts)}: {rejection.message}")
        elif self._lines_per_reason[reason] == MOST_LINES_PER_REASON + 1:
            yield LogLine("WARN", f"Further rows rejected with {reason} are only counted from here on.")

    def progress(self, now: float, stats: PacerStats, *, force: bool = False) -> Iterator[LogLine]:
        """A line every ten seconds while there is something to report."""
        if (force or now - self._last_progress >= PROGRESS_SECONDS) and self._rows_read:
            self._last_progress = now
            yield LogLine("INFO", f"Progress: {self._totals(now, stats)}.")

    def silence(self, now: float, seconds: float) -> Iterator[LogLine]:
        """A warning soon after Close falls silent, and another each minute while that lasts."""
        if seconds < PROGRESS_SECONDS:
            self._last_silence = now - SILENCE_SECONDS
        elif now - self._last_silence >= SILENCE_SECONDS:
            self._last_silence = now
            yield LogLine(
                "WARN", f"Close has not responded successfully for {seconds:,.0f} seconds; this run keeps trying for five minutes."
            )

    def _totals(self, now: float, stats: PacerStats) -> str:
        kinds: Counter[str] = Counter()
        for counts in self._streams.values():
            kinds.update(counts.kinds)
        seconds = max(now - self._started, 0.001)
        done = ", ".join(f"{kinds[kind.value]:,} {kind.value}" for kind in Kind)
        pace = f"{sum(kinds.values()) / seconds:,.1f} rows per second"
        throttled = f" ({stats.throttled:,} answered 429)" if stats.throttled else ""
        waits = f"{stats.waited_seconds:,.0f} s spent waiting for the rate limit"
        return f"{self._rows_read:,} rows read, {done}; {stats.calls:,} calls to Close{throttled}; {pace}; {waits}"

    def summary(self, now: float, stats: PacerStats) -> Iterator[LogLine]:
        """One line per stream, and the totals."""
        for stream, counts in self._streams.items():
            done = ", ".join(f"{counts.kinds[kind.value]:,} {kind.value}" for kind in Kind)
            reasons = _counted(counts.reasons)
            notes = _counted(counts.notes)
            text = f"Stream {stream}: {sum(counts.kinds.values()):,} rows: {done}"
            text += f"; reasons: {reasons}" if reasons else ""
            text += f"; notes: {notes}" if notes else ""
            yield LogLine("WARN" if counts.kinds[Kind.REJECTED.value] else "INFO", text + ".")
        if self._unreadable:
            yield LogLine("WARN", f"{self._unreadable:,} lines of input were not Airbyte messages and were skipped.")
        yield LogLine("INFO", f"Finished in {now - self._started:,.1f} s: {self._totals(now, stats)}.")


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common())
