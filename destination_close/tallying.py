"""How many values did each field get, and how many were left out? (pure)

Counted by key in Close, since that is what drafts hold. Rows mostly fill the same fields, so they are counted by which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from destination_close.model import Draft, Reason, Remark

MOST_SHAPES = 1000

_LISTS = ("emails", "phones", "urls")


class LeftOut(NamedTuple):
    """Of one field."""

    field: str
    cases: int
    of: int
    """Values that came, left out or not."""

    @property
    def is_most(self) -> bool:
        return 2 * self.cases > self.of


class Tally:
    """Of the rows of one stream."""

    def __init__(self) -> None:
        self._shapes: Counter[tuple[tuple[str, ...], tuple[str, ...], bool, bool, bool]] = Counter()
        """By which fields a draft fills, how many drafts do."""

        self._got: Counter[tuple[str, str]] = Counter()
        self._left_out: dict[str, Counter[str]] = {}
        """By field and key."""

    def count(self, draft: Draft) -> None:
        """A row has come."""
        self._shapes[tuple(draft.lead), tuple(draft.contact), bool(draft.emails), bool(draft.phones), bool(draft.urls)] += 1
        if len(self._shapes) > MOST_SHAPES:
            self._sum_up()
        if draft.remarks:
            self._remark(draft.remarks)

    def _remark(self, remarks: Iterable[Remark]) -> None:
        for remark in remarks:
            if remark.reason is Reason.VALUE_LEFT_OUT:
                self._left_out.setdefault(remark.field, Counter())[remark.key] += 1

    def _sum_up(self) -> None:
        for (lead, contact, *lists), rows in self._shapes.items():
            self._got.update({("lead", key): rows for key in lead} | {("contact", key): rows for key in contact})
            self._got.update({("contact", name): rows for name, has in zip(_LISTS, lists, strict=True) if has})
        self._shapes.clear()

    def left_out(self) -> Iterator[LeftOut]:
        """The fields of which values were left out, in the order in which it happened."""
        self._sum_up()
        for field, keys in self._left_out.items():
            kind = "lead" if field.startswith("lead_") else "contact"
            got = sum(self._got[kind, key] for key in keys)
            yield LeftOut(field, keys.total(), max(keys.total() + got, keys.total()))
