"""Is the sandbox over HTTP the same Close, with connections that really break?"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from integration_tests.close_sandbox import CALM, Close
from integration_tests.close_sandbox.presets import COMPANY_ID, PRESETS, USER_ID, crowd
from integration_tests.close_sandbox.server import Running, running_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running_server(CALM, preset="demo") as running:
        yield running


@pytest.fixture
def session(server: Running) -> Iterator[requests.Session]:
    """A client of a sandbox that was just reset to the demo."""
    server.close.change(rate_limits=False, latency=0.0)
    assert control(server, "POST", "reset")["lead_count"] == 4
    with requests.Session() as session:
        session.auth = (server.close.settings.api_key, "")
        yield session


def control(server: Running, method: str, name: str, body: Any = None, status: int = 200) -> Any:
    answer = requests.request(method, f"{server.url}/sandbox/{name}", json=body, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_lead_posted_over_http_is_the_lead_in_memory(server: Running, session: requests.Session) -> None:
    posted = session.post(f"{server.api_url}/lead/", json={"name": "Acme", f"custom.{COMPANY_ID}": "c-1", "contacts": [{"name": "Ann"}]})
    assert posted.status_code == 200
    assert server.close.leads[posted.json()["id"]] == posted.json()
    assert session.get(f"{server.api_url}/lead/{posted.json()['id']}/?_fields=name").json() == {"name": "Acme"}


def test_a_call_takes_milliseconds(server: Running, session: requests.Session) -> None:
    """Nagle's algorithm and delayed acknowledgements would make it 40."""
    begun = time.perf_counter()
    for number in range(30):
        session.post(f"{server.api_url}/lead/", json={"name": str(number)})
    assert (time.perf_counter() - begun) / 30 < 0.03


def test_headers_and_refusals_come_through(server: Running, session: requests.Session) -> None:
    control(server, "POST", "settings", {"rate_limits": True, "limits": {"me": 1}})
    assert session.get(f"{server.api_url}/me/").headers["ratelimit"] == "limit=1; remaining=0; reset=8"
    refused = session.get(f"{server.api_url}/me/")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "8")
    assert requests.get(f"{server.api_url}/me/", timeout=5).status_code == 401
    assert session.get(f"{server.api_url}/nonsense/").status_code == 404


def test_chunked_bodies_are_refused(server: Running, session: requests.Session) -> None:
    answer = session.post(f"{server.api_url}/lead/", data=iter([b"{}"]), headers={"content-type": "application/json"})
    assert answer.status_code == 415


@pytest.mark.parametrize("kind", ["reset", "refused"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_dropped_connection_is_dropped(server: Running, session: requests.Session, kind: str, when: str) -> None:
    control(server, "POST", "faults", {"kind": kind, "when": when, "method": "POST"})
    with pytest.raises(requests.exceptions.ConnectionError):
        session.post(f"{server.api_url}/lead/", json={"name": "Acme"}, timeout=5)
    assert server.close.lead_count == 4 + (when == "after")
    assert session.get(f"{server.api_url}/me/").status_code == 200


def test_an_answer_can_break_off_in_the_middle(server: Running, session: requests.Session) -> None:
    control(server, "POST", "faults", {"kind": "cut", "when": "after"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(f"{server.api_url}/me/", timeout=5)


def test_a_call_can_hang_until_the_caller_gives_up(server: Running, session: requests.Session) -> None:
    control(server, "POST", "faults", {"faults": [{"kind": "timeout", "when": "after", "method": "POST"}]})
    with pytest.raises(requests.exceptions.ReadTimeout):
        session.post(f"{server.api_url}/lead/", json={"name": "Acme"}, timeout=0.2)
    assert server.close.lead_count == 5


def test_a_slow_call_does_not_hold_up_others(server: Running, session: requests.Session) -> None:
    arrived, ended = threading.Event(), threading.Event()
    control(server, "POST", "faults", {"kind": "503", "delay": 30})
    server.close.before_request.append(lambda _: arrived.set())

    def slow() -> None:
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(f"{server.api_url}/me/", timeout=1)
        ended.set()

    thread = threading.Thread(target=slow)
    thread.start()
    assert arrived.wait(5)
    assert session.get(f"{server.api_url}/me/", timeout=5).status_code == 200
    assert not ended.is_set()
    thread.join()
    server.close.before_request.clear()


def test_another_process_can_see_and_steer_everything(server: Running, session: requests.Session) -> None:
    before = control(server, "GET", "state")
    assert {field["id"] for field in before["custom_fields"]} >= {COMPANY_ID, USER_ID}
    seeded = control(
        server,
        "POST",
        "seed",
        {
            "statuses": ["Won"],
            "custom_fields": [{"objects": "lead", "name": "Extra", "id": "cf_extra"}],
            "leads": [{"name": "New", "status": "Won", "custom.cf_extra": "x", "contacts": [{"name": "Zoe"}]}],
        },
    )
    lead = seeded["leads"][0]
    assert control(server, "GET", "state?skip=4")["leads"] == [server.close.lead(lead)]
    control(server, "POST", "edit", {"id": lead, "changes": {"description": "by hand"}})
    contact = server.close.contacts_of(lead)[0]["id"]
    control(server, "POST", "edit", {"id": contact, "changes": {"title": "CEO"}})
    control(server, "POST", "plant", {"id": contact, "keys": {f"custom.{USER_ID}": " "}})
    assert server.close.contact(contact)["title"] == "CEO"
    assert server.close.contact(contact)[f"custom.{USER_ID}"] == " "
    first = before["leads"][0]["id"]
    control(server, "POST", "merge", {"source": first, "destination": lead})
    control(server, "POST", "delete", {"id": contact})
    assert len(server.close.lead(lead)["contact_ids"]) == 2
    assert control(server, "GET", "events")["events"][-1]["action"] == "deleted"
    session.get(f"{server.api_url}/lead/{lead}/")
    calls = control(server, "GET", "calls")
    assert [(call["endpoint"], call["status"]) for call in calls["calls"]] == [("GET /lead/{id}/", 200)]
    assert control(server, "GET", f"calls?since={calls['calls'][-1]['number']}")["calls"] == []
    control(server, "DELETE", "calls")
    assert control(server, "GET", "counts")["calls_by_endpoint"] == {}
    control(server, "POST", "spend", {"group": "search", "calls": 3})
    control(server, "POST", "settle")


def test_faults_and_settings_can_be_read_back_and_taken_back(server: Running, session: requests.Session) -> None:
    control(server, "POST", "faults", {"kind": "500", "times": None, "path": "/lead/"})
    assert [fault["kind"] for fault in control(server, "GET", "faults")["faults"]] == ["500"]
    assert session.get(f"{server.api_url}/lead/").status_code == 500
    control(server, "DELETE", "faults")
    assert session.get(f"{server.api_url}/lead/").status_code == 200
    assert control(server, "POST", "settings", {"index_lag": 7})["index_lag"] == 7
    assert control(server, "POST", "settings", {"index_lag": 0})["index_lag"] == 0


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("nonsense", {}, 404),
        ("settings", {"nonsense": 1}, 400),
        ("faults", {"kind": "nonsense"}, 400),
        ("seed", {"leads": [{"custom.nonsense": 1}]}, 400),
        ("delete", {"id": "lead_nowhere"}, 400),
        ("delete", {}, 400),
    ],
)
def test_a_mistaken_control_call_says_so(server: Running, session: requests.Session, name: str, body: Any, status: int) -> None:
    assert control(server, "POST", name, body, status)


def page(server: Running, query: str = "") -> str:
    answer = requests.get(f"{server.url}/{query}", timeout=10)
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_leads_people_and_what_each_write_changed(server: Running, session: requests.Session) -> None:
    lead = next(one for one in server.close.leads.values() if one["name"] == "Northwind Traders")
    session.put(f"{server.api_url}/lead/{lead['id']}/", json={"custom.cf_nowhere": 1})
    session.put(f"{server.api_url}/lead/{lead['id']}/", json={f"custom.{COMPANY_ID}": "c-9", "status": "Customer"})
    contact = lead["contacts"][0]
    emails = [*contact["emails"], {"email": "second@northwind.example"}]
    session.put(f"{server.api_url}/contact/{contact['id']}/", json={"emails": emails})
    text = page(server)
    assert "Maria Anders" in text
    assert "+1 650-555-0101" in text
    assert "Company ID: <del>c-1001</del> → <ins>c-9</ins>" in text
    assert "status: <del>Qualified</del> → <ins>Customer</ins>" in text
    assert "emails: <ins>second@northwind.example</ins>" in text
    assert re.search(rf"PUT <code[^>]*>/lead/{lead['id']}/</code>.*?400.*?</tr>", text, re.DOTALL)
    assert text.index("Northwind Traders</h3>") < text.index("Ernst Handel</h3>")


def test_the_page_escapes_whatever_is_stored(server: Running, session: requests.Session) -> None:
    evil = "<script>alert('x')</script>\"'"
    server.close.add_lead({"name": evil, "description": evil, "url": "javascript:alert(1)", f"custom.{COMPANY_ID}": evil})
    server.close.add_lead(contacts=[{"name": evil, "title": evil, "emails": [{"email": '"<b>"@x.example'}]}])
    server.close.rename_custom_field(COMPANY_ID, evil)
    session.get(f"{server.api_url}/lead/<img src=x>/")
    for text in (page(server), page(server, "?q=%3Cscript%3Ealert")):
        assert text.count("<script>") == 1
        assert "alert('x')" not in text
        assert "<b>" not in text.replace("<b>", "", text.count("<li><b>"))
        assert 'href="javascript' not in text
        assert "<img" not in text


def test_the_page_finds_leads_by_any_word_of_theirs_and_turns_over(server: Running, session: requests.Session) -> None:
    crowd(server.close, 60)
    text = page(server, "?q=MESSNER+lehmanns")
    assert re.findall(r"<h3>(.*?)</h3>", text) == ["Lehmanns Marktstand"]
    assert "No lead has all these words." in page(server, "?q=nobody")
    first, second, last = page(server), page(server, "?page=2"), page(server, "?page=99")
    shown = [re.findall(r'<article id="(lead_\w+)"', one) for one in (first, second, last)]
    assert [len(one) for one in shown] == [24, 24, 16]
    assert len({lead for one in shown for lead in one}) == 64
    assert ['rel="next"' in one for one in (first, second, last)] == [True, True, False]
    assert ['rel="prev"' in one for one in (first, second, last)] == [False, True, True]


def test_a_big_company_and_an_empty_close_are_shown_too() -> None:
    close = Close(CALM)
    with running_server(close=close) as server:
        assert server.close is close
        assert "No leads yet." in page(server)
        close.add_lead(name="Big", contacts=[{"name": f"P{i}"} for i in range(300)])
        assert "and 288 more" in page(server)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_starts(name: str) -> None:
    close = Close(CALM.but(**PRESETS[name].settings))
    PRESETS[name].seed(close)
    assert close.lead_count == (4 if name == "demo" else 0)
    assert (COMPANY_ID in close.organization.fields) is (name != "bare")


def test_the_command_starts_a_server_with_its_settings(tmp_path: Path) -> None:
    config = tmp_path / "settings.json"
    config.write_text('{"header_form": "comma", "index_lag": 9}')
    command = [sys.executable, "-m", "integration_tests.close_sandbox", "--port", "0", "--preset", "bench", "--leads", "3"]
    command += ["--config", str(config), "--index-lag", "3", "--speed", "8", "--latency", "0", "--api-key", "api_mine"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/ .* key: api_mine", line)
        assert found, line
        settings = requests.get(f"{found[1]}/sandbox/settings", timeout=10).json()
        assert (settings["index_lag"], settings["speed"], settings["header_form"], settings["latency"]) == (3, 8, "comma", 0)
        answer = requests.get(f"{found[1]}/api/v1/lead/", auth=("api_mine", ""), timeout=10)
        assert len(answer.json()["data"]) == 3
        assert answer.headers["ratelimit"] == "limit=240, remaining=239, reset=1"
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
