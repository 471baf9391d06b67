"""What if Close refuses what single rows ask for, inside writes that many rows share?

Exactly the rows at fault are rejected; everything else is as the slow sequential model says, which asks for every single
write whether it is refused.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_close.model import Kind
from integration_tests.close_sandbox import values
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.problems import BadValue
from integration_tests.close_sandbox.settings import CALM, Settings
from unit_tests.laws.oracle import Refuses, World, expected_world, explain_difference, outcome_of_row
from unit_tests.laws.oracle.generate import Record, drafts_of, records, worlds
from unit_tests.laws.oracle.seeding import state_of
from unit_tests.support import harness
from unit_tests.support.law import CONFIG, PHASES, a_sandbox, messages_of
from unit_tests.support.office import Office, a_row
from unit_tests.support.privacy import assert_private
from unit_tests.support.scenario import outcomes

N = int(os.environ.get("LAW_EXAMPLES", "100"))

REFUSED = "three"
"""A value that Close takes in no field, though it looks like any other."""

RESTRICTED = ("lead.description", "lead.custom.cf_Tier", "contact.title", "contact.custom.cf_Plan", "lead.name", "contact.name")
"""Fields that the user of the key may not write."""

COLUMN_OF = {
    "lead.name": "lead_name",
    "lead.description": "lead_description",
    "lead.custom.cf_Tier": "tier",
    "contact.name": "contact_name",
    "contact.title": "contact_title",
    "contact.custom.cf_Plan": "plan",
}


@contextmanager
def a_close_that_refuses_a_value() -> Iterator[None]:
    """In the nested shape in which Close says so, wherever in a body it stands."""
    text, custom = values.text, values.custom

    def checked(read: Any) -> Any:
        def reading(value: Any, *more: Any) -> Any:
            if value == REFUSED:
                raise BadValue("This is not to be had.")
            return read(value, *more)

        return reading

    with patch.object(values, "text", checked(text)), patch.object(values, "custom", checked(custom)):
        yield


def refuses_value(kind: str, body: Mapping[str, Any]) -> str | None:
    return next((key for key, value in body.items() if value == REFUSED), None)


def refuses_fields(restricted: frozenset[str]) -> Refuses:
    return lambda kind, body: next((key for key in body if f"{kind}.{key}" in restricted), None)


def without_second_thoughts(rows: Sequence[Record], at_fault: Mapping[str, Any]) -> list[Record]:
    """The rows, each column left alone once a row has put into it what Close will refuse.

    A later row of the same batch that overwrites such a value keeps it from ever being sent, since rows that mean one object
    become one write: Close then never sees it, and the first row is not rejected. That is known, and meant to be so.
    """
    spoilt: set[str] = set()
    kept = []
    for row in rows:
        data = {column: value for column, value in row.data.items() if column not in spoilt}
        spoilt |= {column for column, value in data.items() if column in at_fault and at_fault[column] in (str(value).strip(), ANY)}
        kept.append(Record(row.stream, data))
    return kept


ANY = object()
"""Whatever value it is."""


def assert_as_the_model(world: World, rows: Sequence[Record], how: Settings, seed: int, batch_rows: int, refuses: Refuses) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, how)
    ran = harness.run(sandbox, clock, CONFIG, messages_of(rows), choose=random.Random(seed).randrange, batch_rows=batch_rows)
    if ran.failure:
        raise ran.failure
    state, expected = expected_world(world, drafts_of(rows), refuses)
    assert rejected_rows(ran) == rejected_in_model(expected)
    assert_private(ran, CALM.api_key, [row.data for row in rows])
    assert not explain_difference(state, state_of(sandbox))


def rejected_rows(ran: harness.Ran) -> set[tuple[str, int]]:
    found = (re.match(r"Rejected: stream (\w+), row (\d+), ", text) for text in ran.logs)
    return {(match[1], int(match[2])) for match in found if match}


def rejected_in_model(expected: Sequence[Any]) -> set[tuple[str, int]]:
    by_row: dict[int, list[Any]] = {}
    for one in expected:
        by_row.setdefault(one.draft.row.ordinal, []).append(one)
    rows = [ones for ones in by_row.values() if outcome_of_row(ones) is Kind.REJECTED]
    return {(ones[0].draft.row.stream.name, ones[0].draft.row.position) for ones in rows}


LAW = settings(max_examples=N, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)


@LAW
@given(st.integers(0, 2**32), worlds(), records(), st.sampled_from((0.0, 10.0)), st.integers(1, 30))
def test_only_rows_with_a_refused_value_are_rejected(
    seed: int, world: World, rows: list[Record], index_lag: float, batch_rows: int
) -> None:
    rows = without_second_thoughts(rows, dict.fromkeys(COLUMN_OF.values(), REFUSED))
    with a_close_that_refuses_a_value():
        assert_as_the_model(world, rows, CALM.but(index_lag=index_lag), seed, batch_rows, refuses_value)


@LAW
@given(st.integers(0, 2**32), worlds(), records(), st.sets(st.sampled_from(RESTRICTED), min_size=1, max_size=3), st.integers(1, 30))
def test_only_rows_that_write_a_restricted_field_are_rejected(
    seed: int, world: World, rows: list[Record], restricted: set[str], batch_rows: int
) -> None:
    fields = frozenset(restricted)
    rows = without_second_thoughts(rows, {COLUMN_OF[field]: ANY for field in fields})
    assert_as_the_model(world, rows, CALM.but(restricted_fields=fields), seed, batch_rows, refuses_fields(fields))


# --- in plain words --------------------------------------------------------------------------------------------------


def people(*titles: str) -> list[dict[str, Any]]:
    return [a_row(contact_user_id=f"h-{n}", contact_email=f"heron{n}@heron.example", contact_title=title) for n, title in enumerate(titles)]


@pytest.mark.parametrize("at", range(5))
def test_of_the_people_of_a_new_company_only_the_refused_one_is_missing(at: int) -> None:
    office = Office()
    titles = ["Diver"] * 5
    titles[at] = REFUSED
    with a_close_that_refuses_a_value():
        ran = office.run(*people(*titles))
    assert rejected_rows(ran) == {("people", at + 1)}
    (lead,) = office.of_company("h1")
    assert len(lead["contacts"]) == 4
    assert any("refused_by_close, field " in text and "title" in text for text in ran.logs)


def test_a_company_all_of_whose_people_are_refused_is_made_alone() -> None:
    office = Office()
    with a_close_that_refuses_a_value():
        ran = office.run(*people(REFUSED, REFUSED, REFUSED))
    assert rejected_rows(ran) == {("people", 1), ("people", 2), ("people", 3)}
    (lead,) = office.of_company("h1")
    assert lead["contacts"] == []


@pytest.mark.parametrize("status", ["400", "403", "413"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/lead/"), ("POST", "/contact/"), ("PUT", "/lead/"), ("PUT", "/contact/")])
def test_a_write_that_is_refused_once_is_taken_apart_and_no_row_is_lost(status: Any, method: str, path: str) -> None:
    """The refusal was of the size of it, or of something that has changed since."""
    office = Office()
    known = office.lead("h1")
    office.contact(known, "heron0@heron.example", user_id="h-0")
    office.close.faults.add(Fault(status, method=method, path=path, field="title"))
    new = [{**row, "lead_company_id": "h2"} for row in people("Diver", "Wader")]
    new = [{**row, "contact_user_id": f"new-{row['contact_user_id']}", "contact_email": f"new-{row['contact_email']}"} for row in new]
    updates = [a_row(contact_user_id="h-0", contact_title="Diver", lead_description=text) for text in "ab"]
    ran = office.run(*updates, *people("", "Wader")[1:], *new, {"contact_user_id": "h-0", "contact_title": "Angler"})
    assert ran.failure is None
    assert not office.close.faults.planned
    assert outcomes(ran)[Kind.REJECTED] <= 1
    assert sum(outcomes(ran).values()) == 6


def test_a_403_that_names_no_field_stops_the_run() -> None:
    office = Office(restricted_fields={"contact.title"}, restricted_fields_named=False)
    ran = office.run(*people("Diver"))
    assert "permission" in str(ran.failure)
    assert ran.states == []
