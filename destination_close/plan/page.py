"""How does a plan become one page that a person can read offline? (pure)

Everything is in the one file: style, script and data. Its policy lets nothing else in and nothing out. Values go into
the page as JSON and reach the document only as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from importlib import resources
from typing import Any

from destination_close.engine import is_on_paper
from destination_close.model import KEY_LABELS, OBJECT_TYPES, Kind, StreamKey
from destination_close.plan.lines import ACTIONS
from destination_close.plan.plan import Entry, Plan, RowEnd
from destination_close.plan.totals import MOST_FIELDS, Totals, totals_of
from destination_close.plan.wording import NO_ROWS, WARNINGS, Labels, guard_broken, how, to_look_at, why_not

MOST_ROWS = 10_000
"""Rows per kind that change nothing and are listed one by one; the page says how many more there are."""

MOST_POSITIONS = 20
EXACT = 2**53
MOST_DUPLICATES = 50

Item = dict[str, Any]


def page_of(plan: Plan, *, made: datetime) -> str:
    """The page, as HTML."""
    totals = totals_of(plan)
    style, script = _part("page.css"), _part("page.js")
    parts = {
        "organization": escape(plan.account.organization_name or "Close"),
        "made": escape(f"{made:%Y-%m-%d %H:%M} UTC"),
        "rows": _counted(totals.rows.total(), "row", "rows"),
        "cards": "".join(_cards(totals)),
        "notes": "".join(_notes(plan, totals)),
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "data": _embedded(_Data(plan).content()),
    }
    return _filled(_part("page.html"), parts)


def _part(name: str) -> str:
    return (resources.files("destination_close.plan") / "page_parts" / name).read_text(encoding="utf-8")


def _filled(template: str, parts: dict[str, str]) -> str:
    """Each `@name@` replaced once; what a part contains is not examined again."""
    pieces = template.split("@")
    return "".join(parts.get(piece, piece) if index % 2 else piece for index, piece in enumerate(pieces))


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _embedded(content: Any) -> str:
    """JSON that no HTML parser takes for anything else; plain ASCII, so lone surrogates pass."""
    text = json.dumps(content, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


# --- totals ----------------------------------------------------------------------------------------------------------


def _cards(totals: Totals) -> Iterator[str]:
    for one in OBJECT_TYPES:
        for verb, counts in (("create", totals.created), ("update", totals.updated)):
            yield _card(counts[one], f"{one.name} to {verb}", f"{one.name}s to {verb}", verb, one.name)
    for kind, action in ACTIONS.items():
        yield _card(totals.rows[kind.value], f"row {kind.value}", f"rows {kind.value}", action, "row")


def _card(count: int, one: str, several: str, action: str, thing: str) -> str:
    words = one if count == 1 else several
    return f'<button type="button" class="{action}" data-kind="{action}" data-object="{thing}"><b>{count:,}</b> {words}</button>'


def _notes(plan: Plan, totals: Totals) -> Iterator[str]:
    if not totals.rows.total():
        yield _note("Rows", [(NO_ROWS, None)])
    if plan.remarks:
        yield _note("Settings and columns", ((remark, None) for remark in plan.remarks))
    if totals.guards:
        yield _note("Guards", ((guard_broken(broken), None) for broken in totals.guards))
    if totals.fields:
        most = totals.fields.most_common(MOST_FIELDS)
        yield _note("Fields changed most often", ((f"{one.label}: {label}", count) for (one, label), count in most))
    if totals.reasons:
        yield _note("Rows left out, by reason", ((f"{kind}: {code}", count) for (kind, code), count in totals.reasons.most_common()))
    if totals.values_left_out:
        yield _note("Values left out, by field", totals.values_left_out.most_common())
    if totals.warnings:
        yield _note("Warnings", ((WARNINGS[name], count) for name, count in totals.warnings.most_common()))
    if plan.duplicates:
        yield _note("Possible duplicates in Close", _duplicates(plan))
    if cut := [(kind, count) for kind, count in Counter(row.kind for row in plan.rows).items() if count > MOST_ROWS]:
        not_here = (f"{count:,} rows {kind.value}: only the first {MOST_ROWS:,} are listed below" for kind, count in cut)
        yield _note("Not on this page", ((text, None) for text in not_here))


def _duplicates(plan: Plan) -> Iterator[tuple[str, int | None]]:
    for key, ids in list(plan.duplicates.items())[:MOST_DUPLICATES]:
        yield f"{KEY_LABELS[key.kind]} {key.value}: {', '.join(ids)}", len(ids)
    if (more := len(plan.duplicates) - MOST_DUPLICATES) > 0:
        yield f"and {more:,} more", None


def _note(title: str, lines: Iterable[tuple[str, int | None]]) -> str:
    items = (f"<li><span>{escape(text)}</span>{'' if count is None else f'<b>{count:,}</b>'}</li>" for text, count in lines)
    return f"<div><h3>{escape(title)}</h3><ul>{''.join(items)}</ul></div>"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


# --- what the script reads -------------------------------------------------------------------------------------------


class _Data:
    """Streams and fields are named once, and referred to by their index in a list."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._labels = Labels(plan.account, plan.ids)
        self._streams: dict[str, int] = {}
        self._fields: dict[str, int] = {}

    def content(self) -> dict[str, Any]:
        items = [self._entry(entry) for entry in self._plan.in_order()]
        items += [self._row(row) for row in _first_of_each_kind(sorted(self._plan.rows))]
        return {"streams": list(self._streams), "fields": list(self._fields), "items": items}

    def _entry(self, entry: Entry) -> Item:
        company = self._plan.company_of(entry)
        return {
            "action": "create" if entry.created else "update",
            "object": entry.type.name,
            "id": "" if entry.created else entry.id,
            "title": str(entry.after.get("name") or _first_email(entry) or "(no name)"),
            "company": company.name,
            "company_id": company.id,
            "rows": [self._rows(stream, sorted(positions)) for stream, positions in entry.rows.items()],
            "changes": [self._change(entry, key, old, new) for key, (old, new) in entry.changes.items()],
            "how": how(entry),
            "look": to_look_at(entry),
        }

    def _row(self, row: RowEnd) -> Item:
        return {
            "action": ACTIONS[row.kind],
            "object": "row",
            "id": row.object_id if row.object_id and not is_on_paper(row.object_id) else "",
            "title": f"{row.stream} row {row.position:,}",
            "company": row.company.name,
            "company_id": row.company.id,
            "rows": [self._rows(row.stream, [row.position])],
            "changes": [],
            "how": why_not(row),
            "look": [WARNINGS[warning] for warning in row.warnings],
        }

    def _rows(self, stream: StreamKey, positions: list[int]) -> list[Any]:
        place = self._streams.setdefault(str(stream), len(self._streams))
        return [place, positions[:MOST_POSITIONS], max(0, len(positions) - MOST_POSITIONS)]

    def _change(self, entry: Entry, key: str, old: Any, new: Any) -> list[Any]:
        label = f"{entry.type.label}: {self._labels.field(entry.type, key)}"
        place = self._fields.setdefault(label, len(self._fields))
        return [place, _for_script(self._labels.value(key, old)), _for_script(self._labels.value(key, new))]


def _first_of_each_kind(rows: Iterable[RowEnd]) -> Iterator[RowEnd]:
    left = dict.fromkeys(Kind, MOST_ROWS)
    for row in rows:
        if left[row.kind] > 0:
            left[row.kind] -= 1
            yield row


def _for_script(value: Any) -> Any:
    """Whole numbers larger than JavaScript can represent exactly become text."""
    return str(value) if isinstance(value, int) and abs(value) > EXACT else value


def _first_email(entry: Entry) -> str:
    emails = entry.after.get("emails") or [""]
    return str(emails[0])
