"""Are these two values the same once Close has stored them?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.model import (
    Comparison,
    Item,
    Wish,
    as_set,
    email_meaning,
    has_scheme,
    holds,
    instant,
    is_blank,
    missing,
    phone_meaning,
    same,
    url_meaning,
)

NOTHING: list[object] = [None, "", " ", "\t\n", [], ()]
SOMETHING: list[object] = ["a", " a ", 0, 0.0, False, ["a"], ("",)]


@pytest.mark.parametrize("value", NOTHING)
def test_these_are_blank(value: Any) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", SOMETHING)
def test_these_are_not_blank(value: Any) -> None:
    assert not is_blank(value)


@pytest.mark.parametrize("how", ["text", "number", "date", "datetime", "set", "url"])
def test_null_and_empty_text_are_the_same_and_differ_from_any_value(how: Comparison) -> None:
    assert same(None, "", how)
    assert not same(None, "2026-01-05", how)
    assert not same("2026-01-05", None, how)


SAME: list[tuple[Comparison, Any, Any]] = [
    ("text", "Acme", " Acme "),
    ("text", 42, "42"),
    ("number", 5, 5.0),
    ("number", "12.50", 12.5),
    ("number", 0, "0"),
    ("date", "2009-02-13", "2009-02-13T23:31:30Z"),
    ("datetime", "2009-02-13T23:31:30+00:00", "2009-02-13T23:31:30.000Z"),
    ("datetime", "2009-02-13T23:31:30+00:00", "2009-02-14T00:31:30+01:00"),
    ("datetime", "2009-02-13T23:31:30+00:00", "2009-02-13T23:31:30"),
    ("set", ["a", "b"], ("b", "a")),
    ("set", "a", ("a",)),
    ("set", ["a", "a"], ("a",)),
    ("url", "https://acme.co", "acme.co"),
    ("url", "http://acme.co", "acme.co"),
    ("url", "acme.co", "acme.co"),
    ("url", "https://acme.co", "https://acme.co"),
]

DIFFERENT: list[tuple[Comparison, Any, Any]] = [
    ("text", "Acme", "acme"),
    ("number", 5, 5.1),
    ("number", "five", 5),
    ("date", "2009-02-13", "2009-02-14"),
    ("datetime", "2009-02-13T23:31:30+00:00", "2009-02-13T23:31:31+00:00"),
    ("datetime", "soon", "2009-02-13T23:31:31+00:00"),
    ("set", ["a"], ("a", "b")),
    ("set", ["a"], ("A",)),
    ("url", "https://acme.co", "http://acme.co"),
    ("url", "https://acme.co", "https://acme.co/"),
    ("url", "https://acme.co", "ACME.co"),
]


@pytest.mark.parametrize(("how", "stored", "wanted"), SAME)
def test_these_are_the_same_once_stored(how: Comparison, stored: Any, wanted: Any) -> None:
    assert same(stored, wanted, how)


@pytest.mark.parametrize(("how", "stored", "wanted"), DIFFERENT)
def test_these_are_different_once_stored(how: Comparison, stored: Any, wanted: Any) -> None:
    assert not same(stored, wanted, how)


def test_a_text_that_is_not_a_datetime_stands_for_itself() -> None:
    assert instant(" soon ") == "soon"


@pytest.mark.parametrize(("stored", "held"), [(["a", "b"], True), ("a", True), (["b"], False), (None, False), (["A"], False)])
def test_a_value_to_add_is_held_when_it_is_among_those_stored(stored: Any, held: bool) -> None:
    assert holds(stored, Wish("a", "set", add=True)) is held


def test_a_choice_whose_name_has_blanks_around_it_is_held_once_it_is_stored() -> None:
    assert holds([" red "], Wish(" red ", "set", add=True))


def test_the_values_of_a_field_are_a_set_whether_bare_or_in_a_list() -> None:
    assert as_set(None) == frozenset()
    assert as_set("a") == as_set(["a"]) == as_set((" a ", "a")) == {"a"}


SAME_URLS = [
    ("https://www.acme.co/", "acme.co"),
    ("HTTP://ACME.co", "https://acme.co"),
    ("https://acme.co/About/", "www.acme.co/About"),
    ("acme.co?x=1", "https://Acme.co?x=1"),
    ("  acme.co ", "acme.co"),
]

DIFFERENT_URLS = [
    ("acme.co/About", "acme.co/about"),
    ("acme.co", "acme.com"),
    ("acme.co/a", "acme.co/b"),
    ("shop.acme.co", "acme.co"),
    ("acme.co?x=1", "acme.co?x=2"),
    ("http://[", "http://]"),
]


@pytest.mark.parametrize(("one", "other"), SAME_URLS)
def test_these_urls_of_a_list_mean_the_same(one: str, other: str) -> None:
    assert url_meaning(one) == url_meaning(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT_URLS)
def test_these_urls_of_a_list_differ(one: str, other: str) -> None:
    assert url_meaning(one) != url_meaning(other)


@pytest.mark.parametrize(("url", "said"), [("https://a.co", True), ("FTP://a.co", True), ("a.co", False), ("mailto:a@x.co", False)])
def test_a_url_has_a_scheme_when_it_says_how_to_reach_it(url: str, said: bool) -> None:
    assert has_scheme(url) is said


def test_emails_are_compared_case_insensitively() -> None:
    assert email_meaning(" Ann@X.co ") == email_meaning("ann@x.CO")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("+16505551234", "+1 (650) 555-1234", True),
        ("+16505551234x12", "+1 650 555 1234 ext. 12", True),
        ("+16505551234", "+16505551235", False),
        ("+16505551234", "+16505551234x1", False),
    ],
)
def test_phones_are_the_same_when_their_digits_and_extension_are(one: str, other: str, alike: bool) -> None:
    assert (phone_meaning(one) == phone_meaning(other)) is alike


def test_missing_are_those_that_no_item_equals_each_once_in_order() -> None:
    assert missing([Item("A@x")], ["b@x", "a@x", "B@x", "c@x"], email_meaning) == ("b@x", "c@x")


@given(st.text())
def test_no_text_is_too_odd_to_be_compared(text: str) -> None:
    hows: list[Comparison] = ["text", "number", "date", "datetime", "set", "url"]
    for how in hows:
        assert same(text, text, how) or how == "number"
    for meaning in (url_meaning, email_meaning, phone_meaning):
        assert missing([Item(text)], [text], meaning) == ()


@given(st.text(), st.text())
def test_it_does_not_matter_which_of_two_values_is_the_stored_one(one: str, other: str) -> None:
    hows: list[Comparison] = ["text", "number", "date", "datetime", "set"]
    for how in hows:
        assert same(one, other, how) == same(other, one, how)
