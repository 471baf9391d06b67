"""What came out, and were the targets met?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from integration_tests.bench.cases import Case
from integration_tests.bench.connector import Ran
from integration_tests.bench.loop import ALL_NEW, ALL_UNCHANGED, LOOP_SPEED, Looped, Way
from integration_tests.bench.pipeline import Measured
from integration_tests.bench.sandbox import Calls

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """One case."""

    case: Case
    ran: Ran
    calls: Calls

    @property
    def rows(self) -> int:
        return len(self.case.rows)

    @property
    def seconds(self) -> float:
        """From the first call to the end of the process."""
        return self.ran.ended_at - self.calls.first_at

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds

    @property
    def share(self) -> float:
        """Of the limit."""
        return self.case.limits_alone / self.seconds

    @property
    def strict_share(self) -> float:
        return self.case.whole_windows / self.seconds

    @property
    def throttled(self) -> float:
        """Share of the calls that were answered 429."""
        return self.calls.throttled / self.calls.total

    def per_row(self, *endpoints: str) -> float:
        return self.calls.of(*endpoints) / self.rows

    @property
    def searches_per_row(self) -> float:
        return self.per_row("POST /data/search/")


@dataclass(frozen=True, slots=True)
class Long:
    """One run against a Close without limits."""

    rows: int
    ran: Ran

    @property
    def megabytes(self) -> float:
        return self.ran.peak_bytes / MEGABYTE

    @property
    def microseconds(self) -> float:
        """Of processor time for one row, all threads of the connector together."""
        return self.ran.processor_seconds / self.rows * 1e6


@dataclass(frozen=True, slots=True)
class Results:
    cases: Sequence[Result]
    loops: Mapping[Way, Looped]
    """The per-row loop; none where Close's own client could not be installed."""

    pipeline: Sequence[Measured]
    long: Sequence[Long]

    def of(self, name: str) -> Result:
        return next(result for result in self.cases if result.case.name == name)

    def pipeline_of(self, *, known: bool) -> list[Measured]:
        return [one for one in self.pipeline if one.known is known]

    def times_the_loop(self, result: Result) -> float | None:
        """How many times as fast as the loop over rows of the same kind."""
        if result.case.speed != LOOP_SPEED:
            return None
        loop = self.loops.get(ALL_UNCHANGED if result.case.before else ALL_NEW)
        return result.rows_per_second / loop.rows_per_second if loop else None


@dataclass(frozen=True, slots=True)
class Target:
    what: str
    wanted: str
    found: str
    met: bool


def targets(results: Results) -> Iterator[Target]:
    new, unchanged = results.of("all new"), results.of("all unchanged")
    yield Target("all new: calls a row", "at most 0.215", f"{new.calls.total / new.rows:.4f}", new.calls.total / new.rows <= 0.215)
    yield Target("all unchanged: writes", "0", f"{unchanged.calls.writes}", unchanged.calls.writes == 0)
    rows_a_search = 1 / unchanged.searches_per_row
    yield Target("all unchanged: rows a search", "at least 150", f"{rows_a_search:.0f}", rows_a_search >= 150)
    yield Target("all new: share of the limit", "at least 0.93", f"{new.share:.3f}", new.share >= 0.93)
    throttled = max(result.throttled for result in results.cases)
    yield Target("calls answered 429, any case", "under 1 %", f"{throttled:.1%}", throttled < 0.01)
    if (times := results.times_the_loop(new)) is not None:
        yield Target("all new: times the per-row loop", "at least 150", f"{times:.0f}", times >= 150)
    short, long = next(one for one in results.long if one.rows == 10_000), results.long[-1]
    growth = long.megabytes - short.megabytes
    yield Target(f"memory of {long.rows:,} rows beyond that of {short.rows:,}", "within 50 MB", f"{growth:.0f} MB", growth <= 50)
    most = max(long.megabytes, *(result.ran.peak_bytes / MEGABYTE for result in results.cases))
    yield Target("memory at most, any run", "under 250 MB", f"{most:.0f} MB", most < 250)
    slowest = min(measured.rows_per_second for measured in results.pipeline)
    yield Target("pipeline alone, rows a second on one core", "at least 10,000", f"{slowest:,.0f}", slowest >= 10_000)
