"""When is a batch ready, when is a state safe to let through?

Rows gather into batches; a batch leaves when it is full, when the oldest row has waited long enough, or when Close would
otherwise stand idle. States wait in a queue until every row before them is settled: they never force a batch.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from destination_close import protocol
from destination_close.errors import ProtocolError
from destination_close.inputs import End
from destination_close.mapping import Mapper
from destination_close.model import Kind, Row, StreamKey
from destination_close.pacer import PacerStats
from destination_close.preparing import prepare
from destination_close.protocol import Record, State, Undecodable
from destination_close.reporting import Line, Report
from destination_close.states import StateQueue
from destination_close.sync import Sync
from destination_close.workers import Completed

BATCH_ROWS = 800
"""Two batches are under way at most: less than a minute of calls even when every row needs a write of its own."""

BATCH_BYTES = 4 * 1024 * 1024
EAGER_ROWS = 100
"""With nothing else to do, a batch of so many leaves at once."""

FLUSH_SECONDS = 5.0
FAREWELL_SECONDS = 8.0
"""How long a run that was told to stop waits for calls in flight."""

Event = Record | State | Undecodable | End | Completed


class Source(Protocol):
    """Where lines and ended calls arrive; see `inputs`."""

    def get(self, timeout: float) -> Event | None:
        """The next event, or None after so many silent seconds."""

    def put(self, event: Completed) -> None:
        """A call has ended: called by workers."""

    def release(self, size: int) -> None:
        """So many bytes of lines are done with."""

    def close(self) -> None:
        """Read no more."""

    @property
    def is_full(self) -> bool:
        """True when no line will come before some are released."""


class Stopped(Exception):
    """The run was told to stop (SIGTERM) and has done so; what was settled is acknowledged."""


class Writer:
    """One run of `write`: messages in, messages out."""

    def __init__(
        self,
        source: Source,
        sync: Sync,
        mappers: Mapping[StreamKey, Sequence[Mapper]],
        *,
        clock: Callable[[], float],
        stats: Callable[[], PacerStats],
        stop: threading.Event,
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        self._source = source
        self._sync = sync
        self._mappers = mappers
        self._clock = clock
        self._stats = stats
        self._stop = stop
        self._batch_rows = batch_rows
        self._report = Report(clock())
        self._states = StateQueue()
        self._buffer: deque[Row] = deque()
        self._buffered_bytes = 0
        self._buffered_since = 0.0
        self._rows_read = 0
        self._positions: dict[StreamKey, int] = dict.fromkeys(mappers, 0)
        self._ended = False

    def run(self) -> Iterator[protocol.Message]:
        """Everything this run has to say. Raises RunStopped when it cannot go on, Stopped when it was told to."""
        try:
            while not self._is_through():
                yield from self._step(self._source.get(self._patience()))
                if self._stop.is_set():
                    yield from self._farewell()
                    raise Stopped
            yield from map(_log, self._report.summary(self._clock(), self._stats()))
        finally:
            self._wait_for_calls()

    def _step(self, event: Event | None) -> Iterator[protocol.Message]:
        match event:
            case Record():
                self._take_row(event)
            case State():
                self._states.add(event, self._rows_read)
                self._source.release(event.size)
            case Undecodable():
                self._report.line_unreadable()
                self._source.release(event.size)
                yield protocol.log("WARN", f"Line {event.number} of the input is {event.problem} ({event.size} bytes); it was passed over.")
            case End():
                self._ended = True
            case Completed():
                self._sync.completed(event)
            case None:
                pass
        self._hand_over()
        yield from self._settle()
        yield from map(_log, self._report.progress(self._clock(), self._stats()))

    def _is_through(self) -> bool:
        return self._ended and not self._buffer and self._sync.idle and not self._states

    def _patience(self) -> float:
        if self._buffer and self._sync.can_take:
            return max(0.0, min(1.0, self._buffered_since + FLUSH_SECONDS - self._clock()))
        return 1.0

    # --- rows --------------------------------------------------------------------------------------------------------

    def _take_row(self, record: Record) -> None:
        if record.stream not in self._positions:
            raise ProtocolError(f"A record came of stream {record.stream}, which is not in the configured catalog.")
        self._positions[record.stream] += 1
        if not self._buffer:
            self._buffered_since = self._clock()
        row = Row(record.stream, self._positions[record.stream], self._rows_read, record.data, record.nulled, record.size)
        self._buffer.append(row)
        self._buffered_bytes += row.size
        self._rows_read += 1
        self._report.row_read(record.stream)

    def _hand_over(self) -> None:
        if self._sync.can_take and self._batch_is_ready():
            rows = self._next_batch()
            self._sync.take([prepare(row, self._mappers[row.stream]) for row in rows])

    def _batch_is_ready(self) -> bool:
        if not self._buffer:
            return False
        full = len(self._buffer) >= self._batch_rows or self._buffered_bytes >= BATCH_BYTES
        eager = self._sync.idle and len(self._buffer) >= EAGER_ROWS
        late = self._clock() - self._buffered_since >= FLUSH_SECONDS
        return full or eager or late or self._ended or self._source.is_full

    def _next_batch(self) -> list[Row]:
        rows: list[Row] = []
        size = 0
        while self._buffer and len(rows) < self._batch_rows and (not rows or size + self._buffer[0].size <= BATCH_BYTES):
            rows.append(self._buffer.popleft())
            size += rows[-1].size
        self._buffered_bytes -= size
        self._buffered_since = self._clock()
        return rows

    # --- outcomes and states -----------------------------------------------------------------------------------------

    def _settle(self) -> Iterator[protocol.Message]:
        for outcome in self._sync.outcomes():
            self._source.release(outcome.row.size)
            self._states.settle(outcome.row.stream, outcome.row.ordinal, outcome.kind is Kind.REJECTED)
            yield from map(_log, self._report.outcome(outcome))
        for cleared in self._states.ready():
            yield protocol.state_out(cleared.state, cleared.written, cleared.rejected)

    # --- the end -----------------------------------------------------------------------------------------------------

    def _farewell(self) -> Iterator[protocol.Message]:
        """Told to stop: what is in flight is finished, what is settled is acknowledged, nothing new is begun."""
        self._source.close()
        until = self._clock() + FAREWELL_SECONDS
        while self._sync.under_way and (left := until - self._clock()) > 0:
            event = self._source.get(min(left, 1.0))
            if isinstance(event, Completed):
                self._sync.completed(event)
        yield from self._settle()
        yield from map(_log, self._report.progress(self._clock(), self._stats(), force=True))

    def _wait_for_calls(self) -> None:
        """However the run ends, a call in flight gets the time to end too, so that it is not left half done."""
        self._stop.set()
        self._source.close()
        until = self._clock() + FAREWELL_SECONDS
        while self._sync.under_way and (left := until - self._clock()) > 0:
            if isinstance(self._source.get(min(left, 1.0)), Completed):
                self._sync.under_way -= 1


def _log(line: Line) -> protocol.Message:
    return protocol.log(line.level, line.text)
