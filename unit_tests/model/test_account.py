from __future__ import annotations

from typing import Any

import pytest

from destination_close.close import read_account
from destination_close.model import CONTACT, LEAD, Account, CustomField, NoField, Status, User, find_field, near_misses

TEXT = {"id": "cf_t", "name": "Company ID", "type": "text", "choices": None, "accepts_multiple_values": False}
CHOICES = {"id": "cf_c", "name": " Plan ", "type": "choices", "choices": ["free", "paid"], "accepts_multiple_values": True, "later": 1}
OWNER = {"id": "cf_o", "name": "Owner", "type": "user"}
ME = {"id": "user_1", "organizations": [{"name": "Acme", "lead_statuses": [{"id": "stat_1", "label": "Potential"}]}]}


class AClose:
    """Answers about one account, and notes what it was asked."""

    def __init__(self, me: dict[str, Any] = ME, lead: tuple[dict[str, Any], ...] = (), contact: tuple[dict[str, Any], ...] = ()) -> None:
        self._me = me
        self._fields = {"lead": lead, "contact": contact}
        self.asked: list[str] = []

    def me(self) -> dict[str, Any]:
        self.asked.append("me")
        return self._me

    def field_schema(self, object_type: str, /) -> list[dict[str, Any]]:
        self.asked.append(object_type)
        return list(self._fields[object_type])

    def lead_statuses(self) -> list[dict[str, Any]]:
        self.asked.append("statuses")
        return [{"id": "stat_2", "label": "Customer", "organization_id": "orga_1"}]

    def users(self) -> list[dict[str, Any]]:
        self.asked.append("users")
        return [
            {"id": "user_1", "email": "ann@x.co", "first_name": "Ann", "last_name": "Lee", "image": None},
            {"id": "user_2", "email": None, "first_name": "Bob", "last_name": ""},
        ]


def test_an_account_is_read_with_three_calls() -> None:
    close = AClose(lead=(TEXT, CHOICES), contact=(TEXT,))
    assert read_account(close, need_users=True) == Account(
        organization_name="Acme",
        user_id="user_1",
        custom_fields={
            LEAD: (CustomField("cf_t", "Company ID", "text"), CustomField("cf_c", "Plan", "choices", ("free", "paid"), True)),
            CONTACT: (CustomField("cf_t", "Company ID", "text"),),
        },
        statuses=(Status("stat_1", "Potential"),),
        users=None,
    )
    assert sorted(close.asked) == ["contact", "lead", "me"]


def test_users_are_read_where_a_field_holds_one_and_they_are_needed() -> None:
    close = AClose(contact=(OWNER,))
    assert read_account(close, need_users=True).users == (User("user_1", "ann@x.co", "Ann Lee"), User("user_2", "", "Bob"))
    assert read_account(close, need_users=False).users is None


@pytest.mark.parametrize(
    "me", [{"id": "user_1", "organizations": []}, {"id": "user_1"}, {"id": "user_1", "organizations": [{"name": "Acme"}]}]
)
def test_statuses_are_asked_for_where_the_first_answer_lacks_them(me: dict[str, Any]) -> None:
    close = AClose(me=me)
    assert read_account(close, need_users=False).statuses == (Status("stat_2", "Customer"),)
    assert sorted(close.asked) == ["contact", "lead", "me", "statuses"]


ACCOUNT = Account(
    "Acme",
    "user_1",
    custom_fields={
        LEAD: (
            CustomField("cf_plan", "Plan", "text"),
            CustomField("cf_a", "Twice", "text"),
            CustomField("cf_b", "Twice", "number"),
            CustomField("cf_odd", "cf_plan", "text"),
            CustomField("lcf_old", "Old", "text"),
        ),
        CONTACT: (CustomField("cf_role", "Role", "text"),),
    },
)


@pytest.mark.parametrize(
    ("named", "id_"),
    [
        ("cf_plan", "cf_plan"),
        ("custom.cf_plan", "cf_plan"),
        ("Plan", "cf_plan"),
        ("cf_b", "cf_b"),
        ("Old", "lcf_old"),
        ("custom.lcf_old", "lcf_old"),
    ],
)
def test_a_field_is_found_by_id_or_by_a_name_that_only_it_has(named: str, id_: str) -> None:
    found = find_field(ACCOUNT, LEAD, named)
    assert isinstance(found, CustomField)
    assert found.id == id_
    assert found.key == f"custom.{id_}"


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("Twice", '2 Lead custom fields are named "Twice"; use the ID instead of the name: cf_a or cf_b'),
        ("plan", 'Close has no Lead custom field "plan"; did you mean "Plan"? (organization reached: Acme)'),
        ("Plam", 'Close has no Lead custom field "Plam"; did you mean "Plan"? (organization reached: Acme)'),
        ("cf_odds", 'Close has no Lead custom field "cf_odds"; did you mean "cf_odd"? (organization reached: Acme)'),
        ("Role", 'Close has no Lead custom field "Role"; it is a Contact custom field (organization reached: Acme)'),
        ("custom.cf_role", 'Close has no Lead custom field "custom.cf_role"; it is a Contact custom field (organization reached: Acme)'),
        ("Nothing alike", 'Close has no Lead custom field "Nothing alike" (organization reached: Acme)'),
    ],
)
def test_a_field_that_cannot_be_identified_comes_with_advice(named: str, problem: str) -> None:
    assert find_field(ACCOUNT, LEAD, named) == NoField(problem)


def test_fields_of_the_other_object_do_not_count() -> None:
    assert isinstance(find_field(ACCOUNT, CONTACT, "Plan"), NoField)
    assert isinstance(find_field(ACCOUNT, CONTACT, "Role"), CustomField)


def test_near_misses_disregard_letter_case() -> None:
    assert near_misses("SIGNED UP", ["Signed up", "Plan"]) == ['"Signed up"']
    assert near_misses("x", ["Signed up"]) == []
