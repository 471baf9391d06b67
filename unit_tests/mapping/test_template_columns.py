"""Is every column that a template names found, and nothing else taken for one?"""

from __future__ import annotations

import pytest

from destination_close.mapping.template_columns import columns_of_template


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("{{ record['plan'] }}", ["plan"]),
        ('{{ record["plan"] }}', ["plan"]),
        ("{{ record.plan }}", ["plan"]),
        ("{{record.first}} {{ record['last '] }}", ["first", "last "]),
        ("{{ record['org']['id'] }}", ["org.id"]),
        ("{{ record.org.id ~ record['org'].name }}", ["org.id", "org.name"]),
        ("{{ record['name'].strip().upper() }}", ["name"]),
        ("{{ record['tags'][0]['label'] }}", ["tags"]),
        ("{{ record['email'].split('@')[1] }}", ["email"]),
        ("{{ record['text'][1:3] }}", ["text"]),
        ("{{ [record['email']] + record['more'].split(record.sep) }}", ["email", "more", "sep"]),
        ("{{ record['a' ~ 'b'] }}", ["ab"]),
        ("{{ record['\\ufeffemail'] }}", ["\ufeffemail"]),
        ("{{ {'a': 'x'}[record.kind] }}", ["kind"]),
        ("{{ ','.join(record.names) }}", ["names"]),
        ("{{ record.amount | int + 1 }}", ["amount"]),
        ("{{ record.plan | replace(record.old, 'x') }}", ["plan", "old"]),
        ("{{ record.get('plan') }}", ["plan"]),
        ("{{ record['org'].get('id') }}", ["org.id"]),
        ("{{ record['x'] == 'y' }}", ["x"]),
        ("{{ record['x'] in ['a', record.b] }}", ["x", "b"]),
        ("{{ not record.deleted and record.active }}", ["deleted", "active"]),
    ],
)
def test_what_a_template_cannot_do_without_is_named(template: str, named: list[str]) -> None:
    found = columns_of_template(template)
    assert [".".join(one.steps) for one in found] == named
    assert not any(one.optional for one in found)


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("{{ record['work'] or record['home'] }}", ["work", "home"]),
        ("{{ record.plan | default('free') }}", ["plan"]),
        ("{{ record.get('plan', 'free') }}", ["plan"]),
        ("{{ record.a if record.b else 'x' }}", ["a", "b"]),
        ("{% if 'q' in record %}{{ record.q }}{% endif %}", ["q"]),
        ("{% if record.paid %}{{ 'yes' }}{% endif %}", ["paid"]),
        ("{{ record['x'] is defined }}", ["x"]),
        ("{{ (record.a or {})['b'] }}", ["a"]),
    ],
)
def test_what_a_template_can_do_without_is_named_as_that(template: str, named: list[str]) -> None:
    found = columns_of_template(template)
    assert sorted(".".join(one.steps) for one in found) == sorted(named)
    assert all(one.optional for one in found)


def test_what_is_needed_in_one_place_is_needed() -> None:
    (email,) = columns_of_template("{{ record.email or 'x' }}{{ record.email }}")
    assert not email.optional


@pytest.mark.parametrize(
    "template", ["{{ 'paid' }}", "{{ record }}", "{{ record[", "{{ record[record] }}", "{{ x.y }}", "text", "{{ {}['a'] }}"]
)
def test_a_template_that_names_no_column_names_none(template: str) -> None:
    assert columns_of_template(template) == ()


def test_a_column_that_only_a_row_can_tell_is_left_out_and_what_tells_it_is_not() -> None:
    assert [one.steps for one in columns_of_template("{{ record[record['which']] }}{{ record.get(record.key).z }}")] == [
        ("which",),
        ("key",),
    ]
