"""What becomes of a row: outcome, reason, warning, rejection?"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

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


class _Coded(str, Enum):
    """A closed list of codes, each with words for a person beside it."""

    words: str

    def __new__(cls, code: str, words: str) -> _Coded:
        member = str.__new__(cls, code)
        member._value_ = code
        member.words = words
        return member


class Reason(_Coded):
    """Why a row was rejected, skipped or done in part: a closed list, so that reasons can be counted and searched."""

    NO_MATCH_KEY = "no_match_key", "it has no key, so it could never be found again"
    CONTACT_WITHOUT_KEY = "contact_without_key", "the person has neither User ID nor email and was left out"
    INVALID_VALUE = "invalid_value", "a value does not fit its field"
    REFUSED_BY_CLOSE = "refused_by_close", "Close refused it"
    LEAD_CREATION_DISABLED = "lead_creation_disabled", "creating leads is switched off"
    CONTACT_CREATION_DISABLED = "contact_creation_disabled", "creating contacts is switched off"
    LEAD_UPDATE_DISABLED = "lead_update_disabled", "updating leads is switched off"
    CONTACT_UPDATE_DISABLED = "contact_update_disabled", "updating contacts is switched off"
    DUPLICATE_NOT_ALLOWED = "duplicate_not_allowed", "creating duplicate contacts is switched off"
    FILTERED = "filtered", "the mapping's filter excludes it"
    NO_MATCH = "no_match", "nothing in Close has its matching key, and an update never creates anything"
    DRY_RUN = "dry_run", "nothing is written in a dry run"
    DELETED_AT_SOURCE = "deleted_at_source", "it was deleted at its source"
    VALUE_LEFT_OUT = "value_left_out", "a value that does not fit its field was left out"
    PLACEHOLDER_KEY = "placeholder_key", "a key is only a placeholder, such as null or n/a"
    UNKNOWN_CUSTOM_FIELD = "unknown_custom_field", "Close has no such custom field"


class Warning(_Coded):
    """What a person should look at in Close, although the rows were done by the rules."""

    SEVERAL_LEADS = "several_leads_carry_the_company_id", "Several leads in Close have this Company ID; only one of them is used"
    MANY_CONTACTS = "more_than_10_contacts_match", "More than 10 contacts match; only the 10 oldest are updated"
    UNLIKE_CONTACT = (
        "unlike_contact",
        "The contact with this User ID has a different name and email; the IDs of two systems may have been mixed up",
    )


class Remark(NamedTuple):
    """Something to report about one value of a row."""

    reason: Reason
    """Such as `value_left_out`."""

    field: str
    """The mapping's field (`contact_phone`)."""

    key: str
    """In Close; empty if Close has no such field."""

    message: str
    """What would be accepted, for the log: never a value of the row."""


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
    remarks: tuple[Remark, ...] = ()
    """On values of a row that became no draft."""


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
    remarks: tuple[Remark, ...] = ()
    """On values of the row; `notes` holds only their reasons."""
