"""What follows when a row has ended, and when may a state leave?

An outcome is explained, counted, reported, and, if the row was rejected or lost a value, kept; then the states behind it may leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from destination_close.airbyte import Cleared, State, StateQueue
from destination_close.engine.report import LogLine, Report
from destination_close.engine.witness import Witness
from destination_close.model import ConfigError, Kind, Outcome, Work
from destination_close.pacing import PacerStats
from destination_close.rejects import RejectFiles, Tolerance, values_left_out

EXPECTED_LINE = (
    'Each line must be one JSON object like {"type": "RECORD", "record": {"stream": "users", "data": {"email": "..."}, "emitted_at": 0}}, '
    "in UTF-8; a row by itself is not enough."
)


class Settlement:
    """Of one run. `clock` is monotonic seconds; `stats` and `silent_seconds` describe the calls to Close so far."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        stats: Callable[[], PacerStats],
        silent_seconds: Callable[[], float],
        tolerance: Tolerance,
        rejects: RejectFiles | None = None,
        witness: Witness | None = None,
        reported_as: Callable[[Outcome], Outcome] | None = None,
    ) -> None:
        """`reported_as` turns the outcome of a row into the outcome that is reported."""
        self._clock = clock
        self._stats = stats
        self._silent_seconds = silent_seconds
        self._tolerance = tolerance
        self._rejects = rejects
        self._witness = witness
        self._reported_as = reported_as
        self._report = Report(clock())
        self._states = StateQueue()
        self._messages = 0
        """Lines of input that were messages."""

    @property
    def is_complete(self) -> bool:
        """Whether no state is waiting."""
        return not self._states

    # --- input -------------------------------------------------------------------------------------------------------

    def row_read(self, work: Work) -> None:
        """A record has come in."""
        self._report.row_read(work.row.stream)
        self._messages += 1
        for draft in work.drafts:
            self._report.drafted(draft)

    def line_unreadable(self, number: int, problem: str, size: int) -> Iterator[LogLine]:
        """A line of input was not a message; `number` counts lines from 1."""
        yield from self._report.line_unreadable(number, problem, size)

    def messages_skipped(self, count: int) -> None:
        """Messages came that ask nothing of a destination."""
        self._messages += count

    def add_state(self, state: State, rows_before: int) -> None:
        """The state waits until that many rows have ended."""
        self._states.add(state, rows_before)
        self._messages += 1

    # --- outcomes ----------------------------------------------------------------------------------------------------

    def settle(self, ended: Outcome) -> Iterator[LogLine]:
        """A row has ended; what the log says about it."""
        if self._witness:
            yield from self._witness.ended(ended)
        outcome = self._reported_as(ended) if self._reported_as else ended
        is_rejected = outcome.kind is Kind.REJECTED
        self._states.settle(outcome.row.stream, outcome.row.ordinal, is_rejected)
        self._tolerance.count(outcome)
        if self._rejects and (is_rejected or (outcome.remarks and values_left_out(outcome))):
            self._rejects.add(outcome)
        yield from self._report.outcome(outcome)

    def cleared(self) -> list[Cleared]:
        """The states that may leave now, each with the rows written and rejected; rejected rows are in their files by then."""
        cleared = list(self._states.ready())
        if cleared:
            self.save_rejects()
        return cleared

    def save_rejects(self) -> None:
        """Before a state says that rows are dealt with, the rejected ones are where the user finds them."""
        if self._rejects:
            self._rejects.flush()

    def stop_if_too_many_rejected(self) -> None:
        """Raises ConfigError when the share that the user accepts is reached."""
        if self._tolerance.is_reached:
            raise ConfigError(self._tolerance.message(self._rejects.where if self._rejects else None))

    def stop_if_nothing_was_a_message(self) -> None:
        """Raises ConfigError if there was input but no message in it: a run that says that all is well would hide it."""
        if (lines := self._report.unreadable) and not self._messages:
            of_all = "The only line of the input is not an Airbyte message"
            if lines > 1:
                of_all = f"None of the {lines:,} lines is an Airbyte message"
            raise ConfigError(f"{of_all}. {EXPECTED_LINE}")

    # --- the log -----------------------------------------------------------------------------------------------------

    def progress(self, *, force: bool = False) -> Iterator[LogLine]:
        """A line from time to time, and a warning while Close is silent."""
        yield from self._report.progress(self._clock(), self._stats(), force=force)
        if not force:
            yield from self._report.silence(self._clock(), self._silent_seconds())

    def summary(self) -> Iterator[LogLine]:
        """What became of the rows of each stream, and where rejected ones are."""
        yield from self._report.summary(self._clock(), self._stats())
        if self._rejects and self._rejects.where:
            yield LogLine("WARN", f"Rejected rows, and rows that lost a value, are in {self._rejects.where}.")
