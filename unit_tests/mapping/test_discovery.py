from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from destination_close.mapping import compile_streams, operations
from destination_close.mapping.activation import OPERATIONS
from destination_close.mapping.discovery import DELETION_MARKER
from destination_close.model import COLUMNS, CONTACT, LEAD, Account, CustomField, StreamInfo, StreamKey, find_field
from destination_close.settings import Config
from unit_tests.support.accounts import ACCOUNT

BOTH = Config("k", id_fields={LEAD: "cf_company", CONTACT: "cf_user"})
NEITHER = Config("k")


def by_place(config: Config = BOTH, account: Account = ACCOUNT) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["object_name"], one["sync_mode"]): one for one in operations(config, account)}


def properties(config: Config = BOTH, *, of: str = "contact", mode: str = "append_dedup") -> dict[str, Any]:
    found: dict[str, Any] = by_place(config)[of, mode]["json_schema"]["properties"]
    return found


def test_each_object_is_offered_with_each_mode_once() -> None:
    assert list(by_place()) == [(name, mode) for name in ("contact", "lead") for mode in ("append", "append_dedup", "update")]
    assert len(operations(BOTH, ACCOUNT)) == 6


def test_every_mode_offered_is_one_that_rows_can_come_in() -> None:
    assert {mode for _, mode in by_place()} == set(OPERATIONS)


def test_without_a_company_id_a_lead_cannot_be_found_again() -> None:
    assert list(by_place(NEITHER)) == [("contact", "append"), ("contact", "append_dedup"), ("contact", "update")]


@pytest.mark.parametrize("mode", ["append_dedup", "update"])
def test_matching_keys_are_alternatives_and_only_those_with_a_place_in_close(mode: str) -> None:
    assert by_place()["contact", mode]["matching_keys"] == [["contact_user_id"], ["contact_email"]]
    assert by_place()["lead", mode]["matching_keys"] == [["lead_company_id"]]
    assert by_place(NEITHER)["contact", mode]["matching_keys"] == [["contact_email"]]


def test_an_insert_asks_for_no_matching_key() -> None:
    assert by_place()["contact", "append"]["matching_keys"] == []
    assert by_place()["lead", "append"]["matching_keys"] == []


def test_required_is_what_every_row_must_have() -> None:
    """Of two alternative keys neither is; the screen asks for the chosen one itself."""
    required = {place: one["json_schema"]["required"] for place, one in by_place().items()}
    assert required == {
        ("contact", "append"): [],
        ("contact", "append_dedup"): [],
        ("contact", "update"): [],
        ("lead", "append"): ["lead_name"],
        ("lead", "append_dedup"): ["lead_company_id"],
        ("lead", "update"): ["lead_company_id"],
    }
    assert by_place(NEITHER)["contact", "update"]["json_schema"]["required"] == ["contact_email"]
    assert properties(of="lead")["lead_company_id"] == {"type": "string"}


def test_a_contact_has_the_fields_of_its_company_too_and_a_lead_only_those() -> None:
    assert set(COLUMNS) <= set(properties())
    assert set(LEAD.columns) <= set(properties(of="lead"))
    assert [name for name in properties(of="lead") if not name.startswith("lead_")] == [DELETION_MARKER]


def test_every_operation_takes_the_sources_marker_of_deleted_rows() -> None:
    assert all(DELETION_MARKER in operation["json_schema"]["properties"] for operation in by_place(BOTH).values())


def test_ids_without_a_place_in_close_are_left_out() -> None:
    assert not {"lead_company_id", "contact_user_id"} & set(properties(NEITHER))


def test_custom_fields_go_by_their_names_and_by_id_too_where_a_name_repeats() -> None:
    custom = [name for name in properties() if "_custom." in name]
    assert custom == [
        *("lead_custom.Plan", "lead_custom.Tags", "lead_custom.Owners", "lead_custom.Seats", "lead_custom.Due", "lead_custom.Seen"),
        *("lead_custom.Hidden", "lead_custom.Twin (cf_a)", "lead_custom.Twin (cf_b)", "lead_custom.Source"),
        *("contact_custom.Source", "contact_custom.cf_user (cf_odd)", "contact_custom.cf_void"),
    ]


def test_a_field_named_like_the_full_name_of_another_does_not_take_its_place() -> None:
    account = Account("Acme", "user_1", custom_fields={LEAD: tuple(CustomField(id_, name, "text") for id_, name in TRICKY)})
    named = [name.removeprefix("lead_custom.") for name in by_place(BOTH, account)["lead", "append"]["json_schema"]["properties"]]
    found = [find_field(account, LEAD, name) for name in named if name not in (*LEAD.columns, DELETION_MARKER)]
    assert [getattr(field, "id", None) for field in found] == [id_ for id_, _ in TRICKY]


TRICKY = (("cf_1", "Twin"), ("cf_2", "Twin"), ("cf_3", "Twin (cf_1)"), ("cf_4", "cf_3"))


def test_fields_that_hold_the_ids_go_by_their_own_names_only() -> None:
    assert not {"lead_custom.Company ID", "contact_custom.User ID"} & set(properties())
    assert "lead_custom.Company ID" in properties(NEITHER)


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        ("contact_email", {"type": ["null", "string"]}),
        ("lead_custom.Plan", {"type": ["null", "string"], "enum": ["free", "paid"]}),
        ("lead_custom.Tags", {"type": ["null", "array"], "items": {"type": "string", "enum": ["a", "b"]}}),
        ("lead_custom.Owners", {"type": ["null", "array"], "items": {"type": "string"}}),
        ("lead_custom.Seats", {"type": ["null", "number"]}),
        ("lead_custom.Due", {"type": ["null", "string"], "format": "date"}),
        ("lead_custom.Seen", {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"}),
        ("lead_custom.Hidden", {"type": ["null", "string"]}),
    ],
)
def test_each_field_says_its_type(field: str, schema: dict[str, Any]) -> None:
    assert properties()[field] == schema


def test_every_schema_is_one_and_takes_no_other_fields() -> None:
    for one in operations(BOTH, ACCOUNT):
        Draft7Validator.check_schema(one["json_schema"])
        assert one["json_schema"]["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert one["json_schema"]["type"] == "object"
        assert one["json_schema"]["additionalProperties"] is False


def test_types_are_words_that_the_screen_understands() -> None:
    known = {"boolean", "integer", "number", "object", "array", "string"}
    for schema in properties().values():
        (word,) = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"]) - {"null"}
        assert word in known


@pytest.mark.parametrize("config", [BOTH, NEITHER])
def test_whatever_is_offered_is_taken_when_it_comes(config: Config) -> None:
    for one in operations(config, ACCOUNT):
        for key in one["matching_keys"] or [[]]:
            stream = StreamInfo(
                StreamKey(None, "people"),
                one["json_schema"]["properties"],
                one["sync_mode"],
                (tuple(key),) if key else (),
                one["object_name"],
            )
            assert len(compile_streams(config, ACCOUNT, [stream])) == 1
