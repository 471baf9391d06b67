"""What does a template evaluate to that joins text to a blank? (pure)

In a name, to shorter text: the blank counts as empty text, and several spaces between words become one. In a key, an email, a
phone number or a web address, to a blank, since two rows without an id would otherwise share the id `u-`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import wraps
from typing import Any, Protocol

from destination_close.model import Placeholders, is_blank
from destination_close.templates.functions import FILTERS, METHODS, Blank, Function, add, concat, is_nothing, join, shown

CONCAT = ".concat"
"""The filter that `a ~ b` becomes."""

SEEN = ".seen"
"""The filter around what is cut out of text."""

_BETWEEN_WORDS = re.compile(r"(?<=\S) {2,}(?=\S)")
_OF_LISTS = re.compile(r"\s*[;,|]\s*|\s*\n\s*")


class Placeholder(Blank):
    """A blank that was spelled out, such as `NULL`."""

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        super().__init__()
        self.written = written


class JoinedToBlank(Exception):
    """The text of the template would contain a blank."""

    def __init__(self, blank: Any) -> None:
        super().__init__()
        self.blank = blank


class Joins(Protocol):
    """How the values of one template come together."""

    filters: Mapping[str, Function]

    def seen(self, value: Any) -> Any:
        """A value of the record, as the template sees it."""

    def shown(self, value: Any) -> str:
        """A value inside the text of a template; may raise JoinedToBlank."""

    def add(self, left: Any, right: Any) -> Any:
        """`left + right`."""

    def whole(self, text: str) -> str:
        """The finished text."""


_FUNCTIONS: Mapping[str, Function] = {**FILTERS, **{f".{name}": function for name, function in METHODS.items()}}


class TextJoins:
    """For names and other texts."""

    def __init__(self) -> None:
        self.filters: Mapping[str, Function] = {**_FUNCTIONS, CONCAT: lambda values: self.whole(concat(values)), SEEN: self.seen}

    def seen(self, value: Any) -> Any:
        return value

    def shown(self, value: Any) -> str:
        return shown(value)

    def add(self, left: Any, right: Any) -> Any:
        found = add(left, right)
        return self.whole(found) if isinstance(found, str) else found

    def whole(self, text: str) -> str:
        return _BETWEEN_WORDS.sub(" ", text) if "  " in text else text


class WholeJoins:
    """For keys, emails, phone numbers and web addresses."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self.filters: Mapping[str, Function] = {
            **{name: self._looking(name, function) for name, function in _FUNCTIONS.items()},
            CONCAT: self._concat,
            SEEN: self.seen,
            "join": lambda values, separator="": self._join(values, separator),
            ".join": lambda separator, values: self._join(values, separator),
        }

    def seen(self, value: Any) -> Any:
        if isinstance(value, str):
            if is_blank(value):
                return Blank()
            if self._placeholders.has(value):
                return Placeholder(value)
        return value

    def shown(self, value: Any) -> str:
        if is_nothing(value):
            raise JoinedToBlank(value)
        return shown(value)

    def add(self, left: Any, right: Any) -> Any:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Blank) and isinstance(other, str):
                return one
        return add(left, right)

    def whole(self, text: str) -> str:
        return text

    def _concat(self, values: Any) -> Any:
        missing = [value for value in values if is_nothing(value)]
        return missing[0] if missing else concat(values)

    def _join(self, values: Any, separator: Any) -> Any:
        """Values joined by what separates the items of a list do not need each other."""
        if isinstance(values, Blank):
            return values
        seen = [self.seen(value) for value in values] if isinstance(values, (list, tuple)) else values
        if isinstance(seen, list) and not _OF_LISTS.fullmatch(shown(separator)):
            for value in seen:
                if is_nothing(value):
                    return value
        return join(seen, separator)

    def _looking(self, name: str, function: Function) -> Function:
        """The filter, evaluating to a blank instead of empty text and if an argument is blank; a default stays."""
        if name in ("default", "d", "length", "count", ".count"):
            return function

        @wraps(function)
        def apply(value: Any, *arguments: Any, **named: Any) -> Any:
            missing = next((one for one in arguments if isinstance(one, Blank)), None) if name.endswith("replace") else None
            return self.seen(function(value, *arguments, **named)) if missing is None else missing

        return apply
