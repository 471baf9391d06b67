"""Step 3: how many conditions does one search take, and how long may one be?"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from integration_tests.close_contract.connector import lead_search
from integration_tests.close_contract.queries import Query, any_of, custom, email, related, search, text, where
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.bisecting import largest
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange

COUNTS = (1, 50, 100, 200, 400, 800, 1023, 1024, 1025, 1600, 3200)
BYTES = (1024, 64 * 1024, 1024 * 1024)
TOO_LONG = 413

Form = Callable[[int], Query]
"""A search with so many conditions, one of which is true."""


def run(stage: Stage) -> list[Fact]:
    facts, too_long = _lengths(stage)
    refusals: dict[str, Exchange] = {}
    taken: dict[str, int] = {}
    milliseconds: dict[str, dict[str, int]] = {}
    for name, form in _forms(stage).items():
        most, refusal, took = _most(stage, form, too_long)
        taken[name], milliseconds[name] = most, took
        if refusal is not None:
            refusals[name] = refusal
    facts.append(Fact("clauses_taken", "How many conditions does a search take, in each of four forms?", taken))
    facts.append(Fact("clauses_milliseconds", "How long does it take, by their number?", milliseconds))
    seen = list(refusals.values())[:2]
    question = "Most conditions in one search; none: 3,200 were taken"
    facts.append(Fact("max_clauses", question, min(taken[name] for name in refusals) if refusals else None, seen))
    if refusals:
        facts.append(Fact("too_many_clauses_status", "How are more refused?", seen[0].status, seen))
    return facts


def _forms(stage: Stage) -> dict[str, Form]:
    def of_lead(count: int) -> Query:
        return search("lead", any_of([where(custom(stage.fields["lead_text"]), text(one)) for one in _values(stage, "l0", count)]))

    def people(count: int) -> list[Query]:
        return [where(custom(stage.fields["contact_text"]), text(one)) for one in _values(stage, "ann", count)]

    def of_contact(count: int) -> Query:
        return search("lead", related("lead", "contact", any_of(people(count))))

    def with_email(count: int) -> Query:
        emails = [email(stage.email(f"nobody{number}" if number else "bob")) for number in range(-(-count // 2))]
        others = people(count - len(emails)) if count > len(emails) else []
        return search("lead", related("lead", "contact", any_of([*others, *emails])))

    def mix(count: int) -> Query:
        kinds = ("company", "user", "email")
        values: dict[str, Callable[[int], str]] = {
            "company": lambda number: f"{stage.run}-nobody-{number}" if number else f"{stage.run}-l0",
            "user": lambda number: f"{stage.run}-nobody-{number}",
            "email": lambda number: stage.email(f"nobody{number}"),
        }
        keys = [(kinds[number % 3], values[kinds[number % 3]](number)) for number in range(count)]
        return lead_search(stage.fields["lead_text"], stage.fields["contact_text"], keys)

    return {"lead_field": of_lead, "related_contact": of_contact, "related_email": with_email, "connector": mix}


def _values(stage: Stage, true: str, count: int) -> list[str]:
    return [f"{stage.run}-{true}", *(f"{stage.run}-nobody-{number}" for number in range(count - 1))]


def _most(stage: Stage, form: Form, too_long: int | None) -> tuple[int, Exchange | None, dict[str, int]]:
    """The largest number that is taken, how the next was refused, and how many milliseconds each took."""
    took: dict[str, int] = {}
    refusal: Exchange | None = None

    def is_taken(count: int) -> bool:
        nonlocal refusal
        body = form(count)
        if too_long is not None and _length(body) > too_long:
            raise _TooLongToTell
        exchange = stage.talk.search(body, counted=False)
        took[str(count)] = round(exchange.seconds * 1000)
        if not exchange.is_good:
            if exchange.status == TOO_LONG:
                raise _TooLongToTell
            refusal = exchange
        return exchange.is_good

    most = 0
    try:
        for count in COUNTS:
            if not is_taken(count):
                return largest(most, count, is_taken), refusal, took
            most = count
    except _TooLongToTell:
        return most, refusal, took
    return most, None, took


class _TooLongToTell(Exception):
    """It is refused for its length, whatever the number of its conditions."""


def _lengths(stage: Stage) -> tuple[list[Fact], int | None]:
    """How many bytes the body of a search may have."""
    refusal: Exchange | None = None
    longest = 0

    def is_taken(size: int) -> bool:
        nonlocal refusal, longest
        body = search("lead", where(custom(stage.fields["lead_text"]), text("x" * size)))
        exchange = stage.talk.search(body, counted=False)
        if exchange.is_good:
            longest = max(longest, _length(body))
        else:
            refusal = exchange
        return exchange.is_good

    most = 0
    for size in BYTES:
        if not is_taken(size):
            largest(most, size, is_taken)
            break
        most = size
    question = "Longest body of a search in bytes; none: a megabyte was taken"
    finding = longest if refusal is not None and refusal.status == TOO_LONG else None
    seen = [refusal] if refusal is not None else []
    facts = [Fact("max_search_body_bytes", question, finding, seen)]
    if refusal is not None and refusal.status != TOO_LONG:
        facts.append(Fact("longest_condition", "Longest text of one condition in bytes", longest, seen))
    return facts, finding


def _length(body: Any) -> int:
    return len(json.dumps(body))
