"""Which guard would the next call break? (pure)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from destination_close.model import Change, ConfigError, CreateContact, CreateLead, UpdateContact, UpdateLead
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
        """For the person who set the guard."""
        counted = f"{self.so_far:,} {GUARD_WORDS[self.guard][self.so_far != 1]}"
        adds = f"{self.asked:,} more"
        return (
            f"Stopped by the guard {self.guard}, which allows {self.most:,}. So far: {counted}; the next call would add {adds}. "
            "Everything written so far is kept, and all completed rows are acknowledged. Review the rest with `plan`; "
            f"if it is right, raise {self.guard} under {GUARDS_SETTING} and run the sync again; it continues from here."
        )

    def error(self) -> ConfigError:
        return ConfigError(self.message)


@dataclass(slots=True)
class Watch:
    """Counts what one run writes, and compares it with its guards."""

    guards: Guards
    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GUARD_WORDS, 0))

    def admit(self, change: Change) -> Broken | None:
        """Count the change, which is about to be sent; or return the guard that it would break, and count nothing."""
        for guard, asked in _adds(change):
            most = getattr(self.guards, guard)
            if most is not None and self.counted[guard] + asked > most:
                return Broken(guard, most, self.counted[guard], asked)
        self._count(change, 1)
        return None

    def take_back(self, change: Change) -> None:
        """The change was not carried out after all."""
        self._count(change, -1)

    def _count(self, change: Change, sign: int) -> None:
        for guard, asked in _adds(change):
            self.counted[guard] += sign * asked


def _adds(change: Change) -> Iterator[tuple[str, int]]:
    match change:
        case CreateLead(contacts=contacts):
            yield "max_new_leads", 1
            if contacts:
                yield "max_new_contacts", len(contacts)
        case CreateContact():
            yield "max_new_contacts", 1
        case UpdateLead() | UpdateContact():
            yield "max_updates", 1
