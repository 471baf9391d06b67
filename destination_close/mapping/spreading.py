"""Which custom fields does a column fill that holds an object of them? (pure)

The keys of the object are ids or names of custom fields in Close. A key that names none of them gets a remark and is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from destination_close.mapping.columns import Data
from destination_close.mapping.remarking import Remarked, separate
from destination_close.model import ObjectType, Reason, Remark, Wish, is_blank
from destination_close.values import Invalid, as_object, unfit

ALL_FIELDS = "*"
"""In place of the name of a custom field: the column holds an object of them."""

MOST_FOUND = 1000
"""Keys that are remembered."""

Wishes = Mapping[str, Wish]
"""By key in Close."""

_OBJECT = Invalid("an object whose keys are ids or names of custom fields")
_SAYABLE = re.compile(r"(?!.*[0-9]{5})[\w .:/&()'-]{1,60}")

Find = Callable[[str], "tuple[str, Callable[[Any], Any]] | None"]
"""The key in Close of the custom field that a key of the object names, and how its wish is made."""


class Spread(NamedTuple):
    """Fields that are all filled from one column, which holds an object."""

    keys: tuple[str, ...]
    """In Close."""

    wishes: Callable[[Data], Wishes | Remarked[Wishes]]
    """May raise CannotDraft."""


def object_in(value: Any) -> Mapping[str, Any] | Invalid:
    """The object in a column, empty if there is none."""
    if is_blank(value):
        return {}
    found = as_object(value)
    return unfit(_OBJECT, value) if found is None else found


@dataclass(slots=True)
class ObjectFields:
    """The custom fields of one type, as an object may name them."""

    object_type: ObjectType
    keys: tuple[str, ...]
    """All of them, in Close."""

    find: Find
    _found: dict[str, tuple[str, Callable[[Any], Any]] | None] = field(default_factory=dict)

    def spread(self, name: str, ask: Callable[[Data], Mapping[str, Any] | Remarked[Any] | None]) -> Spread:
        """All fields that the object of a row fills; `name` stands for all of them."""

        def wishes(record: Data) -> Wishes | Remarked[Wishes]:
            asked = ask(record)
            if isinstance(asked, Remarked):
                return Remarked({}, asked.remarks)
            return self._wishes(name, asked or {})

        return Spread(self.keys, wishes)

    def _wishes(self, name: str, given: Mapping[str, Any]) -> Wishes | Remarked[Wishes]:
        made: dict[str, Any] = {}
        remarks: list[Remark] = []
        for named, value in given.items():
            found = self._lookup(named)
            if found is not None:
                key, make = found
                made[key] = make(value)
            elif not is_blank(value):
                remarks.append(self._unknown(name, named))
        values, more = separate(made.values())
        wishes = {key: wish for key, wish in zip(made, values, strict=True) if wish is not None}
        return Remarked(wishes, (*more, *remarks)) if more or remarks else wishes

    def _lookup(self, named: str) -> tuple[str, Callable[[Any], Any]] | None:
        if named not in self._found:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[named] = self.find(named)
        return self._found[named]

    def _unknown(self, name: str, named: str) -> Remark:
        """A key is a name rather than a value; but one that could be an address or a number is not shown."""
        shown = f'"{named}"' if _SAYABLE.fullmatch(named) else "a key of the object"
        return Remark(Reason.UNKNOWN_CUSTOM_FIELD, name, "", f"no {self.object_type.label} custom field is called {shown}")
