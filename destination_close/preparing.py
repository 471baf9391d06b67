"""What do all the mappings of its stream make of a row? (pure)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from destination_close.blanks import Placeholders, is_blank
from destination_close.columns import truthy
from destination_close.mapping import Filtered, Mapper
from destination_close.matching import Reads
from destination_close.model import Draft, Reason, Rejection, Row, StreamKey, Work
from destination_close.shapes import IdFields

DELETED_AT = "_ab_cdc_deleted_at"
"""Filled by Airbyte's change data capture where a row tells that it was deleted."""

_NOTHING = Placeholders()


def prepare(row: Row, mappers: Sequence[Mapper]) -> Work:
    """The row with its drafts, in the order of the mappings, and what could not be drafted."""
    if is_deleted(row):
        return Work(row, skipped=(Reason.DELETED_AT_SOURCE,))
    if len(mappers) == 1 and isinstance(only := mappers[0].draft(row), Draft):
        return Work(row, (only,))
    drafts: list[Draft] = []
    rejections: list[Rejection] = []
    skipped: list[Reason] = []
    for mapper in mappers:
        match mapper.draft(row):
            case Draft() as draft:
                drafts.append(draft)
            case Rejection() as rejection:
                rejections.append(rejection)
            case Filtered():
                skipped.append(Reason.FILTERED)
    return Work(row, tuple(drafts), tuple(rejections), tuple(skipped))


def is_deleted(row: Row) -> bool:
    """Whether the row is gone at the source, so that writing it would bring it back. A date lost on the way was one."""
    marker = row.data.get(DELETED_AT)
    return (marker is not None and _is_marked(marker)) or DELETED_AT in row.nulled


def _is_marked(marker: Any) -> bool:
    """Not by a blank, nor by what programs write for nothing: a table that came by way of CSV has text where it had null."""
    return truthy(marker) and not is_blank(marker) and not _NOTHING.has(marker)


def reads_of(mappers: Mapping[StreamKey, Sequence[Mapper]], ids: IdFields) -> Reads:
    """What look-ups must bring: the fields that any mapping fills, and those that a new lead or contact has in any case."""
    each = [mapper for those in mappers.values() for mapper in those]
    lead = dict.fromkeys(("name", "status_id", *(key for mapper in each for key in mapper.steps.lead.keys)))
    contact = dict.fromkeys(("name", *(key for mapper in each for key in mapper.steps.contact.keys)))
    return Reads(replace(ids, lead_fields=frozenset(lead), contact_fields=frozenset(contact)), tuple(lead), tuple(contact))
