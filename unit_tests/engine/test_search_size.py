"""Does the number of keys per search grow and shrink as Close answers?"""

from __future__ import annotations

import pytest

from destination_close.close import FEWEST_CLAUSES, FIRST_CLAUSES, MOST_CLAUSES, PAGE_SIZE
from destination_close.engine.search_size import SEARCHES_UNTIL_FORGIVEN, SearchSize
from destination_close.model import Key
from unit_tests.support.builders import company, email


def keys(count: int) -> list[Key]:
    return [email(f"p{number}@x.example") for number in range(count)]


def answered(clauses: SearchSize, times: int) -> list[int]:
    """So many full searches go well; how many keys each asked for."""
    asked = []
    for _ in range(times):
        asked.append(clauses.now)
        clauses.answered(keys(clauses.now), 0)
    return asked


def test_it_grows_to_the_most_while_close_answers_well() -> None:
    clauses = SearchSize()
    assert answered(clauses, 5) == [FIRST_CLAUSES, 200, 400, MOST_CLAUSES, MOST_CLAUSES]
    assert clauses.at_most


def test_a_search_that_asked_for_less_says_nothing_about_the_limit() -> None:
    clauses = SearchSize()
    clauses.answered(keys(FIRST_CLAUSES - 1), 0)
    assert clauses.now == FIRST_CLAUSES


@pytest.mark.parametrize("status", [400, 413])
def test_what_is_refused_is_not_asked_again_in_this_run(status: int) -> None:
    clauses = SearchSize()
    answered(clauses, 2)
    clauses.not_answered(400, status)
    assert answered(clauses, 5 * SEARCHES_UNTIL_FORGIVEN)[-1] == 200
    assert clauses.at_most


@pytest.mark.parametrize("status", [200, 408, 500, 502, 504])
def test_trouble_is_forgotten_after_a_while_of_good_answers(status: int) -> None:
    clauses = SearchSize()
    for _ in range(20):
        clauses.not_answered(clauses.now, status)
    assert clauses.now == FEWEST_CLAUSES
    assert answered(clauses, SEARCHES_UNTIL_FORGIVEN)[-1] == FEWEST_CLAUSES
    assert answered(clauses, 20)[-1] == MOST_CLAUSES


def test_trouble_does_not_make_a_refusal_forgotten() -> None:
    clauses = SearchSize()
    clauses.not_answered(100, 400)
    clauses.not_answered(50, 502)
    assert answered(clauses, 3 * SEARCHES_UNTIL_FORGIVEN)[-1] == 50


# --- where most keys find something ------------------------------------------------------------------------------------


def a_grown_one() -> SearchSize:
    clauses = SearchSize()
    answered(clauses, 5)
    return clauses


def test_a_search_asks_for_no_more_than_a_page_holds() -> None:
    clauses = a_grown_one()
    companies = [company(f"c{number}") for number in range(PAGE_SIZE)]
    assert clauses.for_next(companies[0]) == MOST_CLAUSES
    clauses.answered(companies, PAGE_SIZE)
    assert clauses.for_next(companies[0]) == PAGE_SIZE
    clauses.answered(companies, 3 * PAGE_SIZE)
    assert clauses.for_next(companies[0]) == FIRST_CLAUSES, "never less: however many pages there are, each of them is a call"


def test_it_asks_for_more_again_as_fewer_keys_find_something() -> None:
    clauses = a_grown_one()
    companies = [company(f"c{number}") for number in range(PAGE_SIZE)]
    clauses.answered(companies, PAGE_SIZE)
    for hits, expected in ((0, 400), (0, MOST_CLAUSES)):
        clauses.answered(companies, hits)
        assert clauses.for_next(companies[0]) == expected


def test_how_many_companies_are_found_says_nothing_of_people() -> None:
    clauses = a_grown_one()
    clauses.answered([company("X")], 1)
    assert clauses.for_next(email("a@x")) == MOST_CLAUSES
