"""How is a plan written for other programs: one JSON object per line? (pure)

Every line has every key, whatever it is about; `docs/plan.md` is the contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from destination_close.engine import is_on_paper
from destination_close.model import Kind, StreamKey
from destination_close.plan.plan import Entry, Plan, RowEnd

PlanLine = dict[str, Any]

ACTIONS: Mapping[Kind, str] = {Kind.UNCHANGED: "unchanged", Kind.SKIPPED: "skip", Kind.REJECTED: "reject"}
"""What is said about a row that changes nothing."""


def lines_of(plan: Plan) -> Iterator[PlanLine]:
    """The objects that change, in the order of the rows, and then the rows that change nothing."""
    for entry in plan.in_order():
        yield _entry(plan, entry)
    for row in sorted(plan.rows):
        yield _row(row)


def _entry(plan: Plan, entry: Entry) -> PlanLine:
    company = plan.company_of(entry)
    (stream, positions), *others = _rows(entry.rows)
    return {
        "action": "create" if entry.created else "update",
        "object": entry.kind,
        "id": None if entry.created else entry.id,
        "ref": entry.id if entry.created else None,
        "lead": entry.lead_id if entry.kind == "contact" else None,
        "company": company.name,
        "company_id": company.id or None,
        "stream": stream,
        "positions": positions,
        "other_rows": dict(others),
        "changes": {key: [old, new] for key, (old, new) in entry.changes.items()},
        "matched_by": entry.matched_by,
        "reason": entry.why.rule.value if entry.why else None,
        "field": None,
        "message": None,
        "left_out": [reason.value for reason in entry.left_out],
        "warnings": list(entry.warnings),
    }


def _row(row: RowEnd) -> PlanLine:
    rule = row.why.rule.value if row.why else None
    matched = row.why.matched_by if row.why else ()
    return {
        "action": ACTIONS[row.kind],
        "object": "row",
        "id": row.object_id if row.object_id and not is_on_paper(row.object_id) else None,
        "ref": None,
        "lead": None,
        "company": row.company.name,
        "company_id": row.company.id or None,
        "stream": str(row.stream),
        "positions": [row.position],
        "other_rows": {},
        "changes": {},
        "matched_by": matched[0] if matched else None,
        "reason": row.reason.value if row.reason else rule,
        "field": row.field,
        "message": row.message or None,
        "left_out": [reason.value for reason in row.left_out],
        "warnings": list(row.warnings),
    }


def _rows(rows: Mapping[StreamKey, Mapping[int, None]]) -> list[tuple[str, list[int]]]:
    return [(str(stream), sorted(positions)) for stream, positions in rows.items()] or [("", [])]
