"""How many values did each field get, and how many were left out? (pure)

Counted by key in Close, since that is what drafts hold. Most rows fill the same fields, so drafts are counted by which ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from destination_close.model import OBJECT_TYPES, Draft, ObjectType, Reason, Remark

MOST_SHAPES = 1000

_Shape = tuple[tuple[ObjectType, tuple[str, ...], tuple[str, ...]], ...]


class LeftOut(NamedTuple):
    """Of one field."""

    field: str
    cases: int
    of: int | None
    """Values that came, left out or not; None if Close has no such field, since drafts then hold none of its values."""

    @property
    def is_most(self) -> bool:
        return self.of is not None and 2 * self.cases > self.of


class Tally:
    """Of the rows of one stream."""

    def __init__(self) -> None:
        self._shapes: Counter[_Shape] = Counter()
        """How many drafts fill just these fields and lists."""

        self._got: Counter[tuple[ObjectType, str]] = Counter()
        self._left_out: dict[str, Counter[str]] = {}
        """By field and key."""

    def count(self, draft: Draft) -> None:
        """A row has come."""
        shape = tuple([(one, tuple(wanted.fields), tuple(wanted.lists)) for one, wanted in draft.wants.items()])
        self._shapes[shape] += 1
        if len(self._shapes) > MOST_SHAPES:
            self._sum_up()
        if draft.remarks:
            self._remark(draft.remarks)

    def _remark(self, remarks: Iterable[Remark]) -> None:
        for remark in remarks:
            if remark.reason is Reason.VALUE_LEFT_OUT:
                self._left_out.setdefault(remark.field, Counter())[remark.key] += 1

    def _sum_up(self) -> None:
        for shape, rows in self._shapes.items():
            for one, fields, lists in shape:
                self._got.update({(one, key): rows for key in (*fields, *lists)})
        self._shapes.clear()

    def left_out(self) -> Iterator[LeftOut]:
        """The fields from which values were left out, in the order in which it happened."""
        self._sum_up()
        for field, keys in self._left_out.items():
            cases = keys.total()
            own = next(one for one in OBJECT_TYPES if field.startswith(f"{one.name}_"))
            of = cases + sum(self._got[own, key] for key in keys) if all(keys) else None
            yield LeftOut(field, cases, of)
