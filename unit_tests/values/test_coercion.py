from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.mapping.wishes import custom_field
from destination_close.model import Account, CustomField, User, Wish
from destination_close.values import Invalid, coercion

BLANKS: list[Any] = [None, "", "  ", "\t\n ", [], {}]
STATUSES = (("stat_1", "Potential"), ("stat_2", "Customer "), ("stat_3", "Potential"))
USERS = (("user_1", "Ann@Acme.example"), ("user_2", "bob@acme.example"))

COERCERS: dict[str, Callable[[Any], Any]] = {
    "text": coercion.text,
    "text_up_to": coercion.text_up_to(5),
    "identifier": coercion.identifier,
    "number": coercion.number,
    "date": coercion.date,
    "moment": coercion.moment,
    "email": coercion.email,
    "url": coercion.url,
    "choice": coercion.choice(["a", "true", "42"]),
    "status": coercion.status(STATUSES),
    "user": coercion.user(USERS),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=12) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
ALMOST = st.from_regex(
    r"\s?([0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
    r"|[+-]?[0-9]{0,30}\.?[0-9]{0,5}(e[+-]?[0-9]{1,4})?|\+?[0-9 ()x.-]{1,25}|[a-z:/.@%-]{1,20})\s?",
    fullmatch=True,
)


@pytest.mark.parametrize("blank", BLANKS, ids=repr)
@pytest.mark.parametrize("coerce", COERCERS.values(), ids=COERCERS)
def test_a_blank_value_is_not_a_wish_in_any_type(coerce: Callable[[Any], Any], blank: Any) -> None:
    assert coerce(blank) is None
    assert coercion.is_blank(blank)


@pytest.mark.parametrize("coerce", COERCERS.values(), ids=COERCERS)
@given(value=JSON | ALMOST)
def test_any_value_is_coerced_or_refused_and_never_raises(coerce: Callable[[Any], Any], value: Any) -> None:
    found = coerce(value)
    assert found is None or isinstance(found, (str, int, float, Invalid))
    if isinstance(found, (str, int, float)):
        assert not isinstance(found, str) or found == found.strip() != ""
        orjson.dumps(found)


@pytest.mark.parametrize("coerce", COERCERS.values(), ids=COERCERS)
def test_a_refusal_never_repeats_the_value(coerce: Callable[[Any], Any]) -> None:
    for value in ("s3cret\ud800", ["s3cret"], {"s3cret": 1}):
        found = coerce(value)
        assert isinstance(found, Invalid)
        assert "s3cret" not in found.expected


@pytest.mark.parametrize("coerce", COERCERS.values(), ids=COERCERS)
@given(value=JSON | ALMOST)
def test_coercing_what_was_coerced_changes_nothing(coerce: Callable[[Any], Any], value: Any) -> None:
    found = coerce(value)
    if isinstance(found, (str, int, float)) and coerce is not COERCERS["choice"]:
        assert coerce(found) == found


# --- text and ids


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Ann  Lee\n", "Ann  Lee"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (42, "42"),
        (42.0, "42"),
        (-0.0, "0"),
        (12.5, "12.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-7, "1e-07"),
        (2**64, "18446744073709551616"),
        (Decimal("42.00"), "42"),
        (Decimal("0.10"), "0.10"),
        ("Zoë ☕", "Zoë ☕"),
    ],
)
def test_text_of_scalars(value: Any, text: str) -> None:
    assert coercion.text(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, ["a"], {"a": 1}, Decimal("NaN"), "\ud800", 2**5000, b"a"], ids=repr)
def test_what_is_not_text_is_refused(value: Any) -> None:
    found = coercion.text(value)
    assert isinstance(found, Invalid)
    assert found.expected.startswith("text, not ")


def test_text_may_have_a_limit() -> None:
    short = coercion.text_up_to(1000)
    assert short("x" * 1000) == "x" * 1000
    assert short(" " + "x" * 1000 + " ") == "x" * 1000
    assert short("x" * 1001) == Invalid("text of at most 1000 characters")


@pytest.mark.parametrize(
    ("value", "identity"),
    [
        (42, "42"),
        (42.0, "42"),
        ("42", "42"),
        ("42.0", "42.0"),
        (" Ab-1 ", "Ab-1"),
        (0, "0"),
        ("0", "0"),
        (2**64 - 1, str(2**64 - 1)),
        (4.5, "4.5"),
    ],
)
def test_an_id_is_text(value: Any, identity: str) -> None:
    assert coercion.identifier(value) == identity


@pytest.mark.parametrize("value", [True, False, math.nan, math.inf, ["42"], {"id": 42}, 1e21, float(2**53 + 2), -1e300], ids=repr)
def test_what_cannot_be_an_id_is_refused(value: Any) -> None:
    """A float beyond 2**53 may be another id rounded: two companies would become one."""
    assert isinstance(coercion.identifier(value), Invalid)


# --- numbers and times


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (12.5, 12.5),
        (0, 0),
        (" 42 ", 42),
        ("-3.50", -3.5),
        ("+7", 7),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("007", 7),
        (Decimal("1.5"), 1.5),
        (1e21, 1e21),
    ],
)
def test_numbers_and_numeric_text(value: Any, number: float) -> None:
    found = coercion.number(value)
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "value",
    [
        "1,000",
        "1.000,5",
        "1 000",
        "1_000",
        "12%",
        "$5",
        "0x10",
        "abc",
        "-",
        ".",
        "e5",
        "nan",
        "inf",
        "1e999",
        "٤٢",
        True,
        math.nan,
        math.inf,
        [5],
        10**400,
        Decimal("inf"),
    ],
    ids=repr,
)
def test_what_is_not_a_plain_number_is_refused(value: Any) -> None:
    found = coercion.number(value)
    assert isinstance(found, Invalid)
    assert found.expected.startswith("a number like 12.5, without thousands separators")


@pytest.mark.parametrize(("value", "kind"), [(True, "true or false"), ([5], "a list"), ({"a": 5}, "an object")])
def test_what_is_not_a_number_is_called_what_it_is(value: Any, kind: str) -> None:
    assert coercion.number(value) == Invalid(f"a number like 12.5, without thousands separators, not {kind}")


@pytest.mark.parametrize(
    "value", [9007199254740993, "9007199254740993", 9223372036854775807, "-9223372036854775808", 2**64 - 1, "+12345678901234567"]
)
def test_a_whole_number_keeps_every_digit(value: Any) -> None:
    found = coercion.number(value)
    assert (found, type(found)) == (int(value), int)


@pytest.mark.parametrize("value", ["0.1", "12.50", "1e3", "5.", "10.000000000000000000", "1e21", "1e-7", "0.30000000000000004"])
def test_a_fraction_is_taken_if_a_float_is_exactly_it(value: str) -> None:
    found = coercion.number(value)
    assert isinstance(found, float)
    assert Decimal(repr(found)) == Decimal(value)


@pytest.mark.parametrize(
    "value", ["3.333333333333333333", "9007199254740993.5", "18446744073709551617", 2**64 + 1, Decimal("0.12345678901234567890")]
)
def test_a_number_that_would_be_rounded_is_refused_for_that_reason(value: Any) -> None:
    found = coercion.number(value)
    assert isinstance(found, Invalid)
    assert "rounded" in found.expected


@given(st.integers(min_value=-(10**30), max_value=10**30))
def test_whole_numbers_stay_exact_or_are_refused(value: int) -> None:
    found = coercion.number(value)
    assert isinstance(found, Invalid) or int(found) == value
    assert isinstance(found, Invalid) == (not -(2**63) <= value < 2**64 and int(float(value)) != value)
    assert coercion.number(str(value)) == found


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2026-01-05", "2026-01-05"),
        (" 2026-01-05T23:30:00-05:00 ", "2026-01-05"),
        ("2026-01-05 23:30", "2026-01-05"),
        ("0999-12-31", "0999-12-31"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_dates_are_as_written(value: str, date: str) -> None:
    assert coercion.date(value) == date


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-29",
        "2026-13-01",
        "0000-00-00",
        "05.01.2026",
        "1/5/2026",
        "20260105",
        "2026-1-5",
        "2026-W01-1",
        "2026-01-05T25:00",
        20260105,
        "202601051000",
        True,
        "today",
        ["2026-01-05"],
    ],
)
def test_what_is_not_an_iso_date_is_refused(value: Any) -> None:
    found = coercion.date(value)
    assert isinstance(found, Invalid)
    assert found.expected.startswith("a date like 2026-01-05")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05T10:00:00", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05T10:00:00.999999", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05T10:00:00,5z", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05 10:00", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05 12:00:00+02", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05t15:30:00 +0530", "2026-01-05T10:00:00+00:00"),
        ("2026-01-04T22:30:00-11:30", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05", "2026-01-05T00:00:00+00:00"),
        ("2026-01-05 10:00:00 UTC", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05 10:00:00.123 UTC", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05T10:00 GMT", "2026-01-05T10:00:00+00:00"),
        ("2026-01-05 12:00:00 +0200 UTC", "2026-01-05T10:00:00+00:00"),
        (1767607200, "2026-01-05T10:00:00+00:00"),
        (1767607200.75, "2026-01-05T10:00:00+00:00"),
        ("1767607200", "2026-01-05T10:00:00+00:00"),
        (1767607200000, "2026-01-05T10:00:00+00:00"),
        ("1767607200999", "2026-01-05T10:00:00+00:00"),
    ],
)
def test_moments_have_one_form_in_utc(value: str, moment: str) -> None:
    assert coercion.moment(value) == moment


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T24:00:00",
        "2026-01-05T10:60",
        "2026-01-05T10:00:00+24:00",
        "2026-01-05T10:00:00+01:75",
        "10:00",
        "now",
        20260105,
        17676072000,
        1767607200000000,
        -1767607200,
        0,
        "202601051000",
        "0001-01-01T00:00:00+01:00",
        "2026-01-05T10",
    ],
)
def test_what_is_not_an_iso_moment_is_refused(value: Any) -> None:
    found = coercion.moment(value)
    assert isinstance(found, Invalid)
    assert found.expected.startswith("a date and time like 2026-01-05T10:00:00Z")


def test_the_date_of_a_moment_in_seconds_is_that_in_utc() -> None:
    assert coercion.date(1767607200) == coercion.date("1767607200000") == coercion.date("2026-01-05 23:00:00 UTC") == "2026-01-05"


ZONES: Any = st.none() | st.timezones()


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=ZONES))
def test_a_moment_survives_any_iso_spelling(moment: datetime) -> None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    offset = aware.utcoffset()
    if offset is not None and offset.total_seconds() % 60 == 0:  # local mean times have seconds, which nobody writes
        wanted = aware.astimezone(timezone.utc).replace(microsecond=0).isoformat()
        assert coercion.moment(moment.isoformat()) == wanted
        assert coercion.date(moment.isoformat()) == moment.date().isoformat()


# --- ways to reach somebody


@pytest.mark.parametrize(
    "value", ["ann@acme.example", " Ann.Lee+x@ACME.example ", "a@b.co", "o'neil@x-y.co.uk", "дмитрий@пример.рф", "a" * 245 + "@x.co.uk"]
)
def test_emails_keep_their_letter_case(value: str) -> None:
    assert coercion.email(value) == value.strip()


NOT_EMAILS = [
    *("ann", "ann@acme", "@acme.example", "ann@", "a b@acme.example", "a@b@c.co", "a@.co", "a@x..co", "a@x.c", "a" * 247 + "@x.co.uk"),
]


@pytest.mark.parametrize("value", NOT_EMAILS)
def test_what_cannot_be_an_email_is_refused(value: Any) -> None:
    assert coercion.email(value) == Invalid("one email address like ann@example.com, of at most 254 characters")


@pytest.mark.parametrize(("value", "kind"), [(5, "a number"), (True, "true or false"), (["a@x.co"], "a list"), ({"a": 1}, "an object")])
def test_a_refusal_says_what_the_value_is_instead(value: Any, kind: str) -> None:
    assert coercion.email(value) == Invalid(f"one email address like ann@example.com, of at most 254 characters, not {kind}")
    assert coercion.url(value) == Invalid(f"one web address like https://example.com, not {kind}")


@pytest.mark.parametrize(
    "value",
    [
        "https://acme.example",
        "http://acme",
        "acme.example",
        "www.acme.example/a?b=c#d",
        "Acme.Example:8080",
        "ftp://x.co/a%20b",
        "https://ann:pw@x.co",
        "http://[::1]/",
        "müller.de",
        "acme.example.",
        "https://web.archive.org/web/2020/https://x.co",
        "www.acme.of-tomorrow",
    ],
)
def test_web_addresses_stay_as_given(value: str) -> None:
    assert coercion.url(f" {value} ") == value


@pytest.mark.parametrize(
    "value",
    [
        *("acme", "n/a", "-", "a b.co", "https://", "https:///x", "javascript:alert(1)", "mailto:a@x.co", "a@x.co", "3.14", "//x.co"),
        *(
            "http://a b",
            "10.0.0.1",
            "J.Smith",
            "Dr.Smith",
            "node.js",
            "https://https://a",
            "https://http://acme.com",
            "http://https//a.com",
        ),
        *("https://acme.com:", "https:acme.com", "https//acme.com", "www.Smith"),
    ],
)
def test_what_names_no_host_is_not_a_web_address(value: Any) -> None:
    assert coercion.url(value) == Invalid("one web address like https://example.com")


# --- one of a known set


def test_choices_are_exact_text() -> None:
    coerce = coercion.choice(["Free", " Paid", "true", "42"])
    assert [coerce(value) for value in (" Free ", "Paid", True, 42, 42.0)] == ["Free", " Paid", "true", "42", "42"]
    expected = Invalid('one of the choices "Free", " Paid", "true", "42"')
    assert [coerce(value) for value in ("free", "Gold")] == [expected] * 2
    assert coerce(["Free"]) == Invalid(f"{expected.expected}, not a list")


def test_many_choices_are_listed_in_part() -> None:
    found = coercion.choice([f"c{n}" for n in range(20)])("x")
    assert isinstance(found, Invalid)
    assert found.expected.endswith('"c11" and 8 more')


def test_a_status_is_identified_by_id_or_exact_label() -> None:
    coerce = coercion.status(STATUSES)
    assert [coerce(value) for value in ("stat_2", "Customer", " Potential ", "stat_3")] == ["stat_2", "stat_2", "stat_1", "stat_3"]
    expected = Invalid('the ID or exact label of a lead status: "Potential", "Customer ", "Potential"')
    assert [coerce(value) for value in ("potential", "stat_9")] == [expected] * 2
    assert coerce(1) == expected


def test_a_user_is_identified_by_id_or_email() -> None:
    coerce = coercion.user(USERS)
    assert [coerce(value) for value in ("user_1", "ann@acme.EXAMPLE", " BOB@acme.example")] == ["user_1", "user_1", "user_2"]
    for value in ("user_9", "USER_1", "Ann Lee", "x@y.co", 1):
        found = coerce(value)
        assert isinstance(found, Invalid)
        assert "acme" not in found.expected


# --- by the type of a custom field

ACCOUNT = Account("Acme", "user_1", users=(User("user_1", "ann@x.co", "Ann"),))


def a_field(type_: str, multiple: bool = False) -> CustomField:
    return CustomField("cf_x", "X", type_, ("a", "b"), multiple)


@pytest.mark.parametrize(
    ("type_", "value", "wish"),
    [
        ("text", 42, Wish("42")),
        ("textarea", " a ", Wish("a")),
        ("hidden", True, Wish("true")),
        ("number", "12.5", Wish(12.5, "number")),
        ("date", "2026-01-05T10:00:00Z", Wish("2026-01-05", "date")),
        ("datetime", "2026-01-05", Wish("2026-01-05T00:00:00+00:00", "datetime")),
        ("choices", " a", Wish("a")),
        ("user", "ANN@x.co", Wish("user_1")),
        ("contact", "cont_1", Wish("cont_1")),
        ("custom_object", "co_1", Wish("co_1")),
        ("of the future", 5, Wish("5")),
        ("text", "", None),
    ],
)
def test_a_custom_field_wishes_for_a_value_of_its_type(type_: str, value: Any, wish: Wish | None) -> None:
    assert custom_field(a_field(type_), ACCOUNT)(value) == wish


@pytest.mark.parametrize(
    ("type_", "value"),
    [("number", "x"), ("date", "x"), ("datetime", "x"), ("choices", "x"), ("user", "x"), ("text", ["a"]), ("choices", ["a"])],
)
def test_a_custom_field_refuses_what_is_not_of_its_type(type_: str, value: Any) -> None:
    assert isinstance(custom_field(a_field(type_), ACCOUNT)(value), Invalid)


@pytest.mark.parametrize(
    ("value", "wish"),
    [
        (["b", " a ", "b", None, ""], Wish(("b", "a"), "set")),
        (["a"], Wish(("a",), "set")),
        ("a", Wish("a", "set", add=True)),
        ([], None),
        (["", None], None),
        (" ", None),
        ('["b", "a"]', Wish(("b", "a"), "set")),
        ("['b', 'a']", Wish(("b", "a"), "set")),
        ("b; a", Wish(("b", "a"), "set")),
        ("a;", Wish(("a",), "set")),
        ("[]", None),
    ],
)
def test_a_list_replaces_several_values_and_a_single_one_is_added(value: Any, wish: Wish | None) -> None:
    assert custom_field(a_field("choices", multiple=True), ACCOUNT)(value) == wish


@pytest.mark.parametrize("value", [["a", "x"], "x", [["a"]], {"a": 1}])
def test_one_wrong_value_of_several_is_refused(value: Any) -> None:
    assert isinstance(custom_field(a_field("choices", multiple=True), ACCOUNT)(value), Invalid)


def test_several_users_are_identified_by_email_too() -> None:
    assert custom_field(a_field("user", multiple=True), ACCOUNT)(["ann@x.co", "user_1"]) == Wish(("user_1",), "set")


@pytest.mark.parametrize(
    "junk",
    [
        "1" * 200_000 + "x",
        "1." * 100_000,
        "a." * 100_000,
        "a@" + "b" * 200_000,
        "2026-01-05T10:00:00." + "1" * 200_000 + "x",
        " " * 200_000 + "x",
    ],
    ids=lambda junk: junk[:6],
)
@pytest.mark.parametrize("coerce", COERCERS.values(), ids=COERCERS)
def test_long_junk_takes_no_longer_than_reading_it(coerce: Callable[[Any], Any], junk: str) -> None:
    """A pattern that tries every way to split it would take minutes."""
    begun = time.perf_counter()
    coerce(junk)
    assert time.perf_counter() - begun < 1
