"""Which of the sandbox's defaults are known, and which are not? As a table in its README.

`python -m integration_tests.close_contract.table` writes it; a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from integration_tests.close_sandbox import facts

README = facts.FILE.with_name("README.md")
BEGIN, END = "<!-- facts: begin -->", "<!-- facts: end -->"


def table(known: Iterable[Mapping[str, Any]], asked: Mapping[str, Any]) -> str:
    """One line for each default that the record sets, and one for all that it does not."""
    settled = {fact["id"]: fact for fact in known if fact["settled"] and fact["id"] in asked}
    lines = [f"| `{name}` | {_shown(fact['finding'])} | {fact['on']} |" for name, fact in sorted(settled.items())]
    unknown = ", ".join(f"`{name}`" for name in asked if name not in settled)
    head = ["| Setting | Found | On |", "|---|---|---|", *lines, ""] if lines else []
    return "\n".join([*head, f"Unknown: {unknown}." if unknown else "Nothing is unknown."])


def _shown(finding: Any) -> str:
    return f"`{json.dumps(finding, ensure_ascii=False)}`"


def with_table(text: str, new: str) -> str:
    """The README with the table between its marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{new}\n{END}{rest.partition(END)[2]}"


def current() -> str:
    """By the record that is checked in."""
    return table(facts.read(), facts.ASKED)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8"), current()), encoding="utf-8")
