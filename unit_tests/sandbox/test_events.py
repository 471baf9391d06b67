"""Does the event log tell what happened, as Close's does?"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


def test_a_create_is_logged_with_its_data_and_its_request() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Company ID")
    lead = talk.post("/lead/", {"name": "Acme", f"custom.{field}": "ext-42", "contacts": [{"name": "Ann"}]})
    contact, event = talk.get("/event/")["data"]
    assert (event["object_type"], event["action"], event["object_id"], event["lead_id"]) == ("lead", "created", lead["id"], lead["id"])
    assert event["data"][f"custom.{field}"] == "ext-42"
    assert (event["changed_fields"], event["previous_data"]) == ([], {})
    assert event["meta"] == {"request_method": "POST", "request_path": "/api/v1/lead/"}
    assert event["user_id"] == talk.close.me
    assert event["date_created"] == lead["date_created"].removesuffix("+00:00")
    assert (contact["object_type"], contact["lead_id"], contact["request_id"]) == ("contact", lead["id"], event["request_id"])
    assert talk.get(f"/event/{event['id']}/") == event


def test_an_update_event_says_what_changed_from_what() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"name": "Acme", "description": "old"})
    talk.put(f"/lead/{lead['id']}/", {"description": "new", "name": "Acme"})
    event = talk.get("/event/")["data"][0]
    assert (event["action"], event["changed_fields"], event["previous_data"]) == ("updated", ["description"], {"description": "old"})
    assert event["data"]["description"] == "new"


def test_the_latest_comes_first_even_at_one_moment() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {})
    for name in "abc":
        talk.put(f"/lead/{lead['id']}/", {"name": name})
    assert [event["data"]["name"] for event in talk.get("/event/")["data"]] == ["c", "b", "a", ""]


def test_deletes_and_merges_are_logged() -> None:
    talk = Talk()
    a, b = (talk.post("/lead/", {"contacts": [{}]})["id"] for _ in range(2))
    talk.post("/lead/merge/", {"source": a, "destination": b})
    merged = talk.get("/event/", object_type="lead", action="merged")["data"]
    assert [event["meta"]["merge_destination_lead_id"] for event in merged] == [b]
    talk.delete(f"/lead/{b}/")
    assert {event["object_type"] for event in talk.get("/event/", lead_id=b)["data"] if event["action"] == "deleted"} == {"lead", "contact"}


FILTERS = ("object_type", "object_id", "action", "lead_id", "user_id", "request_id")
ALLOWED = {
    frozenset(names.split())
    for names in (
        "object_type object_id",
        "object_type action",
        "object_id action",
        "lead_id object_type",
        "lead_id object_type action",
        "lead_id user_id object_type",
        "lead_id user_id object_type action",
        "lead_id user_id",
        "user_id object_id",
        "user_id object_id action",
        "user_id object_type",
        "user_id object_type action",
        "lead_id",
        "user_id",
        "request_id",
    )
}


def test_only_the_published_combinations_of_filters_are_answered() -> None:
    talk = Talk(events_by_type_alone=False)
    talk.post("/lead/", {"contacts": [{}]})
    event = talk.get("/event/")["data"][-1]
    for size in range(1, len(FILTERS) + 1):
        for names in itertools.combinations(FILTERS, size):
            query = {name: event[name] for name in names}
            if frozenset(names) in ALLOWED:
                found = talk.get("/event/", **query)["data"]
                assert event in found
                assert all(one[name] == value for one in found for name, value in query.items())
            else:
                assert "errors" in talk.refused("GET", "/event/", params=query)


def test_the_log_can_be_narrowed_to_our_creates_since_a_moment() -> None:
    talk = Talk()
    talk.post("/lead/", {"name": "before"})
    talk.clock.advance(10)
    talk.close.add_lead(name="a colleague's")
    talk.post("/lead/", {"name": "ours"})
    query: dict[str, Any] = {"user_id": talk.close.me, "object_type": "lead", "action": "created"}
    found = talk.get("/event/", **query, date_updated__gte="2026-01-05T10:00:10")["data"]
    assert [event["data"]["name"] for event in found] == ["ours"]
    moment = found[0]["date_updated"]
    assert talk.get("/event/", **query, date_updated__gt=moment)["data"] == []
    assert len(talk.get("/event/", **query, date_updated__lte=moment)["data"]) == 2
    assert len(talk.get("/event/", **query, date_updated__lt=moment)["data"]) == 1


def test_pages_of_fifty_follow_the_cursor_back_and_forth() -> None:
    talk = Talk()
    for number in range(120):
        talk.post("/lead/", {"name": str(number)})
    names, cursor, pages = [], None, []
    while True:
        page = talk.get("/event/", object_type="lead", action="created", _limit=100, **({"_cursor": cursor} if cursor else {}))
        pages.append(page)
        names += [int(event["data"]["name"]) for event in page["data"]]
        cursor = page["cursor_next"]
        if cursor is None:
            break
    assert names == list(range(119, -1, -1))
    assert [len(page["data"]) for page in pages] == [50, 50, 20]
    back = talk.get("/event/", object_type="lead", action="created", _cursor=pages[1]["cursor_previous"])
    assert back["data"] == pages[0]["data"]
    assert pages[0]["cursor_previous"] is None
    assert set(talk.field_errors("GET", "/event/?_skip=1")) == {"_skip"}
    assert set(talk.field_errors("GET", "/event/?_cursor=nonsense")) == {"_cursor"}


def test_events_show_after_their_lag() -> None:
    talk = Talk(event_lag=5)
    talk.post("/lead/", {})
    talk.clock.advance(4.9)
    assert talk.get("/event/")["data"] == []
    talk.clock.advance(0.1)
    assert len(talk.get("/event/")["data"]) == 1


def test_events_can_show_in_another_order_than_they_happened() -> None:
    talk = Talk(event_lag=1, event_lag_jitter=20)
    for number in range(10):
        talk.post("/lead/", {"name": str(number)})
    talk.clock.advance(8)
    shown = [int(event["data"]["name"]) for event in talk.get("/event/")["data"]]
    assert shown == sorted(shown, reverse=True)
    assert 0 < len(shown) < 10
    assert shown != list(range(len(shown) - 1, -1, -1))


def test_updates_close_together_can_be_one_event() -> None:
    talk = Talk(merge_events_within=3)
    lead = talk.post("/lead/", {"name": "a"})
    for name in "bc":
        talk.clock.advance(1)
        talk.put(f"/lead/{lead['id']}/", {"name": name})
    talk.clock.advance(10)
    talk.put(f"/lead/{lead['id']}/", {"name": "d"})
    told = [(event["action"], event["previous_data"].get("name"), event["data"]["name"]) for event in talk.get("/event/")["data"]]
    assert told == [("updated", "c", "d"), ("updated", "a", "c"), ("created", None, "a")]
    merged = talk.get("/event/")["data"][1]
    assert merged["date_created"] < merged["date_updated"]


def test_events_are_kept_for_thirty_days() -> None:
    talk = Talk()
    talk.post("/lead/", {})
    talk.clock.advance(30 * 86_400)
    assert talk.get("/event/")["data"] == []


@pytest.mark.parametrize("name", ["date_updated__gte", "date_updated__lt"])
def test_a_bad_date_is_refused(name: str) -> None:
    assert set(Talk().field_errors("GET", f"/event/?{name}=soon")) == {name}
