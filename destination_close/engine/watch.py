"""Which guard would the next call break? (pure)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from destination_close.model import Change, ConfigError, Create
from destination_close.settings import GUARD_WORDS, GUARDS_SETTING, Guards


@dataclass(frozen=True, slots=True)
class Broken:
    """The guard that one more call would break."""

    guard: str
    most: int
    so_far: int
    asked: int
    """What the call would add."""

    @property
    def message(self) -> str:
        """For whoever set the guard."""
        counted = f"{self.so_far:,} {GUARD_WORDS[self.guard][self.so_far != 1]}"
        adds = f"{self.asked:,} more"
        return (
            f"The guard {self.guard} stopped the sync before a call that would have made {adds}: it allows {self.most:,}, "
            f"and there are {counted} so far. What was written stays, and was acknowledged as far as whole rows are done. Look at a plan "
            f"of the rows; if they are right, raise {self.guard} under {GUARDS_SETTING} and run the sync again: it goes on from there."
        )

    def error(self) -> ConfigError:
        return ConfigError(self.message)


@dataclass(slots=True)
class Watch:
    """Counts what one run writes, against its guards."""

    guards: Guards
    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GUARD_WORDS, 0))

    def admit(self, change: Change) -> Broken | None:
        """Count the change, which is about to be sent; or say which guard it would break, and count nothing."""
        for guard, asked in _adds(change).items():
            most = getattr(self.guards, guard)
            if most is not None and self.counted[guard] + asked > most:
                return Broken(guard, most, self.counted[guard], asked)
        self._count(change, 1)
        return None

    def take_back(self, change: Change) -> None:
        """The change was not carried out after all."""
        self._count(change, -1)

    def _count(self, change: Change, sign: int) -> None:
        for guard, asked in _adds(change).items():
            self.counted[guard] += sign * asked


def _adds(change: Change) -> Mapping[str, int]:
    """By guard, how many more the change makes."""
    return Counter(one.type.guard for one in change.objects) if isinstance(change, Create) else {"max_updates": 1}
