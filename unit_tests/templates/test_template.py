from __future__ import annotations

import string
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_close.model import Placeholders
from destination_close.templates import FILTERS, MAX_LENGTH, BadTemplate, TemplateFailed, compile_template
from destination_close.templates.functions import MAX_TEXT, METHODS, TESTS

RECORD = {
    "first": "Ann",
    "last": "Lee",
    "email": "Ann@Acme.example",
    "n": 7,
    "f": 42.0,
    "yes": True,
    "null": None,
    "tags": ["a", None, "b"],
    "items": "a column named like a method",
    "address": {"city": "Paris", "items": 3},
    "long": "x" * 200_000,
    "spaced": "a " * 100_000,
    "umlauts": "ß" * 200_000,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def said(template: str, record: dict[str, Any] | None = None) -> Any:
    return compile_template(template)(RECORD if record is None else record)


def refusal(template: str) -> str:
    with pytest.raises(BadTemplate) as caught:
        compile_template(template)
    return str(caught.value)


# --- what it says


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ record['n'] }}", 7),
        ("  {{ record.f }}\n", 42.0),
        ("{{ record.yes }}", True),
        ("{{ record.tags }}", ["a", None, "b"]),
        ("{{ record.address }}", {"city": "Paris", "items": 3}),
        ("{{ record['n'] + 1 }}", 8),
        ("{{ 'stat_x' }}", "stat_x"),
        ("{{ record.n > 5 }}", True),
        ("{{ [record.first, record.null] }}", ["Ann", None]),
        ("{{ 'a' if record.n > 5 else 'b' }}", "a"),
    ],
)
def test_one_expression_alone_returns_its_value_as_it_is(template: str, value: Any) -> None:
    assert said(template) == value
    assert type(said(template)) is type(value)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ record['first'] }} {{ record['last'] }}", "Ann Lee"),
        ("no. {{ record.n }}", "no. 7"),
        ("{{ record.f }} {{ record.yes }}", "42 true"),
        ("{{ record.first ~ '-' ~ record.f ~ record.null }}", "Ann-42"),
        ("{% if record.yes %}in{% else %}out{% endif %}{{ '' }}", "in"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_anything_longer_returns_text(template: str, text: str) -> None:
    assert said(template) == text


@pytest.mark.parametrize(
    "template",
    [
        "{{ record['null'] }}",
        "{{ record.missing }}",
        "{{ record.missing.deeper['still'] }}",
        "{{ record.first.deeper }}",
        "{{ record.tags[9] }}",
        "{{ record.null[:3] }}",
        "{{ record.null | upper }}",
        "{{ record.null.strip().lower() }}",
        "{{ record.null | int }}",
        "{{ record.null * 2 - 1 }}",
        "{{ -record.null }}",
        "{{ record.null | default(none) }}",
        "{{ none }}",
        "{{ record.null.get('x') }}",
        "{{ record.get('missing') }}",
        "{{ [] | first }}",
    ],
)
def test_null_and_what_is_missing_stay_blank_through_everything(template: str) -> None:
    assert said(template) is None
    assert said(f"<{template}>") == "<>"


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ record.first + ' ' + record.null }}", "Ann "),
        ("{{ [record.first, record.null, '', record.last] | join(' ') }}", "Ann Lee"),
        ("{{ record.null > 5 or record.null < 5 }}", False),
        ("{{ 5 >= record.null }}", False),
        ("{{ record.null == none }}", True),
        ("{{ record.null == '' }}", True),
        ("{{ record.null != '' }}", False),
        ("{{ record.null is none and record.missing is none }}", True),
        ("{{ record.null is defined }}", False),
        ("{{ record.null is not none }}", False),
        ("{{ record.null or 'x' }}", "x"),
        ("{{ record.null | default('x') }}", "x"),
        ("{{ record.null | length }}", 0),
        ("{{ 'a' in record.null }}", False),
    ],
)
def test_a_blank_compares_like_nothing(template: str, value: Any) -> None:
    assert said(template) == value


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ record.items }}", "a column named like a method"),
        ("{{ record.address.items }}", 3),
        ("{{ record.address.city }}", "Paris"),
        ("{{ record.email.split('@')[1] | lower }}", "acme.example"),
        ("{{ record.email.lower().replace('@', ' at ') }}", "ann at acme.example"),
        ("{{ ', '.join(record.tags) }}", "a, b"),
        ("{{ record.tags | join(', ') }}", "a, b"),
        ("{{ record.first[:2] }}", "An"),
        ("{{ record.first.startswith('A') }}", True),
        ("{{ '1,5' | replace(',', '.') | float }}", 1.5),
        ("{{ 'x' | int(0) }}", 0),
        ("{{ record.yes | int }}", 1),
        ("{{ 2.7 | int }}", 2),
        ("{{ 2.345 | round(2) }}", 2.35),
        ("{{ 2.1 | round(0, 'ceil') }}", 3.0),
        ("{{ [3, none, '4'] | sum }}", 7),
        ("{{ [3, 1, 3] | unique | sort | first }}", 1),
        ("{{ [3, 1] | max - [3, 1] | min }}", 2),
        ("{{ 'mary-jane o\\'neil' | title }}", "Mary-Jane O'neil"),
        ("{{ 'one two three' | truncate(9) }}", "one..."),
        ("{{ 'one two three' | truncate(9, true, '') }}", "one two t"),
        ("{{ 'a b&c' | urlencode }}", "a%20b%26c"),
        ("{{ 'aXa' | count('a') }}", 2),
        ("{{ record.get('missing', 'instead') }}", "instead"),
        ("{{ '' | default('x', true) }}", "x"),
        ("{{ 'x' is string and 1 is number and true is boolean and [] is sequence and {} is mapping }}", True),
        ("{{ 1 is integer and 1.5 is float and true is true and false is false and 1 is in [1] }}", True),
    ],
)
def test_functions_do_what_their_names_say(template: str, value: Any) -> None:
    assert said(template) == value


# --- what it refuses


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ record['first' }}", "expected ']'"),
        ("{{", "end of template"),
        ("{{ email }}", "it uses `email`, but the only variable is `record`; a column is record['name']"),
        ("{{ record.first | upperr }}", "unknown filter `upperr`; available filters: abs, "),
        ("{{ record.first.uper() }}", "`uper` cannot be called; only these can: capitalize, "),
        ("{{ record.first is odd }}", "unknown test `is odd`; available tests: boolean, "),
        ("{{ record.first | replace('a') }}", "`replace` has too many, too few or unknown arguments"),
        ("{{ record.first.upper(locale='fr') }}", "`upper` has too many, too few or unknown arguments"),
        ("{{ record.first.replace(*record.tags) }}", "arguments with * are not available"),
        ("{% for tag in record.tags %}{{ tag }}{% endfor %}", "`for` is not available in templates; `if` is the only statement"),
        ("{% set x = record.n %}{{ x }}", "`assign` is not available"),
        ("{{ 2 ** 3 }}", "`pow` is not available"),
        ("{{ '" + "x" * MAX_LENGTH + "' }}", "longer than 5,000 characters"),
    ],
)
def test_a_template_that_can_never_work_is_refused_with_the_reason(template: str, why: str) -> None:
    assert why in refusal(template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ record.__class__() }}",
        "{{ lipsum.__globals__['os'] }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ loop }}",
        "{{ caller() }}",
        "{{ range(1000000000) }}",
        "{{ dict(a=1) }}",
        "{{ namespace() }}",
        "{{ record | attr('__class__') }}",
        "{{ record | map('upper') }}",
        "{{ '{0.__class__}'.format(record) }}",
        "{{ '{0.__class__}'.format_map(record) }}",
        "{{ '%s' | format(record) }}",
        "{{ (record.first | upper)() }}",
        "{{ record['first']() }}",
        "{{ 'x' | center(1000000000) }}",
        "{{ 'x'.rjust(1000000000) }}",
        "{{ 'x' | indent(1000000000) }}",
        "{{ '%999999999d' is divisibleby(1) }}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% extends 'x' %}",
        "{% macro x() %}{{ x() }}{% endmacro %}",
        "{% block x %}{% endblock %}",
        "{% filter upper %}x{% endfilter %}",
        "{% with x = 1 %}{% endwith %}",
        "{% autoescape true %}{% endautoescape %}",
    ],
)
def test_the_ways_out_of_a_sandbox_do_not_compile(template: str) -> None:
    refusal(template)


@pytest.mark.parametrize(
    "template", ["{{ record.__class__ }}", "{{ record['__class__'].__mro__ }}", "{{ record.first.upper }}", "{{ ''.__doc__ }}"]
)
def test_attributes_of_python_objects_are_not_there(template: str) -> None:
    assert said(template) is None


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ 1000000000 * 'a' }}",
        "{{ [0] * 1000000000 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ record.long.replace('x', record.long) }}",
        "{{ record.long.replace('', record.long) }}",
        "{{ record.long.join(record.spaced.split(' ')) }}",
        "{{ record.long.join(['a', 'b', 'c', 'd', 'e', 'f', 'g']) }}",
        "{{ " + " ~ ".join(["record.long"] * 6) + " }}",
        "{{ " + " + ".join(["record.long"] * 6) + " }}",
        "{{ record.long }}" * 6,
        "{{ record.umlauts | urlencode }}",
        "{{ " + "(" * 12 + "record.n * 9999999999" + ")" * 12 + " " + "* 99999999999999999999999999999999 " * 60 + "}}",
    ],
)
def test_what_would_fill_the_memory_fails_at_once(template: str) -> None:
    evaluate = compile_template(template)
    begun = time.perf_counter()
    with pytest.raises(TemplateFailed, match=r"^(TypeError|its result would be too long)$"):
        evaluate(RECORD)
    assert time.perf_counter() - begun < 1


def test_a_huge_precision_is_cut_instead_of_computed() -> None:
    assert said("{{ 5 | round(-999999999) }}") == 0


@pytest.mark.parametrize(
    "template",
    [
        "{{ " + "(" * 1500 + "1" + ")" * 1500 + " }}",
        "{{ " + "not " * 1200 + "1 }}",
        "{{ " + "-" * 4900 + "1 }}",
        "{{ 1" + "+1" * 2400 + " }}",
        "{{ record" + ".x" * 2400 + " }}",
    ],
)
def test_nesting_too_deep_to_compile_is_a_bad_template_and_nothing_worse(template: str) -> None:
    assert "RecursionError" in refusal(template)


@pytest.mark.parametrize("template", ["{{ record.n / 0 }}", "{{ record.first > 5 }}", "{{ 'secret' | int }}", "T: {{ record.tags }}"])
def test_a_template_that_fails_for_a_record_says_so_without_its_values(template: str) -> None:
    with pytest.raises(TemplateFailed) as caught:
        said(template)
    assert str(caught.value) in ("ZeroDivisionError", "TypeError", "ValueError")
    assert caught.value.__cause__ is None


def test_a_template_is_compiled_once_and_keeps_nothing_between_records() -> None:
    evaluate = compile_template("{{ record.x }}!")
    assert [evaluate({"x": 1}), evaluate({}), evaluate({"x": "b"})] == ["1!", "!", "b!"]


WORDS = st.sampled_from(
    ["record", ".", "first", "['n']", "[0]", "[:1]", "|", "~", "+", "*", "%", "(", ")", "'a'", "9", ",", "==", "in", "is", "not", " "]
    + [f"|{name}" for name in FILTERS]
    + [f".{name}(" for name in METHODS]
    + [f" is {name}" for name in TESTS]
    + ["{{", "}}", "{% if ", "%}", "{% endif %}", "__class__", "{#", "#}", "999999999", "none", "if", "else"]
)


@settings(max_examples=300, deadline=1000)
@given(
    st.lists(WORDS, max_size=12).map("".join) | st.text(string.printable, max_size=30),
    st.dictionaries(st.sampled_from(["first", "n"]), JSON),
)
def test_every_template_ends_in_a_value_or_in_one_of_our_own_refusals(template: str, record: dict[str, Any]) -> None:
    for source in (template, f"{{{{ {template} }}}}"):
        try:
            value = compile_template(source)(record)
        except (BadTemplate, TemplateFailed):
            continue
        assert value is None or isinstance(value, (str, int, float, list, dict))
        assert not isinstance(value, str) or len(value) <= MAX_TEXT


@given(JSON, st.lists(JSON, max_size=2))
def test_no_function_returns_anything_but_json_or_our_own_refusal(value: Any, arguments: list[Any]) -> None:
    names = ", ".join(f"record['{number}']" for number in range(len(arguments)))
    record = {"x": value} | {str(number): argument for number, argument in enumerate(arguments)}
    for name in FILTERS:
        try:
            result = compile_template(f"{{{{ record.x | {name}({names}) }}}}")(record)
        except (BadTemplate, TemplateFailed):
            continue
        assert result is None or isinstance(result, (str, int, float, list, dict))


# --- what is joined to a blank

WHOLE = [
    "u-{{ record['a'] }}",
    "{{ record['a'] }}-{{ record['b'] }}",
    "{{ 'u-' ~ record['a'] }}",
    "{{ 'u-' + record['a'] }}",
    "{{ record['b'] ~ '/' ~ record['a'] }}",
    "{{ [record['b'], record['a']] | join('-') }}",
    "{{ '-'.join([record['b'], record['a']]) }}",
    "{{ 'https://x.co/{id}' | replace('{id}', record['a']) }}",
    "{{ 'https://x.co/{id}'.replace('{id}', record['a']) }}",
    "{{ 'u-' ~ (record['a'] | trim) }}",
    "{{ 'u-' ~ (record['a'] | lower) }}",
    "{{ 'u-' ~ record['a'][:3] }}",
    "{{ 'u-' ~ record.a }}",
    "{{ 'u-' ~ record['b'][5:] }}",
    "{{ 'u-' ~ record['b'] | replace('bee', '') }}",
    "{{ 'u-' ~ record['o']['id'] }}",
    "{% if record['b'] %}u-{{ record['a'] }}{% endif %}",
    "{{ 'u-' ~ record['a'] if record['b'] else record['b'] }}",
]


@pytest.mark.parametrize("blank", [None, "", "  ", "\u200b", "absent"], ids=ascii)
@pytest.mark.parametrize("source", WHOLE)
def test_a_blank_joined_to_text_makes_a_key_blank(source: str, blank: str | None) -> None:
    record = {"b": "bee", "o": {"id": None}} | ({} if blank == "absent" else {"a": blank})
    assert compile_template(source, Placeholders())(record) in (None, "")


@pytest.mark.parametrize(
    "source", [source for source in WHOLE if "'b'][5:]" not in source and "'bee'" not in source and "'o'" not in source]
)
def test_a_placeholder_joined_to_text_is_what_comes_out(source: str) -> None:
    whole = compile_template(source, Placeholders())({"a": "NULL", "b": "bee"})
    assert whole == "NULL" or "[:3]" in source


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ ('u-' ~ record['a']) or record['b'] }}", "bee"),
        ("{{ ('u-' ~ record['a']) | default('none-yet') }}", "none-yet"),
        ("{{ 'u-' ~ (record['a'] or record['b']) }}", "u-bee"),
        ("{{ 'u-' ~ (record['a'] or '') }}", "u-"),
        ("{{ 'u-' ~ (record['a'] | default('')) }}", "u-"),
        ("u-{{ record['a'] or '' }}", "u-"),
        ("u-{{ record['a'] | default('x') }}", "u-x"),
        ("{{ 'u-' ~ record['a'] if record['a'] else record['b'] }}", "bee"),
        ("{% if record['a'] %}u-{{ record['a'] }}{% else %}{{ record['b'] }}{% endif %}", "bee"),
        ("{{ record['b'] ~ ' ' ~ record['b'] }}", "bee bee"),
        ("{{ record['zero'] }}-{{ record['no'] }}", "0-false"),
        ("{{ [record['b'], record['a']] | join(';') }}", "bee"),
        ("{{ [record['b'], record['a']] | join(', ') }}", "bee"),
        ("{{ record['b'] }} ", "bee"),
    ],
)
def test_another_value_may_be_given_for_a_blank_first(source: str, found: str) -> None:
    record = {"a": "", "b": "bee", "zero": 0, "no": False}
    assert compile_template(source, Placeholders())(record) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ record['first'] }} {{ record['middle'] }} {{ record['last'] }}", "Ann Lee"),
        ("{{ record['first'] ~ ' ' ~ record['middle'] ~ ' ' ~ record['last'] }}", "Ann Lee"),
        ("{{ record['first'] + ' ' + record['middle'] + ' ' + record['last'] }}", "Ann Lee"),
        ("{{ record['last'] }}, {{ record['first'] }}\n  - {{ record['middle'] }}x", "Lee, Ann\n  - x"),
    ],
)
def test_in_a_name_a_blank_is_an_empty_text_and_leaves_one_blank_between_words(source: str, found: str) -> None:
    for middle in (None, "", " "):
        assert compile_template(source)({"first": "Ann", "middle": middle, "last": "Lee"}) == found


@pytest.mark.parametrize("blanks", [None, Placeholders()], ids=["text", "key"])
@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ record['list'] + record['blank'] }}", ["a"]),
        ("{{ record['blank'] + record['list'] }}", ["a"]),
        ("{{ record['list'] + record['blank'].split(';') }}", ["a"]),
        ("{{ record['list'] + ['b'] }}", ["a", "b"]),
        ("{{ record['list'] + record['blank'] + record['list'] }}", ["a", "a"]),
    ],
)
def test_a_list_joined_to_a_blank_is_the_list(source: str, found: list[str], blanks: Placeholders | None) -> None:
    for blank in (None, []):
        assert compile_template(source, blanks)({"list": ["a"], "blank": blank}) == found or (blank == [] and "split" in source)
