"""When may a call to Close go out, and may it be sent again?

Reads limits from the headers of answers, learns which calls share one, and holds back what would go beyond.
Exports: `Pacer`, `PacerStats`, `after`, `backoff`, `endpoint_of`.
"""

from __future__ import annotations

from destination_close.pacing.limits import endpoint_of
from destination_close.pacing.pacer import Pacer, PacerStats
from destination_close.pacing.retries import Action, after, backoff

__all__ = [
    "Action",
    "Pacer",
    "PacerStats",
    "after",
    "backoff",
    "endpoint_of",
]
