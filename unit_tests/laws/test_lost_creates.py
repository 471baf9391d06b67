"""What if the answer to a create is lost, and what it made is hard to find, or hard to tell from something else?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from destination_close.assembly import Surroundings
from integration_tests.close_sandbox.faults import Fault, Kind
from unit_tests.support import harness
from unit_tests.support.law import CONFIG
from unit_tests.support.office import COMPANY, USER, Office, a_row

FAULTS = ["timeout", "502", "empty_200"]


def lose(office: Office, kind: Kind, when: str, path: str, nth: int = 1) -> None:
    """The answer to the nth create, carried out or not."""
    office.close.faults.add(Fault(kind, when, "POST", path, skip=nth - 1))  # type: ignore[arg-type]


def titles(office: Office, email: str) -> dict[str | None, str]:
    """By User ID, of the contacts with the email."""
    return {contact.get(USER): contact["title"] for contact in office.holding(email)}


# --- found, it is just as if the answer had come ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", FAULTS)
def test_rows_of_a_lost_create_do_not_see_what_later_rows_made(kind: Kind) -> None:
    """The second row means the first one's contact; the third one's, with the same email, was not there yet."""
    office = Office()
    lose(office, kind, "after", "/lead/")
    office.sync(
        a_row(contact_user_id="one", contact_email="shared@heron.example"),
        {"lead_company_id": "h1", "contact_email": "shared@heron.example", "contact_title": "Diver"},
        a_row(contact_user_id="two", contact_email="shared@heron.example"),
    )
    assert titles(office, "shared@heron.example") == {"one": "Diver", "two": ""}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_lost_create_counts_as_a_create(kind: Kind) -> None:
    office = Office()
    lose(office, kind, "after", "/lead/")
    ran = office.sync(a_row(contact_title="Diver"), a_row(contact_title="Wader"))
    assert "1 created, 1 updated" in ran.summary_of("people")


def test_what_a_colleague_changes_before_it_is_found_is_set_right() -> None:
    office = Office()
    lose(office, "timeout", "after", "/lead/")

    def spoil() -> None:
        (hanna,) = office.holding("hanna@heron.example")
        office.close.edit_contact(hanna["id"], {"title": "Typo"})
        office.add_email(hanna["id"], "rep@heron.example")

    office.before("GET", "/event/", spoil, nth=3)
    office.sync(a_row(contact_title="Diver", lead_description="Wetlands"))
    (hanna,) = office.holding("hanna@heron.example")
    assert (hanna["title"], office.emails(hanna["id"])) == ("Diver", ["hanna@heron.example", "rep@heron.example"])


# --- found is what only looks like it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("event_lag", [0.0, 3600.0])
def test_somebody_else_with_the_same_email_is_not_what_the_create_made(event_lag: float) -> None:
    office = Office(event_lag=event_lag)
    lead = office.lead("h1")
    lose(office, "timeout", "before", "/contact/")
    office.before("POST", "/contact/", lambda: office.contact(lead, "hanna@heron.example", user_id="other"))
    office.sync(a_row(contact_title="Diver"))
    assert titles(office, "hanna@heron.example") == {"other": "", "h-hanna": "Diver"}


@pytest.mark.parametrize("user_id", [None, "other"])
def test_somebody_with_the_same_email_in_another_company_is_not_what_the_create_made(user_id: str | None) -> None:
    office = Office()
    lead = office.lead("h0")
    lose(office, "timeout", "before", "/lead/")
    office.before("POST", "/lead/", lambda: office.contact(lead, "hanna@heron.example", user_id=user_id))
    office.sync({"lead_company_id": "h1", "contact_email": "hanna@heron.example", "contact_title": "Diver"})
    assert len(office.of_company("h1")) == 1
    assert len(office.holding("hanna@heron.example")) == 2


@pytest.mark.parametrize("path", ["/lead/", "/contact/"])
def test_somebody_with_the_same_email_does_not_hide_what_the_create_made(path: str) -> None:
    office = Office()
    elsewhere, here = office.lead("h0"), path == "/contact/" and office.lead("h1")
    office.close.faults.add(Fault("timeout", "after", "POST", path, late=3.0))
    office.before("POST", path, lambda: office.contact(here or elsewhere, "hanna@heron.example", user_id="other"))
    office.sync(a_row(), a_row(contact_title="Diver"), batch_rows=1)
    assert titles(office, "hanna@heron.example") == {"other": "", "h-hanna": "Diver"}
    assert len(office.of_company("h1")) == 1


# --- clocks that differ --------------------------------------------------------------------------------------------------

SKEWS = [-3600.0, -300.0, -90.0, 0.0, 90.0, 300.0, 3600.0]


@pytest.fixture(params=SKEWS)
def skewed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connector's machine is so many seconds ahead of Close."""
    real = harness.Surroundings

    def around(*args: Any, wall: Callable[[], float], **more: Any) -> Surroundings:
        return real(*args, wall=lambda: wall() + request.param, **more)

    monkeypatch.setattr(harness, "Surroundings", around)


@pytest.mark.usefixtures("skewed")
def test_whatever_our_clock_says_a_lost_create_is_found() -> None:
    for rows, insert in (([a_row()], None), ([{"lead_name": "Heron Ltd"}], "lead")):
        office = Office()
        lose(office, "timeout", "after", "/lead/")
        office.sync(*rows, insert=insert)
        assert len(office.close.leads) == 1


@pytest.mark.usefixtures("skewed")
def test_whatever_our_clock_says_what_is_older_is_not_what_a_lost_insert_made() -> None:
    office = Office()
    office.lead(name="Heron Ltd")
    office.clock.advance(30)
    lose(office, "timeout", "before", "/lead/")
    office.sync({"lead_name": "Heron Ltd"}, insert="lead")
    assert len(office.close.leads) == 2


@pytest.mark.usefixtures("skewed")
def test_whatever_our_clock_says_a_run_waits_for_the_index_to_show_what_the_one_before_wrote() -> None:
    office = Office()
    office.run(a_row())
    office.run(a_row(contact_title="Diver"))
    assert len(office.of_company("h1")) == 1


# --- answers in another shape --------------------------------------------------------------------------------------------


def answers(office: Office, monkeypatch: pytest.MonkeyPatch, method: str, path: str, change: Callable[[Any], Any]) -> None:
    """All good answers to such calls are changed on their way."""
    real = office.close.handle

    def handle(*args: Any, **more: Any) -> Any:
        answer = real(*args, **more)
        if args[0] == method and args[1].startswith(f"/api/v1{path}") and answer.status == 200 and not answer.failure:
            answer.body = orjson.dumps(change(orjson.loads(answer.body)))
        return answer

    monkeypatch.setattr(office.close, "handle", handle)


def without_contacts(value: Any) -> Any:
    for lead in value.get("data", [value]):
        if "contacts" in lead:
            lead["contacts"] = None
    return value


@pytest.mark.parametrize(("method", "path"), [("POST", "/data/search/"), ("POST", "/lead/"), ("GET", "/lead/")])
def test_contacts_missing_from_an_answer_are_read_separately(method: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    answers(office, monkeypatch, method, path, without_contacts)
    lose(office, "timeout", "after", "/lead/")
    office.sync(a_row(contact_title="Diver"), a_row(contact_title="Wader"), batch_rows=1)
    office.sync(a_row(contact_title="Swimmer"))
    assert titles(office, "hanna@heron.example") == {"h-hanna": "Swimmer"}


ODD_LISTS: dict[str, Callable[[Any], None]] = {
    "no email": lambda lead: lead["contacts"][0]["emails"].insert(0, None),
    "a bare email": lambda lead: lead["contacts"][0]["emails"].insert(0, "bare@heron.example"),
    "a number": lambda lead: lead["contacts"][0]["emails"].insert(0, {"email": 5, "type": "office"}),
    "no list": lambda lead: lead["contacts"][0].update(phones=None, urls=None),
    "no contact": lambda lead: lead["contacts"].insert(0, None),
}


@pytest.mark.parametrize("odd", ODD_LISTS)
def test_odd_entries_in_lists_stop_nothing(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    hanna = office.contact(office.lead("h1"), "hanna@heron.example", user_id="h-hanna")

    def change(value: Any) -> Any:
        for lead in value["data"]:
            ODD_LISTS[odd](lead)
        return value

    answers(office, monkeypatch, "POST", "/data/search/", change)
    office.sync(a_row(contact_title="Diver", contact_phone="+16502530000"))
    assert office.close.contact(hanna)["title"] == "Diver"


# --- a lag that is long --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lag", [300, 600])
def test_a_create_that_was_not_carried_out_is_made_in_the_end_however_long_the_index_may_take(
    lag: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONFIG, "search_lag_seconds", lag)
    office = Office()
    lose(office, "reset", "before", "/lead/")
    office.sync(a_row())
    assert len(office.of_company("h1")) == 1


# --- many at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("switches", [{"max_clauses": 7}, {"max_search_body_bytes": 4000}, {"max_clauses": 7, "event_lag": 3600.0}])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_create_of_many_people_is_looked_for_in_as_many_searches_as_it_takes(when: str, switches: dict[str, float]) -> None:
    office = Office(**switches)
    lose(office, "timeout", when, "/lead/")
    office.sync(*(a_row(contact_user_id=f"h-{n}", contact_email=f"heron{n}@heron.example") for n in range(40)))
    (lead,) = office.of_company("h1")
    assert len(lead["contacts"]) == len(office.close.contacts) == 40


def test_a_second_look_at_many_people_takes_as_many_searches_as_it_takes() -> None:
    office = Office(max_clauses=7)
    lead_id = office.lead("h1")
    office.before("POST", "/contact/", lambda: office.close.delete(lead_id))
    office.sync(*(a_row(contact_user_id=f"h-{n}", contact_email=f"heron{n}@heron.example") for n in range(20)))
    (lead,) = office.of_company("h1")
    assert len(lead["contacts"]) == len(office.close.contacts) == 20


# --- where not everything may be looked at ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["400", "403", "404"])
def test_a_closed_event_log_leaves_the_search(kind: Kind) -> None:
    office = Office()
    office.close.faults.add(Fault(kind, method="GET", path="/event/", times=None))
    lose(office, "timeout", "after", "/lead/")
    office.sync(a_row())
    assert len(office.of_company("h1")) == len(office.close.contacts) == 1


# --- inserts: nobody asks what is there already ----------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_lost_insert_without_any_key_is_found_by_what_it_holds(kind: Kind, when: str) -> None:
    rows = [{"lead_name": "Heron Ltd"}, {"lead_name": "Heron Ltd", "lead_url": "heron.example"}, {"lead_name": "Heron and Daughters"}]
    for nth in (1, 2, 3):
        office = Office()
        office.lead(name="Heron Ltd")
        office.clock.advance(3600)
        lose(office, kind, when, "/lead/", nth)
        office.sync(*rows, insert="lead")
        assert sorted(lead["name"] for lead in office.close.leads.values()) == ["Heron Ltd"] * 3 + ["Heron and Daughters"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("known", [False, True])
def test_a_lost_insert_of_a_person_without_a_key_is_found_by_what_it_holds(kind: Kind, when: str, known: bool) -> None:
    rows = [{"lead_company_id": "h1", "contact_name": name} for name in ("Hanna Heron", "Hugo Heron", "Hanna Heron")]
    for nth in (1, 2, 3):
        office = Office()
        if known:
            office.contact(office.lead("h1"), name="Hanna Heron")
            office.clock.advance(3600)
        for path in ("/lead/", "/contact/"):
            lose(office, kind, when, path, nth)
        office.sync(*rows, insert="contact", batch_rows=1)
        (lead,) = office.of_company("h1")
        assert sorted(c["name"] for c in lead["contacts"]) == ["Hanna Heron"] * (2 + known) + ["Hugo Heron"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_lost_insert_is_not_mistaken_for_another_with_the_same_email(kind: Kind, when: str) -> None:
    """Neither for one that was there, nor for one of the same batch."""
    rows = [{"contact_name": f"Hanna {n}", "contact_email": "hanna@heron.example"} for n in range(3)]
    for nth in (1, 2, 3):
        office = Office()
        office.contact(office.lead(), "hanna@heron.example", name="Hanna 1")
        office.clock.advance(3600)
        lose(office, kind, when, "/lead/", nth)
        office.sync(*rows, insert="contact")
        assert sorted(c["name"] for c in office.holding("hanna@heron.example")) == ["Hanna 0", "Hanna 1", "Hanna 1", "Hanna 2"]


@pytest.mark.parametrize("choose", [harness.first, lambda possible: possible - 1])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("row", "insert"), [({"lead_name": "Heron Ltd"}, "lead"), ({"lead_company_id": "h1", "contact_name": "Hanna Heron"}, "contact")]
)
def test_of_equal_inserts_without_a_key_that_are_lost_none_takes_what_another_made(
    row: dict[str, Any], insert: str, when: str, choose: harness.Choose
) -> None:
    for nth in (1, 2, 3):
        office = Office()
        office.lead("h1")
        office.clock.advance(3600)
        lose(office, "timeout", when, f"/{insert}/", nth)
        office.sync(*[row] * 3, insert=insert, choose=choose)
        assert len(office.close.leads if insert == "lead" else office.close.contacts) == 3 + (insert == "lead")


def test_a_company_of_a_colleague_is_not_mistaken_for_the_insert_of_one_without_company_id() -> None:
    office = Office()
    lose(office, "timeout", "before", "/lead/")
    office.before("POST", "/lead/", lambda: office.lead("h1", name="Heron Ltd"))
    office.sync({"lead_name": "Heron Ltd"}, insert="lead")
    assert len(office.close.leads) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_insert_is_not_mistaken_for_its_equal_of_the_same_batch(when: str) -> None:
    for nth in (1, 2, 3):
        office = Office()
        lose(office, "timeout", when, "/lead/", nth)
        office.sync(*[{"contact_name": "Hanna Heron", "contact_email": "hanna@heron.example"}] * 3, insert="contact")
        assert len(office.holding("hanna@heron.example")) == 3


def test_a_company_that_is_there_already_is_not_mistaken_for_the_insert_of_another_one() -> None:
    office = Office()
    old = office.lead("h1")
    office.clock.advance(3600)
    lose(office, "timeout", "before", "/lead/")
    office.sync({"lead_company_id": "h1", "lead_name": "Heron Ltd"}, insert="lead")
    assert len(office.of_company("h1")) == 2
    assert office.close.lead(old)[COMPANY] == "h1"
