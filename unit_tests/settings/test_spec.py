from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import destination_close
from destination_close.model import OBJECT_TYPES, Switches
from destination_close.model.blanks import PLACEHOLDERS
from destination_close.rejects import tolerance
from destination_close.settings import config, guards, policies
from destination_close.settings import reject_storage as object_storage
from destination_close.settings.section import Section

PROJECT = Path(__file__).parents[2]
SPEC: dict[str, Any] = json.loads((Path(destination_close.__file__).parent / "spec.json").read_text())
FORM: dict[str, Any] = SPEC["connectionSpecification"]
MAPPING: dict[str, Any] = FORM["properties"]["mappings"]["items"]


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "properties" in schema:
        yield schema
    for child in (*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else []), *schema.get("oneOf", [])):
        yield from objects(child)


def choices() -> list[dict[str, Any]]:
    """What is drawn as a choice between forms."""
    return [schema for parent in objects(FORM) for schema in parent["properties"].values() if "oneOf" in schema]


def every_property() -> list[Any]:
    return [pytest.param(schema, id=name) for parent in objects(FORM) for name, schema in parent["properties"].items()]


def keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield key
            yield from keywords(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keywords(value)


def test_the_form_is_a_draft_07_schema() -> None:
    assert FORM["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(FORM)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the CDK warns of classes of its own
def test_secrets_are_marked_as_the_cdk_requires() -> None:
    from airbyte_cdk.test.standard_tests._spec_lint import find_secret_marking_errors

    assert find_secret_marking_errors(FORM) == []
    secrets = [name for parent in objects(FORM) for name, schema in parent["properties"].items() if schema.get("airbyte_secret")]
    assert secrets == ["api_key", "access_key_id", "secret_access_key"]


def test_the_spec_has_the_right_properties_besides_the_form() -> None:
    assert SPEC["documentationUrl"] == "https://docs.airbyte.com/integrations/destinations/close"
    assert SPEC["supported_destination_sync_modes"] == ["append", "append_dedup"]


def test_only_the_key_is_required_and_the_form_leaves_unknown_settings_to_check() -> None:
    assert FORM["required"] == ["api_key"]
    assert FORM["additionalProperties"] is True
    config_of_another_version = {"api_key": "k", "retired_setting": 1, "mappings": [{"stream": "s", "retired": 2}]}
    assert list(Draft7Validator(FORM).iter_errors(config_of_another_version)) == []


@pytest.mark.parametrize("schema", every_property())
def test_every_property_explains_itself(schema: dict[str, Any]) -> None:
    for word in ("type", "title", "description", "examples", "order"):
        assert word in schema
    assert schema["title"].strip()
    assert schema["description"].endswith(".")
    assert "http://" not in schema["description"]


@pytest.mark.parametrize("schema", every_property())
def test_examples_and_defaults_are_accepted_by_the_form_itself(schema: dict[str, Any]) -> None:
    validator = Draft7Validator(schema)
    for value in [*schema["examples"], *([schema["default"]] if "default" in schema else [])]:
        assert list(validator.iter_errors(value)) == []


@pytest.mark.parametrize("schema", every_property())
def test_a_pattern_comes_with_words_for_it_and_lets_an_emptied_field_pass(schema: dict[str, Any]) -> None:
    assert ("pattern" in schema) == ("pattern_descriptor" in schema)
    assert re.search(schema.get("pattern", ""), "")


def test_orders_are_unique_in_each_object() -> None:
    for parent in objects(FORM):
        orders = [schema["order"] for schema in parent["properties"].values()]
        assert orders == sorted(set(orders))


def test_groups_are_for_top_level_properties_and_all_exist() -> None:
    groups = [group["id"] for group in FORM["groups"]]
    assert {schema["group"] for schema in FORM["properties"].values()} == set(groups)
    assert len(groups) == len(set(groups))
    assert "group" not in list(keywords(MAPPING))


def test_the_form_uses_nothing_that_the_ui_cannot_show() -> None:
    assert not {"anyOf", "allOf", "$ref"} & set(keywords(FORM))
    for parent in objects(FORM):
        for schema in parent["properties"].values():
            assert isinstance(schema["type"], str)
            assert (schema["type"] == "object") == ("oneOf" in schema or "properties" in schema)
            assert (
                schema["type"] != "array"
                or "properties" in schema["items"]
                or "enum" in schema["items"]
                or schema["items"] == {"type": "string"}
            )


@pytest.mark.parametrize("choice", choices(), ids=lambda choice: choice["title"])
def test_a_choice_between_forms_is_identified_by_one_constant_that_each_has(choice: dict[str, Any]) -> None:
    (shared,) = {name for option in choice["oneOf"] for name, schema in option["properties"].items() if "const" in schema}
    constants = [option["properties"][shared]["const"] for option in choice["oneOf"]]
    assert len(set(constants)) == len(constants)
    assert choice["default"][shared] in constants
    for option in choice["oneOf"]:
        assert option["type"] == "object"
        assert option["title"]
        assert shared in option["required"]


def test_rejected_records_are_stored_where_the_platform_looks_for_them() -> None:
    """It reads these names from the saved settings to link to the bucket."""
    storage = FORM["properties"]["object_storage_config"]
    by_type = {option["properties"]["storage_type"]["const"]: option["properties"] for option in storage["oneOf"]}
    assert list(by_type) == list(object_storage.TYPES)
    assert {"s3_bucket_name", "s3_bucket_region", "bucket_path", "s3_endpoint"} <= set(by_type["S3"])
    assert "" in by_type["S3"]["s3_bucket_region"]["enum"]
    assert by_type["S3"]["path_format"]["default"].startswith("{sync_id}/")
    assert "local_path" in by_type["Local"]


def test_the_search_lag_is_hidden_and_what_matters_is_always_shown() -> None:
    top = FORM["properties"]
    assert [name for name, schema in top.items() if schema.get("airbyte_hidden")] == ["search_lag_seconds"]
    assert [name for name, schema in top.items() if schema.get("always_show")] == [
        "lead_custom_field_id_for_company_id",
        "contact_custom_field_id_for_user_id",
        "mappings",
    ]


def test_the_form_asks_for_exactly_what_is_read() -> None:
    assert set(FORM["properties"]) == {
        "api_key",
        *(one.own_id.setting for one in OBJECT_TYPES),
        *("mappings", "default_region", "blank_values", "search_lag_seconds", "rate_limit_share"),
        object_storage.SETTING,
        tolerance.SETTING,
        guards.GUARDS_SETTING,
        "dry_run",
    }
    assert set(FORM["properties"][guards.GUARDS_SETTING]["properties"]) == set(guards.GUARD_WORDS)
    assert set(MAPPING["properties"]) == {
        *("stream", "namespace", "filter", "lead_custom_fields", "contact_custom_fields"),
        *config.COLUMNS,
        "on_invalid_value",
        *Switches.__slots__,
        *policies.LISTS,
    }
    for name, fields in policies.LISTS.items():
        assert MAPPING["properties"][name]["items"]["enum"] == list(fields)
    for name in ("lead_custom_fields", "contact_custom_fields"):
        card = MAPPING["properties"][name]["items"]["properties"]
        assert set(card) == {"custom_field", "column", "write_policy", "clear_when_blank"}
        assert card["write_policy"]["enum"] == list(policies.WRITE_POLICIES)


def test_defaults_of_the_form_are_those_of_the_parser() -> None:
    parsed = config.parse_config({"api_key": "k", "mappings": [{"stream": "s"}]})
    with_default = [name for name, schema in FORM["properties"].items() if "default" in schema and schema["type"] != "object"]
    assert {"default_region", "search_lag_seconds", "rate_limit_share", "max_rejected_percent", "dry_run"} <= set(with_default)
    for name in with_default:
        assert FORM["properties"][name]["default"] == getattr(parsed, name)
    for name in Switches.__slots__:
        assert MAPPING["properties"][name]["default"] is getattr(parsed.mappings[0].switches, name)


def test_a_config_made_of_the_examples_is_well_formed() -> None:
    mapping = {name: schema["examples"][0] for name, schema in MAPPING["properties"].items()}
    top = {name: schema["examples"][0] for name, schema in FORM["properties"].items()} | {"mappings": [mapping]}
    assert list(Draft7Validator(FORM).iter_errors(top)) == []
    assert set(config.parse_config(top).mappings[0].columns) == set(config.COLUMNS)


def test_the_form_lists_what_may_happen_to_invalid_values() -> None:
    assert MAPPING["properties"]["on_invalid_value"]["enum"] == list(config.ON_INVALID_VALUE)
    assert MAPPING["properties"]["on_invalid_value"]["default"] == config.StreamMapping("s").on_invalid_value


def test_the_form_names_every_placeholder() -> None:
    assert all(word in FORM["properties"]["blank_values"]["description"] for word in PLACEHOLDERS)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], set[str]]:
    """The names that the parser has asked an object of the settings for."""
    names: dict[int, set[str]] = {}
    answer = Section._given

    def note(section: Section, name: str) -> Any:
        names.setdefault(id(section.raw), set()).add(name)
        return answer(section, name)

    monkeypatch.setattr(Section, "_given", note)
    return lambda given: names[id(given)]


def test_whatever_the_parser_asks_for_is_in_the_form_and_the_other_way_round(asked: Callable[[object], set[str]]) -> None:
    limits, cards = {"max_updates": 1}, {one.custom_columns: {"custom_field": "Plan", "column": "plan"} for one in OBJECT_TYPES}
    mapping = {"stream": "s", **{name: [card] for name, card in cards.items()}}
    given = {"api_key": "k", "mappings": [mapping], guards.GUARDS_SETTING: limits}
    config.parse_config(given)
    assert asked(given) == set(FORM["properties"])
    assert asked(limits) == set(FORM["properties"][guards.GUARDS_SETTING]["properties"])
    assert asked(mapping) == set(MAPPING["properties"])
    for name, card in cards.items():
        assert asked(card) == set(MAPPING["properties"][name]["items"]["properties"])


@pytest.mark.parametrize("kind", object_storage.TYPES)
def test_whatever_is_asked_about_a_storage_is_in_its_form_and_the_other_way_round(kind: str, asked: Callable[[object], set[str]]) -> None:
    (form,) = (one for one in FORM["properties"][object_storage.SETTING]["oneOf"] if one["properties"]["storage_type"]["const"] == kind)
    storage = {name: schema.get("default", schema["examples"][0]) for name, schema in form["properties"].items()}
    config.read_config({"api_key": "k", object_storage.SETTING: storage})
    assert asked(storage) == set(form["properties"])


def test_every_setting_is_explained_in_a_document() -> None:
    prose = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")))
    settings = {**FORM["properties"], **MAPPING["properties"], **FORM["properties"][guards.GUARDS_SETTING]["properties"]}
    assert [
        name for name, schema in settings.items() if not re.search(rf'[`"]{name}[`"]', prose) and f"**{schema['title']}**" not in prose
    ] == []
