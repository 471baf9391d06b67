"""Do tasks behave as Close's do?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


def a_task(talk: Talk, **more: Any) -> dict[str, Any]:
    lead = talk.close.add_lead(name="Acme")
    made: dict[str, Any] = talk.post("/task/", {"lead_id": lead["id"], "text": "Call", **more})
    return made


def test_a_task_without_a_date_is_dateless_shows_today_and_is_the_keys_users() -> None:
    talk = Talk()
    made = a_task(talk)
    assert (made["is_dateless"], made["date"], made["due_date"], made["view"]) == (True, "2026-01-05", None, "inbox")
    assert (made["assigned_to"], made["assigned_to_name"], made["lead_name"]) == (talk.close.me, "Ann Lee", "Acme")
    assert (made["_type"], made["is_complete"], made["object_type"], made["object_id"]) == ("lead", False, None, None)
    assert talk.get(f"/task/{made['id']}/", _fields="text") == {"text": "Call"}


def test_a_date_or_a_moment_is_kept_and_the_old_name_goes_too() -> None:
    talk = Talk()
    assert (a_task(talk, date="2026-02-01")["due_date"], a_task(talk, due_date="2026-02-01")["date"]) == ("2026-02-01", "2026-02-01")
    assert a_task(talk, date="2026-02-01T09:00:00Z")["date"] == "2026-02-01T09:00:00.000000+00:00"
    assert a_task(talk, date="2026-02-01")["view"] == "future"
    assert a_task(talk, date="2026-01-04")["view"] == "inbox"


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": " "}, {"text": None}])
def test_a_task_needs_a_lead_and_a_text(body: dict[str, Any]) -> None:
    required = "This field is required."
    assert Talk().field_errors("POST", "/task/", body) == {"lead": required, "text": required}


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"lead_id": "wibble"}, "lead"),
        ({"assigned_to": "user_x"}, "assigned_to"),
        ({"date": "soon"}, "date"),
        ({"priority": "low"}, "priority"),
        ({"is_complete": "yes"}, "is_complete"),
        ({"_type": "missed_call"}, "_type"),
        ({"text": 1}, "text"),
    ],
)
def test_what_does_not_fit_is_refused_under_its_key(told: dict[str, Any], wrong: str) -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    assert set(talk.field_errors("POST", "/task/", {"lead_id": lead, "text": "Call", **told})) == {wrong}


def test_an_outgoing_call_needs_a_contact_and_has_no_priority() -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{"name": "Ann"}])
    body = {"_type": "outgoing_call", "lead_id": lead["id"], "contact_id": lead["contact_ids"][0]}
    made = talk.post("/task/", body)
    assert (made["_type"], made["contact_name"]) == ("outgoing_call", "Ann")
    assert set(talk.field_errors("POST", "/task/", {**body, "contact_id": None, "priority": "high"})) == {"contact", "priority"}
    assert set(talk.field_errors("PUT", f"/task/{made['id']}/", {"text": "x"})) == {"text"}


def completions(talk: Talk, lead: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = talk.get("/activity/task_completed/", lead_id=lead)["data"]
    return found


def test_completing_writes_a_line_into_the_timeline_once() -> None:
    talk = Talk()
    made = a_task(talk)
    path = f"/task/{made['id']}/"
    done = talk.put(path, {"is_complete": True})
    [line] = completions(talk, made["lead_id"])
    assert (done["object_type"], done["object_id"], done["view"]) == ("taskcompleted", line["id"], "archive")
    assert (line["task_id"], line["task_text"], line["_type"]) == (made["id"], "Call", "TaskCompleted")
    talk.put(path, {"is_complete": True, "text": "Called"})
    assert [one["task_text"] for one in completions(talk, made["lead_id"])] == ["Call"]
    assert len(talk.get("/event/", object_type="activity.task_completed", action="created")["data"]) == 1
    assert talk.put(path, {"is_complete": False})["object_id"] is None
    talk.delete(f"/activity/task_completed/{line['id']}/")
    assert completions(talk, made["lead_id"]) == []


def test_a_task_that_is_born_complete_writes_the_line_too() -> None:
    talk = Talk()
    made = a_task(talk, is_complete=True, date="2018-01-01")
    assert [one["id"] for one in completions(talk, made["lead_id"])] == [made["object_id"]]


def test_the_lead_shows_open_tasks_only() -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    done, still = (talk.post("/task/", {"lead_id": lead, "text": text})["id"] for text in "ab")
    talk.put(f"/task/{done}/", {"is_complete": True})
    assert [one["id"] for one in talk.get(f"/lead/{lead}/")["tasks"]] == [still]


def test_many_tasks_are_completed_in_one_call() -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    ids = [talk.post("/task/", {"lead_id": lead, "text": text})["id"] for text in "abc"]
    assert talk.put("/task/", {"_params": {"id__in": f"{ids[0]},{ids[2]},task_x"}, "is_complete": True}) == {"ok": True}
    assert [talk.close.child(one)["is_complete"] for one in ids] == [True, False, True]
    assert len(completions(talk, lead)) == 2
    assert talk.close.calls_by_endpoint()["PUT /task/"] == 1
    talk.put(f"/task/?id__in={ids[1]}", {"date": "2026-09-09"})
    assert talk.close.child(ids[1])["date"] == "2026-09-09"


@pytest.mark.parametrize("body", [{"is_complete": True}, {"_params": {}, "is_complete": True}])
def test_a_change_of_many_tasks_needs_a_filter(body: dict[str, Any]) -> None:
    talk = Talk()
    made = a_task(talk)
    talk.refused("PUT", "/task/", body)
    assert talk.close.child(made["id"])["is_complete"] is False


def test_a_change_of_many_tasks_is_refused_whole() -> None:
    talk = Talk()
    ids = [a_task(talk)["id"] for _ in range(2)]
    params = {"_params": {"id__in": ",".join(ids)}}
    assert set(talk.field_errors("PUT", "/task/", {**params, "text": "x"})) == {"text"}
    assert set(talk.field_errors("PUT", "/task/", {**params, "assigned_to": "user_x", "is_complete": True})) == {"assigned_to"}
    assert not any(talk.close.child(one)["is_complete"] for one in ids)


def test_only_tasks_of_type_lead_are_listed_unless_asked() -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{"name": "Ann"}])
    plain = talk.post("/task/", {"lead_id": lead["id"], "text": "Call"})["id"]
    call = talk.post("/task/", {"_type": "outgoing_call", "lead_id": lead["id"], "contact_id": lead["contact_ids"][0]})["id"]

    def found(**query: Any) -> set[str]:
        return {one["id"] for one in talk.get("/task/", lead_id=lead["id"], **query)["data"]}

    assert found() == {plain}
    assert found(_type="outgoing_call") == {call}
    assert found(_type__in="lead,outgoing_call") == {plain, call}


def test_the_list_is_filtered() -> None:
    talk = Talk()
    lead, rob = talk.close.add_lead()["id"], talk.close.organization.somebody
    late, soon, done = (
        talk.post("/task/", {"lead_id": lead, "text": "x", **more})["id"]
        for more in ({"date": "2026-01-01", "assigned_to": rob}, {"date": "2026-02-01"}, {"date": "2026-01-03", "is_complete": True})
    )

    def found(**query: Any) -> list[str]:
        return [one["id"] for one in talk.get("/task/", _order_by="date", **query)["data"]]

    assert found() == [late, done, soon]
    assert found(is_complete="false") == [late, soon]
    assert found(assigned_to=rob) == [late]
    assert found(id__in=f"{soon},{done}") == [done, soon]
    assert found(date__gte="2026-01-02", date__lt="2026-02-01") == [done]
    assert [found(view=view) for view in ("inbox", "future", "archive")] == [[late], [soon], [done]]
    assert set(talk.field_errors("GET", "/task/?is_complete=maybe")) == {"is_complete"}
    assert set(talk.field_errors("GET", "/task/?view=all")) == {"view"}
    assert set(talk.field_errors("GET", "/task/?text=x")) == {"text"}
    assert len(talk.get("/task/", _limit=1000)["data"]) == 3


@pytest.mark.parametrize("switch", ["ignore", "move"])
def test_another_lead_in_a_put_follows_the_switch(switch: str) -> None:
    talk = Talk(lead_id_in_child_put=switch)
    made, other = a_task(talk), talk.close.add_lead()["id"]
    assert (talk.put(f"/task/{made['id']}/", {"lead_id": other})["lead_id"] == other) is (switch == "move")
