"""How do the results look?

An SVG without anything from elsewhere; it follows the reader's choice of a light or a dark page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from integration_tests.bench.pipeline import STAGES, Measured
from integration_tests.bench.results import Long, Results

CHART = Path(__file__).parents[2] / "docs" / "performance.svg"

WIDTH, LEFT, RIGHT = 980, 230, 690
"""Pixels: of the whole, and where bars begin and end; what stands beside them needs the rest."""

LINE, BAR = 30, 16

STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
.page { fill: #ffffff } text { fill: #1f2328 } .head { font-weight: 600; font-size: 15px } .quiet { fill: #59636e; font-size: 12px }
.bar { fill: #2f6feb } .room { fill: #2f6feb; opacity: .18 } .loop { fill: #cf222e }
.s0 { fill: #8b949e } .s1 { fill: #2f6feb } .s2 { fill: #1b9e77 } .s3 { fill: #d9922e } .s4 { fill: #a371d9 } .s5 { fill: #d1577a }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 } .bar, .room, .s1 { fill: #4c8dff } .loop { fill: #ff7b72 }
}
"""


def draw(results: Results) -> str:
    """The whole picture."""
    y = 34.0
    parts: list[str] = []
    for panel in (_speed, _time, _memory):
        drawn, y = panel(results, y)
        parts += drawn
        y += 26
    return _svg(parts, y - 10)


def _svg(parts: Iterable[str], height: float) -> str:
    title = "Rows a second by case, where the processor's time goes, and memory"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}" role="img">'
    page = f'<rect class="page" width="{WIDTH}" height="{height:.0f}" rx="8"/>'
    return "\n".join((head, f"<title>{title}</title>", f"<style>{STYLE}</style>", page, *parts, "</svg>", ""))


# --- panels ----------------------------------------------------------------------------------------------------------


def _speed(results: Results, y: float) -> tuple[list[str], float]:
    allowed = {result.case.name: result.rows / result.case.limits_alone for result in results.cases}
    most = max(*allowed.values(), *(result.rows_per_second for result in results.cases))
    parts = list(_heading(y, "Rows a second", "pale: what the rate limits allow, four times as fast as Close's own"))
    for result in results.cases:
        y += LINE
        parts += _label(y, result.case.name)
        parts += [_bar(y, 0, allowed[result.case.name] / most, "room"), _bar(y, 0, result.rows_per_second / most, "bar")]
        parts += _beside(
            y, f"{result.rows_per_second:,.0f}", f"{result.share:.0%} of the limit, {result.calls.total / result.rows:.3f} calls a row"
        )
    for loop in results.loops.values():
        y += LINE
        parts += [*_label(y, f"loop, {loop.way.name}"), _bar(y, 0, loop.rows_per_second / most, "loop")]
        parts += _beside(y, f"{loop.rows_per_second:.1f}", "row by row, with Close's own client")
    return parts, y + LINE


def _time(results: Results, y: float) -> tuple[list[str], float]:
    parts = list(_heading(y, "Where the time goes", "microseconds of one core for one row, waiting for nothing"))
    shown = [results.pipeline_of(known=known)[-1] for known in (False, True)]
    most = max(1e6 / one.rows_per_second for one in shown)
    for one in shown:
        y += LINE
        parts += [*_label(y, "all unchanged" if one.known else "all new"), *_stacked(y, one, most)]
        parts += _beside(y, f"{1e6 / one.rows_per_second:.0f} µs", f"{one.rows_per_second:,.0f} rows/s")
    y += LINE
    return [*parts, *_legend(y)], y + LINE


def _stacked(y: float, one: Measured, most: float) -> Iterator[str]:
    begin = 0.0
    for number, stage in enumerate(STAGES):
        end = begin + one.microseconds(stage) / most
        yield _bar(y, begin, end, f"s{number}")
        begin = end


def _legend(y: float) -> Iterator[str]:
    for number, stage in enumerate(STAGES):
        x = LEFT + number * 72
        yield f'<rect class="s{number}" x="{x}" y="{y - 10:.0f}" width="11" height="11" rx="2"/>'
        yield _text(x + 16, y, stage, "quiet")


def _memory(results: Results, y: float) -> tuple[list[str], float]:
    parts = list(_heading(y, "Memory", "most that the process ever held; pale: 250 MB"))
    for one in _sorted(results.long):
        y += LINE
        parts += [*_label(y, f"{one.rows:,} rows"), _bar(y, 0, 1, "room"), _bar(y, 0, one.megabytes / 250, "bar")]
        parts += _beside(y, f"{one.megabytes:.0f} MB", f"{one.microseconds:.0f} µs of processor a row")
    return parts, y + LINE


def _sorted(long: Sequence[Long]) -> list[Long]:
    return sorted(long, key=lambda one: one.rows)


# --- pieces ----------------------------------------------------------------------------------------------------------


def _heading(y: float, text: str, explained: str) -> Iterator[str]:
    yield _text(20, y, text, "head")
    yield _text(LEFT, y, explained, "quiet")


def _label(y: float, text: str) -> Iterator[str]:
    yield f'<text x="{LEFT - 12}" y="{y:.0f}" text-anchor="end">{escape(text)}</text>'


def _beside(y: float, value: str, explained: str) -> Iterator[str]:
    yield f'<text x="{RIGHT + 10}" y="{y:.0f}">{escape(value)}<tspan class="quiet" dx="8">{escape(explained)}</tspan></text>'


def _bar(y: float, begin: float, end: float, kind: str) -> str:
    """Both ends as parts of the whole length."""
    x, width = LEFT + begin * (RIGHT - LEFT), max(1.0, (end - begin) * (RIGHT - LEFT))
    return f'<rect class="{kind}" x="{x:.1f}" y="{y - BAR + 4:.0f}" width="{width:.1f}" height="{BAR}" rx="2"/>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
