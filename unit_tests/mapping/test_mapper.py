from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.mapping import Mapper
from destination_close.mapping.mapper import Filtered, compile_mappings
from destination_close.model import (
    CONTACT,
    LEAD,
    Account,
    ConfigError,
    CustomField,
    Draft,
    Reason,
    Rejection,
    Row,
    Status,
    StreamKey,
    Switches,
    User,
    Wanted,
    Wish,
)
from destination_close.settings import parse_config
from unit_tests.support.builders import list_of

USERS = StreamKey("crm", "users")
ACCOUNT = Account(
    "Acme",
    "user_1",
    custom_fields={
        LEAD: (
            CustomField("cf_company", "Company ID", "text"),
            CustomField("cf_plan", "Plan", "choices", ("free", "paid")),
            CustomField("cf_seats", "Seats", "number"),
            CustomField("cf_tags", "Tags", "choices", ("a", "b"), True),
            CustomField("cf_twin", "Twin", "text"),
            CustomField("cf_twin2", "Twin", "text"),
        ),
        CONTACT: (
            CustomField("cf_user", "User ID", "text"),
            CustomField("cf_role", "Role", "text"),
            CustomField("cf_boss", "Boss", "user"),
        ),
    },
    statuses=(Status("stat_1", "Potential"),),
    users=(User("user_1", "ann@acme.example", "Ann"),),
)
FIELDS = {"lead_custom_field_id_for_company_id": "cf_company", "contact_custom_field_id_for_user_id": "cf_user"}
ALL = {
    "lead_company_id": "company_id",
    "lead_name": "company",
    "lead_description": "about",
    "lead_status_id": "status",
    "lead_url": "site",
    "contact_user_id": "id",
    "contact_email": "email",
    "contact_phone": "phone",
    "contact_url": "home",
    "contact_name": "{{ record['first'] }} {{ record['last'] }}",
    "contact_title": "job.title",
    "lead_custom_fields": [{"custom_field": "Plan", "column": "plan"}, {"custom_field": "custom.cf_tags", "column": "tags"}],
    "contact_custom_fields": [{"custom_field": "cf_boss", "column": "boss"}],
}


def a_row(**data: Any) -> Row:
    return Row(USERS, position=1, ordinal=0, data=data)


def mappers(*mappings: dict[str, Any], columns: tuple[str, ...] = (), settings: dict[str, Any] | None = None) -> tuple[Mapper, ...]:
    raw = {"api_key": "k", "mappings": list(mappings)} | (FIELDS if settings is None else settings)
    return compile_mappings(parse_config(raw), ACCOUNT, {USERS: {column: {} for column in columns}})[USERS]


def draft(row: Row, **mapping: Any) -> Any:
    (mapper,) = mappers({"stream": "users", **mapping})
    return mapper.draft(row)


def refusal(*mappings: dict[str, Any], columns: tuple[str, ...] = (), settings: dict[str, Any] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        mappers(*mappings, columns=columns, settings=settings)
    return caught.value.message


# --- drafts


def a_made_draft(row: Row, *, lead: dict[str, Wish] | None = None, contact: dict[str, Wish] | None = None, **more: Any) -> Draft:
    lists = {name: more.pop(name) for name in ("emails", "phones", "urls") if name in more}
    return Draft(row, wants={LEAD: Wanted(lead or {}), CONTACT: Wanted(contact or {}, lists)}, **more)


def test_a_full_row_becomes_a_draft_of_everything() -> None:
    row = a_row(
        company_id=42,
        company=" Acme ",
        about="Anvils",
        status="Potential",
        site="acme.example",
        id=7.0,
        email=" Ann@Acme.example ",
        phone="(415) 555-2671",
        home="https://ann.example",
        first="Ann",
        last="Lee",
        job={"title": "CEO"},
        plan="paid",
        tags=["b"],
        boss="ann@acme.example",
        unmapped="x",
    )
    assert draft(row, **ALL) == a_made_draft(
        row,
        company_id="42",
        user_id="7",
        email="Ann@Acme.example",
        lead={
            "name": Wish("Acme"),
            "description": Wish("Anvils"),
            "status_id": Wish("stat_1"),
            "url": Wish("acme.example", "url"),
            "custom.cf_plan": Wish("paid"),
            "custom.cf_tags": Wish(("b",), "set"),
        },
        contact={"name": Wish("Ann Lee"), "title": Wish("CEO"), "custom.cf_boss": Wish("user_1")},
        emails=("Ann@Acme.example",),
        phones=("+14155552671",),
        urls=("https://ann.example",),
    )


def test_blank_values_are_not_wishes() -> None:
    row = a_row(company_id=" ", company="", about=None, id=None, email="a@x.co", phone="  ", tags=[], job={}, plan="\n")
    assert draft(row, **ALL) == a_made_draft(row, email="a@x.co", emails=("a@x.co",))


def test_what_was_lost_on_the_way_is_blank_whatever_stands_there() -> None:
    row = Row(USERS, 1, 0, {"email": "a@x.co", "company": "damaged"}, nulled=frozenset({"company", "about"}))
    assert draft(row, **ALL) == a_made_draft(row, email="a@x.co", emails=("a@x.co",))


def test_a_template_sees_what_was_lost_on_the_way_as_blank_too() -> None:
    row = Row(USERS, 1, 0, {"email": "a@x.co", "first": "damaged"}, nulled=frozenset({"first"}))
    assert draft(row, contact_email="email", lead_name="<{{ record.first }}>").wants[LEAD].fields == {"name": Wish("<>")}


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("lead_company_id", 0, {"company_id": "0"}),
        ("contact_user_id", "U-1", {"user_id": "U-1"}),
        ("contact_email", "a@x.co", {"email": "a@x.co", "emails": ("a@x.co",)}),
    ],
)
def test_any_one_key_is_enough(key: str, value: Any, named: dict[str, Any]) -> None:
    row = a_row(key=value)
    assert draft(row, **{key: "key"}) == a_made_draft(row, **named)


def test_a_row_without_any_key_is_rejected() -> None:
    row = a_row(company="Acme", first="Ann", id="", email=None)
    assert draft(row, **ALL) == Rejection(row, Reason.NO_MATCH_KEY, None, "expected a Company ID, a User ID or an email; the row has none")


@pytest.mark.parametrize("contact", [{"first": "Ann"}, {"phone": "415 555 2671"}, {"home": "x.co"}, {"boss": "user_1"}])
def test_contact_fields_without_a_contact_key_are_left_out_and_noted(contact: dict[str, Any]) -> None:
    row = a_row(company_id="42", company="Acme", **contact)
    assert draft(row, **ALL) == a_made_draft(row, company_id="42", lead={"name": Wish("Acme")}, contact_without_key=True)


def test_a_row_of_a_company_alone_lacks_nothing() -> None:
    row = a_row(company_id="42", company="Acme", first="", last=" ")
    assert draft(row, **ALL) == a_made_draft(row, company_id="42", lead={"name": Wish("Acme")})


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("company_id", True, "lead_company_id"),
        ("id", ["7"], "contact_user_id"),
        ("email", "secret-not-an-email", "contact_email"),
        ("phone", "secret", "contact_phone"),
        ("home", "secret", "contact_url"),
        ("site", "secret", "lead_url"),
        ("status", "secret", "lead_status_id"),
        ("company", {"secret": 1}, "lead_name"),
        ("first", "secret" * 200, "contact_name"),
        ("plan", "secret", "lead_custom.Plan"),
        ("tags", ["a", "secret"], "lead_custom.custom.cf_tags"),
        ("boss", "secret@x.co", "contact_custom.cf_boss"),
    ],
)
def test_an_invalid_value_rejects_the_row_if_so_asked_naming_the_field_and_not_the_value(column: str, value: Any, field: str) -> None:
    row = a_row(**{"company_id": "42", "email": "a@x.co", column: value})
    rejection = draft(row, **ALL, on_invalid_value="reject")
    assert (rejection.reason, rejection.field, rejection.row, rejection.detail) == (Reason.INVALID_VALUE, field, row, None)
    assert rejection.message.startswith("expected ")
    assert "secret" not in rejection.message


def test_contact_fields_that_would_be_left_out_still_must_be_valid() -> None:
    assert draft(a_row(company_id="42", phone="junk"), **ALL, on_invalid_value="reject").field == "contact_phone"


def test_a_template_that_fails_for_a_row_rejects_it() -> None:
    mapping = {"contact_email": "email", "lead_name": "{{ record.n / 2 }}", "on_invalid_value": "reject"}
    rejection = draft(a_row(email="a@x.co", n="secret"), **mapping)
    assert rejection == Rejection(
        rejection.row, Reason.INVALID_VALUE, "lead_name", "expected a template that works for the values of the row (TypeError)"
    )


def test_lists_of_emails_phones_and_urls_are_all_appended_each_once() -> None:
    row = a_row(email=["B@x.co", None, "a@x.co", "b@X.co"], phone=["415 555 2671", "+14155552671", 4155552672], home=["x.co", " ", "x.co"])
    made = draft(row, contact_email="email", contact_phone="phone", contact_url="home")
    assert (made.email, list_of(made, "emails")) == ("B@x.co", ("B@x.co", "a@x.co"))
    assert (list_of(made, "phones"), list_of(made, "urls")) == (("+14155552671", "+14155552672"), ("x.co",))


def test_one_wrong_value_in_a_list_rejects_the_row_if_so_asked() -> None:
    assert draft(a_row(email=["a@x.co", "junk"]), contact_email="email", on_invalid_value="reject").field == "contact_email"


def test_national_phones_are_read_as_of_the_region_set() -> None:
    (mapper,) = mappers(
        {"stream": "users", "contact_email": "email", "contact_phone": "phone"}, settings={**FIELDS, "default_region": "GB"}
    )
    made = mapper.draft(a_row(email="a@x.co", phone="020 7946 0958"))
    assert isinstance(made, Draft)
    assert list_of(made, "phones") == ("+442079460958",)


# --- filters, switches, several mappings


def test_a_filter_leaves_rows_out_before_anything_else_is_looked_at() -> None:
    mapping = {"contact_email": "email", "filter": "{{ record['plan'] != 'free' and record['plan'] }}"}
    unwanted = a_row(plan="free", email="junk")
    assert draft(unwanted, **mapping) == Filtered(unwanted)
    assert isinstance(draft(a_row(plan=None), **mapping), Filtered)
    assert isinstance(draft(a_row(plan="paid", email="a@x.co"), **mapping), Draft)


def test_a_filter_that_fails_for_a_row_rejects_it() -> None:
    rejection = draft(a_row(n="x"), contact_email="email", filter="{{ record.n > 5 }}")
    assert (rejection.reason, rejection.field) == (Reason.INVALID_VALUE, "filter")


def test_each_mapping_of_a_stream_drafts_with_its_number_and_its_switches() -> None:
    both = mappers(
        {"stream": "users", "contact_email": "email", "allow_creating_new_leads": False},
        {"stream": "other", "contact_email": "email"},
        {"stream": "users", "contact_email": "email2", "namespace": "crm"},
        {"stream": "users", "contact_email": "email3", "namespace": "elsewhere"},
    )
    row = a_row(email="a@x.co", email2="b@x.co")
    assert [mapper.draft(row) for mapper in both] == [
        a_made_draft(row, mapping=0, switches=Switches(allow_creating_new_leads=False), email="a@x.co", emails=("a@x.co",)),
        a_made_draft(row, mapping=1, email="b@x.co", emails=("b@x.co",)),
    ]


# --- streams that map themselves

OWN_COLUMNS = (
    "lead_company_id",
    "lead_name",
    "contact_email",
    "contact_title",
    "lead_custom.Plan",
    "contact_custom.custom.cf_role",
    "else",
)


def test_a_stream_without_a_mapping_maps_itself_by_its_column_names() -> None:
    (mapper,) = mappers(columns=OWN_COLUMNS)
    row = a_row(
        **{
            "lead_company_id": "42",
            "lead_name": "{{ 7 * 7 }}",
            "contact_email": "a@x.co",
            "lead_custom.Plan": "paid",
            "contact_custom.custom.cf_role": "dev",
            "contact_name": "not in the schema",
            "else": 1,
        }
    )
    assert mapper.draft(row) == a_made_draft(
        row,
        company_id="42",
        email="a@x.co",
        lead={"name": Wish("{{ 7 * 7 }}"), "custom.cf_plan": Wish("paid")},
        contact={"custom.cf_role": Wish("dev")},
        emails=("a@x.co",),
    )


def test_a_mapping_of_another_stream_does_not_keep_a_stream_from_mapping_itself() -> None:
    (mapper,) = mappers({"stream": "other", "contact_email": "email"}, columns=("contact_email",))
    assert isinstance(mapper.draft(a_row(contact_email="a@x.co")), Draft)


def test_a_stream_without_mapping_and_keys_is_refused_by_name() -> None:
    message = refusal({"stream": "user", "contact_email": "email"}, columns=("email", "lead_name"))
    assert message == (
        'stream "crm.users": no mapping names this stream (did you mean "user"?), and it has no column called '
        "lead_company_id, contact_user_id or contact_email; add a mapping or rename a column"
    )


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"stream": "users", "namespace": "CRM"}, '"CRM.users"'),
        ({"stream": "Users", "namespace": "public"}, '"public.Users"'),
        ({"stream": "user"}, '"user"'),
    ],
)
def test_a_mapping_of_another_namespace_is_named_with_it(mapping: dict[str, str], named: str) -> None:
    """Snowflake writes namespaces in capitals."""
    message = refusal({"contact_email": "email", **mapping}, columns=("email",))
    assert f'stream "crm.users": no mapping names this stream (did you mean {named}?), and it has no column' in message


def test_own_columns_that_close_does_not_know_are_refused() -> None:
    message = refusal(columns=("contact_email", "lead_custom.plan", "contact_custom.Plan"))
    assert message.splitlines()[1:] == [
        '(1) stream "crm.users", lead_custom.plan: Close has no Lead custom field "plan"; did you mean "Plan"? '
        "(organization reached: Acme)",
        '(2) stream "crm.users", contact_custom.Plan: Close has no Contact custom field "Plan"; it is a Lead custom field '
        "(organization reached: Acme)",
    ]


def test_an_own_id_column_needs_its_setting_too() -> None:
    assert "fill in contact_custom_field_id_for_user_id" in refusal(columns=("contact_user_id",), settings={})


# --- what cannot be compiled


def test_all_problems_of_all_streams_come_at_once() -> None:
    raw = {"api_key": "k", **FIELDS, "mappings": [{"stream": "users", "contact_email": "{{ x }}"}]}
    streams: dict[StreamKey, dict[str, Any]] = {USERS: {}, StreamKey(None, "users"): {}, StreamKey(None, "orders"): {"total": {}}}
    with pytest.raises(ConfigError) as caught:
        compile_mappings(parse_config(raw), ACCOUNT, streams)
    first, second, third = caught.value.message.splitlines()
    assert first == "There are 2 problems."
    assert second.startswith('(1) mappings 1 (stream "users"), contact_email: the template does not work: it uses `x`')
    assert third.startswith('(2) stream "orders": no mapping names this stream, and it has no column called')


def test_only_the_mappings_of_the_given_streams_count() -> None:
    """One destination may serve several connections; a stale mapping of one must not stop the others."""
    assert mappers({"stream": "users", "contact_email": "email"}, {"stream": "other", "lead_custom_fields": []})


COLUMNS = [
    "company_id",
    "company",
    "about",
    "status",
    "site",
    "id",
    "email",
    "phone",
    "home",
    "first",
    "last",
    "job",
    "plan",
    "tags",
    "boss",
]


@given(
    st.dictionaries(
        st.sampled_from(COLUMNS),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.text(max_size=3), max_size=2),
    ),
    st.frozensets(st.sampled_from(["email", "company", "nowhere"]), max_size=2),
)
def test_every_row_ends_as_a_draft_or_a_rejection(data: dict[str, Any], nulled: frozenset[str]) -> None:
    row = Row(USERS, 1, 0, data, nulled)
    made = draft(row, **ALL)
    assert isinstance(made, (Draft, Rejection))
    assert made.row is row
    if isinstance(made, Draft):
        assert made.company_id or made.user_id or made.email
        assert made.email == (list_of(made, "emails") or (None,))[0]
        assert not made.contact_without_key or not (made.wants[CONTACT].fields or made.wants[CONTACT].lists or made.user_id)
