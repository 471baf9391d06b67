"""Do custom objects and their types behave as Close's do?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk

REQUIRED = "This field is required."


class Plans:
    """A type of custom objects with a field, and a lead."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.type = talk.close.add_object_type("Plan")
        self.seats = f"custom.{talk.close.add_custom_field(f'custom_object/{self.type}', 'Seats', 'number')}"
        self.lead = talk.close.add_lead()["id"]

    def body(self, **more: Any) -> dict[str, Any]:
        return {"custom_object_type_id": self.type, "lead_id": self.lead, "name": "Team", **more}

    def post(self, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.talk.created("/custom_object/", self.body(**more))
        return made


def test_a_post_answers_201_and_a_delete_204_with_nothing() -> None:
    plans = Plans(Talk())
    made = plans.post(**{plans.seats: 12})
    assert re.fullmatch(r"custobj_[0-9A-Za-z]{43}", made["id"])
    assert (made["name"], made["lead_id"], made[plans.seats]) == ("Team", plans.lead, 12)
    path = f"/custom_object/{made['id']}/"
    assert plans.talk.get(path) == made
    gone = plans.talk.ask("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    plans.talk.refused("GET", path, status=404)
    plans.talk.refused("DELETE", path, status=404)


def test_type_lead_and_name_are_required() -> None:
    plans = Plans(Talk())
    errors = plans.talk.field_errors
    assert errors("POST", "/custom_object/", {}) == {"custom_object_type": REQUIRED}
    assert errors("POST", "/custom_object/", {"custom_object_type_id": "cotype_x"}) == {"custom_object_type": "Object does not exist."}
    assert errors("POST", "/custom_object/", {"custom_object_type_id": plans.type}) == {"lead": REQUIRED, "name": REQUIRED}
    assert errors("POST", "/custom_object/", plans.body(name=" ")) == {"name": REQUIRED}
    activity = plans.talk.close.add_activity_type("A")
    assert set(errors("POST", "/custom_object/", plans.body(custom_object_type_id=activity))) == {"custom_object_type"}
    plans.talk.close.change(longest_object_name=3)
    assert set(errors("POST", "/custom_object/", plans.body())) == {"name"}


def test_name_and_fields_can_be_changed_and_nothing_else() -> None:
    plans = Plans(Talk())
    made, other = plans.post(), plans.talk.close.add_lead()["id"]
    path = f"/custom_object/{made['id']}/"
    after = plans.talk.put(path, {"name": "Big", plans.seats: 3, "lead_id": other, "custom_object_type_id": "cotype_x"})
    assert {key for key in after if after[key] != made.get(key)} == {"name", plans.seats, "date_updated"}
    assert plans.talk.field_errors("PUT", path, {"name": ""}) == {"name": REQUIRED}
    plans.talk.close.change(lead_id_in_child_put="move")
    assert plans.talk.put(path, {"lead_id": other})["lead_id"] == other


def test_the_list_needs_a_lead() -> None:
    plans = Plans(Talk())
    made = plans.post()
    other_type = plans.talk.close.add_object_type("Other")
    other = plans.post(custom_object_type_id=other_type)
    assert plans.talk.field_errors("GET", "/custom_object/") == {"lead_id": REQUIRED}
    listed = plans.talk.get("/custom_object/", lead_id=plans.lead)
    assert ({one["id"] for one in listed["data"]}, listed["has_more"]) == ({made["id"], other["id"]}, False)
    assert plans.talk.get("/custom_object/", lead_id=plans.lead, custom_object_type_id=other_type)["data"] == [other]
    assert plans.talk.get("/custom_object/", lead_id="lead_x")["data"] == []


def test_a_reference_names_an_object_of_its_type() -> None:
    plans = Plans(Talk())
    close = plans.talk.close
    seat_type = close.add_object_type("Seat", name_plural="Seats")
    many = close.add_custom_field(f"custom_object/{seat_type}", "Plans", "custom_object", many=True, references=plans.type)
    plan, key = plans.post()["id"], f"custom.{many}"
    seat = plans.post(custom_object_type_id=seat_type, **{key: [plan]})
    assert seat[key] == [plan]
    for wrong in (["custobj_x"], [seat["id"]], [plan, "custobj_x"]):
        errors = plans.talk.field_errors("PUT", f"/custom_object/{seat['id']}/", {key: wrong})
        assert errors == {key: "Object does not exist."}
    types = {one["name"]: one for one in plans.talk.get("/custom_object_type/")["data"]}
    assert types["Seat"]["fields"][0]["referenced_custom_type_id"] == plans.type
    assert [field["id"] for field in types["Plan"]["back_reference_fields"]] == [many]


@pytest.mark.parametrize(("switch", "rest"), [("keep", ["gone", "stays"]), ("unset", ["stays"])])
def test_references_to_what_is_deleted_follow_the_switch(switch: str, rest: list[str]) -> None:
    plans = Plans(Talk(deleted_object_in_references=switch))
    close = plans.talk.close
    many = f"custom.{close.add_custom_field('opportunity', 'Plans', 'custom_object', many=True)}"
    single = f"custom.{close.add_custom_field('opportunity', 'Plan', 'custom_object')}"
    ids = {name: plans.post()["id"] for name in ("gone", "stays")}
    deal = plans.talk.post("/opportunity/", {"lead_id": plans.lead, many: list(ids.values()), single: ids["gone"]})
    plans.talk.ask("DELETE", f"/custom_object/{ids['gone']}/")
    after = plans.talk.get(f"/opportunity/{deal['id']}/")
    assert after[many] == [ids[name] for name in rest]
    assert (single in after) is (switch == "keep")


def test_required_fields_bind_by_switch() -> None:
    plans = Plans(Talk())
    field = plans.talk.close.add_custom_field(f"custom_object/{plans.type}", "Needed", required=True)
    plans.post()
    plans.talk.close.change(required_fields_bind=["custom_object"])
    assert plans.talk.field_errors("POST", "/custom_object/", plans.body()) == {f"custom.{field}": REQUIRED}


def test_types_and_their_fields_can_be_made_through_the_api() -> None:
    talk = Talk()
    made = talk.created("/custom_object_type/", {"name": "Car", "name_plural": "Cars"})
    told = {"name": "Plate", "type": "text", "custom_object_type_id": made["id"]}
    field = talk.created("/custom_field/custom_object_type/", told)
    assert field["custom_object_type_id"] == made["id"]
    assert talk.get("/custom_field/custom_object_type/") == {"data": [field]}
    schema = talk.get(f"/custom_field_schema/custom_object/{made['id']}/")
    assert [one["id"] for one in schema["fields"]] == [field["id"]]
    assert set(talk.field_errors("POST", "/custom_object_type/", {"name": "Car"})) == {"name_plural"}
    talk.refused("GET", "/custom_object_type/cotype_x/", status=404)
    talk.refused("GET", "/custom_field/custom_object_type/cf_x/", status=404)
    activity = talk.close.add_activity_type("A")
    talk.refused("GET", f"/custom_object_type/{activity}/", status=404)


def test_a_plan_without_custom_objects_refuses_all_about_them() -> None:
    talk = Talk(plan_without=["custom_object"])
    for path in ("/custom_object_type/", "/custom_object/", "/custom_field/custom_object_type/", "/custom_field_schema/custom_object/x/"):
        assert "error" in talk.refused("GET", path, status=402)
    talk.get("/custom_activity/")
