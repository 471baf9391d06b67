"""How do messages that already exist reach a writer, without a thread that reads them?"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from destination_close.airbyte import End
from destination_close.airbyte.inputs import Incoming

E = TypeVar("E")


class IterableInputs(Generic[E]):
    """The same without a thread, over messages that already exist; a None among them is a silent moment."""

    def __init__(self, messages: Iterable[Incoming | None]) -> None:
        self._messages: Iterator[Incoming | None] = iter(messages)
        self._events: deque[E] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self.held = 0
        """Bytes given out and not released."""

    def get(self, timeout: float, *, events_only: bool = False) -> Incoming | E | None:
        """See `Inputs.get`."""
        with self._changed:
            if self._ended or events_only:
                self._changed.wait_for(lambda: bool(self._events), timeout)
            if self._events:
                return self._events.popleft()
        return None if self._ended or events_only else self._next()

    def _next(self) -> Incoming | None:
        message = next(self._messages, End())
        if isinstance(message, End):
            self._ended = True
        elif message is not None:
            self.held += 0 if isinstance(message, End) else message.size
        return message

    def put(self, event: E) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def release(self, size: int) -> None:
        self.held -= size

    @property
    def is_full(self) -> bool:
        return False

    def close(self) -> None:
        self._ended = True
