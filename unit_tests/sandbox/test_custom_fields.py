"""Do custom fields take and show values as Close's do?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


@pytest.mark.parametrize(
    ("kind", "sent", "stored"),
    [
        ("text", "ext-42", "ext-42"),
        ("text", " 42 ", " 42 "),
        ("hidden", "x", "x"),
        ("number", 12.456, 12.456),
        ("number", "12.5", 12.5),
        ("number", "7", 7),
        ("date", "2009-02-13", "2009-02-13"),
        ("date", "2009-02-13T23:31:30.000Z", "2009-02-13"),
        ("datetime", "2009-02-13T23:31:30.000Z", "2009-02-13T23:31:30+00:00"),
        ("datetime", "2009-02-14T01:31:30+02:00", "2009-02-13T23:31:30+00:00"),
        ("choices", "b", "b"),
    ],
)
def test_values_are_stored_in_the_form_of_their_type(kind: str, sent: Any, stored: Any) -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "F", kind, choices=["a", "b"] if kind == "choices" else None)
    lead = talk.post("/lead/", {f"custom.{field}": sent})
    assert lead[f"custom.{field}"] == stored
    assert type(lead[f"custom.{field}"]) is type(stored)


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("text", 42),
        ("text", True),
        ("hidden", 1),
        ("number", "many"),
        ("number", True),
        ("number", [1]),
        ("date", "yesterday"),
        ("date", "2009-02-31"),
        ("date", 20090213),
        ("datetime", "soon"),
        ("choices", "B"),
        ("choices", ["a"]),
        ("user", "nobody"),
        ("contact", "cont_nowhere"),
    ],
)
def test_what_does_not_fit_the_type_is_refused_under_the_field(kind: str, bad: Any) -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "F", kind, choices=["a", "b"] if kind == "choices" else None)
    assert set(talk.field_errors("POST", "/lead/", {f"custom.{field}": bad})) == {f"custom.{field}"}
    assert talk.close.leads == {}


def test_an_unset_field_is_absent_and_null_unsets_it() -> None:
    talk = Talk()
    field, other = (talk.close.add_custom_field("lead", name) for name in "FG")
    lead = talk.post("/lead/", {f"custom.{field}": "x", f"custom.{other}": None})
    assert f"custom.{other}" not in lead
    assert f"custom.{field}" not in talk.put(f"/lead/{lead['id']}/", {f"custom.{field}": None})


def test_an_unknown_custom_field_is_refused_in_closes_words() -> None:
    talk = Talk()
    of_contact = talk.close.add_custom_field("contact", "F")
    assert talk.field_errors("POST", "/lead/", {"custom.cf_x": "v"}) == {"custom.cf_x": 'The Custom Field "cf_x" does not exist.'}
    assert set(talk.field_errors("POST", "/lead/", {f"custom.{of_contact}": "v"})) == {f"custom.{of_contact}"}


def test_a_plain_key_replaces_all_values_of_a_field_that_takes_several() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Tags", "choices", choices="abc", many=True)
    lead = talk.post("/lead/", {f"custom.{field}": ["a", "b", "a"]})
    assert lead[f"custom.{field}"] == ["a", "b"]
    assert talk.put(f"/lead/{lead['id']}/", {f"custom.{field}": ["c"]})[f"custom.{field}"] == ["c"]
    assert f"custom.{field}" not in talk.put(f"/lead/{lead['id']}/", {f"custom.{field}": []})


def test_add_and_remove_change_one_value() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("contact", "Tags", "choices", choices="abc", many=True)
    contact = talk.post("/contact/", {f"custom.{field}": ["a"]})
    path, key = f"/contact/{contact['id']}/", f"custom.{field}"
    assert talk.put(path, {f"{key}.add": "b"})[key] == ["a", "b"]
    assert talk.put(path, {f"{key}.add": "a"})[key] == ["a", "b"]
    assert talk.put(path, {f"{key}.remove": "c"})[key] == ["a", "b"]
    assert talk.put(path, {f"{key}.remove": "a"})[key] == ["b"]
    assert key not in talk.put(path, {f"{key}.remove": "b"})
    assert set(talk.field_errors("PUT", path, {f"{key}.add": "z"})) == {key}


def test_add_is_refused_on_a_field_that_takes_one_value() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "F")
    lead = talk.post("/lead/", {})
    assert set(talk.field_errors("PUT", f"/lead/{lead['id']}/", {f"custom.{field}.add": "x"})) == {f"custom.{field}"}


def test_a_single_value_for_a_field_that_takes_several_follows_the_switch() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Tags", "choices", choices="ab", many=True)
    assert set(talk.field_errors("POST", "/lead/", {f"custom.{field}": "a"})) == {f"custom.{field}"}
    talk.close.change(scalar_for_many="wrap")
    assert talk.post("/lead/", {f"custom.{field}": "a"})[f"custom.{field}"] == ["a"]


def test_a_user_field_takes_an_id_or_a_name_and_shows_the_id() -> None:
    talk = Talk()
    field, user = talk.close.add_custom_field("lead", "Owner", "user"), talk.close.add_user("Zoe", "Ng")
    assert talk.post("/lead/", {f"custom.{field}": "Zoe Ng"})[f"custom.{field}"] == user
    assert talk.post("/lead/", {f"custom.{field}": user})[f"custom.{field}"] == user


def test_a_contact_field_takes_contacts_of_the_same_lead_only() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Buyer", "contact")
    lead, other = (talk.close.add_lead(contacts=[{"name": "C"}]) for _ in range(2))
    path, key = f"/lead/{lead['id']}/", f"custom.{field}"
    assert talk.put(path, {key: lead["contact_ids"][0]})[key] == lead["contact_ids"][0]
    assert set(talk.field_errors("PUT", path, {key: other["contact_ids"][0]})) == {key}


def test_the_retired_custom_map_replaces_all_custom_values() -> None:
    talk = Talk()
    f, g = (talk.close.add_custom_field("lead", name) for name in ("Plan", "Size"))
    lead = talk.post("/lead/", {f"custom.{f}": "gold", f"custom.{g}": "big"})
    after = talk.put(f"/lead/{lead['id']}/", {"custom": {"Plan": "free"}})
    assert after[f"custom.{f}"] == "free"
    assert f"custom.{g}" not in after


def test_shared_fields_are_in_the_schema_but_not_in_the_list() -> None:
    talk = Talk()
    own, shared = talk.close.add_custom_field("lead", "Own"), talk.close.add_custom_field(("lead", "contact"), "Shared")
    schema = talk.get("/custom_field_schema/lead/")
    assert (schema["name"], schema["object_type"]) == ("Lead", "lead")
    assert [field["id"] for field in schema["fields"]] == [own, shared]
    assert [place["object_type"] for place in schema["fields"][1]["associations"]] == ["lead", "contact"]
    assert [field["id"] for field in talk.get("/custom_field/lead/")["data"]] == [own]
    assert [field["id"] for field in talk.get("/custom_field_schema/contact/")["fields"]] == [shared]
    assert [field["id"] for field in talk.get("/custom_field/shared/")["data"]] == [shared]
    assert talk.get(f"/custom_field/lead/{own}/")["name"] == "Own"


def test_a_shared_field_holds_values_on_both_objects() -> None:
    talk = Talk()
    key = f"custom.{talk.close.add_custom_field(('lead', 'contact'), 'Id')}"
    lead = talk.post("/lead/", {key: "l", "contacts": [{key: "c"}]})
    assert (lead[key], lead["contacts"][0][key]) == ("l", "c")


def test_a_field_can_be_made_through_the_api() -> None:
    talk = Talk()
    made = talk.post("/custom_field/contact/", {"name": "Seats", "type": "number"})
    assert talk.post("/contact/", {f"custom.{made['id']}": 3})[f"custom.{made['id']}"] == 3
    assert set(talk.field_errors("POST", "/custom_field/contact/", {"type": "blob"})) == {"name", "type"}
    assert talk.close.calls[0].group == "post"
