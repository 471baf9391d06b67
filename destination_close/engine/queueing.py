"""Which groups of rows may begin, which wait for others, and how far ahead of a delayed one may they get?

Groups begin in the order of their rows. A group that touches one of an earlier batch comes after it; the others need not
wait for a batch that a few of its rows delay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from destination_close.model import Change, Draft, Key, Result, Stage
from destination_close.rules import Rows

MOST_BATCHES = 4
"""Counted from the first unfinished group: what comes after its rows cannot be acknowledged."""

MOST_CALLS_AHEAD = 1500
"""Begun after those of an unfinished group: less than a minute of calls, whose rows cannot be acknowledged before its own."""

MOST_ROWS_WAITING = 100
"""For rows of an earlier batch: with more of them, there is little to gain from another batch."""


@dataclass(slots=True)
class Batch:
    """A batch with unfinished groups."""

    keys: tuple[Key, ...]
    groups: int
    """The unfinished groups."""


@dataclass(slots=True, eq=False)
class Group:
    """Rows that touch each other, on their way through the stages."""

    batch: Batch
    drafts: Sequence[Draft]
    runs: deque[list[Draft]]
    """Rows still to be planned; each run of them is planned on its own, in order."""

    after: set[Group]
    """Groups of earlier batches that come first and are unfinished."""

    followers: list[Group] = field(default_factory=list)
    calls_before: int | None = None
    """How many calls had been sent when its turn came; None until then."""

    sent: list[Change] = field(default_factory=list)
    results: list[tuple[Change, Result]] = field(default_factory=list)
    stage: Stage = field(default_factory=Stage)
    unsent: set[tuple[int, int]] = field(default_factory=set)
    """Rows of changes that were not sent because of a guard."""


class Queue:
    """The groups of all unfinished batches."""

    def __init__(self, share_percent: int) -> None:
        """`share_percent`: of the rate limit; a share of it is a share of the calls ahead."""
        self._most_ahead = max(1, MOST_CALLS_AHEAD * share_percent // 100)
        self._batches: list[Batch] = []
        """From the oldest unfinished one."""

        self._unfinished: dict[Group, None] = {}
        """In the order of their rows."""

        self._to_begin: deque[Group] = deque()
        """The last of these, whose turn has not come yet."""

        self._waiting_rows = 0
        self.calls = 0
        """Sent so far, for any group."""

    @property
    def is_empty(self) -> bool:
        """Whether all groups are finished."""
        return not self._batches

    @property
    def admits(self) -> bool:
        """Whether another batch may be added."""
        return not self._to_begin and len(self._batches) < MOST_BATCHES and self._waiting_rows <= MOST_ROWS_WAITING

    @property
    def unfinished(self) -> list[Group]:
        """In the order of their rows."""
        return list(self._unfinished)

    def add(self, formed: Sequence[Rows], keys: tuple[Key, ...], earlier: Sequence[Group]) -> Batch:
        """Adds a batch; each group knows which of the `earlier` groups must finish first."""
        batch = Batch(keys, len(formed))
        for rows in formed:
            one = Group(batch, rows.drafts, deque([rows.drafts]), {earlier[place] for place in rows.after})
            for other in one.after:
                other.followers.append(one)
            self._unfinished[one] = None
            self._to_begin.append(one)
        if formed:
            self._batches.append(batch)
        return batch

    def next(self) -> Group | None:
        """The group that begins next; None if there is currently none."""
        while self._to_begin and self._calls_ahead < self._most_ahead:
            one = self._to_begin.popleft()
            one.calls_before = self.calls
            if not one.after:
                return one
            self._waiting_rows += len(one.drafts)
        return None

    @property
    def _calls_ahead(self) -> int:
        """Calls sent since the first unfinished group began."""
        first = next(iter(self._unfinished))
        return 0 if first.calls_before is None else self.calls - first.calls_before

    def through(self, one: Group) -> list[Group]:
        """A group is finished; groups that waited only for it begin now."""
        del self._unfinished[one]
        one.batch.groups -= 1
        while self._batches and not self._batches[0].groups:
            del self._batches[0]
        for follower in one.followers:
            follower.after.discard(one)
        free = [follower for follower in one.followers if not follower.after and follower.calls_before is not None]
        self._waiting_rows -= sum(len(follower.drafts) for follower in free)
        return free
