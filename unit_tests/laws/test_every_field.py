"""Does every field of the table get from a row into Close, stay as it is when the row comes again, and follow when it changes?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.model import MEMBERS, OBJECT_TYPES, Field, Hint, ListField, OwnId
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, id_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support import harness

Json = dict[str, Any]

ID_FIELDS = {"lead": COMPANY_ID, "contact": USER_ID}
SETTINGS: Json = {
    "api_key": CALM.api_key,
    **{one.own_id.setting: ID_FIELDS[one.name] for one in OBJECT_TYPES},
    "search_lag_seconds": 0,
    "mappings": [{"stream": "people", **{column: column for column in MEMBERS}}],
}
KEYS = {"lead_company_id": "c-1", "contact_user_id": "u-1", "contact_email": "ann@acme.example"}
VALUES = {"lead_status": ("Potential", "Customer"), "url": ("https://acme.example/1", "https://acme.example/2")}
IN_LISTS = {"contact_email": ("ann@acme.example", "ann@home.example"), "contact_phone": ("+16505550101", "+16505550102")}


def first_and_second(column: str) -> tuple[str, str]:
    """Two values that the column may hold."""
    match MEMBERS[column]:
        case Field(value=kind):
            return VALUES.get(kind, ("First words", "Other words"))
        case ListField():
            return IN_LISTS.get(column, VALUES["url"])
        case OwnId():
            return KEYS[column], KEYS[column]


@pytest.fixture
def sandbox() -> Sandbox:
    clock = FakeClock()
    made = Sandbox(CALM, clock, clock.sleep)
    id_fields(made)
    return made


def run(sandbox: Sandbox, row: Json) -> list[str]:
    """The paths that were written to."""
    sandbox.clock.advance(3600)
    sandbox.forget_calls()
    ran = harness.run(sandbox, sandbox.clock, SETTINGS, [harness.record("people", row)])
    assert ran.failure is None
    assert "0 rejected" in ran.summary_of("people")
    return [call.path for call in sandbox.calls if call.method == "PUT" or (call.method == "POST" and "search" not in call.path)]


def held(sandbox: Sandbox, column: str) -> list[Any]:
    """What Close holds in the field, of the only object of its type."""
    one = next(each for each in OBJECT_TYPES if column in each.columns)
    (raw,) = {"lead": sandbox.leads, "contact": sandbox.contacts}[one.name].values()
    match MEMBERS[column]:
        case Field(key=key, value="lead_status"):
            return [sandbox.organization.statuses[raw[key]]]
        case Field(key=key):
            return [raw.get(key)]
        case ListField(key=key, item=item):
            return [each[item] for each in raw.get(key, ())]
        case OwnId():
            return [raw[f"custom.{ID_FIELDS[one.name]}"]]


@pytest.mark.parametrize("column", [column for column, member in MEMBERS.items() if not isinstance(member, Hint)])
def test_a_field_is_created_left_alone_and_followed(sandbox: Sandbox, column: str) -> None:
    first, second = first_and_second(column)
    assert len(run(sandbox, {**KEYS, column: first})) == 1
    assert held(sandbox, column) == [first]
    assert run(sandbox, {**KEYS, column: first}) == []
    if first != second:
        assert len(run(sandbox, {**KEYS, column: second})) == 1
        assert held(sandbox, column) == ([first, second] if isinstance(MEMBERS[column], ListField) else [second])
        assert run(sandbox, {**KEYS, column: second}) == []


def test_a_hint_alone_writes_nothing(sandbox: Sandbox) -> None:
    hints = [column for column, member in MEMBERS.items() if isinstance(member, Hint)]
    run(sandbox, KEYS)
    assert run(sandbox, {**KEYS, **dict.fromkeys(hints, "DE")}) == []
