"""Does Close end as if the rows had been handled one by one, in order?

The connector, whole but for the network, against the slow sequential model of `oracle`: over random colliding rows, with
a lagging index, several batch sizes, calls that overtake each other, and answers in any of the shapes Close may give them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from destination_close import applying, memory, queueing
from destination_close.model import Kind
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.settings import CALM, Settings
from unit_tests import harness
from unit_tests.oracle import World, expected_world, explain_difference, outcome_of_row
from unit_tests.oracle.generate import COMPANY_FIELD, MAPPINGS, POLICY_MAPPING, USER_FIELD, Record, drafts_of, records, worlds
from unit_tests.oracle.seeding import fill, state_of

CONFIG: dict[str, Any] = {
    "api_key": CALM.api_key,
    "lead_custom_field_id_for_company_id": COMPANY_FIELD,
    "contact_custom_field_id_for_user_id": USER_FIELD,
    "mappings": [*MAPPINGS, POLICY_MAPPING],
    "search_lag_seconds": 12,
}

PHASES = [phase for phase in Phase if phase is not Phase.explain]
N = int(os.environ.get("LAW_EXAMPLES", "150"))

switches = st.builds(
    lambda **given: CALM.but(**given),
    index_lag=st.sampled_from((0.0, 2.0, 10.0)),
    nested_contacts=st.booleans(),
    shuffle_answers=st.booleans(),
    exact_value_ignores_case=st.booleans(),
    exact_value_matches_words=st.booleans(),
    schemeless_url=st.sampled_from(("keep", "add_http", "refuse")),
    max_clauses=st.sampled_from((None, 1, 7)),
    unknown_contact_keys=st.sampled_from(("ignore", "refuse")),
    contact_ids=st.booleans(),
)


def a_sandbox(world: World, clock: FakeClock, how: Settings) -> Sandbox:
    sandbox = Sandbox(how, clock, clock.sleep)
    fill(sandbox, world)
    clock.advance(3600)
    sandbox.forget_calls()
    return sandbox


def messages_of(rows: Sequence[Record]) -> list[Any]:
    return [harness.record(row.stream, row.data) for row in rows]


def assert_the_law(sandbox: Sandbox, world: World, rows: Sequence[Record], ran: harness.Ran) -> None:
    if ran.failure:
        raise ran.failure
    drafts = drafts_of(rows)
    expected, _ = expected_world(world, drafts)
    assert not explain_difference(expected, state_of(sandbox))


LIMITS = {"MOST_BATCHES": (1, 2, 4), "MOST_CALLS_AHEAD": (1, 2, 5, 1500), "MOST_ROWS_WAITING": (0, 3, 100)}
"""Of what is under way at once: those of the connector, and some that rows as few as these come up against."""


@contextmanager
def limited(seed: int) -> Iterator[None]:
    """Some of these limits, by chance."""
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        for name, values in LIMITS.items():
            patch.setattr(queueing, name, chance.choice(values))
        patch.setattr(applying, "FEW_CALLS", chance.choice((1, 2, 16)))
        patch.setattr(memory, "MOST_SIBLINGS", chance.choice((0, 2, 20)))
        patch.setitem(memory.Memory.__init__.__kwdefaults__, "most_bytes", chance.choice((0, 5_000, 1_000_000)))
        patch.setitem(memory.Memory.__init__.__kwdefaults__, "most_keys", chance.choice((0, 5, 1_000)))
        yield


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
