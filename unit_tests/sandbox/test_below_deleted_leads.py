"""What becomes of what is below a lead when something is deleted or merged, and who may delete?"""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.close_sandbox.kinds import KINDS
from unit_tests.sandbox.talk import Talk

PATHS = {
    name: f"/{'/'.join(KINDS[name].path)}/"
    for name in ("opportunity", "task", "activity.note", "activity.custom_activity", "custom_object")
}


def one_of_each(talk: Talk, lead: str) -> dict[str, str]:
    """Ids by kind."""
    activity, thing = talk.close.add_activity_type("A"), talk.close.add_object_type("O")
    bodies: dict[str, dict[str, Any]] = {
        "opportunity": {"note": "deal"},
        "task": {"text": "Call"},
        "activity.note": {"note": "hello"},
        "activity.custom_activity": {"custom_activity_type_id": activity},
        "custom_object": {"custom_object_type_id": thing, "name": "O"},
    }
    return {kind: talk.ask("POST", PATHS[kind], {"lead_id": lead, **body}).json()["id"] for kind, body in bodies.items()}


def test_a_deleted_lead_takes_everything_along_and_the_log_tells_each() -> None:
    talk = Talk()
    lead = talk.close.add_lead(name="Acme", contacts=[{"name": "Ann"}])["id"]
    ids = one_of_each(talk, lead)
    assert talk.delete(f"/lead/{lead}/") == {}
    for kind, child in ids.items():
        talk.refused("GET", f"{PATHS[kind]}{child}/", status=404)
        assert talk.close.children(kind) == {}
    told = talk.get("/event/", lead_id=lead)["data"]
    assert {one["object_type"] for one in told if one["action"] == "deleted"} == {"lead", "contact", *ids}
    assert talk.find("opportunity")["data"] == []
    assert talk.close.world.child_ids == {}


@pytest.mark.parametrize("kind", PATHS)
def test_a_deleted_object_is_kept_in_the_log_for_thirty_days(kind: str) -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    child = one_of_each(talk, lead)[kind]
    before = talk.close.world.tables[kind][child]
    talk.ask("DELETE", f"{PATHS[kind]}{child}/")
    [event] = talk.get("/event/", object_type=kind, action="deleted")["data"]
    assert (event["object_id"], event["lead_id"], event["previous_data"]) == (child, lead, before)
    talk.clock.advance(30 * 86_400)
    assert talk.get("/event/", object_type=kind, action="deleted")["data"] == []


def test_leads_and_contacts_are_in_previous_data_too() -> None:
    talk = Talk()
    talk.delete(f"/lead/{talk.post('/lead/', {'name': 'Acme', 'contacts': [{'name': 'Ann'}]})['id']}/")
    told = {one["object_type"]: one["previous_data"] for one in talk.get("/event/")["data"] if one["action"] == "deleted"}
    assert (told["lead"]["name"], told["contact"]["name"]) == ("Acme", "Ann")


@pytest.mark.parametrize("kind", PATHS)
def test_creates_and_changes_are_in_the_log_as_well(kind: str) -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    child = one_of_each(talk, lead)[kind]
    key = {"task": "text", "custom_object": "name", "activity.custom_activity": "pinned"}.get(kind, "note")
    value: Any = True if key == "pinned" else "new"
    talk.put(f"{PATHS[kind]}{child}/", {key: value})
    changed, created = talk.get("/event/", object_type=kind, object_id=child)["data"]
    assert (created["action"], created["data"]["id"], created["user_id"]) == ("created", child, talk.close.me)
    assert created["meta"] == {"request_method": "POST", "request_path": f"/api/v1{PATHS[kind]}"}
    assert (changed["action"], changed["data"][key], key in changed["changed_fields"]) == ("updated", value, True)
    assert changed["previous_data"][key] != value


def test_a_merged_lead_hands_over_everything() -> None:
    talk = Talk()
    source, destination = (talk.close.add_lead(name=name)["id"] for name in "ab")
    ids = one_of_each(talk, source)
    talk.post("/lead/merge/", {"source": source, "destination": destination})
    for kind, child in ids.items():
        assert talk.get(f"{PATHS[kind]}{child}/")["lead_id"] == destination
        assert list(talk.close.children(kind, destination)) == [child]
    assert talk.find("custom_object", _fields={"custom_object": ["lead_id"]})["data"][0]["lead_id"] == destination


@pytest.mark.parametrize("switch", ["keep", "unset"])
def test_links_to_a_deleted_contact_follow_the_switch(switch: str) -> None:
    talk = Talk(deleted_contact_in_children=switch)
    lead = talk.close.add_lead(contacts=[{"name": "Ann"}, {"name": "Bob"}])
    ann, bob = lead["contact_ids"]
    notes = [talk.post("/activity/note/", {"lead_id": lead["id"], "contact_id": one})["id"] for one in (ann, bob)]
    talk.delete(f"/contact/{ann}/")
    linked = [talk.get(f"/activity/note/{one}/")["contact_id"] for one in notes]
    assert linked == [ann if switch == "keep" else None, bob]
    assert talk.get(f"/lead/{lead['id']}/")["contact_ids"] == [bob]


@pytest.mark.parametrize("kind", PATHS)
def test_both_sentences_of_a_404_are_known(kind: str) -> None:
    talk = Talk()
    said = talk.refused("GET", f"{PATHS[kind]}wobble/", status=404)
    assert said == {"error": f"Empty query: {KINDS[kind].called} matching query does not exist."}
    talk.close.change(not_found_form="not_found")
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        assert talk.refused(method, f"{PATHS[kind]}wobble/", body, 404) == {"error": "Not found"}


@pytest.mark.parametrize("kind", [*PATHS, "lead", "contact"])
def test_a_role_may_lack_the_right_to_delete(kind: str) -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{}])
    ids = {**one_of_each(talk, lead["id"]), "lead": lead["id"], "contact": lead["contact_ids"][0]}
    talk.close.change(undeletable=[kind])
    assert "error" in talk.refused("DELETE", f"{PATHS.get(kind, f'/{kind}/')}{ids[kind]}/", status=403)
    other = "task" if kind != "task" else "opportunity"
    talk.delete(f"{PATHS[other]}{ids[other]}/")
    assert ids[kind] in talk.close.world.tables[kind]


@pytest.mark.parametrize("kind", PATHS)
def test_a_get_after_a_delete_can_answer_once_more(kind: str) -> None:
    talk = Talk(deleted_get_stale_once=True)
    child = one_of_each(talk, talk.close.add_lead()["id"])[kind]
    path = f"{PATHS[kind]}{child}/"
    before = talk.get(path)
    talk.ask("DELETE", path)
    assert talk.get(path) == before
    talk.refused("GET", path, status=404)


def test_a_colleague_can_do_all_of_it_by_hand() -> None:
    talk = Talk(index_lag=5)
    lead = talk.close.add_lead()["id"]
    child = talk.close.add_child("activity.note", lead, note="by hand")
    assert talk.close.edit_child(child["id"], {"title": "T"})["title"] == "T"
    assert [event["user_id"] for event in talk.close.events[-2:]] == [talk.close.organization.somebody] * 2
    talk.close.plant(child["id"], {"note": " odd "})
    assert talk.close.child(child["id"])["note"] == " odd "
    talk.close.delete(child["id"])
    with pytest.raises(KeyError):
        talk.close.child(child["id"])
    with pytest.raises(KeyError):
        talk.close.delete("acti_x")
