"""Do rows mapped on Airbyte's data activation screen do what the screen promises?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from destination_close.model import ConfigError, StreamInfo
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.presets import COMPANY_ID, PLAN, ROLE, SEATS, USER_ID, many_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support import harness

CONFIG: dict[str, Any] = {
    "api_key": CALM.api_key,
    "lead_custom_field_id_for_company_id": COMPANY_ID,
    "contact_custom_field_id_for_user_id": USER_ID,
    "search_lag_seconds": 12,
}

Rows = Sequence[dict[str, Any]]


class Screen:
    """One stream, mapped on the screen, into a Close with custom fields of every kind."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.close = Close(CALM.but(index_lag=2.0), self.clock, self.clock.sleep)
        many_fields(self.close)

    def lead(self, company: str | None = None, *emails: str, user: str | None = None, **fields: Any) -> str:
        """A lead that is there already, with one contact if it is told an email."""
        ids = {f"custom.{COMPANY_ID}": company} if company else {}
        person = {"emails": [{"email": email} for email in emails], **({f"custom.{USER_ID}": user} if user else {})}
        found = self.close.add_lead({"name": "Old", **ids, **fields, "contacts": [person] if emails or user else []})
        self.clock.advance(3600)
        self.close.forget_calls()
        return str(found["id"])

    def write(self, rows: Rows, mode: str, key: str | None, *, to: str = "contact", **more: Any) -> harness.Ran:
        described = {
            "destination_object_name": to,
            "destination_sync_mode": mode,
            "primary_key": ((key,),) if key else (),
            **more.pop("stream", {}),
        }
        records = [harness.record("people", row) for row in rows]
        ran = harness.run(
            self.close,
            self.clock,
            CONFIG | more.pop("config", {}),
            [*records, harness.state("people", 1)],
            describe=lambda info: replace(info, **described),
            **more,
        )
        self.clock.advance(60)
        return ran

    def wrote(self, rows: Rows, mode: str, key: str | None, **more: Any) -> tuple[int, int]:
        """Rows written and rejected."""
        ran = self.write(rows, mode, key, **more)
        if ran.failure:
            raise ran.failure
        (state,) = ran.states
        return int(state["destinationStats"]["recordCount"]), int(state["destinationStats"]["rejectedRecordCount"])

    def refusal(self, mode: str, key: str | None, *columns: str, **more: Any) -> str:
        """Why the run stopped, with nothing written and nothing acknowledged."""
        ran = self.write([dict.fromkeys(columns, "x")], mode, key, **more)
        assert isinstance(ran.failure, ConfigError)
        assert ran.states == []
        assert {call.method for call in self.close.calls} <= {"GET"}
        return ran.failure.message

    @property
    def people(self) -> list[tuple[str, str | None, str | None, str | None]]:
        """Of every contact: company of its lead, User ID, first email, name."""
        found = []
        for contact in self.close.contacts.values():
            lead = self.close.leads[contact["lead_id"]]
            emails = [item["email"] for item in contact["emails"]]
            mine = (lead.get(f"custom.{COMPANY_ID}"), contact.get(f"custom.{USER_ID}"), emails[0] if emails else None, contact["name"])
            found.append(mine)
        return sorted(found, key=str)


@pytest.fixture
def screen() -> Screen:
    return Screen()


ANN = {"contact_email": "ann@acme.example", "contact_name": "Ann"}

# --- upsert ----------------------------------------------------------------------------------------------------------


def test_an_upsert_creates_what_it_does_not_find_and_updates_what_it_finds(screen: Screen) -> None:
    screen.lead(None, "bob@acme.example")
    assert screen.wrote([ANN, {"contact_email": "Bob@acme.example", "contact_name": "Bob"}], "append_dedup", "contact_email") == (2, 0)
    assert [person[2:] for person in screen.people] == [("ann@acme.example", "Ann"), ("bob@acme.example", "Bob")]
    assert screen.close.lead_count == 2


def test_the_same_rows_again_write_nothing(screen: Screen) -> None:
    rows = [{**ANN, "lead_company_id": "c1", "contact_user_id": "u1", "lead_custom.Plan": "Team", "lead_custom.Seats": "12"}]
    for _ in range(2):
        screen.close.forget_calls()
        assert screen.wrote(rows, "append_dedup", "contact_user_id") == (1, 0)
    assert {call.path for call in screen.close.calls if call.method != "GET"} == {"/data/search/"}


def test_by_email_the_user_id_is_data_to_stamp_and_not_a_key(screen: Screen) -> None:
    """By the rules without a chosen key the contact with the User ID would be the one."""
    screen.lead("c1", "old@acme.example", user="u1")
    screen.lead("c2", "ann@acme.example")
    assert screen.wrote([{**ANN, "contact_user_id": "u1"}], "append_dedup", "contact_email") == (1, 0)
    assert screen.people == [("c1", "u1", "old@acme.example", ""), ("c2", "u1", "ann@acme.example", "Ann")]


def test_by_email_a_contact_with_another_user_id_is_still_the_one(screen: Screen) -> None:
    screen.lead("c1", "ann@acme.example", user="u9")
    assert screen.wrote([{**ANN, "contact_user_id": "u1"}], "append_dedup", "contact_email") == (1, 0)
    assert screen.people == [("c1", "u9", "ann@acme.example", "Ann")]


def test_by_user_id_the_email_is_data_to_append_and_not_a_key(screen: Screen) -> None:
    screen.lead("c1", "ann@acme.example")
    assert screen.wrote([{**ANN, "contact_user_id": "u1"}], "append_dedup", "contact_user_id") == (1, 0)
    assert screen.people == [("c1", None, "ann@acme.example", ""), (None, "u1", "ann@acme.example", "Ann")]


def test_custom_fields_are_filled_by_name_by_id_and_by_both(screen: Screen) -> None:
    row = {**ANN, "lead_custom.Plan": "Team", f"lead_custom.{SEATS}": 7, f"contact_custom.Role ({ROLE})": "Admin"}
    assert screen.wrote([row], "append_dedup", "contact_email") == (1, 0)
    (lead,), (contact,) = screen.close.leads.values(), screen.close.contacts.values()
    assert (lead[f"custom.{PLAN}"], lead[f"custom.{SEATS}"], contact[f"custom.{ROLE}"]) == ("Team", 7, "Admin")


def test_a_lead_is_upserted_by_its_company_id(screen: Screen) -> None:
    screen.lead("c1")
    rows = [{"lead_company_id": "c1", "lead_name": "New"}, {"lead_company_id": "c2", "lead_name": "Two"}]
    assert screen.wrote(rows, "append_dedup", "lead_company_id", to="lead") == (2, 0)
    assert sorted(lead["name"] for lead in screen.close.leads.values()) == ["New", "Two"]
    assert screen.people == []


def test_settings_of_mappings_and_paths_do_not_apply(screen: Screen) -> None:
    mappings = [{"stream": "people", "contact_email": "nothing", "contact_name": "{{ record['x'] }}", "allow_creating_new_leads": False}]
    assert screen.wrote([ANN], "append_dedup", "contact_email", config={"mappings": mappings}) == (1, 0)
    assert screen.people == [(None, None, "ann@acme.example", "Ann")]


# --- update ----------------------------------------------------------------------------------------------------------


def test_an_update_changes_what_matches_and_rejects_what_does_not(screen: Screen) -> None:
    screen.lead("c1", "ann@acme.example")
    rows = [ANN, {"contact_email": "nobody@acme.example", "contact_name": "Nobody"}]
    ran = screen.write(rows, "update", "contact_email")
    assert ran.states[0]["destinationStats"] == {"recordCount": 1.0, "rejectedRecordCount": 1.0}
    assert "no_match 1" in ran.summary_of("people")
    assert screen.people == [("c1", None, "ann@acme.example", "Ann")]
    assert screen.close.lead_count == 1


def test_an_update_of_leads_creates_none(screen: Screen) -> None:
    screen.lead("c1")
    rows = [{"lead_company_id": "c1", "lead_name": "New"}, {"lead_company_id": "c2", "lead_name": "Two"}]
    assert screen.wrote(rows, "update", "lead_company_id", to="lead") == (1, 1)
    assert [lead["name"] for lead in screen.close.leads.values()] == ["New"]


# --- insert ----------------------------------------------------------------------------------------------------------


def test_an_insert_creates_whatever_is_there(screen: Screen) -> None:
    screen.lead("c1", "ann@acme.example", user="u1")
    rows = [{**ANN, "contact_user_id": "u1", "lead_company_id": "c1"}, ANN, ANN]
    assert screen.wrote(rows, "append", None) == (3, 0)
    assert [person[0] for person in screen.people] == ["c1", "c1", None, None]
    assert screen.close.lead_count == 3


def test_an_insert_puts_people_under_the_lead_of_their_company_even_if_that_is_new(screen: Screen) -> None:
    rows = [{"contact_name": name, "lead_company_id": "c1", "lead_name": "Acme"} for name in ("Ann", "Bob", "Ann")]
    assert screen.wrote(rows, "append", None) == (3, 0)
    assert [person[3] for person in screen.people] == ["Ann", "Ann", "Bob"]
    assert [lead["name"] for lead in screen.close.leads.values()] == ["Acme"]


def test_an_inserted_lead_stands_alone_even_next_to_one_of_the_same_company(screen: Screen) -> None:
    screen.lead("c1")
    assert screen.wrote([{"lead_name": "New", "lead_company_id": "c1"}, {"lead_name": "Free"}], "append", None, to="lead") == (2, 0)
    assert sorted(lead["name"] for lead in screen.close.leads.values()) == ["Free", "New", "Old"]
    assert screen.people == []


@pytest.mark.parametrize(("to", "row"), [("contact", {"lead_name": "Acme", "contact_name": " "}), ("lead", {"lead_name": None})])
def test_an_insert_of_nothing_is_rejected(screen: Screen, to: str, row: dict[str, Any]) -> None:
    assert screen.wrote([row], "append", None, to=to) == (0, 1)
    assert screen.close.lead_count == 0


# --- what rejects or skips a row -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "key", "row"),
    [
        ("contact", "contact_email", {"contact_email": None, "contact_user_id": "u1"}),
        ("contact", "contact_user_id", {"contact_email": "ann@acme.example", "contact_user_id": " "}),
        ("lead", "lead_company_id", {"lead_company_id": None, "lead_name": "Acme"}),
    ],
)
@pytest.mark.parametrize("mode", ["append_dedup", "update"])
def test_a_row_whose_matching_key_is_null_is_rejected_whatever_else_it_has(
    screen: Screen, mode: str, to: str, key: str, row: dict[str, Any]
) -> None:
    ran = screen.write([row], mode, key, to=to)
    assert ran.states[0]["destinationStats"] == {"recordCount": 0.0, "rejectedRecordCount": 1.0}
    assert any(f"no_match_key, field {key}" in text for text in ran.logs)
    assert {call.method for call in screen.close.calls} == {"GET"}


def test_a_row_deleted_at_the_source_is_skipped_and_counts_as_written(screen: Screen) -> None:
    rows = [{**ANN, "_ab_cdc_deleted_at": "2026-01-01T00:00:00Z"}, {**ANN, "_ab_cdc_deleted_at": None, "contact_name": "Alive"}]
    ran = screen.write(rows, "append_dedup", "contact_email")
    assert ran.states[0]["destinationStats"] == {"recordCount": 2.0, "rejectedRecordCount": 0.0}
    assert "1 skipped" in ran.summary_of("people")
    assert "deleted_at_source 1" in ran.summary_of("people")
    assert [person[3] for person in screen.people] == ["Alive"]


def test_a_row_deleted_at_the_source_is_skipped_in_streams_mapped_by_the_settings_too(screen: Screen) -> None:
    lost = harness.record("people", {**ANN, "_ab_cdc_deleted_at": None}, nulled=["_ab_cdc_deleted_at"])
    deleted = harness.record("people", {**ANN, "_ab_cdc_deleted_at": "2026-01-01T00:00:00Z"})
    ran = harness.run(screen.close, screen.clock, CONFIG, [deleted, lost])
    assert "2 skipped" in ran.summary_of("people")
    assert screen.people == []


# --- what stops the run ----------------------------------------------------------------------------------------------


def test_an_unknown_object_is_named(screen: Screen) -> None:
    assert screen.refusal("append_dedup", "contact_email", "contact_email", to="person") == (
        'stream "people": unknown object "person"; choose contact or lead'
    )


@pytest.mark.parametrize(
    ("marker", "is_written"), [("2026-01-01T00:00:00Z", False), ("true", False), ("", True), ("0", True), (None, True)]
)
@pytest.mark.parametrize("mode", ["append", "append_dedup", "update"])
def test_a_row_is_skipped_if_the_field_for_the_sources_marker_says_that_it_was_deleted(
    screen: Screen, mode: str, marker: str | None, is_written: bool
) -> None:
    screen.lead("c1", "ann@acme.example")
    row = {"contact_email": "ann@acme.example", "contact_title": "CEO", "deleted_at": marker}
    ran = screen.write([row], mode, None if mode == "append" else "contact_email")
    assert ("deleted_at_source 1" in ran.summary_of("people")) != is_written
    assert any(contact["title"] == "CEO" for contact in screen.close.contacts.values()) == is_written


@pytest.mark.parametrize("mode", ["soft_delete", "a_mode_of_next_year"])
def test_an_unknown_mode_is_named(screen: Screen, mode: str) -> None:
    assert screen.refusal(mode, "contact_email", "contact_email").startswith(f'stream "people": the mode "{mode}" is not supported')


def test_an_overwrite_of_a_cleared_stream_succeeds_and_deletes_nothing(screen: Screen) -> None:
    lead = screen.lead("c1")
    ran = screen.write([], "overwrite", "contact_email")
    assert (ran.failure, len(ran.states)) == (None, 1)
    assert lead in screen.close.leads


def test_an_overwrite_with_rows_is_refused(screen: Screen) -> None:
    assert 'the mode "overwrite" is not supported' in screen.refusal("overwrite", "contact_email", "contact_email")


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("contact_emial", 'stream "people", contact_emial: a contact has no such field; did you mean "contact_email"'),
        ("email", 'stream "people", email: a contact has no such field'),
        ("lead_custom.", 'stream "people", lead_custom.: a contact has no such field'),
        ("lead_custom.Plam", 'stream "people", lead_custom.Plam: Close has no Lead custom field "Plam"; did you mean "Plan"?'),
        (
            "contact_custom.Plan",
            'stream "people", contact_custom.Plan: Close has no Contact custom field "Plan"; it is a Lead custom field',
        ),
        ("lead_custom.Company ID", 'stream "people", lead_custom.Company ID: this custom field holds your own IDs'),
    ],
)
def test_an_unknown_field_is_named_with_its_stream(screen: Screen, column: str, problem: str) -> None:
    assert screen.refusal("append_dedup", "contact_email", "contact_email", column).startswith(problem)


def test_a_lead_takes_no_fields_of_people(screen: Screen) -> None:
    problem = screen.refusal("append_dedup", "lead_company_id", "lead_company_id", "contact_email", to="lead")
    assert problem == 'stream "people", contact_email: a lead has only company fields; for people, choose the object contact'


@pytest.mark.parametrize(
    ("key", "columns", "problem"),
    [
        (None, ["contact_email"], 'stream "people": choose one matching key: contact_user_id or contact_email'),
        (
            "contact_phone",
            ["contact_phone"],
            'stream "people", contact_phone: this is not a matching key of a contact; choose contact_user_id or',
        ),
        ("contact_email", ["contact_name"], 'stream "people", contact_email: no column is mapped to the matching key'),
    ],
)
def test_a_matching_key_that_cannot_be_one_is_named(screen: Screen, key: str | None, columns: list[str], problem: str) -> None:
    assert screen.refusal("append_dedup", key, *columns).startswith(problem)


def test_two_matching_keys_at_once_are_refused(screen: Screen) -> None:
    two = {"primary_key": (("contact_email",), ("contact_user_id",))}
    assert "choose one matching key" in screen.refusal("update", None, "contact_email", "contact_user_id", stream=two)


def test_the_only_matching_key_need_not_be_chosen(screen: Screen) -> None:
    assert screen.wrote([{"lead_company_id": "c1"}], "append_dedup", None, to="lead") == (1, 0)


def test_a_matching_key_whose_setting_is_empty_is_named(screen: Screen) -> None:
    without = {"contact_custom_field_id_for_user_id": None}
    assert "contact_custom_field_id_for_user_id" in screen.refusal("update", "contact_user_id", "contact_user_id", config=without)


def test_all_problems_of_all_streams_come_together(screen: Screen) -> None:
    wrong = [harness.record("people", {"contact_emial": "x"}), harness.record("orders", {"total": 1})]

    def describe(info: StreamInfo) -> StreamInfo:
        return replace(info, destination_object_name="contact", destination_sync_mode="append") if info.key.name == "people" else info

    ran = harness.run(screen.close, screen.clock, CONFIG, wrong, describe=describe)
    assert isinstance(ran.failure, ConfigError)
    assert "There are 2 problems." in ran.failure.message
    assert "contact_emial" in ran.failure.message
    assert 'stream "orders"' in ran.failure.message


# --- odd catalogs ----------------------------------------------------------------------------------------------------


def test_a_stream_that_does_not_name_its_columns_takes_all_that_there_are(screen: Screen) -> None:
    row = {**ANN, "lead_custom.Plan": "Team", "contact_custom.Role": "Admin"}
    assert screen.wrote([row], "append_dedup", "contact_email", stream={"properties": {}}) == (1, 0)
    (lead,), (contact,) = screen.close.leads.values(), screen.close.contacts.values()
    assert (lead[f"custom.{PLAN}"], contact[f"custom.{ROLE}"]) == ("Team", "Admin")


def test_columns_that_airbyte_adds_are_not_fields_of_close(screen: Screen) -> None:
    row = {**ANN, "_ab_cdc_updated_at": "2026-01-01", "_ab_cdc_lsn": 5, "_airbyte_x": 1}
    assert screen.wrote([row], "append_dedup", "contact_email") == (1, 0)


# --- inserts whose answer is lost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("company", [None, "c1"])
def test_an_insert_whose_answer_is_lost_is_done_once_next_to_its_duplicate(screen: Screen, company: str | None, when: Any) -> None:
    """What was there before carries the same email; it must not be taken for what the row was to create."""
    assert made_in_spite_of_a_lost_answer(screen, {**ANN, "lead_company_id": company}, when) == 1


@pytest.mark.parametrize("company", [None, "c1"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_insert_without_any_key_is_found_by_what_it_holds(screen: Screen, company: str | None, when: Any) -> None:
    assert made_in_spite_of_a_lost_answer(screen, {"contact_name": "Ann", "lead_company_id": company}, when) == 1


def made_in_spite_of_a_lost_answer(screen: Screen, row: dict[str, Any], when: Any) -> int:
    """How many contacts the row made, where one with its email is there already."""
    screen.lead(row["lead_company_id"], "ann@acme.example")
    before = len(screen.people)
    screen.close.faults.add(Fault("timeout", when, "POST", "/contact/" if row["lead_company_id"] else "/lead/"))
    assert screen.wrote([row], "append", None) == (1, 0)
    assert not screen.close.faults.planned
    return len(screen.people) - before
