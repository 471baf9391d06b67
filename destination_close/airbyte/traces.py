"""What does Airbyte receive when a run ends with an exception? (pure)"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator

from destination_close.airbyte import protocol
from destination_close.model import RunStopped, StreamKey


def trace_of(failure: Exception, *, emitted_at: int, streams: Iterable[StreamKey] = ()) -> protocol.Message:
    """The TRACE for a failure; `streams` are those that it may name."""
    if isinstance(failure, RunStopped):
        return protocol.trace_error(
            failure.message,
            failure.failure_type,
            emitted_at=emitted_at,
            internal=failure.internal,
            stack_trace=stack_of(failure),
            stream=next((key for key in streams if str(key) == failure.stream), None),
        )
    return protocol.trace_error(
        "An unexpected error occurred in the connector. Please report it with the stack trace of this message.",
        "system_error",
        emitted_at=emitted_at,
        internal=type(failure).__name__,
        stack_trace=stack_of(failure),
    )


def stack_of(failure: BaseException) -> str:
    """Where it happened, with the types of the exceptions but not their texts, which may quote values."""
    return "\nThe above led to:\n".join(reversed(list(_stacks(failure))))


def _stacks(failure: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    link: BaseException | None = failure
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield "".join(traceback.format_tb(link.__traceback__)) + type(link).__name__
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
