"""How are the results presented, in a terminal and in the document?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from integration_tests.bench.pipeline import STAGES
from integration_tests.bench.results import MEGABYTE, Result, Results, targets

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Heads and rows."""


def tables(results: Results) -> Iterator[tuple[str, Table]]:
    """Each with its title."""
    yield "Against the sandbox", of_cases(results)
    yield "What each case is, and what limits it", of_limits(results)
    if results.loops:
        yield "The loop over rows", of_loops(results)
    yield "The pipeline alone: microseconds of one core per row", of_pipeline(results)
    yield "Against a Close without limits", of_long(results)
    yield "Targets", of_targets(results)


def of_cases(results: Results) -> Table:
    heads = ("case", "rows", "calls per row", "searches", "POST lead", "POST contact", "PUT", "rows/s", "share of the limit")
    return (*heads, "strictly", "429", "memory", "times the loop"), [_case(result, results) for result in results.cases]


def _case(result: Result, results: Results) -> list[str]:
    times = results.times_the_loop(result)
    return [
        result.case.name,
        f"{result.rows:,}",
        f"{result.calls.total / result.rows:.4f}",
        _part(result, "POST /data/search/"),
        _part(result, "POST /lead/"),
        _part(result, "POST /contact/"),
        _part(result, "PUT /lead/{id}/", "PUT /contact/{id}/"),
        f"{result.rows_per_second:,.0f}",
        f"{result.share:.3f}",
        f"{result.strict_share:.3f}",
        f"{result.throttled:.1%}",
        f"{result.ran.peak_bytes / MEGABYTE:.0f} MB",
        f"{times:.0f}" if times else "",
    ]


def _part(result: Result, *endpoints: str) -> str:
    return f"{result.per_row(*endpoints):.4f}" if result.calls.of(*endpoints) else "0"


def of_limits(results: Results) -> Table:
    return ("case", "rows", "limited by"), [[one.case.name, one.case.what, one.case.limited_by] for one in results.cases]


def of_loops(results: Results) -> Table:
    heads = ("rows", "sent", "searches per row", "rows/s", "leads afterwards", "expected", "the connector is faster, times")
    return heads, [
        [
            loop.way.name,
            f"{loop.rows + 1}",
            f"{loop.way.searches}",
            f"{loop.rows_per_second:.2f}",
            f"{loop.leads}",
            f"{loop.companies}",
            f"{results.of('all unchanged' if loop.way.known else 'all new').rows_per_second / loop.rows_per_second:.0f}",
        ]
        for loop in results.loops.values()
    ]


def of_pipeline(results: Results) -> Table:
    heads = ("rows", "number", *STAGES, "total", "rows/s", "times json")
    return heads, [
        [
            "all unchanged" if one.known else "all new",
            f"{one.rows:,}",
            *(f"{one.microseconds(stage):.1f}" for stage in STAGES),
            f"{1e6 / one.rows_per_second:.1f}",
            f"{one.rows_per_second:,.0f}",
            f"{one.yardsticks:.1f}",
        ]
        for one in results.pipeline
    ]


def of_long(results: Results) -> Table:
    heads = ("rows", "seconds", "rows/s", "processor, microseconds per row", "memory")
    return heads, [
        [
            f"{one.rows:,}",
            f"{one.ran.seconds:.1f}",
            f"{one.rows / one.ran.seconds:,.0f}",
            f"{one.microseconds:.0f}",
            f"{one.megabytes:.0f} MB",
        ]
        for one in results.long
    ]


def of_targets(results: Results) -> Table:
    return ("what", "target", "measured", ""), [[t.what, t.wanted, t.found, "met" if t.met else "MISSED"] for t in targets(results)]


# --- forms -----------------------------------------------------------------------------------------------------------


def as_text(table: Table) -> Iterator[str]:
    """Columns under each other: numbers to the right, words to the left."""
    heads, rows = table
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    numbers = [_is_number(row[place] for row in rows) for place in range(len(heads))]
    for row in (heads, ["-" * width for width in widths], *rows):
        cells = (cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numbers, strict=True))
        yield "  ".join(cells).rstrip()


def as_markdown(table: Table) -> Iterator[str]:
    heads, rows = table
    yield _line(heads)
    yield _line(["---:" if _is_number(row[place] for row in rows) else "---" for place in range(len(heads))])
    yield from map(_line, rows)


def _is_number(cells: Iterable[str]) -> bool:
    return all(cell[:1].isdigit() or not cell for cell in cells)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
