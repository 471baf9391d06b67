"""What if the answer to a create is lost, and what it made is hard to find, or hard to tell from something else?"""

from __future__ import annotations

import pytest

from integration_tests.close_sandbox.faults import Fault, Kind
from unit_tests.office import COMPANY, USER, Office, a_row

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


def test_a_closed_event_log_leaves_the_search() -> None:
    office = Office()
    office.close.faults.add(Fault("403", method="GET", path="/event/", times=None))
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
