from __future__ import annotations

from typing import Any

import pytest

from destination_close.check import check, problems
from destination_close.mapping.mapper import compile_mappings
from destination_close.model import (
    CONTACT,
    LEAD,
    Account,
    ConfigError,
    CustomField,
    RunStopped,
    Status,
    StreamKey,
    TransientError,
    object_type_named,
)
from destination_close.settings import Config, LocalFolder, parse_config

ACCOUNT = Account(
    "Acme",
    "user_1",
    custom_fields={
        LEAD: (
            CustomField("cf_company", "Company ID", "text"),
            CustomField("cf_plan", "Plan", "choices", ("free", "paid")),
            CustomField("cf_a", "Twin", "text"),
            CustomField("cf_b", "Twin", "text"),
        ),
        CONTACT: (CustomField("cf_user", "User ID", "text"),),
    },
    statuses=(Status("stat_1", "Potential"),),
)
FIELDS: dict[str, Any] = {"lead_custom_field_id_for_company_id": "cf_company", "contact_custom_field_id_for_user_id": "cf_user"}


class AClose:
    """Answers like Close about one account, or fails."""

    def __init__(self, failure: RunStopped | None = None) -> None:
        self._failure = failure

    def me(self) -> dict[str, Any]:
        if self._failure:
            raise self._failure
        return {"id": "user_1", "organizations": [{"name": "Acme", "lead_statuses": [{"id": "stat_1", "label": "Potential"}]}]}

    def field_schema(self, object_type: str, /) -> list[dict[str, Any]]:
        fields = ACCOUNT.fields_of(object_type_named(object_type))
        return [{"id": field.id, "name": field.name, "type": field.type, "choices": field.choices} for field in fields]

    def lead_statuses(self) -> list[dict[str, Any]]:
        raise AssertionError("statuses came along")

    def users(self) -> list[dict[str, Any]]:
        raise AssertionError("check needs no users")


def found(*mappings: dict[str, Any], account: Account | None = ACCOUNT, **settings: Any) -> list[str]:
    return problems(parse_config({"api_key": "k", "mappings": list(mappings), **settings}), account)


def test_settings_that_work_pass_and_the_organization_is_named() -> None:
    mapping = {
        "stream": "users",
        "lead_company_id": "c",
        "contact_user_id": "u",
        "lead_custom_fields": [{"custom_field": "Plan", "column": "p"}],
    }
    assert check({"api_key": "k", **FIELDS, "mappings": [mapping]}, lambda _: AClose()) == (
        True,
        "Connected to the Close organization Acme.",
    )
    assert check({"api_key": "k"}, lambda _: AClose())[0]


def test_a_setting_that_a_platform_put_in_is_remarked_on_and_keeps_nothing_from_working() -> None:
    succeeded, message = check({"api_key": "k", "tenant": 1}, lambda _: AClose())
    assert succeeded
    assert message.startswith('Connected to the Close organization Acme. There is no setting "tenant", so it is ignored; ')


def test_a_setting_that_does_not_exist_fails_the_check_with_the_one_that_was_meant() -> None:
    assert check({"api_key": "k", "dryrun": True}, lambda _: AClose()) == (
        False,
        '"dryrun": there is no such setting; did you mean dry_run?',
    )


@pytest.mark.parametrize("failure", [ConfigError("The key was refused."), TransientError("Close is not reachable.")])
def test_a_failure_of_the_client_becomes_the_message(failure: RunStopped) -> None:
    assert check({"api_key": "k"}, lambda _: AClose(failure)) == (False, failure.message)


STORAGE = {"object_storage_config": {"storage_type": "Local", "local_path": "/rejected"}}


def test_the_storage_for_rejected_records_is_tried() -> None:
    tried: list[object] = []
    assert check({"api_key": "k", **STORAGE}, lambda _: AClose(), tried.append)[0]
    assert tried == [LocalFolder("/rejected")]
    assert check({"api_key": "k"}, lambda _: AClose(), tried.append)[0]
    assert len(tried) == 1


def test_storage_for_rejected_records_that_does_not_work_is_named_with_all_other_problems() -> None:
    def try_storage(storage: object) -> None:
        raise ConfigError("The folder cannot be written to.")

    succeeded, message = check({"api_key": "k", **STORAGE}, lambda _: AClose(ConfigError("The key was refused.")), try_storage)
    assert not succeeded
    assert "The key was refused." in message
    assert "The folder cannot be written to." in message


def test_a_client_that_cannot_even_be_made_becomes_the_message() -> None:
    def connect(config: Config) -> AClose:
        raise ConfigError("The address is wrong.")

    assert check({"api_key": "k"}, connect) == (False, "The address is wrong.")


def test_what_can_be_checked_without_the_account_is_reported_along_with_the_refused_key() -> None:
    raw = {"api_key": "k", "default_region": "XX", "mappings": [{"stream": "users", "lead_name": "{{ x }}"}]}
    succeeded, message = check(raw, lambda _: AClose(ConfigError("The key was refused.")))
    assert not succeeded
    assert [line.partition(":")[0] for line in message.splitlines()] == [
        "There are 4 problems.",
        "(1) default_region",
        "(2) The key was refused.",
        '(3) mappings 1 (stream "users")',
        '(4) mappings 1 (stream "users"), lead_name',
    ]


def test_without_a_key_close_is_not_asked_and_the_rest_is_still_reported() -> None:
    def connect(config: Config) -> AClose:
        raise AssertionError("there is no key to connect with")

    succeeded, message = check({"mappings": [{"stream": "users"}]}, connect)
    assert not succeeded
    assert "(1) api_key: " in message
    assert "it has no key" in message


def test_malformed_and_unknown_come_in_one_message() -> None:
    raw = {
        "api_key": "k",
        **FIELDS,
        "search_lag_seconds": -1,
        "mappings": [{"stream": "u", "contact_email": "e", "lead_custom_fields": [{"custom_field": "plan", "column": "p"}]}],
    }
    succeeded, message = check(raw, lambda _: AClose())
    assert not succeeded
    assert "search_lag_seconds: it must be" in message
    assert 'did you mean "Plan"?' in message


@pytest.mark.parametrize("raw", [None, [], "x", {"api_key": None}])
def test_settings_of_no_shape_at_all_are_refused(raw: Any) -> None:
    assert check(raw, lambda _: AClose())[0] is False


# --- what is found


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"lead_custom_field_id_for_company_id": "cf_compani"},
            'lead_custom_field_id_for_company_id: Close has no Lead custom field "cf_compani"; did you mean "cf_company"? '
            "(organization reached: Acme)",
        ),
        (
            {"lead_custom_field_id_for_company_id": "cf_user"},
            'lead_custom_field_id_for_company_id: Close has no Lead custom field "cf_user"; it is a Contact custom field '
            "(organization reached: Acme)",
        ),
        (
            {"lead_custom_field_id_for_company_id": "cf_plan"},
            'lead_custom_field_id_for_company_id: "Plan" is of type choices; choose a Lead custom field of type text',
        ),
        (
            {"contact_custom_field_id_for_user_id": "custom.cf_company"},
            'contact_custom_field_id_for_user_id: Close has no Contact custom field "cf_company"; it is a Lead custom field '
            "(organization reached: Acme)",
        ),
    ],
)
def test_the_id_fields_must_exist_on_the_right_object_and_be_text(settings: dict[str, Any], problem: str) -> None:
    assert found(**settings) == [problem]


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({}, ": it has no key, so its rows could never be found again; fill in lead_company_id, contact_user_id or contact_email"),
        (
            {"lead_company_id": "c"},
            ", lead_company_id: a Company ID needs a custom field to store it; fill in lead_custom_field_id_for_company_id",
        ),
        (
            {"contact_user_id": "u"},
            ", contact_user_id: a User ID needs a custom field to store it; fill in contact_custom_field_id_for_user_id",
        ),
        ({"contact_email": "{{ record[ }}"}, ", contact_email: the template does not work: unexpected '}', expected ']'"),
        (
            {"contact_email": "e", "filter": "paid"},
            ", filter: the template does not work: it is not a template; write it like {{ record['plan'] == 'paid' }}",
        ),
        (
            {"contact_email": "e", "lead_custom_fields": [{"custom_field": "Twin", "column": "t"}]},
            ', lead_custom.Twin: 2 Lead custom fields are named "Twin"; use the ID instead of the name: cf_a or cf_b',
        ),
        (
            {"contact_email": "e", "contact_custom_fields": [{"custom_field": "cf_plan", "column": "t"}]},
            ', contact_custom.cf_plan: Close has no Contact custom field "cf_plan"; it is a Lead custom field (organization reached: Acme)',
        ),
        (
            {
                "contact_email": "e",
                "lead_custom_fields": [{"custom_field": "cf_plan", "column": "p"}, {"custom_field": "Plan", "column": "q"}],
            },
            ", lead_custom.Plan: this custom field is mapped twice; keep one of the two",
        ),
        (
            {"contact_email": "e", "lead_custom_fields": [{"custom_field": "cf_a", "column": "{{ x }}"}]},
            ", lead_custom.cf_a: the template does not work: it uses `x`, but the only variable is `record`; a column is record['name']",
        ),
    ],
)
def test_what_keeps_a_mapping_from_working_is_named_with_its_place(mapping: dict[str, Any], problem: str) -> None:
    assert found({"stream": "users", **mapping}) == [f'mappings 1 (stream "users"){problem}']


@pytest.mark.parametrize(
    ("object_type", "named", "instead"), [("lead", "Company ID", "lead_company_id"), ("contact", "custom.cf_user", "contact_user_id")]
)
def test_the_id_fields_are_not_filled_as_custom_fields(object_type: str, named: str, instead: str) -> None:
    mapping = {"stream": "users", "contact_email": "e", f"{object_type}_custom_fields": [{"custom_field": named, "column": "x"}]}
    (problem,) = found(mapping, **FIELDS)
    assert problem.endswith(f"{object_type}_custom.{named}: this custom field holds your own IDs; map the column as {instead} instead")


def test_problems_of_every_mapping_come_together_each_once() -> None:
    broken = {"stream": "users", "lead_name": "{{ x }}"}
    assert (
        len(found(broken, {"stream": "ok", "contact_email": "e"}, {**broken, "stream": "more"}, lead_custom_field_id_for_company_id="cf_x"))
        == 5
    )


def test_without_an_account_nothing_is_said_about_the_account() -> None:
    mapping = {"stream": "users", "contact_email": "e", "lead_custom_fields": [{"custom_field": "Nothing", "column": "x"}]}
    assert found(mapping, account=None, lead_custom_field_id_for_company_id="cf_nothing") == []


def test_of_given_streams_only_their_mappings_count_and_their_own_columns_too() -> None:
    config = parse_config({"api_key": "k", "mappings": [{"stream": "stale"}]})
    assert compile_mappings(config, ACCOUNT, {StreamKey(None, "users"): {"contact_email": {}}})
    with pytest.raises(ConfigError) as caught:
        compile_mappings(config, ACCOUNT, {StreamKey(None, "orders"): {"total": {}}})
    assert caught.value.message.startswith('stream "orders": no mapping names this stream')
