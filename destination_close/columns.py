"""Where in a row is the value that a column setting names?

It is the column of exactly that name; else, if the setting contains `{{`, what the template says; else what the dotted path
leads to inside an object column. Lists are not entered by a path.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from destination_close.blanks import Placeholders, trimmed
from destination_close.cells import as_object
from destination_close.templates import BadTemplate, compile_template

Record = Mapping[str, Any]
Getter = Callable[[Record], Any]

_FALSE_WORDS = frozenset({"", "false", "f", "no", "n", "off", "0"})


class Damaged(dict[str, Any]):
    """A record some of whose columns lost their value on the way: they read as null, but that null is not data."""

    def __init__(self, data: Mapping[str, Any], lost: Iterable[str]) -> None:
        self.lost = frozenset(lost)
        super().__init__({**data, **dict.fromkeys(self.lost)})


def column(name: str) -> Getter:
    """The column of exactly this name."""

    def get(record: Record) -> Any:
        return record.get(name)

    return get


def path(dotted: str) -> Getter:
    """What the path leads to; at each step a key that is the whole rest of it goes first."""

    def get(record: Record) -> Any:
        return _dig(record, dotted)

    return get


def plain(setting: str, known: Container[str] = ()) -> str | None:
    """The column that the setting names and nothing else; None for a template or a path."""
    return setting if setting in known or not ("{{" in setting or "." in setting) else None


def compile_column(setting: str, known: Container[str] = (), blanks: Placeholders | None = None) -> Getter:
    """How to get what the setting names; `known` are the columns of the stream's schema, `blanks` as for a template.

    Raises BadTemplate; the getter raises TemplateFailed for a record that its template does not work for, and Unreadable for
    one in which a path leads into a text that begins like an object and is none.
    """
    if (name := plain(setting, known)) is not None:
        return column(name)
    return compile_template(setting, blanks) if "{{" in setting else path(setting)


def compile_damage(setting: str, known: Container[str] = ()) -> Callable[[Record], bool]:
    """Whether what the setting gets of a record may be missing because a column lost its value on the way."""
    by_template = setting not in known and "{{" in setting
    columns = (setting,) if setting in known or by_template else tuple(_beginnings(setting))

    def damaged(record: Record) -> bool:
        # what a template would read cannot be told without the values that are lost
        return isinstance(record, Damaged) and (by_template or not record.lost.isdisjoint(columns))

    return damaged


def _beginnings(dotted: str) -> Iterable[str]:
    """`a.b.c`, `a.b`, `a`: the columns that a path may lead into."""
    while dotted:
        yield dotted
        dotted = dotted.rpartition(".")[0]


def compile_filter(setting: str) -> Callable[[Record], bool]:
    """Whether a row is wanted. Only a template can say so: anything else would be a column, and one mistyped drops every row."""
    if "{{" not in setting:
        raise BadTemplate("it is no template; write it like {{ record['plan'] == 'paid' }}")
    evaluate = compile_template(setting)
    return lambda record: truthy(evaluate(record))


def truthy(value: Any) -> bool:
    """False for false, 0, null, nothing and the words no, n, off, false, f and 0."""
    if isinstance(value, str):
        return trimmed(value).lower() not in _FALSE_WORDS
    return bool(value)


def _dig(value: Any, rest: str) -> Any:
    while (inside := as_object(value)) is not None:
        if rest in inside:
            return inside[rest]
        head, dot, rest = rest.partition(".")
        if not dot:
            return None
        value = inside.get(head)
    return None
