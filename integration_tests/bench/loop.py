"""What does the loop that a user would write today take for some rows?"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from integration_tests.bench import rows
from integration_tests.bench.sandbox import CLOSE, Sandbox
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID

HERE = Path(__file__).parent
PINS = HERE / "pins" / "closeio.txt"
ENVIRONMENT = Path(__file__).parents[2] / ".venvs" / "closeio"

SEARCHES_PER_WINDOW = CLOSE.limit("search")
LOOP_SPEED = 4.0
"""As of the cases that it is compared with."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the loop goes about it."""

    name: str
    keys: str
    searches: int
    """For each row; they are what limits it."""

    known: bool = False
    """Whether Close has the rows already."""


ALL_NEW = Way("all new: User ID, then email", "user_id,email", 3)
ALL_NEW_LEANER = Way("all new: User ID alone", "user_id", 2)
ALL_UNCHANGED = Way("all unchanged", "user_id,email", 2, known=True)


@dataclass(frozen=True, slots=True)
class Looped:
    """One run of the loop.

    It is too slow for thousands of rows, so a few are extrapolated: from the first search of the first row to that of the last
    it is a whole number of windows of the limit, in which all rows but one were done.
    """

    way: Way
    rows: int
    seconds: float
    leads: int
    """As many as Close holds in the end."""

    companies: int
    """As many as it should hold."""

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


def run(way: Way, windows: int, sandbox: Sandbox) -> Looped:
    """Close's own client, row by row, against the same sandbox. Raises subprocess.CalledProcessError."""
    count = windows * SEARCHES_PER_WINDOW // way.searches
    sent = rows.people(count + 1)
    sandbox.start_over(sent if way.known else ())
    told = "".join(json.dumps(row.data()) + "\n" for row in sent)
    command = [str(_python()), str(HERE / "per_row.py"), sandbox.api_url, rows.CONFIG["api_key"], COMPANY_ID, USER_ID, way.keys]
    turns = json.loads(subprocess.run(command, input=told, capture_output=True, text=True, check=True).stdout)
    return Looped(way, count, turns[-1] - turns[0], sandbox.holds()[0], len({row.company for row in sent}))


def _python() -> Path:
    """Of an environment that holds what the pins say; made when it is not there."""
    python, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / ".ready"
    wanted = hashlib.sha256(f"{PINS.read_text()}\n{sys.version}\n{ENVIRONMENT}".encode()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        print("Setting up Close's own client in .venvs/closeio (once) ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", str(PINS)], check=True)
        stamp.write_text(wanted)
    return python
