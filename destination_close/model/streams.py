"""Which streams will arrive, and what is known about each before its first row?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class StreamKey(NamedTuple):
    """A stream's identity: the same name may occur in several namespaces."""

    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream of the configured catalog."""

    key: StreamKey
    properties: Mapping[str, Any] = field(default_factory=dict)
    """The columns by name, with their JSON schema."""

    destination_sync_mode: str = "append"
    """As given, so it may be unknown to us. None of them deletes anything in Close."""

    primary_key: tuple[tuple[str, ...], ...] = ()
    """Paths into the row; with data activation the chosen matching key."""

    destination_object_name: str | None = None
    """The object chosen on the mapping screen of data activation; None without it."""

    sync_id: int | None = None
    generation_id: int | None = None
    minimum_generation_id: int | None = None
