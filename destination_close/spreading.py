"""Which custom fields does a column fill that holds an object of them? (pure)

Its keys are ids or names of custom fields in Close. What no custom field is called so is remarked on, and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from destination_close.blanks import is_blank
from destination_close.cells import as_object
from destination_close.coercion import Invalid, unfit
from destination_close.fields import Spread, Wishes
from destination_close.model import Reason, Remark
from destination_close.remarking import Remarked, separate

ALL_FIELDS = "*"
"""In the place of the name of a custom field: the column holds an object of them."""

MOST_FOUND = 1000
"""Keys that are remembered."""

_OBJECT = Invalid("an object whose keys are ids or names of custom fields")
_SAYABLE = re.compile(r"(?!.*[0-9]{5})[\w .:/&()'-]{1,60}")

Find = Callable[[str], "tuple[str, Callable[[Any], Any]] | None"]
"""The key in Close of the custom field that a key of the object names, and how its wish is made."""


def spread_of(value: Any) -> Mapping[str, Any] | Invalid:
    """The object in a column, empty if there is none."""
    if is_blank(value):
        return {}
    found = as_object(value)
    return unfit(_OBJECT, value) if found is None else found


@dataclass(slots=True)
class ObjectFields:
    """The custom fields of leads or contacts, as an object may name them."""

    object_type: str
    keys: tuple[str, ...]
    """Of all there are."""

    find: Find
    _found: dict[str, tuple[str, Callable[[Any], Any]] | None] = field(default_factory=dict)

    def spread(self, name: str, ask: Callable[[Any], Mapping[str, Any] | Remarked[Any] | None]) -> Spread:
        """All fields that the object of a row fills; `name` stands for all of them."""

        def wishes(record: Mapping[str, Any]) -> Wishes | Remarked[Wishes]:
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
        """A key is a name and not a value; but where it could be an address or a number, it is not shown."""
        said = f'"{named}"' if _SAYABLE.fullmatch(named) else "a key of the object"
        return Remark(Reason.UNKNOWN_CUSTOM_FIELD, name, "", f"no {self.object_type.title()} custom field is called {said}")
