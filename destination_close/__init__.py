"""Upserts records of any Airbyte source into Close as Leads and Contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from destination_close.destination import DestinationClose

__all__ = ["DestinationClose"]


def __getattr__(name: str) -> Any:
    """Imports the connector only when asked for: the CDK takes a second to import, and `spec` need not wait for it."""
    if name == "DestinationClose":
        from destination_close.destination import DestinationClose

        return DestinationClose
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
