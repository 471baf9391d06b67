"""Are opportunities, activities, objects, notes and tasks on the page, and within reach of other processes?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integration_tests.close_sandbox import CALM
from integration_tests.close_sandbox.server import Running, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running_server(CALM, preset="empty") as running:
        yield running


@pytest.fixture(autouse=True)
def empty(server: Running) -> None:
    control(server, "POST", "reset", {"preset": "bare"})


def control(server: Running, method: str, name: str, body: Any = None, status: int = 200) -> Any:
    answer = requests.request(method, f"{server.url}/sandbox/{name}", json=body, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.json()


def page(server: Running, query: str = "") -> str:
    answer = requests.get(f"{server.url}/{query}", timeout=10)
    assert answer.status_code == 200
    return answer.text


def seeded(server: Running) -> dict[str, Any]:
    told = {
        "pipelines": [{"name": "Renewals", "id": "pipe_r"}],
        "activity_types": [{"name": "Visit", "id": "actitype_v"}],
        "object_types": [{"name": "Plan", "id": "cotype_p"}],
        "custom_fields": [
            {"objects": ["opportunity", "activity/actitype_v", "custom_object/cotype_p"], "name": "External ID", "id": "cf_e"}
        ],
        "leads": [{"name": "Acme"}],
    }
    ids: dict[str, Any] = control(server, "POST", "seed", told)
    lead = {"lead_id": ids["leads"][0]}
    children = [
        {"kind": "opportunity", **lead, "value": 300_000, "pipeline_id": "pipe_r", "note": "three seats", "custom.cf_e": "sub-42"},
        {"kind": "task", **lead, "text": "Call them", "date": "2030-01-01"},
        {"kind": "task", **lead, "text": "Wrote them", "is_complete": True},
        {"kind": "activity.note", **lead, "title": "Ticket 4711", "note": "It does not start."},
        {"kind": "activity.custom_activity", **lead, "custom_activity_type_id": "actitype_v", "status": "draft"},
        {"kind": "custom_object", **lead, "custom_object_type_id": "cotype_p", "name": "Team plan"},
    ]
    return {**ids, "children": control(server, "POST", "seed", {"children": children})["children"]}


def test_the_page_shows_what_is_below_a_lead(server: Running) -> None:
    ids = seeded(server)
    text = re.sub(r"\s+", " ", page(server))
    for title in ("Opportunities", "Open tasks", "Completed tasks", "Notes", "Activities: Visit", "Objects: Plans"):
        assert f"<h4>{title} <span" in text
    for shown in (
        "$3,000",
        "Renewals / Active",
        "three seats",
        "due 2030-01-01",
        "Wrote them",
        "Ticket 4711",
        "It does not start.",
        "Team plan",
    ):
        assert shown in text
    assert "<b>External ID</b> sub-42" in text
    assert "draft" in text
    assert all(f'id="{one}"' in text for one in ids["children"])
    for name, count in (("opportunities", 1), ("tasks", 2), ("notes", 1), ("custom activities", 1), ("custom objects", 1)):
        assert f"<dt>{name}</dt><dd>{count}</dd>" in text


def test_the_page_tells_what_writes_changed(server: Running) -> None:
    ids = seeded(server)
    with requests.Session() as session:
        session.auth = (server.close.settings.api_key, "")
        session.put(f"{server.api_url}/opportunity/{ids['children'][0]}/", json={"status": "Won", "value": 1})
        session.delete(f"{server.api_url}/activity/note/{ids['children'][3]}/")
    text = page(server)
    assert "status_id" not in text
    assert "status: <del>Active</del> → <ins>Won</ins>" in text
    assert "value: <del>300000</del> → <ins>1</ins>" in text
    assert "note Ticket 4711 deleted" in text
    assert "task completed Wrote them created" in text


def test_leads_are_found_by_what_is_below_them(server: Running) -> None:
    seeded(server)
    control(server, "POST", "seed", {"leads": [{"name": "Other"}]})
    for words in ("4711", "sub-42", "team+plan", "wrote"):
        assert re.findall(r"<h3>(.*?)</h3>", page(server, f"?q={words}")) == ["Acme"]


def test_the_page_escapes_what_is_stored_below_leads(server: Running) -> None:
    ids = seeded(server)
    evil = "<script>alert('x')</script>\"'"
    close, lead = server.close, ids["leads"][0]
    close.add_child("activity.note", lead, title=evil, note_html=evil)
    close.add_child("custom_object", lead, {"name": evil, "custom_object_type_id": "cotype_p", "custom.cf_e": evil})
    close.add_child("opportunity", lead, note=evil)
    close.add_child("task", lead, text=evil)
    close.add_pipeline(evil)
    close.add_child("activity.custom_activity", lead, custom_activity_type_id=close.add_activity_type(evil))
    text = page(server)
    assert text.count("<script>") == 1
    assert "alert('x')" not in text
    assert "&lt;script&gt;" in text


def test_a_lead_with_very_much_below_it_stays_readable(server: Running) -> None:
    lead = control(server, "POST", "seed", {"leads": [{"name": "Big"}]})["leads"][0]
    for number in range(60):
        server.close.add_child("activity.note", lead, title=f"N{number}", note="x" * 5_000)
    text = page(server)
    assert text.count('<li id="acti_') == 8
    assert "and 52 more" in text
    assert "x" * 400 not in text


def test_another_process_can_see_and_steer_it(server: Running) -> None:
    ids = seeded(server)
    deal, lead = ids["children"][0], ids["leads"][0]
    assert control(server, "GET", f"children?kind=opportunity&lead_id={lead}")["children"] == [server.close.child(deal)]
    assert len(control(server, "GET", "children?kind=task")["children"]) == 2
    assert control(server, "POST", "edit", {"id": deal, "changes": {"confidence": 90}})["confidence"] == 90
    control(server, "POST", "plant", {"id": deal, "keys": {"custom.cf_e": " "}})
    assert server.close.child(deal)["custom.cf_e"] == " "
    control(server, "POST", "delete", {"id": deal})
    counts = control(server, "GET", "counts")["child_counts"]
    assert (counts["opportunity"], counts["task"]) == (0, 2)
    changed = control(server, "POST", "settings", {"search_at_top": ["task"], "index_lag_of": {"task": 3}})
    assert (changed["search_at_top"], changed["index_lag_of"]) == (["task"], {"task": 3})
    control(server, "POST", "settings", {"search_at_top": [], "index_lag_of": {}})


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("seed", {"children": [{"kind": "nonsense", "lead_id": "x"}]}),
        ("seed", {"children": [{"kind": "task", "lead_id": "lead_x", "text": "x"}]}),
        ("seed", {"pipelines": [{"name": "P", "statuses": [["x", "maybe"]]}]}),
        ("edit", {"id": "oppo_x", "changes": {}}),
        ("delete", {"id": "oppo_x"}),
    ],
)
def test_a_mistaken_control_call_says_so(server: Running, name: str, body: Any) -> None:
    assert control(server, "POST", name, body, 400)


def test_an_empty_answer_comes_through_as_one(server: Running) -> None:
    thing = seeded(server)["children"][5]
    answer = requests.delete(f"{server.api_url}/custom_object/{thing}/", auth=(server.close.settings.api_key, ""), timeout=10)
    assert (answer.status_code, answer.content) == (204, b"")
