"""How are pipelines, opportunity statuses, custom types and their fields read and made, and addresses unsubscribed?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from integration_tests.close_sandbox import values
from integration_tests.close_sandbox.clock import iso
from integration_tests.close_sandbox.custom_field_api import CustomFieldApi
from integration_tests.close_sandbox.custom_types import PREFIXES, OfWhat, new_type
from integration_tests.close_sandbox.organization import CustomField, Organization, check_field_definition
from integration_tests.close_sandbox.paging import page
from integration_tests.close_sandbox.pipelines import FIRST_STATUSES, STATUS_TYPES, OpportunityStatus
from integration_tests.close_sandbox.problems import NO_OBJECT, REQUIRED, BadValue, invalid, missing, wrong_type

if TYPE_CHECKING:
    from integration_tests.close_sandbox.api import Asked

Handler = Callable[["Asked"], Any]
Route = tuple[tuple[str, ...], Mapping[str, Handler]]
_PATHS: Mapping[OfWhat, tuple[str, str]] = {
    "activity": ("custom_activity", "CustomActivityType"),
    "custom_object": ("custom_object_type", "CustomObjectType"),
}


@dataclass(frozen=True, slots=True)
class TypesApi:
    """The endpoints of what opportunities, custom activities, custom objects and addresses are held in."""

    organization: Organization
    fields: CustomFieldApi

    @property
    def routes(self) -> list[Route]:
        return [
            (("pipeline",), {"GET": self._pipelines, "POST": self._create_pipeline}),
            (("status", "opportunity"), {"GET": self._statuses, "POST": self._create_status}),
            (("unsubscribe", "email"), {"GET": self._unsubscribed, "POST": self._unsubscribe}),
            (("unsubscribe", "email", "*"), {"DELETE": self._resubscribe}),
            *self._routes_of_types("activity", "activity"),
            *self._routes_of_types("custom_object", "custom_object_type"),
        ]

    def _routes_of_types(self, of: OfWhat, fields: str) -> list[Route]:
        return [
            ((_PATHS[of][0],), {"GET": partial(self._types, of), "POST": partial(self._create_type, of)}),
            ((_PATHS[of][0], "*"), {"GET": partial(self._type, of)}),
            (("custom_field_schema", of, "*"), {"GET": partial(self._schema, of)}),
            (("custom_field", fields), {"GET": partial(self._fields, of), "POST": partial(self._create_field, of)}),
            (("custom_field", fields, "*"), {"GET": partial(self._field, of), "PUT": self.fields.update, "DELETE": self.fields.delete}),
        ]

    # --- pipelines ---------------------------------------------------------------------------------------------------

    def _pipelines(self, _: Asked) -> Any:
        return {"data": self.organization.pipelines.answers()}

    def _create_pipeline(self, asked: Asked) -> Any:
        told = _told(asked)
        statuses = told.get("statuses") or [{"label": label, "type": kind} for label, kind in FIRST_STATUSES]
        wrong = {} if _is_text(told.get("name")) else {"name": REQUIRED}
        if not isinstance(statuses, list) or not all(isinstance(one, dict) and _is_status(one) for one in statuses):
            wrong["statuses"] = "Not a valid choice."
        if wrong:
            raise invalid(dict(wrong))
        asked.status = 201
        made = self.organization.pipelines.add(told["name"], [(one["label"], one["type"]) for one in statuses])
        return self.organization.pipelines.answer(made)

    def _statuses(self, asked: Asked) -> Any:
        return page(list(self.organization.pipelines.statuses.values()), asked.query, self._status_answer)

    def _create_status(self, asked: Asked) -> Any:
        told, pipelines = _told(asked), self.organization.pipelines
        wrong: dict[str, Any] = {}
        if not _is_text(told.get("label")):
            wrong["label"] = REQUIRED
        if told.get("type") not in STATUS_TYPES:
            wrong["type"] = "Not a valid choice."
        if _id(told, "pipeline_id") not in pipelines.names:
            wrong["pipeline"] = REQUIRED if told.get("pipeline_id") is None else NO_OBJECT
        if wrong:
            raise invalid(wrong)
        made = pipelines.add_status(told["pipeline_id"], told["label"], told["type"])
        return self._status_answer(pipelines.statuses[made])

    def _status_answer(self, status: OpportunityStatus) -> Mapping[str, Any]:
        return self.organization.pipelines.status_answer(status)

    # --- types -------------------------------------------------------------------------------------------------------

    def _types(self, of: OfWhat, _: Asked) -> Any:
        return {"data": [one.answer(self.organization) for one in self.organization.types.values() if one.of == of]}

    def _type(self, of: OfWhat, asked: Asked) -> Any:
        found = self.organization.types.get(asked.id)
        if found is None or found.of != of:
            raise missing(_PATHS[of][1])
        return found.answer(self.organization)

    def _create_type(self, of: OfWhat, asked: Asked) -> Any:
        told = _told(asked)
        needed = ("name",) if of == "activity" else ("name", "name_plural")
        if wrong := {key: REQUIRED for key in needed if not _is_text(told.get(key))}:
            raise invalid(dict(wrong))
        made = new_type(of, told, self.organization.pipelines.ids.new(PREFIXES[of]), iso(asked.now))
        self.organization.types[made.id] = made
        asked.status = 201
        return made.answer(self.organization)

    # --- their fields ------------------------------------------------------------------------------------------------

    def _schema(self, of: OfWhat, asked: Asked) -> Any:
        """Regular and shared fields of one type, with their choices."""
        found = self.organization.types.get(asked.id)
        if found is None or found.of != of:
            raise missing(_PATHS[of][1])
        fields = [
            {**answer, "required": found.place in one.required}
            for one, answer in (
                (one, one.answer(self.organization.id, self.organization.me)) for one in self.organization.fields_of(found.place)
            )
        ]
        return {"name": found.name, "object_type": found.place, "organization_id": self.organization.id, "fields": fields}

    def _own(self, of: OfWhat) -> list[CustomField]:
        places = {one.place for one in self.organization.types.values() if one.of == of}
        return [one for one in self.organization.fields.values() if not one.shared and places.intersection(one.objects)]

    def _fields(self, of: OfWhat, asked: Asked) -> Any:
        answers = self.organization.field_answers(self._own(of))
        # recorded: the list of custom objects' fields lacks has_more
        return {"data": answers} if of == "custom_object" else page(answers, asked.query, lambda one: one)

    def _field(self, of: OfWhat, asked: Asked) -> Any:
        found = next((one for one in self._own(of) if one.id == asked.id), None)
        if found is None:
            raise missing(f"{_PATHS[of][1].removesuffix('Type')}CustomField")
        return found.answer(self.organization.id, self.organization.me)

    def _create_field(self, of: OfWhat, asked: Asked) -> Any:
        told, key = _told(asked), f"custom_{'activity' if of == 'activity' else 'object'}_type_id"
        found = self.organization.types.get(_id(told, key))
        place = f"{of}/{told.get(key)}"
        wrong: dict[str, Any] = dict(check_field_definition(told, (place,)))
        if found is None or found.of != of:
            wrong[key] = REQUIRED if told.get(key) is None else NO_OBJECT
        if wrong:
            raise invalid(wrong)
        if of == "custom_object":
            asked.status = 201
        made = self.organization.add_field(told, (place,), iso(asked.now), required=(place,) if told.get("required") else ())
        return made.answer(self.organization.id, self.organization.me)

    # --- consent -----------------------------------------------------------------------------------------------------

    def _unsubscribed(self, asked: Asked) -> Any:
        return page(list(self.organization.unsubscribed.values()), asked.query, lambda one: one)

    def _unsubscribe(self, asked: Asked) -> Any:
        """It belongs to the address: every contact that has it shows it."""
        try:
            address = values.email(_told(asked).get("email"), asked.settings)
        except BadValue as bad:
            raise invalid({"email": bad.message}) from None
        known = {
            "email": address,
            "organization_id": self.organization.id,
            "created_by": asked.cause.user_id,
            "date_created": iso(asked.now),
        }
        asked.status = 201
        return self.organization.unsubscribed.setdefault(address.lower(), known)

    def _resubscribe(self, asked: Asked) -> Any:
        if self.organization.unsubscribed.pop(unquote(asked.id).lower(), None) is None:
            raise missing("UnsubscribedEmail")
        return {}


def _told(asked: Asked) -> Mapping[str, Any]:
    if not isinstance(asked.body, dict):
        raise invalid({"": wrong_type("dict")})
    return asked.body


def _id(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_status(told: Mapping[str, Any]) -> bool:
    return _is_text(told.get("label")) and told.get("type") in STATUS_TYPES
