"""What does the connector do at its edge, with a writer that only pretends to write?

The whole program but for Close: rows are settled in batches, last row first, and what a row holds says what happens.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from destination_close import run
from destination_close.airbyte import End, Record, State, StateQueue, Undecodable, log_message, state_out
from destination_close.destination import DestinationClose, Message, OpenInputs
from destination_close.engine.writer import Stopped
from destination_close.model import ConfigError, ProtocolError, StreamInfo

BATCH_ROWS = 3
PATIENCE_SECONDS = 0.2


def check(config: Mapping[str, Any]) -> tuple[bool, str]:
    if config["api_key"] == "unusable":
        raise ConfigError("Close did not accept the API key.")
    if config["api_key"] == "defect":
        raise KeyError(config["email"])
    return True, f"Connected, with the key {config['api_key']}."


def write(config: Mapping[str, Any], streams: Sequence[StreamInfo], open_inputs: OpenInputs, stop: threading.Event) -> Iterator[Message]:
    known = {info.key for info in streams}
    inputs = open_inputs()
    states = StateQueue()
    batch: list[tuple[int, Record]] = []
    rows = 0
    while not stop.is_set():
        match message := inputs.get(PATIENCE_SECONDS):
            case Record():
                if message.stream not in known:
                    raise ProtocolError(f"Received a record for stream {message.stream}, which is not in the configured catalog.")
                batch.append((rows, message))
                rows += 1
            case State():
                states.add(message, rows)
            case Undecodable():
                yield log_message("WARN", f"line {message.number}: {message.problem}")
        if len(batch) >= BATCH_ROWS or message is None or isinstance(message, End):
            for ordinal, record in reversed(batch):
                yield from happen(record, config["api_key"], stop)
                states.settle(record.stream, ordinal, rejected="reject" in record.data)
                inputs.release(record.size)
            batch.clear()
        for cleared in states.ready():
            yield state_out(*cleared)
        if isinstance(message, End):
            return
    raise Stopped


def happen(record: Record, api_key: str, stop: threading.Event) -> Iterator[Message]:
    match record.data:
        case {"say": str(text)}:
            yield log_message("INFO", text.replace("the key", api_key))
        case {"library": str(text)}:
            logging.getLogger("urllib3.connectionpool").critical(text)
            warnings.warn(text, stacklevel=1)
            thread = threading.Thread(target=lambda: {}[text])
            thread.start()
            thread.join()
        case {"stop": "config"}:
            raise ConfigError(f"The key {api_key} was withdrawn.", internal="HTTP 401", stream=str(record.stream))
        case {"stop": "defect"}:
            raise KeyError(record.data["email"])
        case {"stop": "finish"}:
            yield log_message("INFO", "in flight")
            stop.wait()
            yield log_message("INFO", "finished")


if __name__ == "__main__":
    run.run(lambda shutdown: DestinationClose(shutdown=shutdown, check_account=check, write_rows=write))
