"""What does a template give whatever the row holds, and is what a field does not take refused before a row comes?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.mapping import problems_of
from destination_close.mapping.constants import constants_of
from destination_close.mapping.template_columns import Named, columns_of_template
from destination_close.model import LEAD, Account, CustomField, Status, User
from destination_close.settings import parse_config

ACCOUNT = Account(
    "Acme",
    "user_1",
    custom_fields={
        LEAD: (
            CustomField("cf_plan", "Plan", "choices", ("free", "paid")),
            CustomField("cf_tags", "Tags", "choices", ("vip", "partner"), True),
            CustomField("cf_seats", "Seats", "number"),
            CustomField("cf_since", "Since", "date"),
            CustomField("cf_note", "Note", "text"),
            CustomField("cf_owner", "Owner", "user"),
        )
    },
    statuses=(Status("stat_1", "Potential"), Status("stat_2", "Customer")),
)


@pytest.mark.parametrize(
    ("template", "words", "complete"),
    [
        ("{{ 'Potential' }}", ["Potential"], True),
        ("{{ 'a' ~ 'b' | upper }}", ["aB"], True),
        ("{{ 12 }}", [12], True),
        ("{{ 12 + 1 }}", [], False),
        ("{{ 'a' if record.x else 'b' }}", ["a", "b"], True),
        ("{{ 'a' if record.x }}", ["a"], True),
        ("{{ 'a' if record.x else ('b' if record.y else record.z) }}", ["a", "b"], False),
        ("{{ record.x or 'a' }}", ["a"], False),
        ("{{ record.x and 'a' }}", ["a"], False),
        ("{{ record.x | default('a') }}", ["a"], False),
        ("{{ {'1': 'a', '2': 'b'}[record.x] }}", ["a", "b"], True),
        ("{{ {'1': 'a'}.get(record.x, 'b') }}", ["a", "b"], True),
        ("{{ ['a', record.x] }}", ["a"], False),
        ("{% if record.x %}a{% elif record.y %}{{ 'b' }}{% else %}c{% endif %}{{ '' }}", ["a", "b", "c"], True),
        ("x-{{ 'a' if record.x else 'b' }}", ["x-a", "x-b"], True),
        ("x{{ 'a' if record.x }}", ["xa"], True),
        ("{{ record.x }}", [], False),
        ("x-{{ record.x }}", [], False),
        ("{{ record.x | title }}", [], False),
        ("{{ 'a' if record.x else 'b' }}{{ 'c' if record.x else 'd' }}", [], False),
        ("Potential", [], False),
        ("{{ 'a' ", [], False),
        ("{{ nothing }}", [], False),
    ],
)
def test_the_words_that_stand_in_a_template_are_found(template: str, words: list[Any], complete: bool) -> None:
    found = constants_of(template)
    assert (list(found.words), found.complete) == (words, complete)


@pytest.mark.parametrize(
    "template",
    [
        *(
            "{{ 'x' * 99999999999 }}",
            "{{ 9 ** 9 ** 9 ** 9 }}",
            "{{ ('x' | center(99999999999)) }}",
            "{{ 'x' if record.y else 'x' * 99999999999 }}",
        ),
        *("{{ ''.__class__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ 'x' | attr('__class__') }}"),
    ],
)
def test_nothing_is_calculated_that_has_no_bound(template: str) -> None:
    assert all(word == "x" for word in constants_of(template).words)
    assert columns_of_template(f"{{{{ record[{template.strip('{} ')}] }}}}") in ((), (Named(("y",), optional=True),))


def problems(account: Account | None = ACCOUNT, **mapping: Any) -> list[str]:
    config = parse_config({"api_key": "k", "mappings": [{"stream": "users", "contact_email": "email", **mapping}]})
    found = problems_of(config, account, ((one, ()) for one in config.mappings))
    return [problem.removeprefix('mappings 1 (stream "users"), ') for problem in found]


def of_custom_field(name: str, column: str) -> list[str]:
    return problems(lead_custom_fields=[{"custom_field": name, "column": column}])


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'Potentail' }}",
        "{{ 'Customer' if record.paid else 'Potentail' }}",
        "{{ record.status or 'Potentail' }}",
        "{{ record.status | default('Potentail') }}",
        "{{ {'a': 'Customer', 'b': 'Potentail'}[record.kind] }}",
        "{% if record.paid %}Customer{% else %}Potentail{% endif %}{{ '' }}",
        "  {{ 'Potentail' }}  ",
    ],
)
def test_a_status_that_does_not_exist_is_named_wherever_in_the_template_it_stands(template: str) -> None:
    assert problems(lead_status_id=template) == [
        'lead_status_id: the template produces "Potentail", which the field does not accept; did you mean "Potential"?'
    ]


@pytest.mark.parametrize(
    "template",
    [
        *("{{ 'Potential' }}", "{{ 'stat_2' }}", "{{ 'Customer' if record.paid else 'Potential' }}", "{{ record.status }}"),
        *("{{ record.status or '' }}", "{{ 'Customer' if record.paid }}", "status", " {{ ' Customer ' }}"),
    ],
)
def test_a_status_that_exists_or_that_only_a_row_can_tell_passes(template: str) -> None:
    assert problems(lead_status_id=template) == []


def test_letter_case_counts_as_it_does_in_rows() -> None:
    assert problems(lead_status_id="{{ 'customer' }}")[0].endswith('did you mean "Customer"?')


def test_a_word_that_is_like_none_gets_all_there_are() -> None:
    assert problems(lead_status_id="{{ 'zzz' }}") == [
        'lead_status_id: the template produces "zzz", which the field does not accept; expected the ID or exact label of a lead status: '
        '"Potential", "Customer"'
    ]


@pytest.mark.parametrize(
    ("name", "column", "word"),
    [
        ("Plan", "{{ 'Paid' }}", "Paid"),
        ("cf_plan", "{{ record.plan or 'none' }}", "none"),
        ("Tags", "{{ ['vip', 'partners'] }}", "partners"),
        ("Tags", "{{ ['vips', record.tag] }}", "vips"),
        ("Seats", "{{ 'many' }}", "many"),
        ("Since", "{{ '5.1.2026' }}", "5.1.2026"),
    ],
)
def test_a_word_that_a_custom_field_does_not_take_is_named(name: str, column: str, word: str) -> None:
    (problem,) = of_custom_field(name, column)
    assert problem.startswith(f'lead_custom.{name}: the template produces "{word}", which the field does not accept; ')


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *(("Plan", "{{ 'paid' }}"), ("Tags", "{{ ['vip'] }}"), ("Seats", "{{ 5 }}"), ("Note", "{{ 'anything' }}")),
        *(("Since", "{{ '2026-01-05' }}"), ("Owner", "{{ 'ann@acme.example' }}"), ("Seats", "{{ record.seats or 'none' }}")),
    ],
)
def test_a_word_that_it_takes_or_that_cannot_be_told_yet_passes(name: str, column: str) -> None:
    assert of_custom_field(name, column) == []


def test_users_are_known_once_they_were_asked_for() -> None:
    account = Account("Acme", "user_1", ACCOUNT.custom_fields, users=(User("user_1", "ann@acme.example", "Ann"),))
    mapping = {"lead_custom_fields": [{"custom_field": "Owner", "column": "{{ 'bob@acme.example' }}"}]}
    (problem,) = problems(account, **mapping)
    assert "bob@" not in problem


def test_without_an_account_no_word_is_looked_at() -> None:
    assert problems(None, lead_status_id="{{ 'Potentail' }}") == []
