"""Does the number of keys per search grow and shrink as Close answers?"""

from __future__ import annotations

import pytest

from destination_close.clauses import SEARCHES_UNTIL_FORGIVEN, Clauses
from destination_close.matching import FEWEST_CLAUSES, FIRST_CLAUSES, MOST_CLAUSES


def answered(clauses: Clauses, times: int) -> list[int]:
    """So many full searches go well; how many keys each asked for."""
    asked = []
    for _ in range(times):
        asked.append(clauses.now)
        clauses.answered(clauses.now)
    return asked


def test_it_grows_to_the_most_while_close_answers_well() -> None:
    clauses = Clauses()
    assert answered(clauses, 5) == [FIRST_CLAUSES, 200, 400, MOST_CLAUSES, MOST_CLAUSES]
    assert clauses.at_most


def test_a_search_that_asked_for_less_tells_nothing() -> None:
    clauses = Clauses()
    clauses.answered(FIRST_CLAUSES - 1)
    assert clauses.now == FIRST_CLAUSES


@pytest.mark.parametrize("status", [400, 413])
def test_what_is_refused_is_not_asked_again_in_this_run(status: int) -> None:
    clauses = Clauses()
    answered(clauses, 2)
    clauses.not_answered(400, status)
    assert answered(clauses, 5 * SEARCHES_UNTIL_FORGIVEN)[-1] == 200
    assert clauses.at_most


@pytest.mark.parametrize("status", [200, 408, 500, 502, 504])
def test_trouble_is_forgotten_after_a_while_of_good_answers(status: int) -> None:
    clauses = Clauses()
    for _ in range(20):
        clauses.not_answered(clauses.now, status)
    assert clauses.now == FEWEST_CLAUSES
    assert answered(clauses, SEARCHES_UNTIL_FORGIVEN)[-1] == FEWEST_CLAUSES
    assert answered(clauses, 20)[-1] == MOST_CLAUSES


def test_trouble_does_not_make_a_refusal_forgotten() -> None:
    clauses = Clauses()
    clauses.not_answered(100, 400)
    clauses.not_answered(50, 502)
    assert answered(clauses, 3 * SEARCHES_UNTIL_FORGIVEN)[-1] == 50
