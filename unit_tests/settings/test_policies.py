"""What may a row do to a value that is there already?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from destination_close.mapping.columns import Damaged, compile_damage
from destination_close.settings import Policy, read_config
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.presets import COMPANY_ID, PLAN, TAGS, USER_ID, many_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support import harness

Json = dict[str, Any]

# --- settings ----------------------------------------------------------------------------------------------------------


def read_mapping(**more: Any) -> tuple[Any, list[str]]:
    columns = {"lead_name": "company", "contact_email": "email", "contact_title": "title", "lead_status_id": "status"}
    config, problems = read_config({"api_key": "k", "mappings": [{"stream": "users", **columns, **more}]})
    return config.mappings[0], [problem.removeprefix('mappings 1 (stream "users"), ') for problem in problems]


def test_each_list_gives_its_fields_a_policy() -> None:
    mapping, problems = read_mapping(
        only_if_empty=["lead_name"], only_on_create=["lead_status_id"], clear_when_blank=[" contact_title", ""]
    )
    assert problems == []
    assert mapping.policies == {
        "lead_name": Policy("only_if_empty"),
        "lead_status_id": Policy("only_on_create"),
        "contact_title": Policy(clear_when_blank=True),
    }


def test_custom_fields_have_their_policy_next_to_them() -> None:
    card = {"custom_field": "Plan", "column": "plan"}
    cards = [card | {"write_policy": "only_on_create"}, card | {"clear_when_blank": True}, card | {"write_policy": " "}]
    mapping, problems = read_mapping(lead_custom_fields=cards)
    assert problems == []
    assert [custom.policy for custom in mapping.lead_custom_fields] == [Policy("only_on_create"), Policy("overwrite", True), Policy()]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"only_if_empty": ["lead_name"], "only_on_create": ["lead_name"]}, "only_on_create: lead_name is also listed under only_if_empty"),
        (
            {"only_if_empty": ["contact_title"], "clear_when_blank": ["contact_title"]},
            "clear_when_blank: contact_title is also listed under only",
        ),
        (
            {"only_on_create": ["contact_title"], "clear_when_blank": ["contact_title"]},
            "clear_when_blank: contact_title is also listed under only",
        ),
        ({"clear_when_blank": ["contact_user_id"]}, "clear_when_blank: contact_user_id is a key, which is never replaced or cleared"),
        ({"only_on_create": ["lead_company_id"]}, "only_on_create: lead_company_id is a key"),
        ({"clear_when_blank": ["contact_email"]}, "clear_when_blank: contact_email is a list, to which values are only ever added"),
        ({"clear_when_blank": ["lead_status_id"]}, "clear_when_blank: lead_status_id cannot be empty in Close; choose from lead_name"),
        ({"only_if_empty": ["title"]}, "only_if_empty: unknown field; choose from lead_name"),
        ({"only_if_empty": ["contact_name"]}, "only_if_empty: contact_name has no column in this mapping; fill in contact_name"),
        ({"only_if_empty": "lead_name"}, "only_if_empty: it must be a list of strings"),
        ({"only_if_empty": [1]}, "only_if_empty: it must be a list of strings"),
    ],
)
def test_what_contradicts_itself_is_refused(more: Json, problem: str) -> None:
    _, (found,) = read_mapping(**more)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("card", "problem"),
    [
        ({"write_policy": "sometimes"}, "write_policy: choose one of overwrite, only_if_empty, only_on_create"),
        ({"write_policy": "only_if_empty", "clear_when_blank": True}, "clear_when_blank: it would clear what only_if_empty protects"),
        ({"clear_when_blank": "yes"}, "clear_when_blank: it must be true or false"),
    ],
)
def test_what_contradicts_itself_is_refused_of_custom_fields_too(card: Json, problem: str) -> None:
    _, (found,) = read_mapping(contact_custom_fields=[{"custom_field": "Plan", "column": "plan", **card}])
    assert found.startswith(f"contact_custom_fields 1, {problem}")


# --- what was lost on the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "lost", "damaged"),
    [
        ("plan", "plan", True),
        ("plan", "price", False),
        ("address.city", "address", True),
        ("address.city", "address.city", True),
        ("address.city", "address.street", False),
        ("{{ record['plan'] }}", "price", True),
    ],
)
def test_a_blank_is_damage_where_a_lost_column_may_have_made_it(setting: str, lost: str, damaged: bool) -> None:
    """What a template would have read cannot be told, so none clears in a row that lost anything."""
    assert compile_damage(setting)(Damaged({"plan": 1, "price": 2}, [lost])) is damaged
    assert compile_damage(setting)({"plan": None}) is False


def test_a_column_with_a_dot_in_its_name_is_lost_only_by_that_name() -> None:
    assert compile_damage("address.city", ["address.city"])(Damaged({}, ["address"])) is False


# --- through the whole connector ---------------------------------------------------------------------------------------

USERS: Json = {
    "stream": "users",
    "lead_company_id": "company_id",
    "lead_description": "notes",
    "lead_status_id": "status",
    "contact_user_id": "id",
    "contact_email": "email",
    "contact_name": "name",
    "contact_title": "title",
    "lead_custom_fields": [
        {"custom_field": PLAN, "column": "plan", "write_policy": "only_if_empty"},
        {"custom_field": TAGS, "column": "tags", "clear_when_blank": True},
    ],
    "only_if_empty": ["contact_title"],
    "only_on_create": ["lead_status_id"],
    "clear_when_blank": ["lead_description"],
}
KEYS = {"company_id": "c1", "id": "u1", "email": "ann@x.co"}


class Account:
    """A Close in memory, with one known person of one known company."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.sandbox = Sandbox(CALM, self.clock, self.clock.sleep)
        many_fields(self.sandbox)
        self.settings = {
            "api_key": CALM.api_key,
            "lead_custom_field_id_for_company_id": COMPANY_ID,
            "contact_custom_field_id_for_user_id": USER_ID,
            "mappings": [USERS],
        }
        person = {"emails": [{"email": "ann@x.co", "type": "office"}], f"custom.{USER_ID}": "u1"}
        lead = {"name": "Acme", "description": "Typed by a rep", f"custom.{COMPANY_ID}": "c1", f"custom.{TAGS}": ["vip"]}
        self.lead_id = self.sandbox.add_lead({**lead, "contacts": [person]})["id"]
        self.clock.advance(3600)
        self.sandbox.forget_calls()

    def write(self, *rows: Mapping[str, Any], nulled: tuple[str, ...] = ()) -> harness.Ran:
        ran = harness.run(self.sandbox, self.clock, self.settings, [harness.record("users", {**KEYS, **row}, nulled) for row in rows])
        if ran.failure:
            raise ran.failure
        return ran

    @property
    def lead(self) -> Json:
        return self.sandbox.lead(self.lead_id)

    @property
    def contact(self) -> Json:
        (contact,) = self.lead["contacts"]
        return dict(contact)

    @property
    def puts(self) -> int:
        return sum(call.method == "PUT" for call in self.sandbox.calls)


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_blank_clears_where_that_was_asked_for_and_only_once(account: Account) -> None:
    account.write({"notes": " ", "tags": None, "name": ""})
    assert account.lead["description"] == ""
    assert f"custom.{TAGS}" not in account.lead
    assert account.lead["name"] == "Acme"
    writes = account.puts
    account.write({"notes": None})
    assert account.puts == writes == 1


def test_a_null_that_was_made_on_the_way_clears_nothing(account: Account) -> None:
    account.write({"notes": None, "tags": None}, nulled=("notes", "tags"))
    assert account.lead["description"] == "Typed by a rep"
    assert account.lead[f"custom.{TAGS}"] == ["vip"]
    assert account.puts == 0


def test_a_null_made_on_the_way_of_another_column_does_not_keep_a_blank_from_clearing(account: Account) -> None:
    account.write({"notes": None, "title": None}, nulled=("title",))
    assert account.lead["description"] == ""


def test_only_on_create_writes_no_field_of_what_exists(account: Account) -> None:
    status = account.lead["status_id"]
    account.write({"status": "Customer"}, {"company_id": "c2", "id": "u2", "email": "bob@x.co", "status": "Customer"})
    assert account.lead["status_id"] == status
    assert sorted(lead["status_label"] for lead in account.sandbox.leads.values())[0] == "Customer"


def test_only_if_empty_fills_what_is_empty_and_leaves_what_is_not(account: Account) -> None:
    account.write({"title": "CEO", "plan": "Team"})
    assert (account.contact["title"], account.lead[f"custom.{PLAN}"]) == ("CEO", "Team")
    account.write({"title": "CTO", "plan": "Free"})
    assert (account.contact["title"], account.lead[f"custom.{PLAN}"]) == ("CEO", "Team")


def test_only_if_empty_leaves_what_a_rep_typed_since_the_search(account: Account) -> None:
    """The search saw it empty; the look right before the write does not."""

    def type_a_title(request: Any) -> None:
        if request.method == "GET" and request.path.startswith("/contact/"):
            account.sandbox.before_request.clear()
            account.sandbox.edit_contact(account.contact["id"], {"title": "Typed by a rep"})

    account.sandbox.before_request.append(type_a_title)
    ran = account.write({"title": "CEO", "name": "Ann"})
    assert account.sandbox.before_request == []
    assert account.contact["title"] == "Typed by a rep"
    assert account.contact["name"] == "Ann"
    assert "1 updated" in ran.summary_of("users")


def test_a_field_that_an_earlier_row_cleared_is_empty_for_a_later_one(account: Account) -> None:
    """Both rows in one write, which is not held up by what the field held before."""
    account.sandbox.edit_contact(account.contact["id"], {"title": "Old"}, settled=True)
    clearing = {**USERS, "only_if_empty": [], "clear_when_blank": ["contact_title"], "filter": "{{ not record['title'] }}"}
    account.settings["mappings"] = [USERS, clearing]
    account.write({"title": None, "notes": "Same"}, {"title": "New", "notes": "Same"})
    assert account.contact["title"] == "New"
    assert account.puts == 2, "one of the lead, one of the contact"
