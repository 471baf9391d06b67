"""What would the sync do, before it does it?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from integration_tests.demo.session import PROJECT, Files, short

MOST_LINES = 45
"""Of what `plan` prints: the totals, and some of the changes."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """What `main.py plan` gave."""

    exit_code: int
    lines: Sequence[str]
    stderr: str
    page: Path


def foresee(files: Files, api_url: str, folder: Path) -> Foresight:
    """Runs `plan`; writes nothing to Close."""
    page = folder / "plan.html"
    with files.messages.open("rb") as stdin:
        process = subprocess.run(
            [sys.executable, PROJECT / "main.py", "plan", "--config", files.config, "--catalog", files.catalog, "--html", page],
            stdin=stdin,
            capture_output=True,
            text=True,
            env={**os.environ, "CLOSE_API_BASE_URL": api_url},
            check=False,
        )
    return Foresight(process.returncode, process.stdout.splitlines(), process.stderr, page)


def told(foreseen: Foresight, files: Files) -> Iterator[str]:
    """What a newcomer reads of it."""
    title = "Before anything is written: the plan"
    yield title
    yield "-" * len(title)
    yield f"  $ ... main.py plan --config {short(files.config)} --catalog {short(files.catalog)} \\"
    yield f"      --html {short(foreseen.page)} < {short(files.messages)}"
    yield ""
    yield from (f"  {line}".rstrip() for line in _whole_changes(foreseen.lines))
    yield ""
    yield f"  All of it, to be read and filtered in a browser: {foreseen.page.resolve().as_uri()}"


def _whole_changes(lines: Sequence[str]) -> Sequence[str]:
    """Up to the last change that fits."""
    if len(lines) <= MOST_LINES:
        return lines
    ends = [at for at, line in enumerate(lines[:MOST_LINES]) if not line]
    return [*lines[: ends[-1]], "", "and so on"]
