"""What counts as blank, and which characters are there but invisible? (pure)

A blank is absent, null, empty, or only white space and invisible characters. A placeholder is text that programs write instead
of nothing, such as `NULL` and `n/a`: it counts as blank in keys, where two rows that have it would become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PLACEHOLDERS = ("null", "none", "nan", "n/a", "#n/a", "undefined", "-")
"""The placeholders unless `blank_values` says otherwise."""

INVISIBLE = (
    "\ufeff\u200b\u200c\u200d\u2060"  # byte order mark, zero-width space and joiners, word joiner
    "\u00ad"  # soft hyphen
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # directional marks
    "\u034f\u180e\u2061\u2062\u2063\u2064"  # other joiners and separators without a width
)
_WHITE_SPACE = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_ENDS = f"\0{_WHITE_SPACE}{INVISIBLE}"
_UNSEEN = frozenset(INVISIBLE)
_INSIDE = dict.fromkeys(map(ord, f"\u00a0{INVISIBLE}"))
_NUL = "\0"


def trimmed(text: str) -> str:
    """The text without white space and invisible characters at its ends, and without NUL, which no database stores."""
    if text.isascii():
        return text.strip() if _NUL not in text else text.replace(_NUL, "").strip()
    found = text.strip()
    has_loose_ends = found and (found[0] in _UNSEEN or found[-1] in _UNSEEN)
    return text.replace(_NUL, "").strip(_ENDS) if has_loose_ends or _NUL in found else found


def visible(text: str) -> str:
    """The text trimmed, and without invisible characters inside: for what is compared and cannot contain any."""
    if text.isascii():
        return text.strip() if _NUL not in text else trimmed(text)
    return trimmed(text.translate(_INSIDE))


def is_blank(value: object) -> bool:
    """Whether the value counts as blank."""
    if isinstance(value, str):
        return not value or value.isspace() or not trimmed(value)
    return value is None or (isinstance(value, (list, tuple, Mapping)) and not value)


class Placeholders:
    """Texts that stand for nothing, whatever their letter case."""

    def __init__(self, words: Iterable[str] = PLACEHOLDERS) -> None:
        self._words = frozenset(trimmed(word).casefold() for word in words)
        self._longest = max(map(len, self._words), default=0)
        self.beginnings = frozenset(char for word in self._words for char in (word[:1], word[:1].upper()))
        """The first characters of all of them."""

    def __bool__(self) -> bool:
        return bool(self._words)

    def has_trimmed(self, text: str) -> bool:
        """Whether a trimmed text, which is not empty, is one of them."""
        return text[0] in self.beginnings and len(text) <= self._longest and text.casefold() in self._words

    def has(self, value: object) -> bool:
        """Whether the value is one of them; NaN is, if `nan` is."""
        if isinstance(value, str):
            if len(value) > self._longest and value[0] not in _ENDS and value[-1] not in _ENDS:
                return False
            return trimmed(value).casefold() in self._words
        return isinstance(value, float) and value != value and "nan" in self._words
