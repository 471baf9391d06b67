"""Can every reason, warning, rule, kind and field be shown: in the terminal, on the page, and in the lines?"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from destination_close.model import MEMBERS, OBJECT_TYPES, Hint, IdFields, Kind, ObjectType, OwnId, Reason, Rule, Why
from destination_close.plan import Plan
from destination_close.plan.lines import ACTIONS, lines_of
from destination_close.plan.page import _part, page_of
from destination_close.plan.table import lines_for_terminal
from destination_close.plan.wording import WARNINGS, Labels, how, to_look_at, why_not
from unit_tests.support.plans import IDS, MADE, a_plan, a_row, put

Json = dict[str, Any]
STORED = {column: member for column, member in MEMBERS.items() if not isinstance(member, Hint)}
WRITING = (Kind.CREATED, Kind.UPDATED)

every_reason = pytest.mark.parametrize("reason", Reason)
every_type = pytest.mark.parametrize("one", OBJECT_TYPES, ids=repr)


def in_the_page(plan: Plan) -> Json:
    found = re.search(r'<script type="application/json" id="plan">(.*?)</script>', page_of(plan, made=MADE), re.DOTALL)
    assert found
    data: Json = json.loads(found[1])
    return data


def in_the_terminal(plan: Plan) -> str:
    return "\n".join(lines_for_terminal(plan))


# --- rows that change nothing ----------------------------------------------------------------------------------------------


@every_reason
@pytest.mark.parametrize("kind", [Kind.SKIPPED, Kind.REJECTED])
def test_a_row_that_ends_for_any_reason_says_why_everywhere(kind: Kind, reason: Reason) -> None:
    plan = a_plan()
    a_row(plan, 1, kind, reason)
    assert why_not(plan.rows[0]) == reason.words
    (item,) = in_the_page(plan)["items"]
    assert (item["action"], item["how"]) == (ACTIONS[kind], reason.words)
    assert f"{kind.value}: {reason.value}" in page_of(plan, made=MADE)
    assert re.search(rf"1  {kind.value} +{reason.value} 1", in_the_terminal(plan))
    (line,) = lines_of(plan)
    assert (line["action"], line["reason"]) == (ACTIONS[kind], reason.value)
    json.dumps(line)


def test_every_kind_of_row_that_changes_nothing_has_an_action_and_is_counted() -> None:
    plan = a_plan()
    for number, kind in enumerate(Kind):
        a_row(plan, number, kind) if kind not in WRITING else put(plan, number, "lead", {"name": "a"}, {"name": "b"})
    assert set(ACTIONS) == {*Kind} - {*WRITING}
    assert {item["action"] for item in in_the_page(plan)["items"] if item["object"] == "row"} == set(ACTIONS.values())
    assert all(re.search(rf"1  {kind.value}", in_the_terminal(plan)) for kind in ACTIONS)
    assert all(f"row {kind.value}" in page_of(plan, made=MADE) for kind in ACTIONS)


# --- objects that change ---------------------------------------------------------------------------------------------------


@every_reason
def test_what_was_left_out_for_any_reason_is_said_beside_what_is_done(reason: Reason) -> None:
    plan = a_plan()
    entry = put(plan, 1, "lead", {"name": "a"}, {"name": "b"}, left_out={reason: None})
    assert to_look_at(entry) == [f"Left out: {reason.words}"]
    assert in_the_page(plan)["items"][0]["look"] == to_look_at(entry)
    assert f"! Left out: {reason.words}" in in_the_terminal(plan)
    assert [line["left_out"] for line in lines_of(plan)] == [[reason.value]]


@pytest.mark.parametrize("code", WARNINGS)
def test_every_warning_is_shown_where_it_applies_and_counted(code: str) -> None:
    plan = a_plan()
    entry = put(plan, 1, "lead", {"name": "a"}, {"name": "b"}, warnings={code: None})
    assert to_look_at(entry) == [WARNINGS[code]]
    assert in_the_page(plan)["items"][0]["look"] == [WARNINGS[code]]
    assert in_the_terminal(plan).count(WARNINGS[code]) == 2
    assert [line["warnings"] for line in lines_of(plan)] == [[code]]


@every_type
@pytest.mark.parametrize("before", [None, {"name": "a"}], ids=["created", "updated"])
@pytest.mark.parametrize("rule", Rule)
def test_every_rule_says_how_an_object_was_matched(rule: Rule, before: Json | None, one: ObjectType) -> None:
    plan = a_plan()
    entry = put(plan, 1, one.name, before, {"name": "b"}, why=Why(rule, "email", 1))
    assert how(entry).startswith("new" if before is None else "by ")
    assert in_the_page(plan)["items"][0]["how"] == how(entry)
    assert how(entry) in in_the_terminal(plan)
    assert [line["reason"] for line in lines_of(plan)] == [rule.value]


@pytest.mark.parametrize(("column", "member"), STORED.items(), ids=STORED)
@pytest.mark.parametrize("before", [None, {}], ids=["created", "updated"])
def test_every_field_is_shown_by_its_label(column: str, member: Any, before: Json | None) -> None:
    one = next(each for each in OBJECT_TYPES if column in each.columns)
    plan = a_plan()
    key = IDS.keys[one] if isinstance(member, OwnId) else member.key
    put(plan, 1, one.name, before, {key: ["x"]})
    assert member.label != key
    assert Labels(plan.account, plan.ids).field(one, key) == member.label
    assert in_the_page(plan)["fields"] == [f"{one.label}: {member.label}"]
    assert re.search(rf"^      {member.label}  ", in_the_terminal(plan), re.MULTILINE)
    assert [list(line["changes"]) for line in lines_of(plan)] == [[key]]


def test_without_a_setting_for_own_ids_nothing_is_shown_as_one() -> None:
    plan = a_plan()
    labels = Labels(plan.account, IdFields())
    assert [labels.field(one, IDS.keys[one]) for one in OBJECT_TYPES] == ["Company", "User"]


# --- what the page's script knows by name ----------------------------------------------------------------------------------


def named_in_the_script(constant: str) -> dict[str, str]:
    found = re.search(rf"const {constant} = {{(.*?)}};", _part("page.js"))
    assert found
    return dict(re.findall(r'(\w+): "(\w+)"', found[1]))


def test_the_script_knows_every_type_of_object_and_every_action() -> None:
    assert named_in_the_script("OBJECTS") == {**{one.name: one.label for one in OBJECT_TYPES}, "row": "Row"}
    assert set(named_in_the_script("ACTIONS")) == {"create", "update", *ACTIONS.values()}
