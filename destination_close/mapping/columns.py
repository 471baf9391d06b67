"""Where in a row is the value that a column setting names?

It is the column with exactly that name; else, if the setting contains `{{`, the result of the template; else what the dotted path
leads to inside an object column. Paths do not descend into lists.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from operator import methodcaller
from typing import Any

from destination_close.model import Placeholders, trimmed
from destination_close.templates import BadTemplate, compile_template
from destination_close.values import Unreadable, as_object

Data = Mapping[str, Any]
Getter = Callable[[Data], Any]

_FALSE_WORDS = frozenset({"", "false", "f", "no", "n", "off", "0"})


class Damaged(dict[str, Any]):
    """A record in which some columns lost their value in transit: they read as null, but that null is not data."""

    def __init__(self, data: Mapping[str, Any], lost: Iterable[str]) -> None:
        self.lost = frozenset(lost)
        super().__init__({**data, **dict.fromkeys(self.lost)})


def column(name: str) -> Getter:
    """The column with exactly this name."""
    return methodcaller("get", name)  # every row is asked for several, and this takes no step through Python


def path(dotted: str) -> Getter:
    """What the path leads to; at each step, a key that equals the whole rest of the path is tried first."""

    def get(record: Data) -> Any:
        return _dig(record, dotted)

    return get


def spelling(setting: str, known: Container[str] = ()) -> str | None:
    """The setting as the column is spelled: with the blanks at its ends if such a column is known, else without them. None if
    only a row can tell."""
    bare = setting.strip()
    if setting in known or "{{" in setting or bare == setting:
        return setting if setting in known else bare
    return bare if bare in known else None


def plain(setting: str, known: Container[str] = ()) -> str | None:
    """The one column that the setting names; None for a template or a path."""
    spelled = spelling(setting, known)
    return spelled if spelled is not None and (spelled in known or not ("{{" in spelled or "." in spelled)) else None


def compile_column(setting: str, known: Container[str] = (), blanks: Placeholders | None = None) -> Getter:
    """How to get what the setting names; `known` are the columns in the stream's schema, `blanks` as for a template.

    Raises BadTemplate; the getter raises TemplateFailed for a record on which its template fails, and Unreadable for one in
    which a path leads into text that begins like an object and is not one.
    """
    if (name := plain(setting, known)) is not None:
        return column(name)
    if "{{" in setting:
        return compile_template(setting, blanks)
    return path(setting) if spelling(setting, known) is not None else _either(path(setting), path(setting.strip()))


def _either(first: Getter, second: Getter) -> Getter:
    def get(record: Data) -> Any:
        found = first(record)
        return second(record) if found is None else found

    return get


def compile_damage(setting: str, known: Container[str] = ()) -> Callable[[Data], bool]:
    """Whether what the setting gets from a record may be missing because a column lost its value in transit."""
    by_template = setting not in known and "{{" in setting
    columns = (setting,) if setting in known or by_template else (*_beginnings(setting), *_beginnings(setting.strip()))

    def damaged(record: Data) -> bool:
        # which columns a template would read cannot be known without the lost values
        return isinstance(record, Damaged) and (by_template or not record.lost.isdisjoint(columns))

    return damaged


def _beginnings(dotted: str) -> Iterable[str]:
    """`a.b.c`, `a.b`, `a`: the columns that a path may lead into."""
    while dotted:
        yield dotted
        dotted = dotted.rpartition(".")[0]


def compile_filter(setting: str) -> Callable[[Data], bool]:
    """Whether a row is wanted. It must be a template: a mistyped column name would silently drop every row."""
    if "{{" not in setting:
        raise BadTemplate("it is not a template; write it like {{ record['plan'] == 'paid' }}")
    evaluate = compile_template(setting)
    return lambda record: truthy(evaluate(record))


def truthy(value: Any) -> bool:
    """False for false, 0, null, an empty value and the words no, n, off, false, f and 0."""
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


def inside(value: Any) -> Data | None:
    """What a path goes on in; None if it cannot enter the value."""
    try:
        return as_object(value)
    except Unreadable:
        return None
