"""What does a person in a terminal read of a plan? (pure)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from destination_close.model import KEY_LABELS, LEAD, OBJECT_TYPES, Kind
from destination_close.plan.plan import Entry, Plan
from destination_close.plan.totals import MOST_FIELDS, Totals, totals_of
from destination_close.plan.wording import NO_ROWS, WARNINGS, Labels, guard_broken, how, to_look_at, why_not

MOST_CHANGES = 10
MOST_REJECTED = 10
MOST_DUPLICATES = 5
MOST_VALUE = 60
"""Characters shown per value."""

NOTHING = "(empty)"
SIGNS = {True: "+", False: "~"}

_COLOURS = {"+": "\x1b[32m", "~": "\x1b[33m", "!": "\x1b[31m"}
_PLAIN = "\x1b[0m"


def lines_for_terminal(plan: Plan, *, colours: bool = False) -> Iterator[str]:
    """The totals, and the first changes field by field."""
    totals = totals_of(plan)
    yield f"Plan for {shown(plan.account.organization_name) or 'this account'}. Nothing was written."
    yield ""
    yield from _objects(totals)
    yield ""
    yield from _rows(totals)
    yield from _section("Fields changed most often", _counted(totals.fields))
    yield from _section("Possible duplicates in Close", _duplicates(plan))
    yield from _section("Values left out", (f"{count:7,}  {name}" for name, count in totals.values_left_out.most_common()))
    yield from _section("Warnings", (f"{count:7,}  {WARNINGS[name]}" for name, count in totals.warnings.most_common()))
    yield from _section("Guards", (f"         {guard_broken(broken)}" for broken in totals.guards))
    yield from _section("Rejected", _rejected(plan))
    yield from _section("Settings and columns", (f"       ! {remark}" for remark in plan.remarks))
    yield ""
    for line in _changes(plan):
        sign = line.strip()[:1]
        yield f"{_COLOURS[sign]}{line}{_PLAIN}" if colours and line.startswith("  ") and sign in _COLOURS and line[2] == sign else line


def _objects(totals: Totals) -> Iterator[str]:
    yield f"  {'':10}{'create':>9}{'update':>9}"
    for one in OBJECT_TYPES:
        yield f"  {one.name + 's':10}{totals.created[one]:9,}{totals.updated[one]:9,}"


def _rows(totals: Totals) -> Iterator[str]:
    yield f"  {totals.rows.total():,} {'row' if totals.rows.total() == 1 else 'rows'}"
    yield f"{totals.rows['changing']:7,}  with changes"
    for kind in (Kind.UNCHANGED, Kind.SKIPPED, Kind.REJECTED):
        reasons = sorted(((reason, count) for (of, reason), count in totals.reasons.items() if of == kind.value), key=lambda one: -one[1])
        listed = ", ".join(f"{reason} {count:,}" for reason, count in reasons)
        yield f"{totals.rows[kind.value]:7,}  {kind.value:9}  {listed}".rstrip()


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield ""
        yield f"  {title}"
        yield from lines


def _counted(fields: Counter[Any]) -> Iterator[str]:
    for (one, label), count in fields.most_common(MOST_FIELDS):
        yield f"{count:7,}  {one.name:7}  {shown(label)}"


def _duplicates(plan: Plan) -> Iterator[str]:
    for key, ids in list(plan.duplicates.items())[:MOST_DUPLICATES]:
        yield f"         {KEY_LABELS[key.kind]} {shown(key.value)}: {', '.join(ids)}"
    if (more := len(plan.duplicates) - MOST_DUPLICATES) > 0:
        yield f"         and {more:,} more"


def _rejected(plan: Plan) -> Iterator[str]:
    rejected = [row for row in sorted(plan.rows) if row.kind is Kind.REJECTED]
    for row in rejected[:MOST_REJECTED]:
        yield f"         {row.stream} row {row.position}: {why_not(row)}"
    if (more := len(rejected) - MOST_REJECTED) > 0:
        yield f"         and {more:,} more"


# --- changes -----------------------------------------------------------------------------------------------------------


def _changes(plan: Plan) -> Iterator[str]:
    entries, labels = plan.in_order(), Labels(plan.account, plan.ids)
    if not plan.kinds:
        yield NO_ROWS
        return
    if not entries:
        done = not (plan.kinds[Kind.REJECTED] or plan.kinds[Kind.SKIPPED])
        yield f"No changes: {'Close already has everything that the rows ask for' if done else 'no row is left that asks for one'}."
        return
    first = entries[:MOST_CHANGES]
    more = f"The first {len(first)} of {len(entries):,} changes (use --html FILE or --json FILE to get them all):"
    yield more if len(entries) > len(first) else f"All {len(entries)} changes:" if len(entries) > 1 else "The change:"
    for entry in first:
        yield ""
        yield from _change(plan, entry, labels)


def _change(plan: Plan, entry: Entry, labels: Labels) -> Iterator[str]:
    company = plan.company_of(entry)
    name = shown(entry.after.get("name") or "")
    of = f" of {shown(company.name) or entry.lead_id}" if entry.type is not LEAD else ""
    where = "" if entry.created else f"  ({entry.id})"
    yield f"  {SIGNS[entry.created]} {entry.type.name} {name or '(no name)'}{of}{where}"
    yield f"      {how(entry)}; {_positions(entry)}"
    for warning in to_look_at(entry):
        yield f"      ! {warning}"
    changes = [(labels.field(entry.type, key), key, old, new) for key, (old, new) in entry.changes.items()]
    width = max((len(label) for label, *_ in changes), default=0)
    for label, key, old, new in changes:
        after = shown(labels.value(key, new))
        said = after if entry.created else f"{shown(labels.value(key, old)) or NOTHING} -> {after or NOTHING}"
        yield f"      {shown(label):{width}}  {said}"


def _positions(entry: Entry) -> str:
    return ", ".join(f"{stream} {_several('row', sorted(positions))}" for stream, positions in entry.rows.items())


def _several(word: str, positions: list[int]) -> str:
    first = ", ".join(map(str, positions[:5]))
    more = f" and {len(positions) - 5:,} more" if len(positions) > 5 else ""
    return f"{word}{'s' if len(positions) > 1 else ''} {first}{more}"


def shown(value: Any) -> str:
    """The value on one line, short, without anything that a terminal would interpret."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    text = "".join(one if one.isprintable() else " " if one.isspace() else "?" for one in str(value))
    return text if len(text) <= MOST_VALUE else f"{text[: MOST_VALUE - 1]}…"
