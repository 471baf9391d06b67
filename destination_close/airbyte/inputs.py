"""How do lines arrive: a reader thread, a bounded queue, ticks while nothing comes?

One coordinator waits on one queue, where the lines of stdin and the events of its own workers meet. Events go first
and are never held back; lines are read ahead only as much as memory allows.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from destination_close.airbyte.protocol import InputLine, Other, Record, State, Undecodable, decode
from destination_close.model import TransientError

MOST_BYTES = 8 * 1024 * 1024
MOST_WAITING = 2_000
"""Messages read and not taken yet: decoded, they take several times their bytes."""

_CHUNK_BYTES = 256 * 1024

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more will be read. This does not mean that the source was done: a cancelled sync ends the same way."""

    stayed_behind: int = field(default=0, compare=False)
    """How many messages came that asked nothing of us."""


Incoming = Record | State | Undecodable | End
"""What the coordinator receives from stdin. Lines that ask nothing of us are left out."""


class Readable(Protocol):
    """A raw byte stream: a read returns what is available, at most `size` bytes, and nothing at the end."""

    def read(self, size: int, /) -> bytes | None: ...


class Inputs(Generic[E]):
    """The lines of `stream`, read by a separate thread, and the events of others; one thread gets, and closes."""

    def __init__(self, stream: Readable, *, most_bytes: int = MOST_BYTES) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._bytes = 0
        self._events: deque[E] = deque()
        self._messages: deque[Incoming] = deque()
        self._failure: Exception | None = None
        self._closed = False
        self._changed = threading.Condition()
        # A daemon, because a read from a silent stdin cannot be interrupted.
        self._reader = threading.Thread(target=self._read, name="stdin", daemon=True)
        self._reader.start()

    def get(self, timeout: float, *, events_only: bool = False) -> Incoming | E | None:
        """The next event or message, or None after this many silent seconds. `End` comes once; only events come after it.

        `events_only`: messages wait; nothing but the next event will do.

        If stdin could not be read, that is raised here, once, after everything that could be read.
        """
        has_something = self._has_event if events_only else self._has_something
        if not has_something():  # the lock is for waiting: only this method takes anything out
            with self._changed:
                self._changed.wait_for(has_something, timeout)
        failure = self._failure  # checked first: by then, whatever was read before it is among the messages
        if self._events:
            return self._events.popleft()
        if events_only:
            return None
        if self._messages:
            return self._take_message()
        if failure:
            self._failure = None
            raise failure
        return None

    def _take_message(self) -> Incoming:
        message = self._messages.popleft()
        if len(self._messages) == MOST_WAITING // 2:
            with self._changed:
                self._changed.notify_all()
        return message

    def _has_event(self) -> bool:
        return bool(self._events)

    def _has_something(self) -> bool:
        return bool(self._events or self._messages or self._failure)

    def put(self, event: E) -> None:
        """Called by workers: an event for the coordinator, ahead of all lines."""
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def release(self, size: int) -> None:
        """Messages of this many bytes have been processed; there is room for more."""
        with self._changed:
            was_full = self.is_full
            self._bytes -= size
            if was_full:
                self._changed.notify_all()

    @property
    def is_full(self) -> bool:
        """True while the reader waits for room, so there is no point in waiting for a fuller batch."""
        return self._bytes >= self._most_bytes

    def close(self) -> None:
        """Stop reading: lines not taken yet are dropped, and only events follow."""
        with self._changed:
            self._closed = True
            self._messages.clear()
            self._failure = None
            self._changed.notify_all()

    # --- on the reader's thread --------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            number = stayed_behind = 0
            for lines in _chunks_of_lines(self._stream):
                decoded = [decode(line, number + place) for place, line in enumerate(lines, 1)]
                stayed_behind += sum(isinstance(line, Other) and line.is_message for line in decoded)
                self._hand_over(decoded)
                number += len(lines)
                if not self._wait_for_room():
                    return
        except OSError as failure:
            self._fail(TransientError("The input from Airbyte was cut off; run the sync again.", internal=type(failure).__name__))
        except Exception as failure:  # noqa: BLE001  whatever it is, the coordinator must hear of it, or it waits for ever
            self._fail(failure)
        else:
            self._hand_over([End(stayed_behind)])

    def _hand_over(self, lines: Iterable[InputLine | End]) -> None:
        """All lines of a chunk at once: taking the lock for each would cost more than reading it."""
        wanted = [line for line in lines if not isinstance(line, Other)]
        with self._changed:
            if self._closed:
                return
            self._messages.extend(wanted)
            self._bytes += sum(map(_held, wanted))
            self._changed.notify_all()

    def _wait_for_room(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self.is_full or len(self._messages) >= MOST_WAITING))
            return not self._closed

    def _fail(self, failure: Exception) -> None:
        with self._changed:
            self._failure = None if self._closed else failure
            self._changed.notify_all()


def _held(line: InputLine | End) -> int:
    """Bytes to be released by the consumer."""
    return 0 if isinstance(line, End) else line.size


def _chunks_of_lines(stream: Readable) -> Iterator[list[bytes]]:
    """The complete lines of each read; a last line without a line end counts too."""
    pieces: list[bytes] = []
    while (chunk := stream.read(_CHUNK_BYTES)) != b"":
        if chunk is None:
            raise BlockingIOError("a non-blocking stdin, whose silence would look like its end")
        first, *rest = chunk.split(b"\n")
        pieces.append(first)
        if rest:
            last = rest.pop()
            yield [b"".join(pieces), *rest]
            pieces = [last]
    if any(pieces):
        yield [b"".join(pieces)]
