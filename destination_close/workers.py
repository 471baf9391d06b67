"""Who makes the calls while one thread decides?"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
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


class Threads:
    """Daemon threads, so that a call that hangs never keeps the process alive; started as they are needed."""

    def __init__(self, report: Callable[[Completed], None], most: int) -> None:
        self._report = report
        self._most = most
        self._calls: queue.SimpleQueue[tuple[Any, Callable[[], Any]]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._open = 0
        self._lock = threading.Lock()

    def submit(self, token: Any, call: Callable[[], Any]) -> None:
        """Queue the call."""
        with self._lock:
            self._open += 1
            if self._open > len(self._threads) and len(self._threads) < self._most:
                thread = threading.Thread(target=self._work, name=f"close-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._calls.put((token, call))

    def _work(self) -> None:
        while True:
            token, call = self._calls.get()
            result = run(call)
            with self._lock:
                self._open -= 1
            self._report(Completed(token, result))


class AtOnce:
    """Runs each call where it is submitted: one thread, one order, for tests and dry thinking."""

    def __init__(self, report: Callable[[Completed], None]) -> None:
        self._report = report

    def submit(self, token: Any, call: Callable[[], Any]) -> None:
        """Run the call now; its report waits in the queue of events."""
        self._report(Completed(token, run(call)))


def run(call: Callable[[], Any]) -> Any:
    """What the call returns, or the exception it raises."""
    try:
        return call()
    except BaseException as exception:  # noqa: BLE001 - handed to the coordinating thread, which raises it
        return exception
