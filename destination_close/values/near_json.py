"""What does text contain that is almost JSON: printed by Python, Ruby or JavaScript, or JSON with NaN or stray commas? (pure)

Some sources print an object instead of encoding it. Quotes of either kind, `=>` for `:`, names without quotes, `None`, `nil`,
`True`, NaN, tuples and commas before a closing bracket are read; anything that would need guessing is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MOST_CHARACTERS = 100_000
DEEPEST = 50
MAX_CHARACTER = 0x10FFFF

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
      | (?P<number> [+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]) )
      | (?P<mark> => | [{}\[\](),:] )
      | (?P<word> -?[A-Za-z_$][\w$]* )
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Mapping[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "nil": None,
    "undefined": None,
    "nan": None,
    "infinity": None,
    "-infinity": None,
    "inf": None,
    "-inf": None,
    "-nan": None,
}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": ""}
_CLOSING = {"{": "}", "[": "]", "(": ")"}


class Unreadable(ValueError):
    """The text begins like an object or a list, and is neither."""


def read_near_json(text: str) -> Any:
    """The object or list that the text shows; NaN and infinities become null. Raises Unreadable."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable
    for candidate in (text, text.replace('""', '"')) if '{""' in text.replace(" ", "") else (text,):
        try:
            return _Parser(candidate).whole()
        except (ValueError, RecursionError):
            continue
    raise Unreadable


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Any:
        value = self._value()
        if self._text[self._at :].strip().strip(";"):
            raise Unreadable
        return value

    def _next(self) -> tuple[str, str]:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found.lastgroup is None:
            raise Unreadable
        self._at = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _peek(self) -> str:
        before = self._at
        _, text = self._next()
        self._at = before
        return text

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "string":
            return _unquoted(text)
        if kind == "number":
            return _number(text)
        if kind == "word" and text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if kind == "mark" and text == ":" and self._is_symbol():  # Ruby's :symbol
            return self._next()[1]
        if kind == "mark" and text in _CLOSING:
            self._depth += 1
            if self._depth > DEEPEST:
                raise Unreadable
            found = self._object() if text == "{" else self._list(_CLOSING[text])
            self._depth -= 1
            return found
        raise Unreadable

    def _is_symbol(self) -> bool:
        return re.match(r"[A-Za-z_]", self._text[self._at :]) is not None

    def _list(self, closing: str) -> list[Any]:
        found: list[Any] = []
        while self._peek() != closing:
            found.append(self._value())
            self._comma(closing)
        self._next()
        return found

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._peek() != "}":
            key = self._key()
            if self._next()[1] not in (":", "=>"):
                raise Unreadable
            found[key] = self._value()
            self._comma("}")
        self._next()
        return found

    def _key(self) -> str:
        kind, text = self._next()
        if kind == "mark" and text == ":" and self._is_symbol():
            kind, text = self._next()
        if kind == "mark":
            raise Unreadable
        return _unquoted(text) if kind == "string" else text

    def _comma(self, closing: str) -> None:
        if self._peek() != closing and self._next()[1] != ",":
            raise Unreadable


def _number(text: str) -> int | float:
    found = json.loads(text) if re.fullmatch(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", text) else float(text)
    if not isinstance(found, (int, float)):
        raise Unreadable
    return found


def _unquoted(literal: str) -> str:
    found = _ESCAPE.sub(_unescaped, literal[1:-1])
    # what JSON writes as two halves is one character
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if "\\u" in literal else found


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    if code[0] in "uUx" and len(code) > 1:
        return chr(int(code[1:], 16)) if int(code[1:], 16) <= MAX_CHARACTER else ""
    return _ESCAPED.get(code, code)
