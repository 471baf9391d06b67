"""Which keys of a batch must still be looked up, and how many at a time, before its rows can be decided?

An answer may make further questions unnecessary, so a batch is looked up in rounds: `rules.needs` says what comes next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from destination_close.close import FEWEST_CLAUSES
from destination_close.engine.applying import Submit
from destination_close.engine.caller import Caller
from destination_close.engine.search_size import SearchSize
from destination_close.model import LEAD, Draft, Hits, Key, ProtocolError, SearchTooBig, Sight
from destination_close.rules import Memory, unknown_keys

SEARCHES_AT_ONCE = 4
"""Enough to hide the time a search takes; the pacer decides how many really go out."""

SEARCHES_WHILE_GROWING = 2
"""Until it is known how many keys one search accepts: many small searches would use up the limit."""


@dataclass(frozen=True, slots=True)
class Search:
    """These keys are being looked up."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Strays:
    """Contacts found under a lead that is gone are read by id."""


class LookUps:
    """The look-ups of one batch, and what was learned from those of all earlier ones. Called from the coordinating thread only."""

    def __init__(self, calls: Caller, memory: Memory, submit: Submit, *, clock: Callable[[], float]) -> None:
        self._calls = calls
        self._memory = memory
        self._submit = submit
        self._clock = clock
        self._size = SearchSize()
        self._drafts: Sequence[Draft] = ()
        self._to_ask: deque[Key] = deque()
        self._under_way = 0

    def begin(self, drafts: Sequence[Draft]) -> None:
        """With a batch. Its keys are held in memory."""
        self._drafts = drafts
        self._go_on()

    def are_done(self) -> bool:
        """Whether the rows can be decided now. Anything forgotten since it was looked up is looked up again."""
        if not self._is_under_way:
            self._go_on()
        return not self._is_under_way

    @property
    def _is_under_way(self) -> bool:
        return bool(self._under_way or self._to_ask)

    def _go_on(self) -> None:
        if not self._is_under_way:
            unknown = unknown_keys(self._drafts, self._memory)
            self._to_ask.extend(sorted(unknown, key=lambda key: key.kind != "company"))
        while self._to_ask:
            count = self._size.for_next(self._to_ask[0])
            is_growing = count == self._size.now and not self._size.at_most
            if self._under_way >= (SEARCHES_WHILE_GROWING if is_growing else SEARCHES_AT_ONCE):
                return
            keys = tuple(self._to_ask.popleft() for _ in range(min(count, len(self._to_ask))))
            self._under_way += 1
            patient = len(keys) == FEWEST_CLAUSES
            self._submit(Search(keys), partial(self._calls.find, keys, patient=patient))

    def ended(self, token: Search | Strays, result: Hits | Sight | SearchTooBig) -> None:
        """A call has ended with this result."""
        self._under_way -= 1
        match token, result:
            case Search(keys=keys), SearchTooBig() as refusal:
                self._ask_for_less(keys, refusal)
            case Search(keys=keys), Hits() as hits:
                if strays := self._memory.learn_hits(hits):
                    self._under_way += 1
                    self._submit(Strays(), partial(self._calls.look_again, (), strays))
                self._size.answered(keys, sum(one.type is LEAD for one in hits.objects))
            case Strays(), Sight() as sight:
                self._memory.learn_sight(sight, self._clock())
        self._go_on()

    def _ask_for_less(self, keys: tuple[Key, ...], refusal: SearchTooBig) -> None:
        if len(keys) <= FEWEST_CLAUSES:
            raise ProtocolError("Close did not answer a search for a single key.", internal=str(refusal)) from refusal
        self._size.not_answered(len(keys), refusal.status)
        self._to_ask.extendleft(reversed(keys))
