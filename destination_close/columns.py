"""Where in a row is the value that a column setting names?

It is the column of exactly that name; else, if the setting contains `{{`, what the template says; else what the dotted path
leads to inside an object column. Lists are not entered by a path.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

import orjson

from destination_close.templates import BadTemplate, compile_template

Record = Mapping[str, Any]
Getter = Callable[[Record], Any]

_FALSE_WORDS = frozenset({"", "false", "no", "0"})


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


def compile_column(setting: str, known: Container[str] = ()) -> Getter:
    """How to get what the setting names; `known` are the columns of the stream's schema.

    Raises BadTemplate; the getter raises TemplateFailed for a record that its template does not work for.
    """
    if setting in known:
        return column(setting)
    if "{{" in setting:
        return compile_template(setting)
    return path(setting) if "." in setting else column(setting)


def compile_filter(setting: str) -> Callable[[Record], bool]:
    """Whether a row is wanted. Only a template can say so: anything else would be a column, and one mistyped drops every row."""
    if "{{" not in setting:
        raise BadTemplate("it is no template; write it like {{ record['plan'] == 'paid' }}")
    evaluate = compile_template(setting)
    return lambda record: truthy(evaluate(record))


def truthy(value: Any) -> bool:
    """False for false, 0, null, nothing and the words no, false and 0."""
    if isinstance(value, str):
        return value.strip().lower() not in _FALSE_WORDS
    return bool(value)


def _dig(value: Any, rest: str) -> Any:
    while (inside := _object(value)) is not None:
        if rest in inside:
            return inside[rest]
        head, dot, rest = rest.partition(".")
        if not dot:
            return None
        value = inside.get(head)
    return None


def _object(value: Any) -> Record | None:
    """The value as an object; some sources give object columns as JSON text."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    return value if isinstance(value, Mapping) else None
