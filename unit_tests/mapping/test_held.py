"""Is every column that a mapping names, and the stream does not have, reported before the first call, or at the end of the rows?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.mapping import Sightings, hold
from destination_close.mapping.held import Held, field_meant
from destination_close.model import ConfigError, StreamInfo, StreamKey
from destination_close.plan import Plan
from destination_close.settings import Config, StreamMapping, parse_config
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.presets import COMPANY_ID, TAGS, USER_ID, many_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support.harness import Ran, record, run

USERS = StreamKey(None, "users")
KEYS = {"lead_custom_field_id_for_company_id": COMPANY_ID, "contact_custom_field_id_for_user_id": USER_ID}
NESTED = {"org": {"type": ["null", "object"], "properties": {"id": {}, "Name": {}}}, "free": {"type": "object"}}


def held(properties: Any, *mappings: Mapping[str, Any], key: StreamKey = USERS) -> Held:
    columns = properties if isinstance(properties, dict) else {name: {} for name in properties}
    config = parse_config({"api_key": "k", **KEYS, "mappings": [{"stream": "users", **mapping} for mapping in mappings]})
    return hold(config, [StreamInfo(key, columns)])


def remarks(properties: Any, **mapping: Any) -> list[str]:
    """On a mapping that has a key; without the place."""
    found = held(
        ["email", *properties] if isinstance(properties, (list, tuple)) else {"email": {}, **properties},
        {"contact_email": "email", **mapping},
    )
    assert found.problems == []
    return [remark.removeprefix('Mappings 1 (stream "users"), ') for remark in found.remarks]


# --- every way to name a column


@pytest.mark.parametrize("setting", ["phone", "{{ record['phone'] }}", "{{ record.phone | trim }}", " phone ", "phone.main"])
def test_a_column_that_is_there_is_not_remarked_on(setting: str) -> None:
    assert remarks(["phone"], contact_phone=setting) == []


@pytest.mark.parametrize(
    ("columns", "setting", "said"),
    [
        (["contactPhone"], "contactphone", '"contactphone"; did you mean "contactPhone"?'),
        (["PHONE"], "phone", '"phone"; did you mean "PHONE"?'),
        (["phone "], "phone", '"phone"; did you mean "phone "?'),
        ([" phone"], "phone", '"phone"; did you mean " phone"?'),
        (["\ufeffphone"], "phone", '"phone"; did you mean "\\ufeffphone"?'),
        (["phone\u200b"], "phone", '"phone"; did you mean "phone\\u200b"?'),
        (["contact_phone"], "contact phone", '"contact phone"; did you mean "contact_phone"?'),
        (["phone"], "pohne", '"pohne"; did you mean "phone"?'),
        (["phone_number"], "phone_numbr", '"phone_numbr"; did you mean "phone_number"?'),
        (["Telefon"], "zzz", '"zzz"; the closest name is "Telefon"'),
        (["phone"], "{{ record['Phone'] }}", '"Phone"; did you mean "phone"?'),
        (["phone"], "{{ record.phnoe }}", '"phnoe"; did you mean "phone"?'),
        (["phone"], "{{ record.get('Phone') or '' }}", '"Phone"; did you mean "phone"?'),
        (["phone_main"], "phone.main", '"phone.main"; did you mean "phone_main"?'),
        (["phone"], "Phone.main", '"Phone.main"; did you mean "phone.main"?'),
        (NESTED, "org.phone", '"org.phone"; the closest name is "org.Name"'),
        (NESTED, "org.name", '"org.name"; did you mean "org.Name"?'),
        (NESTED, "{{ record['org']['name'] }}", '"org.name"; did you mean "org.Name"?'),
    ],
)
def test_a_column_that_is_not_there_is_named_with_the_nearest(columns: Any, setting: str, said: str) -> None:
    found = remarks(columns, contact_phone=setting)
    if '"zzz"' in said:  # nothing is like it
        assert found[0].startswith('contact_phone: stream users has no column "zzz"; the closest name is ')
    elif "org.phone" in said:
        assert found[0].startswith('contact_phone: stream users has no column "org.phone"; ')
    else:
        assert found == [f"contact_phone: stream users has no column {said}"]


@pytest.mark.parametrize("setting", ["free.x", "{{ record['free']['x'] }}", "{{ record[record['email']] }}", "{{ 'constant' }}"])
def test_what_no_schema_can_tell_is_not_remarked_on_before_the_rows(setting: str) -> None:
    assert remarks(NESTED, contact_phone=setting) == []


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"lead_name": "Plam"}, "lead_name"),
        ({"lead_custom_fields": [{"custom_field": "Plan", "column": "Plam"}]}, "lead_custom.Plan"),
        ({"contact_custom_fields": [{"custom_field": "cf_x", "column": "{{ record.Plam }}"}]}, "contact_custom.cf_x"),
        ({"filter": "{{ record['Plam'] == 'paid' }}"}, "filter"),
        ({"contact_user_id": "Plam"}, "contact_user_id"),
        ({"lead_company_id": "u-{{ record.Plam }}"}, "lead_company_id"),
    ],
)
def test_every_setting_that_reads_the_row_is_held_against_the_schema(mapping: dict[str, Any], field: str) -> None:
    (remark,) = remarks(["Plan"], **mapping)
    assert remark == f'{field}: stream users has no column "Plam"; did you mean "Plan"?'


def test_each_column_of_a_template_that_is_not_there_is_named() -> None:
    assert len(remarks(["first"], contact_name="{{ record.first }} {{ record.lats }} {{ record.midle }}")) == 2


def test_a_word_in_place_of_a_column_gets_told_how_a_word_is_written() -> None:
    (remark,) = remarks(["plan"], lead_status_id="Potential")
    assert remark.endswith("; a constant is written {{ 'Potential' }}")


def test_the_namespace_of_the_stream_is_named() -> None:
    found = held(["email"], {"contact_email": "email", "contact_name": "nmae"}, key=StreamKey("crm", "users"))
    assert 'stream crm.users has no column "nmae"' in found.remarks[0]


def test_columns_named_with_blanks_at_their_ends_are_that_column_and_else_the_one_without() -> None:
    assert remarks(["Name "], contact_name="Name ") == []
    assert remarks(["Name"], contact_name="Name ") == []
    assert remarks([" Name "], contact_name="{{ record[' Name '] }}") == []
    assert len(remarks(["Name "], contact_name="Name")) == 1


# --- what cannot be allowed


@pytest.mark.parametrize("key", ["contact_email", "contact_user_id", "lead_company_id"])
def test_a_mapping_whose_only_key_is_not_there_cannot_run(key: str) -> None:
    found = held(["Email", "phone"], {key: "email", "contact_phone": "phone"})
    assert found.problems == [
        f'mappings 1 (stream "users"), {key}: no row would have a key, because stream users has no column "email"; did you mean "Email"?'
    ]


@pytest.mark.parametrize(
    "setting", ["{{ record['email'] }}", "u-{{ record['email'] }}", "{{ record['x'] }}-{{ record['email'] }}", "email.main"]
)
def test_nor_one_whose_key_cannot_be_made_without_what_is_not_there(setting: str) -> None:
    assert len(held(["Email", "x"], {"contact_email": setting}).problems) == 1


def test_nor_one_all_of_whose_keys_are_not_there() -> None:
    assert len(held(["Email"], {"contact_email": "email", "contact_user_id": "id", "lead_company_id": "c"}).problems) == 3


@pytest.mark.parametrize(
    "mapping", [{"contact_email": "Email", "contact_user_id": "id"}, {"contact_email": "{{ record.Email or record.mail }}"}]
)
def test_where_a_key_is_left_that_is_there_it_is_only_remarked_on(mapping: dict[str, str]) -> None:
    found = held(["Email"], mapping)
    assert found.problems == []
    assert len(found.remarks) == 1


@pytest.mark.parametrize(
    "mapping",
    [
        {"lead_description": "abuot", "clear_when_blank": ["lead_description"]},
        {"lead_description": "{{ record.abuot or record.about }}", "clear_when_blank": ["lead_description"]},
        {"lead_custom_fields": [{"custom_field": "Plan", "column": "abuot", "clear_when_blank": True}]},
    ],
)
def test_a_field_that_every_row_would_clear_cannot_run(mapping: dict[str, Any]) -> None:
    (problem,) = held(["email", "about"], {"contact_email": "email", **mapping}).problems
    assert problem.endswith(
        'every row would clear the field (clear_when_blank), because stream users has no column "abuot"; did you mean "about"?'
    )


# --- a stream that is mapped by the names of its columns


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("contact_emial", "contact_email"),
        ("Contact_Email", "contact_email"),
        ("contact email", "contact_email"),
        ("contact_email ", "contact_email"),
        ("\ufeffcontact_email", "contact_email"),
        ("contactEmail", "contact_email"),
        ("contact_e_mail", "contact_email"),
        ("contact_mail", "contact_email"),
        ("contact_userid", "contact_user_id"),
        ("lead_companyid", "lead_company_id"),
        ("LEAD_NAME", "lead_name"),
        ("contact_phone_number", "contact_phone"),
        ("lead_custom_Plan", "lead_custom.Plan"),
        ("Lead_Custom.Plan", "lead_custom.Plan"),
        ("contact_custom_field.Plan", "contact_custom.Plan"),
        ("contact_custom: Plan ", "contact_custom.Plan"),
        ("lead_custom.Plan", None),
        ("contact_email", None),
        ("email", None),
        ("updated_at", None),
        ("_ab_cdc_deleted_at", None),
    ],
)
def test_a_column_that_is_nearly_a_field_is_recognized(column: str, meant: str | None) -> None:
    assert field_meant(column, [column]) == meant


def test_a_column_that_is_nearly_a_field_is_remarked_on_and_without_a_key_it_stops_the_run() -> None:
    found = held(["contact_user_id", "contact_emial", "lead_Name"], key=StreamKey("crm", "people"))
    assert found.problems == []
    assert found.remarks[-2:] == [
        'Stream crm.people is mapped by the names of its columns, and "contact_emial" is not a field; did you mean "contact_email"?',
        'Stream crm.people is mapped by the names of its columns, and "lead_Name" is not a field; did you mean "lead_name"?',
    ]
    (problem,) = held(["contact_emial", "lead_name"]).problems
    assert problem == (
        'stream "users": no row would have a key, because stream users is mapped by the names of its columns, and "contact_emial" is not a '
        'field; did you mean "contact_email"?'
    )


def test_a_second_column_like_a_field_that_is_there_is_somebody_elses() -> None:
    assert held(["contact_email", "contact_email2", "contact_emails"]).remarks == []


def test_streams_that_were_mapped_on_the_screen_are_not_held_here() -> None:
    info = StreamInfo(USERS, {"contact_emial": {}}, destination_object_name="contact")
    assert hold(parse_config({"api_key": "k"}), [info]) == Held()


# --- streams that are named and do not come


@pytest.mark.parametrize(
    ("key", "named", "hint"),
    [
        (USERS, {"stream": "user"}, '"user", so this mapping is not used; did you mean "users"?'),
        (USERS, {"stream": "Users"}, '"Users", so this mapping is not used; did you mean "users"?'),
        (
            StreamKey("PUBLIC", "users"),
            {"namespace": "public"},
            '"public.users", so this mapping is not used; did you mean "PUBLIC.users"?',
        ),
        (USERS, {"namespace": "crm"}, '"crm.users", so this mapping is not used; did you mean "users"?'),
        (USERS, {"stream": "orders"}, '"orders", so this mapping is not used; it has "users"'),
    ],
)
def test_a_mapping_of_a_stream_that_does_not_come_is_remarked_on(key: StreamKey, named: dict[str, str], hint: str) -> None:
    found = held(["contact_email"], {"contact_email": "contact_email", **named}, key=key)
    assert found.remarks == [f"Mappings 1: the connection has no stream {hint}"]


def test_a_mapping_for_any_namespace_is_for_a_stream_of_one() -> None:
    assert held(["email"], {"contact_email": "email"}, key=StreamKey("crm", "users")).remarks == []


# --- what only rows can tell


def seen(mapping: dict[str, Any], *rows: dict[str, Any], properties: Any = ()) -> list[str]:
    sightings = Sightings(held(properties, {"contact_email": "email", **mapping}).open)
    for row in rows:
        sightings.see(USERS, row)
    return [remark.removeprefix('Mappings 1 (stream "users"), ') for remark in sightings.remarks()]


def test_without_a_schema_the_columns_that_no_row_had_are_told_at_the_end() -> None:
    rows = [{"email": "a"}, {"email": "b", "Phone": None, "name": "x"}, {"email": "c"}]
    assert seen({"contact_phone": "phone", "contact_name": "{{ record.name }}"}, *rows) == [
        'contact_phone: no row of stream users had a column "phone"; did you mean "Phone"?'
    ]


def test_a_column_that_one_row_had_were_it_as_a_null_is_there() -> None:
    assert seen({"contact_phone": "phone"}, {"email": "a"}, {"email": "b", "phone": None}, {"email": "c"}) == []


def test_inside_of_an_object_that_no_schema_describes_rows_tell_too() -> None:
    rows = [{"email": "a", "free": None}, {"email": "b", "free": {"Plan": 1}}, {"email": "c", "free": '{"Plan": 1}'}]
    assert seen({"contact_title": "free.plan"}, *rows, properties={"email": {}, **NESTED}) == [
        'contact_title: no row of stream users had a column "free.plan"; did you mean "free.Plan"?'
    ]
    assert seen({"contact_title": "free.Plan"}, *rows, properties={"email": {}, **NESTED}) == []


def test_of_a_stream_without_rows_nothing_is_told() -> None:
    assert seen({"contact_phone": "phone"}) == []


NAMES = st.text(max_size=12) | st.sampled_from(["a.b", ".", "a.", " a ", "{{ record['a']['b'] }}", "{{ record.a }}", "{{ x", "\ufeffa"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["properties", "a", "b", "type", ""]), inner, max_size=3),
    max_leaves=8,
)


@given(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=3))
def test_whatever_a_column_and_a_schema_and_rows_are_holding_them_ends(name: str, properties: dict[str, Any], rows: list[Any]) -> None:
    mapping = StreamMapping("users", columns={"contact_email": name, "lead_name": name}, place="mappings 1")
    found = hold(Config("k", mappings=(mapping,)), [StreamInfo(USERS, properties)])
    sightings = Sightings(found.open)
    for row in rows:
        sightings.see(USERS, row)
    assert all(isinstance(text, str) for text in (*found.problems, *found.remarks, *sightings.remarks()))


# --- through the whole connector


class Account:
    """A Close in memory, with one known person of one known company, and what a run of `users` does to it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.sandbox = Sandbox(CALM, self.clock, self.clock.sleep)
        many_fields(self.sandbox)
        person = {"name": "Ann", "title": "CEO", "emails": [{"email": "ann@acme.example"}]}
        self.sandbox.add_lead({"name": "Acme", "description": "Typed by a rep", f"custom.{TAGS}": ["vip"], "contacts": [person]})
        self.sandbox.forget_calls()

    def write(self, properties: dict[str, Any], *rows: dict[str, Any], plan: Plan | None = None, **mapping: Any) -> Ran:
        settings = {"api_key": CALM.api_key, **KEYS, "search_lag_seconds": 0, "mappings": [{"stream": "users", **mapping}]}
        records = [record("users", row) for row in rows]
        return run(self.sandbox, self.clock, settings, records, describe=lambda info: replace(info, properties=dict(properties)), plan=plan)

    @property
    def held(self) -> tuple[str, list[str] | None, str]:
        """The fields that could be cleared."""
        (lead,), (contact,) = self.sandbox.leads.values(), self.sandbox.contacts.values()
        return lead["description"], lead.get(f"custom.{TAGS}"), contact["title"]


ALL_CLEAR: dict[str, Any] = {
    "contact_email": "email",
    "lead_description": "notes",
    "contact_title": "job.title",
    "lead_custom_fields": [{"custom_field": TAGS, "column": "{{ record['tags'] }}", "clear_when_blank": True}],
    "clear_when_blank": ["lead_description", "contact_title"],
}
ROW = {"email": "ann@acme.example"}
UNTOUCHED = ("Typed by a rep", ["vip"], "CEO")
CLEARED = ("", None, "")


@pytest.fixture
def account() -> Account:
    return Account()


def test_what_stops_a_run_stops_it_before_close_is_asked_for_anything(account: Account) -> None:
    for mapping in (
        {"contact_email": "emial"},
        {"contact_email": "email", "contact_title": "titel", "clear_when_blank": ["contact_title"]},
    ):
        ran = account.write({"email": {}, "title": {}}, ROW, **mapping)
        assert isinstance(ran.failure, ConfigError)
        assert "stream users has no column" in ran.failure.message
        assert account.sandbox.calls == []


def test_the_log_warns_before_the_first_call_and_the_plan_has_it_too(account: Account) -> None:
    mapping = {"contact_email": "email", "contact_phone": "Phone"}
    warning = 'Mappings 1 (stream "users"), contact_phone: stream users has no column "Phone"; did you mean "phone"?'
    ran = account.write({"email": {}, "phone": {}}, ROW, **mapping)
    assert ran.failure is None
    assert ran.messages[0] == {"type": "LOG", "log": {"level": "WARN", "message": warning}}
    plan = Plan(keep_rows=True)
    account.write({"email": {}, "phone": {}}, ROW, plan=plan, **mapping)
    assert plan.remarks == [warning]


def test_without_a_schema_the_log_warns_at_the_end_and_the_plan_has_it_too(account: Account) -> None:
    mapping = {"contact_email": "email", "contact_phone": "Phone"}
    warning = 'Mappings 1 (stream "users"), contact_phone: no row of stream users had a column "Phone"; did you mean "phone"?'
    assert account.write({}, {**ROW, "phone": None}, **mapping).logs[-1] == warning
    plan = Plan(keep_rows=True)
    account.write({}, {**ROW, "phone": None}, plan=plan, **mapping)
    assert plan.remarks == [warning]


def test_it_is_told_too_where_the_run_fails_for_it(account: Account) -> None:
    ran = account.write({}, *[{"Email": "ann@acme.example"}] * 30, contact_email="email")
    assert isinstance(ran.failure, ConfigError)
    assert 'no row of stream users had a column "email"; did you mean "Email"?' in "".join(ran.logs)


@pytest.mark.parametrize("more", [{}, {"job": {}}, {"job": {"Title": "x"}}, {"job": "{}"}, {"Notes": "x", "Tags": []}, {"job": None}])
def test_a_column_that_neither_the_schema_nor_the_row_has_clears_nothing(account: Account, more: dict[str, Any]) -> None:
    assert account.write({}, {**ROW, **more}, **ALL_CLEAR).failure is None
    assert account.held == UNTOUCHED


@pytest.mark.parametrize("blank", [None, "", " "])
def test_a_blank_of_a_column_that_the_row_has_clears(account: Account, blank: Any) -> None:
    account.write({}, {**ROW, "notes": blank, "job": {"title": blank}, "tags": blank}, **ALL_CLEAR)
    assert account.held == CLEARED


def test_a_column_that_the_schema_has_clears_where_the_row_leaves_it_out(account: Account) -> None:
    account.write({"email": {}, "notes": {}, "tags": {}, "job": {"properties": {"title": {}}}}, ROW, **ALL_CLEAR)
    assert account.held == CLEARED


def test_a_template_clears_only_where_each_of_its_columns_is_there(account: Account) -> None:
    mapping = {"contact_email": "email", "contact_title": "{{ record.a or record.b }}", "clear_when_blank": ["contact_title"]}
    account.write({}, {**ROW, "a": None}, **mapping)
    assert account.held == UNTOUCHED
    account.write({}, {**ROW, "a": None, "b": ""}, **mapping)
    assert account.held[2] == ""


@pytest.mark.parametrize("properties", [{"email": {}, "Title ": {}}, {}])
def test_a_column_with_blanks_at_its_ends_can_be_named(account: Account, properties: dict[str, Any]) -> None:
    assert account.write(properties, {**ROW, "Title ": "CTO"}, contact_email="email", contact_title="Title ").failure is None
    assert account.held[2] == "CTO"


def test_a_blank_typed_behind_a_name_by_mistake_does_no_harm(account: Account) -> None:
    account.write(
        {},
        {**ROW, "title": "CTO", "org": {"about": "Anvils"}},
        contact_email=" email",
        contact_title="title ",
        lead_description="org.about ",
    )
    assert (account.held[0], account.held[2]) == ("Anvils", "CTO")
