"""What went wrong, grouped by what happens next?

    DestinationError
    ├── RunStopped            the run ends with exit 1 and one TRACE message
    │   ├── ConfigError       the user must change something     failure_type config_error
    │   ├── TransientError    try the same run again later       failure_type transient_error
    │   └── ProtocolError     a bug, ours or a neighbour's       failure_type system_error
    └── CloseAnswer           Close answered a call in a way that its caller must decide about
        ├── Refused           400, 413, or a 403 that names a field: the row at fault is rejected
        ├── Gone              404: the object was deleted or merged away
        ├── SearchTooBig      400, 413 or 5xx to a search: ask with fewer clauses
        └── Unanswered        a create that may or may not have been carried out

No message holds an API key, a field value, an e-mail or a name: they end in logs that many people read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FailureType = Literal["config_error", "transient_error", "system_error"]


class DestinationError(Exception):
    """Base of everything this connector raises on purpose."""


class RunStopped(DestinationError):
    """The run cannot go on; `message` tells the user what to do, `internal` is for debugging."""

    failure_type: FailureType = "system_error"

    def __init__(self, message: str, *, internal: str | None = None, stream: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.internal = internal
        self.stream = stream


class ConfigError(RunStopped):
    """Only the user can fix it: settings, permissions, plan. Airbyte does not retry it."""

    failure_type: FailureType = "config_error"


class TransientError(RunStopped):
    """Close was unavailable for longer than we wait; the same run may well succeed later."""

    failure_type: FailureType = "transient_error"


class ProtocolError(RunStopped):
    """Something that the protocol rules out, or a bug of ours."""

    failure_type: FailureType = "system_error"


class CloseAnswer(DestinationError):
    """Close answered, and the caller must decide what follows."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that Close says is wrong."""

    path: tuple[str, ...]
    """Where, as keys into the body sent: `("contacts", "0", "custom.cf_x")`; empty when Close named no field."""

    message: str
    """Close's own words; they may echo values, so they never go to a log."""


class Refused(CloseAnswer):
    """Close looked at the body and refused it; repeating it is useless.

    `status` is the HTTP status (400, 403 or 413), `complaints` never empty.
    """

    def __init__(self, status: int, complaints: Sequence[Complaint]) -> None:
        fields = ", ".join(sorted({".".join(c.path) or "(no field named)" for c in complaints}))
        super().__init__(f"Close refused the write (HTTP {status}): {fields}")
        self.status = status
        self.complaints = tuple(complaints)


class Gone(CloseAnswer):
    """The object with this id does not exist (any more)."""

    def __init__(self, object_id: str) -> None:
        super().__init__(f"{object_id} does not exist in Close")
        self.object_id = object_id


class SearchTooBig(CloseAnswer):
    """Close did not accept the search as it was; `status` is its HTTP status (400, 413 or 5xx)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Close did not answer the search (HTTP {status})")
        self.status = status


class Unanswered(CloseAnswer):
    """The outcome of a create is unknown; look for the object before sending it again."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"no answer to a create ({detail})")
        self.detail = detail


class Stopping(DestinationError):
    """The run was asked to stop; threads waiting in here are released."""
