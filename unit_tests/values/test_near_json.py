from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.values import Unreadable, as_object
from destination_close.values.cells import as_list
from destination_close.values.near_json import MOST_CHARACTERS, read_near_json

LEAF = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.text("abc_", min_size=1)
VALUES = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)
OBJECTS = st.dictionaries(st.text("abc'\" {}", max_size=5), VALUES, max_size=4)


@given(OBJECTS)
def test_what_python_prints_is_read_as_it_was(value: dict[str, Any]) -> None:
    assert as_object(repr(value)) == value


@given(OBJECTS)
def test_json_is_read_as_it_was_however_often_it_was_encoded(value: dict[str, Any]) -> None:
    once = json.dumps(value)
    assert as_object(once) == as_object(f" \ufeff{once}") == as_object(json.dumps(once)) == value


def test_a_character_in_two_halves_is_one() -> None:
    assert as_object(r"{'a': '\ud83d\ude00 \x41\u0042\n'}") == {"a": "\U0001f600 AB\n"}


@given(st.text(st.sampled_from("{}[](),:='\"\\ abc123.-eNonetrue\n>"), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for opening in ("{", "[", ""):
        try:
            read_near_json(opening + text)
        except Unreadable:
            continue


@pytest.mark.parametrize("text", ["[22] 650", "[a@x.co, b@x.co]", "[", "text", "", "{}", "['a' 'b']"])
def test_what_is_no_list_is_left_to_the_field(text: str) -> None:
    assert as_list(text) is None


@pytest.mark.parametrize("piece", ["[", "{'a':", "{a:", "'", '"', "\\", "[1,", "(", ":a=>", "-"])
def test_long_junk_takes_no_longer_than_reading_it(piece: str) -> None:
    begun = time.perf_counter()
    for length in (5000, MOST_CHARACTERS, 500_000):
        with pytest.raises(Unreadable):
            read_near_json("{" + (piece * length)[:length])
    assert time.perf_counter() - begun < 2
