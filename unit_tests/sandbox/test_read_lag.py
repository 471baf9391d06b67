"""Does a read by id see what it would see in a copy of the database that is a moment late?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


def test_what_was_just_made_is_not_there_yet_and_then_is() -> None:
    talk = Talk(read_lag=0.5)
    lead = talk.post("/lead/", {"name": "Acme", "contacts": [{"name": "Ann"}]})
    paths = (f"/lead/{lead['id']}/", f"/contact/{lead['contact_ids'][0]}/")
    for path in paths:
        assert talk.refused("GET", path, status=404)["error"].startswith("Empty query: ")
    talk.clock.advance(0.5)
    assert [talk.get(path)["name"] for path in paths] == ["Acme", "Ann"]


def test_a_change_shows_after_the_lag_and_each_change_for_itself() -> None:
    talk = Talk(read_lag=1.0)
    path = f"/contact/{talk.close.add_lead(contacts=[{'name': 'old'}])['contact_ids'][0]}/"
    talk.put(path, {"name": "new"})
    talk.clock.advance(0.6)
    talk.put(path, {"name": "newer"})
    assert talk.get(path)["name"] == "old"
    talk.clock.advance(0.4)
    assert talk.get(path)["name"] == "new"
    talk.clock.advance(0.6)
    assert talk.get(path)["name"] == "newer"


def test_an_answer_to_a_write_is_the_truth_whatever_a_read_says() -> None:
    talk = Talk(read_lag=10.0)
    path = f"/lead/{talk.close.add_lead(name='old')['id']}/"
    assert talk.put(path, {"name": "new"})["name"] == "new"
    assert talk.put(path, {"description": "more"})["name"] == "new"
    assert talk.get(path)["name"] == "old"


def test_what_was_deleted_can_be_read_until_the_lag_is_over() -> None:
    talk = Talk(read_lag=0.5)
    path = f"/lead/{talk.close.add_lead(name='Acme')['id']}/"
    talk.delete(path)
    assert talk.get(path)["name"] == "Acme"
    talk.refused("DELETE", path, status=404)
    talk.clock.advance(0.5)
    talk.refused("GET", path, status=404)


def test_the_list_of_a_leads_contacts_and_the_contacts_in_a_lead_lag_too() -> None:
    talk = Talk(read_lag=0.5, lead_id_in_contact_put="move")
    lead, other = talk.close.add_lead(contacts=[{"name": "Ann"}, {"name": "Bob"}]), talk.close.add_lead()
    ann, bob = lead["contact_ids"]

    def seen(lead_id: str) -> tuple[list[Any], list[Any]]:
        listed = talk.get("/contact/", lead_id=lead_id)["data"]
        return [one["name"] for one in listed], [one["name"] for one in talk.get(f"/lead/{lead_id}/")["contacts"]]

    talk.post("/contact/", {"lead_id": lead["id"], "name": "Cem"})
    talk.put(f"/contact/{ann}/", {"lead_id": other["id"]})
    talk.delete(f"/contact/{bob}/")
    listed, nested = seen(lead["id"])
    assert sorted(listed) == sorted(nested) == ["Ann", "Bob"]
    assert seen(other["id"]) == ([], [])
    talk.clock.advance(0.5)
    assert seen(lead["id"]) == (["Cem"], ["Cem"])
    assert seen(other["id"]) == (["Ann"], ["Ann"])


def test_what_was_there_before_and_what_is_settled_can_be_read_at_once() -> None:
    talk = Talk(read_lag=5.0)
    assert talk.get(f"/lead/{talk.close.add_lead(name='Acme')['id']}/")["name"] == "Acme"
    lead = talk.post("/lead/", {})
    talk.close.settle()
    assert talk.get(f"/lead/{lead['id']}/") == lead


def test_without_the_lag_a_read_is_fresh() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"name": "Acme"})
    assert talk.get(f"/lead/{lead['id']}/") == lead


CHILDREN = [
    ("/opportunity/", {"note": "old"}, {"note": "new"}, "note"),
    ("/task/", {"text": "old"}, {"text": "new"}, "text"),
    ("/activity/note/", {"note": "old"}, {"note": "new"}, "note"),
]


@pytest.mark.parametrize(("path", "made", "changed", "key"), CHILDREN)
def test_what_is_below_leads_lags_too_by_id_and_in_its_list(path: str, made: Any, changed: Any, key: str) -> None:
    talk = Talk(read_lag=1.0)
    lead = talk.close.add_lead()["id"]
    child = talk.post(path, {"lead_id": lead, **made})
    one = f"{path}{child['id']}/"

    def listed() -> list[Any]:
        return [[doc[key] for doc in talk.get(path, **query)["data"]] for query in ({"lead_id": lead}, {})]

    talk.refused("GET", one, status=404)
    assert listed() == [[], []]
    talk.clock.advance(1.0)
    assert talk.put(one, changed)[key] == "new"
    assert talk.get(one)[key] == "old"
    assert listed() == [["old"], ["old"]]
    talk.clock.advance(1.0)
    assert listed() == [["new"], ["new"]]
    talk.delete(one)
    assert talk.get(one)[key] == "new"
    assert listed() == [["new"], ["new"]]
    talk.refused("PUT", one, changed, status=404)
    talk.clock.advance(1.0)
    talk.refused("GET", one, status=404)
    assert listed() == [[], []]


def test_the_opportunities_and_tasks_in_a_lead_lag_with_it() -> None:
    talk = Talk(read_lag=1.0)
    path = f"/lead/{talk.close.add_lead()['id']}/"
    lead = talk.get(path)["id"]
    talk.post("/opportunity/", {"lead_id": lead})
    talk.post("/task/", {"lead_id": lead, "text": "Call"})
    seen = talk.get(path)
    assert (seen["opportunities"], seen["tasks"]) == ([], [])
    talk.clock.advance(1.0)
    seen = talk.get(path)
    assert [len(seen["opportunities"]), len(seen["tasks"])] == [1, 1]


def test_the_list_of_all_contacts_lags_too() -> None:
    talk = Talk(read_lag=1.0)
    talk.close.add_lead(contacts=[{"name": "Ann"}])
    talk.post("/lead/", {"contacts": [{"name": "Bob"}]})
    assert [one["name"] for one in talk.get("/contact/")["data"]] == ["Ann"]
    talk.clock.advance(1.0)
    assert len(talk.get("/contact/")["data"]) == 2
