"""In which order is everything asked, and what stays when something goes wrong?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from integration_tests.close_contract.cleaning import clean
from integration_tests.close_contract.journal import Journal
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.safety import organization_of
from integration_tests.close_contract.steps import (
    clauses,
    contacts,
    cut_off,
    forms,
    groups,
    lag,
    noop,
    read_after_write,
    reading,
    refusals,
    refused_calls,
    required,
    search_fields,
    seeding,
    sizes,
    words,
)
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Refused, Talk, TooMuch
from integration_tests.close_contract.transport import Lost

Step = Callable[[Stage], list[Fact]]

SEEDING, REFUSED_CALLS = 1, 8
STEPS: Mapping[int, tuple[str, Step]] = {
    0: ("reading", reading.run),
    SEEDING: ("seed", seeding.run),
    2: ("fields of search", search_fields.run),
    3: ("conditions", clauses.run),
    4: ("words", words.run),
    5: ("lag", lag.run),
    6: ("reads after writes", read_after_write.run),
    7: ("groups and windows", groups.run),
    REFUSED_CALLS: ("429", refused_calls.run),
    9: ("contacts", contacts.run),
    10: ("refusals", refusals.run),
    11: ("no change", noop.run),
    12: ("sizes", sizes.run),
    13: ("forms", forms.run),
    14: ("required fields", required.run),
    15: ("cut off", cut_off.run),
}


@dataclass(slots=True)
class Ended:
    """What a run leaves behind."""

    facts: list[Fact] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Steps that could not be carried through, and why."""

    left: list[str] = field(default_factory=list)
    """What could not be deleted."""

    @property
    def status(self) -> int:
        """Of the process."""
        return 3 if self.left else 1 if self.problems else 0


def wanted_steps(only: Collection[int], *, provoke_429: bool) -> list[int]:
    """Those asked for, after the seed that they need; the one that provokes refusals has to be asked for by name."""
    among = [number for number in STEPS if provoke_429 or number != REFUSED_CALLS]
    return [number for number in among if not only or number in only or number == SEEDING]


def run(
    talk: Talk, name: str, journal: Journal, me: Mapping[str, Any], steps: Collection[int], say: Callable[[str], None] = print
) -> Ended:
    """The steps, each of which may fail without the others, and the clean-up in any case."""
    ended = Ended()
    organization = str(organization_of(me)["id"])
    journal.begin(name, organization, str(me["id"]), datetime.fromtimestamp(talk.clock() - 60, timezone.utc).isoformat())
    try:
        ended.facts = _latest(_asked(Stage(name, talk, me), steps, ended.problems, say))
    finally:
        say("cleaning up")
        ended.left = clean(talk, name, journal)
    return ended


def _asked(stage: Stage, steps: Collection[int], problems: list[str], say: Callable[[str], None]) -> Iterator[Fact]:
    for number, (title, step) in STEPS.items():
        if number not in steps:
            continue
        say(f"step {number}: {title}")
        try:
            facts = step(stage)
        except (Refused, TooMuch, Lost, KeyError, IndexError, TypeError) as odd:
            # what a key or an index says may be a value; a refusal names method, path and status
            problems.append(f"step {number} ({title}): {odd if isinstance(odd, Refused | TooMuch) else type(odd).__name__}")
            if number == SEEDING:
                return
            continue
        for fact in facts:
            say(f"  {fact.id}: {fact.finding}" if fact.settled else f"  {fact.id}: not settled. {fact.finding}")
        yield from facts


def _latest(facts: Iterator[Fact]) -> list[Fact]:
    """A later step may know better."""
    return list({fact.id: fact for fact in facts}.values())
