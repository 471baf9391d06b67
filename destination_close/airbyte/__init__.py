"""Airbyte's side: the lines that come in and go out.

Decodes and encodes the protocol, keeps STATE messages whole until their rows are settled, turns failures into TRACE messages.
Exports: `Inputs`, `Printer`, `StateQueue`, `parse_catalog`, `trace_of`, and the messages.
"""

from __future__ import annotations

from destination_close.airbyte.catalog import parse_catalog
from destination_close.airbyte.files import kind_of, read_json
from destination_close.airbyte.inputs import End, Inputs
from destination_close.airbyte.protocol import (
    Message,
    Printer,
    Record,
    State,
    Undecodable,
    connection_status,
    destination_catalog,
    log_message,
    state_out,
    stdin,
    stdout,
)
from destination_close.airbyte.states import Cleared, StateQueue
from destination_close.airbyte.traces import stack_of, trace_of

__all__ = [
    "Cleared",
    "End",
    "Inputs",
    "Message",
    "Printer",
    "Record",
    "State",
    "StateQueue",
    "Undecodable",
    "connection_status",
    "destination_catalog",
    "kind_of",
    "log_message",
    "parse_catalog",
    "read_json",
    "stack_of",
    "state_out",
    "stdin",
    "stdout",
    "trace_of",
]
