"""What does a person read in the Airbyte log while a run goes on, and when it is over?

Rows are named by stream and position, reasons by code; no value of a row ever appears here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from destination_close.engine.tallying import LeftOut, Tally
from destination_close.model import Draft, Kind, Outcome, Reason, Rejection, Remark, StreamKey, Warning
from destination_close.pacing import PacerStats

PROGRESS_SECONDS = 10.0
SILENCE_SECONDS = 60.0
MOST_LINES_PER_REASON = 50
WITH_EXAMPLE = frozenset({Warning.UNLIKE_CONTACT})
"""Warnings that nobody can follow up without a row to look at."""


class LogLine(NamedTuple):
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
    """The position of the first row with each warning that needs one."""


class Report:
    """Counts outcomes and puts them into words. `now` is seconds on one monotonic clock."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._last_progress = started
        self._last_silence = started
        self._rows_read = 0
        self._streams: dict[StreamKey, _StreamCounts] = {}
        self._lines_per_reason: Counter[str] = Counter()
        self._reported_once: set[tuple[StreamKey, Remark]] = set()
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
            if warning in WITH_EXAMPLE:
                counts.examples.setdefault(warning.value, outcome.row.position)
        for remark in outcome.remarks:
            yield from self._remark(outcome, remark)
        for rejection in outcome.rejections:
            yield from self._rejection(rejection)

    def drafted(self, draft: Draft) -> None:
        """It is known what a row wants."""
        self._counts(draft.row.stream).values.count(draft)

    def _remark(self, outcome: Outcome, remark: Remark) -> Iterator[LogLine]:
        place = f"stream {outcome.row.stream}, row {outcome.row.position}, {remark.reason.value}, field {remark.field}"
        if remark.reason is Reason.VALUE_LEFT_OUT:
            more = f"Further values left out with {remark.reason.value} are only counted from here on."
            yield from self._capped(remark.reason, f"Left out: {place}: {remark.message}", more)
        elif remark.reason is Reason.UNKNOWN_CUSTOM_FIELD and self._is_first(outcome.row.stream, remark):
            yield LogLine("WARN", f"Left out: {place}: {remark.message}; this is reported once.")

    def _is_first(self, stream: StreamKey, remark: Remark) -> bool:
        """Whether the stream had no such remark before; False also after too many."""
        if (stream, remark) in self._reported_once or len(self._reported_once) >= MOST_LINES_PER_REASON:
            return False
        self._reported_once.add((stream, remark))
        return True

    def _capped(self, reason: Reason, text: str, more: str) -> Iterator[LogLine]:
        """One line per case, until there have been many."""
        self._lines_per_reason[reason.value] += 1
        if self._lines_per_reason[reason.value] <= MOST_LINES_PER_REASON:
            yield LogLine("WARN", text)
        elif self._lines_per_reason[reason.value] == MOST_LINES_PER_REASON + 1:
            yield LogLine("WARN", more)

    def _counts(self, stream: StreamKey) -> _StreamCounts:
        if stream not in self._streams:
            self._streams[stream] = _StreamCounts()
        return self._streams[stream]

    def _rejection(self, rejection: Rejection) -> Iterator[LogLine]:
        reason = rejection.reason.value
        parts = [f"stream {rejection.row.stream}", f"row {rejection.row.position}", reason]
        parts += [f"field {rejection.field}"] if rejection.field else []
        parts += [f"object {rejection.object_id}"] if rejection.object_id else []
        more = f"Further rows rejected with {reason} are only counted from here on."
        yield from self._capped(rejection.reason, f"Rejected: {', '.join(parts)}: {rejection.message}", more)

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
            notes = _counted(counts.notes, counts.examples)
            text = f"Stream {stream}: {sum(counts.kinds.values()):,} rows: {done}"
            text += f"; reasons: {reasons}" if reasons else ""
            text += f"; notes: {notes}" if notes else ""
            yield LogLine("WARN" if counts.kinds[Kind.REJECTED.value] else "INFO", text + ".")
            yield from _left_out(stream, list(counts.values.left_out()))
        if self._unreadable:
            yield LogLine("WARN", f"{self._unreadable:,} lines of input were not Airbyte messages and were skipped.")
        yield LogLine("INFO", f"Finished in {now - self._started:,.1f} s: {self._totals(now, stats)}.")


def _left_out(stream: StreamKey, fields: list[LeftOut]) -> Iterator[LogLine]:
    if fields:
        counted = ", ".join(f"{one.field} {one.cases:,}" + ("" if one.of is None else f" of {one.of:,}") for one in fields)
        yield LogLine("WARN", f"Values left out of stream {stream}: {counted}.")
    if most := [one.field for one in fields if one.is_most]:
        words = f"MORE THAN HALF OF THE VALUES WERE LEFT OUT for {' and '.join(most)} in stream {stream}"
        yield LogLine("WARN", f"{words}. Check the column that is mapped; the lines above give the reasons.")


def _counted(counter: Counter[str], examples: Mapping[str, int] = MappingProxyType({})) -> str:
    return ", ".join(f"{name} {count:,}{_such_as(examples.get(name))}" for name, count in counter.most_common())


def _such_as(position: int | None) -> str:
    return f" (such as row {position})" if position else ""
