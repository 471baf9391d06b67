"""Why was a row handled as it was: which rule, which key? (pure)

A closed list of words, without any value of the row: for logs, for counting, and for readers of a plan.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from destination_close.model.values import value_class

ContactKey = Literal["user_id", "email"]
MatchedBy = Literal["company_id", "user_id", "email"]


class Rule(str, Enum):
    """The rule that applied to a row."""

    COMPANY_KNOWN = "company_known"
    """A lead has its Company ID."""

    LEAD_ADOPTED = "lead_adopted"
    """No lead has its Company ID, but its contact is under a lead without one."""

    COMPANY_NEW = "company_new"
    """No lead has its Company ID, and none can be adopted."""

    CONTACT_KNOWN = "contact_known"
    """It has no Company ID; contacts match."""

    NOTHING_KNOWN = "nothing_known"
    """It has no Company ID, and no contact matches."""

    INSERT = "insert"
    """Data activation: always a new object."""

    UPDATE = "update"
    """Data activation: never a new object."""


@value_class(frozen=True, slots=True)
class Why:
    """For one row through one mapping."""

    rule: Rule
    contact_by: ContactKey | None = None
    """The key that the matching contacts have; None if there are none."""

    matches: int = 0
    """How many contacts match, wherever they are."""

    lead_by_company: bool = False
    """Whether the lead was found by its Company ID rather than through its contact."""

    @property
    def matched_by(self) -> tuple[MatchedBy, ...]:
        """The keys by which something was found."""
        by_company: tuple[MatchedBy, ...] = ("company_id",) if self.lead_by_company else ()
        return (*by_company, self.contact_by) if self.contact_by else by_company

    @property
    def lead_by(self) -> MatchedBy | None:
        """The key by which the row's lead was found."""
        return "company_id" if self.lead_by_company else self.contact_by
