"""What do the documents hold: links, code, examples?"""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]


NOT_OURS = {"build", "dist"}


FOLDERS = {"changelog.d", "destination_close", "docs", "integration_tests", "unit_tests"}


LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


CODE = re.compile(r"`([^`\n]+)`")


def documents() -> list[Path]:
    found = (path.relative_to(PROJECT) for path in PROJECT.rglob("*.md"))
    return sorted(path for path in found if not any(part.startswith(".") or part in NOT_OURS for part in path.parts))


def text_of(document: Path | str) -> str:
    return (PROJECT / document).read_text(encoding="utf-8")


def prose_of(document: Path | str) -> str:
    """Without fenced blocks."""
    return FENCE.sub("", text_of(document))


def fences(document: Path | str, language: str) -> list[str]:
    return [content for kind, content in FENCE.findall(text_of(document)) if kind == language]


def code_in(document: Path | str) -> list[str]:
    return CODE.findall(prose_of(document))
