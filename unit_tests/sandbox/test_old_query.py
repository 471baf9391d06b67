"""Does `GET /lead/?query=` find what the forms in use ask for?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    plan = talk.close.add_custom_field("lead", "Plan", id="cf_plan")
    talk.close.add_custom_field("lead", "Seats", "number", id="cf_seats")
    people: list[dict[str, Any]] = [
        {"name": "Ann Lee", "title": "CEO", "emails": [{"email": "Ann.Lee@acme.example"}], "phones": [{"phone": "+16505551234"}]}
    ]
    talk.close.add_lead({"name": "Acme One", "status": "Qualified", f"custom.{plan}": "gold", "custom.cf_seats": 12, "contacts": people})
    talk.clock.advance(86_400)
    talk.close.add_lead({"name": "Acme Two", "description": "one of many", f"custom.{plan}": "free gold", "custom.cf_seats": 3})
    talk.clock.advance(86_400)
    talk.close.add_lead({"name": "Beta", "url": "https://beta.example", "contacts": [{"name": "Bob"}, {"name": "Cem"}]})
    return talk


def names(talk: Talk, query: str, path: str = "/lead/") -> list[str]:
    found = talk.get(path, query=query)
    assert found["total_results"] == len(found["data"])
    return [one["name"] for one in found["data"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Acme One", "Acme Two", "Beta"]),
        ("*", ["Acme One", "Acme Two", "Beta"]),
        ("beta", ["Beta"]),
        ("nobody", []),
        ("name:Acme", ["Acme One", "Acme Two"]),
        ('name:"acme two"', ["Acme Two"]),
        ('company:"Beta"', ["Beta"]),
        # as recorded: what follows a name without quotes is searched anywhere
        ("name:Acme One ", ["Acme One", "Acme Two"]),
        ("name:Test Lead 1 ", []),
        ('email_address:"ann.lee@acme.example"', ["Acme One"]),
        ('email:"lee@acme.example"', ["Acme One"]),
        ("ceo", ["Acme One"]),
        ("title:CEO", ["Acme One"]),
        ("contact_name:bob", ["Beta"]),
        ('"Ann Lee"', ["Acme One"]),
        ("ann.lee@acme.example", ["Acme One"]),
        ('"custom.Plan":"gold"', ["Acme One", "Acme Two"]),
        ("custom.cf_plan:free", ["Acme Two"]),
        ("custom.Seats >= 12", ["Acme One"]),
        ("custom.Seats<12", ["Acme Two"]),
        ("Acme OR beta", ["Acme One", "Acme Two", "Beta"]),
        ("(beta OR gold) not free", ["Acme One", "Beta"]),
        ("lead_status:Qualified", ["Acme One"]),
        ("date_created >= 2026-01-06T10:00", ["Acme Two", "Beta"]),
        ('updated < "2026-01-06"', ["Acme One"]),
        ("date_created:2026-01-07", ["Beta"]),
        ("acme sort:-created", ["Acme Two", "Acme One"]),
        ("sort:-name", ["Beta", "Acme Two", "Acme One"]),
    ],
)
def test_forms_that_are_in_use_find_what_they_ask_for(talk: Talk, query: str, found: list[str]) -> None:
    assert names(talk, query) == found


def test_slices_part_all_leads_and_none_twice(talk: Talk) -> None:
    parts = [names(talk, f"slice:{number}/2") for number in (1, 2)]
    assert sorted(parts[0] + parts[1]) == ["Acme One", "Acme Two", "Beta"]
    assert names(talk, "slice:1/1 sort:name") == ["Acme One", "Acme Two", "Beta"]


def test_contacts_are_asked_for_alike(talk: Talk) -> None:
    assert names(talk, "name:bob", "/contact/") == ["Bob"]
    assert names(talk, 'email:"ann.lee@acme.example"', "/contact/") == ["Ann Lee"]


@pytest.mark.parametrize("query", ["nonsense:x", "sort:nonsense", "(a", "a)", "slice:3/2", "slice:x", "created:soon", "not"])
def test_what_cannot_be_read_is_refused(talk: Talk, query: str) -> None:
    assert set(talk.field_errors("GET", "/lead/", params={"query": query})) == {"query"}


def test_a_limit_of_nothing_counts(talk: Talk) -> None:
    assert talk.get("/lead/", query="acme", _limit=0) == {"data": [], "has_more": True, "total_results": 2}


def test_the_old_query_reads_the_index() -> None:
    talk = Talk(index_lag=2)
    talk.post("/lead/", {"name": "Acme"})
    assert names(talk, "acme") == []
    talk.clock.advance(2)
    assert names(talk, "acme") == ["Acme"]
