"""How much does the user let one run write? (pure)"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol, TypeVar

SETTING = "guards"

MOST = 2_000_000_000
"""The highest limit that can be set."""

S = TypeVar("S", bound="Section")


@dataclass(frozen=True, slots=True)
class Guards:
    """The limits; None: any number."""

    max_new_leads: int | None = None
    max_new_contacts: int | None = None
    max_updates: int | None = None
    """Of calls that change a lead or contact that exists."""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) is not None for one in fields(self))


NO_GUARDS = Guards()

WORDS = {
    "max_new_leads": ("new lead", "new leads"),
    "max_new_contacts": ("new contact", "new contacts"),
    "max_updates": ("update", "updates"),
}
"""What each guard counts, one and several of it."""


class Section(Protocol):
    """One object of the settings, see `config`."""

    def section(self: S, name: str) -> S | None: ...

    def limit(self, name: str, most: int) -> int | None: ...


def read(top: Section) -> Guards:
    """What the settings say."""
    section = top.section(SETTING)
    return NO_GUARDS if section is None else Guards(**{name: section.limit(name, MOST) for name in WORDS})
