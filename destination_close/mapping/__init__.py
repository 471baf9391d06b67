"""From a row to what it wants Close to hold. Pure.

Compiles the mappings of a stream once, then turns each row into drafts, rejections, or nothing.
Exports: `Mapper`, `prepare`, `compile_streams`, `operations`, `problems_of`.
"""

from __future__ import annotations

from destination_close.mapping.activation import compile_streams, intentions
from destination_close.mapping.compiler import id_field_problems, problems_of
from destination_close.mapping.discovery import operations
from destination_close.mapping.doubts import doubts_of
from destination_close.mapping.held import Sightings, hold
from destination_close.mapping.mapper import Mapper, prepare

__all__ = [
    "Mapper",
    "Sightings",
    "compile_streams",
    "doubts_of",
    "hold",
    "id_field_problems",
    "intentions",
    "operations",
    "prepare",
    "problems_of",
]
