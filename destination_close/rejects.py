"""What does a rejected row look like in a file, and which file is it in? (pure)

Patterns of folders and file names use the variables of Airbyte's own S3 settings. What a stream is called never leads out
of the folder it is put into.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from destination_close.model import Outcome, Reason, Rejection, Remark, StreamKey

PATH_FORMAT = "{sync_id}/{namespace}/{stream_name}/"
FILE_NAME_FORMAT = "{date}_{timestamp}_{part_number}{format_extension}"

KEYS = ("rejected_at", "sync_id", "stream", "namespace", "position", "reason", "field", "message", "object_id", "record")
"""Of one rejected row, in this order, in JSON Lines and CSV alike."""

_MOMENTS = {"date": "%Y_%m_%d", "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S"}
_DATE_WORDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_VARIABLES = (*_MOMENTS, "timestamp", "epoch", "sync_id", "namespace", "stream_name", "part_number", "format_extension")

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_DATE_WORD = re.compile("|".join(_DATE_WORDS))
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f]")


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


# --- one row ---------------------------------------------------------------------------------------------------------


def record_of(outcome: Outcome, sync_id: int | None, rejected_at: datetime) -> dict[str, Any]:
    """All there is to know about a row that was rejected or lost a value: why, in Close's own words too, and the row, whole."""
    row = outcome.row
    first = outcome.rejections[0] if outcome.rejections else None
    left_out = values_left_out(outcome)
    also = [*map(_also, outcome.rejections[1:]), *map(_also_left_out, left_out if first else left_out[1:])]
    return {
        "rejected_at": rejected_at.isoformat(timespec="milliseconds"),
        "sync_id": sync_id,
        "stream": row.stream.name,
        "namespace": row.stream.namespace,
        "position": row.position,
        "reason": first.reason.value if first else left_out[0].reason.value,
        "field": first.field if first else left_out[0].field,
        "message": "; ".join([_said(first) if first else left_out[0].message, *also]),
        "object_id": first.object_id if first else None,
        "record": row.data,
    }


def values_left_out(outcome: Outcome) -> list[Remark]:
    """The values of the row that did not fit their fields."""
    return [remark for remark in outcome.remarks if remark.reason is Reason.VALUE_LEFT_OUT]


def _also_left_out(remark: Remark) -> str:
    return f"also {remark.reason.value} {remark.field}: {remark.message}"


def _said(rejection: Rejection) -> str:
    return f"{rejection.message}: {rejection.detail}" if rejection.detail else rejection.message


def _also(rejection: Rejection) -> str:
    where = " ".join(part for part in (rejection.reason.value, rejection.field, rejection.object_id) if part)
    return f"also {where}: {_said(rejection)}"


def line_of(record: Mapping[str, Any], layout: Layout) -> bytes:
    """The row as one line with its end."""
    if layout.format == "CSV":
        return _csv_line([_json(record[key]) if key == "record" else record[key] for key in KEYS])
    return (_json(record) + "\n").encode()


def content_of(lines: Iterable[bytes], layout: Layout) -> bytes:
    """A whole file."""
    head = [_csv_line(KEYS)] if layout.format == "CSV" else []
    content = b"".join([*head, *lines])
    return gzip.compress(content, mtime=0) if layout.gzipped else content


def _csv_line(values: Iterable[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue().encode("utf-8", "backslashreplace")


def _json(value: Any) -> str:
    """Readable text; as escapes only where it cannot be written as UTF-8. Not by orjson: it refuses integers of any length."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


# --- where it goes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """What the variables of a pattern stand for."""

    stream: StreamKey
    sync_id: int | None
    began: datetime
    """When the file was begun."""

    part: int = 1


def folder_of(layout: Layout, place: Place) -> str:
    """Without a slash at either end. A folder named after what is absent, such as the namespace, is left out."""
    segments = (_segment(segment, layout, place) for segment in layout.path_format.split("/"))
    return "/".join(segment for segment in segments if segment)


def file_name_of(layout: Layout, place: Place) -> str:
    """The file's own name."""
    return _filled(layout.file_name_format, layout, place)


def _segment(pattern: str, layout: Layout, place: Place) -> str:
    names = _VARIABLE.findall(pattern)
    if names and not any(_value(name, layout, place) for name in names):
        return ""
    return _filled(pattern, layout, place)


def _filled(pattern: str, layout: Layout, place: Place) -> str:
    return _VARIABLE.sub(lambda found: _value(found[1], layout, place), pattern)


def _value(name: str, layout: Layout, place: Place) -> str:
    if name in _MOMENTS:
        return place.began.strftime(_MOMENTS[name])
    if name.startswith("date:"):
        return place.began.strftime(_DATE_WORD.sub(lambda word: _DATE_WORDS[word[0]], name.removeprefix("date:").replace("%", "%%")))
    known = {
        "timestamp": str(int(place.began.timestamp() * 1000)),
        "epoch": str(int(place.began.timestamp())),
        "sync_id": "" if place.sync_id is None else str(place.sync_id),
        "namespace": _safe(place.stream.namespace or ""),
        "stream_name": _safe(place.stream.name),
        "part_number": str(place.part),
        "format_extension": layout.extension,
    }
    return known[name]


def _safe(name: str) -> str:
    """A name that is one folder, whatever it was."""
    safe = _UNSAFE.sub("_", name.encode("utf-8", "replace").decode())
    return safe.replace(".", "_") if safe.strip(".") == "" else safe


def pattern_problems(layout: Layout) -> list[tuple[str, str]]:
    """What is wrong with the patterns: the setting and why."""
    found = []
    for setting, pattern in (("path_format", layout.path_format), ("file_name_format", layout.file_name_format)):
        unknown = [name for name in _VARIABLE.findall(pattern) if name not in _VARIABLES and not name.startswith("date:")]
        if unknown:
            found.append((setting, f"it names {{{unknown[0]}}}; there are {', '.join(f'{{{name}}}' for name in _VARIABLES)}"))
        if ".." in pattern.split("/") or _UNSAFE.search(pattern.replace("/", "")):
            found.append((setting, "it must not lead out of its folder"))
    if "/" in layout.file_name_format:
        found.append(("file_name_format", "a file's name holds no slash; folders belong into path_format"))
    if not {"timestamp", "part_number"} <= set(_VARIABLE.findall(layout.file_name_format)):
        found.append(("file_name_format", "it needs {timestamp} and {part_number}, or one file would take the place of another"))
    return found
