"""What does Close show of a stored lead or contact?"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.searchable import contact_name, lead_name
from integration_tests.close_sandbox.settings import Settings

ContactsOf = Callable[[str], list[Doc]]
Fields = frozenset[str]


class Renderer:
    """Answers of one organization; `contacts_of` says whether they come from the database or from the index."""

    def __init__(self, organization: Organization, settings: Settings, contacts_of: ContactsOf, rng: random.Random) -> None:
        self._organization = organization
        self._settings = settings
        self._contacts_of = contacts_of
        self._rng = rng

    def contact(self, doc: Doc, fields: Fields | None = None) -> Doc:
        shown = {
            **doc,
            "organization_id": self._organization.id,
            "display_name": contact_name(doc),
            "integration_links": [{"name": "LinkedIn Search", "url": "https://www.linkedin.com/search/"}],
        }
        return self._shuffled(_only(shown, fields))

    def lead(self, doc: Doc, fields: Fields | None = None, contact_fields: Fields | None = None) -> Doc:
        users = self._organization.users
        shown: Doc = {
            **doc,
            "organization_id": self._organization.id,
            "display_name": lead_name(doc),
            "status_label": self._organization.statuses.get(doc["status_id"], ""),
            "html_url": f"https://app.close.com/lead/{doc['id']}/",
            "opportunities": [],
            "tasks": [],
            "integration_links": [],
            "created_by_name": users[doc["created_by"]].name if doc["created_by"] in users else None,
            "updated_by_name": users[doc["updated_by"]].name if doc["updated_by"] in users else None,
        }
        if self._settings.contact_ids and _wants(fields, "contact_ids"):
            shown["contact_ids"] = [contact["id"] for contact in self._contacts_of(doc["id"])]
        if self._settings.nested_contacts and _wants(fields, "contacts"):
            shown["contacts"] = [self.contact(contact, contact_fields) for contact in self._contacts_of(doc["id"])]
            if self._settings.shuffle_answers:
                self._rng.shuffle(shown["contacts"])
        return self._shuffled(_only(shown, fields))

    def hit(self, object_type: str, doc: Doc, lead_fields: Fields, contact_fields: Fields) -> Doc:
        """One object found by search: its type, its id, and what was asked for."""
        if object_type == "lead":
            found = self.lead(doc, lead_fields | {"id"}, contact_fields | {"id"})
        else:
            always = {"id", "lead_id"} if contact_fields and self._settings.search_adds_lead_id else {"id"}
            found = self.contact(doc, contact_fields | always)
        return self._shuffled({"__object_type": object_type, **found})

    def _shuffled(self, shown: Doc) -> Doc:
        if not self._settings.shuffle_answers:
            return shown
        keys = list(shown)
        self._rng.shuffle(keys)
        return {key: shown[key] for key in keys}


def fields_of(told: Iterable[Any]) -> Fields:
    return frozenset(name.strip() for name in told if isinstance(name, str) and name.strip())


def _wants(fields: Fields | None, name: str) -> bool:
    return fields is None or name in fields


def _only(shown: Doc, fields: Fields | None) -> Doc:
    if fields is None:
        return shown
    if "custom" in fields or "_all" in fields:
        return {key: value for key, value in shown.items() if key in fields or key.startswith("custom.")}
    return {key: shown[key] for key in fields if key in shown}
