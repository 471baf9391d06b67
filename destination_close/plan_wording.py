"""How is a plan said to a person: fields, values, how something was matched, what to look at? (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_close.account import Account
from destination_close.explaining import Rule, Why
from destination_close.foreseeing import SEVERAL_CONTACTS, STATUS_OVERWRITTEN, BrokenGuard, Entry, ObjectKind, RowEnd
from destination_close.guards import WORDS
from destination_close.model import Kind, Reason, Warning
from destination_close.shapes import IdFields

STANDARD = {
    "name": "Name",
    "description": "Description",
    "url": "URL",
    "status_id": "Status",
    "title": "Title",
    "emails": "Emails",
    "phones": "Phones",
    "urls": "URLs",
}
OWN_IDS = {"lead": "Company ID", "contact": "User ID"}

KEYS = {"company_id": "Company ID", "user_id": "User ID", "email": "email"}

REASONS: Mapping[Reason, str] = {
    Reason.NO_MATCH_KEY: "it has no key, so it could never be found again",
    Reason.CONTACT_WITHOUT_KEY: "the person has no User ID and no email, and was left out",
    Reason.INVALID_VALUE: "a value does not fit its field",
    Reason.REFUSED_BY_CLOSE: "Close refused it",
    Reason.LEAD_CREATION_DISABLED: "creating leads is switched off",
    Reason.CONTACT_CREATION_DISABLED: "creating contacts is switched off",
    Reason.LEAD_UPDATE_DISABLED: "updating leads is switched off",
    Reason.CONTACT_UPDATE_DISABLED: "updating contacts is switched off",
    Reason.DUPLICATE_NOT_ALLOWED: "creating duplicate contacts is switched off",
    Reason.FILTERED: "the mapping's filter leaves it out",
    Reason.NO_MATCH: "nothing in Close carries its matching key, and an update never creates",
    Reason.DRY_RUN: "nothing is written in a dry run",
    Reason.DELETED_AT_SOURCE: "it was deleted at its source",
    Reason.VALUE_LEFT_OUT: "a value does not fit its field, and the row is done without it",
    Reason.PLACEHOLDER_KEY: "a key that is only a placeholder, such as null or n/a",
    Reason.UNKNOWN_CUSTOM_FIELD: "a custom field that Close does not have",
}
WARNINGS: Mapping[str, str] = {
    Warning.SEVERAL_LEADS.value: "Several leads in Close carry this Company ID; only one of them is meant",
    Warning.MANY_CONTACTS.value: "More than 10 contacts match; only the 10 oldest are updated",
    Warning.UNLIKE_CONTACT.value: "The contact with this User ID has another name and email: perhaps the ids of two systems are mixed",
    SEVERAL_CONTACTS: "Several contacts in Close match",
    STATUS_OVERWRITTEN: "The status that the lead has is overwritten",
}


class Labels:
    """Names for the fields and values of one account."""

    def __init__(self, account: Account, ids: IdFields) -> None:
        self._fields: dict[tuple[str, str], str] = {}
        for kind, fields in (("lead", account.lead_fields), ("contact", account.contact_fields)):
            self._fields.update({(kind, field.key): field.name or field.id for field in fields})
        for kind, own in (("lead", ids.company), ("contact", ids.user)):
            self._fields[kind, f"custom.{own}"] = OWN_IDS[kind]
        self._statuses = {status.id: status.label for status in account.statuses}
        self._users = {user.id: user.name or user.email for user in account.users or ()}

    def field(self, kind: ObjectKind, key: str) -> str:
        """What a person calls the field."""
        return STANDARD.get(key) or self._fields.get((kind, key)) or key

    def value(self, key: str, value: Any) -> Any:
        """The value, with labels for ids."""
        if isinstance(value, list):
            return [self.value(key, one) for one in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if not isinstance(value, str):
            return value
        return self._statuses.get(value, value) if key == "status_id" else self._users.get(value, value)


# --- how it was found ------------------------------------------------------------------------------------------------


def how(entry: Entry) -> str:
    """How the object was matched, or why it is new."""
    if entry.why is None:
        return ""
    if entry.created:
        return _why_new_lead(entry.why) if entry.kind == "lead" else _why_new_contact(entry.why)
    return _lead_found(entry, entry.why) if entry.kind == "lead" else _contact_found(entry, entry.why)


def _why_new_lead(why: Why) -> str:
    match why.rule:
        case Rule.COMPANY_NEW:
            return "new: no lead has this Company ID" + (_elsewhere(why) if why.matches else "")
        case Rule.INSERT:
            return "new: an insert always creates"
        case _:
            return "new: nothing in Close matches"


def _why_new_contact(why: Why) -> str:
    match why.rule:
        case Rule.COMPANY_KNOWN:
            return "new, under the lead with this Company ID" + (_elsewhere(why) if why.matches else "")
        case Rule.INSERT:
            return "new: an insert always creates"
        case _:
            return "new, together with its lead"


def _elsewhere(why: Why) -> str:
    contacts = "1 contact matches" if why.matches == 1 else f"{why.matches} contacts match"
    return f"; {contacts} by {KEYS[why.contact_by or 'email']}, but under another company"


def _lead_found(entry: Entry, why: Why) -> str:
    if why.lead_by_company:
        return "by Company ID"
    found = f"by its contact's {KEYS[why.contact_by]}" if why.contact_by else "by its contact"
    return f"{found}; lead adopted: it had no Company ID" if entry.stamped else found


def _contact_found(entry: Entry, why: Why) -> str:
    found = f"by {KEYS[why.contact_by]}" if why.contact_by else "by its key"
    return f"{found}; it had no User ID" if entry.stamped else found


# --- what to look at -------------------------------------------------------------------------------------------------


def to_look_at(entry: Entry) -> list[str]:
    """What a person should know before saying yes to the change."""
    left_out = [f"Left out: {REASONS[reason]}" for reason in entry.left_out]
    return [*(WARNINGS[warning] for warning in entry.warnings), *left_out]


def why_not(row: RowEnd) -> str:
    """Why the row changes nothing."""
    if row.kind is Kind.UNCHANGED:
        left_out = "; ".join(REASONS[reason] for reason in row.left_out)
        return "Close holds all of it already" + (f"; left out: {left_out}" if left_out else "")
    reason = REASONS[row.reason] if row.reason else ""
    if row.kind is Kind.REJECTED and row.message:
        return f"{row.field}: {row.message}" if row.field else row.message
    return reason


def guard_broken(broken: BrokenGuard) -> str:
    """What a guard means for the run."""
    planned = f"{broken.planned:,} {WORDS[broken.guard][broken.planned != 1]}"
    return f"The guard {broken.guard} allows {broken.most:,}, and this makes {planned}: the sync would stop there"
