"""Who works in this Close, and which statuses and custom fields does it have?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integration_tests.close_sandbox.custom_types import CustomType
from integration_tests.close_sandbox.ids import Ids
from integration_tests.close_sandbox.kinds import association_of, searched_as
from integration_tests.close_sandbox.pipelines import Pipelines

FIELD_TYPES = ("text", "textarea", "number", "date", "datetime", "choices", "user", "contact", "custom_object", "hidden")
MAY_BE_MANY = frozenset(("choices", "user", "contact", "custom_object"))


@dataclass(frozen=True, slots=True)
class CustomField:
    """The definition of a custom field."""

    id: str
    name: str
    type: str
    objects: tuple[str, ...]
    """Where it belongs: `lead`, `contact`, `opportunity`, `activity/actitype_...`, `custom_object/cotype_...`; a shared one to several."""

    shared: bool
    choices: tuple[str, ...] | None
    many: bool
    roles: tuple[str, ...]
    """Only users with one of these roles may write it; empty: everyone."""

    description: str | None
    created: str
    updated: str = ""
    required: frozenset[str] = frozenset()
    """Those of `objects` that must have a value, as far as Close insists."""

    references: str | None = None
    """Of type custom_object: the type whose instances it holds."""

    def answer(self, organization_id: str, user_id: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "type": self.type,
            "choices": list(self.choices) if self.choices is not None else None,
            "accepts_multiple_values": self.many,
            "is_shared": self.shared,
            "organization_id": organization_id,
            "created_by": user_id,
            "updated_by": user_id,
            "date_created": self.created,
            "date_updated": self.updated or self.created,
        }
        if self.shared:
            told["associations"] = [self.association(place) for place in self.objects]
        else:
            told["editable_with_roles"] = list(self.roles)
            if "/" in self.objects[0]:
                of_type = {key: value for key, value in association_of(self.objects[0]).items() if key != "object_type"}
                told |= {**of_type, "required": self.objects[0] in self.required}
        if self.type == "custom_object":
            told |= {"referenced_custom_type_id": self.references, "back_reference_is_visible": True}
        return told

    def association(self, place: str) -> dict[str, Any]:
        """How a shared field belongs to an object."""
        return {**association_of(place), "editable_with_roles": list(self.roles), "required": place in self.required}


@dataclass(frozen=True, slots=True)
class User:
    id: str
    first_name: str
    last_name: str
    email: str
    role_id: str
    created: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def answer(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "image": "https://example.com/avatar.png",
            "last_used_timezone": "America/New_York",
            "date_created": self.created,
            "date_updated": self.created,
        }


@dataclass(slots=True)
class Organization:
    """Everything that is not a lead, a contact or an event."""

    id: str
    name: str
    created: str
    membership_id: str
    ids: Ids
    pipelines: Pipelines
    users: dict[str, User] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    """Labels by id, in the organization's order; the first is the default of new leads."""

    fields: dict[str, CustomField] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    """Ids of custom fields that were deleted, whose values are no longer shown."""

    types: dict[str, CustomType] = field(default_factory=dict)
    """Of custom activities and custom objects, by id."""

    unsubscribed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Addresses that no email of Close's goes to, by their lower case: what is known of each."""

    me: str = ""
    """The user whose key it is."""

    somebody: str = ""
    """The colleague who does what tests do directly."""

    # --- making -----------------------------------------------------------------------------------------------------

    def add_status(self, label: str, status_id: str | None = None) -> str:
        status_id = status_id or self.ids.new("stat")
        self.statuses[status_id] = label
        return status_id

    def add_user(self, first_name: str, last_name: str, email: str | None, role_id: str | None, created: str) -> str:
        user_id = self.ids.new("user")
        address = email or f"{first_name.lower()}@sandbox.example"
        self.users[user_id] = User(user_id, first_name, last_name, address, role_id or self.ids.new("role"), created)
        return user_id

    def add_field(self, told: Mapping[str, Any], objects: Sequence[str], created: str, **more: Any) -> CustomField:
        """A custom field as a POST tells of it; `id`, `shared`, `roles`, `required`, `updated`. The definition must have been checked."""
        new = CustomField(
            id=more.get("id") or self.ids.new("cf"),
            name=told["name"],
            type=told["type"],
            objects=tuple(objects),
            shared=bool(more.get("shared", False)),
            choices=tuple(told["choices"]) if told["type"] == "choices" else None,
            many=bool(told.get("accepts_multiple_values")),
            roles=tuple(more.get("roles", ())),
            description=told.get("description"),
            created=created,
            updated=more.get("updated", ""),
            required=frozenset(more.get("required", ())),
            references=told.get("referenced_custom_type_id"),
        )
        self.fields[new.id] = new
        return new

    def remove_field(self, field_id: str) -> None:
        del self.fields[field_id]
        self.removed.add(field_id)

    # --- looking -----------------------------------------------------------------------------------------------------

    def fields_of(self, object_type: str) -> Iterator[CustomField]:
        return (found for found in self.fields.values() if object_type in found.objects)

    def field_of(self, object_type: str, field_id: str) -> CustomField | None:
        found = self.fields.get(field_id)
        return found if found is not None and object_type in found.objects else None

    def field_found_on(self, object_type: str, field_id: str) -> CustomField | None:
        """For searches: a field of any type of custom activity or custom object counts."""
        found = self.fields.get(field_id)
        return found if found is not None and any(searched_as(place) == object_type for place in found.objects) else None

    def current(self, doc: dict[str, Any]) -> dict[str, Any]:
        """A stored object without the values of custom fields that were deleted."""
        return {key: value for key, value in doc.items() if key[7:] not in self.removed} if self.removed else doc

    def status_answer(self, status_id: str) -> dict[str, Any]:
        return {"id": status_id, "label": self.statuses[status_id], "organization_id": self.id}

    def status_with_label(self, label: str) -> str | None:
        return next((found for found, known in self.statuses.items() if known == label), None)

    def user_called(self, name: str) -> str | None:
        return next((user.id for user in self.users.values() if user.name == name), None)

    def field_answers(self, wanted: Sequence[CustomField]) -> list[dict[str, Any]]:
        return [found.answer(self.id, self.me) for found in wanted]

    def answer(self) -> dict[str, Any]:
        """As nested in `/me/`."""
        return {
            "id": self.id,
            "name": self.name,
            "created_by": None,
            "updated_by": None,
            "date_created": self.created,
            "date_updated": self.created,
            "lead_statuses": [self.status_answer(status) for status in self.statuses],
            "pipelines": self.pipelines.answers(),
        }

    def full_answer(self) -> dict[str, Any]:
        """As from `/organization/{id}/`."""
        return {
            **self.answer(),
            "memberships": [{"user_id": user, "role_id": found.role_id} for user, found in self.users.items()],
            "lead_custom_fields": self.field_answers([f for f in self.fields_of("lead") if not f.shared]),
            "contact_custom_fields": self.field_answers([f for f in self.fields_of("contact") if not f.shared]),
            "opportunity_custom_fields": self.field_answers([f for f in self.fields_of("opportunity") if not f.shared]),
            "opportunity_statuses": [self.pipelines.status_answer(status) for status in self.pipelines.statuses.values()],
        }

    def me_answer(self) -> dict[str, Any]:
        return {
            **self.users[self.me].answer(),
            "email_accounts": [],
            "phone_numbers": [],
            "memberships": [
                {
                    "id": self.membership_id,
                    "organization_id": self.id,
                    "user_id": self.me,
                    "role_id": self.users[self.me].role_id,
                    "permissions_granted": ["bulk_edit", "export"],
                    "auto_record_calls": "disabled",
                    "track_email_opens": True,
                }
            ],
            "organizations": [self.answer()],
        }


def new_organization(name: str, ids: Ids, created: str, child_ids: Ids | None = None) -> Organization:
    """With the key's user, a colleague, four statuses of leads, and one pipeline."""
    organization_id, membership_id, pipeline_id, active_id = (ids.new(prefix) for prefix in ("orga", "memb", "pipe", "stat"))
    pipelines = Pipelines(organization_id, child_ids or ids)
    pipelines.add("Sales", (), pipeline_id)
    pipelines.add_status(pipeline_id, "Active", "active", active_id)
    for label, kind in (("Won", "won"), ("Lost", "lost")):
        pipelines.add_status(pipeline_id, label, kind)
    made = Organization(organization_id, name, created, membership_id, ids, pipelines)
    made.me = made.add_user("Ann", "Lee", None, "role_admin", created)
    made.somebody = made.add_user("Rob", "Reps", None, "role_user", created)
    for label in ("Potential", "Bad Fit", "Qualified", "Customer"):
        made.add_status(label)
    return made


def check_field_definition(told: Mapping[str, Any], places: Sequence[str] = ()) -> dict[str, str]:
    """What is wrong with a custom field that somebody wants to create, by key."""
    wrong: dict[str, str] = {}
    if not isinstance(told.get("name"), str) or not told["name"].strip():
        wrong["name"] = "This field is required."
    if told.get("type") not in FIELD_TYPES:
        wrong["type"] = "Not a valid choice."
    elif told["type"] == "textarea" and not all(place.startswith("activity/") for place in places or ("lead",)):
        wrong["type"] = "Only custom activities have fields of this type."
    elif told.get("accepts_multiple_values") and told["type"] not in MAY_BE_MANY:
        wrong["accepts_multiple_values"] = "This type of field takes one value."
    if told.get("type") == "choices" and not isinstance(told.get("choices"), list):
        wrong["choices"] = "This field is required."
    if len(told.get("description") or "") > 280:
        wrong["description"] = "The value must be no longer than 280 characters."
    return wrong
