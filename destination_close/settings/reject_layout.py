"""How are files of rejected rows named and written? (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PATH_FORMAT = "{sync_id}/{namespace}/{stream_name}/"
FILE_NAME_FORMAT = "{date}_{timestamp}_{part_number}{format_extension}"
MOMENTS = {"date": "%Y_%m_%d", "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S"}
DATE_WORDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
VARIABLES = (*MOMENTS, "timestamp", "epoch", "sync_id", "namespace", "stream_name", "part_number", "format_extension")
PATTERN_VARIABLE = re.compile(r"\{([^{}]*)\}")
UNSAFE_CHARACTERS = re.compile(r"[/\\\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Layout:
    """How files are written and named."""

    format: Literal["JSONL", "CSV"] = "JSONL"
    gzipped: bool = False
    path_format: str = PATH_FORMAT
    file_name_format: str = FILE_NAME_FORMAT

    @property
    def extension(self) -> str:
        return f".{self.format.lower()}{'.gz' if self.gzipped else ''}"


def pattern_problems(layout: Layout) -> list[tuple[str, str]]:
    """What is wrong with the patterns: the setting and why."""
    found = []
    for setting, pattern in (("path_format", layout.path_format), ("file_name_format", layout.file_name_format)):
        unknown = [name for name in PATTERN_VARIABLE.findall(pattern) if name not in VARIABLES and not name.startswith("date:")]
        if unknown:
            found.append((setting, f"unknown variable {{{unknown[0]}}}; choose from {', '.join(f'{{{name}}}' for name in VARIABLES)}"))
        if ".." in pattern.split("/") or UNSAFE_CHARACTERS.search(pattern.replace("/", "")):
            found.append((setting, "it must not leave its folder"))
    if "/" in layout.file_name_format:
        found.append(("file_name_format", "a file name cannot contain a slash; folders belong in path_format"))
    if not {"timestamp", "part_number"} <= set(PATTERN_VARIABLE.findall(layout.file_name_format)):
        found.append(("file_name_format", "it needs {timestamp} and {part_number}, or one file would overwrite another"))
    return found
