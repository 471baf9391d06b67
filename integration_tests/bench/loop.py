"""What does the loop that a user would write today take for some rows?"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from integration_tests.bench import rows
from integration_tests.bench.rows import Row
from integration_tests.bench.sandbox import Sandbox
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID

HERE = Path(__file__).parent
PINS = HERE / "pins" / "closeio.txt"
ENVIRONMENT = Path(__file__).parents[2] / ".venvs" / "closeio"


@dataclass(frozen=True, slots=True)
class Looped:
    """One run of the loop."""

    rows: int
    seconds: float
    leads: int
    """As many as Close holds in the end."""

    companies: int
    """As many as it should hold."""

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


def run(sent: Sequence[Row], before: Sequence[Row], sandbox: Sandbox) -> Looped:
    """Close's own client, row by row, against the same sandbox. Raises subprocess.CalledProcessError."""
    sandbox.start_over(before)
    told = "".join(json.dumps(row.data()) + "\n" for row in sent)
    command = [str(_python()), str(HERE / "per_row.py"), sandbox.api_url, rows.CONFIG["api_key"], COMPANY_ID, USER_ID]
    answer = json.loads(subprocess.run(command, input=told, capture_output=True, text=True, check=True).stdout)
    companies = len({row.company for row in (*before, *sent)})
    return Looped(answer["rows"], answer["seconds"], sandbox.lead_count(), companies)


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
