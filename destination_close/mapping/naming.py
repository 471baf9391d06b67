"""Which columns do the settings of a mapping name, and does a schema or a row have them? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from destination_close.mapping import columns
from destination_close.mapping.columns import Data
from destination_close.mapping.template_columns import Steps, columns_of_template
from destination_close.model import KEY_COLUMNS, nearest, quoted
from destination_close.settings import OVERWRITE, StreamMapping

Enter = Callable[[Any], "Mapping[str, Any] | None"]
"""What is inside of a column's schema, or of its value; None if that is not known."""


class Missing(NamedTuple):
    """A place that is not there."""

    named: str
    """As the user named it."""

    among: tuple[str, ...]
    """What is there in its stead, each as a whole name."""

    def __str__(self) -> str:
        if near := nearest(self.named, self.among):
            return f"{quoted(self.named)}; did you mean {quoted(near)}?"
        far = nearest(self.named, self.among, least=0.0)
        return f"{quoted(self.named)}; the closest name is {quoted(far)}" if far else quoted(self.named)

    @property
    def may_be_a_word(self) -> bool:
        """Whether it was perhaps meant as it stands, and not as the name of a column."""
        return nearest(self.named, self.among) is None and not set(self.named) & set("{}.'\"\\")


class Place(NamedTuple):
    """A place of the row that a setting reads: a column, or something inside one."""

    steps: Steps
    dotted: bool = False
    """Whether it is one path, of which any part may be a name with dots in it; else each step is a whole name."""

    optional: bool = False
    """Whether the setting says what holds where it is not there."""

    def missing_in_schema(self, properties: Mapping[str, Any]) -> Missing | None:
        """None if it is there, or if the schema does not say."""
        found = self._look(properties, _properties)
        return found if isinstance(found, Missing) else None

    def is_in_schema(self, properties: Mapping[str, Any]) -> bool:
        """Whether the schema names it for sure."""
        return self._look(properties, _properties) is True

    def missing_in_row(self, record: Data) -> Missing | None:
        """None if the row has it, were it only as a null."""
        found = self._look(record, columns.inside if self.dotted else _mapping)
        return None if found is True else found or Missing(".".join(self.steps), ())

    def _look(self, inside: Mapping[str, Any], enter: Enter) -> Missing | bool:
        """True if it is there; False if that is not known."""
        before: tuple[str, ...] = ()
        rest = self.steps
        while rest[0] not in inside or len(rest) > 1:
            step, after = self._step(rest)
            if step not in inside or not after:
                return Missing(".".join(self.steps), tuple(_whole_names(before, inside, after)))
            before, rest, deeper = (*before, step), after, enter(inside[step])
            if deeper is None:
                return False
            inside = deeper
        return True

    def _step(self, rest: Steps) -> tuple[str, Steps]:
        if not self.dotted:
            return rest[0], rest[1:]
        head, dot, tail = rest[0].partition(".")
        return head, (tail,) if dot else ()


def _whole_names(before: Steps, names: Iterable[str], after: Steps) -> Iterator[str]:
    """Of each the name alone, and as the beginning of the same path."""
    for name in names:
        yield ".".join((*before, name))
        if after:
            yield ".".join((*before, name, *after))


class Setting(NamedTuple):
    """One setting of a mapping that reads the row."""

    field: str
    """As messages name it."""

    places: tuple[Place, ...]
    is_key: bool = False
    clears: bool = False
    """Whether a blank empties the field in Close."""

    def missing(self, properties: Mapping[str, Any]) -> list[Missing]:
        """The places that the schema does not have."""
        return [missing for place in self.places if (missing := place.missing_in_schema(properties))]

    def is_lost(self, properties: Mapping[str, Any]) -> bool:
        """Whether nothing can come of it: what it cannot do without is not there, or all that it reads."""
        lost = [place for place in self.places if place.missing_in_schema(properties)]
        return bool(lost) and (len(lost) == len(self.places) or not all(place.optional for place in lost))


def places_of(setting: str, known: Collection[str] = ()) -> tuple[Place, ...]:
    """What a column setting reads of a row of these columns."""
    name = columns.plain(setting, known)
    if name is not None:
        return (Place((name,)),)
    if "{{" in setting:
        return tuple(Place(named.steps, optional=named.optional) for named in columns_of_template(setting))
    spelled = columns.spelling(setting, known)
    return (Place((setting if spelled is None else spelled,), dotted=True),)


def settings_of(mapping: StreamMapping, known: Collection[str] = ()) -> Iterator[Setting]:
    """All that read the row."""
    for field, setting in mapping.columns.items():
        clears = mapping.policies.get(field, OVERWRITE).clear_when_blank
        yield Setting(field, places_of(setting, known), is_key=field in KEY_COLUMNS, clears=clears)
    for object_type, customs in mapping.custom_fields.items():
        for custom in customs:
            field = f"{object_type.prefix}{custom.custom_field}"
            yield Setting(field, places_of(custom.column, known), clears=custom.policy.clear_when_blank)
    if mapping.filter:
        yield Setting("filter", places_of(mapping.filter, known))


def compile_absence(setting: str, known: Collection[str]) -> Callable[[Data], bool]:
    """Whether a row lacks something that the setting reads and that the schema does not name either: so that its blank is not data."""
    properties = known if isinstance(known, Mapping) else dict.fromkeys(known)
    unsure = [place for place in places_of(setting, known) if not place.is_in_schema(properties)]
    return lambda record: any(place.missing_in_row(record) for place in unsure)


def _properties(schema: Any) -> Mapping[str, Any] | None:
    found = schema.get("properties") if isinstance(schema, Mapping) else None
    return found if isinstance(found, Mapping) and found else None


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None
