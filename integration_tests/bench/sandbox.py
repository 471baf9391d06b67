"""How does the sandbox run in a process of its own, and what is it asked about a run?"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import requests

from integration_tests.bench import rows
from integration_tests.bench.rows import Row
from integration_tests.close_sandbox.settings import Settings

PROJECT = Path(__file__).parents[2]
LEADS_AT_ONCE = 500

SETTINGS: Mapping[str, Any] = {"latency": 0.06, "index_lag": 1.0, "keep_bodies": False}
"""An index that is a second late, and 60 ms for every call."""

CLOSE = Settings().but(**SETTINGS)


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one run, as the sandbox saw them."""

    by_endpoint: Mapping[str, int]
    throttled: int
    """Answered 429."""

    first_at: float
    """Seconds since 1970."""

    @property
    def total(self) -> int:
        return sum(self.by_endpoint.values())

    def of(self, *endpoints: str) -> int:
        return sum(self.by_endpoint.get(endpoint, 0) for endpoint in endpoints)

    @property
    def writes(self) -> int:
        """All that change something."""
        changing = (count for name, count in self.by_endpoint.items() if not name.startswith("GET ") and "/search/" not in name)
        return sum(changing)


class Sandbox:
    """A Close at work in another process."""

    def __init__(self, url: str) -> None:
        self._control = f"{url}/sandbox"
        self._session = requests.Session()
        self.api_url = f"{url}/api/v1"

    def start_over(self, before: Iterable[Row]) -> None:
        """Custom fields, what these rows make once they are written, and nothing else."""
        self._ask("POST", "reset", {})
        leads = rows.leads(before)
        while some := list(islice(leads, LEADS_AT_ONCE)):
            self._ask("POST", "seed", {"leads": some})
        self._ask("DELETE", "calls")

    def calls(self) -> Calls:
        told = self._ask("GET", "calls")
        counts = Counter(told["calls_by_endpoint"])
        return Calls(counts, told["calls_by_status"].get("429", 0), min((call["at"] for call in told["calls"]), default=0.0))

    def holds(self) -> tuple[int, int]:
        """How many leads and contacts."""
        told = self._ask("GET", "counts")
        return told["lead_count"], told["contact_count"]

    def _ask(self, method: str, name: str, told: Any = None) -> dict[str, Any]:
        answer = self._session.request(method, f"{self._control}/{name}", json=told, timeout=120)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@contextlib.contextmanager
def running(folder: Path, speed: float) -> Iterator[Sandbox]:
    """A sandbox with the recorded limits in windows so many times as short, on a free port."""
    settings = folder / "sandbox.json"
    settings.write_text(json.dumps({**SETTINGS, "speed": speed, "keep_calls": None}))
    command = [sys.executable, "-m", "integration_tests.close_sandbox", "--port", "0", "--preset", "bench", "--config", str(settings)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://[^/]+", process.stdout.readline())
        if found is None:
            raise RuntimeError("the sandbox did not start")
        yield Sandbox(found[0])
    finally:
        process.terminate()
        process.wait(timeout=10)
