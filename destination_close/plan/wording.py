"""How is a plan put into words: fields, values, how something was matched, what to look at? (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_close.model import LEAD, OBJECT_TYPES, Account, IdFields, Kind, ObjectType, Rule, Warning, Why
from destination_close.plan.plan import SEVERAL_CONTACTS, STATUS_OVERWRITTEN, BrokenGuard, Entry, RowEnd
from destination_close.settings import GUARD_WORDS

KEYS = {"company_id": "Company ID", "user_id": "User ID", "email": "email"}

WARNINGS: Mapping[str, str] = {
    **{warning.value: warning.words for warning in Warning},
    SEVERAL_CONTACTS: "Several contacts in Close match",
    STATUS_OVERWRITTEN: "The lead's current status is overwritten",
}


NO_ROWS = "No rows came, so there is nothing to plan."


class Labels:
    """Names for the fields and values of one account."""

    def __init__(self, account: Account, ids: IdFields) -> None:
        self._fields: dict[tuple[ObjectType, str], str] = {}
        for one in OBJECT_TYPES:
            self._fields.update({(one, each.key): each.label for each in one.standard})
            self._fields.update({(one, custom.key): custom.name or custom.id for custom in account.fields_of(one)})
            if key := ids.keys.get(one):
                self._fields[one, key] = one.own_id.label
        self._statuses = {status.id: status.label for status in account.statuses}
        self._users = {user.id: user.name or user.email for user in account.users or ()}

    def field(self, object_type: ObjectType, key: str) -> str:
        """What a person calls the field."""
        return self._fields.get((object_type, key), key)

    def value(self, key: str, value: Any) -> Any:
        """The value, with labels in place of ids."""
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
        return _why_new_lead(entry.why) if entry.type is LEAD else _why_new_contact(entry.why)
    return _lead_found(entry, entry.why) if entry.type is LEAD else _contact_found(entry, entry.why)


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
    """What a person should know before approving the change."""
    left_out = [f"Left out: {reason.words}" for reason in entry.left_out]
    return [*(WARNINGS[warning] for warning in entry.warnings), *left_out]


def why_not(row: RowEnd) -> str:
    """Why the row changes nothing."""
    if row.kind is Kind.UNCHANGED:
        left_out = "; ".join(reason.words for reason in row.left_out)
        return "Close already has all of it" + (f"; left out: {left_out}" if left_out else "")
    reason = row.reason.words if row.reason else ""
    if row.kind is Kind.REJECTED and row.message:
        return f"{row.field}: {row.message}" if row.field else row.message
    return reason


def guard_broken(broken: BrokenGuard) -> str:
    """What a guard means for the run."""
    planned = f"{broken.planned:,} {GUARD_WORDS[broken.guard][broken.planned != 1]}"
    return f"The guard {broken.guard} allows {broken.most:,}, and this plan makes {planned}: the sync would stop there"
