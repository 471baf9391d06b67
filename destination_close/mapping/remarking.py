"""What does a field get from a row, and what if the row's value does not fit it? (pure)

An invalid key rejects the row. Any other invalid value is left out with a remark, or rejects the row too, as the mapping
says (`on_invalid_value`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from destination_close.mapping.columns import Data, Getter
from destination_close.model import Placeholders, Reason, Remark
from destination_close.settings import OnInvalidValue
from destination_close.templates import TemplateFailed
from destination_close.values import Invalid, Partly, Several, Unreadable

T = TypeVar("T")

UNREADABLE = "an object in the column; its text begins like one, but cannot be read as JSON"


class CannotDraft(Exception):
    """A value of the row cannot be converted to what its field needs."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Remarked(Generic[T]):
    """What a field gets, and what there is to report about it."""

    value: T
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """The field a value is for."""

    name: str
    key: str = ""
    """In Close; empty if Close has no such field."""

    when_invalid: OnInvalidValue = "reject"

    def refuse(self, expected: str, instead: T) -> Remarked[T]:
        """What the field gets if the value does not fit; raises CannotDraft if that rejects the row."""
        if self.when_invalid == "reject":
            raise CannotDraft(self.name, expected)
        return Remarked(instead, (Remark(Reason.VALUE_LEFT_OUT, self.name, self.key, f"expected {expected}"),))

    def placeholder(self, value: T) -> Remarked[T]:
        """What a key gets from a text that stands for nothing."""
        return Remarked(value, (Remark(Reason.PLACEHOLDER_KEY, self.name, self.key, "a placeholder such as null stands for no key"),))


def asking(target: Target, get: Getter, make: Callable[[Any], T | Remarked[T] | Invalid], empty: T) -> Callable[[Data], T | Remarked[T]]:
    """Gets the value and converts it for the field."""

    def ask(record: Data) -> T | Remarked[T]:
        try:
            made = make(get(record))
        except TemplateFailed as failed:
            return target.refuse(f"a template that works for the values of the row ({failed})", empty)
        except Unreadable:
            return target.refuse(UNREADABLE, empty)
        return target.refuse(made.expected, empty) if isinstance(made, Invalid) else made

    return ask


def asking_key(target: Target, make: Callable[[Any], str | Invalid | None], placeholders: Placeholders) -> Callable[[Any], Any]:
    """An id; a placeholder is not one."""

    beginnings, has = placeholders.beginnings, placeholders.has_trimmed

    def of(value: Any) -> str | Remarked[str | None] | Invalid | None:
        found = make(value)
        if found.__class__ is str:
            return target.placeholder(None) if found[0] in beginnings and has(found) else found
        return target.placeholder(None) if found is not None and placeholders.has(value) else found

    return of


def asking_list(
    target: Target, quick: Callable[[Any], bool], read: Callable[[Any], Several], *, is_key: bool = False
) -> Callable[[Any], tuple[str, ...] | Remarked[tuple[str, ...]]]:
    """The values of a field that takes several; for a key, the first decides which object the row is about."""

    def of(value: Any) -> tuple[str, ...] | Remarked[tuple[str, ...]]:
        if quick(value):
            return (value,)
        found = read(value)
        if not isinstance(found, Partly):
            return found
        remarks: Iterable[Remark] = target.placeholder(None).remarks if is_key and found.placeholders else ()
        if found.refused is not None:
            if is_key and found.first_is_refused:
                raise CannotDraft(target.name, found.refused.expected)
            remarks = (*remarks, *target.refuse(found.refused.expected, None).remarks)
        return Remarked(found.found, tuple(remarks)) if remarks else found.found

    return of


def separate(found: Iterable[Any]) -> tuple[Any, tuple[Remark, ...]]:
    """The values, and their remarks."""
    plain: list[Any] = []
    remarks: list[Remark] = []
    for one in found:
        if isinstance(one, Remarked):
            plain.append(one.value)
            remarks += one.remarks
        else:
            plain.append(one)
    return plain, tuple(remarks)
