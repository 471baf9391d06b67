"""Is the table of object types consistent, so that everything that reads it can rely on it?"""

from __future__ import annotations

import pytest

from destination_close.model import (
    COLUMNS,
    KEY_COLUMNS,
    KEY_LABELS,
    MEMBERS,
    OBJECT_TYPES,
    Field,
    Hint,
    ListField,
    ObjectType,
    OwnId,
    object_type_named,
)

every_type = pytest.mark.parametrize("one", OBJECT_TYPES, ids=repr)


def test_every_column_belongs_to_one_member_of_one_type() -> None:
    columns = [column for one in OBJECT_TYPES for column in one.columns]
    assert sorted(columns) == sorted(set(columns)) == sorted(COLUMNS)


@every_type
def test_columns_begin_with_the_name_of_their_type(one: ObjectType) -> None:
    assert [column for column in one.columns if not column.startswith(f"{one.name}_")] == []


@every_type
def test_a_type_has_one_own_id_and_every_other_member_is_a_field_a_list_or_a_hint(one: ObjectType) -> None:
    assert [each for each in one.members if isinstance(each, OwnId)] == [one.own_id]
    hints = {each.column for each in one.members if isinstance(each, Hint)}
    assert sorted(each.column for each in one.standard) == sorted({*one.columns} - {one.own_id.column} - hints)


@every_type
def test_no_two_members_of_a_type_share_a_key_in_close_or_a_label(one: ObjectType) -> None:
    keys, labels = [each.key for each in one.standard], [each.label for each in one.members]
    assert len(set(keys)) == len(keys)
    assert len(set(labels)) == len(labels)


def test_types_differ_in_name_path_guard_and_settings() -> None:
    for of in ("name", "path", "guard", "custom_columns", "prefix"):
        assert len({getattr(one, of) for one in OBJECT_TYPES}) == len(OBJECT_TYPES)
    assert [object_type_named(one.name) for one in OBJECT_TYPES] == list(OBJECT_TYPES)


def test_a_type_stands_behind_the_one_it_is_created_under() -> None:
    for place, one in enumerate(OBJECT_TYPES):
        assert one.inside is None or one.inside in OBJECT_TYPES[:place]


def test_every_kind_of_key_has_a_label_and_a_column() -> None:
    assert {MEMBERS[column].finds for column in KEY_COLUMNS if not isinstance(MEMBERS[column], Field)} == set(KEY_LABELS)
    assert all(isinstance(MEMBERS[column], (OwnId, ListField)) for column in KEY_COLUMNS)
