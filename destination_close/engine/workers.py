"""Who makes the calls while one thread decides?"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Completed:
    """A call has ended: `result` is what it returned, or the exception it raised."""

    token: Any
    result: Any


class Workers(Protocol):
    """Something that runs functions and reports each as Completed."""

    def submit(self, token: Any, call: Callable[[], Any]) -> None:
        """Run the call some time soon; it is reported with its token."""

    def aside(self) -> AbstractContextManager[None]:
        """Entered by a call that is going to wait for long: meanwhile, another may be made in its place."""

    @property
    def standing_aside(self) -> int:
        """How many calls are currently waiting this way."""


class Threads:
    """Daemon threads, so that a call that hangs never keeps the process alive; started as needed."""

    def __init__(self, report: Callable[[Completed], None], most: int) -> None:
        self._report = report
        self._most = most
        self._calls: queue.SimpleQueue[tuple[Any, Callable[[], Any]]] = queue.SimpleQueue()
        self._threads = 0
        self._started = 0
        self._open = 0
        self._aside = 0
        self._lock = threading.Lock()

    def submit(self, token: Any, call: Callable[[], Any]) -> None:
        """Queue the call."""
        with self._lock:
            self._open += 1
            self._start_if_needed()
        self._calls.put((token, call))

    @contextmanager
    def aside(self) -> Iterator[None]:
        with self._lock:
            self._aside += 1
            self._start_if_needed()
        try:
            yield
        finally:
            with self._lock:
                self._aside -= 1

    @property
    def standing_aside(self) -> int:
        return self._aside

    def _start_if_needed(self) -> None:
        if self._open > self._threads and self._threads < self._most + self._aside:
            self._threads += 1
            threading.Thread(target=self._work, name=f"close-{self._started}", daemon=True).start()
            self._started += 1

    def _work(self) -> None:
        while True:
            token, call = self._calls.get()
            result = run(call)
            with self._lock:
                self._open -= 1
                if is_one_too_many := self._threads > self._most + self._aside:
                    self._threads -= 1
            self._report(Completed(token, result))
            if is_one_too_many:
                return


def run(call: Callable[[], Any]) -> Any:
    """What the call returns, or the exception it raises."""
    try:
        return call()
    except BaseException as exception:  # noqa: BLE001 - handed to the coordinating thread, which raises it
        return exception
