"""Does Close end as if the rows had been handled one by one, in order?

The connector, whole but for the network, against the slow sequential model of `oracle`: over random colliding rows, with
a lagging index, several batch sizes, calls that overtake each other, and answers in any of the shapes Close may give them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_close.model import Kind
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.settings import CALM, Settings
from unit_tests.laws.oracle import World, expected_world, explain_difference, outcome_of_row
from unit_tests.laws.oracle.generate import Record, drafts_of, records, worlds
from unit_tests.laws.oracle.seeding import state_of
from unit_tests.support import harness
from unit_tests.support.law import CONFIG, PHASES, a_sandbox, assert_the_law, limited, messages_of, switches

N = int(os.environ.get("LAW_EXAMPLES", "150"))


@settings(max_examples=N, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(st.integers(0, 2**32), worlds(), records(policies=True), switches, st.integers(1, 30))
def test_close_ends_as_if_rows_were_handled_one_by_one(seed: int, world: World, rows: list[Record], how: Settings, batch_rows: int) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, how)
    choose = random.Random(seed).randrange
    with limited(seed):
        ran = harness.run(sandbox, clock, CONFIG, messages_of(rows), choose=choose, batch_rows=batch_rows)
    assert_the_law(sandbox, world, rows, ran)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(worlds(), records(policies=True))
def test_outcomes_are_those_of_the_model_when_rows_come_one_by_one(world: World, rows: list[Record]) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, CALM)
    ran = harness.run(sandbox, clock, CONFIG, messages_of(rows), batch_rows=1)
    assert_the_law(sandbox, world, rows, ran)
    _, expected = expected_world(world, drafts_of(rows))
    by_row: dict[int, list[Any]] = {}
    for one in expected:
        by_row.setdefault(one.draft.row.ordinal, []).append(one)
    kinds = [outcome_of_row(ones) for _, ones in sorted(by_row.items())]
    for kind in Kind:
        told = sum(int(text.split(f" {kind.value}")[0].split()[-1].replace(",", "")) for text in ran.logs if text.startswith("Stream "))
        assert told == kinds.count(kind), kind


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(worlds(), records(policies=True), st.integers(1, 30))
def test_the_same_rows_a_second_time_write_nothing_once_a_third_time_would_not(world: World, rows: list[Record], batch_rows: int) -> None:
    """Rows that contradict each other write again every time; rows that do not, never."""
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, CALM)
    harness.run(sandbox, clock, CONFIG, messages_of(rows), batch_rows=batch_rows)
    before = state_of(sandbox)
    clock.advance(3600)
    sandbox.forget_calls()
    ran = harness.run(sandbox, clock, CONFIG, messages_of(rows), batch_rows=1000)
    assert ran.failure is None
    drafts = drafts_of(rows)
    once, _ = expected_world(world, drafts)
    twice, _ = expected_world(world, [*drafts, *_again(drafts)])
    assert not explain_difference(twice, state_of(sandbox))
    if once == twice and once == before and len(rows) == 1:
        assert writes(sandbox) == 0


def _again(drafts: Sequence[Any]) -> list[Any]:
    from dataclasses import replace

    most = max((draft.row.ordinal for draft in drafts), default=0) + 1
    return [replace(draft, row=replace(draft.row, ordinal=draft.row.ordinal + most)) for draft in drafts]


def writes(sandbox: Sandbox) -> int:
    """Calls that could have changed something."""
    return sum(1 for call in sandbox.calls if call.method in ("POST", "PUT") and call.path != "/data/search/")
