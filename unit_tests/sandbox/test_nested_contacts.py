"""What does a search give of the contacts nested in leads, and of the leads' own custom fields?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk

MATCH_ALL = {"type": "match_all"}


def a_talk(**switches: Any) -> tuple[Talk, str]:
    """One lead with one contact, both with the same custom field."""
    talk = Talk(**switches)
    key = f"custom.{talk.close.add_custom_field(('lead', 'contact'), 'Id')}"
    talk.close.add_lead({"name": "Acme", key: "l-1", "contacts": [{"name": "Ann", "emails": [{"email": "ann@x.example"}], key: "c-1"}]})
    return talk, key


def nested(talk: Talk, *asked: str) -> Any:
    fields: dict[str, Any] = {"lead": ["name", "contacts"]} | ({"contact": list(asked)} if asked else {})
    return talk.find("lead", MATCH_ALL, _fields=fields)["data"][0].get("contacts")


def test_nested_contacts_come_as_asked_for() -> None:
    talk, key = a_talk()
    assert set(nested(talk, "emails", key)[0]) == {"id", "emails", key}
    assert set(nested(talk, "custom")[0]) == {"id", key}


def test_without_fields_of_contacts_nested_ones_come_whole() -> None:
    talk, _ = a_talk()
    contact_id = next(iter(talk.close.contacts))
    assert nested(talk)[0] == talk.get(f"/contact/{contact_id}/")


@pytest.mark.parametrize(
    ("switch", "given"),
    [("no_custom", {"id", "emails"}), ("id", {"id"}), ("absent", None)],
)
def test_less_than_what_was_asked_for_comes_by_the_switch(switch: str, given: set[str] | None) -> None:
    talk, key = a_talk(nested_contact_fields=switch)
    found = nested(talk, "emails", key, "custom")
    assert (None if found is None else set(found[0])) == given


def test_whole_contacts_come_whatever_was_asked_for() -> None:
    talk, key = a_talk(nested_contact_fields="whole")
    whole = talk.get(f"/contact/{next(iter(talk.close.contacts))}/")
    assert nested(talk, "name")[0] == nested(talk)[0] == whole
    assert key in whole


@pytest.mark.parametrize("switch", ["asked", "whole", "no_custom", "id", "absent"])
def test_a_read_by_id_and_a_search_for_contacts_are_as_ever(switch: str) -> None:
    talk, key = a_talk(nested_contact_fields=switch)
    lead = talk.get(f"/lead/{next(iter(talk.close.leads))}/")
    assert lead["contacts"][0][key] == "c-1"
    assert talk.find("contact", MATCH_ALL, _fields={"contact": [key]})["data"][0][key] == "c-1"


def test_leads_come_with_the_custom_fields_asked_for_until_the_switch_leaves_them_out() -> None:
    talk, key = a_talk()

    def lead(*asked: str) -> set[str]:
        return set(talk.find("lead", MATCH_ALL, _fields={"lead": ["name", *asked]})["data"][0])

    assert lead(key) == lead("custom") == {"__object_type", "id", "name", key}
    talk.close.change(lead_custom_fields="absent")
    assert lead(key) == lead("custom") == {"__object_type", "id", "name"}
    assert talk.get(f"/lead/{next(iter(talk.close.leads))}/")[key] == "l-1"
