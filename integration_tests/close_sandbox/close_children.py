"""What can a test see of, and do directly to, opportunities, tasks, activities and custom objects?"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from integration_tests.close_sandbox.api import Asked
from integration_tests.close_sandbox.bodies import Doc, Reader
from integration_tests.close_sandbox.clock import iso
from integration_tests.close_sandbox.core import Core
from integration_tests.close_sandbox.custom_types import PREFIXES, OfWhat, new_type
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.pipelines import FIRST_STATUSES
from integration_tests.close_sandbox.world import Cause


class ChildDoings(Core):
    """A part of `Close`. A kind is named as events and searches name it: `opportunity`, `activity.note` …"""

    def _doing(self, settled: bool) -> AbstractContextManager[tuple[float, Cause]]:
        raise NotImplementedError

    # --- looking -----------------------------------------------------------------------------------------------------

    def children(self, kind: str, lead_id: str | None = None) -> dict[str, Doc]:
        """Every object of a kind by id, of one lead or of all, as a GET by id answers, oldest first."""
        with self.lock:
            self._carry_out_late(self.clock())
            found = self.world.tables[kind].values() if lead_id is None else self.world.children_of(kind, lead_id)
            return {doc["id"]: self._child_answer(kind, doc) for doc in found}

    def child(self, child_id: str) -> Doc:
        """Raises KeyError."""
        with self.lock:
            self._carry_out_late(self.clock())
            kind = self.world.type_of(child_id)
            return self._child_answer(kind, self.world.tables[kind][child_id])

    def _child_answer(self, kind: str, doc: Doc) -> Doc:
        return copy.deepcopy(self._api.children.answers(self.settings).child(kind, doc))

    # --- what somebody else does -------------------------------------------------------------------------------------

    def add_child(self, kind: str, lead_id: str, fields: Mapping[str, Any] | None = None, /, *, settled: bool = True, **more: Any) -> Doc:
        """An object that is there already, made with the body of a POST; `settled` makes it searchable at once."""
        with self._doing(settled) as (now, cause):
            changes = self._api.children.read(KINDS[kind], self._told({**(fields or {}), **more, "lead_id": lead_id}, now, cause), None)
            return self._child_answer(kind, self.world.create_child(KINDS[kind], changes, now, cause))

    def edit_child(self, child_id: str, changes: Mapping[str, Any], *, settled: bool = False) -> Doc:
        """A colleague changes it, with the body of a PUT."""
        with self._doing(settled) as (now, cause):
            kind = self.world.type_of(child_id)
            wanted = self._api.children.read(KINDS[kind], self._told(dict(changes), now, cause), self.world.tables[kind][child_id])
            return self._child_answer(kind, self.world.update(kind, child_id, wanted, now, cause, even_if_same=False))

    def _told(self, body: Any, now: float, cause: Cause) -> Asked:
        asked = Asked("POST", (), {}, body, now, cause, self.settings)
        asked.reader = Reader(self._organization, self.settings, None)
        return asked

    def unsubscribe(self, email: str) -> None:
        """Somebody clicked the link in an email."""
        with self.lock:
            known = {"email": email, "organization_id": self._organization.id, "created_by": None, "date_created": iso(self.clock())}
            self._organization.unsubscribed.setdefault(email.lower(), known)

    # --- the organization --------------------------------------------------------------------------------------------

    def add_pipeline(self, name: str, statuses: Iterable[tuple[str, str]] = FIRST_STATUSES, *, id: str | None = None) -> str:
        """With statuses as pairs of label and type: active, won, lost."""
        with self.lock:
            return self._organization.pipelines.add(name, statuses, id)

    def add_opportunity_status(self, label: str, type: str = "active", *, pipeline_id: str | None = None, id: str | None = None) -> str:
        """Of the first pipeline, unless another is named."""
        with self.lock:
            pipelines = self._organization.pipelines
            return pipelines.add_status(pipeline_id or next(iter(pipelines.names)), label, type, id)

    def add_activity_type(self, name: str, *, id: str | None = None, roles: Iterable[str] = (), **more: Any) -> str:
        """`more` as in a POST: description, api_create_only, is_archived. Its custom fields belong to `activity/<the id>`."""
        return self._add_type("activity", {"name": name, **more}, id, roles)

    def add_object_type(self, name: str, *, id: str | None = None, roles: Iterable[str] = (), **more: Any) -> str:
        """Its custom fields belong to `custom_object/<the id>`."""
        return self._add_type("custom_object", {"name": name, **more}, id, roles)

    def _add_type(self, of: OfWhat, told: Mapping[str, Any], type_id: str | None, roles: Iterable[str]) -> str:
        with self.lock:
            made = new_type(of, told, type_id or self._organization.pipelines.ids.new(PREFIXES[of]), iso(self.clock()), roles)
            self._organization.types[made.id] = made
            return made.id

    def archive_type(self, type_id: str) -> None:
        with self.lock:
            self._organization.types[type_id] = replace(self._organization.types[type_id], is_archived=True)
