"""Does the connector do by every combination of keys, places and switches what the rules say?

All {Company ID, User ID, email} x {absent, known, unknown} x {where the contacts sit} x the five switches, each with people
and companies of its own, side by side in one sandbox and one run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from destination_close.model import Kind
from integration_tests.close_sandbox import CALM, Close, FakeClock
from unit_tests.laws.oracle import World, expected_world, explain_difference
from unit_tests.laws.oracle.combinations import SWITCHES, Combination, combinations
from unit_tests.laws.oracle.generate import COMPANY_FIELD, USER_FIELD, Record, drafts_of
from unit_tests.laws.oracle.records import mapping
from unit_tests.laws.oracle.seeding import fill, state_of
from unit_tests.laws.oracle.world import SeedContact, SeedLead
from unit_tests.support import harness


def stream_of(off: tuple[str, ...]) -> str:
    return f"without {'+'.join(off) or 'nothing'}"


def own(value: str | None, number: int) -> str | None:
    """An id or email that belongs to this case alone."""
    if value is None:
        return None
    name, at, host = value.partition("@")
    return f"{name}n{number}{at}{host}"


def seed_of_its_own(seed: SeedLead | SeedContact, number: int) -> SeedLead | SeedContact:
    if isinstance(seed, SeedLead):
        return replace(seed, ref=f"{seed.ref} {number}", name=f"{seed.name} {number}", company_id=own(seed.company_id, number))
    emails = tuple(str(own(email, number)) for email in seed.emails)
    return replace(seed, lead=f"{seed.lead} {number}", user_id=own(seed.user_id, number), emails=emails)


def record_of_its_own(case: Combination, number: int) -> Record:
    keys = ("lead_company_id", "contact_user_id", "contact_email")
    own_keys = {key: own(value, number) for key, value in case.record.data.items() if key in keys}
    return Record(stream_of(case.off), {**case.record.data, **own_keys})


def test_every_combination_ends_as_the_rules_say() -> None:
    cases = list(enumerate(combinations()))
    assert len(cases) > 10_000
    worlds = [World(tuple(seed_of_its_own(seed, number) for seed in case.world.seeds)) for number, case in cases]
    rows = [record_of_its_own(case, number) for number, case in cases]
    mappings = {stream_of(case.off): mapping(stream_of(case.off), **{SWITCHES[name]: False for name in case.off}) for _, case in cases}

    clock = FakeClock()
    sandbox = Close(CALM.but(index_lag=2.0, keep_bodies=False), clock, clock.sleep)
    fill(sandbox, World(tuple(seed for world in worlds for seed in world.seeds)))
    clock.advance(3600)
    settings: dict[str, Any] = {
        "api_key": CALM.api_key,
        "lead_custom_field_id_for_company_id": COMPANY_FIELD,
        "contact_custom_field_id_for_user_id": USER_FIELD,
        "mappings": list(mappings.values()),
        "search_lag_seconds": 3,
    }
    ran = harness.run(
        sandbox, clock, settings, [harness.record(row.stream, row.data) for row in rows], choose=lambda possible: possible - 1
    )

    if ran.failure:
        raise ran.failure
    state: Counter[Any] = Counter()
    kinds: dict[str, Counter[Kind]] = {stream: Counter() for stream in mappings}
    for row, world in zip(rows, worlds, strict=True):
        leads, expected = expected_world(world, drafts_of([row], mappings.values()))
        state.update(leads)
        kinds[row.stream].update(one.kind for one in expected)
    found = Counter(state_of(sandbox))
    assert not explain_difference(tuple((state - found).elements()), tuple((found - state).elements()))
    for stream, count in kinds.items():
        summary = ran.summary_of(stream)
        assert all(f"{count[kind]:,} {kind.value}" in summary for kind in Kind), (summary, count)
