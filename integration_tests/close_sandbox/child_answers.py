"""What does Close show of a stored opportunity, task, activity or custom object?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.opportunities import worth
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.searchable import contact_name, lead_name
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.tasks import view

Tables = Mapping[str, Mapping[str, Doc]]
ChildrenOf = Callable[[str, str], list[Doc]]
"""Of a kind and a lead."""


class ChildAnswers:
    """Answers of one organization; `tables` and `children_of` say whether they come from the database or from the index."""

    def __init__(self, organization: Organization, settings: Settings, tables: Tables, children_of: ChildrenOf, today: str) -> None:
        self._organization = organization
        self._settings = settings
        self._tables = tables
        self._children_of = children_of
        self._today = today

    def child(self, kind: str, doc: Doc) -> Doc:
        """The whole of it."""
        shown = {
            **self._organization.current(doc),
            "organization_id": self._organization.id,
            "created_by_name": self._user_name(doc["created_by"]),
            "updated_by_name": self._user_name(doc["updated_by"]),
        }
        match kind:
            case "opportunity":
                shown |= self._opportunity(doc)
            case "task":
                shown |= self._task(doc)
            case "custom_object":
                pass
            case _:
                shown |= self._activity(kind, doc)
        return shown

    def hit(self, kind: str, doc: Doc, fields: frozenset[str]) -> Doc:
        """Found by search: its id and what was asked for."""
        shown = self.child(kind, doc)
        whole = "custom" in fields and self._settings.custom_in_child_fields
        wanted = fields | {"id"}
        return {key: value for key, value in shown.items() if key in wanted or (whole and key.startswith("custom."))}

    # --- below a lead ------------------------------------------------------------------------------------------------

    def opportunities_of(self, lead_id: str) -> list[Doc]:
        return [self.child("opportunity", doc) for doc in self._children_of("opportunity", lead_id)]

    def open_tasks_of(self, lead_id: str) -> list[Doc]:
        return [self.child("task", doc) for doc in self._children_of("task", lead_id) if not doc["is_complete"]]

    def creation_of(self, lead: Doc) -> Doc:
        """The line that Close writes first of all into every timeline; it is not stored, since the lead tells it all."""
        return {
            **{key: lead[key] for key in ("date_created", "created_by", "updated_by")},
            "id": f"acti_{lead['id'].partition('_')[2][::-1]}",
            "lead_id": lead["id"],
            "_type": "Created",
            "activity_at": lead["date_created"],
            "date_updated": lead["date_created"],
            "contact_id": None,
            "user_id": lead["created_by"],
            "user_name": self._user_name(lead["created_by"]),
            "created_by_name": self._user_name(lead["created_by"]),
            "updated_by_name": self._user_name(lead["updated_by"]),
            "organization_id": self._organization.id,
            "users": [],
            "source": "API",
        }

    # --- kinds -------------------------------------------------------------------------------------------------------

    def _opportunity(self, doc: Doc) -> Doc:
        pipelines = self._organization.pipelines
        status = pipelines.statuses.get(doc["status_id"])
        label = status.label if status else ""
        return {
            **worth(doc, self._settings.value_currency),
            "lead_name": self._lead_name(doc),
            "contact_name": self._contact_name(doc["contact_id"]),
            "user_name": self._user_name(doc["user_id"]),
            "pipeline_name": pipelines.names.get(doc["pipeline_id"]),
            "status_label": label,
            "status_display_name": label,
            "status_type": status.type if status else "active",
            "integration_links": [],
            "is_stalled": False,
        }

    def _task(self, doc: Doc) -> Doc:
        return {
            "lead_name": self._lead_name(doc),
            "contact_name": self._contact_name(doc["contact_id"]),
            "assigned_to_name": self._user_name(doc["assigned_to"]),
            "due_date": None if doc["is_dateless"] else doc["date"],
            "view": view(doc, self._today),
        }

    def _activity(self, kind: str, doc: Doc) -> Doc:
        shown = {"_type": KINDS[kind].called, "user_name": self._user_name(doc["user_id"]), "users": []}
        if "old_status_id" in doc:
            shown |= {f"{age}_status_{key}": value for age in ("old", "new") for key, value in self._status(kind, doc[f"{age}_status_id"])}
        if "pinned" in doc:
            shown |= {"mentions": [], "source": "API"}
        return shown

    def _status(self, kind: str, status_id: str) -> list[tuple[str, Any]]:
        if kind == "activity.lead_status_change":
            return [("label", self._organization.statuses.get(status_id, ""))]
        found = self._organization.pipelines.statuses.get(status_id)
        return [("label", found.label if found else ""), ("type", found.type if found else None)]

    # --- names -------------------------------------------------------------------------------------------------------

    def _user_name(self, user_id: str | None) -> str | None:
        user = self._organization.users.get(user_id or "")
        return user.name if user else None

    def _lead_name(self, doc: Doc) -> str | None:
        lead = self._tables["lead"].get(doc["lead_id"])
        return lead_name(lead) if lead else None

    def _contact_name(self, contact_id: str | None) -> str | None:
        contact = self._tables["contact"].get(contact_id or "")
        return contact_name(contact) if contact else None
