"""Does a run stop before the call that would break a guard, with all that is done acknowledged?"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_close.engine import Watch
from destination_close.engine.watch import Broken
from destination_close.model import ConfigError, CreateContact, CreateLead, Effect, Kind, Part, UpdateLead
from destination_close.settings import Guards, read_config
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.presets import COMPANY_ID, id_fields
from integration_tests.close_sandbox.server import running_server
from integration_tests.close_sandbox.settings import CALM, Settings
from unit_tests.laws.oracle import World, expected_world, explain_difference
from unit_tests.laws.oracle.generate import COMPANY_FIELD, Record, drafts_of, records, worlds
from unit_tests.laws.oracle.seeding import state_of
from unit_tests.support import harness
from unit_tests.support.builders import a_contact, a_draft, a_lead
from unit_tests.support.law import CONFIG, PHASES, a_sandbox, messages_of, writes
from unit_tests.support.platform_simulator import MAIN, process_environment, stream_of, write_json

# --- counting --------------------------------------------------------------------------------------------------------------

PARTS = (Part(a_draft(), Effect.CREATED),)
TWO_PEOPLE = CreateLead(a_lead("new lead"), (a_contact("new 1", "new lead"), a_contact("new 2", "new lead")), PARTS)
ONE_MORE = CreateContact(a_contact("new 3"), PARTS)
UPDATE = UpdateLead(a_lead(), PARTS)


def test_what_a_call_makes_is_counted_before_it_is_sent() -> None:
    watch = Watch(Guards(max_new_contacts=2, max_new_leads=1, max_updates=1))
    assert [watch.admit(TWO_PEOPLE), watch.admit(UPDATE)] == [None, None]
    assert watch.admit(ONE_MORE) == Broken("max_new_contacts", 2, 2, 1)
    assert watch.admit(TWO_PEOPLE) == Broken("max_new_leads", 1, 1, 1)
    assert watch.admit(UPDATE) == Broken("max_updates", 1, 1, 1)


def test_a_call_that_was_refused_leaves_room() -> None:
    watch = Watch(Guards(max_new_contacts=2))
    assert watch.admit(TWO_PEOPLE) is None
    watch.take_back(TWO_PEOPLE)
    assert watch.admit(ONE_MORE) is None
    assert watch.admit(TWO_PEOPLE) == Broken("max_new_contacts", 2, 1, 2)


def test_without_guards_nothing_stops() -> None:
    watch = Watch(Guards())
    assert not any(watch.admit(change) for change in (TWO_PEOPLE, ONE_MORE, UPDATE) * 1000)


@pytest.mark.parametrize("wrong", [-1, 1.5, "10", True])
def test_a_limit_that_is_not_a_number_of_objects_is_refused(wrong: Any) -> None:
    (problem,) = read_config({"api_key": "k", "guards": {"max_updates": wrong}})[1]
    assert problem == "guards, max_updates: it must be a whole number from 0 to 2000000000"


@pytest.mark.parametrize("nothing", [None, {}, {"max_updates": None, "max_new_leads": ""}])
def test_a_guard_left_empty_guards_nothing(nothing: Any) -> None:
    config, problems = read_config({"api_key": "k", "guards": nothing})
    assert (config.guards, problems) == (Guards(), ())


# --- through the whole connector -------------------------------------------------------------------------------------------


def new_people(count: int) -> list[Record]:
    return [Record("people", {"lead_company_id": f"n{n}", "contact_email": f"n{n}@x.co"}) for n in range(count)]


def interleaved(rows: Sequence[Record]) -> list[Any]:
    """The rows, with a state after each."""
    return [one for n, row in enumerate(rows, 1) for one in (messages_of([row])[0], harness.state(row.stream, n))]


def a_run(guards: dict[str, int], rows: Sequence[Record], sandbox: Sandbox, clock: FakeClock, **more: Any) -> harness.Ran:
    return harness.run(sandbox, clock, {**CONFIG, "guards": guards}, interleaved(rows), **more)


@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
@pytest.mark.parametrize("guard", ["max_new_leads", "max_new_contacts"])
def test_a_run_stops_before_it_creates_one_too_many(guard: str, batch_rows: int) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(World(), clock, CALM)
    ran = a_run({guard: 4}, new_people(9), sandbox, clock, batch_rows=batch_rows)
    assert isinstance(ran.failure, ConfigError)
    what = guard.removeprefix("max_").replace("_", " ")
    assert ran.failure.message.startswith(f"Stopped by the guard {guard}, which allows 4. ")
    assert f"So far: 4 {what}; the next call would add 1 more." in ran.failure.message
    assert f"raise {guard} under guards" in ran.failure.message
    assert (sandbox.lead_count, sandbox.contact_count) == (4, 4)
    assert [state["stream"]["stream_state"]["n"] for state in ran.states] == [1, 2, 3, 4]


def test_a_rerun_continues_from_there_and_ends_like_a_run_without_guards() -> None:
    clock = FakeClock()
    sandbox = a_sandbox(World(), clock, CALM)
    rows = new_people(9)
    for _ in range(3):
        ran = a_run({"max_new_leads": 4}, rows, sandbox, clock)
        done = len(ran.states)
        rows = rows[done:]
        clock.advance(3600)
    assert ran.failure is None
    assert not explain_difference(expected_world(World(), drafts_of(new_people(9)))[0], state_of(sandbox))


def test_updates_are_counted_by_call() -> None:
    clock = FakeClock()
    sandbox = a_sandbox(World(), clock, CALM)
    a_run({}, new_people(5), sandbox, clock)
    clock.advance(3600)
    sandbox.forget_calls()
    titled = [Record(row.stream, {**row.data, "contact_title": "one"}) for row in new_people(5)]
    ran = a_run({"max_updates": 3}, titled, sandbox, clock)
    assert isinstance(ran.failure, ConfigError)
    assert writes(sandbox) == ["PUT /contact/{id}/"] * 3
    assert len(ran.states) == 3


def test_a_row_that_could_be_written_only_in_part_is_not_acknowledged() -> None:
    """Its lead takes the one update that is left; the contact is for the next run."""
    clock = FakeClock()
    sandbox = a_sandbox(World(), clock, CALM)
    a_run({}, new_people(2), sandbox, clock)
    clock.advance(3600)
    sandbox.forget_calls()
    both = [Record(row.stream, {**row.data, "contact_title": "one", "lead_name": "Acme"}) for row in new_people(2)]
    ran = a_run({"max_updates": 3}, both, sandbox, clock)
    assert isinstance(ran.failure, ConfigError)
    assert len(writes(sandbox)) == 3
    assert len(ran.states) == 1


def test_rows_that_write_nothing_pass_a_guard_of_zero() -> None:
    clock = FakeClock()
    sandbox = a_sandbox(World(), clock, CALM)
    a_run({}, new_people(5), sandbox, clock)
    clock.advance(3600)
    ran = a_run({"max_new_leads": 0, "max_new_contacts": 0, "max_updates": 0}, new_people(5), sandbox, clock)
    assert ran.failure is None
    assert len(ran.states) == 5


def test_what_close_refuses_does_not_count() -> None:
    clock = FakeClock()
    sandbox = a_sandbox(World(), clock, CALM)
    sandbox.faults.add(Fault(kind="400", method="POST", path="/lead/", times=3))
    ran = a_run({"max_new_leads": 4}, new_people(7), sandbox, clock, batch_rows=1)
    assert ran.failure is None
    assert sandbox.lead_count == 4


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(
    st.integers(0, 2**32),
    worlds(),
    records(policies=True),
    st.fixed_dictionaries({}, optional={name: st.integers(0, 4) for name in ("max_new_leads", "max_new_contacts", "max_updates")}),
    st.integers(1, 30),
)
def test_no_guard_is_ever_exceeded_and_what_is_acknowledged_is_done(
    seed: int, world: World, rows: list[Record], guards: dict[str, int], batch_rows: int
) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, CALM)
    choose = random.Random(seed).randrange
    ran = a_run(guards, rows, sandbox, clock, choose=choose, batch_rows=batch_rows)
    assert ran.failure is None or isinstance(ran.failure, ConfigError)
    people = sum(1 for call in sandbox.calls if call.endpoint == "POST /contact/")
    people += sum(len(call.body.get("contacts", ())) for call in sandbox.calls if call.endpoint == "POST /lead/")
    sent = writes(sandbox)
    counted = {"max_new_leads": sent.count("POST /lead/"), "max_new_contacts": people, "max_updates": sum(one[:3] == "PUT" for one in sent)}
    assert all(counted[name] <= most for name, most in guards.items())
    if ran.failure is None:
        assert not explain_difference(expected_world(world, drafts_of(rows))[0], state_of(sandbox))
    held = {lead.get(f"custom.{COMPANY_FIELD}") for lead in sandbox.leads.values()}
    acknowledged = expected_world(world, drafts_of(rows[: len(ran.states)]))[1]
    assert held >= {one.draft.company_id for one in acknowledged if one.kind is Kind.CREATED and one.draft.company_id}


def test_the_process_ends_as_airbyte_knows_a_wrong_setting_with_what_is_done_acknowledged(tmp_path: Path) -> None:
    with running_server(Settings(latency=0.05)) as server:
        id_fields(server.close)
        config = {"api_key": server.close.settings.api_key, "lead_custom_field_id_for_company_id": COMPANY_ID, "search_lag_seconds": 0}
        files = [write_json(tmp_path, "config.json", {**config, "guards": {"max_new_leads": 20}})]
        files.append(write_json(tmp_path, "catalog.json", {"streams": [stream_of("users", "lead_company_id")]}))
        lines = []
        for number in range(60):
            record = {"stream": "users", "emitted_at": 1, "data": {"lead_company_id": f"n{number}"}}
            state = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "users"}, "stream_state": {"n": number}}, "id": number}
            lines += [json.dumps({"type": "RECORD", "record": record}), json.dumps({"type": "STATE", "state": state})]
        process = subprocess.run(
            [*MAIN, "write", "--config", files[0], "--catalog", files[1]],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=process_environment({"CLOSE_API_BASE_URL": server.api_url}),
        )
        said = [json.loads(line) for line in process.stdout.splitlines()]
        assert process.returncode == 1
        assert said[-1]["trace"]["error"]["failure_type"] == "config_error"
        assert said[-1]["trace"]["error"]["message"].startswith("Stopped by the guard max_new_leads")
        assert server.close.lead_count == 20
        acknowledged = [one["state"]["stream"]["stream_state"]["n"] for one in said if one["type"] == "STATE"]
        held = {lead[f"custom.{COMPANY_ID}"] for lead in server.close.leads.values()}
        assert acknowledged == list(range(20))
        assert held == {f"n{number}" for number in acknowledged}
