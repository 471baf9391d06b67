"""How does Airbyte's platform treat a destination: what does it send, and what does it hold against the answers?

Plays the orchestrator of one sync against a real process: it numbers the states and counts their rows as the platform
does, keeps stdin open as long as a test wants, and notes every breach of the protocol as a complaint.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from destination_close.model import StreamKey

Json = dict[str, Any]

PROJECT = Path(__file__).parents[2]
MAIN = (sys.executable, str(PROJECT / "main.py"))

ACCEPTED_TYPES = {"STATE", "TRACE", "CONTROL", "LOG"}
_DOUBLES = re.compile(r'"destinationStats":\{"recordCount":\d+\.\d+,"rejectedRecordCount":\d+\.\d+\}')


def stream_of(name: str, *columns: str, namespace: str | None = None, **configured: Any) -> Json:
    """A stream of the configured catalog, as the platform writes it."""
    return {
        "stream": {
            "name": name,
            **({"namespace": namespace} if namespace else {}),
            "json_schema": {"type": "object", "properties": {column: {"type": ["null", "string"]} for column in columns}},
            "supported_sync_modes": ["full_refresh", "incremental"],
        },
        "sync_mode": "incremental",
        "cursor_field": ["updated_at"],
        "destination_sync_mode": "append_dedup",
        "primary_key": [["id"]],
        "generation_id": 3,
        "minimum_generation_id": 0,
        "sync_id": 4711,
        "include_files": False,
        **configured,
    }


def write_json(folder: Path, name: str, content: Any) -> str:
    """The path of a new file with this content; text is written as it is."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def process_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, but with stdout buffered as Python does by default, so that a forgotten flush shows."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**own, "PYTHONPATH": str(PROJECT), **(extra or {})}


@dataclass(slots=True)
class _SentState:
    state: Json
    scope: StreamKey | None
    """None: all streams."""

    rows: int
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """How the process ended, and all it said."""

    exit_code: int
    messages: Sequence[Json]
    complaints: Sequence[str]
    stderr: str

    def of_type(self, kind: str) -> list[Json]:
        return [message[kind.lower()] for message in self.messages if message["type"] == kind]

    @property
    def states(self) -> list[Json]:
        return self.of_type("STATE")

    @property
    def counts(self) -> list[tuple[float, float]]:
        """Of each state, in order: rows written and rows rejected."""
        stats = [state["destinationStats"] for state in self.states]
        return [(stat["recordCount"], stat["rejectedRecordCount"]) for stat in stats]

    @property
    def errors(self) -> list[Json]:
        return [trace["error"] for trace in self.of_type("TRACE") if trace["type"] == "ERROR"]

    @property
    def said(self) -> str:
        """Everything printed, as one text to search."""
        return "\n".join(map(json.dumps, self.messages)) + self.stderr


@dataclass(slots=True)
class Platform:
    """One `write` of a destination; a context manager that leaves no process behind."""

    folder: Path
    """For the config and the catalog."""

    config: Json
    streams: Sequence[Json]
    command: Sequence[str] = MAIN
    environment: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[Json], Json] = dict
    """What becomes of every message before it is sent, see `as_pyairbyte_writes`."""

    numbered: bool = True
    """Whether states get an `id` and `sourceStats`: the platform gives both, PyAirbyte neither."""

    deaf: bool = False
    """True: nobody reads what the destination says."""

    complaints: list[str] = field(default_factory=list, init=False)
    messages: list[Json] = field(default_factory=list, init=False)
    _process: subprocess.Popen[bytes] = field(init=False)
    _sent: list[_SentState] = field(default_factory=list, init=False)
    _since: Counter[StreamKey] = field(default_factory=Counter, init=False)
    _since_global: int = field(default=0, init=False)
    _stderr: list[bytes] = field(default_factory=list, init=False)
    _fell_silent: bool = field(default=False, init=False)
    _heard: threading.Condition = field(default_factory=threading.Condition, init=False)
    _listeners: list[threading.Thread] = field(default_factory=list, init=False)

    def __enter__(self) -> Platform:
        config = write_json(self.folder, "config.json", self.config)
        catalog = write_json(self.folder, "catalog.json", {"streams": list(self.streams)})
        self._process = subprocess.Popen(
            [*self.command, "write", "--config", config, "--catalog", catalog],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=process_environment(self.environment),
        )
        if self.deaf and self._process.stdout:
            self._process.stdout.close()
        listens = [self._listen_to_stderr] if self.deaf else [self._listen, self._listen_to_stderr]
        self._listeners = [threading.Thread(target=listen, daemon=True) for listen in listens]
        for listener in self._listeners:
            listener.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, stack: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(BrokenPipeError):
                pipe and pipe.close()

    # --- what it sends -----------------------------------------------------------------------------------------------

    def record(self, stream: str, data: Json, *, namespace: str | None = None, **more: Any) -> None:
        key = StreamKey(namespace, stream)
        self._since[key] += 1
        self._since_global += 1
        named = {"namespace": namespace} if namespace else {}
        self.send({"type": "RECORD", "record": {"stream": stream, **named, "data": data, "emitted_at": 1759276800000, **more}})

    def state(self, stream: str, cursor: Any, *, namespace: str | None = None, **more: Any) -> None:
        """A STREAM state."""
        key = StreamKey(namespace, stream)
        descriptor = {"name": stream, **({"namespace": namespace} if namespace else {})}
        inner = {"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": cursor}, **more}
        self._send_state(inner, key, self._since.pop(key, 0))

    def global_state(self, shared: Any, **more: Any) -> None:
        inner = {"type": "GLOBAL", "global": {"shared_state": shared, "stream_states": []}, **more}
        rows, self._since_global = self._since_global, 0
        self._send_state(inner, None, rows)

    def legacy_state(self, data: Json) -> None:
        rows, self._since_global = self._since_global, 0
        self._send_state({"type": "LEGACY", "data": data}, None, rows)

    def _send_state(self, inner: Json, scope: StreamKey | None, rows: int) -> None:
        if self.numbered:
            inner |= {"sourceStats": {"recordCount": float(rows)}, "id": len(self._sent) + 1}
        message = self.shape({"type": "STATE", "state": inner})
        self._sent.append(_SentState(message["state"], scope, rows))
        self.send_line(json.dumps(message).encode())

    def complete(self) -> None:
        """One COMPLETE per stream, as the platform sends to destinations that support refreshes."""
        for configured in self.streams:
            descriptor = {key: configured["stream"][key] for key in ("name", "namespace") if key in configured["stream"]}
            status = {"stream_descriptor": descriptor, "status": "COMPLETE"}
            self.send({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1.0, "stream_status": status}})

    def send(self, message: Json) -> None:
        self.send_line(json.dumps(self.shape(message)).encode())

    def send_line(self, line: bytes) -> None:
        """Anything, at once. Nobody reading is no failure of the platform's: the exit code tells."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()

    # --- what it hears -----------------------------------------------------------------------------------------------

    def wait_for_states(self, count: int, *, within: float) -> None:
        """Fails unless so many states in all have come back in time, while stdin stays open."""
        self.wait_for(lambda: sum(sent.answered for sent in self._sent) >= count, f"{count} states", within=within)

    def wait_for(self, happened: Callable[[], bool], what: str, *, within: float) -> None:
        with self._heard:
            self._heard.wait_for(lambda: happened() or self._fell_silent, within)
            came = happened()
        assert came, f"no sign of {what} within {within} seconds: {self.messages} {b''.join(self._stderr)!r}"

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._heard:
                self._hear(line.decode())
                self._heard.notify_all()
        with self._heard:
            self._fell_silent = True
            self._heard.notify_all()

    def _hear(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            self.complaints.append(f"Malformed non-Airbyte record: {line}")
            return
        if message.get("type") not in ACCEPTED_TYPES:
            self.complaints.append(f"a destination does not send this: {line}")
        self.messages.append(message)
        if message.get("type") == "STATE":
            self._hear_state(message["state"], line)

    def _hear_state(self, state: Json, line: str) -> None:
        stats = state.get("destinationStats") or {}
        mine = next((sent for sent in self._sent if not sent.answered and _same(sent.state, state)), None)
        if mine is None:
            self.complaints.append(f"State message does not contain id, or was altered, or came twice: {line}")
            return
        mine.answered = True
        if not _DOUBLES.search(line):
            self.complaints.append(f"counts that are no doubles: {line}")
        if stats.get("recordCount", 0) + stats.get("rejectedRecordCount", 0) != mine.rows:
            self.complaints.append(f"state message checksum is invalid, {mine.rows} rows were sent: {line}")
        earlier = self._sent[: self._sent.index(mine)]
        if any(not sent.answered for sent in earlier if sent.scope == mine.scope):
            self.complaints.append(f"a state overtook another or one was left out: {line}")

    def _listen_to_stderr(self) -> None:
        assert self._process.stderr
        self._stderr.extend(self._process.stderr)

    # --- how it ends -------------------------------------------------------------------------------------------------

    def terminate(self) -> None:
        self._process.terminate()

    def finish(self, *, close_stdin: bool = True, within: float = 60) -> Finish:
        """The end of the input, or with `close_stdin` off the end of the process by itself; all it said till then."""
        if close_stdin and self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        exit_code = self._process.wait(within)
        for listener in self._listeners:
            listener.join(within)
        return Finish(exit_code, self.messages, self.complaints, b"".join(self._stderr).decode())


def _same(sent: Json, echoed: Json) -> bool:
    def without_stats(state: Json) -> Json:
        return {key: value for key, value in state.items() if key != "destinationStats"}

    return without_stats(sent) == without_stats(echoed)


def as_pyairbyte_writes(message: Json) -> Json:
    """The same as PyAirbyte would write it: every unset key as null, and `global_`."""
    keys = ("type", "log", "spec", "connectionStatus", "catalog", "record", "state", "trace", "control", "destination_catalog")
    spread = {**dict.fromkeys(keys), **message}
    if spread["record"]:
        spread["record"] = {"namespace": None, "meta": None, "file_reference": None, **spread["record"]}
    if spread["state"]:
        inner = {"type": None, "stream": None, "data": None, "sourceStats": None, "destinationStats": None, **spread["state"]}
        inner["global_"] = inner.pop("global", None)
        spread["state"] = inner
    return spread
