"""How do we speak to Airbyte: lines in, lines out, STATE kept whole?

The CDK's own models are not used here: they drop the `id` that the platform adds to a STATE and then misses, they have no
rejected counts, and they refuse values that they do not know.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from typing import Any, Literal, Protocol

import orjson

from destination_close.model import FailureType, StreamKey, value_class

Message = dict[str, Any]
"""One outgoing message, as it will appear on its line."""

Level = Literal["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"]

# --- lines in --------------------------------------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class Record:
    stream: StreamKey
    data: dict[str, Any]
    nulled: frozenset[str] = frozenset()
    """Columns whose null is damage (`meta.changes` NULLED), not data."""

    size: int = 0
    """See `weight`."""


@dataclass(frozen=True, slots=True)
class State:
    raw: dict[str, Any]
    """The inner `state` object as it came, with `id`, `sourceStats` and all unknown keys."""

    kind: Literal["STREAM", "GLOBAL", "LEGACY"]
    """LEGACY stands for every state whose scope we cannot read; like GLOBAL, it covers all rows before it."""

    stream: StreamKey | None = None
    """Only for a STREAM state."""

    size: int = 0
    """See `weight`."""


@dataclass(frozen=True, slots=True)
class Other:
    """A line that asks nothing of us: LOG, TRACE, CONTROL, an empty line, or a type not invented yet."""

    size: int = 0
    """Bytes of its line."""

    is_message: bool = True
    """False: an empty line."""


Problem = Literal["not JSON", "not a message", "a RECORD without a stream or data", "a STATE without a state"]


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A line that cannot be used. It may have been a row, so it is reported, but never shown: it may contain anything."""

    problem: Problem
    size: int = 0
    """Bytes of its line."""

    number: int = 0
    """Which line of the input it was, from 1."""


InputLine = Record | State | Other | Undecodable


def decode(line: bytes, number: int = 0) -> InputLine:
    """Read one line of input, the `number`-th; never raises."""
    try:
        return _decoded(line, number)
    except (ValueError, RecursionError):
        return Undecodable("not JSON", len(line), number)


def _decoded(line: bytes, number: int) -> InputLine:
    size = len(line)
    if not line.strip():
        return Other(size, is_message=False)
    message = _parse(line)
    if not isinstance(message, dict):
        return Undecodable("not a message", size, number)
    kind = message.get("type")
    if kind == "RECORD":
        return _record(message, line) or Undecodable("a RECORD without a stream or data", size, number)
    if kind == "STATE":
        return _state(line) or Undecodable("a STATE without a state", size, number)
    return Other(size) if _is_envelope(message, kind) else Undecodable("not a message", size, number)


_TYPE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


def _is_envelope(message: Message, kind: Any) -> bool:
    """Whether it is a message of some type, also one not invented yet, and not a row that has a column `type`: a message holds
    objects, one of them named after the type; a row holds values."""
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        return False
    return isinstance(message.get(kind.lower()), dict) or all(
        value is None or isinstance(value, (dict, list)) for key, value in message.items() if key != "type"
    )


_NESTED_BYTES = 150


def weight(line: bytes) -> int:
    """The approximate size of the decoded line in bytes: each list or object in it takes more than its text."""
    return len(line) + _NESTED_BYTES * (line.count(b"{") + line.count(b"["))


def _parse(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        # orjson refuses NaN, numbers beyond a double and lone surrogates; Python's own reader accepts them
        return json.loads(line)


def _record(message: Message, line: bytes) -> Record | None:
    record = message.get("record")
    if not isinstance(record, dict):
        return None
    data = record.get("data")
    if not isinstance(data, dict):
        return None
    stream = _stream_key(record.get("stream"), record.get("namespace"))
    if stream is None:
        return None
    if not _PLAIN.issuperset(map(type, data.values())) and _digits_may_be_lost(data.values()):
        data = json.loads(line)["record"]["data"]
    meta = record.get("meta")
    return Record(stream, data, _nulled(meta) if meta else frozenset(), weight(line))


_PLAIN = frozenset({str, int, bool, type(None)})
_WIDE = float(2**63)


def _digits_may_be_lost(values: Iterable[Any]) -> bool:
    """True if a number is as large as the integers that orjson silently turns into floats: two ids would become one."""
    for value in values:
        kind = type(value)
        if kind is float:
            if not -_WIDE < value < _WIDE:
                return True
        elif kind is dict:
            if _digits_may_be_lost(value.values()):
                return True
        elif kind is list and _digits_may_be_lost(value):
            return True
    return False


def _nulled(meta: Any) -> frozenset[str]:
    changes = meta.get("changes") if isinstance(meta, dict) else None
    if not isinstance(changes, list):
        return frozenset()
    return frozenset(
        change["field"]
        for change in changes
        if isinstance(change, dict) and change.get("change") == "NULLED" and isinstance(change.get("field"), str)
    )


def _state(line: bytes) -> State | None:
    # Read again by the reader that keeps every integer whole: a cursor must go out exactly as it came in.
    raw = json.loads(line).get("state")
    if not isinstance(raw, dict):
        return None
    kind = raw.get("type")
    stream = _described(raw.get("stream"))
    if stream is not None and kind in ("STREAM", None):
        return State(raw, "STREAM", stream, weight(line))
    return State(raw, "GLOBAL" if kind == "GLOBAL" else "LEGACY", None, weight(line))


def _described(stream_state: Any) -> StreamKey | None:
    descriptor = stream_state.get("stream_descriptor") if isinstance(stream_state, dict) else None
    return _stream_key(descriptor.get("name"), descriptor.get("namespace")) if isinstance(descriptor, dict) else None


def _stream_key(name: Any, namespace: Any) -> StreamKey | None:
    if not isinstance(name, str) or not name:
        return None
    return _the_stream(namespace if isinstance(namespace, str) and namespace else None, name)


_the_stream = lru_cache(maxsize=1024)(StreamKey)


# --- lines out -------------------------------------------------------------------------------------------------------


def log_message(level: Level, message: str) -> Message:
    return {"type": "LOG", "log": {"level": level, "message": message}}


def state_out(state: State, written: int, rejected: int) -> Message:
    """The state as it came, with the counts since the last one of its scope; the platform expects them as doubles."""
    stats = {"recordCount": float(written), "rejectedRecordCount": float(rejected)}
    return {"type": "STATE", "state": {**state.raw, "destinationStats": stats}}


def trace_error(
    message: str,
    failure_type: FailureType,
    *,
    emitted_at: int,
    internal: str | None = None,
    stack_trace: str | None = None,
    stream: StreamKey | None = None,
) -> Message:
    """Why the run ends, for the user (`message`) and for debugging; `emitted_at` in milliseconds."""
    error: Message = {"message": message, "failure_type": failure_type}
    if internal:
        error["internal_message"] = internal
    if stack_trace:
        error["stack_trace"] = stack_trace
    if stream:
        error["stream_descriptor"] = {"name": stream.name, "namespace": stream.namespace}
    return {"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": emitted_at, "error": error}}


def connection_status(succeeded: bool, message: str | None = None) -> Message:
    status: Message = {"status": "SUCCEEDED" if succeeded else "FAILED"}
    if message:
        status["message"] = message
    return {"type": "CONNECTION_STATUS", "connectionStatus": status}


def destination_catalog(operations: Iterable[Mapping[str, Any]]) -> Message:
    """What may be done with which object; the CDK's envelope has no place for it."""
    return {"type": "DESTINATION_CATALOG", "destination_catalog": {"operations": list(operations)}}


Mask = Callable[[str], str]
"""Replaces what must never be printed."""

_WORDED_BY_US = ("LOG", "TRACE", "CONNECTION_STATUS")
_TEXTS = ("message", "internal_message", "stack_trace")
"""What is masked, and in which messages: the others carry data that must be returned unchanged."""


def encode(message: Message, mask: Mask) -> bytes:
    """One line without its line end. Plain ASCII, so that a lone surrogate that came in also gets out."""
    shown = _masked(message, mask) if message.get("type") in _WORDED_BY_US else message
    return json.dumps(shown, separators=(",", ":")).encode("ascii")


def _masked(message: Message, mask: Mask) -> Message:
    return {key: _masked_value(key, value, mask) for key, value in message.items()}


def _masked_value(key: str, value: Any, mask: Mask) -> Any:
    if isinstance(value, dict):
        return _masked(value, mask)
    return mask(value) if key in _TEXTS and isinstance(value, str) else value


_SLOW_READER_SECONDS = 0.02


class Printer:
    """Prints whole lines, immediately, from any thread; if nobody reads any more, raises BrokenPipeError."""

    def __init__(self, stream: Writable, mask: Mask = str) -> None:
        self._stream = stream
        self._mask = mask
        self._lock = threading.Lock()

    def print(self, message: Message | bytes) -> None:
        line = message if isinstance(message, bytes) else encode(message, self._mask)
        rest = memoryview(line + b"\n")
        with self._lock:
            while rest:
                written = self._stream.write(rest)
                if written is None:  # a non-blocking stdout whose reader is slow
                    time.sleep(_SLOW_READER_SECONDS)
                else:
                    rest = rest[written:]


class Writable(Protocol):
    """A raw byte stream: returns how much was written, and keeps nothing back."""

    def write(self, content: memoryview, /) -> int | None: ...


def stdout() -> FileIO:
    """Without a buffer, so that nothing is late and nothing is left to fail at the end of the process."""
    return FileIO(sys.stdout.fileno(), "w", closefd=False)


def stdin() -> FileIO:
    """Without a buffer: its lock, held by a waiting reader, would abort the process at its end."""
    return FileIO(sys.stdin.fileno(), closefd=False)
