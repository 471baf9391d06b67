"""Is every shape in which Close says no understood, and everything else survived?"""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_close.close.complaints import MOST_DEPTH, complaints, decoded

Said = list[tuple[tuple[str, ...], str]]

NO_SUCH_FIELD = 'The Custom Field "LinkedIn" does not exist.'
NO_CHOICE = 'Not a valid choice. Please add "foo".'

SHAPES: dict[str, tuple[Any, Said]] = {
    "one error": ({"error": "Unauthorized"}, [((), "Unauthorized")]),
    "errors alone": ({"errors": ["Source lead does not exist."]}, [((), "Source lead does not exist.")]),
    "errors as text": ({"errors": "Too many."}, [((), "Too many.")]),
    "one field": ({"errors": [], "field-errors": {"status": NO_CHOICE}}, [(("status",), NO_CHOICE)]),
    "field errors with an underscore": ({"field_errors": {"status": NO_CHOICE}}, [(("status",), NO_CHOICE)]),
    "several fields": (
        {"field-errors": {"name": "Too long.", "url": "No url."}},
        [(("name",), "Too long."), (("url",), "No url.")],
    ),
    "several messages on one field": ({"field-errors": {"name": ["One.", "Two."]}}, [(("name",), "One."), (("name",), "Two.")]),
    "fields come before what names none": (
        {"error": "First.", "errors": ["Second."], "field-errors": {"name": "Third."}},
        [(("name",), "Third."), ((), "First."), ((), "Second.")],
    ),
    "a contact inside a lead": (
        {
            "errors": [],
            "field-errors": {"contacts": {"errors": {"0": {"errors": [], "field-errors": {"custom.LinkedIn": NO_SUCH_FIELD}}}}},
        },
        [(("contacts", "0", "custom.LinkedIn"), NO_SUCH_FIELD)],
    ),
    "an email of the second contact": (
        {
            "field-errors": {
                "contacts": {"errors": {"1": {"field-errors": {"emails": {"errors": {"0": {"field-errors": {"email": "Bad."}}}}}}}}
            }
        },
        [(("contacts", "1", "emails", "0", "email"), "Bad.")],
    ),
    "a contact inside a lead, without wrappers": (
        {"field-errors": {"contacts": {"0": {"name": "Too long."}}}},
        [(("contacts", "0", "name"), "Too long.")],
    ),
    "a general error of a contact": (
        {"field-errors": {"contacts": {"errors": {"0": {"errors": ["No."], "field-errors": {}}}}}},
        [(("contacts", "0"), "No.")],
    ),
    "a list of nested shapes": (
        {"field-errors": {"contacts": [{"field-errors": {"name": "Too long."}}]}},
        [(("contacts", "name"), "Too long.")],
    ),
    "the details of an error name no field": (
        {"error": {"message": "API call count exceeded", "rate_limit_type": "key", "rate_reset": 1}},
        [((), "API call count exceeded"), ((), "key")],
    ),
    "the words of a proxy name no field": ({"message": "Forbidden"}, [((), "Forbidden")]),
    "nothing but empty text": ({"error": "", "errors": [""], "field-errors": {"name": ""}}, []),
    "no text anywhere": ({"error": None, "errors": [1, True, None], "field-errors": {"name": 3, "url": None}}, []),
    "text": ("Sorry.", [((), "Sorry.")]),
    "a list": (["Sorry.", "No."], [((), "Sorry."), ((), "No.")]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_an_error_is_a_list_of_paths_and_messages(shape: str) -> None:
    body, said = SHAPES[shape]
    assert [(complaint.path, complaint.message) for complaint in complaints(orjson.dumps(body))] == said


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"<html><h1>502 Bad Gateway</h1></html>", b'{"error": "cut', b"\xff\xfe", b"NaN", b"[" * 5000, b"[" * 5000 + b"]" * 5000],
)
def test_a_body_that_is_not_json_says_nothing(body: bytes) -> None:
    assert decoded(body) is None
    assert complaints(body) == []


def nested(depth: int) -> bytes:
    return b'{"field-errors": ' + b'{"a": ' * depth + b'"deep"' + b"}" * depth + b"}"


def test_what_is_nested_deeper_than_any_error_is_not_looked_at() -> None:
    assert [len(complaint.path) for complaint in complaints(nested(MOST_DEPTH - 1))] == [MOST_DEPTH - 1]
    assert complaints(nested(MOST_DEPTH)) == []


keys = st.sampled_from(["error", "errors", "field-errors", "field_errors", "0", "contacts", "custom.cf_x"]) | st.text(max_size=5)
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=10)
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


def texts_of(tree: Any) -> list[str]:
    match tree:
        case str():
            return [tree] if tree else []
        case list():
            return [text for inner in tree for text in texts_of(inner)]
        case dict():
            return [text for inner in tree.values() for text in texts_of(inner)]
        case _:
            return []


def depth_of(tree: Any) -> int:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + max(map(depth_of, inner), default=-1) if isinstance(tree, (dict, list)) else 0


@settings(max_examples=150, deadline=None)
@given(trees)
def test_no_message_gets_lost_and_none_is_made_up(tree: Any) -> None:
    body = orjson.dumps(tree)
    messages = sorted(complaint.message for complaint in complaints(body))
    if depth_of(tree) < MOST_DEPTH:
        assert messages == sorted(texts_of(tree))
    else:
        assert set(messages) <= set(texts_of(tree))


details = st.dictionaries(
    st.sampled_from(["message", "name", "0", "custom.cf_x"]), texts | st.dictionaries(st.just("name"), texts), max_size=3
)


@settings(max_examples=50, deadline=None)
@given(details, st.sampled_from(["error", "message", "data"]))
def test_what_stands_below_neither_errors_nor_field_errors_names_no_field(said: dict[str, Any], key: str) -> None:
    assert {complaint.path for complaint in complaints(orjson.dumps({key: said}))} <= {()}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.tuples(trees, st.integers(0, 80)).map(lambda cut: orjson.dumps(cut[0])[: cut[1]]))
def test_no_garbage_is_too_much(body: bytes) -> None:
    for complaint in complaints(body):
        assert complaint.message
        assert "errors" not in complaint.path
