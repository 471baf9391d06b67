"""Which mappings handle the rows of a stream? (pure)"""

from __future__ import annotations

from collections.abc import Iterable

from destination_close.config import COLUMNS, PHONE_REGION, Config, CustomColumn, StreamMapping
from destination_close.model import StreamKey

LEAD_PREFIX = "lead_custom."
CONTACT_PREFIX = "contact_custom."


def mappings_of(config: Config, stream: StreamKey, columns: Iterable[str]) -> tuple[StreamMapping, ...]:
    """The mappings that name the stream, in order; without any, the one that the stream's own column names make."""
    named = tuple(m for m in config.mappings if m.stream == stream.name and m.namespace in (None, stream.namespace))
    return named or (mapping_of_itself(stream, columns),)


def mapping_of_itself(stream: StreamKey, columns: Iterable[str]) -> StreamMapping:
    """Columns named as our fields mean those fields; `lead_custom.X` and `contact_custom.X` mean the custom field X."""
    present = tuple(columns)
    return StreamMapping(
        stream=stream.name,
        namespace=stream.namespace,
        columns={field: field for field in (*COLUMNS, PHONE_REGION) if field in present},
        lead_custom_fields=_custom(present, LEAD_PREFIX),
        contact_custom_fields=_custom(present, CONTACT_PREFIX),
        implicit=True,
        place=f'stream "{stream}"',
    )


def _custom(columns: tuple[str, ...], prefix: str) -> tuple[CustomColumn, ...]:
    return tuple(CustomColumn(c.removeprefix(prefix), c) for c in columns if c.startswith(prefix) and c != prefix)
