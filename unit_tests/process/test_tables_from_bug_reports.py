"""Do the tables that public bug reports are about arrive as their owners meant them?"""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest

from destination_close.model import Kind
from integration_tests.close_sandbox.presets import COMPANY_ID, SEATS, TAGS, USER_ID
from unit_tests.support.scenario import outcomes
from unit_tests.support.table import STREAM, Table

PERSON = {"contact_user_id": "id", "contact_email": "email"}


def test_a_key_made_by_a_template_is_blank_where_its_column_is() -> None:
    table = Table(
        {
            "contact_user_id": "u-{{ record['id'] }}",
            "lead_company_id": "{{ 'acc-' ~ record['acc'] }}",
            "lead_name": "company",
            "contact_email": "email",
            "contact_name": "name",
        }
    )
    rows = [
        {"id": None, "email": "ann@a.example", "name": "Ann Lee", "acc": None, "company": "Alpha"},
        {"id": "", "email": "bob@b.example", "name": "Bob Ray", "acc": " ", "company": "Beta"},
        {"email": "cyd@c.example", "name": "Cyd Poe", "company": "Gamma"},
        {"id": 0, "email": "dan@d.example", "name": "Dan Orr", "acc": "7", "company": "Delta"},
    ]
    table.write_twice(rows)
    assert [lead["name"] for lead in table.leads] == ["Alpha", "Beta", "Gamma", "Delta"]
    assert table.emails() == [["ann@a.example"], ["bob@b.example"], ["cyd@c.example"], ["dan@d.example"]]
    assert [lead.get(f"custom.{COMPANY_ID}") for lead in table.leads] == [None, None, None, "acc-7"]
    assert [contact.get(f"custom.{USER_ID}") for contact in table.contacts] == [None, None, None, "u-0"]


@pytest.mark.parametrize(
    "template", ["{{ [record['email']] + record['more'].split(';') }}", "{{ [record['email']] + (record['more'] or '').split(';') }}"]
)
def test_a_list_joined_to_a_blank_is_the_list(template: str) -> None:
    table = Table({"contact_user_id": "id", "contact_email": template})
    more = {1: "a2@acme.example", 2: None, 3: ""}
    table.write_twice([{"id": number, "email": f"p{number}@acme.example", "more": others} for number, others in more.items()])
    assert table.emails() == [["p1@acme.example", "a2@acme.example"], ["p2@acme.example"], ["p3@acme.example"]]


def test_two_lists_of_which_one_is_blank_empty_no_field() -> None:
    tags = {"custom_field": "Tags", "column": "{{ record['tags'] + record['more'] }}", "clear_when_blank": True}
    table = Table({"contact_email": "email", "lead_company_id": "acc", "lead_custom_fields": [tags]})
    table.write_twice([{"email": "ann@a.example", "acc": "1", "tags": ["vip"], "more": None}])
    assert [lead[f"custom.{TAGS}"] for lead in table.leads] == [["vip"]]


@pytest.mark.parametrize(
    ("region", "phones"),
    [
        (
            "US",
            {
                "0049 30 1234567": ["+49301234567"],
                "001-315-224-3556": ["+13152243556"],
                "650-253-0000/0001": ["+16502530000", "+16502530001"],
                "(650) 253-0000 (9-5)": ["+16502530000"],
                "650-253-0000 [22]": ["+16502530000"],
                "846-790-4623": ["+18467904623"],
                "846-790-4623x4715": ["+18467904623x4715"],
                "846-790-4623 ext. 4715": ["+18467904623x4715"],
                "tel:846-790-4623": ["+18467904623"],
                "846-790-4623 #4715": ["+18467904623x4715"],
            },
        ),
        (
            "DE",
            {
                "030 1234567 privat": ["+49301234567"],
                "030 1234567 Fax": ["+49301234567"],
                "030 1234567 (9-17 Uhr)": ["+49301234567"],
                "1701234567.0": ["+491701234567"],
            },
        ),
    ],
)
def test_phones_are_never_glued_together(region: str, phones: dict[str, list[str]]) -> None:
    table = Table({**PERSON, "contact_phone": "phone"}, default_region=region)
    rows = [{"id": number, "email": f"p{number}@acme.example", "phone": phone} for number, phone in enumerate(phones)]
    ran = table.write_twice(rows)
    assert outcomes(ran, STREAM)[Kind.REJECTED] == 0
    stored = [[phone.replace(" ext. ", "x") for phone in of_one] for of_one in table.phones()]
    assert stored == list(phones.values())
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(phone)) for of_one in table.phones() for phone in of_one)


@pytest.mark.parametrize("marker", ["", " ", "null", "NULL", 0, "0", False, "false", None, "\u200b", "n/a"], ids=repr)
def test_a_blank_date_of_deletion_deletes_nothing(marker: Any) -> None:
    table = Table(PERSON)
    ran = table.write([{"id": 1, "email": "p1@acme.example", "_ab_cdc_deleted_at": marker}])
    assert outcomes(ran, STREAM)[Kind.CREATED] == 1


@pytest.mark.parametrize("marker", ["2026-01-05T10:00:00Z", 1767607200, True, "true", "1"])
def test_a_date_of_deletion_skips_the_row(marker: Any) -> None:
    ran = Table(PERSON).write([{"id": 1, "email": "p1@acme.example", "_ab_cdc_deleted_at": marker}])
    assert outcomes(ran, STREAM)[Kind.SKIPPED] == 1


def test_invisible_characters_make_nobody_twice() -> None:
    table = Table(PERSON)
    emails = ["ann@acme.example", "\ufeffann@acme.example", "an\u200bn@acme.example", "\u2060ann@acme.example", "ann@acme.example\u00a0"]
    emails += [
        "ann\u00ad@acme.example",
        "\u200eann@acme.example\u200f",
        "ann@ac\u200dme.example",
        "ann\u00a0@acme.example",
        "ann@acme.example\0",
    ]
    ids = ["42", "42\u200b", "\ufeff42", "4\u20602", "\u202a42\u202c", "42\0"]
    rows = [{"id": None, "email": email} for email in emails] + [{"id": one, "email": None} for one in ids]
    ran = table.write([*rows, {"id": "\u200b", "email": None}])
    assert table.emails() == [["ann@acme.example"], []]
    assert [contact.get(f"custom.{USER_ID}") for contact in table.contacts] == [None, "42"]
    assert "no_match_key 1" in ran.summary_of(STREAM)


def test_placeholders_are_no_keys_and_counted() -> None:
    table = Table({**PERSON, "contact_name": "name", "lead_company_id": "company_id", "lead_name": "company"})
    companies = ["NULL", "null", "N/A", "n/a", "#N/A", "None", "nan", "NaN", "undefined", "-", " NULL ", "NU\u200bLL"]
    rows = [{"id": n, "email": f"p{n}@acme.example", "company_id": text, "company": f"C{n}"} for n, text in enumerate(companies)]
    rows += [{"id": "nan", "email": "p90@acme.example", "name": "Eve"}, {"id": "nan", "email": "p91@acme.example", "name": "Fay"}]
    rows += [{"id": None, "email": "n/a", "company_id": "-"}]
    ran = table.write_twice(rows)
    assert [lead["name"] for lead in table.leads][: len(companies)] == [f"C{n}" for n in range(len(companies))]
    assert table.emails()[-2:] == [["p90@acme.example"], ["p91@acme.example"]]
    assert f"placeholder_key {len(rows)}" in ran.summary_of(STREAM)
    assert "no_match_key 1" in ran.summary_of(STREAM)


def test_the_settings_may_say_which_texts_are_blank_and_then_they_are_everywhere() -> None:
    mapping = {**PERSON, "contact_name": "name", "contact_phone": "phone", "lead_url": "site", "lead_name": "company"}
    table = Table(mapping, blank_values=["unknown", "k.A."])
    row = {"id": "null", "email": "ann@a.example", "name": "K.A.", "phone": "Unknown", "site": " unknown ", "company": "k.a."}
    ran = table.write_twice([row, {"id": "unknown", "email": "bob@a.example"}])
    assert [contact.get(f"custom.{USER_ID}") for contact in table.contacts] == ["null", None]
    assert [contact["name"] for contact in table.contacts] == ["", ""]
    assert "value_left_out" not in ran.summary_of(STREAM)
    assert "placeholder_key 1" in ran.summary_of(STREAM)


@pytest.mark.parametrize(
    "text", [' {"id": "c-1", "name": "Acme"}', "{'id': 'c-1', 'name': 'Acme', 'vip': True}", '{"id"=>"c-1", "name"=>"Acme"}']
)
def test_an_object_that_is_nearly_json_is_read(text: str) -> None:
    table = Table({**PERSON, "lead_company_id": "org.id", "lead_name": "org.name"})
    table.write_twice(
        [{"id": 4, "email": "p4@a.example", "org": text}, {"id": 5, "email": "p5@a.example", "org": '{"id": "c-1", "name": "Acme"}'}]
    )
    assert [(lead["name"], lead[f"custom.{COMPANY_ID}"]) for lead in table.leads] == [("Acme", "c-1")]
    assert len(table.contacts) == 2


def test_an_object_that_cannot_be_read_rejects_the_row_if_it_holds_its_key() -> None:
    table = Table({**PERSON, "lead_company_id": "org.id", "lead_name": "org.name"})
    ran = table.write([{"id": 4, "email": "p4@a.example", "org": "{id=c-1, name=Acme}"}])
    assert outcomes(ran, STREAM)[Kind.REJECTED] == 1
    assert any("field lead_company_id: expected an object in the column" in line for line in ran.logs)


@pytest.mark.parametrize("seats", [9007199254740993, "9007199254740993", 9223372036854775807])
def test_large_numbers_keep_their_digits(seats: Any) -> None:
    table = Table({**PERSON, "lead_custom_fields": [{"custom_field": "Seats", "column": "seats"}]})
    table.write_twice([{"id": 1, "email": "p1@acme.example", "seats": seats}])
    assert table.leads[0][f"custom.{SEATS}"] == int(seats)
    table.write([{"id": 1, "email": "p1@acme.example", "seats": int(seats) - 1}])
    assert table.leads[0][f"custom.{SEATS}"] == int(seats) - 1
