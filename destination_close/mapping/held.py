"""What do the mappings name that the streams of the connection do not have? (pure)

Held against the catalog before anything is asked of Close: a column that is not there reads as blank in every row, and a
blank is not seen until somebody misses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from destination_close.mapping.columns import Data
from destination_close.mapping.naming import Missing, Place, Setting, settings_of
from destination_close.mapping.routing import mappings_of
from destination_close.model import COLUMNS, KEY_COLUMNS, OBJECT_TYPES, StreamInfo, StreamKey, nearest, quoted
from destination_close.settings import Config, StreamMapping

SLIP = 0.8
"""Likeness from which a column of a stream without a mapping is taken for one of our fields."""

MOST_NAMES = 1000
"""That are remembered for a hint."""


@dataclass(frozen=True, slots=True)
class Open:
    """A place of which only rows can tell whether it is there."""

    field: str
    """With the mapping that names it."""

    place: Place


@dataclass(slots=True)
class Held:
    """What was found when the mappings were held against the catalog."""

    problems: list[str] = field(default_factory=list)
    """That keep the run from starting."""

    remarks: list[str] = field(default_factory=list)
    open: dict[StreamKey, list[Open]] = field(default_factory=dict)
    """Left for the rows to tell, by stream."""


def hold(config: Config, streams: Iterable[StreamInfo]) -> Held:
    """All columns that the mappings name against the schemas of these streams, and the streams that they name."""
    streams = tuple(streams)
    held = Held()
    held.remarks += _streams_that_do_not_come(config, [stream.key for stream in streams])
    for stream in streams:
        if stream.destination_object_name is None:  # else its columns are our fields, and looked at as such
            for mapping in mappings_of(config, stream.key, stream.properties):
                _hold(mapping, stream, held)
    held.problems = list(dict.fromkeys(held.problems))
    held.remarks = list(dict.fromkeys(held.remarks))
    return held


def _hold(mapping: StreamMapping, stream: StreamInfo, held: Held) -> None:
    settings = list(settings_of(mapping, stream.properties))
    left = [Open(f"{mapping.place}, {setting.field}", place) for setting in settings for place in _untold(setting, stream)]
    if left:
        held.open.setdefault(stream.key, []).extend(left)
    if mapping.implicit:
        _hold_names(mapping, stream, held)
    elif stream.properties:
        no_key = _has_lost_its_keys(settings, stream)
        for setting in settings:
            for missing in setting.missing(stream.properties):
                fatal = _why_fatal(setting, no_key)
                said = f"{mapping.place}, {setting.field}: {fatal}stream {stream.key} has no column {missing}{_as_word(setting, missing)}"
                (held.problems if fatal else held.remarks).append(said if fatal else f"{said[0].upper()}{said[1:]}")


def _untold(setting: Setting, stream: StreamInfo) -> Iterator[Place]:
    for place in setting.places:
        if not place.is_in_schema(stream.properties) and (not stream.properties or place.missing_in_schema(stream.properties) is None):
            yield place


def _has_lost_its_keys(settings: Sequence[Setting], stream: StreamInfo) -> bool:
    keys = [setting for setting in settings if setting.is_key]
    return bool(keys) and all(key.is_lost(stream.properties) for key in keys)


def _why_fatal(setting: Setting, no_key: bool) -> str:
    if setting.is_key and no_key:
        return "no row would have a key, because "
    return "every row would clear the field (clear_when_blank), because " if setting.clears else ""


NO_WORDS = (*KEY_COLUMNS, "contact_phone", "contact_url", "lead_url", "filter")
"""Settings that nobody fills with the same word for every row."""


def _as_word(setting: Setting, missing: Missing) -> str:
    is_word = missing.may_be_a_word and setting.field not in NO_WORDS
    return f"; a constant is written {{{{ '{missing.named}' }}}}" if is_word else ""


# --- streams ---------------------------------------------------------------------------------------------------------


def _streams_that_do_not_come(config: Config, come: Sequence[StreamKey]) -> Iterator[str]:
    for mapping in config.mappings:
        named = StreamKey(mapping.namespace, mapping.stream)
        if not any(mapping.stream == key.name and mapping.namespace in (None, key.namespace) for key in come):
            near = nearest(str(named), [str(key) for key in come]) or nearest(mapping.stream, [key.name for key in come])
            hint = f"; did you mean {quoted(near)}?" if near else f"; it has {_listed(come)}"
            place = mapping.place.partition(" (")[0]
            yield f"{place[0].upper()}{place[1:]}: the connection has no stream {quoted(str(named))}, so this mapping is not used{hint}"


def _listed(come: Sequence[StreamKey]) -> str:
    first = ", ".join(quoted(str(key)) for key in come[:5])
    return f"{first} and {len(come) - 5:,} more" if len(come) > 5 else first or "none"


# --- a stream that is mapped by the names of its columns -----------------------------------------------------------------

_CUSTOM = re.compile(r"\W*(lead|contact)[\W_]*custom[\W_]*(?:fields?)?[\W_]*(\w.*)", re.IGNORECASE)


def _hold_names(mapping: StreamMapping, stream: StreamInfo, held: Held) -> None:
    has_key = any(key in mapping.columns for key in KEY_COLUMNS)
    for column in stream.properties:
        if (meant := field_meant(column, stream.properties)) is None:
            continue
        said = (
            f"stream {stream.key} is mapped by the names of its columns, and {quoted(column)} is not a field; did you mean {quoted(meant)}?"
        )
        if not has_key and meant in KEY_COLUMNS:
            held.problems.append(f"{mapping.place}: no row would have a key, because {said}")
        else:
            held.remarks.append(f"{said[0].upper()}{said[1:]}")


def field_meant(column: str, columns: Iterable[str]) -> str | None:
    """The field that a column of this name was probably meant for, if no other column is for it."""
    if column in COLUMNS or any(column.startswith(one.prefix) and column != one.prefix for one in OBJECT_TYPES):
        return None
    if custom := _CUSTOM.fullmatch(column):
        return f"{custom[1].lower()}_custom.{custom[2].strip()}"
    taken = set(columns)
    return nearest(column, [field for field in COLUMNS if field not in taken], least=SLIP, parts=False)


# --- what only rows can tell ---------------------------------------------------------------------------------------------


class Sightings:
    """Which of the places that no schema names have come in no row so far."""

    def __init__(self, open_places: Mapping[StreamKey, Sequence[Open]]) -> None:
        self._left = {stream: list(places) for stream, places in open_places.items()}
        self._in_its_stead: dict[StreamKey, dict[Open, dict[str, None]]] = {}
        """Of the streams of which rows have come: what was there where something was not."""

    def see(self, stream: StreamKey, record: Data) -> None:
        """A row of the stream has come."""
        if left := self._left.get(stream):
            instead = self._in_its_stead.setdefault(stream, {})
            self._left[stream] = [one for one in left if self._is_missing(one, record, instead)]

    def _is_missing(self, one: Open, record: Data, instead: dict[Open, dict[str, None]]) -> bool:
        missing = one.place.missing_in_row(record)
        if missing and len(names := instead.setdefault(one, {})) < MOST_NAMES:
            names.update(dict.fromkeys(missing.among))
        return missing is not None

    def remarks(self) -> Iterator[str]:
        """On what is missing in the streams of which rows came."""
        for stream, instead in self._in_its_stead.items():
            for one in self._left[stream]:
                missing = Missing(".".join(one.place.steps), tuple(instead[one]))
                yield f"{one.field[0].upper()}{one.field[1:]}: no row of stream {stream} had a column {missing}"
