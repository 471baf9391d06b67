"""How many objects and rows of each kind does a plan contain? (pure)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from destination_close.model import KEY_LABELS, OBJECT_TYPES, Kind, ObjectType
from destination_close.plan.plan import BrokenGuard, Plan
from destination_close.plan.wording import NO_ROWS, Labels, guard_broken

MOST_FIELDS = 8
"""How many of the most frequently changed fields are shown."""


@dataclass(frozen=True, slots=True)
class Totals:
    """A plan in numbers, without any value of a row or of Close."""

    created: Counter[ObjectType]
    updated: Counter[ObjectType]
    rows: Counter[str]
    """By outcome: `changing` something, or the kind of outcome."""

    reasons: Counter[tuple[str, str]]
    """By kind of outcome and reason."""

    fields: Counter[tuple[ObjectType, str]]
    """How many existing objects change a field, by object and label."""

    values_left_out: Counter[str]
    """By field of a mapping."""

    warnings: Counter[str]
    duplicates: Counter[str]
    """How many keys several objects in Close have, by kind of key."""

    guards: tuple[BrokenGuard, ...]


def totals_of(plan: Plan) -> Totals:
    """The plan, counted."""
    labels = Labels(plan.account, plan.ids)
    entries = plan.in_order()
    writing = (Kind.CREATED, Kind.UPDATED)
    rows = Counter({kind.value: count for kind, count in plan.kinds.items() if kind not in writing})
    return Totals(
        created=Counter(entry.type for entry in entries if entry.created),
        updated=Counter(entry.type for entry in entries if not entry.created),
        rows=Counter({"changing": sum(plan.kinds[kind] for kind in writing)}) + rows,
        reasons=Counter({(kind.value, reason.value): count for (kind, reason), count in plan.reasons.items() if kind not in writing}),
        fields=Counter((entry.type, labels.field(entry.type, key)) for entry in entries if not entry.created for key in entry.changes),
        values_left_out=plan.values_left_out,
        warnings=Counter(warning for entry in entries for warning in entry.warnings),
        duplicates=Counter(key.kind for key in plan.duplicates),
        guards=tuple(plan.broken_guards()),
    )


def in_the_log(plan: Plan) -> Iterator[str]:
    """What a dry run logs at its end: counts and codes only."""
    totals = totals_of(plan)
    if not totals.rows.total():
        yield f"Dry run: nothing was written. {NO_ROWS}"
        return
    objects = ", ".join(f"{one.name}s ({totals.created[one]:,} to create, {totals.updated[one]:,} to update)" for one in OBJECT_TYPES)
    yield f"Dry run: nothing was written. Planned: {objects}."
    if totals.fields:
        yield f"Fields changed most often: {_counted(totals.fields)}."
    if totals.values_left_out:
        yield f"Values left out: {', '.join(f'{name} {count:,}' for name, count in totals.values_left_out.most_common())}."
    if totals.warnings:
        yield f"Warnings: {', '.join(f'{name} {count:,}' for name, count in totals.warnings.most_common())}."
    if totals.duplicates:
        yield f"Possible duplicates in Close: {', '.join(duplicates_in_words(totals))}."
    for broken in totals.guards:
        yield f"{guard_broken(broken)}."


_CARRIERS = {each.finds: f"{one.name}s" for one in OBJECT_TYPES for each in one.found_by if each.finds}
"""What carries a key, by its kind."""


def duplicates_in_words(totals: Totals) -> Iterator[str]:
    """Which keys occur more than once, and how many of each kind."""
    for kind, name in KEY_LABELS.items():
        if count := totals.duplicates[kind]:
            yield f"{count:,} {name}{'s' if count > 1 else ''} on several {_CARRIERS[kind]}"


def _counted(fields: Counter[Any]) -> str:
    return ", ".join(f"{one.name} {label} {count:,}" for (one, label), count in fields.most_common(MOST_FIELDS))
