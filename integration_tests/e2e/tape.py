"""What did PyAirbyte send to the connector, and what did it get back?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Message = Mapping[str, Any]

FROM_CONNECTOR = frozenset(("LOG", "STATE"))
"""What a run that succeeds has to say."""


@dataclass(frozen=True, slots=True)
class Tape:
    """Both directions of one `write`."""

    sent: Sequence[Message]
    returned: Sequence[Message]
    noise: int = 0
    """Lines from the connector that are no messages."""

    @property
    def records(self) -> list[Mapping[str, Any]]:
        return [message["record"]["data"] for message in self.sent if message["type"] == "RECORD"]

    @property
    def states_sent(self) -> list[Mapping[str, Any]]:
        return [message["state"] for message in self.sent if message["type"] == "STATE"]

    @property
    def states_returned(self) -> list[Mapping[str, Any]]:
        return [message["state"] for message in self.returned if message["type"] == "STATE"]

    @property
    def logs(self) -> list[str]:
        return [message["log"]["message"] for message in self.returned if message["type"] == "LOG"]

    @property
    def errors(self) -> list[str]:
        traces = (message["trace"] for message in self.returned if message["type"] == "TRACE")
        return [trace["error"]["message"] for trace in traces if trace["type"] == "ERROR"]


def read_tape(folder: Path) -> Tape:
    returned = [_message(line) for line in _lines(folder / "returned.jsonl")]
    messages = [message for message in returned if message is not None]
    return Tape([json.loads(line) for line in _lines(folder / "sent.jsonl")], messages, len(returned) - len(messages))


def _lines(file: Path) -> list[str]:
    """Ended by a line feed only: JSON may hold the other ends of lines."""
    return [line for line in file.read_text(encoding="utf-8").split("\n") if line] if file.exists() else []


def _message(line: str) -> Message | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and "type" in message else None


def breaches(tape: Tape) -> Iterator[str]:
    """Where the connector's side of the protocol was not kept, one line each."""
    if tape.noise:
        yield f"the connector printed {tape.noise} lines that are no Airbyte messages"
    if strange := {str(message["type"]) for message in tape.returned} - FROM_CONNECTOR:
        yield f"the connector sent {', '.join(sorted(strange))}"
    sent, returned = tape.states_sent, tape.states_returned
    if not sent:
        yield "PyAirbyte sent no state, so nothing is known about states"
    if [_without_stats(state) for state in returned] != [_without_stats(state) for state in sent]:
        yield f"of {len(sent)} states sent {len(returned)} came back, and not all of them as they were, in order"
    told = [state.get("destinationStats") for state in returned]
    if told != (wanted := [{"recordCount": float(rows), "rejectedRecordCount": 0.0} for rows in _rows_between_states(tape)]):
        yield f"the states count {told} rows, not {wanted}"


def _without_stats(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key != "destinationStats"}


def _rows_between_states(tape: Tape) -> Iterator[int]:
    """How many records each state stands for."""
    rows = 0
    for message in tape.sent:
        if message["type"] == "RECORD":
            rows += 1
        elif message["type"] == "STATE":
            yield rows
            rows = 0
