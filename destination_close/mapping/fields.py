"""What does a row want the fields of one lead or contact to hold? (pure)"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from destination_close.mapping.columns import Data
from destination_close.model import Wish

Wishes = Mapping[str, Wish]
"""By key of a lead or contact in Close."""

ROWS_REMEMBERED = 256
BYTES_REMEMBERED = 4096
"""For one row; what larger rows want is not kept."""


class Step(NamedTuple):
    """One field that a row may fill."""

    key: str
    """Of a lead or contact in Close."""

    column: str | None
    """The one column that fills it; None if that is more than one column, as with a path or a template."""

    wish: Callable[[Data], Wish | None]
    """May raise CannotDraft."""


class Fields:
    """All fields of one object that a mapping fills.

    `repeated`: the values of several fields tend to occur together again, as those of a company do in the rows of its people.
    """

    def __init__(self, steps: Iterable[Step], *, repeated: bool = False) -> None:
        self._steps = tuple(steps)
        self.keys = tuple(step.key for step in self._steps)
        columns = [step.column for step in self._steps if step.column is not None]
        self._remembered = _remembering(columns, self._ask) if repeated and 1 < len(columns) == len(self._steps) else None

    def wishes(self, record: Data, size: int) -> Wishes:
        """What a row of about `size` bytes wants; may raise CannotDraft."""
        if self._remembered is None or size > BYTES_REMEMBERED or record.__class__ is not dict:  # not one with damaged columns
            return self._ask(record)
        try:
            return self._remembered(record)
        except (KeyError, TypeError):  # a column is missing, or holds a list
            return self._ask(record)

    def _ask(self, record: Data) -> Wishes:
        return {key: found for key, _, wish in self._steps if (found := wish(record)) is not None}


def _remembering(columns: list[str], ask: Callable[[Data], Wishes]) -> Callable[[Data], Wishes]:
    """The same for records that have all the columns, each with a hashable value."""
    pick = itemgetter(*columns)

    @lru_cache(maxsize=ROWS_REMEMBERED, typed=True)  # 1, 1.0 and true are equal, but not as text
    def wishes(*values: Any) -> Wishes:
        return ask(dict(zip(columns, values, strict=True)))

    return lambda record: wishes(*pick(record))
