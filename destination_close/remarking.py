"""What does a field get of a row, and what if the row's value is none for it? (pure)

A key that cannot be had rejects the row. Any other value is left out with a remark, or rejects the row too, as the mapping
says (`on_invalid_value`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from destination_close.blanks import Placeholders
from destination_close.coercion import Invalid
from destination_close.columns import Getter, Record
from destination_close.listing import Partly, Several
from destination_close.model import Reason, Remark
from destination_close.near_json import Unreadable
from destination_close.templates import TemplateFailed

T = TypeVar("T")

UNREADABLE = "an object in the column; its text begins like one, but cannot be read as JSON"


class CannotDraft(Exception):
    """A value of the row cannot be had as its field needs it."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Remarked(Generic[T]):
    """What a field gets, and what is to be said of it."""

    value: T
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a mapping."""

    name: str
    key: str
    """Of a lead or contact in Close."""

    when_invalid: Literal["leave_out", "reject"] = "reject"

    def refuse(self, expected: str, instead: T) -> Remarked[T]:
        """What the field gets if the value cannot be had; raises CannotDraft if the row cannot do without it."""
        if self.when_invalid == "reject":
            raise CannotDraft(self.name, expected)
        return Remarked(instead, (Remark(Reason.VALUE_LEFT_OUT, self.name, self.key, f"expected {expected}"),))

    def placeholder(self, value: T) -> Remarked[T]:
        """What a key gets of a text that stands for nothing."""
        return Remarked(value, (Remark(Reason.PLACEHOLDER_KEY, self.name, self.key, "a placeholder such as null stands for no key"),))


def asking(field: Field, get: Getter, make: Callable[[Any], T | Remarked[T] | Invalid], empty: T) -> Callable[[Record], T | Remarked[T]]:
    """Gets the value and makes of it what the field needs."""

    def ask(record: Record) -> T | Remarked[T]:
        try:
            made = make(get(record))
        except TemplateFailed as failed:
            return field.refuse(f"a template that works for the values of the row ({failed})", empty)
        except Unreadable:
            return field.refuse(UNREADABLE, empty)
        return field.refuse(made.expected, empty) if isinstance(made, Invalid) else made

    return ask


def asking_column(
    field: Field, column: str, make: Callable[[Any], T | Remarked[T] | Invalid], empty: T
) -> Callable[[Record], T | Remarked[T]]:
    """Gets the value of a column and makes of it what the field needs: as `asking`, and quicker, for what every row is asked."""

    def ask(record: Record) -> T | Remarked[T]:
        made = make(record.get(column))
        return field.refuse(made.expected, empty) if made.__class__ is Invalid else made  # type: ignore[return-value]

    return ask


def asking_key(field: Field, make: Callable[[Any], str | Invalid | None], placeholders: Placeholders) -> Callable[[Any], Any]:
    """An id, of which a placeholder is none."""

    beginnings, has = placeholders.beginnings, placeholders.has_trimmed

    def of(value: Any) -> str | Remarked[str | None] | Invalid | None:
        found = make(value)
        if found.__class__ is str:
            return field.placeholder(None) if found[0] in beginnings and has(found) else found
        return field.placeholder(None) if found is not None and placeholders.has(value) else found

    return of


def asking_list(
    field: Field, quick: Callable[[Any], bool], read: Callable[[Any], Several], *, is_key: bool = False
) -> Callable[[Any], tuple[str, ...] | Remarked[tuple[str, ...]]]:
    """The values of a field that takes several; of a key the first decides whose row it is."""

    def of(value: Any) -> tuple[str, ...] | Remarked[tuple[str, ...]]:
        if quick(value):
            return (value,)
        found = read(value)
        if not isinstance(found, Partly):
            return found
        remarks: Iterable[Remark] = field.placeholder(None).remarks if is_key and found.placeholders else ()
        if found.refused is not None:
            if is_key and found.first_is_refused:
                raise CannotDraft(field.name, found.refused.expected)
            remarks = (*remarks, *field.refuse(found.refused.expected, None).remarks)
        return Remarked(found.found, tuple(remarks)) if remarks else found.found

    return of


def separate(found: Iterable[Any]) -> tuple[Any, tuple[Remark, ...]]:
    """Values without their remarks, and these."""
    plain: list[Any] = []
    remarks: list[Remark] = []
    for one in found:
        if isinstance(one, Remarked):
            plain.append(one.value)
            remarks += one.remarks
        else:
            plain.append(one)
    return plain, tuple(remarks)
