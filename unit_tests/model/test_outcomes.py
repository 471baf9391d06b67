"""Does every code have words, so that nothing can end for a reason that nobody can read?"""

from __future__ import annotations

import re

import pytest

from destination_close.model import Kind, Reason, Rule, Warning

every_code = pytest.mark.parametrize("code", [*Reason, *Warning], ids=lambda code: code.value)


@every_code
def test_a_code_has_words_for_a_person_beside_it(code: Reason | Warning) -> None:
    assert len(code.words.split()) > 2
    assert code.words.strip() == code.words
    assert not code.words.endswith(".")
    assert code.value not in code.words


@pytest.mark.parametrize("code", [*Reason, *Warning, *Kind, *Rule], ids=lambda code: code.value)
def test_a_code_can_be_counted_and_searched_for(code: Reason | Warning | Kind | Rule) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", code.value)
    assert code == code.value


@pytest.mark.parametrize("codes", [Reason, Warning])
def test_no_two_codes_say_the_same(codes: type[Reason] | type[Warning]) -> None:
    assert len({code.words for code in codes}) == len(codes)
