"""How are custom fields changed and deleted, and shared ones made, through the API?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from integration_tests.close_sandbox.clock import iso_of_micros, naive_iso
from integration_tests.close_sandbox.custom_types import OfWhat
from integration_tests.close_sandbox.organization import CustomField, Organization, check_field_definition
from integration_tests.close_sandbox.problems import NO_OBJECT, REQUIRED, invalid, missing, no_such_url, wrong_type

if TYPE_CHECKING:
    from integration_tests.close_sandbox.api import Asked

_PLACES = ("lead", "contact", "opportunity")
_OF_TYPES: Mapping[str, tuple[str, str]] = {"activity": ("activity", "Activity"), "custom_object_type": ("custom_object", "CustomObject")}
"""By the word in the path: where the custom fields of all such types belong, and what the sentence of a 404 calls them."""

_TYPE_WORDS: Mapping[str, OfWhat] = {"custom_activity_type": "activity", "custom_object_type": "custom_object"}
"""By the word in an association."""


class CustomFieldApi:
    """The endpoints that write custom fields of one organization."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    # --- of one object -----------------------------------------------------------------------------------------------

    def update(self, asked: Asked) -> Any:
        return self._updated(self._own(asked), asked)

    def delete(self, asked: Asked) -> Any:
        self._organization.remove_field(self._own(asked).id)
        return {}

    def _own(self, asked: Asked) -> CustomField:
        word = asked.parts[1]
        if word not in _PLACES and word not in _OF_TYPES:
            raise no_such_url()
        first, called = _OF_TYPES.get(word, (word, word.capitalize()))
        found = self._organization.fields.get(asked.id)
        if found is None or found.shared or found.objects[0].partition("/")[0] != first:
            raise missing(f"{called}CustomField")
        return found

    # --- shared ------------------------------------------------------------------------------------------------------

    def create_shared(self, asked: Asked) -> Any:
        """With `associations`, or with none, which are then posted one by one."""
        told = _told(asked)
        places = tuple(self._place(one, "associations") for one in told.get("associations") or ())
        if wrong := check_field_definition(told, places):
            raise invalid(dict(wrong))
        made = self._organization.add_field(told, places, iso_of_micros(int(asked.now * 1000) * 1000), shared=True)
        return self._answer(made, asked)

    def shared(self, asked: Asked) -> Any:
        return self._shared(asked.id).answer(self._organization.id, self._organization.me)

    def update_shared(self, asked: Asked) -> Any:
        return self._updated(self._shared(asked.id), asked)

    def delete_shared(self, asked: Asked) -> Any:
        self._organization.remove_field(self._shared(asked.id).id)
        return {}

    def associate(self, asked: Asked) -> Any:
        found, told = self._shared(asked.parts[2]), _told(asked)
        place = self._place(told, "object_type")
        objects = tuple(dict.fromkeys((*found.objects, place)))
        return self._kept(replace(found, objects=objects, required=_required(found, place, told))).association(place)

    def change_association(self, asked: Asked) -> Any:
        found, place = self._shared(asked.parts[2]), _place_in_path(asked.parts[4:])
        if place not in found.objects:
            raise missing("SharedCustomFieldAssociation")
        return self._kept(replace(found, required=_required(found, place, _told(asked)))).association(place)

    def _place(self, told: Any, key: str) -> str:
        """Where an association puts a field; `key` is what a refusal names."""
        word = told.get("object_type") if isinstance(told, dict) else None
        if word in _PLACES:
            return str(word)
        if word not in _TYPE_WORDS:
            raise invalid({key: REQUIRED if word is None else "Not a valid choice."})
        type_id = told.get(f"{word}_id")
        found = self._organization.types.get(type_id) if isinstance(type_id, str) else None
        if found is None or found.of != _TYPE_WORDS[word]:
            raise invalid({f"{word}_id": REQUIRED if type_id is None else NO_OBJECT})
        return found.place

    def _shared(self, field_id: str) -> CustomField:
        found = self._organization.fields.get(field_id)
        if found is None or not found.shared:
            raise missing("SharedCustomField")
        return found

    # --- both --------------------------------------------------------------------------------------------------------

    def _updated(self, found: CustomField, asked: Asked) -> Any:
        """Renamed, described, with other choices. The type stays: what a conversion does to values is not known."""
        told = _told(asked)
        known = {
            "name": found.name,
            "type": found.type,
            "choices": list(found.choices or ()),
            "description": found.description,
            "accepts_multiple_values": found.many,
        }
        whole = {**known, **{key: value for key, value in told.items() if key in known}}
        if whole["type"] != found.type:
            raise invalid({"type": "The sandbox does not convert values."})
        if wrong := check_field_definition(whole, found.objects):
            raise invalid(dict(wrong))
        choices = tuple(whole["choices"]) if found.type == "choices" else None
        changed = replace(
            found, name=whole["name"], description=whole["description"], choices=choices, many=bool(whole["accepts_multiple_values"])
        )
        if not found.shared and "/" in found.objects[0]:
            changed = replace(changed, required=_required(found, found.objects[0], told))
        return self._answer(self._kept(replace(changed, updated=iso_of_micros(int(asked.now * 1000) * 1000))), asked)

    def _kept(self, changed: CustomField) -> CustomField:
        self._organization.fields[changed.id] = changed
        return changed

    def _answer(self, found: CustomField, asked: Asked) -> Any:
        return just_written(found.answer(self._organization.id, self._organization.me), asked.now)


def just_written(answer: dict[str, Any], now: float) -> dict[str, Any]:
    """The answer to a write has its dates without an offset and in microseconds, as 50 recorded ones have; lists have them as leads do."""
    created = naive_iso(now) if answer["date_created"] == answer["date_updated"] else answer["date_created"][:-6]
    return {**answer, "date_updated": naive_iso(now), "date_created": created}


def _place_in_path(words: tuple[str, ...]) -> str:
    """`custom_activity_type/actitype_x` is `activity/actitype_x`."""
    return "/".join((_TYPE_WORDS.get(words[0], words[0]), *words[1:]))


def _told(asked: Asked) -> Mapping[str, Any]:
    if not isinstance(asked.body, dict):
        raise invalid({"": wrong_type("dict")})
    return asked.body


def _required(found: CustomField, place: str, told: Mapping[str, Any]) -> frozenset[str]:
    if "required" not in told:
        return found.required
    return found.required | {place} if told["required"] else found.required - {place}
