"""Who watches while rows are decided and written, and what do they say about a row when it has ended?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from destination_close.engine.report import LogLine
from destination_close.model import Change, CreateLead, Outcome, Part, UpdateContact, UpdateLead, Verdict, Why, Written, object_of


class Witness(Protocol):
    """Receives everything from the coordinating thread, and changes nothing."""

    def judged(self, verdict: Verdict) -> None:
        """A row was decided; called again if it had to be resolved again."""

    def written(self, change: Change, result: Written) -> None:
        """A change was carried out."""

    def ended(self, outcome: Outcome) -> Iterable[LogLine]:
        """A row has ended; returns what the log should say about it."""


class Witnesses:
    """Several witnesses as one."""

    def __init__(self, witnesses: Sequence[Witness]) -> None:
        self._witnesses = tuple(witnesses)

    def judged(self, verdict: Verdict) -> None:
        for witness in self._witnesses:
            witness.judged(verdict)

    def written(self, change: Change, result: Written) -> None:
        for witness in self._witnesses:
            witness.written(change, result)

    def ended(self, outcome: Outcome) -> Iterator[LogLine]:
        for witness in self._witnesses:
            yield from witness.ended(outcome)


def objects_of(part: Part, change: Change, result: Written) -> tuple[str, ...]:
    """Ids of what the change wrote for one of its rows."""
    match change:
        case UpdateLead() | UpdateContact():
            return (object_of(change),)
        case CreateLead():
            mine = [contact.id for contact in result.contacts if contact.age.order == part.draft.at]
            return (*(lead.id for lead in result.leads), *mine)
        case _:
            return tuple(contact.id for contact in result.contacts)


class Explainer:
    """Says for each row why it ended as it did, for debugging a mapping. Codes, positions and ids; never a value."""

    def __init__(self) -> None:
        self._told: dict[int, dict[int, tuple[Verdict, dict[str, None]]]] = {}
        """By row and mapping, until the row ends."""

    def judged(self, verdict: Verdict) -> None:
        ordinal, mapping = verdict.draft.at
        by_mapping = self._told.setdefault(ordinal, {})
        earlier = by_mapping[mapping][1] if mapping in by_mapping else {}
        known = dict.fromkeys(name for name in verdict.objects if not is_on_paper(name))
        by_mapping[mapping] = (verdict, {**earlier, **known})

    def written(self, change: Change, result: Written) -> None:
        for part in change.parts:
            ordinal, mapping = part.draft.at
            written = (name for name in objects_of(part, change, result) if not is_on_paper(name))
            self._told[ordinal][mapping][1].update(dict.fromkeys(written))

    def ended(self, outcome: Outcome) -> Iterator[LogLine]:
        told = self._told.pop(outcome.row.ordinal, {})
        ended = f"stream {outcome.row.stream}, row {outcome.row.position}: {outcome.kind.value}"
        parts = [ended + (f" ({outcome.reason.value})" if outcome.reason else "")]
        for mapping, (verdict, objects) in sorted(told.items()):
            place = f"mapping {mapping + 1}: " if len(told) > 1 else ""
            parts.append(place + ", ".join(_told(verdict, list(objects))))
        yield LogLine("DEBUG", "; ".join(parts))


def _told(verdict: Verdict, objects: Sequence[str]) -> Iterator[str]:
    if verdict.why:
        yield f"rule {verdict.why.rule.value}"
        yield from _matches(verdict.why)
    if objects:
        yield f"objects {' '.join(objects)}"
    if verdict.held:
        yield f"held back by {' '.join(reason.value for reason in verdict.held)}"
    if verdict.warnings:
        yield f"warnings {' '.join(warning.value for warning in verdict.warnings)}"


def _matches(why: Why) -> Iterator[str]:
    if why.matched_by:
        yield f"matched by {' '.join(why.matched_by)}"
    if why.matches > 1:
        yield f"{why.matches} contacts match"


def is_on_paper(name: str) -> bool:
    """Whether it is a placeholder for what is to be created, not an id in Close."""
    return name.startswith("new ")
