"""Which calls were made, and how many of each?"""

from __future__ import annotations

from collections import Counter, deque

from integration_tests.close_sandbox.wire import Call


class CallLog:
    """The latest calls, and counts of all."""

    def __init__(self, keep: int | None) -> None:
        self.calls: deque[Call] = deque(maxlen=keep)
        self.by_endpoint: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()
        self._number = 0

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def add(self, call: Call) -> None:
        self.calls.append(call)
        self.by_endpoint[call.endpoint] += 1
        self.by_status[call.status] += 1

    def forget(self) -> None:
        """Numbers go on."""
        self.calls.clear()
        self.by_endpoint.clear()
        self.by_status.clear()
