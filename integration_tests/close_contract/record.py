"""How are findings written down with their proof and without anybody's data?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from integration_tests.close_contract.talk import Exchange

VERSION = 1
"""Of the questions and of how they are asked; to be raised when a finding would mean something else."""

_ID = re.compile(r"\b(lead|cont|acti|user|orga|stat|memb|role|pipe|oppo|task|group|lcf|cf|ev|req|api|cotype|actitype)_[0-9A-Za-z.]{6,}")
_EMAIL = re.compile(r"[\w.+-]+@[\w.-]+")
_MOST_TEXT = 300
_MOST_ITEMS = 5
_HEADERS_LEFT_OUT = frozenset(("set-cookie", "report-to", "nel", "cf-ray", "server", "trace-id", "x-request-id"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known now."""

    id: str
    """The name of the sandbox's switch, where there is one."""

    question: str
    finding: Any
    seen: Sequence[Exchange] = field(default=(), repr=False)
    settled: bool = True
    """False: the question was asked, and the answers left it open; the finding is then a sentence."""


class Names:
    """Puts numbers in place of ids, `lead_1`, and dots in place of what is private."""

    def __init__(self, run: str, private: Iterable[str]) -> None:
        self._run = run
        self._private = sorted({text for text in private if len(text) > 1}, key=len, reverse=True)
        self._numbers: dict[str, str] = {}

    def without(self, told: Any, *, cut: bool = True) -> Any:
        """The same without ids and names; long texts are cut, and long lists may be."""
        if isinstance(told, Mapping):
            return {self._text(str(key)): self.without(value, cut=cut) for key, value in told.items()}
        if isinstance(told, list | tuple):
            most = _MOST_ITEMS if cut else len(told)
            kept = [self.without(value, cut=cut) for value in told[:most]]
            return [*kept, f"... {len(told) - most} more"] if len(told) > most else kept
        return self._text(told) if isinstance(told, str) else told

    def _text(self, text: str) -> str:
        if len(text) > _MOST_TEXT:
            text = f"{text[:_MOST_TEXT]}... {len(text)} characters"
        for private in self._private:
            text = text.replace(private, "...")
        text = _EMAIL.sub(lambda found: found[0] if found[0].lower().endswith(f"{self._run}.example.com") else "...", text)
        return _ID.sub(self._numbered, text)

    def _numbered(self, found: re.Match[str]) -> str:
        prefix = found[1]
        if found[0] not in self._numbers:
            same = sum(1 for known in self._numbers.values() if known.startswith(f"{prefix}_"))
            self._numbers[found[0]] = f"{prefix}_{same + 1}"
        return self._numbers[found[0]]


def private_texts(me: Mapping[str, Any]) -> list[str]:
    """What the answer of `/me/` says of a person and an organization, wherever it stands; ids and dates are no names."""
    return [text for text in _texts({key: value for key, value in me.items() if key not in ("last_used_timezone",)}) if _is_private(text)]


def _texts(told: Any) -> list[str]:
    if isinstance(told, Mapping):
        return [text for value in told.values() for text in _texts(value)]
    if isinstance(told, list):
        return [text for value in told for text in _texts(value)]
    return [told] if isinstance(told, str) else []


def _is_private(text: str) -> bool:
    return not _ID.fullmatch(text) and not re.fullmatch(r"\d{4}-\d\d-\d\dT.*|active|won|lost|disabled|enabled|[a-z_]+", text)


def as_written(fact: Fact, names: Names, on: str, plan: str | None) -> dict[str, Any]:
    """One fact of the record."""
    return {
        "id": fact.id,
        "question": fact.question,
        "settled": fact.settled,
        "finding": names.without(fact.finding, cut=False),
        "seen": [_seen(exchange, names) for exchange in fact.seen],
        "on": on,
        "plan": plan,
        "version": VERSION,
    }


def _seen(exchange: Exchange, names: Names) -> dict[str, Any]:
    headers = {name: value for name, value in exchange.headers.items() if name.lower() not in _HEADERS_LEFT_OUT}
    query = "&".join(f"{name}={value}" for name, value in exchange.query.items())
    is_about_people = exchange.path.strip("/") == "me"
    answer = sorted(exchange.answer) if is_about_people and isinstance(exchange.answer, dict) else exchange.answer
    return {
        "method": exchange.method,
        "path": names.without(exchange.path + (f"?{query}" if query else "")),
        "body": names.without(exchange.body),
        "status": exchange.status,
        "headers": names.without(headers),
        "answer": names.without(answer),
        "seconds": round(exchange.seconds, 3),
    }


def write(file: Path, facts: Sequence[Mapping[str, Any]]) -> None:
    file.write_text(json.dumps({"facts": list(facts)}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def changes(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[str]:
    """What Close changed between two records, one line each; questions that were asked in one of them only are no change."""
    before = {fact["id"]: fact for fact in old if fact["settled"]}
    after = {fact["id"]: fact for fact in new if fact["settled"]}
    return [
        f"{name}: {_shown(before[name]['finding'])} on {before[name]['on']}, {_shown(fact['finding'])} on {fact['on']}"
        for name, fact in after.items()
        if name in before and before[name]["finding"] != fact["finding"]
    ]


def merged(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The record after a run: what was asked now takes the place of what was asked before, and the rest stays."""
    return list(({fact["id"]: fact for fact in old} | {fact["id"]: fact for fact in new}).values())


def _shown(finding: Any) -> str:
    return json.dumps(finding, ensure_ascii=False)
