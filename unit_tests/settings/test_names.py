"""Is every unknown setting reported, with the one that was meant?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.model import is_near, nearest, quoted
from destination_close.settings import packaged_spec, parse_config, read_config
from destination_close.settings.names import strangers_in

FORM: dict[str, Any] = packaged_spec()["connectionSpecification"]


def problems(**settings: Any) -> list[str]:
    return list(read_config({"api_key": "api_1.2", **settings})[1])


def remarks(**settings: Any) -> list[str]:
    config, found = read_config({"api_key": "api_1.2", **settings})
    assert found == ()
    return list(config.remarks)


def test_every_setting_of_the_form_is_known_wherever_it_stands() -> None:
    def sample(schema: dict[str, Any]) -> Any:
        inner = {name: one for form in (schema, *schema.get("oneOf", ())) for name, one in form.get("properties", {}).items()}
        if inner:
            return {name: sample(one) for name, one in inner.items()}
        if "items" in schema:
            return [sample(schema["items"])]
        return 1

    assert strangers_in(sample(FORM)) == ((), ())


# --- at the top


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("dryrun", "dry_run"),
        ("dryRun", "dry_run"),
        ("DRY_RUN", "dry_run"),
        ("dry-run", "dry_run"),
        ("dry_run ", "dry_run"),
        ("\ufeffdry_run", "dry_run"),
        ("_dry_run", "dry_run"),
        ("dry_rnu", "dry_run"),
        ("dry_runs", "dry_run"),
        ("guard", "guards"),
        ("Mappings", "mappings"),
        ("mapping", "mappings"),
        ("default_regoin", "default_region"),
        ("region", "default_region"),
        ("region_default", "default_region"),
        ("search_lag", "search_lag_seconds"),
        ("rate_limit", "rate_limit_share"),
        ("max_rejected", "max_rejected_percent"),
        ("max_rejected_percentage", "max_rejected_percent"),
        ("object_storage", "object_storage_config"),
        ("lead_custom_field_id", "lead_custom_field_id_for_company_id"),
        ("lead_custom_field_id_for_companyid", "lead_custom_field_id_for_company_id"),
        ("contact_custom_field_id_for_userid", "contact_custom_field_id_for_user_id"),
    ],
)
def test_a_slip_of_a_setting_at_the_top_is_an_error(name: str, meant: str) -> None:
    assert problems(**{name: True}) == [f"{quoted(name)}: there is no such setting; did you mean {meant}?"]


def test_a_slip_of_the_key_is_named_beside_the_key_that_is_missing() -> None:
    _, found = read_config({"apikey": "api_1.2"})
    assert '"apikey": there is no such setting; did you mean api_key?' in found
    assert not any("1.2" in problem for problem in found)


@pytest.mark.parametrize(
    ("name", "homes"),
    [("max_new_leads", "guards"), ("contact_email", "mappings"), ("local_path", "object_storage_config"), ("s3_bucket_name", None)],
)
def test_a_setting_of_an_object_below_is_an_error_at_the_top(name: str, homes: str | None) -> None:
    (problem,) = problems(**{name: 1})
    assert problem == f'"{name}": there is no such setting at the top; it belongs under {homes or "object_storage_config"}'


def test_a_slip_of_a_setting_below_is_an_error_at_the_top_too() -> None:
    assert problems(maxNewLeads=1) == ['"maxNewLeads": there is no such setting; did you mean max_new_leads, which belongs under guards?']


@pytest.mark.parametrize("name", ["__injected_declarative_manifest", "credentials", "workspaceId", "job_id", "tenant", "later"])
def test_what_a_platform_puts_in_at_the_top_is_only_remarked_on_with_the_nearest_name(name: str) -> None:
    (remark,) = remarks(**{name: {"x": 1}})
    assert remark.startswith(f'There is no setting "{name}", so it is ignored; the closest name is ')
    assert remark.rpartition(" is ")[2].rstrip(".") in FORM["properties"]


def test_a_word_that_a_platform_may_use_and_a_mapping_has_is_only_remarked_on() -> None:
    assert remarks(namespace="x") == ['There is no setting "namespace" at the top, so it is ignored; it belongs under mappings.']


# --- inside


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("max_new_lead", "; did you mean max_new_leads?"),
        ("maxUpdates", "; did you mean max_updates?"),
        ("limit", "; the closest name is max_updates"),
        ("dry_run", "; it belongs to the top of the settings"),
        ("allow_creating_new_leads", "; it belongs under mappings"),
    ],
)
def test_a_guard_that_is_none_is_an_error(name: str, rest: str) -> None:
    """It would guard nothing."""
    assert problems(guards={name: 1}) == [f'guards, "{name}": there is no such setting{rest}']


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("contact_emial", "; did you mean contact_email?"),
        ("contactEmail", "; did you mean contact_email?"),
        ("lead_custom_field", "; did you mean lead_custom_fields?"),
        ("allow_creating_leads", "; did you mean allow_creating_new_leads?"),
        ("emial", "; the closest name is contact_email"),
        ("only_when_empty", "; did you mean only_if_empty?"),
        ("guards", "; it belongs to the top of the settings"),
        ("custom_field", "; it belongs under mappings, lead_custom_fields or mappings, contact_custom_fields"),
    ],
)
def test_a_name_in_a_mapping_that_no_setting_has_is_an_error(name: str, rest: str) -> None:
    mappings = [{"stream": "a", "contact_email": "e"}, {"stream": " users ", "contact_email": "e", name: None}]
    (problem,) = problems(mappings=mappings)
    if name == "custom_field":  # the last word of two settings of a mapping, so a slip of one of them
        assert problem.startswith('mappings 2 (stream "users"), "custom_field": there is no such setting; ')
    else:
        assert problem == f'mappings 2 (stream "users"), "{name}": there is no such setting{rest}'


@pytest.mark.parametrize("cards", ["lead_custom_fields", "contact_custom_fields"])
def test_a_name_in_a_custom_field_card_that_no_setting_has_is_an_error(cards: str) -> None:
    card = {"custom_field": "Plan", "column": "plan", "clear_when_blnk": True}
    assert problems(mappings=[{"stream": "users", "contact_email": "e", cards: [{}, card]}]) == [
        f'mappings 1 (stream "users"), {cards} 2, "clear_when_blnk": there is no such setting; did you mean clear_when_blank?'
    ]


def test_a_name_in_the_storage_that_no_form_of_it_has_is_an_error_as_deep_as_it_stands() -> None:
    storage = {"storage_type": "Local", "local_path": "/x", "s3_bucket_name": "", "compresion": {}, "format": {"format": "CSV"}}
    assert problems(object_storage_config=storage) == [
        'object_storage_config, "compresion": there is no such setting; did you mean compression?',
        'object_storage_config, format, "format": there is no such setting; did you mean format_type?',
    ]


def test_a_setting_of_the_storages_of_other_destinations_is_only_remarked_on() -> None:
    storage = {"storage_type": "Local", "local_path": "/x", "format": {"format_type": "CSV", "flattening": "No flattening"}}
    assert remarks(object_storage_config=storage) == [
        'There is no setting "flattening" in object_storage_config, format, so it is ignored; the closest name is format_type.'
    ]


def test_objects_of_no_shape_are_left_to_those_who_read_them() -> None:
    assert problems(mappings=[None, "users"], guards=[]) == ["mappings 2: it must be an object", "guards: it must be an object"]


# --- what nothing has filled in


@pytest.mark.parametrize(
    "key",
    [
        *("${CLOSE_API_KEY}", " ${CLOSE_API_KEY}\n", "$CLOSE_API_KEY", "$(CLOSE_API_KEY)", "${{ secrets.CLOSE_API_KEY }}"),
        *("{{ env('CLOSE_API_KEY') }}", "%CLOSE_API_KEY%", "<your key>", "YOUR_API_KEY", "API_KEY", "your-api-key-here", "**********"),
    ],
)
def test_a_placeholder_is_no_key_and_nobody_is_asked_with_it(key: str) -> None:
    config, found = read_config({"api_key": key})
    assert found == ("api_key: this is still a placeholder; enter the key itself",)
    assert config.api_key == ""


@pytest.mark.parametrize("key", ["k", "api_1.2", "api_0123456789abcdef.s3cretS3cret", "x.y"])
def test_what_may_be_a_key_is_one(key: str) -> None:
    assert parse_config({"api_key": key}).api_key == key


def test_a_placeholder_in_any_other_setting_is_named_with_its_place() -> None:
    mapping = {
        "stream": "users",
        "contact_email": "${EMAIL}",
        "lead_custom_fields": [{"custom_field": "${FIELD}", "column": "{{ record.x }}"}],
    }
    assert problems(mappings=[mapping]) == [
        'mappings 1 (stream "users"), contact_email: this is still a placeholder; enter the value itself',
        'mappings 1 (stream "users"), lead_custom_fields 1, custom_field: this is still a placeholder; enter the value itself',
    ]


# --- regions


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        *(("UK", "GB"), ("uk", "GB"), ("EN", "GB"), ("EL", "GR"), ("USA", "US"), ("GER", "DE"), ("DEU", "DE"), ("UAE", "AE")),
        *(("Germany", "DE"), ("United Kingdom", "GB"), ("england", "GB"), ("Austria", "AT"), ("Germny", "DE")),
    ],
)
def test_a_country_that_is_written_otherwise_is_recognized(given: str, meant: str) -> None:
    (problem,) = problems(default_region=given)
    assert problem == f"default_region: enter a two-letter country code, such as US, GB or DE; did you mean {meant}?"


@pytest.mark.parametrize("given", ["XX", "Narnia", "1", "??"])
def test_a_country_that_nobody_knows_gets_no_guess(given: str) -> None:
    assert problems(default_region=given) == ["default_region: enter a two-letter country code, such as US, GB or DE"]


# --- likeness


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        *(("contactphone", "contactPhone"), ("Name", "Name "), ("name", "Name "), ("email", "\ufeffemail"), ("user id", "user_id")),
        *(("emial", "email"), ("usr_id", "user_id"), ("e-mail", "email"), ("total", None), ("phone\u200b", "phone")),
    ],
)
def test_the_nearest_name_is_found_through_case_blanks_invisible_characters_and_slips(wanted: str, found: str | None) -> None:
    assert nearest(wanted, ["contactPhone", "Name ", "\ufeffemail" if found == "\ufeffemail" else "email", "user_id", "phone"]) == found


def test_a_name_is_not_its_own_nearest_and_the_first_of_equals_is_taken() -> None:
    assert nearest("Id", ["Id", "ID", "id"]) == "ID"
    assert nearest("x", []) is None


def test_near_is_a_slip_or_a_part_of_the_words() -> None:
    assert is_near("rate_limit", "rate_limit_share")
    assert is_near("run_dry", "dry_run")
    assert not is_near("id", "contact_custom_field_id_for_user_id")
    assert not is_near("", "dry_run")


def test_what_cannot_be_seen_is_shown_and_what_is_endless_is_cut() -> None:
    assert quoted("\ufeffName\u00a0") == '"\\ufeffName\\xa0"'
    assert quoted("Name ") == '"Name "'
    assert len(quoted("x" * 1000)) == 103
    assert quoted("\ud800") == '"\\ud800"'


@pytest.mark.parametrize("name", ["ann@acme.example", "api_0123456789abcdef.s3cretS3cret"])
def test_what_should_not_be_in_a_log_is_not_repeated(name: str) -> None:
    assert quoted(name) == '"(an email address or a key)"'
    assert not any(name in remark for remark in remarks(**{name: 1}))
