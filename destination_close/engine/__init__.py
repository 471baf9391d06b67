"""One run: from rows to outcomes.

Gathers rows into batches, looks up what is unknown, applies stages on worker threads, and settles every row.
Exports: `Writer`, `Sync`, `Threads`, `Watch`, `Witness`, `Explainer`, `Caller`, `LogLine`.
"""

from __future__ import annotations

from destination_close.engine.caller import Caller
from destination_close.engine.looking import Looking
from destination_close.engine.report import LogLine
from destination_close.engine.settlement import Settlement
from destination_close.engine.sync import Sync
from destination_close.engine.watch import Watch
from destination_close.engine.witness import Explainer, Witness, Witnesses, is_on_paper
from destination_close.engine.workers import Completed, Threads, Workers
from destination_close.engine.writer import BATCH_ROWS, Source, Writer

__all__ = [
    "BATCH_ROWS",
    "Caller",
    "Completed",
    "Explainer",
    "LogLine",
    "Looking",
    "Settlement",
    "Source",
    "Sync",
    "Threads",
    "Watch",
    "Witness",
    "Witnesses",
    "Workers",
    "Writer",
    "is_on_paper",
]
