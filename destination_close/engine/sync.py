"""How does a batch go from rows to outcomes?

    drafts -> look up what is not known -> apply -> outcomes

While one batch is applied, the next is looked up; the memory of what this run wrote overrides what look-ups bring.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from destination_close.engine.applying import Applying, SecondLook, Sent
from destination_close.engine.caller import Caller
from destination_close.engine.ledger import Ledger
from destination_close.engine.lookups import LookUps, Search, Strays
from destination_close.engine.watch import Broken, Watch
from destination_close.engine.witness import Witness
from destination_close.engine.workers import Completed, Workers
from destination_close.model import Draft, Key, Outcome, SearchTooBig, Stopping, Work
from destination_close.rules import Memory, all_keys


@dataclass(frozen=True, slots=True)
class _Batch:
    drafts: Sequence[Draft]
    keys: tuple[Key, ...]


class Sync:
    """Takes batches of drafts and returns outcomes. Every method is called from the coordinating thread only."""

    def __init__(
        self,
        calls: Caller,
        memory: Memory,
        workers: Workers,
        *,
        clock: Callable[[], float],
        watch: Watch | None = None,
        witness: Witness | None = None,
        share_percent: int = 100,
    ) -> None:
        """`share_percent`: of the rate limit; a share of it is a share of the calls whose rows wait to be acknowledged."""
        self._memory = memory
        self._workers = workers
        self._clock = clock
        self._ledger = Ledger()
        self._lookups = LookUps(calls, memory, self._submit, clock=clock)
        self._applying = Applying(
            calls, memory, workers, self._submit, self._ledger, clock=clock, watch=watch, witness=witness, share_percent=share_percent
        )
        self._asking: _Batch | None = None
        self._ready: _Batch | None = None
        self.under_way = 0
        """Calls that were handed to the workers and have not ended."""

    @property
    def can_take(self) -> bool:
        """Whether a batch may be handed over now."""
        return self._asking is None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._asking is None and self._ready is None and self._applying.idle

    @property
    def is_stuck(self) -> bool:
        """Whether rows are waiting although nothing will come: no answer, and no time from which more may be written."""
        return not (self.under_way or self.idle or self.broken or self._memory.is_full)

    @property
    def broken(self) -> Broken | None:
        """The guard that the next call would have broken; nothing more is sent."""
        return self._applying.broken

    def take(self, works: Sequence[Work]) -> None:
        """Look up what a batch of rows needs; the rows are in stream order."""
        self._ledger.open(works)
        drafts = [draft for work in works for draft in work.drafts]
        keys = tuple(dict.fromkeys(key for draft in drafts for key in all_keys(draft)))
        self._memory.hold(keys)
        self._asking = _Batch(drafts, keys)
        self._lookups.begin(drafts)

    def completed(self, event: Completed) -> None:
        """A call has ended. Raises what it raised, unless that is an answer to decide about."""
        self.under_way -= 1
        result = event.result
        if isinstance(result, Stopping):
            return
        if isinstance(result, BaseException) and not isinstance(result, SearchTooBig):
            raise result
        match event.token:
            case Search() | Strays() as token:
                if not self.broken:
                    self._lookups.ended(token, result)
            case Sent() | SecondLook() as token:
                self._applying.ended(token, result)

    def look(self) -> bool:
        """Moves on the batch being looked up if it can be decided now, which makes room for the next; returns whether it did."""
        if self._asking is None or self.broken or not self._applying.admits or self._must_wait() or not self._lookups.are_done():
            return False
        self._ready, self._asking = self._asking, None
        return True

    def _must_wait(self) -> bool:
        """Whether the index must first catch up with what this run wrote, before it writes more than can be remembered."""
        if self._memory.is_full:
            self._memory.expire(self._clock())
        return self._memory.is_full

    def apply(self) -> None:
        """Begin with the batch that is ready. Called once the look-ups of the next have begun, because deciding takes a while."""
        if self._ready:
            batch, self._ready = self._ready, None
            self._applying.begin(batch.drafts, batch.keys)

    def outcomes(self) -> list[Outcome]:
        """The rows that have ended since the last call."""
        return self._ledger.ended()

    def _submit(self, token: object, call: Callable[[], Any]) -> None:
        self.under_way += 1
        self._workers.submit(token, call)
