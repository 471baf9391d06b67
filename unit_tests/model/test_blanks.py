from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.model import Placeholders, is_blank, trimmed, visible
from destination_close.model.blanks import INVISIBLE, PLACEHOLDERS


@pytest.mark.parametrize("char", [*INVISIBLE, "\u00a0", " ", "\t", "\n", "\u3000", "\0"], ids=ascii)
def test_what_cannot_be_seen_is_trimmed_and_is_blank_alone(char: str) -> None:
    assert trimmed(f"{char}a {char}b{char} {char}") == f"a {char}b".replace("\0", "")
    assert is_blank(char)


@pytest.mark.parametrize("char", [*INVISIBLE, "\u00a0", "\0"], ids=ascii)
def test_what_cannot_be_seen_is_taken_out_of_ids(char: str) -> None:
    assert visible(f"{char}4{char}2{char}") == "42"


def test_a_family_of_emoji_stays_together() -> None:
    family = "👩\u200d👧"
    assert trimmed(f" {family}\u200b ") == family


@given(st.text())
def test_trimming_twice_is_trimming_once(text: str) -> None:
    assert trimmed(trimmed(text)) == trimmed(text)
    assert is_blank(text) == (trimmed(text) == "")


@pytest.mark.parametrize("word", PLACEHOLDERS)
def test_a_placeholder_is_told_in_any_letter_case_with_anything_invisible_around(word: str) -> None:
    for text in (word, word.upper(), word.title(), f"  {word}\u200b", f"\ufeff{word}"):
        assert Placeholders().has(text)
    assert not Placeholders().has(f"{word}x")


@pytest.mark.parametrize("value", ["0", "no", "", "a", "null island", None, 0, False, [], "--"])
def test_other_values_are_no_placeholders(value: Any) -> None:
    assert not Placeholders().has(value)


def test_a_number_that_is_none_is_one() -> None:
    assert Placeholders().has(float("nan"))
    assert not Placeholders(["unknown"]).has(float("nan"))
