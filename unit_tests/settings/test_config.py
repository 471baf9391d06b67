from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.model import CONTACT, LEAD, ConfigError, Switches
from destination_close.settings import Config, CustomColumn, StreamMapping, as_message, parse_config, read_config

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def a_config(**settings: Any) -> dict[str, Any]:
    return {"api_key": "api_1.2", **settings}


def problems(**settings: Any) -> list[str]:
    return list(read_config(a_config(**settings))[1])


def test_a_key_is_enough() -> None:
    assert parse_config(a_config()) == Config("api_1.2")
    assert parse_config(a_config()) == Config("api_1.2", {}, (), "US", 60, 100)


def test_everything_that_can_be_set_is_read() -> None:
    parsed = parse_config(
        a_config(
            api_key=" api_1.2\n",
            lead_custom_field_id_for_company_id="cf_co",
            contact_custom_field_id_for_user_id="custom.cf_us",
            default_region="gb",
            search_lag_seconds=0,
            rate_limit_share=50,
            mappings=[
                {
                    "stream": "users",
                    "namespace": "crm",
                    "contact_email": " email ",
                    "lead_name": "{{ record['a'] }}",
                    "lead_custom_fields": [{"custom_field": "Plan", "column": "plan"}],
                    "contact_custom_fields": [{"custom_field": "cf_x", "column": "x"}],
                    "filter": "{{ record['ok'] }}",
                    "allow_creating_new_leads": False,
                }
            ],
        )
    )
    assert parsed == Config(
        api_key="api_1.2",
        id_fields={LEAD: "cf_co", CONTACT: "cf_us"},
        default_region="GB",
        search_lag_seconds=0,
        rate_limit_share=50,
        mappings=(
            StreamMapping(
                stream="users",
                namespace="crm",
                columns={"lead_name": "{{ record['a'] }}", "contact_email": " email "},
                custom_fields={LEAD: (CustomColumn("Plan", "plan"),), CONTACT: (CustomColumn("cf_x", "x"),)},
                filter="{{ record['ok'] }}",
                switches=Switches(allow_creating_new_leads=False),
                place='mappings 1 (stream "users")',
            ),
        ),
    )


@pytest.mark.parametrize(("given_id", "read_id"), [("cf_x", "cf_x"), ("custom.cf_x", "cf_x"), ("lcf_x", "lcf_x"), (" cf_x ", "cf_x")])
def test_an_id_field_is_named_by_its_id_in_any_of_its_forms(given_id: str, read_id: str) -> None:
    parsed = parse_config(a_config(lead_custom_field_id_for_company_id=given_id, contact_custom_field_id_for_user_id=given_id))
    assert (parsed.id_fields.get(LEAD), parsed.id_fields.get(CONTACT)) == (read_id, read_id)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_null_and_blank_settings_count_as_not_set(nothing: Any) -> None:
    """The form of Airbyte sends them for fields that were emptied."""
    mapping = dict.fromkeys(
        ["namespace", "contact_email", "lead_custom_fields", "filter", "allow_creating_new_leads"],
        nothing,
    )
    top = dict.fromkeys(
        ["lead_custom_field_id_for_company_id", "contact_custom_field_id_for_user_id", "default_region", "search_lag_seconds"], nothing
    )
    parsed = parse_config(a_config(**top, rate_limit_share=nothing, mappings=[{"stream": "users", **mapping}]))
    assert parsed == Config("api_1.2", mappings=(StreamMapping("users", place='mappings 1 (stream "users")'),))
    assert parse_config(a_config(mappings=nothing)).mappings == ()


def test_a_custom_field_card_left_empty_counts_as_not_there() -> None:
    parsed = parse_config(a_config(mappings=[{"stream": "users", "lead_custom_fields": [{}, {"custom_field": "", "column": None}]}]))
    assert parsed.mappings[0].custom_fields == {}


def test_unknown_settings_at_the_top_keep_nothing_from_being_read() -> None:
    parsed = parse_config(
        a_config(later=1, mappings=[{"stream": "users", "lead_custom_fields": [{"custom_field": "cf_x", "column": "x"}]}])
    )
    assert parsed.mappings[0].custom_fields[LEAD] == (CustomColumn("cf_x", "x"),)


def test_all_problems_come_at_once_and_each_names_its_setting() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(
            {
                "lead_custom_field_id_for_company_id": "Company ID",
                "default_region": "Narnia",
                "search_lag_seconds": 601,
                "rate_limit_share": 0,
                "mappings": [
                    {"contact_email": 7, "allow_creating_new_leads": "no"},
                    {"stream": "users", "contact_custom_fields": [{"column": "x"}, {"custom_field": "cf_y"}, 3]},
                    "users",
                ],
            }
        )
    assert caught.value.message.splitlines() == [
        "There are 12 problems.",
        "(1) api_key: enter a Close API key (in Close: Settings > Developer > API Keys)",
        "(2) lead_custom_field_id_for_company_id: enter the ID of the custom field, which starts with cf_, not its name "
        "(in Close: Settings > Custom Fields)",
        "(3) mappings 1, stream: enter the name of the stream that this mapping is for",
        "(4) mappings 1, contact_email: it must be text",
        "(5) mappings 1, allow_creating_new_leads: it must be true or false",
        '(6) mappings 2 (stream "users"), contact_custom_fields 1, custom_field: enter the ID (cf_...) or the exact name of the '
        "custom field in Close",
        '(7) mappings 2 (stream "users"), contact_custom_fields 2, column: enter the column that fills the custom field',
        '(8) mappings 2 (stream "users"), contact_custom_fields 3: it must be an object',
        "(9) mappings 3: it must be an object",
        "(10) default_region: enter a two-letter country code, such as US, GB or DE",
        "(11) search_lag_seconds: it must be a whole number from 0 to 600",
        "(12) rate_limit_share: it must be a whole number from 1 to 100",
    ]


def test_a_single_problem_is_reported_without_a_list() -> None:
    assert as_message(["only this"]) == "only this"


def test_what_is_malformed_counts_as_not_set_so_that_the_rest_can_still_be_checked() -> None:
    config, found = read_config(a_config(default_region="??", mappings=[{"stream": "users", "lead_name": 5, "contact_email": "email"}]))
    assert len(found) == 2
    assert config == Config(
        "api_1.2", mappings=(StreamMapping("users", None, {"contact_email": "email"}, place='mappings 1 (stream "users")'),)
    )


@pytest.mark.parametrize("share", [True, 0, 101, 50.5, "50", float("nan"), float("inf")])
def test_a_share_that_is_not_a_whole_percentage_is_refused(share: Any) -> None:
    assert problems(rate_limit_share=share) == ["rate_limit_share: it must be a whole number from 1 to 100"]


def test_whole_numbers_may_come_as_floats() -> None:
    assert parse_config(a_config(rate_limit_share=50.0, search_lag_seconds=600)).rate_limit_share == 50


@pytest.mark.parametrize("key", ["api_1 2", "api_1:2", "api_é", "api_1\n2", 7])
def test_a_key_that_cannot_be_one_is_refused_without_being_repeated(key: Any) -> None:
    (problem,) = read_config({"api_key": key})[1]
    assert problem.startswith("api_key: ")
    assert str(key) not in problem


def test_the_key_is_not_in_the_repr() -> None:
    assert "api_1.2" not in repr(parse_config(a_config()))


def test_mappings_that_are_not_a_list_are_refused() -> None:
    assert problems(mappings={"stream": "users"}) == ["mappings: it must be a list"]


@given(st.dictionaries(st.sampled_from(["api_key", "mappings", "default_region", "search_lag_seconds"]), JSON) | JSON)
def test_whatever_the_settings_are_reading_them_ends_in_a_config_or_in_problems(raw: Any) -> None:
    config, found = read_config(raw)
    assert isinstance(config, Config)
    assert found or config.api_key
