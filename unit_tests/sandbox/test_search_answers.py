"""Does search answer as late, as little and as piecemeal as Close's?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk, email, regular, related, text, where

MATCH_ALL = {"type": "match_all"}
BY_DATE = [{"direction": "asc", "field": regular("lead", "date_created")}]


def a_query(object_type: str = "lead") -> dict[str, Any]:
    return {"type": "and", "queries": [{"type": "object_type", "object_type": object_type}, MATCH_ALL]}


@pytest.mark.parametrize("lag", [0, 2, 10, 60])
def test_creates_changes_and_deletes_show_after_the_lag(lag: float) -> None:
    talk = Talk(index_lag=lag)

    def shown() -> list[str]:
        return [hit["name"] for hit in talk.find("lead", _fields={"lead": ["name"]})["data"]]

    def becomes(before: list[str], after: list[str]) -> None:
        if lag:
            talk.clock.advance(lag - 0.5)
            assert shown() == before
            talk.clock.advance(0.5)
        assert shown() == after

    lead = talk.post("/lead/", {"name": "old"})
    becomes([], ["old"])
    talk.put(f"/lead/{lead['id']}/", {"name": "new"})
    assert talk.get(f"/lead/{lead['id']}/")["name"] == "new"
    becomes(["old"], ["new"])
    talk.delete(f"/lead/{lead['id']}/")
    talk.refused("GET", f"/lead/{lead['id']}/", status=404)
    becomes(["new"], [])


def test_related_objects_nested_contacts_and_the_list_of_leads_lag_too() -> None:
    talk = Talk(index_lag=5)
    lead = talk.close.add_lead(contacts=[{"emails": [{"email": "old@x.example"}]}])
    contact = lead["contact_ids"][0]
    talk.put(f"/contact/{contact}/", {"emails": [{"email": "new@x.example"}]})
    talk.post("/contact/", {"lead_id": lead["id"], "name": "Second"})

    def leads_with(address: str) -> list[Any]:
        found = talk.find("lead", related("lead", "contact", email(address)), _fields={"lead": ["contacts"], "contact": ["id", "emails"]})
        return [[item["email"] for one in hit["contacts"] for item in one["emails"]] for hit in found["data"]]

    assert leads_with("old@x.example") == [["old@x.example"]]
    assert leads_with("new@x.example") == []
    assert len(talk.get("/lead/", id__in=lead["id"])["data"][0]["contacts"]) == 1
    assert len(talk.get(f"/lead/{lead['id']}/")["contacts"]) == 2
    talk.clock.advance(5)
    assert leads_with("old@x.example") == []
    assert leads_with("new@x.example") == [["new@x.example"]]
    assert len(talk.get("/lead/", id__in=lead["id"])["data"][0]["contacts"]) == 2


def test_jitter_mixes_objects_but_never_the_changes_of_one() -> None:
    talk = Talk(index_lag=1, index_lag_jitter=20)
    lead = talk.post("/lead/", {"name": "v0"})
    for version in range(1, 15):
        talk.clock.advance(1)
        talk.put(f"/lead/{lead['id']}/", {"name": f"v{version}"})
    seen = []
    for _ in range(80):
        talk.clock.advance(0.5)
        seen += [int(hit["name"][1:]) for hit in talk.find("lead", _fields={"lead": ["name"]})["data"]]
    assert seen == sorted(seen)
    assert seen[-1] == 14
    assert len(set(seen)) > 1


def test_seeded_objects_are_searchable_at_once_and_a_colleagues_edits_are_not() -> None:
    talk = Talk(index_lag=10)
    lead = talk.close.add_lead(name="Acme")
    talk.close.edit_lead(lead["id"], {"name": "Beta"})
    assert talk.found("lead", where(regular("lead", "name"), text("Acme"))) == {lead["id"]}
    assert talk.close.unindexed == 1
    talk.close.settle()
    assert talk.found("lead", where(regular("lead", "name"), text("Beta"))) == {lead["id"]}


def test_without_fields_a_hit_is_its_type_and_id() -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{"name": "Ann"}])
    assert talk.find("lead") == {"data": [{"__object_type": "lead", "id": lead["id"]}], "cursor": None}
    assert talk.find("contact")["data"] == [{"__object_type": "contact", "id": lead["contact_ids"][0]}]


def test_a_hit_has_the_fields_asked_for_and_contacts_their_lead_id() -> None:
    talk = Talk()
    f, g = talk.close.add_custom_field("contact", "F"), talk.close.add_custom_field("contact", "G")
    lead = talk.close.add_lead(contacts=[{"name": "Ann", "title": "CEO", f"custom.{f}": "x", f"custom.{g}": "y"}])
    asked = talk.find("contact", _fields={"contact": ["name", "emails", f"custom.{f}", "nonsense"]})["data"][0]
    assert set(asked) == {"__object_type", "id", "lead_id", "name", "emails", f"custom.{f}"}
    assert set(talk.find("contact", _fields={"contact": ["custom"]})["data"][0]) == {
        "__object_type",
        "id",
        "lead_id",
        f"custom.{f}",
        f"custom.{g}",
    }
    talk.close.change(search_adds_lead_id=False)
    assert set(talk.find("contact", _fields={"contact": ["title"]})["data"][0]) == {"__object_type", "id", "title"}
    assert lead["contacts"][0]["title"] == "CEO"


def test_leads_nest_contacts_whose_fields_follow_those_of_contacts() -> None:
    talk = Talk()
    lead = talk.close.add_lead(name="Acme", contacts=[{"name": "Ann", "title": "CEO"}])
    hit = talk.find("lead", _fields={"lead": ["name", "contacts", "contact_ids"], "contact": ["name"]})["data"][0]
    assert hit == {
        "__object_type": "lead",
        "id": lead["id"],
        "name": "Acme",
        "contact_ids": lead["contact_ids"],
        "contacts": [{"id": lead["contact_ids"][0], "name": "Ann"}],
    }
    talk.close.change(nested_contacts=False)
    assert "contacts" not in talk.find("lead", _fields={"lead": ["name", "contacts"]})["data"][0]


def test_pages_follow_the_cursor_and_null_marks_the_last() -> None:
    talk = Talk()
    ids = [talk.close.add_lead()["id"] for _ in range(5)]
    body = {"query": a_query(), "_limit": 2, "sort": BY_DATE}
    seen, cursor = [], None
    for _ in range(3):
        answer = talk.post("/data/search/", {**body, "cursor": cursor})
        assert "has_more" not in answer
        seen += [hit["id"] for hit in answer["data"]]
        cursor = answer["cursor"]
    assert seen == ids
    assert cursor is None


def test_a_full_last_page_has_no_cursor() -> None:
    talk = Talk()
    for _ in range(4):
        talk.close.add_lead()
    first = talk.post("/data/search/", {"query": a_query(), "_limit": 2})
    assert talk.post("/data/search/", {"query": a_query(), "_limit": 2, "cursor": first["cursor"]})["cursor"] is None


def test_a_cursor_expires_after_thirty_seconds() -> None:
    talk = Talk()
    for _ in range(3):
        talk.close.add_lead()
    body = {"query": a_query(), "_limit": 1}
    first = talk.post("/data/search/", body)
    talk.clock.advance(29)
    second = talk.post("/data/search/", {**body, "cursor": first["cursor"]})
    talk.clock.advance(31)
    assert talk.field_errors("POST", "/data/search/", {**body, "cursor": second["cursor"]}) == {"cursor": "Expired cursor"}
    assert talk.field_errors("POST", "/data/search/", {**body, "cursor": "nonsense"}) == {"cursor": "Expired cursor"}


def test_pages_show_the_world_as_of_the_first_page() -> None:
    talk = Talk()
    ids = [talk.close.add_lead()["id"] for _ in range(3)]
    body = {"query": a_query(), "_limit": 1, "sort": BY_DATE}
    first = talk.post("/data/search/", body)
    talk.close.delete(ids[1])
    talk.close.add_lead(date_created="2019-01-01T00:00:00Z")
    second = talk.post("/data/search/", {**body, "cursor": first["cursor"]})
    assert [hit["id"] for hit in second["data"]] == [ids[1]]


def test_pages_hold_at_most_two_hundred() -> None:
    talk = Talk()
    body = {"query": a_query(), "_limit": 201}
    assert talk.field_errors("POST", "/data/search/", body) == {"_limit": "Input should be less than or equal to 200"}
    assert talk.post("/data/search/", {**body, "_limit": 200})["data"] == []


def test_a_chain_of_pages_ends_at_the_cap() -> None:
    talk = Talk(search_cap=3)
    for _ in range(5):
        talk.close.add_lead()
    first = talk.post("/data/search/", {"query": a_query(), "_limit": 2, "include_counts": True})
    second = talk.post("/data/search/", {"query": a_query(), "_limit": 2, "cursor": first["cursor"]})
    assert (len(first["data"]), len(second["data"]), second["cursor"]) == (2, 1, None)
    assert first["count"] == {"limited": 3, "total": 5}


def test_counting_needs_no_data() -> None:
    talk = Talk()
    for _ in range(3):
        talk.close.add_lead()
    answer = talk.post("/data/search/", {"query": a_query(), "results_limit": 0, "include_counts": True})
    assert answer == {"data": [], "cursor": None, "count": {"limited": 0, "total": 3}}
    assert talk.post("/data/search/", {"query": a_query(), "results_limit": 2, "include_counts": True})["count"] == {
        "limited": 2,
        "total": 3,
    }


def test_sorting_goes_by_fields_of_the_object_both_ways() -> None:
    talk = Talk()
    seats = talk.close.add_custom_field("lead", "Seats", "number")
    a, b, c = (talk.close.add_lead({"name": name, f"custom.{seats}": number})["id"] for name, number in (("x", 5), ("Y", 10), ("x", None)))

    def order(*sort: tuple[str, dict[str, Any]]) -> list[str]:
        keys = [{"direction": direction, "field": field} for direction, field in sort]
        return [hit["id"] for hit in talk.find("lead", sort=keys)["data"]]

    by_seats = {"type": "custom_field", "custom_field_id": seats}
    assert order(("asc", by_seats)) == [a, b, c]
    assert order(("desc", by_seats)) == [b, a, c]
    assert order(("desc", regular("lead", "name")), ("desc", regular("lead", "date_created"))) == [b, c, a]


@pytest.mark.parametrize(
    "sort",
    [
        [{"direction": "up", "field": regular("lead", "name")}],
        [{"direction": "asc", "field": regular("contact", "name")}],
        [{"direction": "asc", "field": regular("lead", "status_id")}],
        ["name"],
        "name",
    ],
)
def test_what_cannot_be_sorted_by_is_refused(sort: Any) -> None:
    assert "query" in Talk().field_errors("POST", "/data/search/", {"query": a_query(), "sort": sort})


def test_a_search_without_query_is_refused() -> None:
    assert Talk().field_errors("POST", "/data/search/", {}) == {"query": "This field is required."}
