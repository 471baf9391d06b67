"""What does a rejected row look like in a file, and which file is it in? (pure)

Patterns for folders and file names use the variables of Airbyte's own S3 settings. The name of a stream never leads out
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
from typing import Any

from destination_close.model import Outcome, Reason, Rejection, Remark, StreamKey
from destination_close.settings import DATE_WORDS, MOMENTS, PATTERN_VARIABLE, UNSAFE_CHARACTERS, Layout

KEYS = ("rejected_at", "sync_id", "stream", "namespace", "position", "reason", "field", "message", "object_id", "record")
"""Of one rejected row, in this order, in both JSON Lines and CSV."""


_DATE_WORD = re.compile("|".join(DATE_WORDS))


# --- one row ---------------------------------------------------------------------------------------------------------


def record_of(outcome: Outcome, sync_id: int | None, rejected_at: datetime) -> dict[str, Any]:
    """Everything there is to know about a row that was rejected or lost a value: why, including Close's own words, and the
    complete row."""
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
    """The row as one line with its line end."""
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
    """Readable text, escaped only where it cannot be written as UTF-8. Not by orjson, which refuses integers of any length."""
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
    """When the file was started."""

    part: int = 1


def folder_of(layout: Layout, place: Place) -> str:
    """Without a slash at either end. A folder whose variable has no value, such as the namespace, is left out."""
    segments = (_segment(segment, layout, place) for segment in layout.path_format.split("/"))
    return "/".join(segment for segment in segments if segment)


def file_name_of(layout: Layout, place: Place) -> str:
    """The name of the file."""
    return _filled(layout.file_name_format, layout, place)


def _segment(pattern: str, layout: Layout, place: Place) -> str:
    names = PATTERN_VARIABLE.findall(pattern)
    if names and not any(_value(name, layout, place) for name in names):
        return ""
    return _filled(pattern, layout, place)


def _filled(pattern: str, layout: Layout, place: Place) -> str:
    return PATTERN_VARIABLE.sub(lambda found: _value(found[1], layout, place), pattern)


def _value(name: str, layout: Layout, place: Place) -> str:
    if name in MOMENTS:
        return place.began.strftime(MOMENTS[name])
    if name.startswith("date:"):
        return place.began.strftime(_DATE_WORD.sub(lambda word: DATE_WORDS[word[0]], name.removeprefix("date:").replace("%", "%%")))
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
    """A name that is a single folder, whatever it was before."""
    safe = UNSAFE_CHARACTERS.sub("_", name.encode("utf-8", "replace").decode())
    return safe.replace(".", "_") if safe.strip(".") == "" else safe
