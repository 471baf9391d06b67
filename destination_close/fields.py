"""What does a row want the fields of one lead or contact to hold? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from destination_close.columns import Record
from destination_close.model import Remark, Wish
from destination_close.remarking import Remarked, separate

Wishes = Mapping[str, Wish]
"""By key of a lead or contact in Close."""

ROWS_REMEMBERED = 256
BYTES_REMEMBERED = 4096
"""Of one row; what larger ones want is not kept."""


class Step(NamedTuple):
    """One field that a row may fill."""

    key: str
    """Of a lead or contact in Close."""

    column: str | None
    """The one column that it is filled from; None if it is more than that, a path or a template."""

    wish: Callable[[Record], Wish | Remarked[Wish | None] | None]
    """May raise CannotDraft."""


class Spread(NamedTuple):
    """Fields that are all filled from one column, which holds an object."""

    keys: tuple[str, ...]
    wishes: Callable[[Record], Wishes | Remarked[Wishes]]
    """May raise CannotDraft."""


class Fields:
    """All fields of one object that a mapping fills.

    `repeated`: the values of several fields tend to come together again, as those of a company do in the rows of its people.
    """

    def __init__(self, steps: Iterable[Step], *, spreads: Iterable[Spread] = (), repeated: bool = False) -> None:
        self._steps = tuple(steps)
        self._spreads = tuple(spreads)
        self.keys = tuple(dict.fromkeys([*(step.key for step in self._steps), *(key for spread in self._spreads for key in spread.keys)]))
        columns = [step.column for step in self._steps if step.column is not None]
        is_plain = 1 < len(columns) == len(self._steps) and not self._spreads
        self._remembered = _remembering(columns, self._ask) if repeated and is_plain else None

    def wishes(self, record: Record, size: int) -> Wishes | Remarked[Wishes]:
        """What a row of about `size` bytes wants; may raise CannotDraft."""
        if self._remembered is None or size > BYTES_REMEMBERED or record.__class__ is not dict:  # not one with damaged columns
            return self._ask(record)
        try:
            return self._remembered(record)
        except (KeyError, TypeError):  # a column is missing, or holds a list
            return self._ask(record)

    def _ask(self, record: Record) -> Wishes | Remarked[Wishes]:
        found = {key: found for key, _, wish in self._steps if (found := wish(record)) is not None}
        for one in found.values():
            if one.__class__ is Remarked:
                return self._with_remarks(found, record)
        if self._spreads:
            return self._with_remarks(found, record)
        return found  # type: ignore[return-value]  # wishes all of them

    def _with_remarks(self, found: Mapping[str, Any], record: Record) -> Wishes | Remarked[Wishes]:
        spread, remarks = separate(spread.wishes(record) for spread in self._spreads)
        values, more = separate(found.values())
        own = {key: wish for key, wish in zip(found, values, strict=True) if wish is not None}
        wishes = {key: wish for each in (*spread, own) for key, wish in each.items()}
        noted: tuple[Remark, ...] = (*more, *remarks)
        return Remarked(wishes, noted) if noted else wishes


def _remembering(columns: list[str], ask: Callable[[Record], Wishes | Remarked[Wishes]]) -> Callable[[Record], Wishes | Remarked[Wishes]]:
    """The same for records that have all the columns, each with a value that can be hashed."""
    pick = itemgetter(*columns)

    @lru_cache(maxsize=ROWS_REMEMBERED, typed=True)  # 1, 1.0 and true are equal, but not the same text
    def wishes(*values: Any) -> Wishes | Remarked[Wishes]:
        return ask(dict(zip(columns, values, strict=True)))

    return lambda record: wishes(*pick(record))
