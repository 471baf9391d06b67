"""What is measured, in which order?"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from integration_tests.bench import chart, document, endless, loop, pipeline, report, rows, sandbox
from integration_tests.bench.cases import Case, cases
from integration_tests.bench.connector import Connector
from integration_tests.bench.loop import ALL_NEW, ALL_NEW_LEANER, ALL_UNCHANGED, LOOP_SPEED, Looped, Way
from integration_tests.bench.results import Long, Result, Results
from integration_tests.bench.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows."""

    cases: int
    loop: int
    """Windows of searches."""

    pipeline: Sequence[int]
    long: Sequence[int]


WHOLE = Sizes(cases=10_000, loop=6, pipeline=(1_000, 10_000, 100_000), long=(1_000, 10_000, 100_000, 1_000_000))
QUICK = Sizes(cases=2_000, loop=2, pipeline=(1_000, 10_000), long=(1_000, 10_000, 50_000))


def main(arguments: Sequence[str] | None = None) -> int:
    told = _parser().parse_args(arguments)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="close-bench-") as folder:
        results = measure(QUICK if told.quick else WHOLE, Path(folder))
    for title, table in report.tables(results):
        print("", title, "", *report.as_text(table), sep="\n")
    if told.quick:
        print("\nSo few rows fit into the first window of the limits: their shares say little. Nothing was written.")
    else:
        document.write(results)
        chart.CHART.write_text(chart.draw(results), encoding="utf-8")
        print("\nWritten to docs/performance.md and docs/performance.svg.")
    print(f"\n{time.monotonic() - begun:.0f} seconds in all.")
    return 0


def measure(sizes: Sizes, folder: Path) -> Results:
    """Everything, one after the other: what ran side by side would take from each other."""
    connector = Connector(folder)
    tries = [list(run_pipeline(sizes.pipeline))]
    of_cases: list[Result] = []
    for speed, alike in groupby(cases(sizes.cases), key=lambda case: case.speed):
        with sandbox.running(folder, speed) as close:
            of_cases += [run_case(case, connector, close) for case in alike]
        tries.append(list(run_pipeline(sizes.pipeline)))
    with sandbox.running(folder, LOOP_SPEED) as close:
        loops = run_loops(sizes.loop, close)
    tries.append(list(run_pipeline(sizes.pipeline)))
    of_long = list(run_long(sizes.long, connector))
    tries.append(list(run_pipeline(sizes.pipeline)))
    return Results(of_cases, loops, fastest(tries), of_long)


def fastest(tries: Sequence[Sequence[pipeline.Measured]]) -> list[pipeline.Measured]:
    """Of each line. Tries are minutes apart: what else the machine does slows it down, and for minutes at a time."""
    return [max(same, key=lambda one: one.rows_per_second) for same in zip(*tries, strict=True)]


def run_case(case: Case, connector: Connector, close: Sandbox) -> Result:
    close.start_over(case.before)
    result = Result(case, connector.run(rows.lines(case.rows, case.rows_per_state), close.api_url), close.calls())
    if close.holds() != case.ends_with:
        raise RuntimeError(f"{case.name}: Close ends with {close.holds()} leads and contacts, not {case.ends_with}")
    say(f"{case.name}: {result.rows:,} rows in {result.seconds:.1f} s. {result.ran.summary}")
    return result


def run_loops(windows: int, close: Sandbox) -> dict[Way, Looped]:
    loops = {}
    try:
        for way in (ALL_NEW, ALL_NEW_LEANER, ALL_UNCHANGED):
            loops[way] = loop.run(way, windows, close)
            say(f"the loop over rows, {way.name}: {loops[way].rows_per_second:.2f} rows a second")
    except subprocess.CalledProcessError as failure:
        say(f"The loop over rows is left out: {failure}. {(failure.stderr or '').strip()[-500:]}")
    return loops


def run_pipeline(counts: Sequence[int]) -> Iterator[pipeline.Measured]:
    for known in (False, True):
        for count in counts:
            one = pipeline.measured(count, known=known)
            say(f"the pipeline alone: {count:,} {'known' if known else 'new'} rows, {one.rows_per_second:,.0f} a second")
            yield one


def run_long(counts: Sequence[int], connector: Connector) -> Iterator[Long]:
    with endless.running() as api_url:
        for count in counts:
            people = (rows.person(number) for number in range(count))
            one = Long(count, connector.run(rows.lines(people, 5_000), api_url))
            say(f"{count:,} rows without limits: {one.ran.seconds:.0f} s, {one.megabytes:.0f} MB. {one.ran.summary}")
            yield one


def say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.bench", description="How fast, and what limits it.")
    parser.add_argument("--quick", action="store_true", help="a fifth of the rows, some two minutes; the documents stay as they are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
