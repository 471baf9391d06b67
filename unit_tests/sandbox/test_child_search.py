"""Does search find what is below leads, as it was seen to find it?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk, both, custom, either, email, regular, related, text, where

MATCH_ALL = {"type": "match_all"}


class World:
    """Two leads with an opportunity, a custom activity and a custom object each, all with an outside id in one shared field."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        close = talk.close
        self.visit, self.call = close.add_activity_type("Visit"), close.add_activity_type("Call")
        self.plan = close.add_object_type("Plan")
        places = ("opportunity", f"activity/{self.visit}", f"activity/{self.call}", f"custom_object/{self.plan}")
        self.field = close.add_custom_field(places, "External ID")
        self.leads = [close.add_lead(name=name, contacts=[{"emails": [{"email": f"{name}@x.example"}]}])["id"] for name in ("acme", "beta")]
        self.deals, self.visits, self.plans = ([self._add(kind, nth) for nth in (0, 1)] for kind in range(3))

    def _add(self, kind: int, nth: int) -> str:
        talk, key = self.talk, f"custom.{self.field}"
        talk.clock.advance(1)
        common = {"lead_id": self.leads[nth], key: f"id-{nth}"}
        if kind == 0:
            return str(talk.post("/opportunity/", {**common, "value": nth * 100, "note": f"deal {nth}"})["id"])
        if kind == 1:
            return str(talk.post("/activity/custom/", {**common, "custom_activity_type_id": self.visit})["id"])
        return str(talk.created("/custom_object/", {**common, "custom_object_type_id": self.plan, "name": f"plan {nth}"})["id"])

    def is_id(self, value: str) -> dict[str, Any]:
        return where(custom(self.field), text(value))


def of_type(kind: str, key: str, type_id: str) -> dict[str, Any]:
    return where(regular(kind, key), {"type": "term", "values": [type_id]})


def test_the_body_of_a_look_up_by_outside_id_answers_in_its_shape() -> None:
    """As it was seen piece by piece: type, `or` of exact values, `_fields`, `_limit`, sort."""
    world = World(Talk())
    kind = "activity.custom_activity"
    answer = world.talk.find(
        kind,
        of_type(kind, "custom_activity_type_id", world.visit),
        either(*(world.is_id(f"id-{nth}") for nth in (0, 1, 7))),
        _fields={kind: ["id", "lead_id", "status", "custom_activity_type_id", f"custom.{world.field}"]},
        _limit=200,
        sort=[{"direction": "desc", "field": regular(kind, "date_created")}],
    )
    assert answer["cursor"] is None
    assert answer["data"] == [
        {
            "__object_type": kind,
            "id": world.visits[nth],
            "lead_id": world.leads[nth],
            "status": "published",
            "custom_activity_type_id": world.visit,
            f"custom.{world.field}": f"id-{nth}",
        }
        for nth in (1, 0)
    ]


@pytest.mark.parametrize("kind", ["opportunity", "activity.custom_activity", "custom_object"])
def test_each_kind_finds_its_own_by_the_shared_field(kind: str) -> None:
    world = World(Talk())
    ids = {"opportunity": world.deals, "activity.custom_activity": world.visits, "custom_object": world.plans}[kind]
    assert world.talk.found(kind, world.is_id("id-1")) == {ids[1]}
    assert world.talk.found(kind, world.is_id("ID-1")) == {ids[1]}
    assert world.talk.found(kind, world.is_id("id")) == set()
    assert world.talk.found(kind, {"type": "id", "value": ids[0]}) == {ids[0]}
    assert world.talk.found(kind, MATCH_ALL) == set(ids)
    assert world.talk.find(kind, MATCH_ALL)["data"][0].keys() == {"__object_type", "id"}


def test_types_narrow() -> None:
    world = World(Talk())
    found = world.talk.found
    assert found("custom_object", of_type("custom_object", "custom_object_type_id", world.plan)) == set(world.plans)
    assert found("custom_object", of_type("custom_object", "custom_object_type_id", "cotype_x")) == set()
    assert found("activity.custom_activity", of_type("activity.custom_activity", "custom_activity_type_id", world.call)) == set()


def test_leads_as_references_statuses_values_and_dates_narrow() -> None:
    world = World(Talk())
    found = world.talk.found
    of_lead = where(regular("opportunity", "lead_id"), {"type": "reference", "reference_type": "lead", "object_ids": world.leads[:1]})
    assert found("opportunity", of_lead) == {world.deals[0]}
    assert found("opportunity", where(regular("opportunity", "value"), {"type": "number_range", "gte": 50})) == {world.deals[1]}
    assert found("opportunity", where(regular("opportunity", "note"), text("deal", "full_words"))) == set(world.deals)
    assert found("opportunity", {"type": "text", "mode": "full_words", "value": "deal 1"}) == {world.deals[1]}


def test_the_type_of_a_status_narrows_opportunities() -> None:
    world = World(Talk())
    world.talk.put(f"/opportunity/{world.deals[0]}/", {"status": "Won"})
    active = where(regular("opportunity", "status_type"), {"type": "term", "values": ["active"]})
    assert world.talk.found("opportunity", active) == {world.deals[1]}


def test_leads_and_what_is_below_them_are_related_both_ways() -> None:
    world = World(Talk())
    found = world.talk.found
    is_acme = where(regular("lead", "name"), text("acme"))
    for kind, ids in (("opportunity", world.deals), ("activity.custom_activity", world.visits), ("custom_object", world.plans)):
        assert found("lead", related("lead", kind, world.is_id("id-1"))) == {world.leads[1]}
        assert found("lead", related("lead", kind, MATCH_ALL)) == set(world.leads)
        assert found(kind, related(kind, "lead", is_acme)) == {ids[0]}
        assert found(kind, {**related(kind, "lead", is_acme), "negate": True}) == {ids[1]}
    with_contact = related("lead", "contact", email("beta@x.example"))
    assert found("opportunity", related("opportunity", "lead", with_contact)) == {world.deals[1]}
    assert found("lead", is_acme, related("lead", "opportunity", {"type": "text", "mode": "full_words", "value": "deal"})) == {
        world.leads[0]
    }
    assert found("lead", related("lead", "activity.call", MATCH_ALL)) == set()
    assert found("lead", related("lead", "task", MATCH_ALL)) == set()


def test_notes_and_tasks_are_at_the_top_by_switch_only() -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    note = talk.post("/activity/note/", {"lead_id": lead, "note": "ticket 4711"})["id"]
    task = talk.post("/task/", {"lead_id": lead, "text": "Call", "is_complete": True})["id"]
    for kind in ("activity.note", "task"):
        talk.refused("POST", "/data/search/", {"query": both({"type": "object_type", "object_type": kind}, MATCH_ALL)})
    talk.close.change(search_at_top=["activity.note", "task"])
    assert talk.found("activity.note", {"type": "text", "mode": "phrase", "value": "ticket 4711"}) == {note}
    assert talk.found("task", where(regular("task", "is_complete"), {"type": "boolean", "value": True})) == {task}
    assert talk.found("task", where(regular("task", "is_complete"), {"type": "boolean", "value": False})) == set()
    assert talk.found("lead", related("lead", "activity.note", MATCH_ALL)) == {lead}


@pytest.mark.parametrize("switch", [True, False])
def test_custom_as_a_word_for_all_custom_fields_is_a_switch(switch: bool) -> None:
    world = World(Talk(custom_in_child_fields=switch))
    hit = world.talk.find("opportunity", world.is_id("id-0"), _fields={"opportunity": ["custom", "value"]})["data"][0]
    assert (f"custom.{world.field}" in hit) is switch
    assert hit["value"] == 0
    assert "lead_id" not in hit


@pytest.mark.parametrize("lag", [0, 2, 10, 60])
def test_creates_changes_and_deletes_show_after_the_lag_of_their_kind(lag: float) -> None:
    talk = Talk(index_lag=lag, index_lag_of={"activity.custom_activity": 1000})
    world = World(talk)
    talk.clock.advance(max(0, lag - 0.5))
    assert talk.found("opportunity", world.is_id("id-1")) <= set(world.deals)
    talk.clock.advance(lag)
    assert talk.found("opportunity", MATCH_ALL) == set(world.deals)
    assert talk.found("activity.custom_activity", MATCH_ALL) == set()
    talk.put(f"/opportunity/{world.deals[0]}/", {f"custom.{world.field}": "new"})
    talk.delete(f"/opportunity/{world.deals[1]}/")
    if lag:
        talk.clock.advance(lag - 0.5)
        assert talk.found("opportunity", world.is_id("id-1")) == {world.deals[1]}
        assert talk.found("opportunity", world.is_id("new")) == set()
        talk.clock.advance(0.5)
    assert talk.found("opportunity", MATCH_ALL) == talk.found("opportunity", world.is_id("new")) == {world.deals[0]}
    talk.clock.advance(1000)
    assert talk.found("activity.custom_activity", MATCH_ALL) == set(world.visits)


def test_a_search_for_leads_brings_their_opportunities_along_as_the_index_has_them() -> None:
    talk = Talk(index_lag=5)
    world = World(talk)
    talk.clock.advance(5)
    talk.put(f"/opportunity/{world.deals[0]}/", {"value": 77})

    def values() -> list[Any]:
        query = where(regular("lead", "name"), text("acme"))
        found = talk.find("lead", query, _fields={"lead": ["id", "opportunities"]})["data"]
        return [one["value"] for one in found[0]["opportunities"]]

    assert values() == [0]
    talk.clock.advance(5)
    assert values() == [77]


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("opportunity", where(regular("opportunity", "nonsense"), text("x"))),
        ("opportunity", where(regular("lead", "name"), text("x"))),
        ("opportunity", where(regular("opportunity", "value"), text("x"))),
        ("opportunity", where(custom("cf_x"), text("x"))),
        ("opportunity", related("opportunity", "contact", MATCH_ALL)),
        ("custom_object", where(regular("custom_object", "status"), {"type": "term", "values": ["x"]})),
        ("contact", related("contact", "opportunity", MATCH_ALL)),
    ],
)
def test_what_cannot_be_asked_is_refused(kind: str, query: Any) -> None:
    body = {"query": both({"type": "object_type", "object_type": kind}, query)}
    assert set(Talk().field_errors("POST", "/data/search/", body)) == {"query"}


def test_a_field_of_another_kind_cannot_be_asked_about() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Company ID")
    query = both({"type": "object_type", "object_type": "opportunity"}, where(custom(field), text("x")))
    assert set(talk.field_errors("POST", "/data/search/", {"query": query})) == {"query"}


def test_pages_follow_the_cursor_and_clauses_are_counted() -> None:
    talk = Talk(max_clauses=3)
    lead, field = talk.close.add_lead()["id"], talk.close.add_custom_field("opportunity", "External ID")
    ids = {talk.close.add_child("opportunity", lead, {f"custom.{field}": str(nth)})["id"] for nth in range(5)}
    first = talk.find("opportunity", MATCH_ALL, _limit=3)
    second = talk.find("opportunity", MATCH_ALL, _limit=3, cursor=first["cursor"])
    assert {one["id"] for one in first["data"] + second["data"]} == ids
    many = [where(custom(field), text(str(nth))) for nth in range(4)]
    assert talk.found("opportunity", either(*many[:3])) < ids
    talk.refused("POST", "/data/search/", {"query": both({"type": "object_type", "object_type": "opportunity"}, either(*many))})
