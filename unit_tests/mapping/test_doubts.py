"""Are mappings that work, and can hardly be meant so, refused by check and warned of by a sync?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.check import check
from destination_close.mapping import doubts_of
from destination_close.mapping.doubts import ALLOWING
from destination_close.model import CONTACT, LEAD, Account, CustomField
from destination_close.plan import Plan
from destination_close.settings import parse_config
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, id_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.process.test_check import AClose
from unit_tests.support.harness import record, run

ACCOUNT = Account(
    "Acme",
    "user_1",
    custom_fields={
        LEAD: (CustomField("cf_plan", "Plan", "text"), CustomField("cf_tags", "Tags", "choices", ("a",), True)),
        CONTACT: (CustomField("cf_plan", "Plan", "text"),),
    },
)
OFF = dict.fromkeys(ALLOWING, False)


def doubts(*mappings: dict[str, Any], account: Account | None = ACCOUNT) -> list[str]:
    ids = {"lead_custom_field_id_for_company_id": "cf_co", "contact_custom_field_id_for_user_id": "cf_us"}
    return list(doubts_of(parse_config({"api_key": "k", **ids, "mappings": [{"stream": "users", **one} for one in mappings]}), account))


# --- switches


def test_a_mapping_that_may_do_nothing_is_doubted_whatever_the_fifth_switch_says() -> None:
    expected = (
        'mappings 1 (stream "users"): all its switches are off, so it writes nothing; turn on one of allow_creating_new_leads, '
        "allow_updating_existing_leads, allow_creating_new_contacts, allow_updating_existing_contacts, or remove it"
    )
    assert doubts({"contact_email": "e", **OFF}) == [expected]
    assert doubts({"contact_email": "e", **OFF, "allow_creating_duplicate_contacts": False}) == [expected]


@pytest.mark.parametrize("switch", ALLOWING)
def test_a_mapping_that_may_do_one_thing_is_not(switch: str) -> None:
    assert doubts({"contact_email": "e", **OFF, switch: True}) == []


# --- two mappings


def both(field: str, object_type: str) -> list[str]:
    return [
        f'mappings 1 (stream "users"), {field}: mappings 2 also sets this field of the same {object_type}, from something else, so the '
        "later one wins; keep one of the two"
    ]


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"contact_email": "e"}, "contact_name"),
        ({"contact_email": "e"}, "contact_title"),
        ({"contact_email": "e"}, "lead_name"),
        ({"contact_user_id": "id"}, "lead_status_id"),
        ({"lead_company_id": "c"}, "lead_url"),
        ({"lead_company_id": "c"}, "lead_description"),
        ({"lead_company_id": "c", "contact_user_id": "id", "contact_email": "e"}, "contact_name"),
    ],
)
def test_two_mappings_that_fill_a_field_of_the_same_object_from_different_columns_are_doubted(keys: dict[str, str], field: str) -> None:
    assert doubts({**keys, field: "a"}, {**keys, field: "b"}) == both(field, field.partition("_")[0])


def test_it_is_the_same_object_too_where_one_mapping_has_a_key_more() -> None:
    assert doubts({"contact_email": "e", "contact_name": "a"}, {"contact_email": "e", "contact_user_id": "id", "contact_name": "b"}) != []
    assert doubts({"contact_email": "e", "lead_name": "a"}, {"contact_email": "e", "lead_company_id": "c", "lead_name": "b"}) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"contact_email": "e", "contact_name": "a"}, {"contact_email": "boss", "contact_name": "b"}),
        ({"contact_user_id": "id", "contact_name": "a"}, {"contact_user_id": "boss_id", "contact_name": "b"}),
        (
            {"contact_user_id": "id", "contact_email": "e", "contact_name": "a"},
            {"contact_user_id": "x", "contact_email": "e", "contact_name": "b"},
        ),
        ({"lead_company_id": "c", "lead_name": "a"}, {"lead_company_id": "parent", "lead_name": "b"}),
        (
            {"lead_company_id": "c", "contact_email": "e", "contact_name": "a"},
            {"lead_company_id": "parent", "contact_email": "e", "contact_name": "b"},
        ),
        ({"lead_company_id": "c", "lead_name": "a"}, {"contact_email": "e", "lead_name": "b"}),
    ],
)
def test_two_objects_of_one_row_are_not(one: dict[str, str], other: dict[str, str]) -> None:
    """A row may hold a person and their manager."""
    assert doubts(one, other) == []


SAME = {"contact_email": "e"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"contact_name": "a"}, {"contact_name": "a"}),
        ({"contact_name": "a"}, {"contact_title": "b"}),
        ({"contact_name": "a", "filter": "{{ record.x }}"}, {"contact_name": "b"}),
        ({"contact_name": "a", "filter": "{{ record.x }}"}, {"contact_name": "b", "filter": "{{ not record.x }}"}),
        ({"contact_name": "a"}, {"contact_name": "b", "only_if_empty": ["contact_name"]}),
        ({"contact_name": "a", "only_on_create": ["contact_name"]}, {"contact_name": "b"}),
        ({"contact_name": "a"}, {"contact_name": "b", "allow_updating_existing_contacts": False}),
        ({"lead_name": "a", "allow_updating_existing_leads": False}, {"lead_name": "b"}),
        ({"contact_name": "a"}, {"contact_name": "b", "stream": "people"}),
        ({"contact_name": "a", "namespace": "x"}, {"contact_name": "b", "namespace": "y"}),
        ({"contact_phone": "a"}, {"contact_phone": "b"}),
        ({"contact_url": "a"}, {"contact_url": "b"}),
        (
            {"lead_custom_fields": [{"custom_field": "Tags", "column": "a"}]},
            {"lead_custom_fields": [{"custom_field": "cf_tags", "column": "b"}]},
        ),
        (
            {"lead_custom_fields": [{"custom_field": "Plan", "column": "a"}]},
            {"lead_custom_fields": [{"custom_field": "Plan", "column": "b", "write_policy": "only_if_empty"}]},
        ),
        (
            {"lead_custom_fields": [{"custom_field": "Plan", "column": "a"}]},
            {"contact_custom_fields": [{"custom_field": "Plan", "column": "b"}]},
        ),
    ],
)
def test_what_the_rules_have_an_answer_to_is_not(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert doubts({**SAME, **one}, {**SAME, **other}) == []


def test_the_same_filter_lets_the_same_rows_through() -> None:
    assert doubts(*({**SAME, "contact_name": name, "filter": "{{ record.x }}"} for name in ("a", "b"))) == both("contact_name", "contact")


def test_a_namespace_that_is_any_is_also_the_other() -> None:
    assert doubts({**SAME, "contact_name": "a"}, {**SAME, "contact_name": "b", "namespace": "crm"}) == both("contact_name", "contact")


def test_a_custom_field_is_the_same_by_its_id_and_its_name() -> None:
    one, other = ({**SAME, "lead_custom_fields": [{"custom_field": name, "column": name}]} for name in ("Plan", "custom.cf_plan"))
    assert doubts(one, other) == both("lead_custom.Plan", "lead")
    assert doubts(one, other, account=None) == []
    assert doubts(other, {**other, "lead_custom_fields": [{"custom_field": "cf_plan", "column": "x"}]}, account=None) != []


# --- who says it

TWO = [{"stream": "users", "contact_email": "email", "contact_name": name} for name in ("name", "full_name")]


def test_check_refuses_what_is_doubted() -> None:
    succeeded, message = check({"api_key": "k", "mappings": TWO}, lambda _: AClose())
    assert not succeeded
    assert message == both("contact_name", "contact")[0]


def test_a_sync_goes_on_and_warns_and_a_plan_shows_it() -> None:
    clock = FakeClock()
    sandbox = Sandbox(CALM, clock, clock.sleep)
    id_fields(sandbox)
    ids = {"lead_custom_field_id_for_company_id": COMPANY_ID, "contact_custom_field_id_for_user_id": USER_ID, "search_lag_seconds": 0}
    settings = {"api_key": CALM.api_key, **ids, "mappings": TWO}
    row = record("users", {"email": "ann@acme.example", "name": "Ann", "full_name": "Ann Lee"})
    plan = Plan(keep_rows=True)
    said = both("contact_name", "contact")[0].replace("mappings 1", "Mappings 1", 1)
    assert run(sandbox, clock, settings, [row], plan=plan).failure is None
    assert plan.remarks == [said]
    ran = run(sandbox, clock, settings, [row])
    assert ran.failure is None
    assert said in ran.logs
    assert [contact["name"] for contact in sandbox.contacts.values()] == ["Ann Lee"]
