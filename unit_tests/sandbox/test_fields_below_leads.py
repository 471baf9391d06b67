"""Can custom fields of opportunities, custom activities and custom objects be changed, shared and deleted as those of leads?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk

PLACES = ("opportunity", "activity", "custom_object")
WORDS = {"opportunity": "opportunity", "activity": "custom_activity_type", "custom_object": "custom_object_type"}
PATHS = {"opportunity": "/opportunity/", "activity": "/activity/custom/", "custom_object": "/custom_object/"}
FIELD_PATHS = {
    "opportunity": "/custom_field/opportunity/",
    "activity": "/custom_field/activity/",
    "custom_object": "/custom_field/custom_object_type/",
}


def new_type(talk: Talk, place: str) -> dict[str, str]:
    """What names the type, in bodies of fields, instances and associations; nothing for opportunities."""
    if place == "opportunity":
        return {}
    made = talk.close.add_activity_type("T") if place == "activity" else talk.close.add_object_type("T")
    return {f"{WORDS[place]}_id": made}


def instance(talk: Talk, place: str, of_type: dict[str, str], **more: Any) -> Any:
    name = {"name": "x"} if place == "custom_object" else {}
    return talk.ask("POST", PATHS[place], {"lead_id": talk.close.add_lead()["id"], **of_type, **name, **more}).json()


@pytest.mark.parametrize("place", PLACES)
def test_a_field_is_renamed_and_when_it_is_deleted_its_values_are_gone(place: str) -> None:
    talk = Talk()
    of_type = new_type(talk, place)
    field = talk.ask("POST", FIELD_PATHS[place], {"name": "Source", "type": "text", **of_type}).json()["id"]
    path, key = f"{FIELD_PATHS[place]}{field}/", f"custom.{field}"
    made = instance(talk, place, of_type, **{key: "web"})
    assert made[key] == "web"
    assert talk.put(path, {"name": "Origin"})["name"] == "Origin"
    assert talk.get(path)["name"] == "Origin"
    assert talk.delete(path) == {}
    for method in ("GET", "PUT", "DELETE"):
        refusal = talk.refused(method, path, {} if method == "PUT" else None, status=404)
        assert refusal["error"].endswith("CustomField matching query does not exist.")
    one = f"{PATHS[place]}{made['id']}/"
    assert key not in talk.get(one)
    assert [key in doc for doc in talk.get(PATHS[place], lead_id=made["lead_id"])["data"]] == [False]
    assert set(talk.field_errors("PUT", one, {key: "x"})) == {key}


@pytest.mark.parametrize("place", PLACES)
def test_the_field_of_one_place_is_not_that_of_another(place: str) -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Source")
    talk.refused("PUT", f"{FIELD_PATHS[place]}{field}/", {"name": "x"}, status=404)
    talk.refused("DELETE", f"{FIELD_PATHS[place]}{field}/", status=404)
    assert talk.get(f"/custom_field/lead/{field}/")["name"] == "Source"


@pytest.mark.parametrize("place", PLACES)
def test_a_shared_field_is_associated_with_it_and_required_there(place: str) -> None:
    talk = Talk()
    of_type = new_type(talk, place)
    field = talk.post("/custom_field/shared/", {"name": "Source", "type": "text", "associations": [{"object_type": "lead"}]})["id"]
    association = {"object_type": WORDS[place], **of_type}
    path = f"/custom_field/shared/{field}/association/"
    assert talk.post(path, association) == {**association, "editable_with_roles": [], "required": False}
    assert talk.put(f"{path}{'/'.join(association.values())}/", {"required": True})["required"] is True
    assert instance(talk, place, of_type, **{f"custom.{field}": "web"})[f"custom.{field}"] == "web"
    told = talk.get(f"/custom_field/shared/{field}/")["associations"]
    assert [(one["object_type"], one["required"]) for one in told] == [("lead", False), (WORDS[place], True)]


@pytest.mark.parametrize("place", PLACES)
def test_a_shared_field_may_be_made_with_it(place: str) -> None:
    talk = Talk()
    of_type = new_type(talk, place)
    association = {"object_type": WORDS[place], **of_type}
    field = talk.post("/custom_field/shared/", {"name": "Source", "type": "text", "associations": [association]})["id"]
    assert instance(talk, place, of_type, **{f"custom.{field}": "web"})[f"custom.{field}"] == "web"


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"object_type": "custom_activity_type"}, "custom_activity_type_id"),
        ({"object_type": "custom_activity_type", "custom_activity_type_id": "actitype_none"}, "custom_activity_type_id"),
        ({"object_type": "custom_object_type", "custom_object_type_id": ["x"]}, "custom_object_type_id"),
        ({"object_type": "moon"}, "object_type"),
        ({}, "object_type"),
    ],
)
def test_an_association_with_what_is_not_there_is_refused(told: dict[str, Any], wrong: str) -> None:
    talk = Talk()
    field = talk.post("/custom_field/shared/", {"name": "Source", "type": "text"})["id"]
    assert set(talk.field_errors("POST", f"/custom_field/shared/{field}/association/", told)) == {wrong}


def test_the_required_flag_of_a_types_own_field_can_be_changed() -> None:
    talk = Talk()
    of_type = new_type(talk, "activity")
    field = talk.post("/custom_field/activity/", {"name": "Source", "type": "text", **of_type})["id"]
    assert talk.put(f"/custom_field/activity/{field}/", {"required": True})["required"] is True
    assert set(instance(talk, "activity", of_type)["field-errors"]) == {f"custom.{field}"}


def test_a_field_of_long_text_keeps_its_type_when_it_is_renamed() -> None:
    talk = Talk()
    of_type = new_type(talk, "activity")
    field = talk.post("/custom_field/activity/", {"name": "Report", "type": "textarea", **of_type})["id"]
    assert talk.put(f"/custom_field/activity/{field}/", {"name": "Minutes"})["type"] == "textarea"
