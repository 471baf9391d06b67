"""Which types of custom activities and custom objects does this Close have?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from integration_tests.close_sandbox.organization import Organization

OfWhat = Literal["activity", "custom_object"]
PREFIXES: Mapping[OfWhat, str] = {"activity": "actitype", "custom_object": "cotype"}

_LEFT_OUT = frozenset(("choices", "description", "associations", "created_by", "updated_by", "date_created", "date_updated"))
"""Of a field in the list of activity types: it has "most" of its definition, so choices are to be had from the schema."""


@dataclass(frozen=True, slots=True)
class CustomType:
    """One type of custom activity or custom object."""

    id: str
    of: OfWhat
    name: str
    name_plural: str
    description: str
    api_create_only: bool
    is_archived: bool
    roles: tuple[str, ...]
    """Only users with one of these roles may write instances; empty: everyone."""

    created: str

    @property
    def place(self) -> str:
        """Where its custom fields belong."""
        return f"{self.of}/{self.id}"

    def answer(self, organization: Organization) -> dict[str, Any]:
        fields = [
            _field(one.answer(organization.id, organization.me), self.place in one.required) for one in organization.fields_of(self.place)
        ]
        told: dict[str, Any] = {
            "id": self.id,
            "organization_id": organization.id,
            "name": self.name,
            "description": self.description,
            "api_create_only": self.api_create_only,
            "editable_with_roles": list(self.roles),
            "fields": fields,
            "created_by": organization.me,
            "updated_by": organization.me,
            "date_created": self.created,
            "date_updated": self.created,
        }
        if self.of == "activity":
            bare = [{key: value for key, value in one.items() if key not in _LEFT_OUT} for one in fields]
            return {**told, "is_archived": self.is_archived, "fields": bare}
        back = [one.answer(organization.id, organization.me) for one in organization.fields.values() if one.references == self.id]
        return {**told, "name_plural": self.name_plural, "back_reference_fields": back}


def _field(answer: dict[str, Any], required: bool) -> dict[str, Any]:
    return {**answer, "required": required}


def new_type(of: OfWhat, told: Mapping[str, Any], type_id: str, created: str, roles: Iterable[str] = ()) -> CustomType:
    """A type as a POST tells of it; the body must have been checked."""
    return CustomType(
        id=type_id,
        of=of,
        name=told["name"],
        name_plural=told.get("name_plural") or f"{told['name']}s",
        description=told.get("description") or "",
        api_create_only=bool(told.get("api_create_only")),
        is_archived=bool(told.get("is_archived")),
        roles=tuple(told.get("editable_with_roles") or roles),
        created=created,
    )
