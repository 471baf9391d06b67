"""Is everything in a lead's timeline that Close writes there, by itself or because it is asked to?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


def types(talk: Talk, **query: Any) -> list[str]:
    return [one["_type"] for one in talk.get("/activity/", **query)["data"]]


def a_busy_lead(talk: Talk) -> str:
    """With one activity of every type there is, each a minute after the one before."""
    lead: str = talk.close.add_lead(name="Acme")["id"]
    other = talk.close.add_lead()["id"]
    kind = talk.close.add_activity_type("Visit")
    talk.clock.advance(60)
    talk.post("/activity/note/", {"lead_id": lead, "note": "hello"})
    talk.clock.advance(60)
    talk.post("/activity/custom/", {"lead_id": lead, "custom_activity_type_id": kind})
    talk.clock.advance(60)
    talk.put(f"/lead/{lead}/", {"status": "Customer"})
    talk.clock.advance(60)
    deal = talk.post("/opportunity/", {"lead_id": lead})["id"]
    talk.put(f"/opportunity/{deal}/", {"status": "Won"})
    talk.clock.advance(60)
    talk.post("/task/", {"lead_id": lead, "text": "Call", "is_complete": True})
    talk.clock.advance(60)
    talk.post("/lead/merge/", {"source": other, "destination": lead})
    return lead


ALL = ["LeadMerge", "TaskCompleted", "OpportunityStatusChange", "LeadStatusChange", "CustomActivity", "Note", "Created"]


def test_the_timeline_has_every_type_newest_first() -> None:
    talk = Talk()
    lead = a_busy_lead(talk)
    assert types(talk, lead_id=lead) == ALL
    assert types(talk) == ALL
    assert types(talk, lead_id="lead_x") == []
    assert types(talk, lead_id=lead, _limit=2, _skip=1) == ALL[1:3]
    assert len(talk.get("/activity/", lead_id=lead, _fields="_type,id")["data"][0]) == 2


def test_a_new_lead_has_one_line_and_a_pause_in_status_adds_none() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"name": "Acme"})
    [line] = talk.get("/activity/", lead_id=lead["id"])["data"]
    assert (line["_type"], line["lead_id"], line["user_id"]) == ("Created", lead["id"], talk.close.me)
    talk.put(f"/lead/{lead['id']}/", {"status_id": lead["status_id"], "name": "Beta"})
    assert types(talk, lead_id=lead["id"]) == ["Created"]
    assert talk.get("/activity/created/", lead_id=lead["id"])["data"] == [line]


def test_changes_of_status_say_from_what_to_what() -> None:
    talk = Talk()
    lead = a_busy_lead(talk)
    [change] = talk.get("/activity/status_change/lead/", lead_id=lead)["data"]
    assert (change["old_status_label"], change["new_status_label"]) == ("Potential", "Customer")
    [change] = talk.get("/activity/status_change/opportunity/", lead_id=lead)["data"]
    assert (change["old_status_label"], change["new_status_label"], change["new_status_type"]) == ("Active", "Won", "won")
    assert talk.get(f"/activity/status_change/opportunity/{change['id']}/") == change
    talk.refused("POST", "/activity/status_change/lead/", {"lead_id": lead}, 405)
    talk.refused("PUT", f"/activity/status_change/opportunity/{change['id']}/", {}, 405)
    [merge] = talk.get("/activity/lead_merge/", lead_id=lead)["data"]
    assert merge["destination_lead_id"] == lead
    talk.refused("DELETE", f"/activity/lead_merge/{merge['id']}/", status=405)


def test_types_are_asked_for_of_a_single_lead_only() -> None:
    talk = Talk()
    lead = a_busy_lead(talk)
    visit = next(iter(talk.close.organization.types))
    assert types(talk, lead_id=lead, _type="Note") == ["Note"]
    assert types(talk, lead_id=lead, _type__in=f"Note,Created,{visit}") == ["CustomActivity", "Note", "Created"]
    assert types(talk, lead_id=lead, _type="Custom") == ["CustomActivity"]
    for query in ("_type=Note", f"_type__in=Note&lead_id={lead},lead_x", "user_id=user_x"):
        assert set(talk.field_errors("GET", f"/activity/?{query}")) == {query.partition("=")[0]}


def test_an_order_and_filters_of_dates_go_together() -> None:
    talk = Talk()
    lead = a_busy_lead(talk)
    noon = "2026-01-05T10:02:30Z"
    assert types(talk, lead_id=lead, date_created__lt=noon) == ["CustomActivity", "Note", "Created"]
    assert types(talk, lead_id=lead, activity_at__gt=noon, _order_by="-activity_at") == ALL[:4]
    assert set(talk.field_errors("GET", f"/activity/?lead_id={lead}&activity_at__gt={noon}")) == {"activity_at__gt"}
    assert set(talk.field_errors("GET", "/activity/?_order_by=-activity_at")) == {"_order_by"}
    assert set(talk.field_errors("GET", f"/activity/?lead_id={lead}&_order_by=-title")) == {"_order_by"}


@pytest.mark.parametrize("name", ["call", "email", "emailthread", "sms", "meeting", "whatsapp_message", "form_submission"])
def test_what_the_sandbox_never_has_is_an_empty_list(name: str) -> None:
    assert Talk().get(f"/activity/{name}/") == {"data": [], "has_more": False}
