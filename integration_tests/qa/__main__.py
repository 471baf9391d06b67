"""Lays the project out as in Airbyte's repository, and runs Airbyte's checks there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PINS = Path(__file__).with_name("pins.txt")
PLACE = PROJECT / ".venvs" / "qa"
PYTHONS = range(11, 13)
"""Minor versions of Python 3 that the checks take."""


def main() -> int:
    python = _environment(os.environ.get("PYTHON", "python3"))
    with tempfile.TemporaryDirectory() as folder:
        _lay_out(Path(folder))
        driver = Path(__file__).with_name("driver.py")
        return subprocess.run([python, str(driver)], cwd=folder, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"}).returncode


def _lay_out(tree: Path) -> None:
    """What git keeps or would keep, where Airbyte's repository has it."""
    connector = tree / "airbyte-integrations" / "connectors" / "destination-close"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (connector / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, connector / name)
    page = tree / "docs" / "integrations" / "destinations" / "close.md"
    page.parent.mkdir(parents=True)
    shutil.copyfile(PROJECT / "docs" / "close.md", page)
    # the checks ask git where the repository begins, and for the commit that they compare with
    for command in (["init", "--quiet", "--initial-branch=master"], ["add", "."], [*_NOBODY, "commit", "--quiet", "--message=All"]):
        subprocess.run(["git", *command], cwd=tree, check=True)
    subprocess.run(["git", "update-ref", "refs/remotes/origin/master", "HEAD"], cwd=tree, check=True)


_NOBODY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")


def _environment(python: str) -> str:
    """Airbyte's checks need more packages than anybody wants beside their own: they get an environment."""
    stamp, own = PLACE / ".ready", str(PLACE / "bin" / "python")
    if stamp.is_file() and stamp.read_text() == PINS.read_text():
        return own
    found = next((name for name in (python, "python3.11", "python3.12") if _minor_version(name) in PYTHONS), None)
    if found is None:
        sys.exit(f"Airbyte's QA checks take Python 3.{PYTHONS[0]} to 3.{PYTHONS[-1]}. Name one: make qa PYTHON=python3.11")
    print(f"Setting up {PLACE.relative_to(PROJECT)} (once; some minutes, 900 MB) ...", flush=True)
    subprocess.run([found, "-m", "venv", "--clear", str(PLACE)], check=True)
    pip = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", str(PINS)], check=True)
    stamp.write_text(PINS.read_text())
    return own


def _minor_version(python: str) -> int | None:
    try:
        told = subprocess.run([python, "-c", "import sys; print(sys.version_info[1])"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return int(told.stdout) if told.returncode == 0 else None


if __name__ == "__main__":
    raise SystemExit(main())
