"""Do the faker's users land in Close once, as they are, and is nothing written when they come again?"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from destination_close.version import VERSION
from integration_tests.close_sandbox import Call, Close, Settings
from integration_tests.close_sandbox.server import running_server
from integration_tests.e2e.account import STREAM, Account, furnish
from integration_tests.e2e.environments import PYAIRBYTE, SOURCE_FAKER, make_ready
from integration_tests.e2e.failures import EndToEndError, Mismatch
from integration_tests.e2e.landing import differences
from integration_tests.e2e.readme import run_example
from integration_tests.e2e.session import play
from integration_tests.e2e.tape import Tape, breaches

USERS = 500
SOURCE_CONFIG = {"count": USERS, "seed": 3, "parallelism": 1, "records_per_slice": 100}
SEARCH_LAG_SECONDS = 3
SANDBOX = Settings(index_lag=1.5, index_lag_jitter=1.0)
"""With the recorded rate limits, and an index that lags."""

MOST_SHOWN = 12
READS_THAT_POST = frozenset(("/data/search/",))


@dataclass(frozen=True, slots=True)
class Run:
    """One sync, as PyAirbyte is asked to do it."""

    name: str
    cached: bool = False
    """By way of PyAirbyte's cache, which is its default: times lose their zones, and columns of its own come along."""


RUNS = (Run("straight from the source"), Run("the same again"), Run("through PyAirbyte's cache", cached=True))


@dataclass(frozen=True, slots=True)
class Played:
    """One sync, as it went."""

    run: Run
    answer: Mapping[str, Any]
    tape: Tape
    calls: Sequence[Call]

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.method != "GET" and call.path not in READS_THAT_POST]

    def count(self, method: str) -> int:
        return sum(call.method == method and call.status == 200 for call in self.writes)


def main() -> int:
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="close-e2e-"))
    try:
        make_ready(os.environ.get("PYTHON") or sys.executable)
        with running_server(SANDBOX) as server:
            sync_all(furnish(server.close, SEARCH_LAG_SECONDS), server.api_url, folder)
    except EndToEndError as failure:
        print(f"\nFAILED: {failure}\n\nWhat was sent and answered is kept in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    print(f"\nAll as it should be, in {time.monotonic() - begun:.0f} seconds.")
    return 0


def sync_all(account: Account, base_url: str, folder: Path) -> None:
    """Every run, each held against the world before and after it."""
    print_head()
    first: Played | None = None
    for number, run in enumerate(RUNS, 1):
        place = folder / str(number)
        place.mkdir()
        before = _world(account.close)
        played = sync(run, account, base_url, place, with_check=first is None)
        print_row(played, before, _world(account.close))
        complain(run, all_problems(played, account, first, before))
        first = first or played
    print_tail(first, account)
    seen = len(account.close.calls)
    run_example(account, base_url, folder / "readme")
    complain_of_example(account.close.calls[seen:])


def complain_of_example(calls: Sequence[Call]) -> None:
    """May raise Mismatch."""
    if not any(call.path in READS_THAT_POST for call in calls):
        raise Mismatch("the example of the README ran, but no row of it reached Close")
    print("The PyAirbyte example of the README ran as it stands there.")


def sync(run: Run, account: Account, base_url: str, folder: Path, *, with_check: bool) -> Played:
    calls_before = len(account.close.calls)
    order = {
        "config": account.config,
        "refused_config": {**account.config, "api_key": "api_wrong.wrong"} if with_check else None,
        "source_config": SOURCE_CONFIG,
        "stream": STREAM,
        "cache": str(folder / "cache.duckdb") if run.cached else None,
    }
    answer, tape = play(order, folder, base_url)
    return Played(run, answer, tape, account.close.calls[calls_before:])


# --- what must be so -------------------------------------------------------------------------------------------------


def all_problems(played: Played, account: Account, first: Played | None, before: str) -> Iterator[str]:
    yield from breaches(played.tape)
    if (rows := len({record["id"] for record in played.tape.records})) != USERS:
        yield f"the source sent {rows} users, not {USERS}"
    if played.answer["rows"] != USERS:
        yield f"PyAirbyte says that it delivered {played.answer['rows']} rows, not {USERS}"
    if played.tape.states_sent and played.answer["state"] != played.tape.states_sent[-1]["stream"]["stream_state"]:
        yield "the state that PyAirbyte keeps is not the last one it sent"
    if first is None:
        yield from differences(played.tape.records, account)
    else:
        yield from _repetition_problems(played, first, before, _world(account.close))


def _repetition_problems(played: Played, first: Played, before: str, after: str) -> Iterator[str]:
    if not played.run.cached and _lasting(played.tape) != _lasting(first.tape):
        yield "the source sent other users than the first time, so the runs cannot be compared"
    yield from (f"written though nothing was new: {call.endpoint} (HTTP {call.status})" for call in played.writes)
    if after != before:
        yield "Close does not hold the same as before"


def _lasting(tape: Tape) -> list[dict[str, Any]]:
    """The records without what is new in every run."""
    return [{name: value for name, value in record.items() if name != "updated_at"} for record in tape.records]


def _world(close: Close) -> str:
    """All that Close holds, dates of change included."""
    return json.dumps([close.leads, close.contacts], sort_keys=True)


def complain(run: Run, problems: Iterator[str]) -> None:
    """May raise Mismatch."""
    if found := list(problems):
        more = [f"... and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
        raise Mismatch("\n  - ".join([f"{run.name}:", *found[:MOST_SHOWN], *more]))


# --- the report ------------------------------------------------------------------------------------------------------


def print_head() -> None:
    source = f"airbyte-source-faker {SOURCE_FAKER.version_of('airbyte-source-faker')}"
    client = f"PyAirbyte {PYAIRBYTE.version_of('airbyte')}"
    print(f"{source} -> {client} -> destination-close {VERSION} -> Close sandbox\n")
    print(f"{'':28}{'rows':>6}{'states':>8}{'leads':>8}{'contacts':>10}{'updates':>9}{'calls':>7}{'seconds':>9}")


def print_row(played: Played, before: str, after: str) -> None:
    leads, contacts = (len(now) - len(then) for now, then in zip(json.loads(after), json.loads(before), strict=True))
    numbers = f"{len(played.tape.records):6}{len(played.tape.states_returned):8}{leads:+8}{contacts:+10}{played.count('PUT'):9}"
    print(f"{played.run.name:28}{numbers}{len(played.calls):7}{played.answer['seconds']:9.1f}", flush=True)


def print_tail(first: Played | None, account: Account) -> None:
    if first is not None:
        print(f"\nA wrong key, as `check` tells of it: {first.answer['refusal']}")
        summary = [line for line in first.tape.logs if line.startswith(("Stream ", "Finished "))]
        print("The connector's own summary of the first run:", *summary, sep="\n  ")
    print(f"Close holds {account.close.lead_count} leads with {account.close.contact_count} contacts, each as its row says.")


if __name__ == "__main__":
    sys.exit(main())
