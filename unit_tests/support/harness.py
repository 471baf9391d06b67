"""How does a test run the whole connector, with time, threads and the network in its hands?

Everything is real but three things: the network is the sandbox behind requests' adapter seam, the clock moves only when
something waits, and calls that would be under way side by side are made one at a time, in an order that `choose` picks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from destination_close import assembly
from destination_close.airbyte import End, Record, State
from destination_close.assembly import Surroundings
from destination_close.engine import Completed, workers
from destination_close.mapping.naming import settings_of
from destination_close.model import StreamInfo, StreamKey
from destination_close.plan import Plan
from destination_close.settings import config
from integration_tests.close_sandbox.adapter import SandboxAdapter
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox

Choose = Callable[[int], int]
"""Picks one of so many possibilities."""


def first(_: int) -> int:
    """Always the first: everything in the order in which it was begun."""
    return 0


@dataclass
class PlayedSource:
    """Input lines and calls under way; each `get` is one step of the run, of those that are possible."""

    messages: list[Record | State]
    choose: Choose
    clock: FakeClock
    seconds_per_call: float = 0.05
    calls: list[tuple[Any, Callable[[], Any]]] = field(default_factory=list)
    released: int = 0
    _given: int = 0
    _ended: bool = False

    # as workers

    def submit(self, token: Any, call: Callable[[], Any]) -> None:
        self.calls.append((token, call))

    def aside(self) -> AbstractContextManager[None]:
        return nullcontext()

    standing_aside = 0

    # as source

    def get(self, timeout: float, *, events_only: bool = False) -> Record | State | End | Completed | None:
        possible = len(self.calls) + (not self._ended and not events_only)
        if not possible:
            self.clock.advance(max(timeout, 0.01))
            return None
        picked = self.choose(possible)
        if picked == len(self.calls):
            return self._next_message()
        token, call = self.calls.pop(picked)
        self.clock.advance(self.seconds_per_call)
        return Completed(token, workers.run(call))

    def _next_message(self) -> Record | State | End:
        if self._given < len(self.messages):
            self._given += 1
            return self.messages[self._given - 1]
        self._ended = True
        return End()

    def put(self, event: Completed) -> None:
        raise AssertionError("calls are reported by get")

    def release(self, size: int) -> None:
        self.released += size

    def close(self) -> None:
        self._ended = True

    @property
    def is_full(self) -> bool:
        return False


def record(stream: str, data: Mapping[str, Any], nulled: Iterable[str] = (), namespace: str | None = None) -> Record:
    """One record as it is decoded."""
    return Record(StreamKey(namespace, stream), dict(data), frozenset(nulled), 100)


def state(stream: str, number: int) -> State:
    """One state of a stream, with the platform's id."""
    raw = {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"n": number}}, "id": number}
    return State(raw, "STREAM", StreamKey(None, stream), 50)


@dataclass
class Ran:
    """What a run said."""

    messages: list[dict[str, Any]]
    failure: Exception | None = None

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["state"] for message in self.messages if message["type"] == "STATE"]

    @property
    def logs(self) -> list[str]:
        return [message["log"]["message"] for message in self.messages if message["type"] == "LOG"]

    def summary_of(self, stream: str) -> str:
        """The summary line of a stream."""
        return next(text for text in self.logs if text.startswith(f"Stream {stream}: "))


def run(
    sandbox: Sandbox,
    clock: FakeClock,
    settings: Mapping[str, Any],
    messages: Sequence[Record | State],
    *,
    choose: Choose = first,
    batch_rows: int = 1000,
    seconds_per_call: float = 0.05,
    stop: threading.Event | None = None,
    describe: Callable[[StreamInfo], StreamInfo] = lambda info: info,
    hear: Callable[[dict[str, Any]], object] = lambda _: None,
    plan: Plan | None = None,
    explain: bool = False,
) -> Ran:
    """One `write` from settings to the last message. What ends it early is kept in `failure`.

    The configured catalog has the columns of the records and those that the mappings name; `describe` says what else stands
    in it. `hear` gets each message as it
    comes out, with the run standing still.
    """
    source = PlayedSource(list(messages), choose, clock, seconds_per_call)
    around = Surroundings(
        stop or threading.Event(),
        clock=clock,
        wall=clock,
        sleep=clock.sleep,
        adapter=SandboxAdapter(sandbox),
        make_workers=lambda _: source,
        batch_rows=batch_rows,
        explain=explain,
    )
    keys = dict.fromkeys(message.stream for message in messages if message.stream)
    columns: dict[StreamKey, dict[str, Any]] = {key: {} for key in keys}
    for message in messages:
        if isinstance(message, Record):
            columns[message.stream].update({key: {} for key in message.data})
    streams = [describe(StreamInfo(key, columns[key])) for key in keys]
    streams = [_with_what_mappings_name(info, settings) if info.properties is columns[info.key] else info for info in streams]
    ran = Ran([])
    try:
        for message in assembly.write(config.parse_config(settings), streams, lambda: source, around, plan):
            ran.messages.append(message)
            hear(message)
    except Exception as failure:  # noqa: BLE001 - the test says what it expects
        ran.failure = failure
    return ran


def _with_what_mappings_name(info: StreamInfo, settings: Mapping[str, Any]) -> StreamInfo:
    """As a source describes its stream: with all its columns, also those that no row of a test happens to have."""
    if info.destination_object_name is not None:
        return info
    mappings = [mapping for mapping in config.read_config(settings)[0].mappings if mapping.stream == info.key.name]
    places = [place for mapping in mappings for setting in settings_of(mapping) for place in setting.places]
    return replace(info, properties={**{place.steps[0].partition(".")[0]: {} for place in places}, **info.properties})


__all__ = ["PlayedSource", "Ran", "first", "record", "run", "state"]
