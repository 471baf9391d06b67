"""How is the law put to the test: the settings, a sandbox filled with a world, limits drawn by chance?"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import Phase
from hypothesis import strategies as st

from destination_close.engine import applying, queueing
from destination_close.rules import memory
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.settings import CALM, Settings
from unit_tests.laws.oracle import World, expected_world, explain_difference
from unit_tests.laws.oracle.generate import COMPANY_FIELD, MAPPINGS, POLICY_MAPPING, USER_FIELD, Record, drafts_of
from unit_tests.laws.oracle.seeding import fill, state_of
from unit_tests.support import harness

CONFIG: dict[str, Any] = {
    "api_key": CALM.api_key,
    "lead_custom_field_id_for_company_id": COMPANY_FIELD,
    "contact_custom_field_id_for_user_id": USER_FIELD,
    "mappings": [*MAPPINGS, POLICY_MAPPING],
    "search_lag_seconds": 12,
}


PHASES = [phase for phase in Phase if phase is not Phase.explain]


TIGHT = {"search": 6, "post": 5, "put_lead": 3, "put_contact": 3, "get_lead": 4, "get_contact": 4, "event": 4}
"""Calls per window: so few that rows as few as these come up against them."""

limits = st.fixed_dictionaries(
    {
        "rate_limits": st.just(True),
        "limits": st.sampled_from(({}, TIGHT)),
        "shared_groups": st.booleans(),
        "window_start": st.sampled_from(("grid", "first_call")),
        "edge_limit": st.sampled_from(((), (4,), (60, 100))),
        "header_form": st.sampled_from(("semicolon", "comma", "triplet_only", "old", "reset_only", "none")),
        "reset_form": st.sampled_from(("whole", "decimal")),
        "retry_after_on_429": st.booleans(),
        "early_429": st.sampled_from((0.0, 0.2)),
    }
)
"""Switches of the sandbox's limits; the recorded ones are among them."""

switches = st.builds(
    lambda paced, **given: CALM.but(**paced, **given),
    st.one_of(st.just({}), limits),
    index_lag=st.sampled_from((0.0, 2.0, 10.0)),
    nested_contacts=st.booleans(),
    shuffle_answers=st.booleans(),
    exact_value_ignores_case=st.booleans(),
    exact_value_matches_words=st.booleans(),
    schemeless_url=st.sampled_from(("keep", "add_http", "refuse")),
    max_clauses=st.sampled_from((None, 1, 7)),
    unknown_contact_keys=st.sampled_from(("ignore", "refuse")),
    contact_ids=st.booleans(),
    search_adds_lead_id=st.booleans(),
    slashless=st.sampled_from(("serve", "refuse")),
    gzip=st.booleans(),
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


def writes(sandbox: Sandbox) -> list[str]:
    """Calls that could have changed something."""
    return [call.endpoint for call in sandbox.calls if call.method != "GET" and call.endpoint != "POST /data/search/"]
