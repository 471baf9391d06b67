"""What is sent to Close to create or change an object?"""

from __future__ import annotations

import pytest

from destination_close.close import update_body
from destination_close.close.bodies import create_body, fields_body, list_body
from destination_close.model import CONTACT, LEAD, Create, IdFields, Item, Update
from unit_tests.support.builders import a_contact, a_lead

LISTS = {each.key: each for each in CONTACT.lists}
IDS = IdFields({LEAD: "cf_company", CONTACT: "cf_user"})

TAGS = "custom.cf_tags"


@pytest.mark.parametrize(
    ("stored", "body"),
    [
        (None, {f"{TAGS}.add": " red "}),
        ([" red "], {}),  # a choice may be named so
        (["blue"], {f"{TAGS}.add": " red "}),
    ],
)
def test_a_value_is_added_unless_it_is_there_by_now(stored: list[str] | None, body: dict[str, str]) -> None:
    lead = a_lead(custom={TAGS: stored} if stored else None)
    assert update_body(Update(lead, (), adds={TAGS: (" red ",)}), lead, IdFields()) == body


def test_a_lead_goes_out_with_its_company_id_and_all_its_contacts_in_one_body() -> None:
    lead = a_lead(company="X", name="Acme", url="acme.co", description=None, custom={"custom.cf_tags": ("a", "b")})
    contacts = [a_contact("new", "new lead", "ann@x.co", user="u", title="CEO"), a_contact("new", "new lead", "bob@x.co")]
    assert create_body(Create(lead, (), tuple(contacts)), IDS) == {
        "name": "Acme",
        "url": "http://acme.co",
        "custom.cf_tags": ["a", "b"],
        "custom.cf_company": "X",
        "contacts": [
            {"title": "CEO", "custom.cf_user": "u", "emails": [{"email": "ann@x.co", "type": "office"}]},
            {"emails": [{"email": "bob@x.co", "type": "office"}]},
        ],
    }


def test_a_lead_alone_goes_out_without_contacts() -> None:
    assert create_body(Create(a_lead(company="X"), ()), IDS) == {"custom.cf_company": "X"}


def test_a_contact_always_goes_out_with_its_lead() -> None:
    assert create_body(Create(a_contact("new", "lead_1"), ()), IDS) == {"lead_id": "lead_1"}


def test_an_id_without_a_setting_does_not_go_out() -> None:
    assert create_body(Create(a_lead(company="X"), (), (a_contact(user="u"),)), IdFields()) == {"contacts": [{}]}


def test_items_go_out_in_order_with_the_types_they_have_and_nothing_read_only() -> None:
    items = [Item("b@x.co", "home"), Item("a@x.co")]
    assert list_body(LISTS["emails"], items) == [{"email": "b@x.co", "type": "home"}, {"email": "a@x.co", "type": "office"}]


@pytest.mark.parametrize(("name", "key", "kind"), [("emails", "email", "office"), ("phones", "phone", "office"), ("urls", "url", "url")])
def test_an_item_without_a_type_gets_the_one_that_close_would_give_it(name: str, key: str, kind: str) -> None:
    assert list_body(LISTS[name], [Item("https://a.co")]) == [{key: "https://a.co", "type": kind}]


@pytest.mark.parametrize(("url", "sent"), [("ann.co", "http://ann.co"), ("https://ann.co", "https://ann.co")])
def test_a_url_without_a_scheme_is_given_one(url: str, sent: str) -> None:
    assert list_body(LISTS["urls"], [Item(url)]) == [{"url": sent, "type": "url"}]
    assert fields_body({"url": url}) == {"url": sent}


def test_what_is_set_to_nothing_goes_out_as_null() -> None:
    assert fields_body({"description": None, "url": None}) == {"description": None, "url": None}


def test_several_values_go_out_as_a_list() -> None:
    assert fields_body({"custom.cf_tags": ("a", "b")}) == {"custom.cf_tags": ["a", "b"]}
