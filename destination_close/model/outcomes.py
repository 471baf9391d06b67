"""What becomes of a row: outcome, reason, warning, rejection?"""

from __future__ import annotations

from enum import Enum

from destination_close.model.rows import Draft, Row
from destination_close.model.values import value_class


@value_class(frozen=True, slots=True)
class Work:
    """One row on its way to its outcome, through every mapping of its stream."""

    row: Row
    drafts: tuple[Draft, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    """One per mapping that could not make a draft from it."""

    skipped: tuple[Reason, ...] = ()
    """One per mapping that excludes it, such as `filtered`."""


class Reason(str, Enum):
    """Why a row was rejected, skipped or done in part: a closed list, so that reasons can be counted and searched."""

    NO_MATCH_KEY = "no_match_key"
    CONTACT_WITHOUT_KEY = "contact_without_key"
    INVALID_VALUE = "invalid_value"
    REFUSED_BY_CLOSE = "refused_by_close"
    LEAD_CREATION_DISABLED = "lead_creation_disabled"
    CONTACT_CREATION_DISABLED = "contact_creation_disabled"
    LEAD_UPDATE_DISABLED = "lead_update_disabled"
    CONTACT_UPDATE_DISABLED = "contact_update_disabled"
    DUPLICATE_NOT_ALLOWED = "duplicate_not_allowed"
    FILTERED = "filtered"
    NO_MATCH = "no_match"
    DRY_RUN = "dry_run"
    DELETED_AT_SOURCE = "deleted_at_source"


class Warning(str, Enum):
    """What a person should look at in Close, although the rows were done by the rules."""

    SEVERAL_LEADS = "several_leads_carry_the_company_id"
    MANY_CONTACTS = "more_than_10_contacts_match"


@value_class(frozen=True, slots=True)
class Rejection:
    """Why a row, or one object it touches, was refused: a value that any stage may return."""

    row: Row
    reason: Reason
    field: str | None
    """The mapping's field (`contact_email`), or Close's own path (`custom.cf_x`) when Close refused."""

    message: str
    """What would be accepted, for the log: never a value of the row."""

    detail: str | None = None
    """Close's own words. They may repeat values of the row: not for logs."""

    object_id: str | None = None


class Kind(str, Enum):
    """How a row ended."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REJECTED = "rejected"


@value_class(frozen=True, slots=True)
class Outcome:
    """The final result of one row."""

    row: Row
    kind: Kind
    reason: Reason | None = None
    rejections: tuple[Rejection, ...] = ()
    notes: tuple[Reason, ...] = ()
    """What was left out of a row that was otherwise done: `contact_without_key`, or a switch."""

    warnings: tuple[Warning, ...] = ()
