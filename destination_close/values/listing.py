"""Which values does a cell contain for a field that takes several? (pure)

A cell may be a list, a list as JSON text, or text that names several values. An invalid value does not affect the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from destination_close.model import Placeholders, is_blank, trimmed
from destination_close.values.cells import as_list
from destination_close.values.coercion import CoerceText, Invalid, email, unfit, url
from destination_close.values.email_addresses import addresses_in
from destination_close.values.phones import phones_in
from destination_close.values.web_addresses import web_addresses_in

_PHONE = Invalid("one phone number like +16505551234")
_ABROAD = Invalid("a phone number with its country code, like +16505551234, since the country of the row is unknown")


@dataclass(frozen=True, slots=True)
class Partly:
    """What a cell contains if not all of it is valid."""

    found: tuple[str, ...]
    refused: Invalid | None = None
    """Why the first invalid value was refused."""

    placeholders: int = 0
    """How many values were left out because they stand for nothing."""

    first_is_refused: bool = False
    """Whether the first value of all is invalid."""


Several = tuple[str, ...] | Partly
Read = Callable[[Any], Iterable[str | Invalid | None]]
"""The values in one item of a list; the item is not blank."""


def reader(read: Read, meaning: Callable[[str], str], placeholders: Placeholders) -> Callable[[Any], Several]:
    """A function that reads cells; of values with the same meaning it returns the first."""

    def read_cell(value: Any) -> Several:
        found: dict[str, str] = {}
        refused: Invalid | None = None
        first_is_refused, skipped = False, 0
        for one in _read_all(value, read, placeholders):
            if one is None:
                skipped += 1
            elif isinstance(one, Invalid):
                first_is_refused = first_is_refused or not (found or refused)
                refused = refused or one
            else:
                found.setdefault(meaning(one), one)
        values = tuple(found.values())
        return Partly(values, refused, skipped, first_is_refused) if refused or skipped else values

    return read_cell


def _read_all(value: Any, read: Read, placeholders: Placeholders) -> Iterator[str | Invalid | None]:
    """Every value of a cell; None for a placeholder."""
    for item in items_of(value):
        for one in (item,) if placeholders.has(item) else read(item):
            yield None if placeholders.has(one) else one


def items_of(value: Any) -> Iterable[Any]:
    """The items of a list, even if it is JSON text; anything else is the only item."""
    if isinstance(value, str):
        listed = as_list(value)
        value = [value] if listed is None else listed
    several = value if isinstance(value, (list, tuple)) else (value,)
    return [item for item in several if not is_blank(item)]


# --- what an item holds, by field ----------------------------------------------------------------------------------------


def emails(placeholders: Placeholders) -> Read:
    """The addresses of an item."""

    def read(item: Any) -> Iterator[str | Invalid | None]:
        for one in addresses_in(item) if isinstance(item, str) else (item,):
            yield one if placeholders.has(one) else email(one)

    return read


def urls(item: Any) -> Iterator[str | Invalid | None]:
    """The web addresses of an item."""
    for one in web_addresses_in(item) if isinstance(item, str) else (item,):
        yield url(one)


def phones(region: str | None) -> Read:
    """The phone numbers of an item, in E.164; national numbers are assumed to be from the region."""
    expected = _PHONE if region else _ABROAD

    def read(item: Any) -> Iterator[str | Invalid | None]:
        written = _written(item)
        if written is None:
            yield unfit(expected, item)
            return
        found = phones_in(written, region)
        yield from found.numbers
        if found.has_more:
            yield expected

    return read


def _written(item: Any) -> str | None:
    if isinstance(item, str):
        return trimmed(item)
    is_whole = isinstance(item, (int, float)) and not isinstance(item, bool) and abs(item) < 10**18 and item == int(item)
    return str(int(item)) if is_whole else None


def custom_values(coerce: CoerceText, *, closed: bool) -> Callable[[Any], tuple[list[Any], bool]]:
    """The items of a cell for a custom field of several values, and whether they are a list; `a;b` is a list too.

    `closed`: the field takes known values only, and one of them may contain a semicolon.
    """

    def split(value: Any) -> tuple[list[Any], bool]:
        if not isinstance(value, str):
            return list(items_of(value)), isinstance(value, (list, tuple))
        if (listed := as_list(value)) is not None:
            return list(items_of(listed)), True
        if ";" in value and not (closed and isinstance(coerce(value), str)):
            return list(items_of(value.split(";"))), True
        return list(items_of(value)), False

    return split
