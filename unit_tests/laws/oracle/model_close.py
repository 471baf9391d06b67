"""What is the plainest Close that still stores as Close does?

Objects are created in strictly increasing order (`seq`). No lag, no faults, no HTTP, no ids but the objects themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Mapping[str, Any]
"""One write: keys of a lead or contact in Close (custom fields as `custom.cf_x`), and `company_id` / `user_id` for the two id fields."""

Pair = tuple[str, str]
"""Value and type of an email, phone or url."""

STATUSES = ("stat_potential", "stat_customer", "stat_lost")
"""The organization's lead statuses; the first is what a new lead gets."""

CUSTOM = "custom."


@dataclass(eq=False)
class Lead:
    seq: int
    name: str = ""
    description: str = ""
    url: str | None = None
    status_id: str = STATUSES[0]
    company_id: str | None = None
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Contact:
    seq: int
    lead: Lead
    name: str = ""
    title: str = ""
    user_id: str | None = None
    custom: dict[str, Any] = field(default_factory=dict)
    emails: list[Pair] = field(default_factory=list)
    phones: list[Pair] = field(default_factory=list)
    urls: list[Pair] = field(default_factory=list)


class Close:
    """Leads and contacts in order of creation."""

    def __init__(self) -> None:
        self.leads: list[Lead] = []
        self.contacts: list[Contact] = []

    def create_lead(self, body: Body) -> Lead:
        lead = Lead(self._next())
        self.leads.append(lead)
        self.update_lead(lead, body)
        return lead

    def create_contact(self, lead: Lead, body: Body) -> Contact:
        contact = Contact(self._next(), lead)
        self.contacts.append(contact)
        self.update_contact(contact, body)
        return contact

    def update_lead(self, lead: Lead, body: Body) -> None:
        """Keys left out are not touched."""
        for key, value in body.items():
            if key in ("name", "description"):
                setattr(lead, key, stored_text(value))
            elif key == "url":
                lead.url = stored_url(value)
            elif key == "status_id":
                lead.status_id = value or STATUSES[0]
            elif key == "company_id":
                lead.company_id = value
            else:
                _store_custom(lead.custom, key, value)

    def update_contact(self, contact: Contact, body: Body) -> None:
        """Keys left out are not touched; a list replaces the stored one whole."""
        for key, value in body.items():
            if key in ("name", "title"):
                setattr(contact, key, stored_text(value))
            elif key == "user_id":
                contact.user_id = value
            elif key == "emails":
                contact.emails = _pairs(value, "office", str.strip)
            elif key == "phones":
                contact.phones = _pairs(value, "office", stored_phone)
            elif key == "urls":
                contact.urls = _pairs(value, "url", str)
            else:
                _store_custom(contact.custom, key, value)

    def contacts_of(self, lead: Lead) -> list[Contact]:
        return [contact for contact in self.contacts if contact.lead is lead]

    def _next(self) -> int:
        return len(self.leads) + len(self.contacts) + 1


def stored_text(value: str | None) -> str:
    """A null name, title or description reads back as an empty text."""
    return value or ""


def stored_url(value: str | None) -> str | None:
    """What Close does to a url without a scheme is not known; here it gets `http://`, and `compare` sees no difference."""
    if not value:
        return None
    return value if "://" in value else "http://" + value


def stored_phone(value: str) -> str:
    """E.164, an extension kept; ten digits without `+` are read as a number of the United States."""
    number, _, extension = value.partition("x")
    digits = re.sub(r"\D", "", number)
    e164 = "+" + digits if number.strip().startswith("+") or len(digits) != 10 else "+1" + digits
    return f"{e164}x{extension}" if extension else e164


def _pairs(entries: Iterable[str | tuple[str, str | None]], default_type: str, stored: Any) -> list[Pair]:
    """Entries are values, or pairs of value and type; the type is optional."""
    pairs = [(entry, None) if isinstance(entry, str) else entry for entry in entries]
    return [(stored(value), kind or default_type) for value, kind in pairs]


def _store_custom(custom: dict[str, Any], key: str, value: Any) -> None:
    """Unset custom fields are absent."""
    name = key.removeprefix(CUSTOM)
    if key == name:
        raise KeyError(f"Close has no field {key}")
    if value is None or value == []:
        custom.pop(name, None)
    else:
        custom[name] = list(value) if isinstance(value, (list, tuple)) else value
