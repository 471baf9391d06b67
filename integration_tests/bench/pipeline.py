"""How fast is the connector when it waits for nothing, and where does the time go?

One core, no network: rows are decoded, mapped and matched with canned answers, and what follows from them is planned, in
batches as in a run. Only processor time counts, and only that of the connector's own functions.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from destination_close import assembly
from destination_close.airbyte import Record, catalog, protocol
from destination_close.assembly import reads_of
from destination_close.close import MOST_CLAUSES, PAGE_SIZE, Reads, read_account
from destination_close.close.searching import lead_search, read_hits
from destination_close.engine import BATCH_ROWS
from destination_close.mapping import Mapper, compile_streams, prepare
from destination_close.model import Draft, IdFields, Key, Row, StreamKey
from destination_close.rules import Memory, group, plan_stage, unknown_keys
from destination_close.run import collect_seldom
from destination_close.settings import config
from integration_tests.bench import rows
from integration_tests.bench.endless import lead_of
from integration_tests.close_sandbox.adapter import SandboxAdapter
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.presets import many_fields
from integration_tests.close_sandbox.settings import CALM

PROJECT = Path(__file__).parents[2]
LINES_AT_ONCE = 50
"""A run maps each row as it is read; by so many the clock can be read often enough, and yet not be what is measured."""

STAGES: Mapping[str, str] = {
    "read": "a line to a record",
    "map": "a record to what it wants: columns, types",
    "ask": "which keys, and the search for them",
    "match": "Close's answer to leads and contacts",
    "group": "which rows touch each other",
    "plan": "what to create, update, leave alone",
}


@dataclass(slots=True)
class Measured:
    """Seconds of processor time, by stage."""

    rows: int
    known: bool
    """Whether Close has all of it already."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    changes: int = 0
    """Calls planned."""

    yardstick: float = 0.0
    """Seconds that Python's own `json` takes for the same lines at the same time: of the machine alone, not of the connector."""

    @property
    def rows_per_second(self) -> float:
        return self.rows / sum(self.seconds.values())

    def microseconds(self, stage: str) -> float:
        """Of one row."""
        return self.seconds[stage] / self.rows * 1e6

    @property
    def yardsticks(self) -> float:
        """How many times as long as `json` takes to read its line a row takes in all."""
        return sum(self.seconds.values()) / self.yardstick

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What happens meanwhile is this stage."""
        begun = time.process_time()
        yield
        self.seconds[name] += time.process_time() - begun


def measured(count: int, *, known: bool) -> Measured:
    """In a process of its own, so that nothing else in memory has a part in it."""
    command = [sys.executable, "-m", "integration_tests.bench.pipeline", str(count), str(int(known))]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout)
    return Measured(count, known, told["seconds"], told["changes"], told["yardstick"])


# --- in that process -------------------------------------------------------------------------------------------------


def measure(count: int, *, known: bool) -> Measured:
    """So many rows, through every stage."""
    mappers, reads, status_id = _ready()
    collect_seldom()
    took, memory = Measured(count, known), Memory(rows.SEARCH_LAG_SECONDS)
    for first, lines in _batches(count):
        drafts: list[Draft] = []
        for arrived in range(0, len(lines), LINES_AT_ONCE):
            with took.stage("read"):
                read = [protocol.decode(line) for line in lines[arrived : arrived + LINES_AT_ONCE]]
                records = [record for record in read if isinstance(record, Record)]
            took.yardstick += _by_json(lines[arrived : arrived + LINES_AT_ONCE])
            with took.stage("map"):
                drafts += _drafts(records, first + len(drafts), mappers)
        memory.hold([key for draft in drafts for key in draft.keys])
        while True:
            with took.stage("ask"):
                asked = _ask(drafts, memory, reads)
            if not asked:
                break
            answers = [list(_pages(keys, status_id, known=known)) for keys in asked]
            with took.stage("match"):
                _match(asked, answers, memory, reads)
        with took.stage("group"):
            groups = group(drafts, memory)
        with took.stage("plan"):
            took.changes += _plan([rows.drafts for rows in groups], memory)
        memory.release([key for draft in drafts for key in draft.keys])
        memory.expire(time.monotonic())
    return took


def _ready() -> tuple[Mapping[StreamKey, Sequence[Mapper]], Reads, str]:
    close = Close(CALM)
    many_fields(close)
    settings = config.parse_config(rows.CONFIG)
    client, _ = assembly.connect(settings, assembly.Surroundings(threading.Event(), adapter=SandboxAdapter(close)))
    mappers = compile_streams(settings, read_account(client, need_users=True), catalog.parse_catalog(rows.CATALOG))
    reads = reads_of(mappers, IdFields(settings.id_fields))
    return mappers, reads, next(iter(close.organization.statuses))


def _batches(count: int) -> Iterator[tuple[int, list[bytes]]]:
    for first in range(0, count, BATCH_ROWS):
        yield first, list(rows.lines(rows.people(min(BATCH_ROWS, count - first), first=first), BATCH_ROWS + 1))


def _by_json(lines: Sequence[bytes]) -> float:
    begun = time.process_time()
    for line in lines:
        json.loads(line)
    return time.process_time() - begun


def _drafts(records: Sequence[Record], first: int, mappers: Mapping[StreamKey, Sequence[Mapper]]) -> list[Draft]:
    made = [Row(one.stream, number, number, one.data, one.nulled, one.size) for number, one in enumerate(records, first)]
    return [draft for row in made for draft in prepare(row, mappers[row.stream]).drafts]


def _ask(drafts: Sequence[Draft], memory: Memory, reads: Reads) -> list[list[Key]]:
    keys = unknown_keys(drafts, memory)
    asked = [keys[begin : begin + MOST_CLAUSES] for begin in range(0, len(keys), MOST_CLAUSES)]
    for some in asked:
        orjson.dumps(lead_search(some, reads))
    return asked


def _pages(keys: Sequence[Key], status_id: str, *, known: bool) -> Iterator[bytes]:
    """What Close answers to the search for these keys, page by page."""
    companies = dict.fromkeys(int(key.value.removeprefix("c-")) for key in keys if key.kind == "company")
    people = dict.fromkeys(int(key.value) // rows.PEOPLE_PER_COMPANY for key in keys if key.kind == "user")
    leads = [lead_of(company, status_id) for company in {**companies, **people}] if known else []
    for first in range(0, max(len(leads), 1), PAGE_SIZE):
        yield orjson.dumps({"data": leads[first : first + PAGE_SIZE], "cursor": None})


def _match(asked: Sequence[Sequence[Key]], answers: Sequence[Sequence[bytes]], memory: Memory, reads: Reads) -> None:
    for keys, pages in zip(asked, answers, strict=True):
        found = [lead for page in pages for lead in orjson.loads(page)["data"]]
        memory.learn_hits(read_hits(found, keys, reads, time.monotonic()))


def _plan(groups: Sequence[Sequence[Draft]], memory: Memory) -> int:
    changes = 0
    for drafts in groups:
        rest: Sequence[Draft] = drafts
        while rest:
            stage = plan_stage(rest, memory, {})
            changes, rest = changes + len(stage.changes), stage.rest
    return changes


if __name__ == "__main__":
    one = measure(int(sys.argv[1]), known=sys.argv[2] == "1")
    print(json.dumps({"seconds": one.seconds, "changes": one.changes, "yardstick": one.yardstick}))
