"""How much does the user let one run write? (pure)"""

from __future__ import annotations

from dataclasses import dataclass, fields

from destination_close.settings.section import Section

GUARDS_SETTING = "guards"

MOST = 2_000_000_000
"""The highest limit that can be set."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The limits; None: no limit."""

    max_new_leads: int | None = None
    max_new_contacts: int | None = None
    max_updates: int | None = None
    """Counts calls that change an existing lead or contact."""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) is not None for one in fields(self))


NO_GUARDS = Guards()

GUARD_WORDS = {
    "max_new_leads": ("new lead", "new leads"),
    "max_new_contacts": ("new contact", "new contacts"),
    "max_updates": ("update", "updates"),
}
"""What each guard counts, in the singular and the plural."""


def read_guards(top: Section) -> Guards:
    """What the settings say."""
    section = top.section(GUARDS_SETTING)
    return NO_GUARDS if section is None else Guards(**{name: section.limit(name, MOST) for name in GUARD_WORDS})
