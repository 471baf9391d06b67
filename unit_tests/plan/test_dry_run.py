"""Does a dry run write nothing, and does a run do exactly what its plan says?"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from destination_close.close import read_contact, read_lead
from destination_close.model import LISTS, Contact, IdFields, Kind, Lead
from destination_close.plan import Plan
from destination_close.plan.plan import Entry
from destination_close.rules import memory
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.settings import CALM, Settings
from unit_tests.laws.oracle import World
from unit_tests.laws.oracle.generate import COMPANY_FIELD, USER_FIELD, Record, records, worlds
from unit_tests.laws.oracle.seeding import state_of
from unit_tests.laws.oracle.world import SeedContact, SeedLead
from unit_tests.support import harness
from unit_tests.support.law import CONFIG, PHASES, a_sandbox, messages_of, switches, writes
from unit_tests.support.office import Office

IDS = IdFields(COMPANY_FIELD, USER_FIELD)

Content = Mapping[str, Any]

N = int(os.environ.get("LAW_EXAMPLES", "100"))


# --- what Close holds, in the words of a plan ----------------------------------------------------------------------------


def of_plan(kept: Plan, found: Lead | Contact) -> Content:
    return comparable(kept._of_lead(found) if isinstance(found, Lead) else kept._of_contact(found))


def comparable(content: Content) -> dict[str, Any]:
    """Order does not matter in fields that take several values, nor does it in Close."""
    return {key: value if key in LISTS or not isinstance(value, list) else sorted(value) for key, value in content.items()}


class Held:
    """All leads and contacts of a sandbox at one moment, by id."""

    def __init__(self, sandbox: Sandbox, kept: Plan) -> None:
        self.leads = {raw["id"]: of_plan(kept, read_lead(raw, IDS)) for raw in sandbox.leads.values()}
        contacts = [read_contact(raw, IDS) for raw in sandbox.contacts.values()]
        self.contacts = {contact.id: of_plan(kept, contact) for contact in contacts}
        self.lead_of = {contact.id: contact.lead_id for contact in contacts}

    @property
    def objects(self) -> dict[str, Content]:
        return {**self.leads, **self.contacts}


def keys_written(sandbox: Sandbox, known: Iterable[str]) -> dict[str, set[str]]:
    """By object that was there before, the keys of all the bodies that Close was sent."""
    written: dict[str, set[str]] = {}
    for call in sandbox.calls:
        if call.method == "PUT" and call.object_id in known:
            written.setdefault(call.object_id, set()).update(key.removesuffix(".add") for key in call.body)
    return written


def frozen(content: Content) -> str:
    return repr(sorted((key, repr(value)) for key, value in content.items()))


def made_by(leads: Iterable[str], lead_of: Mapping[str, str], contents: Mapping[str, Content]) -> Counter[tuple[str, tuple[str, ...]]]:
    """New leads, each with its people, whatever their ids."""
    new = set(leads)
    people: dict[str, list[str]] = {lead: [] for lead in new}
    for contact, lead in lead_of.items():
        if lead in new:
            people[lead].append(frozen(contents[contact]))
    return Counter((frozen(contents[lead]), tuple(sorted(people[lead]))) for lead in new)


def assert_plan_equals_run(kept: Plan, before: Held, after: Held, sandbox: Sandbox) -> None:
    updates = {entry.id: entry for entry in kept.in_order() if not entry.created}
    creates = {entry.id: entry for entry in kept.in_order() if entry.created}
    # what exists: the same objects, the same fields of them, the same values before and after
    sent = keys_written(sandbox, before.objects)
    written = {name: {key for key in keys if differs(name, key, before, after)} for name, keys in sent.items()}
    assert {name: set(entry.changes) for name, entry in updates.items()} == {name: keys for name, keys in written.items() if keys}
    for name, entry in updates.items():
        assert {key: old for key, (old, _) in changes_of(entry).items()} == {key: before.objects[name].get(key) for key in entry.changes}
        assert {key: new for key, (_, new) in changes_of(entry).items()} == {key: after.objects[name].get(key) for key in entry.changes}
        assert comparable(entry.after) == after.objects[name]
    for name in before.objects.keys() - updates.keys():
        assert before.objects[name] == after.objects[name]
    # what is new: the same leads with the same people, and the same people under leads that exist
    planned = {name: comparable(entry.after) for name, entry in creates.items()}
    planned_leads = [name for name, entry in creates.items() if entry.kind == "lead"]
    planned_people = {name: entry.lead_id for name, entry in creates.items() if entry.kind == "contact"}
    new_people = {name: lead for name, lead in after.lead_of.items() if name not in before.contacts}
    assert made_by(planned_leads, planned_people, planned) == made_by(after.leads.keys() - before.leads.keys(), new_people, after.objects)
    under_known = Counter((lead, frozen(planned[name])) for name, lead in planned_people.items() if lead in before.leads)
    assert under_known == Counter((lead, frozen(after.contacts[name])) for name, lead in new_people.items() if lead in before.leads)


def differs(name: str, key: str, before: Held, after: Held) -> bool:
    """Rows that contradict each other may write what a later one sets back."""
    return before.objects[name].get(key) != after.objects[name].get(key)


def changes_of(entry: Entry) -> dict[str, tuple[Any, Any]]:
    return {key: (comparable({key: old})[key], comparable({key: new})[key]) for key, (old, new) in entry.changes.items()}


# --- the law ---------------------------------------------------------------------------------------------------------------


@settings(max_examples=N, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(st.integers(0, 2**32), worlds(), records(policies=True), switches, st.integers(1, 30), st.integers(1, 30))
@example(0, World((SeedLead("a", "c1"), SeedContact("a", emails=("a@x.co",)))), [Record("people", {"contact_email": "a@x.co"})], CALM, 1, 1)
def test_a_run_does_what_its_plan_says(
    seed: int, world: World, rows: list[Record], how: Settings, planned_batch_rows: int, batch_rows: int
) -> None:
    """Whatever the batches of the plan and of the run, and in whatever order calls end."""
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, how)
    kept = Plan(keep_rows=True)
    choose = random.Random(seed).randrange
    rehearsed = harness.run(sandbox, clock, CONFIG, messages_of(rows), choose=choose, batch_rows=planned_batch_rows, plan=kept)
    assert rehearsed.failure is None
    assert writes(sandbox) == []
    before = Held(sandbox, kept)
    clock.advance(3600)
    sandbox.forget_calls()
    ran = harness.run(sandbox, clock, CONFIG, messages_of(rows), choose=choose, batch_rows=batch_rows)
    assert ran.failure is None
    assert_plan_equals_run(kept, before, Held(sandbox, kept), sandbox)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(worlds(), records(policies=True))
def test_with_the_same_batches_each_planned_call_is_one_call_of_the_run(world: World, rows: list[Record]) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, CALM)
    kept = Plan(keep_rows=True)
    harness.run(sandbox, clock, CONFIG, messages_of(rows), plan=kept)
    clock.advance(3600)
    sandbox.forget_calls()
    ran = harness.run(sandbox, clock, CONFIG, messages_of(rows))
    assert ran.failure is None
    sent = Counter(call.method for call in sandbox.calls if call.endpoint in writes(sandbox))
    leads = sum(call.endpoint == "POST /lead/" for call in sandbox.calls)
    people = sum(call.endpoint == "POST /contact/" for call in sandbox.calls)
    people += sum(len(call.body.get("contacts", ())) for call in sandbox.calls if call.endpoint == "POST /lead/")
    assert kept.calls == Counter(max_new_leads=leads, max_new_contacts=people, max_updates=sent["PUT"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(worlds(), records(policies=True))
def test_outcomes_of_the_plan_are_those_of_the_run(world: World, rows: list[Record]) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, CALM)
    kept = Plan(keep_rows=True)
    harness.run(sandbox, clock, CONFIG, messages_of(rows), plan=kept, batch_rows=1)
    clock.advance(3600)
    ran = harness.run(sandbox, clock, CONFIG, messages_of(rows), batch_rows=1)
    for kind in Kind:
        told = sum(int(text.split(f" {kind.value}")[0].split()[-1].replace(",", "")) for text in ran.logs if text.startswith("Stream "))
        assert told == kept.kinds[kind], kind


# --- the setting -----------------------------------------------------------------------------------------------------------

WORLD = World(
    (
        SeedLead("acme", "c1", name="Acme"),
        SeedContact("acme", "u1", emails=("a@x.co",), name="Ann", title="CEO"),
        SeedLead("loose", name="Loose"),
        SeedContact("loose", emails=("b@x.co",), name="Bob"),
    )
)
KNOWN = {"lead_company_id": "c1", "contact_user_id": "u1", "contact_email": "a@x.co"}
ROWS = [
    Record("people", {**KNOWN, "contact_title": "CTO"}),
    Record("people", {"lead_company_id": "c2", "contact_email": "b@x.co"}),
    Record("people", {"lead_company_id": "c3", "contact_email": "new@x.co"}),
    Record("people", {"lead_company_id": "c3", "contact_email": "newer@x.co"}),
    Record("people", {**KNOWN, "contact_title": "CTO"}),
    Record("people", {"lead_name": "no key"}),
    Record("updates_only", {"lead_company_id": "c9"}),
]


def dry(rows: Sequence[Record], *, batch_rows: int = 1000, clock: FakeClock | None = None, **more: Any) -> tuple[Sandbox, harness.Ran]:
    clock = clock or FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM)
    messages = [*messages_of(rows), harness.state("people", 1)]
    ran = harness.run(sandbox, clock, {**CONFIG, "dry_run": True, **more}, messages, batch_rows=batch_rows)
    if ran.failure:
        raise ran.failure
    return sandbox, ran


def test_a_dry_run_sends_nothing_but_questions() -> None:
    sandbox, _ = dry(ROWS)
    untouched = a_sandbox(WORLD, FakeClock(), CALM)
    assert state_of(sandbox) == state_of(untouched)
    assert {call.endpoint for call in sandbox.calls if call.method != "GET"} == {"POST /data/search/"}


def test_its_states_go_out_with_every_row_counted() -> None:
    _, ran = dry(ROWS)
    (state,) = ran.states
    assert state["destinationStats"] == {"recordCount": 5.0, "rejectedRecordCount": 1.0}


@pytest.mark.parametrize("batch_rows", [1, 2, 1000])
def test_rows_that_would_be_written_are_skipped_for_that_reason(batch_rows: int) -> None:
    """A row that asks for what an earlier row would have written is unchanged, in the same batch or a later one."""
    _, ran = dry(ROWS, batch_rows=batch_rows)
    assert ran.summary_of("people") == (
        "Stream people: 6 rows: 0 created, 0 updated, 1 unchanged, 4 skipped, 1 rejected; reasons: dry_run 4, no_match_key 1."
    )
    assert "lead_creation_disabled 1" in ran.summary_of("updates_only")


def test_the_log_ends_with_the_totals_and_holds_no_value() -> None:
    _, ran = dry([*ROWS, Record("people", {**KNOWN, "lead_status_id": "Lost"})])
    assert ran.logs[-3:] == [
        "Dry run: nothing was written. Planned: leads (1 to create, 2 to update), contacts (2 to create, 1 to update).",
        "Fields changed most often: contact Title 1, lead Company ID 1, lead Status 1.",
        "Warnings: status_overwritten 1.",
    ]
    assert not any(value in text for text in ran.logs for value in ("x.co", "CTO", "Acme", "c2"))


def test_what_is_only_on_paper_is_not_forgotten_however_long_the_run_takes() -> None:
    """A run forgets its own writes once the index shows them; on paper the index never will."""
    clock = FakeClock()
    far = [Record("people", {"lead_company_id": f"f{n}", "contact_email": f"f{n}@x.co"}) for n in range(40)]
    rows = [Record("people", {"lead_company_id": "c3", "contact_email": "new@x.co"}), *far, *ROWS[2:4]]
    sandbox = a_sandbox(WORLD, clock, CALM)
    sandbox.before_request.append(lambda _: clock.advance(100))
    kept = Plan(keep_rows=True)
    ran = harness.run(sandbox, clock, {**CONFIG, "search_lag_seconds": 0}, messages_of(rows), batch_rows=1, plan=kept)
    assert ran.failure is None
    assert sum(entry.kind == "lead" for entry in kept.in_order()) == 41
    assert kept.kinds == {Kind.CREATED: 42, Kind.UNCHANGED: 1}


def test_rows_that_change_nothing_are_only_counted_where_they_are_not_asked_for() -> None:
    for keep_rows, kept in ((True, 3), (False, 0)):
        clock = FakeClock()
        plan = Plan(keep_rows=keep_rows)
        harness.run(a_sandbox(WORLD, clock, CALM), clock, CONFIG, messages_of(ROWS), plan=plan)
        assert len(plan.rows) == kept
        assert plan.kinds == {Kind.CREATED: 2, Kind.UPDATED: 2, Kind.UNCHANGED: 1, Kind.REJECTED: 1, Kind.SKIPPED: 1}


def test_guards_are_reported_and_do_not_stop_a_dry_run() -> None:
    _, ran = dry(ROWS, guards={"max_new_leads": 0, "max_new_contacts": 5, "max_updates": 1})
    assert [text for text in ran.logs if text.startswith("The guard")] == [
        "The guard max_new_leads allows 0, and this plan makes 1 new lead: the sync would stop there.",
        "The guard max_updates allows 1, and this plan makes 2 updates: the sync would stop there.",
    ]


def test_a_dry_run_waits_for_no_index_however_much_it_would_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_FRESH_BYTES", 25_000)
    office = Office()
    rows = [harness.record("people", {"lead_company_id": f"c{n}", "contact_email": f"p{n}@c{n}.example"}) for n in range(60)]
    ran = harness.run(office.close, office.clock, {**CONFIG, "dry_run": True}, rows, batch_rows=5)
    assert ran.failure is None
    assert office.close.leads == {}


def test_a_run_waits_for_the_index_before_it_writes_more_than_it_can_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_FRESH_BYTES", 25_000)
    office = Office()
    began = office.clock()
    rows = [harness.record("people", {"lead_company_id": f"c{n}", "contact_email": f"p{n}@c{n}.example"}) for n in range(60)]
    ran = harness.run(office.close, office.clock, CONFIG, rows, batch_rows=5)
    assert ran.failure is None
    assert len(office.close.leads) == 60
    assert office.clock() - began > 2 * CONFIG["search_lag_seconds"]
