"""How does Airbyte run one sync: which files, which messages, what comes back?

Nothing here knows the connector from inside: it is the program `main.py`, given files and stdin as the platform gives them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration_tests.demo.rows import Record, columns_of

PROJECT = Path(__file__).parents[2]
ROWS_PER_STATE = 100

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Files:
    """What one sync is given."""

    config: Path
    catalog: Path
    messages: Path

    def command(self, api_url: str) -> list[str]:
        """As one would type it in the project's folder."""
        config, catalog, messages = (short(file) for file in (self.config, self.catalog, self.messages))
        return [
            f"CLOSE_API_BASE_URL={api_url} .venv/bin/python main.py write \\",
            f"  --config {config} --catalog {catalog} < {messages}",
        ]


@dataclass(frozen=True, slots=True)
class Sync:
    """What came back."""

    exit_code: int
    seconds: float
    returned: Sequence[Message]
    stderr: str

    @property
    def logs(self) -> list[str]:
        return [message["log"]["message"] for message in self.returned if message["type"] == "LOG"]

    @property
    def states(self) -> list[Message]:
        return [message["state"] for message in self.returned if message["type"] == "STATE"]

    @property
    def errors(self) -> list[str]:
        """Why it failed, in the words that Airbyte would show."""
        return [message["trace"]["error"]["message"] for message in self.returned if message["type"] == "TRACE"]


def write_files(folder: Path, config: Mapping[str, Any], sent: Sequence[Record]) -> Files:
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "config.json", folder / "configured_catalog.json", folder / "messages.jsonl")
    files.config.write_text(json.dumps(config, indent=2) + "\n")
    files.catalog.write_text(json.dumps(catalog(sent), indent=2) + "\n")
    files.messages.write_text("".join(json.dumps(message) + "\n" for message in messages(sent)))
    return files


def run_sync(files: Files, api_url: str) -> Sync:
    """One sync, from the start of the process to its end."""
    begun = time.monotonic()
    with files.messages.open("rb") as stdin:
        process = subprocess.run(
            [sys.executable, PROJECT / "main.py", "write", "--config", files.config, "--catalog", files.catalog],
            stdin=stdin,
            capture_output=True,
            env={**os.environ, "CLOSE_API_BASE_URL": api_url},
            check=False,
        )
    returned = [json.loads(line) for line in process.stdout.splitlines()]
    return Sync(process.returncode, time.monotonic() - begun, returned, process.stderr.decode(errors="replace"))


# --- what is sent ----------------------------------------------------------------------------------------------------


def catalog(sent: Sequence[Record]) -> dict[str, Any]:
    return {"streams": [_configured(stream, columns_of(sent, stream)) for stream in Counter(record.stream for record in sent)]}


def _configured(stream: str, names: Sequence[str]) -> dict[str, Any]:
    return {
        "stream": {
            "name": stream,
            "json_schema": {"type": "object", "properties": {name: {} for name in names}},
            "supported_sync_modes": ["full_refresh", "incremental"],
        },
        "sync_mode": "incremental",
        "destination_sync_mode": "append_dedup",
        "generation_id": 1,
        "minimum_generation_id": 0,
        "sync_id": 1,
    }


def messages(sent: Sequence[Record]) -> Iterator[Message]:
    """The records, with a state after every hundredth of a stream and after its last."""
    left = Counter(record.stream for record in sent)
    since: Counter[str] = Counter()
    states = 0
    for row, record in enumerate(sent, 1):
        yield {"type": "RECORD", "record": {"stream": record.stream, "data": record.data, "emitted_at": 1_790_000_000_000 + row}}
        left[record.stream] -= 1
        since[record.stream] += 1
        if since[record.stream] == ROWS_PER_STATE or not left[record.stream]:
            states += 1
            yield _state(states, record.stream, row, since.pop(record.stream))


def _state(number: int, stream: str, cursor: int, rows: int) -> Message:
    """With the `id` and the count that the platform adds, and that it misses if they do not come back."""
    inner = {"stream_descriptor": {"name": stream}, "stream_state": {"cursor": cursor}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": inner, "sourceStats": {"recordCount": float(rows)}, "id": number}}


def short(file: Path) -> Path:
    """As one would type it in the project's folder."""
    return file.relative_to(PROJECT) if file.is_relative_to(PROJECT) else file
