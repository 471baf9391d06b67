"""Which names in the settings does no setting have, and which were meant? (pure)

What exists is read from `spec.json`, the one list of settings. Inside `mappings` and `guards` every name is ours, and
any other is an error: a guard that is not one guards nothing. At the top a platform may put in keys of its own, and the object
storage is laid out as Airbyte's own destinations have it, with settings of theirs; there only a slip of a setting is an error,
as is one of another place, and the rest is remarked on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from destination_close.model import is_near, nearest, quoted
from destination_close.settings.placeholders import is_placeholder
from destination_close.settings.spec import packaged_spec

Schema = Mapping[str, Any]

VERY_NEAR = 0.9
"""Likeness from which a name at the top is taken for that of a setting below."""

SHARED = "object_storage_config"
"""The object whose settings are laid out as those of other destinations."""


class Strangers(NamedTuple):
    """What was found, as texts that each name the place, the name, and the setting that is nearest to it."""

    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    """On what stops nothing."""


def strangers_in(raw: Mapping[str, Any]) -> Strangers:
    """The names that no setting has, and values that nothing has filled in."""
    form = _form()
    problems, remarks = [], []
    known = _names(form)
    for name in map(str, raw):
        if name in known:
            continue
        homes = _homes_of(name)
        if homes and "_" in name:
            problems.append(f"{quoted(name)}: there is no such setting at the top; it belongs under {' or '.join(homes)}")
        elif homes:
            remarks.append(f"There is no setting {quoted(name)} at the top, so it is ignored; it belongs under {' or '.join(homes)}.")
        elif (near := nearest(name, known, least=0.0)) and is_near(name, near):
            problems.append(f"{quoted(name)}: there is no such setting; did you mean {near}?")
        elif (inner := nearest(name, _names_below(form), least=VERY_NEAR)) and (homes := _homes_of(inner)):
            problems.append(f"{quoted(name)}: there is no such setting; did you mean {inner}, which belongs under {' or '.join(homes)}?")
        else:
            hint = f"the closest name is {near}" if near else "no setting has a similar name"
            remarks.append(f"There is no setting {quoted(name)}, so it is ignored; {hint}.")
    for place, name, known in _below(raw, form):
        if place.startswith(SHARED) and not is_near(name, nearest(name, known, least=0.0) or ""):
            remarks.append(f"There is no setting {quoted(name)} in {place}, so it is ignored{_instead(name, known)}.")
        else:
            problems.append(f"{place}, {quoted(name)}: there is no such setting{_instead(name, known)}")
    problems += [f"{place}: this is still a placeholder; enter the value itself" for place in _placeholders(raw, form)]
    return Strangers(tuple(problems), tuple(remarks))


def _below(given: Mapping[str, Any], schema: Schema, place: str = "") -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each unknown name, with its place and the names that exist there."""
    for inside, inner, where in _objects_in(given, schema, place):
        known = _names(inner)
        yield from ((where, name, known) for name in map(str, inside) if name not in known)
        yield from _below(inside, inner, where)


def _instead(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known, least=0.0)
    if near and is_near(name, near):
        return f"; did you mean {near}?"
    if name in _names(_form()):
        return "; it belongs to the top of the settings"
    if homes := _homes_of(name):
        return f"; it belongs under {' or '.join(homes)}"
    return f"; the closest name is {near}" if near else ""


def _placeholders(given: Mapping[str, Any], schema: Schema, place: str = "") -> Iterator[str]:
    for name, value in given.items():
        if isinstance(value, str) and name != "api_key" and is_placeholder(value):
            yield f"{place}, {name}" if place else str(name)
    for inside, inner, where in _objects_in(given, schema, place):
        yield from _placeholders(inside, inner, where)


# --- what the form knows ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _form() -> Schema:
    form: Schema = packaged_spec()["connectionSpecification"]
    return form


def _properties(schema: Schema) -> dict[str, Schema]:
    """Of all forms that the object may have: a setting of a form that is not chosen is not a slip."""
    found: dict[str, Schema] = {}
    for one in (schema, *schema.get("oneOf", ())):
        found |= one.get("properties", {})
    return found


def _names(schema: Schema) -> tuple[str, ...]:
    return tuple(_properties(schema))


def _objects_in(given: Mapping[str, Any], schema: Schema, place: str) -> Iterator[tuple[Mapping[str, Any], Schema, str]]:
    """The objects of settings right inside this one, each with its schema and its place."""
    for name, inner in _properties(schema).items():
        value, where = given.get(name), f"{place}, {name}" if place else name
        if isinstance(value, Mapping) and _properties(inner):
            yield value, inner, where
        elif isinstance(value, (list, tuple)) and _properties(inner.get("items", {})):
            for number, one in enumerate(value, 1):
                if isinstance(one, Mapping):
                    yield one, inner["items"], f"{where} {number}{_of_stream(one)}"


def _of_stream(mapping: Mapping[str, Any]) -> str:
    stream = mapping.get("stream")
    return f' (stream "{stream.strip()}")' if isinstance(stream, str) and stream.strip() else ""


def _homes_of(name: str) -> list[str]:
    """The settings that are objects with a setting of this name."""
    return list(dict.fromkeys(_home(_form(), name)))


def _names_below(schema: Schema) -> Iterator[str]:
    """Of all objects of settings; only those of several words, since others may be anybody's."""
    for inner in _properties(schema).values():
        below = inner.get("items", inner)
        yield from (name for name in _names(below) if "_" in name)
        yield from _names_below(below)


def _home(schema: Schema, name: str, place: str = "") -> Iterator[str]:
    for own, inner in _properties(schema).items():
        below = inner.get("items", inner)
        where = f"{place}, {own}" if place else own
        if name in _names(below):
            yield where
        yield from _home(below, name, where)
