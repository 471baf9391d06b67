"""Do calls fail as planned, with and without effect?"""

from __future__ import annotations

import pytest
import requests

from integration_tests.close_sandbox import Fault
from integration_tests.close_sandbox.faults import FAILURES, KINDS
from unit_tests.sandbox.talk import Talk


def outcome(talk: Talk) -> str:
    """What a client sees of a POST /lead/."""
    try:
        answer = talk.ask("POST", "/lead/", {"name": "Acme"})
    except requests.exceptions.RequestException as problem:
        return type(problem).__name__
    try:
        answer.json()
    except requests.exceptions.JSONDecodeError:
        return f"{answer.status_code} no json"
    return str(answer.status_code)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_every_kind_spoils_one_call_with_or_without_its_effect(kind: str, when: str) -> None:
    talk = Talk()
    talk.close.faults.add(Fault(kind=kind, when=when))  # type: ignore[arg-type]
    seen = {
        "timeout": "ReadTimeout",
        "connect_timeout": "ConnectTimeout",
        "reset": "ConnectionError",
        "refused": "ConnectionError",
        "cut": "ChunkedEncodingError",
        "408": "408 no json",
        "413": "413 no json",
        "502": "502 no json",
        "504": "504 no json",
        "truncated_json": "200 no json",
        "html_200": "200 no json",
        "empty_200": "200 no json",
    }
    assert outcome(talk) == seen.get(kind, kind)
    assert talk.close.lead_count == (when == "after")
    assert talk.close.calls[0].fault == f"{kind} {when}"
    assert talk.close.calls_by_status() == {0 if kind in FAILURES else 200 if kind.endswith(("200", "json")) else int(kind): 1}
    assert outcome(talk) == "200"


def test_a_dropped_and_a_refused_connection_look_as_they_do_in_requests() -> None:
    talk = Talk()
    talk.close.faults.add(Fault("reset"))
    talk.close.faults.add(Fault("refused"))
    with pytest.raises(requests.exceptions.ConnectionError, match="Connection aborted"):
        talk.ask("GET", "/me/")
    with pytest.raises(requests.exceptions.ConnectionError, match="Connection refused"):
        talk.ask("GET", "/me/")


def test_a_fault_strikes_only_the_calls_it_is_for() -> None:
    talk = Talk()
    talk.close.faults.add(Fault("503", method="POST", path="/contact/", times=2, skip=1))
    lead = talk.post("/lead/", {})
    talk.get("/contact/")
    contact = {"lead_id": lead["id"]}
    assert [talk.ask("POST", "/contact/", contact).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
    assert talk.close.faults.planned == []
    assert talk.close.faults.struck == 2


def test_a_fault_with_a_probability_strikes_the_same_calls_every_time() -> None:
    def seen() -> list[int]:
        talk = Talk()
        talk.close.faults.add(Fault("500", probability=0.3, times=None))
        return [talk.ask("GET", "/me/").status_code for _ in range(50)]

    first = seen()
    assert first == seen()
    assert 3 < first.count(500) < 30


def test_a_late_effect_becomes_real_after_the_caller_gave_up() -> None:
    talk = Talk()
    talk.close.faults.add(Fault("408", when="after", late=5))
    assert outcome(talk) == "408 no json"
    talk.clock.advance(4.9)
    assert talk.close.leads == {}
    talk.clock.advance(0.1)
    assert [lead["name"] for lead in talk.close.leads.values()] == ["Acme"]


def test_a_late_effect_counts_from_its_own_moment_for_the_index() -> None:
    talk = Talk(index_lag=2)
    talk.close.faults.add(Fault("timeout", when="after", late=5))
    assert outcome(talk) == "ReadTimeout"
    talk.clock.advance(6)
    assert talk.find("lead")["data"] == []
    talk.clock.advance(1)
    assert len(talk.find("lead")["data"]) == 1


def test_a_late_effect_on_something_gone_meanwhile_does_nothing() -> None:
    talk = Talk()
    lead = talk.post("/lead/", {})
    talk.close.faults.add(Fault("504", method="PUT", when="after", late=5))
    talk.ask("PUT", f"/lead/{lead['id']}/", {"name": "late"})
    talk.close.delete(lead["id"])
    talk.clock.advance(5)
    assert talk.close.leads == {}


def test_a_delay_keeps_the_caller_waiting() -> None:
    talk = Talk(latency=0.25)
    begun = talk.clock()
    talk.get("/me/")
    talk.close.faults.add(Fault("timeout", delay=30))
    with pytest.raises(requests.exceptions.ReadTimeout):
        talk.get("/me/")
    assert talk.clock() - begun == pytest.approx(30.5)


def test_a_429_of_the_plan_carries_headers_with_calls_remaining() -> None:
    talk = Talk(rate_limits=True)
    talk.close.faults.add(Fault("429", retry_after=3))
    answer = talk.ask("GET", "/me/")
    assert answer.headers["ratelimit-remaining"] == "160"
    assert answer.headers["retry-after"] == "3"


def test_a_403_or_400_of_the_plan_can_name_a_field() -> None:
    talk = Talk()
    talk.close.faults.add(Fault("403", field="custom.cf_x"))
    talk.close.faults.add(Fault("400", field="name"))
    assert set(talk.refused("POST", "/lead/", {}, 403)["field-errors"]) == {"custom.cf_x"}
    assert set(talk.field_errors("POST", "/lead/", {})) == {"name"}


def test_a_fault_that_does_not_exist_cannot_be_planned() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Fault("418")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="before or after"):
        Fault("500", when="during")  # type: ignore[arg-type]


def test_calls_that_were_refused_anyway_do_not_use_up_a_fault_after() -> None:
    talk = Talk(rate_limits=True, limits={"me": 1})
    talk.get("/me/")
    talk.close.faults.add(Fault("timeout", when="after"))
    talk.refused("GET", "/me/", status=429)
    assert len(talk.close.faults.planned) == 1
