"""When may a state leave, and with which counts?

A state leaves when every row before it, of any stream, is settled. That is stricter than the protocol
asks for a STREAM state, and simpler: there is one order of rows and one order of states.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from destination_close.airbyte.protocol import State
from destination_close.model import ProtocolError, StreamKey


class Cleared(NamedTuple):
    """A state that may leave, with the counts of the rows that it covers."""

    state: State
    written: int
    rejected: int


@dataclass(slots=True)
class _Count:
    written: int = 0
    rejected: int = 0

    def add(self, other: _Count) -> None:
        self.written += other.written
        self.rejected += other.rejected


@dataclass(slots=True)
class _Stretch:
    """The rows between one state and the next, counted by stream."""

    counts: dict[StreamKey, _Count] = field(default_factory=dict)

    def count(self, stream: StreamKey, rejected: bool) -> None:
        count = self.counts.setdefault(stream, _Count())
        if rejected:
            count.rejected += 1
        else:
            count.written += 1


class StateQueue:
    """Holds states back until their rows are settled.

    Holds counters, not rows: its size grows with the states that wait and with the rows that were settled out of order.
    """

    def __init__(self) -> None:
        self._states: list[State] = []
        self._ends: list[int] = []
        """For each waiting state, how many rows came before it."""

        self._stretches: list[_Stretch] = [_Stretch()]
        """For each waiting state, the rows between its predecessor and it; the last entry is open, as no state has ended it yet."""

        self._settled_below = 0
        self._settled_above: set[int] = set()
        self._since_stream_state: dict[StreamKey, _Count] = {}
        self._since_global_state = _Count()

    @property
    def settled(self) -> int:
        """How many rows from the start of the run are settled without a gap."""
        return self._settled_below

    def __len__(self) -> int:
        """How many states wait."""
        return len(self._states)

    def add(self, state: State, rows_before: int) -> None:
        """A state came, after this many rows of the run."""
        self._states.append(state)
        self._ends.append(rows_before)
        self._stretches.append(_Stretch())

    def settle(self, stream: StreamKey, ordinal: int, rejected: bool) -> None:
        """The row at this position in the run has reached its one end."""
        self._pass(ordinal)
        self._stretches[bisect_right(self._ends, ordinal)].count(stream, rejected)

    def _pass(self, ordinal: int) -> None:
        if ordinal < self._settled_below or ordinal in self._settled_above:
            raise ProtocolError("A row was settled twice. This is a bug in the connector.", internal=f"row {ordinal}")
        self._settled_above.add(ordinal)
        while self._settled_below in self._settled_above:
            self._settled_above.remove(self._settled_below)
            self._settled_below += 1

    def ready(self) -> Iterator[Cleared]:
        """The states that may leave now, in the order they came; each is returned once."""
        while self._ends and self._ends[0] <= self._settled_below:
            del self._ends[0]
            state = self._states.pop(0)
            self._carry(self._stretches.pop(0))
            since = self._take(state)
            yield Cleared(state, since.written, since.rejected)

    def _carry(self, stretch: _Stretch) -> None:
        for stream, count in stretch.counts.items():
            self._since_stream_state.setdefault(stream, _Count()).add(count)
            self._since_global_state.add(count)

    def _take(self, state: State) -> _Count:
        """What a state reports: the rows of its stream, or of all streams, since the last state that reported them."""
        if state.stream is not None:
            return self._since_stream_state.pop(state.stream, _Count())
        taken, self._since_global_state = self._since_global_state, _Count()
        return taken
