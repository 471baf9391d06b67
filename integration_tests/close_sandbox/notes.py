"""How do a text and its HTML stand for each other, in notes and in opportunities?"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.values import text

_LINE_END = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6])>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_BODY = re.compile(r"\s*<body>.*</body>\s*", re.DOTALL | re.IGNORECASE)


def both_forms(body: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """Changes of `note` and `note_html`, from what a body says of either: each overwrites the other, and HTML wins; null clears both."""
    if body.get("note_html") is not None:
        markup = text(body["note_html"])
        return {"note": _spaced(_plain(markup), settings), "note_html": _wrapped(markup)}
    if "note" in body or "note_html" in body:
        note = _spaced(text(body.get("note"), settings.longest_note), settings)
        return {"note": note, "note_html": _marked_up(note)}
    return {}


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub("", _LINE_END.sub("\n", markup))).rstrip("\n")


def _wrapped(markup: str) -> str:
    return markup if not markup or _BODY.fullmatch(markup) else f"<body>{markup}</body>"


def _marked_up(note: str) -> str:
    if not note:
        return ""
    return f"<body>{''.join(f'<p>{html.escape(line, quote=False)}</p>' for line in note.split(chr(10)))}</body>"


def _spaced(note: str, settings: Settings) -> str:
    match settings.note_whitespace:
        case "keep":
            return note
        case "strip":
            return note.strip()
        case "collapse":
            return " ".join(note.split())
