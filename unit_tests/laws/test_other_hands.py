"""What if people work in Close while we do: delete, merge, move and edit what a row was about to change?"""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.wire import Request
from unit_tests.laws.oracle.generate import POLICY_MAPPING
from unit_tests.support.office import COMPANY, USER, Office, a_row, delete

# --- merged ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("call", [("PUT", "/contact/"), ("PUT", "/lead/"), ("GET", "/contact/")])
def test_a_lead_that_is_merged_away_is_followed_to_its_contacts(call: tuple[str, str], nth: int) -> None:
    office = Office()
    old, other = office.lead("h1"), office.lead()
    hanna = office.contact(old, "hanna@heron.example", user_id="h-hanna")
    office.before(*call, lambda: old in office.close.leads and office.close.merge(old, other))
    office.sync(
        a_row(contact_title="Diver", lead_description="Wetlands", contact_email="hanna.new@heron.example"),
        a_row(contact_title="Fisher"),
        {"contact_email": "hanna@heron.example", "contact_title": "Angler"},
        a_row(contact_title="Wader", lead_description="Marshes"),
        batch_rows=1,
    )
    assert [c["id"] for c in office.holding("hanna@heron.example")] == [hanna]
    assert office.close.contact(hanna)["title"] == "Wader"
    assert [lead["id"] for lead in office.of_company("h1")] == [other], "where the contact is, the company is, since it had no id"


def test_a_merged_lead_is_created_again_once() -> None:
    """The lead it was merged into is another company's."""
    office = Office()
    old, other = office.lead("h1"), office.lead("other company")
    office.before("PUT", "/lead/", lambda: office.close.merge(old, other))
    rows = [{"lead_company_id": "h1", "lead_description": f"Wetlands {number}"} for number in range(4)]
    office.sync(*rows, batch_rows=2)
    (anew,) = office.of_company("h1")
    assert anew["description"] == "Wetlands 3"


def test_people_of_a_merged_lead_are_found_where_they_are_now() -> None:
    """The index still shows them under the lead that is gone, which this run learnt of before it knew them."""
    office = Office()
    old, other = office.lead("h1"), office.lead("other company")
    hanna = office.contact(old, "hanna@heron.example")
    office.before("PUT", "/lead/", lambda: office.close.merge(old, other))
    rows = [{"lead_company_id": "h1", "lead_description": "Wetlands"}, {"contact_email": "hanna@heron.example", "contact_title": "Diver"}]
    office.sync(*rows, batch_rows=1)
    assert [c["id"] for c in office.holding("hanna@heron.example")] == [hanna]
    assert office.close.contact(hanna)["title"] == "Diver"


def test_a_contact_is_made_under_the_lead_that_takes_the_place_of_a_merged_one() -> None:
    office = Office()
    old, other = office.lead("h1"), office.lead("other company")
    office.before("POST", "/contact/", lambda: office.close.merge(old, other))
    office.sync(a_row(), a_row(contact_user_id="h-hugo", contact_email="hugo@heron.example"), batch_rows=1)
    (anew,) = office.of_company("h1")
    assert sorted(c["emails"][0]["email"] for c in anew["contacts"]) == ["hanna@heron.example", "hugo@heron.example"]
    assert len(office.close.contacts) == 2


@pytest.mark.parametrize("destination", [None, "other company"])
def test_a_contact_whose_create_was_lost_and_whose_lead_was_merged_away_is_not_made_twice(destination: str | None) -> None:
    office = Office()
    old, other = office.lead("h1"), office.lead(destination)
    office.close.faults.add(Fault("timeout", "after", "POST", "/contact/"))
    office.before("GET", "/contact/", lambda: office.close.merge(old, other))
    office.sync(a_row(), {"contact_email": "hanna@heron.example", "contact_title": "Diver"})
    (hanna,) = office.holding("hanna@heron.example")
    assert (hanna["lead_id"], hanna["title"]) == (other, "Diver")


@pytest.mark.parametrize("destination", [None, "other company"])
def test_a_lead_whose_create_was_lost_and_that_was_merged_away_leaves_no_duplicate_of_its_contact(destination: str | None) -> None:
    office = Office()
    other = office.lead(destination)
    office.close.faults.add(Fault("timeout", "after", "POST", "/lead/"))
    office.before("GET", "/event/", lambda: office.close.merge(office.of_company("h1")[0]["id"], other), nth=3)
    office.sync(a_row(), {"contact_email": "hanna@heron.example", "contact_title": "Diver"})
    (hanna,) = office.holding("hanna@heron.example")
    assert (hanna["lead_id"], hanna["title"]) == (other, "Diver")


# --- moved and deleted -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", [None, "h1", "other company"])
def test_a_contact_that_is_moved_is_met_where_it_is(to: str | None) -> None:
    office = Office()
    old, other = office.lead("h1"), office.lead(to)
    hanna = office.contact(old, "hanna@heron.example")
    office.before("PUT", "/contact/", lambda: office.close.move_contact(hanna, other))
    rows = [
        {"contact_email": "hanna@heron.example", "contact_title": f"Diver {number}", "lead_description": f"{number}"} for number in range(3)
    ]
    office.sync(*rows, batch_rows=1)
    assert [c["id"] for c in office.holding("hanna@heron.example")] == [hanna]
    assert office.close.contact(hanna)["title"] == "Diver 2"
    assert office.close.lead(other)["description"] == "2"


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize("call", [("PUT", "/contact/"), ("PUT", "/lead/"), ("GET", "/contact/")])
@pytest.mark.parametrize("what", ["the contact", "the lead"])
def test_what_is_deleted_meanwhile_is_created_again_once(what: str, call: tuple[str, str], stale: bool) -> None:
    office = Office(deleted_get_stale_once=stale)
    lead_id = office.lead("h1")
    hanna = office.contact(lead_id, "hanna@heron.example", user_id="h-hanna")
    office.before(*call, lambda: delete(office.close, hanna if what == "the contact" else lead_id))
    rows = [a_row(contact_title=f"Diver {n}", lead_description=f"{n}", contact_phone=f"+1650253000{n}") for n in range(3)]
    office.sync(*rows, batch_rows=2)
    (anew,) = office.of_company("h1")
    (contact,) = anew["contacts"]
    assert (anew["description"], contact["title"]) == ("2", "Diver 2")
    assert "+16502530002" in [item["phone"] for item in contact["phones"]]
    assert len(office.close.contacts) == 1


@pytest.mark.parametrize("stale", [False, True])
def test_a_row_that_means_many_contacts_survives_the_deletion_of_all(stale: bool) -> None:
    office = Office(deleted_get_stale_once=stale)
    leads = [office.lead() for _ in range(5)]
    for lead_id in leads:
        office.contact(lead_id, "hanna@heron.example"), office.contact(lead_id, "hanna@heron.example")
    office.before("PUT", "/contact/", lambda: [delete(office.close, lead_id) for lead_id in leads])
    office.sync({"contact_email": "hanna@heron.example", "contact_title": "Diver", "lead_description": "Wetlands"})
    (hanna,) = office.holding("hanna@heron.example")
    assert hanna["title"] == "Diver"


# --- edited ----------------------------------------------------------------------------------------------------------


def test_an_email_that_a_rep_adds_since_the_search_survives() -> None:
    office = Office()
    hanna = office.contact(office.lead("h1"), "hanna@heron.example", user_id="h-hanna")
    office.before("GET", "/contact/", lambda: office.add_email(hanna, "rep@heron.example"))
    office.sync(a_row(contact_email="second@heron.example"))
    assert office.emails(hanna) == ["hanna@heron.example", "rep@heron.example", "second@heron.example"]


@pytest.mark.parametrize("kind", ["timeout", "429", "503", "502", "refused", "html_200"])
def test_an_email_that_a_rep_adds_while_our_change_is_held_up_survives(kind: Any) -> None:
    office = Office()
    hanna = office.contact(office.lead("h1"), "hanna@heron.example", user_id="h-hanna")
    office.close.faults.add(Fault(kind, "before", "PUT", "/contact/", times=3))
    office.before("PUT", "/contact/", lambda: office.add_email(hanna, "rep@heron.example"), nth=3)
    office.sync(a_row(contact_email="second@heron.example", contact_phone="+16502530000"))
    assert office.emails(hanna) == ["hanna@heron.example", "rep@heron.example", "second@heron.example"]
    assert len(office.close.contact(hanna)["phones"]) == 1


def test_a_company_id_that_somebody_stamps_meanwhile_is_not_overwritten() -> None:
    office = Office()
    lead_id = office.lead()
    office.contact(lead_id, "hanna@heron.example")
    office.before("GET", "/lead/", lambda: office.close.edit_lead(lead_id, {COMPANY: "other company"}))
    office.sync(a_row(), a_row(lead_description="Wetlands"), batch_rows=1)
    assert office.close.lead(lead_id)[COMPANY] == "other company"
    (anew,) = office.of_company("h1")
    assert anew["description"] == "Wetlands"


def test_a_user_id_that_somebody_stamps_meanwhile_is_not_overwritten() -> None:
    office = Office()
    hanna = office.contact(office.lead("h1"), "hanna@heron.example")
    office.before("GET", "/contact/", lambda: office.close.edit_contact(hanna, {USER: "somebody else"}))
    office.sync(a_row(), a_row(contact_title="Diver"), batch_rows=1)
    assert office.close.contact(hanna)[USER] == "somebody else"
    (anew,) = [c for c in office.close.contacts.values() if c.get(USER) == "h-hanna"]
    assert anew["title"] == "Diver"


def test_what_a_rep_fills_in_meanwhile_is_not_replaced_where_only_empty_fields_are_filled() -> None:
    office = Office()
    lead_id = office.lead("h1", name="")
    assert "lead_name" in POLICY_MAPPING["only_if_empty"]
    office.before("GET", "/lead/", lambda: office.close.edit_lead(lead_id, {"name": "Heron & Daughters"}))
    office.sync({"lead_company_id": "h1", "lead_name": "Heron Inc"}, stream="policies")
    assert office.close.lead(lead_id)["name"] == "Heron & Daughters"


def test_a_row_whose_contact_is_moved_again_and_again_is_rejected_in_the_end() -> None:
    """It is not handled for ever; whoever reads the log is told to send it again."""
    office = Office()
    hanna = office.contact(office.lead("h1"), "hanna@heron.example", user_id="h-hanna")

    def move(request: Request) -> None:
        if request.method == "GET" and request.path.startswith(f"/contact/{hanna}"):
            office.close.move_contact(hanna, office.lead())

    office.close.before_request.append(move)
    ran = office.run({"contact_user_id": "h-hanna", "contact_email": "second@heron.example"})
    assert ran.failure is None
    assert "1 rejected" in ran.summary_of("people")
    assert any("send the row again" in text for text in ran.logs)


def test_where_somebody_stamps_the_lead_to_be_adopted_the_next_one_is() -> None:
    office = Office()
    first, second = office.lead(), office.lead()
    for lead_id in (first, second):
        office.contact(lead_id, "hanna@heron.example")
    office.before("GET", "/lead/", lambda: office.close.edit_lead(first, {COMPANY: "other company"}))
    office.sync({"lead_company_id": "h1", "contact_email": "hanna@heron.example"})
    assert [lead["id"] for lead in office.of_company("h1")] == [second]


def test_a_lead_that_is_gone_when_a_contact_is_created_in_it_is_also_recognized_by_a_404() -> None:
    office = Office()
    office.lead("h1")
    office.close.faults.add(Fault("404", method="POST", path="/contact/"))
    office.sync(a_row())
    assert len(office.close.contacts) == 1
