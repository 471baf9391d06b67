"""When is a batch ready?

Rows gather into batches; a batch leaves when it is full, when the oldest row has waited long enough, or when Close would
otherwise be idle. States wait until every row before them is settled (see `settlement`): they never force a batch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Protocol

from destination_close.airbyte import End, Message, Record, State, Undecodable, log_message, state_out
from destination_close.engine.report import LogLine
from destination_close.engine.settlement import Settlement
from destination_close.engine.sync import Now, Standing, Sync
from destination_close.engine.workers import Completed
from destination_close.model import Key, Outcome, ProtocolError, Row, RunStopped, StreamKey, Work

BATCH_ROWS = 2000
"""The more rows of a company arrive together, the fewer calls they take; but a batch should not take more than a minute."""

FIRST_BATCH_COMPANIES = 40
"""The first batch is small, so that Close is soon put to work; but it never splits a large company."""

BATCH_COMPANIES = 800
"""About half a minute of calls, if each company, or person without one, needs one."""

BATCH_BYTES = 4 * 1024 * 1024
EAGER_ROWS = 100
EAGER_SECONDS = 0.25
"""With nothing else to do and no line waiting, this many rows leave as a batch after this long."""

FLUSH_SECONDS = 5.0
FAREWELL_SECONDS = 8.0
"""How long a run that was asked to stop waits for calls in flight."""

LAST_CALLS_SECONDS = 600.0
"""How long a run that stops on its own waits: longer than any call can take."""

Event = Record | State | Undecodable | End | Completed


class Source(Protocol):
    """Where lines and ended calls arrive; see `inputs`."""

    def get(self, timeout: float, *, events_only: bool = False) -> Event | None:
        """The next line or ended call, or None after this many silent seconds; only ended calls, if requested."""

    def put(self, event: Completed) -> None:
        """A call has ended: called by workers."""

    def release(self, size: int) -> None:
        """Lines of this many bytes have been processed."""

    def close(self) -> None:
        """Read no more."""

    @property
    def is_full(self) -> bool:
        """True if no line will come before some are released."""


class Stopped(Exception):
    """The run was asked to stop (SIGTERM) and has done so; everything settled is acknowledged."""


class Writer:
    """One run of `write`: messages in, messages out."""

    def __init__(
        self,
        source: Source,
        sync: Sync,
        settlement: Settlement,
        prepare: Callable[[Row], Work],
        streams: Iterable[StreamKey],
        *,
        clock: Callable[[], float],
        stop: threading.Event,
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        """`prepare` makes of a row what its mappings want; rows come of these `streams` only."""
        self._source = source
        self._sync = sync
        self._settlement = settlement
        self._prepare = prepare
        self._clock = clock
        self._stop = stop
        self._batch_rows = batch_rows
        self._standing = Standing()
        self._buffer: list[Work] = []
        self._buffered_bytes = 0
        self._companies: set[Key] = set()
        """In the buffer: one key per company, or per person without one."""
        self._buffered_since = 0.0
        self._has_begun = False
        self._rows_read = 0
        self._positions: dict[StreamKey, int] = dict.fromkeys(streams, 0)
        self._is_silent = False
        self._ended = False

    def run(self) -> Iterator[Message]:
        """All messages of this run. Raises RunStopped if it cannot go on, Stopped if it was asked to stop."""
        try:
            while not self._is_through():
                yield from self._step(self._source.get(self._patience(), events_only=self._has_enough()))
                if self._stop.is_set():
                    yield from self._farewell()
                    raise Stopped
                if broken := self._standing.broken:
                    yield from self._farewell(LAST_CALLS_SECONDS)
                    yield from self._sum_up()
                    raise broken.error()
            yield from self._sum_up()
            self._settlement.stop_if_nothing_was_a_message()
            self._settlement.stop_if_too_many_rejected()
        except RunStopped:
            yield from map(_log, self._settlement.progress(force=True))
            raise
        finally:
            self._wait_for_calls()

    def _step(self, event: Event | None) -> Iterator[Message]:
        self._is_silent = event is None
        match event:
            case Record():
                self._take_row(event)
            case State():
                self._settlement.add_state(event, self._rows_read)
            case Undecodable():
                self._source.release(event.size)
                yield from map(_log, self._settlement.line_unreadable(event.number, event.problem, event.size))
            case End():
                self._ended = True
                self._settlement.messages_skipped(event.stayed_behind)
            case Completed():
                self._sync.completed(event)
            case None:
                pass
        self._standing = self._sync.go_on(self._next_batch)
        left = yield from self._settle(self._standing.outcomes)
        yield from map(_log, self._settlement.progress())
        if left:
            self._settlement.stop_if_too_many_rejected()

    def _is_through(self) -> bool:
        return self._ended and not self._buffer and self._standing.now is Now.IDLE and self._settlement.is_complete

    def _patience(self) -> float:
        if not self._buffer or self._standing.now is Now.FULL:
            return 1.0
        eager = self._standing.now is Now.IDLE and len(self._buffer) >= EAGER_ROWS
        until = self._buffered_since + (EAGER_SECONDS if eager else FLUSH_SECONDS)
        return max(0.0, min(1.0, until - self._clock()))

    # --- rows --------------------------------------------------------------------------------------------------------

    def _take_row(self, record: Record) -> None:
        if record.stream not in self._positions:
            raise ProtocolError(f"Received a record for stream {record.stream}, which is not in the configured catalog.")
        self._positions[record.stream] += 1
        if not self._buffer:
            self._buffered_since = self._clock()
        row = Row(record.stream, self._positions[record.stream], self._rows_read, record.data, record.nulled, record.size)
        work = self._prepare(row)
        self._buffer.append(work)
        self._buffered_bytes += row.size
        self._companies.update(draft.keys[0] for draft in work.drafts if draft.keys)
        self._rows_read += 1
        self._settlement.row_read(work)

    def _has_enough(self) -> bool:
        """Whether a full batch waits for its turn, so more lines would only take memory."""
        return self._standing.now is Now.FULL and self._buffer_is_full()

    def _buffer_is_full(self) -> bool:
        rows, companies = len(self._buffer), len(self._companies)
        enough = BATCH_COMPANIES if self._has_begun else FIRST_BATCH_COMPANIES
        return rows >= self._batch_rows or companies >= enough or self._buffered_bytes >= BATCH_BYTES

    def _batch_is_ready(self, now: Now) -> bool:
        if not self._buffer:
            return False
        waited = self._clock() - self._buffered_since
        eager = self._is_silent and now is Now.IDLE and len(self._buffer) >= EAGER_ROWS and waited >= EAGER_SECONDS
        return self._buffer_is_full() or eager or waited >= FLUSH_SECONDS or self._ended or self._source.is_full

    def _next_batch(self, now: Now) -> list[Work] | None:
        """The whole buffer, which never holds more than one batch; None if it is not ready."""
        if not self._batch_is_ready(now):
            return None
        self._has_begun = True
        works, self._buffer = self._buffer, []
        self._buffered_bytes = 0
        self._companies = set()
        return works

    # --- outcomes and states -----------------------------------------------------------------------------------------

    def _settle(self, outcomes: Iterable[Outcome]) -> Generator[Message, None, bool]:
        """Whether a state left."""
        for outcome in outcomes:
            self._source.release(outcome.row.size)
            yield from map(_log, self._settlement.settle(outcome))
        cleared = self._settlement.cleared()
        for state, written, rejected in cleared:
            self._source.release(state.size)
            yield state_out(state, written, rejected)
        return bool(cleared)

    def _sum_up(self) -> Iterator[Message]:
        self._settlement.save_rejects()
        yield from map(_log, self._settlement.summary())

    # --- the end -----------------------------------------------------------------------------------------------------

    def _farewell(self, seconds: float = FAREWELL_SECONDS) -> Iterator[Message]:
        """Asked to stop: calls in flight are completed, what is settled is acknowledged, nothing new begins."""
        self._source.close()
        until = self._clock() + seconds
        while self._sync.under_way and (left := until - self._clock()) > 0:
            event = self._source.get(min(left, 1.0))
            if isinstance(event, Completed):
                self._sync.completed(event)
        yield from self._settle(self._sync.outcomes())
        yield from map(_log, self._settlement.progress(force=True))

    def _wait_for_calls(self) -> None:
        """However the run ends, calls in flight get time to end too, so that none is left half done."""
        self._stop.set()
        self._source.close()
        until = self._clock() + FAREWELL_SECONDS
        while self._sync.under_way and (left := until - self._clock()) > 0:
            if isinstance(self._source.get(min(left, 1.0)), Completed):
                self._sync.under_way -= 1


def _log(line: LogLine) -> Message:
    return log_message(line.level, line.text)
