"""Where rejected rows are kept, and when they are too many.

Formats them, writes them to a folder or an S3 bucket before the STATE leaves, and counts them.
Exports: `RejectFiles`, `open_storage`, `probe`, `Tolerance`.
"""

from __future__ import annotations

from destination_close.rejects.files import RejectFiles
from destination_close.rejects.format import values_left_out
from destination_close.rejects.storage import open_storage, probe
from destination_close.rejects.tolerance import Tolerance

__all__ = [
    "RejectFiles",
    "Tolerance",
    "open_storage",
    "probe",
    "values_left_out",
]
