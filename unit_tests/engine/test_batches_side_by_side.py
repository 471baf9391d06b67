"""What does a batch wait for, and what does it not wait for?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from destination_close.airbyte import Record, State
from destination_close.close import FIRST_CLAUSES
from destination_close.engine import applying, queueing
from destination_close.engine.applying import Sent
from destination_close.engine.queueing import MOST_BATCHES
from destination_close.engine.writer import FIRST_BATCH_COMPANIES
from destination_close.model import CreateLead, ProtocolError, object_of
from unit_tests.support import harness
from unit_tests.support.harness import PlayedSource
from unit_tests.support.law import CONFIG
from unit_tests.support.office import COMPANY, Office

BATCH_ROWS = 5

Slow = Callable[[Any], bool]


class WithSlowCalls(PlayedSource):
    """A call that is slow ends only when there is nothing else to do."""

    slow: Slow

    def get(self, timeout: float, *, events_only: bool = False) -> Any:
        self.calls.sort(key=lambda submitted: isinstance(submitted[0], Sent) and type(self).slow(submitted[0].change))
        first_is_slow = bool(self.calls) and isinstance(self.calls[0][0], Sent) and type(self).slow(self.calls[0][0].change)
        if self._ended or events_only:
            self.choose = harness.first
        else:
            self.choose = (lambda possible: possible - 1) if first_is_slow or not self.calls else harness.first
        return super().get(timeout, events_only=events_only)


def creates(company: str) -> Slow:
    return lambda change: isinstance(change, CreateLead) and change.lead.company_id == company


def changes(object_id: str) -> Slow:
    return lambda change: object_of(change) == object_id


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., harness.Ran]:
    def run(office: Office, slow: Slow, rows: list[dict[str, Any]], hear: Callable[[Any], object] = lambda _: None) -> harness.Ran:
        class Source(WithSlowCalls):
            pass

        Source.slow = staticmethod(slow)  # type: ignore[assignment]
        monkeypatch.setattr(harness, "PlayedSource", Source)
        ran = harness.run(office.close, office.clock, CONFIG, list(messages(rows)), batch_rows=BATCH_ROWS, hear=hear)
        if ran.failure:
            raise ran.failure
        return ran

    return run


def messages(rows: list[dict[str, Any]]) -> Iterator[Record | State]:
    for number, row in enumerate(rows, 1):
        yield harness.record("people", row)
        yield harness.state("people", number)


def companies_in_order(office: Office) -> list[str]:
    return [lead[COMPANY] for lead in sorted(office.close.leads.values(), key=lambda lead: lead["date_created"])]


def test_other_companies_do_not_wait_for_one_whose_create_takes_long(run: Callable[..., harness.Ran]) -> None:
    office = Office()
    rows = [{"lead_company_id": f"c{n}", "lead_name": f"Company {n}"} for n in range(BATCH_ROWS * MOST_BATCHES + 1)]
    ran = run(office, creates("c2"), rows)
    made = companies_in_order(office)
    assert made.index("c2") == BATCH_ROWS * MOST_BATCHES - 1, "all others of as many batches as may be begun came first"
    assert [state["id"] for state in ran.states] == list(range(1, len(rows) + 1))


def test_only_a_limited_number_of_calls_overtake_a_row_whose_call_takes_long(
    run: Callable[..., harness.Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "MOST_CALLS_AHEAD", 7)
    office = Office()
    rows = [{"lead_company_id": f"c{n}", "lead_name": f"Company {n}"} for n in range(BATCH_ROWS * 3)]
    run(office, creates("c2"), rows)
    assert companies_in_order(office).index("c2") == 2 + 7 - 1


def test_no_state_leaves_before_a_row_that_others_have_overtaken(run: Callable[..., harness.Ran]) -> None:
    office = Office()
    rows = [{"lead_company_id": f"c{n}", "lead_name": f"Company {n}"} for n in range(BATCH_ROWS * 2)]
    heard: list[tuple[int, int]] = []

    def hear(message: dict[str, Any]) -> None:
        if message["type"] == "STATE":
            heard.append((message["state"]["id"], len(office.of_company("c2"))))

    run(office, creates("c2"), rows, hear)
    assert heard == [(1, 0), (2, 0), *((number, 1) for number in range(3, len(rows) + 1))]


def test_rows_of_the_same_company_wait_for_it_in_whatever_batch_they_come(run: Callable[..., harness.Ran]) -> None:
    office = Office()
    others = [{"lead_company_id": f"c{n}", "lead_name": f"Company {n}"} for n in range(BATCH_ROWS * 2)]
    slow = [{"lead_company_id": "slow", "lead_name": "Old", "contact_email": "s@slow.example", "contact_title": title} for title in "ABC"]
    rows = [slow[0], *others[:6], slow[1], *others[6:], {**slow[2], "lead_name": "New"}]
    run(office, creates("slow"), rows)
    (lead,) = office.of_company("slow")
    assert (lead["name"], [contact["title"] for contact in lead["contacts"]]) == ("New", ["C"])
    assert companies_in_order(office)[-1] == "slow"


def test_a_row_that_joins_two_earlier_companies_waits_for_both(run: Callable[..., harness.Ran]) -> None:
    office = Office()
    one, other = office.lead(), office.lead()
    ann, bob = office.contact(one, "ann@heron.example", user_id="u-ann"), office.contact(other, "bob@heron.example")
    fillers = [{"lead_company_id": f"c{n}", "lead_name": f"Company {n}"} for n in range(BATCH_ROWS - 2)]
    rows = [
        {"contact_user_id": "u-ann", "contact_title": "First"},
        {"contact_email": "bob@heron.example", "contact_title": "First"},
        *fillers,
        {"contact_user_id": "u-ann", "contact_title": "Second", "contact_email": "bob@heron.example"},
        {"contact_email": "bob@heron.example", "contact_title": "Third"},
    ]
    run(office, changes(bob), rows)
    assert office.close.contact(ann)["title"] == "Third"
    assert office.close.contact(bob)["title"] == "Third"


def test_a_run_that_stops_making_progress_ends_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It never should; but if it did, nobody would be told for hours."""
    monkeypatch.setattr(applying.Applying, "_begin_more", lambda _: None)
    office = Office()
    ran = harness.run(office.close, office.clock, CONFIG, list(messages([{"lead_company_id": "h1"}])))
    assert isinstance(ran.failure, ProtocolError)
    assert "stopped making progress" in ran.failure.message
    assert ran.states == []


def test_the_first_batch_is_a_small_one() -> None:
    office = Office()
    rows = [{"lead_company_id": f"c{n}"} for n in range(3 * FIRST_BATCH_COMPANIES)]
    told: list[int] = []
    office.before("POST", "/lead/", lambda: told.append(office.close.calls_by_endpoint().get("POST /data/search/", 0)))
    harness.run(office.close, office.clock, CONFIG, list(messages(rows)))
    assert told == [-(-FIRST_BATCH_COMPANIES // FIRST_CLAUSES)], "companies of the first batch are asked for, and no others"


def test_a_new_company_of_many_people_is_one_call_also_in_the_first_batch() -> None:
    office = Office()
    rows = [{"lead_company_id": "h1", "contact_user_id": f"u{n}"} for n in range(900)]
    harness.run(office.close, office.clock, CONFIG, list(messages(rows)))
    assert office.close.calls_by_endpoint()["POST /lead/"] == 1
    assert "POST /contact/" not in office.close.calls_by_endpoint()
