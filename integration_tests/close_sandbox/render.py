"""What does Close show of a stored lead or contact?"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.child_answers import ChildAnswers
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.searchable import contact_name, lead_name
from integration_tests.close_sandbox.settings import Settings

ContactsOf = Callable[[str], list[Doc]]
Fields = frozenset[str]
_ID: Fields = frozenset(("id",))
Extras = Mapping[str, Callable[[Doc], Any]]
"""Keys that are not stored but made when an object is read."""


class Renderer:
    """Answers of one organization; `contacts_of` says whether they come from the database or from the index."""

    def __init__(
        self, organization: Organization, settings: Settings, contacts_of: ContactsOf, rng: random.Random, below: ChildAnswers
    ) -> None:
        self._organization = organization
        self._settings = settings
        self._contacts_of = contacts_of
        self._rng = rng
        self._below = below
        self._contact_extras: Extras = {
            "organization_id": lambda _: organization.id,
            "display_name": contact_name,
            "integration_links": _linkedin,
        }
        self._lead_extras: Extras = {
            "organization_id": lambda _: organization.id,
            "display_name": lead_name,
            "status_label": lambda doc: organization.statuses.get(doc["status_id"], ""),
            "html_url": lambda doc: f"https://app.close.com/lead/{doc['id']}/",
            "opportunities": lambda doc: below.opportunities_of(doc["id"]),
            "tasks": lambda doc: below.open_tasks_of(doc["id"]),
            "integration_links": _google,
            "created_by_name": lambda doc: self._user_name(doc["created_by"]),
            "updated_by_name": lambda doc: self._user_name(doc["updated_by"]),
        }

    def contact(self, doc: Doc, fields: Fields | None = None) -> Doc:
        return self._shuffled(self._with_consent(_shown(self._organization.current(doc), fields, self._contact_extras)))

    def _with_consent(self, shown: Doc) -> Doc:
        """Whether an address is unsubscribed is known of the address, not of the contact."""
        gone = self._organization.unsubscribed
        if not gone or not shown.get("emails"):
            return shown
        return {**shown, "emails": [{**one, "is_unsubscribed": one["email"].lower() in gone} for one in shown["emails"]]}

    def lead(self, doc: Doc, fields: Fields | None = None, contact_fields: Fields | None = None) -> Doc:
        extras = self._lead_extras
        if self._settings.contact_ids:
            extras = {**extras, "contact_ids": self._contact_ids}
        if self._settings.nested_contacts:
            extras = {**extras, "contacts": lambda lead: self._nested(lead, contact_fields)}
        if fields is None:
            extras = {**extras, "custom": self._by_name}
        return self._shuffled(_shown(self._organization.current(doc), fields, extras))

    def _by_name(self, lead: Doc) -> Doc:
        """The deprecated map of custom values, which only whole leads have."""
        fields = self._organization.fields
        return {fields[key[7:]].name: value for key, value in lead.items() if key.startswith("custom.") and key[7:] in fields}

    def _contact_ids(self, lead: Doc) -> list[str]:
        return [contact["id"] for contact in self._contacts_of(lead["id"])]

    def _nested(self, lead: Doc, fields: Fields | None) -> list[Doc]:
        contacts = [self.contact(contact, fields) for contact in self._contacts_of(lead["id"])]
        if self._settings.shuffle_answers:
            self._rng.shuffle(contacts)
        return contacts

    def _user_name(self, user_id: str) -> str | None:
        user = self._organization.users.get(user_id)
        return user.name if user else None

    def child_hit(self, kind: str, doc: Doc, fields: Fields) -> Doc:
        """One object below leads, found by search."""
        return self._shuffled({"__object_type": kind, **self._below.hit(kind, doc, fields)})

    def hit(self, object_type: str, doc: Doc, lead_fields: Fields, contact_fields: Fields) -> Doc:
        """One object found by search: its type, its id, and what was asked for."""
        if object_type == "lead":
            found = self._lead_hit(doc, lead_fields, contact_fields)
        else:
            always = {"id", "lead_id"} if contact_fields and self._settings.search_adds_lead_id else {"id"}
            found = self.contact(doc, contact_fields | always)
        return self._shuffled({"__object_type": object_type, **found})

    def _lead_hit(self, doc: Doc, fields: Fields, contact_fields: Fields) -> Doc:
        nested = self._settings.nested_contact_fields
        if nested == "absent":
            fields -= {"contacts"}
        if self._settings.lead_custom_fields == "absent":
            fields = _without_custom(fields)
        # five codes in production read emails of nested contacts without asking for them
        whole = nested == "whole" or (nested != "id" and not contact_fields)
        found = self.lead(doc, fields | _ID, None if whole else _ID if nested == "id" else contact_fields | _ID)
        if nested == "no_custom" and "contacts" in found:
            found["contacts"] = [{key: value for key, value in contact.items() if not _is_custom(key)} for contact in found["contacts"]]
        return found

    def _shuffled(self, shown: Doc) -> Doc:
        if not self._settings.shuffle_answers:
            return shown
        keys = list(shown)
        self._rng.shuffle(keys)
        return {key: shown[key] for key in keys}


def _is_custom(name: str) -> bool:
    return name == "custom" or name.startswith("custom.")


def _without_custom(fields: Fields) -> Fields:
    return frozenset(name for name in fields if not _is_custom(name))


def fields_of(told: Iterable[Any]) -> Fields:
    return frozenset(name.strip() for name in told if isinstance(name, str) and name.strip())


def _google(lead: Doc) -> list[Doc]:
    """A link that every organization has from the start."""
    return [{"name": "Google Search", "url": f"https://google.com/search?q={quote(lead_name(lead))}"}]


def _linkedin(contact: Doc) -> list[Doc]:
    found = f"https://www.linkedin.com/search/results/people/?keywords={quote(contact['name'])}"
    return [{"name": "LinkedIn Search", "url": found if contact["name"] else ""}]


def _shown(doc: Doc, fields: Fields | None, extras: Extras) -> Doc:
    """The stored keys and those made on reading: all of them, or only `fields`."""
    if fields is None:
        return {**doc, **{key: made(doc) for key, made in extras.items()}}
    shown = {}
    for key in fields:
        if key in doc:
            shown[key] = doc[key]
        elif key in extras:
            shown[key] = extras[key](doc)
    if "custom" in fields:
        shown.update((key, value) for key, value in doc.items() if key.startswith("custom."))
    return shown
