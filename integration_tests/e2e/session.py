"""How is PyAirbyte started, and what is known when it fails or does not end?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from integration_tests.e2e.environments import PYAIRBYTE, SOURCE_FAKER
from integration_tests.e2e.failures import SessionFailed
from integration_tests.e2e.tape import Tape, read_tape

HERE = Path(__file__).resolve().parent
CONNECTOR = Path(sys.executable).parent / "destination-close"
SECONDS = 120
"""The most that one session may take."""


def play(order: Mapping[str, Any], folder: Path, base_url: str) -> tuple[dict[str, Any], Tape]:
    """PyAirbyte carries out one order; its answer, and what went over the wire. May raise SessionFailed."""
    told, answer = folder / "order.json", folder / "answer.json"
    programs = {"connector": str(HERE / "taped-destination-close"), "source": str(SOURCE_FAKER.program("source-faker"))}
    told.write_text(json.dumps({**order, **programs}))
    command = [str(PYAIRBYTE.program("python")), str(HERE / "client.py"), str(told), str(answer)]
    code = _run(command, folder, _surroundings(folder, base_url))
    tape = read_tape(folder)
    if code != 0 or not answer.exists():
        raise SessionFailed(_account_of(code, folder, tape))
    return json.loads(answer.read_text()), tape


def run_python(program: str, folder: Path, base_url: str) -> None:
    """A program in the Python of PyAirbyte. May raise SessionFailed."""
    code = _run([str(PYAIRBYTE.program("python")), "-c", program], folder, _surroundings(folder, base_url))
    if code != 0:
        raise SessionFailed(_account_of(code, folder, read_tape(folder)))


def _surroundings(folder: Path, base_url: str) -> dict[str, str]:
    """PyAirbyte asks nobody for anything, tells nobody, and leaves nothing outside the folder."""
    places = ("AIRBYTE_PROJECT_DIR", "AIRBYTE_CACHE_ROOT", "AIRBYTE_TEMP_DIR", "AIRBYTE_LOGGING_ROOT")
    return {
        **os.environ,
        "AIRBYTE_OFFLINE_MODE": "1",
        "DO_NOT_TRACK": "1",
        **dict.fromkeys(places, str(folder)),
        "CLOSE_API_BASE_URL": base_url,
        "CONNECTOR": str(CONNECTOR),
        "TAPE": str(folder),
    }


def _run(command: list[str], folder: Path, surroundings: Mapping[str, str]) -> int | None:
    """The exit code; None if it took too long. Whatever it started ends with it."""
    with (folder / "client.txt").open("w") as output:
        session = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=output, stderr=output, start_new_session=True)
        try:
            return session.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if session.poll() is None:
                os.killpg(session.pid, signal.SIGKILL)
                session.wait()


def _account_of(code: int | None, folder: Path, tape: Tape) -> str:
    ending = f"ended with exit code {code}" if code is not None else f"did not end within {SECONDS} seconds"
    parts = [f"PyAirbyte {ending}.", *tape.errors]
    for name in ("stderr.txt", "client.txt"):
        file = folder / name
        if file.exists() and (text := file.read_text(errors="replace").strip()):
            parts.append(f"--- the end of {name}\n" + "\n".join(text.splitlines()[-25:]))
    return "\n".join(parts)
