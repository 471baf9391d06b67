"""What has this run made, also if it is killed in the next moment?"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Made:
    """One object that the run made."""

    path: str
    """Where it was posted: `/lead/`, `/contact/`, `/custom_field/lead/`, `/custom_field/shared/`."""

    id: str


class Journal:
    """One line for each object, on the disk before the next call is made."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def begin(self, run: str, organization_id: str, user_id: str, at: str) -> None:
        """Which run this is, in which organization, by which user, since when."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._write({"run": run, "organization": organization_id, "user": user_id, "at": at})

    def note(self, made: Made) -> None:
        self._write({"path": made.path, "id": made.id})

    def _write(self, line: dict[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
            out.flush()
            os.fsync(out.fileno())

    def head(self) -> dict[str, str] | None:
        """The first line of the run; None without a journal of it."""
        return next(self._lines(), None)

    def made(self) -> list[Made]:
        """Everything noted, in order."""
        return [Made(line["path"], line["id"]) for line in self._lines() if "id" in line]

    def _lines(self) -> Iterator[dict[str, str]]:
        if not self.file.exists():
            return
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:  # the last line of a run that was killed while it wrote
                return
