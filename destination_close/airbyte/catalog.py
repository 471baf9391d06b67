"""Which streams will arrive, and how does each want to be written? (pure)

Reads the configured catalog as raw JSON. The CDK's reader refuses a stream without `supported_sync_modes` and
every value it does not know; a sync should not fail over something that nobody here looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_close.model import ConfigError, StreamInfo, StreamKey


def parse_catalog(raw: Any) -> tuple[StreamInfo, ...]:
    """The streams of a configured catalog; raises ConfigError if they cannot be read."""
    streams = raw.get("streams") if isinstance(raw, dict) else None
    if not isinstance(streams, list):
        raise ConfigError('The configured catalog has no list of streams; it must be like {"streams": [{"stream": {"name": "users"}}]}.')
    return tuple(_stream(configured, number) for number, configured in enumerate(streams, 1))


def _stream(configured: Any, number: int) -> StreamInfo:
    stream = configured.get("stream") if isinstance(configured, dict) else None
    name = stream.get("name") if isinstance(stream, dict) else None
    if not isinstance(stream, dict) or not isinstance(name, str) or not name:
        bare = isinstance(configured, dict) and "stream" not in configured and isinstance(configured.get("name"), str)
        hint = '; this is a catalog as a source\'s discover gives it: put each stream into {"stream": ...}' if bare else ""
        raise ConfigError(f"Stream {number} of the configured catalog has no name{hint}.")
    return StreamInfo(
        key=StreamKey(_text(stream.get("namespace")), name),
        properties=_properties(stream.get("json_schema")),
        destination_sync_mode=_text(configured.get("destination_sync_mode")) or "append",
        primary_key=_paths(configured.get("primary_key")),
        destination_object_name=_text(configured.get("destination_object_name")),
        sync_id=_integer(configured.get("sync_id")),
        generation_id=_integer(configured.get("generation_id")),
        minimum_generation_id=_integer(configured.get("minimum_generation_id")),
    )


def _properties(json_schema: Any) -> Mapping[str, Any]:
    properties = json_schema.get("properties") if isinstance(json_schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def _paths(primary_key: Any) -> tuple[tuple[str, ...], ...]:
    paths = primary_key if isinstance(primary_key, list) else []
    return tuple(tuple(map(str, path)) for path in paths if isinstance(path, list) and path)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
