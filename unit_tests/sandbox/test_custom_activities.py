"""Do custom activities and their types behave as Close's do?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk

REQUIRED = "This field is required."


class Dunning:
    """A type with a required and an optional field, and a lead."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.type = talk.close.add_activity_type("Dunning")
        self.level = f"custom.{talk.close.add_custom_field(f'activity/{self.type}', 'Level', 'choices', choices='ab', required=True)}"
        self.note = f"custom.{talk.close.add_custom_field(f'activity/{self.type}', 'Note', 'textarea')}"
        self.lead = talk.close.add_lead(contacts=[{"name": "Ann"}])["id"]

    def body(self, **more: Any) -> dict[str, Any]:
        return {"custom_activity_type_id": self.type, "lead_id": self.lead, **more}

    def post(self, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.talk.post("/activity/custom/", self.body(**more))
        return made


def test_a_published_one_is_the_default_and_holds_its_values() -> None:
    dunning = Dunning(Talk())
    made = dunning.post(**{dunning.level: "a", dunning.note: "line\nline"})
    assert (made["_type"], made["status"], made["custom_activity_type_id"]) == ("CustomActivity", "published", dunning.type)
    assert (made[dunning.level], made[dunning.note]) == ("a", "line\nline")
    assert made["last_published_at"] is not None
    assert dunning.talk.get(f"/activity/custom/{made['id']}/") == made


def test_required_fields_bind_the_published_and_not_the_drafts() -> None:
    dunning = Dunning(Talk())
    talk = dunning.talk
    assert talk.field_errors("POST", "/activity/custom/", dunning.body()) == {dunning.level: REQUIRED}
    draft = dunning.post(status="draft")
    path = f"/activity/custom/{draft['id']}/"
    assert draft["last_published_at"] is None
    assert talk.put(path, {dunning.note: "x"})["status"] == "draft"
    assert talk.field_errors("PUT", path, {"status": "published"}) == {dunning.level: REQUIRED}
    assert talk.put(path, {"status": "published", dunning.level: "b"})["status"] == "published"
    published_at = talk.get(path)["last_published_at"]
    talk.clock.advance(60)
    later = talk.put(path, {dunning.note: "y"})
    assert (later[dunning.level], later["last_published_at"]) == ("b", published_at)
    assert talk.field_errors("PUT", path, {dunning.level: None}) == {dunning.level: REQUIRED}


@pytest.mark.parametrize(("switch", "status"), [("obey", "draft"), ("ignore", "published"), ("refuse", None)])
def test_the_way_back_to_a_draft_follows_the_switch(switch: str, status: str | None) -> None:
    dunning = Dunning(Talk(unpublishing=switch))
    path = f"/activity/custom/{dunning.post(**{dunning.level: 'a'})['id']}/"
    if status is None:
        assert set(dunning.talk.field_errors("PUT", path, {"status": "draft"})) == {"status"}
    else:
        assert dunning.talk.put(path, {"status": "draft"})["status"] == status


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"custom_activity_type_id": None}, "custom_activity_type"),
        ({"custom_activity_type_id": "actitype_x"}, "custom_activity_type"),
        ({"lead_id": None}, "lead"),
        ({"lead_id": "lead_x"}, "lead"),
        ({"status": "archived"}, "status"),
        ({"activity_at": "soon"}, "activity_at"),
    ],
)
def test_what_does_not_fit_is_refused_under_its_key(told: dict[str, Any], wrong: str) -> None:
    dunning = Dunning(Talk())
    assert wrong in dunning.talk.field_errors("POST", "/activity/custom/", {**dunning.body(), **told})
    assert dunning.talk.close.children("activity.custom_activity") == {}


def test_fields_of_other_types_and_of_leads_are_not_its_own() -> None:
    dunning = Dunning(Talk())
    close = dunning.talk.close
    strange = [close.add_custom_field("lead", "Level"), close.add_custom_field(f"activity/{close.add_activity_type('Other')}", "Level")]
    body = dunning.body(**{dunning.level: "a", **{f"custom.{one}": "x" for one in strange}})
    assert set(dunning.talk.field_errors("POST", "/activity/custom/", body)) == {f"custom.{one}" for one in strange}


def test_neither_type_nor_lead_nor_author_can_be_changed() -> None:
    dunning = Dunning(Talk())
    made = dunning.post(**{dunning.level: "a"})
    other = dunning.talk.close.add_lead()["id"]
    told = {"lead_id": other, "custom_activity_type_id": "actitype_x", "user_id": dunning.talk.close.organization.somebody}
    after = dunning.talk.put(f"/activity/custom/{made['id']}/", {**told, "pinned": True})
    assert {key for key in after if after[key] != made[key]} == {"pinned", "date_updated"}


def test_archived_types_take_no_new_ones_and_roles_may_shut_us_out() -> None:
    dunning = Dunning(Talk())
    talk = dunning.talk
    made = dunning.post(**{dunning.level: "a"})
    talk.close.archive_type(dunning.type)
    assert set(talk.field_errors("POST", "/activity/custom/", dunning.body(**{dunning.level: "a"}))) == {"custom_activity_type"}
    talk.put(f"/activity/custom/{made['id']}/", {dunning.note: "still"})
    closed = talk.close.add_activity_type("Closed", roles=["role_other"])
    talk.refused("POST", "/activity/custom/", {"custom_activity_type_id": closed, "lead_id": dunning.lead}, 403)
    theirs = talk.close.add_child("activity.custom_activity", dunning.lead, custom_activity_type_id=closed)["id"]
    talk.refused("PUT", f"/activity/custom/{theirs}/", {"pinned": True}, 403)
    talk.refused("DELETE", f"/activity/custom/{theirs}/", status=403)
    ours = talk.close.add_activity_type("Open", roles=["role_admin"], api_create_only=True)
    talk.post("/activity/custom/", {"custom_activity_type_id": ours, "lead_id": dunning.lead})


def test_the_list_is_narrowed_to_a_type_only_together_with_a_lead() -> None:
    dunning = Dunning(Talk())
    talk = dunning.talk
    one = dunning.post(**{dunning.level: "a"})["id"]
    other_type = talk.close.add_activity_type("Other")
    other = talk.post("/activity/custom/", {"custom_activity_type_id": other_type, "lead_id": dunning.lead})["id"]

    def found(**query: Any) -> set[str]:
        return {activity["id"] for activity in talk.get("/activity/custom/", **query)["data"]}

    assert found() == found(lead_id=dunning.lead) == {one, other}
    assert found(lead_id=dunning.lead, custom_activity_type_id=other_type) == {other}
    assert found(lead_id=dunning.lead, custom_activity_type_id__in=f"{other_type},{dunning.type}") == {one, other}
    assert found(id__in=one) == {one}
    assert talk.field_errors("GET", f"/activity/custom/?custom_activity_type_id={other_type}") == {"lead_id": REQUIRED}
    assert talk.field_errors("GET", f"/activity/custom/?custom_activity_type_id__in={other_type}") == {"lead_id": REQUIRED}


def test_types_are_listed_with_most_of_their_fields_and_the_schema_has_the_choices() -> None:
    dunning = Dunning(Talk())
    talk = dunning.talk
    shared = talk.close.add_custom_field(("lead", f"activity/{dunning.type}"), "External ID")
    [listed] = talk.get("/custom_activity/")["data"]
    assert (listed["id"], listed["name"], listed["is_archived"], listed["api_create_only"]) == (dunning.type, "Dunning", False, False)
    assert [(field["name"], field["type"], field["required"]) for field in listed["fields"]] == [
        ("Level", "choices", True),
        ("Note", "textarea", False),
        ("External ID", "text", False),
    ]
    assert "choices" not in listed["fields"][0]
    schema = talk.get(f"/custom_field_schema/activity/{dunning.type}/")
    assert [(field["id"], field["choices"]) for field in schema["fields"]][::2] == [(dunning.level[7:], ["a", "b"]), (shared, None)]
    assert schema["fields"][2]["associations"] == [
        {"object_type": "lead", "editable_with_roles": [], "required": False},
        {"object_type": "custom_activity_type", "custom_activity_type_id": dunning.type, "editable_with_roles": [], "required": False},
    ]
    assert [field["id"] for field in talk.get("/custom_field/activity/")["data"]] == [dunning.level[7:], dunning.note[7:]]
    talk.refused("GET", "/custom_field_schema/activity/actitype_x/", status=404)
    assert talk.get(f"/custom_activity/{dunning.type}/") == listed


def test_types_and_their_fields_can_be_made_through_the_api() -> None:
    talk = Talk()
    made = talk.created("/custom_activity/", {"name": "Visit"})
    told = {"name": "Where", "type": "textarea", "custom_activity_type_id": made["id"], "required": True}
    field = talk.post("/custom_field/activity/", told)
    assert (field["custom_activity_type_id"], field["required"]) == (made["id"], True)
    assert talk.get(f"/custom_field/activity/{field['id']}/") == field
    body = {"custom_activity_type_id": made["id"], "lead_id": talk.close.add_lead()["id"]}
    assert set(talk.field_errors("POST", "/activity/custom/", body)) == {f"custom.{field['id']}"}
    assert set(talk.field_errors("POST", "/custom_activity/", {})) == {"name"}
    assert set(talk.field_errors("POST", "/custom_field/activity/", {"name": "x", "type": "text"})) == {"custom_activity_type_id"}
    assert set(talk.field_errors("POST", "/custom_field/lead/", {"name": "x", "type": "textarea"})) == {"type"}


def test_one_shared_field_serves_opportunities_activities_and_objects() -> None:
    talk = Talk()
    activity, thing = talk.close.add_activity_type("A"), talk.close.add_object_type("O")
    field = talk.close.add_custom_field(("opportunity", f"activity/{activity}", f"custom_object/{thing}"), "External ID")
    lead, key = talk.close.add_lead()["id"], f"custom.{field}"
    made = [
        talk.post("/opportunity/", {"lead_id": lead, key: "x"}),
        talk.post("/activity/custom/", {"lead_id": lead, "custom_activity_type_id": activity, key: "x"}),
        talk.created("/custom_object/", {"lead_id": lead, "custom_object_type_id": thing, "name": "O", key: "x"}),
    ]
    assert [one[key] for one in made] == ["x"] * 3
    for place in ("opportunity", f"activity/{activity}", f"custom_object/{thing}"):
        assert [one["id"] for one in talk.get(f"/custom_field_schema/{place}/")["fields"]] == [field]
    assert talk.get("/custom_field/opportunity/")["data"] == []


@pytest.mark.parametrize("status", [402, 403])
def test_a_plan_without_custom_activities_refuses_all_about_them(status: int) -> None:
    talk = Talk(plan_without=["custom_activity"], plan_without_status=status)
    paths = ("/custom_activity/", "/activity/custom/", "/activity/custom/x/", "/custom_field/activity/", "/custom_field_schema/activity/x/")
    for path in paths:
        assert "error" in talk.refused("GET", path, status=status)
    talk.get("/activity/note/")
    talk.get("/custom_object_type/")
