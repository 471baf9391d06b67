from __future__ import annotations

from typing import Any

import pytest

from destination_close.mapping.columns import compile_column, compile_filter, truthy
from destination_close.templates import BadTemplate, TemplateFailed
from destination_close.values import Unreadable

ROW = {"email": "ann@x.co", "address": {"city": "Paris", "geo": {"lat": 48.9}, "a.b": "dotted key", "lines": ["Main St"]}}


def value(setting: str, record: dict[str, Any] | None = None, known: tuple[str, ...] = ()) -> Any:
    return compile_column(setting, known)(ROW if record is None else record)


def test_a_column_is_named_exactly() -> None:
    assert value("email") == "ann@x.co"
    assert value("Email") is None
    assert value("missing") is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("address.city", "Paris"),
        ("address.geo.lat", 48.9),
        ("address.geo", {"lat": 48.9}),
        ("address.a.b", "dotted key"),
        ("address.missing", None),
        ("address.city.deeper", None),
        ("missing.city", None),
        ("address.", None),
        (".", None),
    ],
)
def test_a_dotted_path_leads_into_objects(path: str, found: Any) -> None:
    assert value(path) == found


@pytest.mark.parametrize("path", ["address.lines.0", "address.lines[0]"])
def test_a_path_does_not_enter_lists(path: str) -> None:
    assert value(path) is None


def test_a_path_enters_an_object_that_came_as_json_text() -> None:
    assert value("address.city", {"address": '{"city": "Paris"}'}) == "Paris"
    assert value("address.city", {"address": '["city"]'}) is None


@pytest.mark.parametrize(
    "text",
    [
        *(' {"city": "Paris"}', '\ufeff{"city": "Paris"}', "{'city': 'Paris', 'zip': None, 'ok': True}", '{"city": "Paris", "x": NaN}'),
        *('{"city"=>"Paris", :zip=>nil}', "{city: 'Paris',}", '"{\\"city\\": \\"Paris\\"}"', '{""city"": ""Paris""}', '{"city": "Paris"};'),
    ],
)
def test_a_path_enters_what_is_nearly_json(text: str) -> None:
    assert value("address.city", {"address": text}) == "Paris"
    assert value("{{ record.address.city }}", {"address": text}) == "Paris"


@pytest.mark.parametrize(
    "text", ["{not json", "{city=Paris, zip=1}", '{"city": "Paris"} and more', "{'at': datetime.date(2026, 1, 5)}", "{"]
)
def test_what_begins_like_an_object_and_cannot_be_read_is_not_blank(text: str) -> None:
    for setting in ("address.city", "{{ record['address']['city'] }}"):
        with pytest.raises(Unreadable):
            value(setting, {"address": text})


def test_numbers_inside_json_text_keep_their_digits() -> None:
    assert value("a.id", {"a": '{"id": 12345678901234567890123}'}) == 12345678901234567890123


def test_a_column_of_exactly_that_name_wins_over_a_path() -> None:
    record = {"address.city": "exact", "address": {"city": "inside"}}
    assert value("address.city", record) == "exact"
    assert value("address.city", {"address": {"city": "inside"}}) == "inside"


def test_a_column_that_the_schema_names_exactly_is_used_even_if_a_row_lacks_it() -> None:
    assert value("address.city", {"address": {"city": "inside"}}, known=("address.city",)) is None


def test_a_template_is_recognized_by_its_braces() -> None:
    assert value("{{ record['address']['city'] | upper }}") == "PARIS"
    assert value("{{ record['email'] }} in {{ record.address.city }}") == "ann@x.co in Paris"


def test_a_column_may_even_be_named_like_a_template() -> None:
    assert value("{{ x }}", {"{{ x }}": 1}, known=("{{ x }}",)) == 1


def test_a_broken_template_is_refused_and_a_failing_one_says_so() -> None:
    with pytest.raises(BadTemplate):
        compile_column("{{ record[ }}")
    with pytest.raises(TemplateFailed):
        value("{{ record.email / 2 }}")


@pytest.mark.parametrize("nothing", [False, 0, 0.0, "", "  ", "false", "False", "NO", " no ", "0", None, [], {}], ids=repr)
def test_a_filter_drops_rows_for_which_it_evaluates_to(nothing: Any) -> None:
    assert truthy(nothing) is False
    assert compile_filter("{{ record['x'] }}")({"x": nothing}) is False


@pytest.mark.parametrize("something", [True, 1, -1, 0.5, "true", "yes", "x", "0.0", [0]], ids=repr)
def test_a_filter_keeps_rows_for_which_it_evaluates_to(something: Any) -> None:
    assert compile_filter("{{ record['x'] }}")({"x": something}) is True


def test_a_filter_may_be_text_with_several_parts() -> None:
    keep = compile_filter("{% if record.plan == 'paid' %}yes{% else %}no{% endif %}{{ '' }}")
    assert keep({"plan": "paid"})
    assert not keep({"plan": "free"})


@pytest.mark.parametrize("setting", ["is_customer", "record['plan'] == 'paid'", "true"])
def test_a_filter_that_is_not_a_template_is_refused(setting: str) -> None:
    """Read as a column it would be blank, and drop every row without a word."""
    with pytest.raises(BadTemplate, match="it is not a template"):
        compile_filter(setting)
