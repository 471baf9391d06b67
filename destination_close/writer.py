"""When is a batch ready, when is a state safe to let through?

Rows gather into batches; a batch leaves when it is full, when the oldest row has waited long enough, or when Close would
otherwise stand idle. States wait in a queue until every row before them is settled: they never force a batch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Protocol

from destination_close import protocol
from destination_close.errors import ConfigError, ProtocolError, RunStopped
from destination_close.inputs import End
from destination_close.mapping import Mapper
from destination_close.model import Key, Kind, Outcome, Row, StreamKey, Work
from destination_close.pacer import PacerStats
from destination_close.preparing import prepare
from destination_close.protocol import Record, State, Undecodable
from destination_close.reject_files import RejectFiles
from destination_close.rejects import values_left_out
from destination_close.reporting import Line, Report
from destination_close.states import StateQueue
from destination_close.sync import Sync
from destination_close.tolerance import Tolerance
from destination_close.witness import Witness
from destination_close.workers import Completed

BATCH_ROWS = 2000
"""The more rows of a company come together, the fewer calls it takes; yet a batch should not take more than a minute."""

FIRST_BATCH_COMPANIES = 40
"""The first batch is small, so that Close is soon put to work; but it never takes a large company apart."""

BATCH_COMPANIES = 800
"""About half a minute of calls, if each company or lone person needs one."""

BATCH_BYTES = 4 * 1024 * 1024
EAGER_ROWS = 100
EAGER_SECONDS = 0.25
"""With nothing else to do and no line waiting, so many rows leave as a batch after so long."""

FLUSH_SECONDS = 5.0
FAREWELL_SECONDS = 8.0
"""How long a run that was told to stop waits for calls in flight."""

LAST_CALLS_SECONDS = 600.0
"""How long a run that stops of itself does: longer than any call can take."""

Event = Record | State | Undecodable | End | Completed


class Source(Protocol):
    """Where lines and ended calls arrive; see `inputs`."""

    def get(self, timeout: float, *, events_only: bool = False) -> Event | None:
        """The next line or ended call, or None after so many silent seconds; of ended calls only, if asked so."""

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
        silent_seconds: Callable[[], float],
        stop: threading.Event,
        tolerance: Tolerance,
        rejects: RejectFiles | None,
        batch_rows: int = BATCH_ROWS,
        witness: Witness | None = None,
        told: Callable[[Outcome], Outcome] | None = None,
    ) -> None:
        """`told` makes of what became of a row what is told of it."""
        self._source = source
        self._sync = sync
        self._mappers = mappers
        self._clock = clock
        self._stats = stats
        self._silent_seconds = silent_seconds
        self._stop = stop
        self._tolerance = tolerance
        self._rejects = rejects
        self._batch_rows = batch_rows
        self._witness = witness
        self._told = told
        self._report = Report(clock())
        self._states = StateQueue()
        self._buffer: list[Work] = []
        self._buffered_bytes = 0
        self._companies: set[Key] = set()
        """In the buffer: one key per company, or per person without one."""
        self._buffered_since = 0.0
        self._has_begun = False
        self._rows_read = 0
        self._positions: dict[StreamKey, int] = dict.fromkeys(mappers, 0)
        self._is_silent = False
        self._ended = False

    def run(self) -> Iterator[protocol.Message]:
        """Everything this run has to say. Raises RunStopped when it cannot go on, Stopped when it was told to."""
        try:
            while not self._is_through():
                yield from self._step(self._source.get(self._patience(), events_only=self._has_enough()))
                if self._stop.is_set():
                    yield from self._farewell()
                    raise Stopped
                if broken := self._sync.broken:
                    yield from self._farewell(LAST_CALLS_SECONDS)
                    self._save_rejects()
                    yield from self._sum_up()
                    raise broken.error()
            self._save_rejects()
            yield from self._sum_up()
            self._stop_if_too_many_rejected()
        except RunStopped:
            yield from map(_log, self._report.progress(self._clock(), self._stats(), force=True))
            raise
        finally:
            self._wait_for_calls()

    def _step(self, event: Event | None) -> Iterator[protocol.Message]:
        self._is_silent = event is None
        match event:
            case Record():
                self._take_row(event)
            case State():
                self._states.add(event, self._rows_read)
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
        answered = yield from self._settle()
        yield from map(_log, self._report.progress(self._clock(), self._stats()))
        yield from map(_log, self._report.silence(self._clock(), self._silent_seconds()))
        if answered:
            self._stop_if_too_many_rejected()

    def _is_through(self) -> bool:
        return self._ended and not self._buffer and self._sync.idle and not self._states

    def _patience(self) -> float:
        if not (self._buffer and self._sync.can_take):
            return 1.0
        eager = self._sync.idle and len(self._buffer) >= EAGER_ROWS
        until = self._buffered_since + (EAGER_SECONDS if eager else FLUSH_SECONDS)
        return max(0.0, min(1.0, until - self._clock()))

    # --- rows --------------------------------------------------------------------------------------------------------

    def _take_row(self, record: Record) -> None:
        if record.stream not in self._positions:
            raise ProtocolError(f"A record came of stream {record.stream}, which is not in the configured catalog.")
        self._positions[record.stream] += 1
        if not self._buffer:
            self._buffered_since = self._clock()
        row = Row(record.stream, self._positions[record.stream], self._rows_read, record.data, record.nulled, record.size)
        work = prepare(row, self._mappers[row.stream])
        self._buffer.append(work)
        self._buffered_bytes += row.size
        self._companies.update(draft.keys[0] for draft in work.drafts if draft.keys)
        for draft in work.drafts:
            self._report.drafted(draft)
        self._rows_read += 1
        self._report.row_read(record.stream)

    def _hand_over(self) -> None:
        """Step by step, until nothing more can be done without an answer, a line, or time."""
        moved = True
        while moved:
            moved = self._sync.look()
            if self._sync.can_take and self._batch_is_ready():
                self._sync.take(self._next_batch())
                moved = True
            self._sync.apply()
        if self._sync.is_stuck:
            raise ProtocolError("The connector waits for nothing. This is a bug of the connector; run the sync again.")

    def _has_enough(self) -> bool:
        """Whether a full batch waits for its turn, so that more lines would only take memory."""
        return self._buffer_is_full() and not self._sync.can_take

    def _buffer_is_full(self) -> bool:
        rows, companies = len(self._buffer), len(self._companies)
        enough = BATCH_COMPANIES if self._has_begun else FIRST_BATCH_COMPANIES
        return rows >= self._batch_rows or companies >= enough or self._buffered_bytes >= BATCH_BYTES

    def _batch_is_ready(self) -> bool:
        if not self._buffer:
            return False
        waited = self._clock() - self._buffered_since
        eager = self._is_silent and self._sync.idle and len(self._buffer) >= EAGER_ROWS and waited >= EAGER_SECONDS
        return self._buffer_is_full() or eager or waited >= FLUSH_SECONDS or self._ended or self._source.is_full

    def _next_batch(self) -> list[Work]:
        """The whole buffer: it never holds more than one batch."""
        self._has_begun = True
        works, self._buffer = self._buffer, []
        self._buffered_bytes = 0
        self._companies = set()
        return works

    # --- outcomes and states -----------------------------------------------------------------------------------------

    def _settle(self) -> Generator[protocol.Message, None, bool]:
        """Whether a state left."""
        for ended in self._sync.outcomes():
            yield from map(_log, self._witness.ended(ended) if self._witness else ())
            outcome = self._told(ended) if self._told else ended
            self._source.release(outcome.row.size)
            self._states.settle(outcome.row.stream, outcome.row.ordinal, outcome.kind is Kind.REJECTED)
            self._take_outcome(outcome)
            yield from map(_log, self._report.outcome(outcome))
        if cleared := list(self._states.ready()):
            self._save_rejects()
        for state, written, rejected in cleared:
            self._source.release(state.size)
            yield protocol.state_out(state, written, rejected)
        return bool(cleared)

    # --- rejected rows -----------------------------------------------------------------------------------------------

    def _take_outcome(self, outcome: Outcome) -> None:
        self._tolerance.count(outcome)
        if self._rejects and (outcome.kind is Kind.REJECTED or (outcome.remarks and values_left_out(outcome))):
            self._rejects.add(outcome)

    def _save_rejects(self) -> None:
        """Before a state says that they are dealt with, they are where the user finds them."""
        if self._rejects:
            self._rejects.flush()

    def _stop_if_too_many_rejected(self) -> None:
        if self._tolerance.is_reached:
            raise ConfigError(self._tolerance.message(self._rejects.where if self._rejects else None))

    def _sum_up(self) -> Iterator[protocol.Message]:
        yield from map(_log, self._report.summary(self._clock(), self._stats()))
        if self._rejects and self._rejects.where:
            yield protocol.log("WARN", f"The rejected rows are in {self._rejects.where}.")

    # --- the end -----------------------------------------------------------------------------------------------------

    def _farewell(self, seconds: float = FAREWELL_SECONDS) -> Iterator[protocol.Message]:
        """Told to stop: what is in flight is finished, what is settled is acknowledged, nothing new is begun."""
        self._source.close()
        until = self._clock() + seconds
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
