"""How do PyAirbyte and the faker source, which cannot share an environment with us or each other, get one each?"""

from __future__ import annotations

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from integration_tests.e2e.failures import CannotInstall

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).resolve().parent / "pins"
MINUTES_TO_INSTALL = 15
PYTHONS = range(10, 13)
"""Minor versions of Python 3 that both packages take."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment that holds exactly what a file of pins says."""

    name: str
    pins: Path

    @property
    def place(self) -> Path:
        return ROOT / ".venvs" / self.name

    def program(self, name: str) -> Path:
        return self.place / "bin" / name

    def version_of(self, package: str) -> str:
        """As pinned."""
        pinned = dict(line.split("==") for line in self.pins.read_text().splitlines() if "==" in line)
        return pinned[package]


PYAIRBYTE = Environment("pyairbyte", PINS / "pyairbyte.txt")
SOURCE_FAKER = Environment("source-faker", PINS / "source_faker.txt")


def make_ready(python: str) -> None:
    """Both environments exist and are as pinned; those that already are stay as they are. May raise CannotInstall."""
    version = _version_of(python)
    missing = [one for one in (PYAIRBYTE, SOURCE_FAKER) if not _is_ready(one, version)]
    if missing:
        names = " and ".join(str(one.place.relative_to(ROOT)) for one in missing)
        print(f"Setting up {names} (once; some minutes, 1.2 GB in all) ...", flush=True)
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(lambda one: _make(one, python, version), missing))


def _is_ready(environment: Environment, version: str) -> bool:
    stamp = _stamp_file(environment)
    return environment.program("python").exists() and stamp.is_file() and stamp.read_text() == _stamp(environment, version)


def _make(environment: Environment, python: str, version: str) -> None:
    _stamp_file(environment).unlink(missing_ok=True)
    _run(python, "-m", "venv", "--clear", str(environment.place))
    pip = (str(environment.program("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, "--requirement", str(environment.pins))
    _stamp_file(environment).write_text(_stamp(environment, version))


def _stamp_file(environment: Environment) -> Path:
    return environment.place / ".ready"


def _stamp(environment: Environment, version: str) -> str:
    """Of all that a change of makes an environment useless: its pins, its Python, and its place, which its scripts name."""
    told = f"{environment.pins.read_text()}\n{version}\n{environment.place}"
    return hashlib.sha256(told.encode()).hexdigest()


def _version_of(python: str) -> str:
    version = _run(python, "-c", "import platform; print(platform.python_version())").strip()
    major, minor = version.split(".")[:2]
    if int(major) != 3 or int(minor) not in PYTHONS:
        raise CannotInstall(
            f"{python} is Python {version}; PyAirbyte and its faker source take 3.{PYTHONS[0]} to 3.{PYTHONS[-1]}. "
            "Name another one: make e2e PYTHON=python3.11"
        )
    return version


def _run(*command: str) -> str:
    """What it prints; what it complains of is shown only if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MINUTES_TO_INSTALL * 60, check=True)
    except FileNotFoundError:
        raise CannotInstall(f"there is no {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"`{' '.join(command)}` took more than {MINUTES_TO_INSTALL} minutes") from None
    except subprocess.CalledProcessError as failure:
        raise CannotInstall(f"`{' '.join(command)}` failed:\n{failure.stderr.strip()[-2000:]}") from None
    return done.stdout
