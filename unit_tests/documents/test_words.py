"""Do the documents name every code, kind and field that the code knows, and none that it does not?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from destination_close.model import COLUMNS, OBJECT_TYPES, Kind, Reason, Rule, Warning
from destination_close.plan.lines import ACTIONS
from destination_close.plan.wording import WARNINGS
from destination_close.settings import packaged_spec, policies
from unit_tests.support.documents import text_of

README, PAGE, PLAN, ACTIVATION = (text_of(name) for name in ("README.md", "docs/close.md", "docs/plan.md", "docs/data_activation.md"))
MAPPING: dict[str, Any] = packaged_spec()["connectionSpecification"]["properties"]["mappings"]["items"]["properties"]


def table(document: str, *heads: str) -> list[list[str]]:
    """The rows of the table with this head."""
    head = " ".join(f"| {one}".rstrip() for one in heads)
    below = document.partition(f"\n{head} |\n")[2]
    assert below, heads
    lines = [line for line in below.partition("\n\n")[0].splitlines()[1:] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def codes(text: str) -> list[str]:
    return re.findall(r"`([a-z][a-z0-9_]*)`", text)


# --- what becomes of a row -------------------------------------------------------------------------------------------------


def test_the_readmes_table_has_every_reason_once_and_nothing_else() -> None:
    named = [code for row in table(README, "reason", "outcome", "meaning") for code in codes(row[0])]
    assert sorted(named) == sorted(reason.value for reason in Reason)


def test_the_outcomes_in_that_table_are_kinds_or_a_note() -> None:
    words = {word for row in table(README, "reason", "outcome", "meaning") for word in re.findall(r"\w+", row[1].partition(",")[0])}
    assert words <= {kind.value for kind in Kind} | {"a", "note"}
    assert {Kind.SKIPPED.value, Kind.REJECTED.value} <= words


def test_the_readme_names_every_kind_of_outcome() -> None:
    sentence = README.partition("Each row has one of five outcomes:")[2].partition(". ")[0]
    assert codes(sentence) == [kind.value for kind in Kind]
    assert len(Kind) == 5


def test_the_table_of_messages_says_what_to_do_about_every_reason_to_reject_a_row_and_every_warning() -> None:
    messages = "".join(row[0] for row in table(PAGE, "Message", "What to do"))
    rejecting = {code for row in table(README, "reason", "outcome", "meaning") if row[1] == "rejected" for code in codes(row[0])}
    assert len(rejecting) > 3
    assert [code for code in [*sorted(rejecting), *(warning.value for warning in Warning)] if not re.search(rf"\b{code}\b", messages)] == []


# --- the plan --------------------------------------------------------------------------------------------------------------


def test_the_table_of_warnings_has_every_warning_in_its_words_and_nothing_else() -> None:
    rows = {code: row[0] for row in table(PLAN, "in the table and on the page", "in the lines", "") for code in codes(row[1])}
    assert rows == {**WARNINGS, "left_out": "Left out: ..."}


def test_the_table_of_rules_has_every_rule_and_nothing_else() -> None:
    assert sorted(code for row in table(PLAN, "rule", "the row") for code in codes(row[0])) == sorted(rule.value for rule in Rule)


def test_the_table_of_keys_names_every_action_and_object() -> None:
    meanings = {code: row[1] for row in table(PLAN, "key", "") for code in codes(row[0])}
    assert set(codes(meanings["action"])) == {"create", "update", *ACTIONS.values()}
    assert set(codes(meanings["object"])) == {"row", *(one.name for one in OBJECT_TYPES)}


# --- fields ----------------------------------------------------------------------------------------------------------------

every_column = pytest.mark.parametrize("column", COLUMNS)


@every_column
def test_the_form_asks_for_every_field(column: str) -> None:
    assert MAPPING[column]["type"] == "string"


@pytest.mark.parametrize("setting", policies.LISTS)
def test_the_form_offers_for_each_policy_exactly_the_fields_that_may_have_it(setting: str) -> None:
    assert MAPPING[setting]["items"]["enum"] == list(policies.LISTS[setting])


@every_column
@pytest.mark.parametrize("place", ["README.md", "docs/close.md", "docs/data_activation.md"])
def test_every_document_that_lists_the_fields_has_every_field(place: str, column: str) -> None:
    lists = {
        "README.md": README.partition("\nThe fields are ")[2].partition("\n\n")[0],
        "docs/close.md": PAGE.partition("\n### Fields\n")[2].partition("\n#")[0],
        "docs/data_activation.md": ACTIVATION.partition("\nThe fields are ")[2].partition("\n\n")[0],
    }
    assert f"`{column}`" in lists[place]


def test_no_document_names_a_field_that_does_not_exist() -> None:
    known = {*COLUMNS, *MAPPING, *(one.own_id.setting for one in OBJECT_TYPES), *(reason.value for reason in Reason)}
    prefixes = tuple(f"{one.name}_" for one in OBJECT_TYPES)
    for document in (README, PAGE, PLAN, ACTIVATION):
        without_examples = document.replace("contact_nmae", "")
        assert {code for code in codes(without_examples) if code.startswith(prefixes)} - known - {rule.value for rule in Rule} == set()


def test_the_form_has_the_own_id_the_guard_and_the_custom_fields_of_every_type() -> None:
    top = packaged_spec()["connectionSpecification"]["properties"]
    assert {one.own_id.setting for one in OBJECT_TYPES} <= set(top)
    assert {one.guard for one in OBJECT_TYPES} <= set(top["guards"]["properties"])
    assert {one.custom_columns for one in OBJECT_TYPES} <= set(MAPPING)


def test_the_form_shows_the_fields_in_the_order_of_the_table() -> None:
    assert [name for name in MAPPING if name in COLUMNS] == list(COLUMNS)


def test_the_page_on_plans_names_every_field_that_may_have_a_policy() -> None:
    sentence = PLAN.partition("\nThey apply to ")[2].partition(". ")[0].replace("\n", " ")
    assert codes(sentence) == list(policies.FIELDS)
    cannot_be_cleared = re.findall(r"`(\w+)` \(which cannot be cleared\)", sentence)
    assert cannot_be_cleared == [field for field in policies.FIELDS if field not in policies.CLEARABLE]
