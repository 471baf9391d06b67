"""Where is a value reported that does not fit its field: in the log, the summary, the plan and the files?"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from destination_close.engine.report import MOST_LINES_PER_REASON
from destination_close.mapping.spreading import ALL_FIELDS
from destination_close.model import ConfigError, Kind
from destination_close.plan import Plan
from destination_close.plan.page import page_of
from destination_close.plan.table import lines_for_terminal
from integration_tests.close_sandbox.presets import NEWSLETTER, PLAN, ROLE, SEATS, TAGS
from unit_tests.support.scenario import outcomes
from unit_tests.support.table import STREAM, Table

MAPPING = {
    "contact_user_id": "id",
    "contact_email": "email",
    "contact_name": "name",
    "contact_phone": "phone",
    "contact_url": "site",
    "lead_company_id": "acc",
    "lead_url": "company_site",
    "lead_name": "company",
    "lead_custom_fields": [{"custom_field": "Seats", "column": "seats"}, {"custom_field": "Plan", "column": "plan"}],
    "contact_custom_fields": [{"custom_field": "Last seen", "column": "seen"}],
}
GOOD = {"phone": "650 253 0000", "site": "ann.example", "company_site": "acme.example", "seats": 5, "plan": "Free", "seen": 1767607200}
BAD = {"phone": "junk", "site": "J.Smith", "company_site": "https://https://a", "seats": "many", "plan": "Gold", "seen": "yesterday"}
FIELDS = ("contact_phone", "contact_url", "lead_url", "lead_custom.Seats", "lead_custom.Plan", "contact_custom.Last seen")


def a_row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "email": f"p{number}@acme.example", "name": f"Person {number}", "acc": f"c{number}", "company": "Acme", **more}


def test_a_row_goes_on_without_the_values_that_fit_nowhere() -> None:
    table = Table(MAPPING)
    ran = table.write_twice([a_row(1, **BAD)])
    assert outcomes(ran, STREAM)[Kind.CREATED] == 1
    assert table.emails() == [["p1@acme.example"]]
    assert table.phones() == [[]]
    assert "value_left_out 1" in ran.summary_of(STREAM)
    for field in FIELDS:
        assert any(line.startswith(f"Left out: stream users, row 1, value_left_out, field {field}: expected ") for line in ran.logs)


def test_values_left_out_are_counted_by_field_and_loud_if_they_are_most() -> None:
    rows = [a_row(1, **GOOD), a_row(2, **GOOD), a_row(3, **GOOD), a_row(4, **{**GOOD, "phone": "junk"})]
    rows += [a_row(number, phone="junk") for number in (5, 6, 7)] + [a_row(8, **{**GOOD, "site": "J.Smith"})]
    ran = Table(MAPPING).write(rows)
    assert "Values left out of stream users: contact_phone 4 of 8, contact_url 1 of 5." in ran.logs
    assert not any("MORE THAN HALF" in line for line in ran.logs)
    ran = Table(MAPPING).write([*rows, a_row(9, phone="junk")])
    assert "Values left out of stream users: contact_phone 5 of 9, contact_url 1 of 5." in ran.logs
    assert any("MORE THAN HALF OF THE VALUES WERE LEFT OUT for contact_phone in stream users." in line for line in ran.logs)


def test_lines_about_values_are_capped_as_those_about_rows() -> None:
    ran = Table(MAPPING).write([a_row(number, phone="junk") for number in range(MOST_LINES_PER_REASON + 5)])
    said = [line for line in ran.logs if line.startswith("Left out: ")]
    assert len(said) == MOST_LINES_PER_REASON
    assert "Further values left out with value_left_out are only counted from here on." in ran.logs
    assert f"value_left_out {MOST_LINES_PER_REASON + 5}" in ran.summary_of(STREAM)


def test_one_wrong_value_of_several_is_left_out_alone() -> None:
    table = Table(MAPPING)
    ran = table.write_twice([a_row(1, phone=["junk", "650 253 0000"], email="p1@acme.example; J.Smith")])
    assert table.phones() == [["+16502530000"]]
    assert table.emails() == [["p1@acme.example"]]
    assert "Values left out of stream users: contact_email 1 of 2, contact_phone 1 of 2." in ran.logs


@pytest.mark.parametrize(("column", "field"), [("id", "contact_user_id"), ("acc", "lead_company_id")])
def test_an_invalid_id_still_rejects_the_row(column: str, field: str) -> None:
    table = Table(MAPPING)
    ran = table.write([a_row(1, **{column: True})])
    assert (outcomes(ran, STREAM)[Kind.REJECTED], table.leads) == (1, [])
    assert any(f"invalid_value, field {field}: expected an ID as text or as a whole number, not true or false" in line for line in ran.logs)


@pytest.mark.parametrize("email", ["J.Smith", "J.Smith; ann@acme.example", {"a": 1}, 5])
def test_an_invalid_email_still_rejects_the_row(email: Any) -> None:
    table = Table(MAPPING)
    ran = table.write([a_row(1, email=email)])
    assert (outcomes(ran, STREAM)[Kind.REJECTED], table.leads) == (1, [])


def test_the_mapping_may_say_that_it_rejects_the_row() -> None:
    table = Table({**MAPPING, "on_invalid_value": "reject"})
    ran = table.write([a_row(1, phone="junk"), a_row(2, **GOOD)])
    assert (outcomes(ran, STREAM)[Kind.REJECTED], outcomes(ran, STREAM)[Kind.CREATED]) == (1, 1)
    assert "Rejected: stream users, row 1, invalid_value, field contact_phone: expected one phone number like +16505551234" in ran.logs


def test_nothing_else_may_be_said() -> None:
    with pytest.raises(ConfigError, match="on_invalid_value: choose one of leave_out, reject"):
        Table({**MAPPING, "on_invalid_value": "ignore"}).write([a_row(1)])


def test_a_value_left_out_never_clears() -> None:
    seats = {"custom_field": "Seats", "column": "seats", "clear_when_blank": True}
    table = Table({**MAPPING, "lead_custom_fields": [seats], "clear_when_blank": ["lead_url"]})
    table.write([a_row(1, seats=5, company_site="acme.example")])
    table.write([a_row(1, seats="many", company_site="J.Smith")])
    assert (table.leads[0][f"custom.{SEATS}"], table.leads[0]["url"]) == (5, "http://acme.example")
    table.write([a_row(1, seats=None, company_site="")])
    assert not table.leads[0].get(f"custom.{SEATS}")


def test_a_template_that_fails_leaves_out_its_field() -> None:
    table = Table({**MAPPING, "lead_name": "{{ record['name'] / 2 }}"})
    ran = table.write([a_row(1)])
    assert outcomes(ran, STREAM)[Kind.CREATED] == 1
    assert any("field lead_name: expected a template that works for the values of the row" in line for line in ran.logs)


def test_the_row_is_kept_with_the_reason_where_rejected_rows_are_kept(tmp_path: Path) -> None:
    storage = {"storage_type": "Local", "local_path": str(tmp_path)}
    row = a_row(1, phone="junk", company_site="J.Smith")
    Table(MAPPING, object_storage_config=storage).write([row, a_row(2)])
    (kept,) = [json.loads(line) for file in tmp_path.rglob("*.jsonl") for line in file.read_text().splitlines()]
    assert (kept["reason"], kept["position"], kept["record"]) == ("value_left_out", 1, row)
    assert {kept["field"], *(("contact_phone",) if "also value_left_out contact_phone" in kept["message"] else ())} >= {"lead_url"}


def test_a_plan_counts_them_by_field() -> None:
    plan = Plan(keep_rows=True)
    Table(MAPPING).write([a_row(1, phone="junk"), a_row(2, phone="junk", seats="many")], plan=plan)
    assert plan.values_left_out == {"contact_phone": 2, "lead_custom.Seats": 1}
    page = page_of(plan, made=datetime(2026, 1, 5, tzinfo=timezone.utc))
    assert "Values left out, by field" in page
    assert "a value that does not fit its field was left out" in page
    assert "  Values left out" in list(lines_for_terminal(plan))


# --- the region of a row


@pytest.mark.parametrize(
    ("country", "phone", "stored"),
    [
        ("DE", "030 1234567", "+49301234567"),
        ("Germany", "030 1234567", "+49301234567"),
        ("United Kingdom", "020 7946 0958", "+442079460958"),
        ("uk", "020 7946 0958", "+442079460958"),
        ("France", "01 42 68 53 00", "+33142685300"),
        (None, "650 253 0000", "+16502530000"),
        (" ", "650 253 0000", "+16502530000"),
        ("DE", "+1 650 253 0000", "+16502530000"),
        ("Atlantis", "+49 30 1234567", "+49301234567"),
    ],
)
def test_phones_are_read_as_of_the_country_of_the_row(country: str | None, phone: str, stored: str) -> None:
    table = Table({**MAPPING, "contact_phone_region": "country"})
    table.write_twice([a_row(1, phone=phone, country=country)])
    assert table.phones() == [[stored]]


def test_an_unknown_country_is_left_out_with_the_national_number_that_needs_it() -> None:
    table = Table({**MAPPING, "contact_phone_region": "country"})
    ran = table.write([a_row(1, phone="030 1234567", country="Atlantis"), a_row(2, phone="", country="Atlantis")])
    assert table.phones() == [[], []]
    assert any("field contact_phone_region: expected an ISO code such as DE, or the English name of a country" in line for line in ran.logs)
    assert any("row 1, value_left_out, field contact_phone: expected a phone number with its country code" in line for line in ran.logs)


# --- objects of custom fields

WHOLE = {
    "contact_user_id": "id",
    "lead_company_id": "acc",
    "lead_custom_fields": [{"custom_field": ALL_FIELDS, "column": "traits"}, {"custom_field": "Seats", "column": "seats"}],
    "contact_custom_fields": [{"custom_field": ALL_FIELDS, "column": "person.traits"}],
}


def test_one_unknown_country_among_others_is_counted_and_not_called_most_of_them() -> None:
    table = Table({**MAPPING, "contact_phone_region": "country"})
    rows = [a_row(number, phone=f"030 123456{number}", country="Germany") for number in range(1, 6)]
    ran = table.write([*rows, a_row(6, phone="+49 30 1234567", country="Atlantis")])
    assert "Values left out of stream users: contact_phone_region 1." in ran.logs
    assert not any("MORE THAN HALF" in line for line in ran.logs)


def test_an_object_fills_every_custom_field_that_it_names() -> None:
    table = Table(WHOLE)
    traits = {"Plan": "Team", f"custom.{TAGS}": ["vip"], "Seats": 1, "Renewal date": None}
    table.write_twice([{"id": 1, "acc": 1, "traits": traits, "seats": 7, "person": {"traits": {ROLE: "Admin", "Newsletter": True}}}])
    lead, contact = table.leads[0], table.contacts[0]
    assert (lead[f"custom.{PLAN}"], lead[f"custom.{TAGS}"], lead[f"custom.{SEATS}"]) == ("Team", ["vip"], 7)
    assert (contact[f"custom.{ROLE}"], contact[f"custom.{NEWSLETTER}"]) == ("Admin", "true")


def test_an_object_may_be_json_text() -> None:
    table = Table(WHOLE)
    table.write_twice([{"id": 1, "acc": 1, "traits": '{"Plan": "Team"}'}])
    assert table.leads[0][f"custom.{PLAN}"] == "Team"


def test_unknown_keys_of_an_object_warn_once_and_what_may_be_a_value_is_not_shown() -> None:
    traits = {"Plan": "Team", "plam": "x", "ann@acme.example": "x", "Company ID": "c9"}
    ran = Table(WHOLE).write([{"id": number, "acc": number, "traits": traits} for number in range(3)])
    said = [line for line in ran.logs if "unknown_custom_field, field lead_custom.*" in line]
    assert len(said) == 3
    assert any('no Lead custom field is called "plam"; this is reported once.' in line for line in said)
    assert "ann@acme.example" not in "".join(ran.logs)
    assert "unknown_custom_field 3" in ran.summary_of(STREAM)


def test_a_wrong_value_inside_an_object_is_left_out_alone() -> None:
    table = Table(WHOLE)
    ran = table.write([{"id": 1, "acc": 1, "traits": {"Plan": "Gold", "Tags": ["vip"]}}, {"id": 2, "acc": 2, "traits": ["no object"]}])
    assert table.leads[0][f"custom.{TAGS}"] == ["vip"]
    assert any("row 1, value_left_out, field lead_custom.Plan: expected one of the choices" in line for line in ran.logs)
    assert any("row 2, value_left_out, field lead_custom.*: expected an object" in line and "not a list" in line for line in ran.logs)


# --- two id spaces mixed up


def test_rows_that_find_somebody_else_by_user_id_are_counted_with_an_example() -> None:
    table = Table({"contact_user_id": "id", "contact_email": "email", "contact_name": "name"})
    table.write([{"id": number, "email": f"p{number}@acme.example", "name": f"Person{number} One"} for number in range(3)])
    others = [{"id": 0, "email": "p0@acme.example", "name": "Somebody Else"}]  # a new name, and the same email
    others += [{"id": number, "email": f"other{number}@else.example", "name": f"Other{number} Two"} for number in (1, 2)]
    ran = table.write(others)
    assert "unlike_contact 2 (such as row 2)" in ran.summary_of(STREAM)
    assert len(table.contacts) == 3
