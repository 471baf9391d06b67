"""How many objects and rows of which kind does a plan hold? (pure)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from destination_close.foreseeing import BrokenGuard, ObjectKind, Plan
from destination_close.model import Kind
from destination_close.plan_wording import Labels, guard_broken

MOST_FIELDS = 8
"""Shown of those changed most often."""


@dataclass(frozen=True, slots=True)
class Totals:
    """A plan in numbers; no value of a row or of Close is in here."""

    created: Counter[ObjectKind]
    updated: Counter[ObjectKind]
    rows: Counter[str]
    """By what becomes of them: `changing` something, or the kind of outcome."""

    reasons: Counter[tuple[str, str]]
    """By kind of outcome and reason."""

    fields: Counter[tuple[ObjectKind, str]]
    """How many existing objects change in a field, by object and label."""

    values_left_out: Counter[str]
    """By field of a mapping."""

    warnings: Counter[str]
    twins: Counter[str]
    """How many keys several objects in Close carry, by kind of key."""

    guards: tuple[BrokenGuard, ...]


def totals_of(plan: Plan) -> Totals:
    """The plan, counted."""
    labels = Labels(plan.account, plan.ids)
    entries = plan.in_order()
    writing = (Kind.CREATED, Kind.UPDATED)
    rows = Counter({kind.value: count for kind, count in plan.kinds.items() if kind not in writing})
    return Totals(
        created=Counter(entry.kind for entry in entries if entry.created),
        updated=Counter(entry.kind for entry in entries if not entry.created),
        rows=Counter({"changing": sum(plan.kinds[kind] for kind in writing)}) + rows,
        reasons=Counter({(kind.value, reason.value): count for (kind, reason), count in plan.reasons.items() if kind not in writing}),
        fields=Counter((entry.kind, labels.field(entry.kind, key)) for entry in entries if not entry.created for key in entry.changes),
        values_left_out=plan.values_left_out,
        warnings=Counter(warning for entry in entries for warning in entry.warnings),
        twins=Counter(key.kind for key in plan.twins),
        guards=tuple(plan.broken_guards()),
    )


def in_the_log(plan: Plan) -> Iterator[str]:
    """What a dry run says of itself at its end: counts and codes only."""
    totals = totals_of(plan)
    objects = "; ".join(f"{kind}s: {totals.created[kind]:,} to create, {totals.updated[kind]:,} to update" for kind in KINDS)
    yield f"Dry run: nothing was written. Planned are {objects}."
    if totals.fields:
        yield f"Fields changed most often: {_counted(totals.fields)}."
    if totals.values_left_out:
        yield f"Values left out: {', '.join(f'{name} {count:,}' for name, count in totals.values_left_out.most_common())}."
    if totals.warnings:
        yield f"To look at: {', '.join(f'{name} {count:,}' for name, count in totals.warnings.most_common())}."
    if totals.twins:
        yield f"Possible twins in Close: {', '.join(twins_said(totals))}."
    for broken in totals.guards:
        yield f"{guard_broken(broken)}."


KINDS: tuple[ObjectKind, ...] = ("lead", "contact")
KEY_NAMES = {"company": "Company ID", "user": "User ID", "email": "email"}
"""By kind of key."""


def twins_said(totals: Totals) -> Iterator[str]:
    """Which keys are carried more than once, and how many of them."""
    for kind, name in KEY_NAMES.items():
        if count := totals.twins[kind]:
            yield f"{count:,} {name}{'s' if count > 1 else ''} on several {'leads' if kind == 'company' else 'contacts'}"


def _counted(fields: Counter[Any]) -> str:
    return ", ".join(f"{kind} {label} {count:,}" for (kind, label), count in fields.most_common(MOST_FIELDS))
