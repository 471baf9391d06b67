"""Which parts is one run made of?

Time, threads and the network are all passed in here, so a test can play each of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from requests.adapters import BaseAdapter

from destination_close.airbyte import Message, log_message
from destination_close.close import BASE_URL, CONNECTIONS, OUTAGE_SECONDS, Calls, Close, Reads, read_account, seconds_to_wait
from destination_close.engine import (
    BATCH_ROWS,
    Caller,
    Completed,
    Explainer,
    Looking,
    Settlement,
    Source,
    Sync,
    Threads,
    Watch,
    Witness,
    Witnesses,
    Workers,
    Writer,
)
from destination_close.mapping import (
    Mapper,
    Sightings,
    compile_streams,
    doubts_of,
    hold,
    id_field_problems,
    intentions,
    operations,
    prepare,
)
from destination_close.model import (
    CONTACT,
    LEAD,
    OBJECT_TYPES,
    Account,
    ConfigError,
    IdFields,
    ObjectType,
    RunStopped,
    Stopping,
    StreamInfo,
    StreamKey,
)
from destination_close.pacing import Pacer
from destination_close.plan import Plan, Rehearsal, Thorough, as_reported, in_the_log
from destination_close.rejects import RejectFiles, Tolerance, open_storage
from destination_close.rules import Memory
from destination_close.settings import Config, as_message

ALWAYS_READ: Mapping[ObjectType, Sequence[str]] = {LEAD: ("name", "status_id"), CONTACT: ("name",)}
"""What a row may give an object that it creates, though no mapping fills it."""

MakeWorkers = Callable[[Callable[[Completed], None]], Workers]


def threads(report: Callable[[Completed], None]) -> Workers:
    """As many workers as there are connections; the rate limit keeps most of them waiting."""
    return Threads(report, CONNECTIONS // 2)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world around a run."""

    stop: threading.Event
    base_url: str = BASE_URL
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] | None = None
    """None: wait on `stop`, so that a sleeping thread wakes when the run is asked to stop."""

    adapter: BaseAdapter | None = None
    make_workers: MakeWorkers = threads
    batch_rows: int = BATCH_ROWS
    outage_seconds: float = OUTAGE_SECONDS
    """How long to keep trying while Close cannot be reached."""

    explain: bool = False
    """Whether the log says for each row why it ended as it did."""

    is_retry: bool = False
    """Whether an earlier attempt has failed, as far as the platform says."""

    def wait(self, seconds: float) -> None:
        """Sleep; raises Stopping when the run is asked to stop."""
        if self.sleep is not None:
            self.sleep(seconds)
        elif self.stop.wait(seconds):
            raise Stopping
        if self.stop.is_set():
            raise Stopping


def connect(config: Config, around: Surroundings) -> tuple[Close, Pacer]:
    """A client of the account that the config names."""
    pacer = Pacer(clock=around.clock, sleep=around.wait, share_percent=config.rate_limit_share)
    close = Close(
        config.api_key,
        base_url=around.base_url,
        pacer=pacer,
        clock=around.clock,
        wait=around.wait,
        adapter=around.adapter,
        outage_seconds=around.outage_seconds,
    )
    return close, pacer


def write(
    config: Config,
    streams: Sequence[StreamInfo],
    make_source: Callable[[], Source],
    around: Surroundings,
    plan: Plan | None = None,
) -> Iterator[Message]:
    """One run of `write`. Input is read only after the settings have been found to work in the account.

    With a plan, or with `dry_run` set, nothing is written: the plan collects what would be.
    """
    held = hold(config, streams)
    if held.problems:
        raise ConfigError(as_message(held.problems))
    yield from _remark([*config.remarks, *held.remarks], plan)
    close, pacer = connect(config, around)
    account = read_account(close, need_users=True)
    yield log_message("INFO", f"Connected to the Close organization {account.organization_name or account.user_id}.")
    mappers = compile_streams(config, account, streams)
    yield from _remark((f"{doubt[0].upper()}{doubt[1:]}" for doubt in doubts_of(config, account)), plan)
    yield from (log_message("INFO", intention) for intention in intentions(mappers))
    yield from _wait_for_predecessor(close, account, config, around)
    reads = reads_of(mappers, IdFields(config.id_fields))
    rejects = reject_files(config, streams, around)
    source = make_source()
    is_logged = plan is None
    plan = plan or (Plan(keep_rows=False) if config.dry_run else None)
    workers = around.make_workers(source.put)
    calls: Caller = Calls(
        close,
        reads,
        config.search_lag_seconds,
        clock=around.clock,
        wall=around.wall,
        sleep=around.wait,
        aside=workers.aside,
    )
    memory = Memory(config.search_lag_seconds)
    if plan:
        calls, memory = Rehearsal(calls, reads.ids, account.first_status), Thorough()
        plan.begin(account, reads.ids, memory, config.guards)
    watch = None if plan else Watch(config.guards)
    sightings = Sightings(held.open)
    witness = _witness(plan, explain=around.explain, sightings=sightings if held.open else None)
    sync = Sync(calls, memory, workers, clock=around.clock, watch=watch, witness=witness, share_percent=config.rate_limit_share)
    settlement = Settlement(
        clock=around.clock,
        stats=pacer.stats,
        silent_seconds=lambda: close.silent_seconds,
        tolerance=Tolerance(config.max_rejected_percent),
        rejects=rejects,
        witness=witness,
        reported_as=as_reported if plan else None,
    )
    writer = Writer(
        source,
        sync,
        settlement,
        lambda row: prepare(row, mappers[row.stream]),
        mappers,
        clock=around.clock,
        stop=around.stop,
        batch_rows=around.batch_rows,
    )
    try:
        yield from writer.run()
    except RunStopped:
        yield from _remark(sightings.remarks(), plan)
        raise
    yield from _remark(sightings.remarks(), plan)
    if plan and is_logged:
        yield from (log_message("INFO", text) for text in in_the_log(plan))


def _remark(remarks: Iterable[str], plan: Plan | None) -> Iterator[Message]:
    """Said in the log, and for the plan to show."""
    for remark in remarks:
        if plan:
            plan.remarks.append(remark)
        yield log_message("WARN", remark)


def _witness(plan: Plan | None, *, explain: bool, sightings: Sightings | None) -> Witness | None:
    looking = [Looking(sightings)] if sightings else []
    witnesses: list[Witness] = [*([plan] if plan else []), *([Explainer()] if explain else []), *looking]
    return Witnesses(witnesses) if witnesses else None


def discover(config: Config, around: Surroundings) -> list[dict[str, Any]]:
    """The operations that the account offers. Raises ConfigError if the two id fields are not usable."""
    account = read_account(connect(config, around)[0], need_users=False)
    if problems := id_field_problems(config, account):
        raise ConfigError(as_message(problems))
    return operations(config, account)


def reject_files(config: Config, streams: Sequence[StreamInfo], around: Surroundings) -> RejectFiles | None:
    """Where rejected rows go, if the settings name storage for them."""
    if config.storage is None:
        return None
    sync_ids = {stream.key: stream.sync_id for stream in streams}
    return RejectFiles(open_storage(config.storage), config.storage.layout, sync_ids, wall=around.wall)


def _wait_for_predecessor(close: Close, account: Account, config: Config, around: Surroundings) -> Iterator[Message]:
    def time_there() -> float:
        return close.time_there or around.wall()

    seconds = seconds_to_wait(close, account.user_id, config.search_lag_seconds, time_there, is_retry=around.is_retry)
    if seconds > 0:
        reason = "this user has just written to Close, and search may not show it yet (search_lag_seconds)"
        yield log_message("INFO", f"Waiting {seconds:.0f} seconds: {reason}.")
        around.wait(seconds)


def reads_of(mappers: Mapping[StreamKey, Sequence[Mapper]], ids: IdFields) -> Reads:
    """What look-ups must bring: the fields that any mapping fills, and those that a new object has in any case."""
    each = [mapper for those in mappers.values() for mapper in those]
    fields = {
        one: tuple(dict.fromkeys([*ALWAYS_READ[one], *(key for mapper in each for key in mapper.steps.keys(one))])) for one in OBJECT_TYPES
    }
    return Reads(replace(ids, asked={one: frozenset(keys) for one, keys in fields.items()}), fields)
