"""What may a template do with a value?

Every filter (`text | upper`) and every method (`text.upper()`) of a template is one of the functions below; there are no
others. Each takes JSON values, returns one, and is bounded in time and size. A blank stays blank through all of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from jinja2 import ChainableUndefined

from destination_close.model import is_blank
from destination_close.values import Invalid, number, text

MAX_TEXT = 1_000_000
"""Characters that one step of a template may produce: more than any field of Close holds, and far too few to hurt this process."""

MAX_BITS = 1024
"""Size of a whole number that may still be multiplied: as large as a float can be."""

Function = Callable[..., Any]


class TooMuch(Exception):
    """A template asked for more than one step may produce."""


class Blank(ChainableUndefined):
    """What a template finds if a record has no value or null: prints as nothing, and compares equal only to nothing."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is None or other == "" or isinstance(other, Blank)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash("")

    def _never(self, _: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never  # type: ignore[assignment]  # where Jinja's own raises


def shown(value: object) -> str:
    """The value as text inside a longer text; null is empty, true is `true`, 42.0 is `42`."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, Blank):
        return ""
    written = text(value)
    if isinstance(written, Invalid):
        raise TypeError("a list or an object is not text; join() turns a list into text")
    return written or ""


def bounded(value: Any) -> Any:
    """The value, unless it has grown too large."""
    if isinstance(value, (str, list, tuple)) and len(value) > MAX_TEXT:
        raise TooMuch
    return value


# --- operators -------------------------------------------------------------------------------------------------------


def calculate(operator: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Arithmetic on numbers only, because `'a' * 10**9` and `'%999999999d' % 1` are texts that fill the memory."""
    if isinstance(left, Blank) or isinstance(right, Blank):
        return Blank()
    for value in (left, right):
        if not isinstance(value, (int, float)):
            raise TypeError("arithmetic needs numbers")
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            raise TooMuch
    return operator(left, right)


def add(left: Any, right: Any) -> Any:
    """`+`, which also joins texts and lists; a blank next to one of these counts as an empty one."""
    if isinstance(left, Blank) or isinstance(right, Blank):
        other = right if isinstance(left, Blank) else left
        return other if isinstance(other, (str, list, tuple)) else Blank()
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return bounded([*left, *right])
    return bounded(left + right)


# --- filters and methods ---------------------------------------------------------------------------------------------


def join(values: Any, separator: Any = "") -> str:
    """The values that are not blank, as one text."""
    if not isinstance(values, (list, tuple)):
        raise TypeError("join() needs a list")
    parts = [part for part in map(shown, values) if part.strip()]
    between = shown(separator)
    if sum(map(len, parts)) + len(between) * len(parts) > MAX_TEXT:
        raise TooMuch
    return between.join(parts)


def concat(values: Any) -> str:
    """`a ~ b ~ c`: every part as text, blank ones as nothing."""
    parts = [shown(value) for value in values]
    if sum(map(len, parts)) > MAX_TEXT:
        raise TooMuch
    return "".join(parts)


def replace(value: Any, old: Any, new: Any, count: int = -1) -> str:
    """As in Python, but refused before it grows rather than after."""
    whole, old, new = shown(value), shown(old), shown(new)
    hits = whole.count(old)
    if len(whole) + len(new) * hits > MAX_TEXT:
        raise TooMuch
    return whole.replace(old, new, count)


def split(value: Any, separator: str | None = None, maximum: int = -1) -> list[str]:
    return shown(value).split(separator, maximum)


def truncate(value: Any, length: int = 255, killwords: bool = False, end: str = "...") -> str:
    """At most `length` characters, cut between words unless `killwords`."""
    whole = shown(value)
    if len(whole) <= length:
        return whole
    cut = whole[: max(length - len(end), 0)]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def title(value: Any) -> str:
    return re.sub(r"[^-\s({\[<]+", lambda word: word[0].capitalize(), shown(value))


def default(value: Any, instead: Any = "", boolean: bool = False) -> Any:
    """The value, or something else if it is blank (with `boolean`: if it is false in any way)."""
    return instead if is_nothing(value) or (boolean and not value) else value


def size(value: Any, part: str | None = None) -> int:
    """The length of a text or list; as `count(part)`, how often it contains something."""
    if isinstance(value, Blank):
        return 0
    if not isinstance(value, (str, list, tuple, Mapping)):
        raise TypeError("only text, lists and objects have a length")
    return len(value) if part is None or isinstance(value, Mapping) else value.count(part)


def get(value: Any, key: str, instead: Any = None) -> Any:
    found = value.get(key) if isinstance(value, Mapping) else None
    return (Blank() if instead is None else instead) if found is None else found


def to_float(value: Any, instead: Any = None) -> Any:
    """The number in a text. It is an error if there is none, unless a default is given."""
    found = int(value) if isinstance(value, bool) else number(value)
    if isinstance(found, (int, float)):
        return found
    if instead is None:
        raise ValueError("not a number")
    return instead


def to_int(value: Any, instead: Any = None) -> Any:
    found = to_float(value, instead)
    return int(found) if isinstance(found, float) else found


def rounded(value: Any, precision: int = 0, method: str = "common") -> Any:
    found, places = to_float(value), max(-15, min(int(precision), 15))  # 10 ** 999999999 takes hours
    if method == "common":
        return round(found, places)
    step = 10.0**places
    return {"ceil": math.ceil, "floor": math.floor}[method](found * step) / step


def first(values: Any) -> Any:
    return values[0] if values else Blank()


def last(values: Any) -> Any:
    return values[-1] if values else Blank()


def unique(values: Any) -> list[Any]:
    """Each value once, in order. Compared as text, so lists of objects cost no more than lists of texts."""
    return list({repr(value): value for value in reversed(list(values))}.values())[::-1]


def is_nothing(value: Any) -> bool:
    return value is None or isinstance(value, Blank)


def _blank_stays_blank(function: Function) -> Function:
    @wraps(function)
    def apply(value: Any, *arguments: Any, **named: Any) -> Any:
        return value if isinstance(value, Blank) else bounded(function(value, *arguments, **named))

    return apply


_KEEPING_BLANKS: Mapping[str, Function] = {
    "abs": lambda value: abs(to_float(value)),
    "capitalize": lambda value: shown(value).capitalize(),
    "endswith": lambda value, end: shown(value).endswith(shown(end)),
    "first": first,
    "float": to_float,
    "get": get,
    "int": to_int,
    "join": join,
    "last": last,
    "lower": lambda value: shown(value).lower(),
    "lstrip": lambda value, characters=None: shown(value).lstrip(characters),
    "max": lambda values: max(values) if values else Blank(),
    "min": lambda values: min(values) if values else Blank(),
    "removeprefix": lambda value, start: shown(value).removeprefix(shown(start)),
    "removesuffix": lambda value, end: shown(value).removesuffix(shown(end)),
    "replace": replace,
    "round": rounded,
    "rstrip": lambda value, characters=None: shown(value).rstrip(characters),
    "sort": lambda values, reverse=False: sorted(values, reverse=reverse),
    "split": split,
    "startswith": lambda value, start: shown(value).startswith(shown(start)),
    "string": shown,
    "strip": lambda value, characters=None: shown(value).strip(characters),
    "sum": lambda values: sum(to_float(value) for value in values if not is_blank(value)),
    "title": title,
    "trim": lambda value, characters=None: shown(value).strip(characters),
    "truncate": truncate,
    "unique": unique,
    "upper": lambda value: shown(value).upper(),
    "urlencode": lambda value: quote(shown(value)),
}

FILTERS: Mapping[str, Function] = MappingProxyType(
    {name: _blank_stays_blank(function) for name, function in _KEEPING_BLANKS.items()}
    | {"default": default, "d": default, "length": size, "count": size}
)

_TEXT_METHODS = (
    *("capitalize", "endswith", "lower", "lstrip", "removeprefix", "removesuffix", "replace", "rstrip", "split"),
    *("startswith", "strip", "title", "upper"),
)
METHODS: Mapping[str, Function] = MappingProxyType(
    {name: FILTERS[name] for name in (*_TEXT_METHODS, "count", "get")}
    | {"join": lambda separator, values: FILTERS["join"](values, separator)}
)

TESTS: Mapping[str, Callable[..., bool]] = MappingProxyType(
    {
        "boolean": lambda value: isinstance(value, bool),
        "defined": lambda value: not is_nothing(value),
        "false": lambda value: value is False,
        "float": lambda value: isinstance(value, float),
        "in": lambda value, values: value in values,
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "mapping": lambda value: isinstance(value, Mapping),
        "none": is_nothing,
        "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
        "sequence": lambda value: isinstance(value, (str, list, tuple)),
        "string": lambda value: isinstance(value, str),
        "true": lambda value: value is True,
        "undefined": is_nothing,
    }
)
