"""Which endpoint is meant, and what does it do and answer?"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integration_tests.close_sandbox import rights
from integration_tests.close_sandbox.bodies import Doc, Reader
from integration_tests.close_sandbox.children_api import ChildrenApi
from integration_tests.close_sandbox.clock import Clock, iso_of_micros
from integration_tests.close_sandbox.custom_field_api import CustomFieldApi, just_written
from integration_tests.close_sandbox.events import EventLog
from integration_tests.close_sandbox.index import Index
from integration_tests.close_sandbox.old_query import OldQuery
from integration_tests.close_sandbox.organization import CustomField, Organization, User, check_field_definition
from integration_tests.close_sandbox.paging import page as _page
from integration_tests.close_sandbox.problems import Problem, invalid, missing, no_such_url, not_allowed, plan_limit
from integration_tests.close_sandbox.render import Fields, Renderer, fields_of
from integration_tests.close_sandbox.replica import Replica
from integration_tests.close_sandbox.search import Search
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.types_api import TypesApi
from integration_tests.close_sandbox.world import Cause, ObjectType, World

_MANY = 1000
"""The `_limit` that Airbyte's source asks for of users and custom fields."""


@dataclass(slots=True)
class Asked:
    """A request, understood as far as every endpoint needs it."""

    method: str
    parts: tuple[str, ...]
    """The path without its slashes."""

    query: Mapping[str, str]
    body: Any
    now: float
    cause: Cause
    settings: Settings
    tz_offset: float = 0.0
    written: str | None = None
    """The object that was created, changed or deleted."""

    status: int = 200
    """Of the answer, when all is well."""

    reader: Reader = field(init=False)

    @property
    def id(self) -> str:
        return self.parts[-1]

    @property
    def fields(self) -> Fields | None:
        return fields_of(self.query["_fields"].split(",")) if self.query.get("_fields") else None


Handler = Callable[[Asked], Any]


class Api:
    """The endpoints of one Close."""

    def __init__(
        self,
        world: World,
        replica: Replica,
        organization: Organization,
        index: Index,
        search: Search,
        events: EventLog,
        rng: random.Random,
        clock: Clock,
    ) -> None:
        self._world = world
        self._replica = replica
        self._organization = organization
        self._index = index
        self._search = search
        self._events = events
        self._rng = rng
        self._fields = CustomFieldApi(organization)
        self._stale: dict[str, Doc] = {}
        self.children = ChildrenApi(world, organization, clock, replica)
        types = TypesApi(organization, self._fields)
        self._routes: Sequence[tuple[tuple[str, ...], Mapping[str, Handler]]] = (
            *types.routes,
            (("data", "search"), {"POST": self._find}),
            (("lead",), {"GET": self._list_leads, "POST": self._create_lead}),
            (("lead", "merge"), {"POST": self._merge}),
            (("lead", "*"), {"GET": self._get_lead, "PUT": self._update_lead, "DELETE": self._delete_lead}),
            (("contact",), {"GET": self._list_contacts, "POST": self._create_contact}),
            (("contact", "*"), {"GET": self._get_contact, "PUT": self._update_contact, "DELETE": self._delete_contact}),
            (("me",), {"GET": self._me}),
            (("user",), {"GET": self._users}),
            (("user", "*"), {"GET": self._user}),
            (("organization", "*"), {"GET": self._organization_by_id}),
            (("status", "lead"), {"GET": self._statuses}),
            (("status", "lead", "*"), {"GET": self._status}),
            (("custom_field", "shared"), {"GET": self._shared_fields, "POST": self._fields.create_shared}),
            (
                ("custom_field", "shared", "*"),
                {"GET": self._fields.shared, "PUT": self._fields.update_shared, "DELETE": self._fields.delete_shared},
            ),
            (("custom_field", "shared", "*", "association"), {"POST": self._fields.associate}),
            (("custom_field", "shared", "*", "association", "*"), {"PUT": self._fields.change_association}),
            (("custom_field", "shared", "*", "association", "*", "*"), {"PUT": self._fields.change_association}),
            (("custom_field", "*"), {"GET": self._custom_fields, "POST": self._create_custom_field}),
            (("custom_field", "*", "*"), {"GET": self._custom_field, "PUT": self._fields.update, "DELETE": self._fields.delete}),
            (("custom_field_schema", "*"), {"GET": self._field_schema}),
            (("event",), {"GET": self._list_events}),
            (("event", "*"), {"GET": self._event}),
            *self.children.routes,
        )

    def answer(self, asked: Asked, *, role_id: str | None) -> Any:
        """The body of the answer, or a Problem."""
        rights.check(asked.method, asked.parts, asked.settings)
        asked.reader = Reader(self._organization, asked.settings, role_id)
        return self.handler(asked)(asked)

    def handler(self, asked: Asked) -> Handler:
        for pattern, methods in self._routes:
            if len(pattern) == len(asked.parts) and all(want in ("*", part) for want, part in zip(pattern, asked.parts, strict=True)):
                if asked.method not in methods:
                    raise not_allowed(tuple(methods))
                return methods[asked.method]
        raise no_such_url()

    def renderer(self, settings: Settings) -> Renderer:
        return Renderer(self._organization, settings, self._world.contacts_of, self._rng, self.children.answers(settings))

    # --- leads -------------------------------------------------------------------------------------------------------

    def _list_leads(self, asked: Asked) -> Any:
        """From the index: recordings show deleted leads in this list for as long as in search."""
        self._index.catch_up(asked.now)
        docs = self._index.docs["lead"]
        if "id__in" in asked.query:
            wanted = dict.fromkeys(asked.query["id__in"].split(","))
            docs = {lead_id: docs[lead_id] for lead_id in wanted if lead_id in docs}
        found = list(docs.values())
        if asked.query.get("query"):
            found = OldQuery(asked.query["query"], "lead", self._organization, self._index).among(found)
        below = self.children.answers(asked.settings, self._index)
        renderer = Renderer(self._organization, asked.settings, self._index.contacts_of, self._rng, below)
        return {**_page(found, asked.query, lambda doc: renderer.lead(doc, asked.fields)), "total_results": len(found)}

    def _create_lead(self, asked: Asked) -> Any:
        changes, contacts = asked.reader.lead(asked.body, None)
        self._check_plan(asked.settings)
        lead = self._world.create_lead(changes, contacts, asked.now, asked.cause)
        asked.written = lead["id"]
        return self.renderer(asked.settings).lead(lead)

    def _check_plan(self, settings: Settings) -> None:
        if settings.plan_lead_limit is not None and len(self._world.leads) >= settings.plan_lead_limit:
            raise plan_limit()

    def _get_lead(self, asked: Asked) -> Any:
        return self._read("lead", asked)

    def _update_lead(self, asked: Asked) -> Any:
        old = self._existing("lead", asked.id)
        changes, _ = asked.reader.lead(asked.body, old, self._world.contact_ids[asked.id])
        lead = self._change("lead", changes, asked)
        return self.renderer(asked.settings).lead(lead)

    def _delete_lead(self, asked: Asked) -> Any:
        old = self._existing("lead", asked.id)
        self._remember_deleted(old["id"], lambda: self.renderer(asked.settings).lead(old), asked.settings)
        self._world.delete_lead(asked.id, asked.now, asked.cause)
        asked.written = asked.id
        return {}

    def _merge(self, asked: Asked) -> Any:
        told = asked.body if isinstance(asked.body, dict) else {}
        for role in ("source", "destination"):
            if told.get(role) not in self._world.leads:
                raise Problem(404, {"errors": [f"{role.capitalize()} lead does not exist."]})
        if told["source"] == told["destination"]:
            raise Problem(400, {"errors": ["Source and destination must be different leads."]})
        self._world.merge(told["source"], told["destination"], asked.now, asked.cause)
        asked.written = told["destination"]
        return {"status": "ok"}

    # --- contacts ----------------------------------------------------------------------------------------------------

    def _list_contacts(self, asked: Asked) -> Any:
        """Not from the index, unless a query is given."""
        if asked.query.get("query"):
            return self._query_contacts(asked)
        lead_id = asked.query.get("lead_id")
        seen = self._replica.at(asked.now)
        docs = seen.contacts_of(lead_id) if lead_id else seen.all_of("contact")
        renderer = self.renderer(asked.settings)
        return _page(docs, asked.query, lambda doc: renderer.contact(doc, asked.fields))

    def _query_contacts(self, asked: Asked) -> Any:
        self._index.catch_up(asked.now)
        found = OldQuery(asked.query["query"], "contact", self._organization, self._index).among(self._index.docs["contact"].values())
        renderer = self.renderer(asked.settings)
        return {**_page(found, asked.query, lambda doc: renderer.contact(doc, asked.fields)), "total_results": len(found)}

    def _create_contact(self, asked: Asked) -> Any:
        lead_id = asked.body.get("lead_id") if isinstance(asked.body, dict) else None
        changes = asked.reader.contact(asked.body, None, self._world.contact_ids.get(lead_id, {}) if isinstance(lead_id, str) else {})
        if lead_id is None:
            contact = self._contact_with_new_lead(changes, asked)
        elif lead_id in self._world.leads:
            contact = self._world.create_contact(lead_id, changes, asked.now, asked.cause)
        else:
            raise invalid({"lead": "Object does not exist."})
        asked.written = contact["id"]
        return self.renderer(asked.settings).contact(contact, asked.fields)

    def _contact_with_new_lead(self, changes: dict[str, Any], asked: Asked) -> Doc:
        """Close invents a lead named after the contact."""
        self._check_plan(asked.settings)
        lead, _ = Reader(self._organization, asked.settings, None).lead({"name": changes.get("name", "")}, None)
        born = self._world.create_lead(lead, [changes], asked.now, asked.cause)
        return self._world.contacts_of(born["id"])[0]

    def _get_contact(self, asked: Asked) -> Any:
        return self._read("contact", asked)

    def _update_contact(self, asked: Asked) -> Any:
        old = self._existing("contact", asked.id)
        changes = asked.reader.contact(asked.body, old, self._world.contact_ids[old["lead_id"]])
        moves_to = self._new_home(asked, old)
        if moves_to is not None:
            self._world.move_contact(asked.id, moves_to, asked.now, asked.cause)
        contact = self._change("contact", changes, asked)
        return self.renderer(asked.settings).contact(contact, asked.fields)

    def _new_home(self, asked: Asked, old: Doc) -> str | None:
        told = asked.body.get("lead_id")
        if told is None or told == old["lead_id"] or asked.settings.lead_id_in_contact_put == "ignore":
            return None
        if told not in self._world.leads:
            raise invalid({"lead": "Object does not exist."})
        if asked.settings.lead_id_in_contact_put == "refuse":
            raise invalid({"lead": "A contact cannot be moved to another lead."})
        return str(told)

    def _delete_contact(self, asked: Asked) -> Any:
        old = self._existing("contact", asked.id)
        self._remember_deleted(old["id"], lambda: self.renderer(asked.settings).contact(old), asked.settings)
        self._world.delete_contact(asked.id, asked.now, asked.cause)
        asked.written = asked.id
        return {}

    # --- both --------------------------------------------------------------------------------------------------------

    def _read(self, object_type: ObjectType, asked: Asked) -> Any:
        if asked.id in self._stale:
            return self._stale.pop(asked.id)
        doc = self._replica.at(asked.now).get(object_type, asked.id)
        if doc is None:
            raise missing(object_type.capitalize())
        seen = self._replica.at(asked.now)
        renderer = Renderer(self._organization, asked.settings, seen.contacts_of, self._rng, self.children.answers(asked.settings, seen))
        return renderer.lead(doc, asked.fields) if object_type == "lead" else renderer.contact(doc, asked.fields)

    def _existing(self, object_type: ObjectType, object_id: str) -> Doc:
        found = (self._world.leads if object_type == "lead" else self._world.contacts).get(object_id)
        if found is None:
            raise missing(object_type.capitalize())
        return found

    def _change(self, object_type: ObjectType, changes: dict[str, Any], asked: Asked) -> Doc:
        asked.written = asked.id
        always = asked.settings.noop_put_moves_date_updated
        return self._world.update(object_type, asked.id, changes, asked.now, asked.cause, even_if_same=always)

    def _remember_deleted(self, object_id: str, answer: Callable[[], Doc], settings: Settings) -> None:
        if settings.deleted_get_stale_once:
            self._stale[object_id] = answer()

    # --- search and events -------------------------------------------------------------------------------------------

    def _find(self, asked: Asked) -> Any:
        return self._search.answer(asked.body, asked.settings, asked.now, asked.tz_offset)

    def _list_events(self, asked: Asked) -> Any:
        return self._events.page(asked.query, asked.now)

    def _event(self, asked: Asked) -> Any:
        return self._events.one(asked.id, asked.now)

    # --- the organization --------------------------------------------------------------------------------------------

    def _me(self, asked: Asked) -> Any:
        return _only(self._organization.me_answer(), asked.fields)

    def _users(self, asked: Asked) -> Any:
        return _page(list(self._organization.users.values()), asked.query, lambda user: self._one_user(user, asked), _MANY)

    def _user(self, asked: Asked) -> Any:
        found = self._organization.users.get(asked.id)
        if found is None:
            raise missing("User")
        return self._one_user(found, asked)

    def _one_user(self, user: User, asked: Asked) -> Any:
        return _only({**user.answer(), "organizations": [self._organization.id]}, asked.fields)

    def _organization_by_id(self, asked: Asked) -> Any:
        if asked.id != self._organization.id:
            raise missing("Organization")
        return _only(self._organization.full_answer(), asked.fields)

    def _statuses(self, asked: Asked) -> Any:
        return _page(list(self._organization.statuses), asked.query, self._organization.status_answer)

    def _status(self, asked: Asked) -> Any:
        if asked.id not in self._organization.statuses:
            raise missing("Status")
        return self._organization.status_answer(asked.id)

    # --- custom fields -----------------------------------------------------------------------------------------------

    def _custom_fields(self, asked: Asked) -> Any:
        """Without the shared ones: those are in the schema."""
        regular = [found for found in self._organization.fields_of(_place(asked.parts[1])) if not found.shared]
        return self._definitions(regular, asked)

    def _shared_fields(self, asked: Asked) -> Any:
        return self._definitions([found for found in self._organization.fields.values() if found.shared], asked)

    def _definitions(self, found: list[CustomField], asked: Asked) -> Any:
        me = self._organization.me
        found = sorted(found, key=lambda one: one.name.lower())
        return _page(found, asked.query, lambda one: _only(one.answer(self._organization.id, me), asked.fields), _MANY)

    def _custom_field(self, asked: Asked) -> Any:
        place = _place(asked.parts[1])
        found = self._organization.field_of(place, asked.id)
        if found is None or found.shared:
            raise missing(f"{place.capitalize()}CustomField")
        return found.answer(self._organization.id, self._organization.me)

    def _create_custom_field(self, asked: Asked) -> Any:
        place = _place(asked.parts[1])
        told = asked.body if isinstance(asked.body, dict) else {}
        if wrong := check_field_definition(told):
            raise invalid(dict(wrong))
        made = self._organization.add_field(told, (place,), iso_of_micros(int(asked.now * 1000) * 1000))
        return just_written(made.answer(self._organization.id, self._organization.me), asked.now)

    def _field_schema(self, asked: Asked) -> Any:
        place = _place(asked.parts[1])
        return {
            "name": place.capitalize(),
            "object_type": place,
            "organization_id": self._organization.id,
            "fields": self._organization.field_answers(list(self._organization.fields_of(place))),
        }


def _place(object_type: str) -> str:
    if object_type not in ("lead", "contact", "opportunity"):
        raise no_such_url()
    return object_type


def _only(answer: dict[str, Any], fields: Fields | None) -> dict[str, Any]:
    return answer if fields is None else {key: value for key, value in answer.items() if key in fields}
