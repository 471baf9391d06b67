"""What does one run of the connector take: time, memory, processor?"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration_tests.bench import rows

PROJECT = Path(__file__).parents[2]
LOOKS_PER_SECOND = 50
_PEAK = re.compile(rb"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of `main.py write`, from the start of the process to its end."""

    seconds: float
    ended_at: float
    """Seconds since 1970."""

    processor_seconds: float
    peak_bytes: int
    """Of memory that is really held (resident), as the system counted it; 0 where it does not tell."""

    messages: list[dict[str, Any]]

    @property
    def summary(self) -> str:
        """What the connector says of the stream."""
        logs = [message["log"]["message"] for message in self.messages if message["type"] == "LOG"]
        return next((log for log in logs if log.startswith(f"Stream {rows.STREAM}: ")), "")

    @property
    def states(self) -> int:
        return sum(message["type"] == "STATE" for message in self.messages)


class Connector:
    """The connector with its files, ready to run."""

    def __init__(self, folder: Path) -> None:
        self._config = folder / "config.json"
        self._catalog = folder / "catalog.json"
        self._config.write_text(json.dumps(rows.CONFIG))
        self._catalog.write_text(json.dumps(rows.CATALOG))

    def run(self, lines: Iterable[bytes], api_url: str) -> Ran:
        """Feed it the lines. Raises RuntimeError if it fails."""
        command = [sys.executable, "main.py", "write", "--config", str(self._config), "--catalog", str(self._catalog)]
        around = {**os.environ, "CLOSE_API_BASE_URL": api_url}
        used, begun = _processor_seconds(), time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, env=around)
        watch = _Watch(process.pid)
        feeder = threading.Thread(target=_feed, args=(process, lines), daemon=True)
        feeder.start()
        assert process.stdout is not None
        messages = [json.loads(line) for line in process.stdout]
        ended_at, code = time.time(), process.wait()
        if code != 0:
            raise RuntimeError(f"the connector ended with exit code {code}: {messages[-1:]}")
        return Ran(time.monotonic() - begun, ended_at, _processor_seconds() - used, watch.peak_bytes, messages)


def _feed(process: subprocess.Popen[bytes], lines: Iterable[bytes]) -> None:
    assert process.stdin is not None
    try:
        with process.stdin as stdin:
            stdin.writelines(lines)
    except BrokenPipeError:  # its end is looked at by whoever waits for it
        pass


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch:
    """Looks again and again at the most memory the process has held so far; it never falls, so looking now and then is enough."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self.peak_bytes = 0
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        pause = threading.Event()
        while found := self._peak():
            self.peak_bytes = found
            pause.wait(1 / LOOKS_PER_SECOND)

    def _peak(self) -> int:
        try:
            found = _PEAK.search(self._status.read_bytes())
        except OSError:
            return 0
        return int(found[1]) * 1024 if found else 0
