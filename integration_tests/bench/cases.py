"""Which syncs are measured, and with how few calls could each be done?

The fewest possible calls: of companies that are there, as many to a search as a page of its answer holds, and nothing of their
people, who come with them; of everything else every key once, as many to a search as the connector ever asks; every object that
differs is written once; the people of a new company go with it as far as they come within one batch, since Close takes no
person for a company that exists but by a call of its own. What is under different limits works side by side, so the time that
the limits alone would need is that of the one that needs most; one of them is over all calls.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from destination_close.close import MOST_CLAUSES, PAGE_SIZE
from destination_close.engine import BATCH_ROWS
from destination_close.engine.writer import BATCH_COMPANIES
from integration_tests.bench.rows import Row, people
from integration_tests.bench.sandbox import CLOSE

ROWS_PER_STATE = 5_000
CHANGED = "Chief Changed Officer"

SEARCH, POST, PUT = "search", "post", "put_contact"
"""Groups of endpoints, by the names of the sandbox."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sync."""

    name: str
    what: str
    limited_by: str
    """What keeps it from being faster, for the document."""

    rows: Sequence[Row]
    fewest: Mapping[str, int]
    """Calls that cannot be done without, by group."""

    before: Sequence[Row] = field(default=())
    """What is in Close already."""

    rows_per_state: int = ROWS_PER_STATE
    speed: float = 4.0
    """So many times as short are the windows of the limits as Close's own."""

    @property
    def window_seconds(self) -> float:
        return CLOSE.window_seconds / self.speed

    @property
    def ends_with(self) -> tuple[int, int]:
        """How many leads and contacts there are in the end."""
        everybody = {row.person: row.company for row in (*self.before, *self.rows)}
        return len(set(everybody.values())), len(everybody)

    @property
    def limits_alone(self) -> float:
        """Seconds that the rate limits would need for the fewest calls, if nothing else took time."""
        return max(calls / limit * seconds for calls, limit, seconds in self._limited())

    @property
    def whole_windows(self) -> float:
        """The same if the calls of the last window take no time, since all of them may go out when it begins."""
        return max((calls - 1) // limit * seconds for calls, limit, seconds in self._limited())

    def _limited(self) -> Iterator[tuple[int, int, float]]:
        """How many of the fewest calls come under each limit, how many it allows in a window, and how long that lasts."""
        together: Counter[str] = Counter()
        for group, calls in self.fewest.items():
            together["post" if CLOSE.shared_groups and group.startswith("put_") else group] += calls
        for group, calls in together.items():
            yield calls, CLOSE.limit(group), self.window_seconds
        if CLOSE.edge_limit:
            yield together.total(), CLOSE.edge_limit[0], self.window_seconds / CLOSE.window


def cases(rows: int, seed: int = 1) -> list[Case]:
    """All of them. Where few rows are written there are more, so that each runs for several windows of the limits."""
    return [
        all_new(rows),
        all_unchanged(2 * rows),
        ten_percent_changed(2 * rows),
        one_huge_company(2 * rows // 5),
        shuffled(rows // 2, seed),
        state_every_100_rows(rows),
        at_closes_own_pace(6 * rows),
    ]


def all_new(rows: int) -> Case:
    sent = people(rows)
    return Case(
        "all new",
        "companies with five people each, none of them in Close",
        "creating leads: one POST for a company with all its people",
        sent,
        {SEARCH: _searches(sent), POST: _companies(sent)},
    )


def state_every_100_rows(rows: int) -> Case:
    return replace(
        all_new(rows),
        name="a state every 100 rows",
        what="like all new, with fifty times the states",
        limited_by="as in all new: states wait for their rows and never force a batch",
        rows_per_state=100,
    )


def all_unchanged(rows: int) -> Case:
    sent = people(rows)
    return Case(
        "all unchanged",
        "the same rows, all of them in Close",
        "at this speed our own processor; at Close's own (see below) searches: one for 200 companies",
        sent,
        {SEARCH: _pages(sent)},
        before=sent,
    )


def at_closes_own_pace(rows: int) -> Case:
    return replace(
        all_unchanged(rows),
        name="all unchanged, at Close's own pace",
        what="the same with the real limits, two searches per second",
        limited_by="searches, one for 200 companies",
        speed=1.0,
    )


def ten_percent_changed(rows: int) -> Case:
    before = people(rows)
    sent = [replace(row, title=CHANGED) if row.person % 10 == 0 else row for row in before]
    changed = sum(row.title == CHANGED for row in sent)
    return Case(
        "10 % changed",
        "like all unchanged, but every tenth person has a different job title",
        "updating contacts: one PUT per person",
        sent,
        {SEARCH: _pages(sent), PUT: changed},
        before=before,
    )


def one_huge_company(rows: int) -> Case:
    sent = people(rows, per_company=rows)
    before = sent[::2]
    return Case(
        "one huge company",
        "every row is of one company, half of whose people are in Close",
        "creating contacts: the company exists, so each new person is a POST",
        sent,
        {SEARCH: _searches(sent), POST: rows - len(before)},
        before=before,
    )


def shuffled(rows: int, seed: int) -> Case:
    sent = people(rows)
    random.Random(seed).shuffle(sent)
    return Case(
        "rows arriving shuffled",
        "like all new, but the people of a company are scattered over the stream",
        "creating contacts: everyone after the batch in which the company was created is a POST",
        sent,
        {SEARCH: _searches(sent), POST: sum(_posts(batch, seen) for batch, seen in _batches(sent))},
    )


# --- counting --------------------------------------------------------------------------------------------------------


def _companies(rows: Iterable[Row]) -> int:
    return len({row.company for row in rows})


def _searches(rows: Sequence[Row]) -> int:
    """A key per company; then a User ID and an email per person."""
    return _full(_companies(rows), MOST_CLAUSES) + _full(2 * len(rows), MOST_CLAUSES)


def _pages(rows: Sequence[Row]) -> int:
    """A key per company, which is found."""
    return _full(_companies(rows), PAGE_SIZE)


def _full(count: int, most: int) -> int:
    return -(-count // most)


def _posts(batch: Sequence[Row], seen: set[int]) -> int:
    """One per company that is new with its people, one per person of a company seen before."""
    return _companies(row for row in batch if row.company not in seen) + sum(row.company in seen for row in batch)


def _batches(rows: Sequence[Row]) -> Iterator[tuple[list[Row], set[int]]]:
    """The rows as far as one may be put off for the sake of another, with the companies of all batches before."""
    seen: set[int] = set()
    batch: list[Row] = []
    companies: set[int] = set()
    for row in rows:
        batch.append(row)
        companies.add(row.company)
        if len(batch) == BATCH_ROWS or len(companies) == BATCH_COMPANIES:
            yield batch, seen
            seen = seen | companies
            batch, companies = [], set()
    yield batch, seen
