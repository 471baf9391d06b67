"""Can somebody else delete, merge and write in between, and does the sandbox keep count?"""

from __future__ import annotations

import threading
from typing import Any

import pytest

from integration_tests.close_sandbox import Request, Settings
from unit_tests.sandbox.talk import Talk, email


def test_delete_takes_the_contacts_along_and_answers_an_empty_object() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"contacts": [{}, {}]})
    assert talk.delete(f"/lead/{lead['id']}/") == {}
    talk.refused("DELETE", f"/lead/{lead['id']}/", status=404)
    talk.refused("GET", f"/contact/{lead['contact_ids'][0]}/", status=404)
    assert (talk.close.leads, talk.close.contacts) == ({}, {})


def test_a_contact_can_be_deleted_alone() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"contacts": [{"name": "Ann"}, {"name": "Bob"}]})
    assert talk.delete(f"/contact/{lead['contact_ids'][0]}/") == {}
    assert [contact["name"] for contact in talk.get(f"/lead/{lead['id']}/")["contacts"]] == ["Bob"]


def test_one_get_after_a_delete_may_be_stale() -> None:
    talk = Talk(deleted_get_stale_once=True)
    lead = talk.post("/lead/", {"name": "Acme"})
    talk.delete(f"/lead/{lead['id']}/")
    talk.refused("DELETE", f"/lead/{lead['id']}/", status=404)
    assert talk.get(f"/lead/{lead['id']}/")["name"] == "Acme"
    talk.refused("GET", f"/lead/{lead['id']}/", status=404)


def test_merge_moves_the_contacts_and_the_source_is_gone() -> None:
    talk = Talk()
    source, target = (talk.post("/lead/", {"contacts": [{"emails": [{"email": f"{name}@x.example"}]}]}) for name in "ab")
    assert talk.post("/lead/merge/", {"source": source["id"], "destination": target["id"]}) == {"status": "ok"}
    talk.refused("GET", f"/lead/{source['id']}/", status=404)
    assert talk.get(f"/lead/{target['id']}/")["contact_ids"] == [*target["contact_ids"], *source["contact_ids"]]
    hit = talk.find("contact", email("a@x.example"), _fields={"contact": ["lead_id"]})["data"][0]
    assert hit["lead_id"] == target["id"]


def test_a_merge_of_unknown_leads_is_a_404_with_errors_alone() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {})["id"]
    assert talk.refused("POST", "/lead/merge/", {"source": "x", "destination": lead}, 404) == {"errors": ["Source lead does not exist."]}
    assert talk.refused("POST", "/lead/merge/", {"source": lead, "destination": "x"}, 404) == {
        "errors": ["Destination lead does not exist."]
    }
    assert talk.refused("POST", "/lead/merge/", {"source": lead, "destination": lead})["errors"]


def test_a_hook_gets_in_before_every_request() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {"contacts": [{"emails": [{"email": "a@x.example"}]}]})
    contact = lead["contact_ids"][0]

    def colleague(request: Request) -> None:
        if request.method == "PUT":
            talk.close.edit_contact(contact, {"title": "CEO"})

    talk.close.before_request.append(colleague)
    assert talk.put(f"/contact/{contact}/", {"name": "Ann"})["title"] == "CEO"
    assert [event["user_id"] for event in talk.close.events[-2:]] == [talk.close.organization.somebody, talk.close.me]


def test_a_colleague_can_do_all_that_the_api_can() -> None:
    talk = Talk()
    a = talk.close.add_lead(name="A", contacts=[{"name": "Ann"}])
    b = talk.close.add_lead(name="B")
    added = talk.close.add_contact(b["id"], {"name": "Bob", "phones": [{"phone": "(800) 444-5555"}]})
    assert added["phones"][0]["phone"] == "+18004445555"
    assert talk.close.edit_lead(a["id"], {"description": "x"})["description"] == "x"
    talk.close.move_contact(added["id"], a["id"])
    assert [contact["name"] for contact in talk.close.contacts_of(a["id"])] == ["Ann", "Bob"]
    talk.close.merge(a["id"], b["id"])
    assert list(talk.close.leads) == [b["id"]]
    talk.close.delete(added["id"])
    assert [contact["name"] for contact in talk.close.contacts.values()] == ["Ann"]
    talk.close.delete(b["id"])
    assert talk.close.contacts == {}
    assert talk.close.calls == []


def test_what_the_api_would_never_store_can_be_planted() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Id")
    lead = talk.close.add_lead()
    talk.close.plant(lead["id"], {f"custom.{field}": "  ", "date_created": "2001-01-01T00:00:00.000000+00:00"})
    assert talk.get(f"/lead/{lead['id']}/")[f"custom.{field}"] == "  "
    assert talk.close.lead(lead["id"])["date_created"].startswith("2001")


def test_what_a_test_sees_cannot_be_changed_by_accident() -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{"emails": [{"email": "a@x.example"}]}])
    talk.close.leads[lead["id"]]["contacts"][0]["emails"].clear()
    assert talk.close.contacts_of(lead["id"])[0]["emails"] != []


def test_dates_are_distinct_unless_switched() -> None:
    talk = Talk()
    assert len({talk.close.add_lead()["date_created"] for _ in range(500)}) == 500
    talk.close.change(distinct_dates=False)
    assert len({talk.close.add_lead()["date_created"] for _ in range(5)}) == 1
    fresh = Talk(distinct_dates=False)
    assert len({fresh.close.add_lead()["date_created"] for _ in range(5)}) == 1


def test_calls_are_logged_with_what_they_wrote_and_counted() -> None:
    talk = Talk(keep_calls=2)
    lead = talk.post("/lead/", {"name": "Acme"})
    talk.put(f"/lead/{lead['id']}/", {"name": "Beta"})
    talk.refused("GET", "/lead/wibble/", status=404)
    assert [(call.endpoint, call.status, call.object_id) for call in talk.close.calls] == [
        ("PUT /lead/{id}/", 200, lead["id"]),
        ("GET /lead/{id}/", 404, None),
    ]
    assert talk.close.calls[0].body == {"name": "Beta"}
    assert talk.close.calls_by_endpoint() == {"POST /lead/": 1, "PUT /lead/{id}/": 1, "GET /lead/{id}/": 1}
    assert talk.close.calls_by_status() == {200: 2, 404: 1}
    talk.close.forget_calls()
    assert (talk.close.calls, talk.close.calls_by_endpoint()) == ([], {})


def test_threads_lose_nothing() -> None:
    talk = Talk()

    def work() -> None:
        other = Talk()
        other.close = talk.close
        other.session.mount("https://api.close.com/", talk.session.get_adapter("https://api.close.com/"))
        for _ in range(50):
            other.post("/lead/", {"contacts": [{}, {}]})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (talk.close.lead_count, talk.close.contact_count) == (200, 400)
    assert [call.number for call in talk.close.calls] == list(range(1, 201))


@pytest.mark.parametrize("switches", [{"nonsense": 1}, {"limits": {"nonsense": 1}}])
def test_a_switch_that_does_not_exist_cannot_be_set(switches: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Settings().but(**switches)


def test_the_same_seed_gives_the_same_ids() -> None:
    assert Talk().post("/lead/", {})["id"] == Talk().post("/lead/", {})["id"]
    assert Talk(seed=2).post("/lead/", {})["id"] != Talk().post("/lead/", {})["id"]
