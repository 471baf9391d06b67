"""What does one row write on one object?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_close.model import FIRST_STATUS, Contact, Draft, Item, Wish
from destination_close.rules.deltas import (
    Delta,
    changed_contact,
    changed_lead,
    changes_contact,
    changes_lead,
    contact_delta,
    lead_delta,
    new_contact,
    new_lead,
)
from unit_tests.support.builders import a_contact, a_draft, a_lead, made_here

TAGS = "custom.cf_tags"


def on_lead(stored: dict[str, Any], wishes: dict[str, Any]) -> Delta:
    return lead_delta(a_lead(**stored), a_draft(company="X", lead=wishes), stamp=False)


def on_contact(draft: Draft, **stored: Any) -> Delta:
    return contact_delta(a_contact(**stored), draft, may_append=lambda _email: True)


def free(email: str) -> bool:
    return True


# --- scalars -------------------------------------------------------------------------------------------------------------


def test_a_value_replaces_a_different_one() -> None:
    assert on_lead({"name": "Acme"}, {"name": "Ajax"}).fields == {"name": "Ajax"}


def test_an_equal_value_is_not_written() -> None:
    assert not on_lead({"name": "Acme"}, {"name": "Acme"})


def test_a_value_that_close_would_store_as_what_is_there_is_not_written() -> None:
    stored = {"url": "https://acme.co", "custom.cf_day": "2026-01-05", "custom.cf_n": 5}
    wishes = {"url": Wish("acme.co", "url"), "custom.cf_day": Wish("2026-01-05T10:00", "date"), "custom.cf_n": Wish(5.0, "number")}
    assert not on_lead(stored, wishes)


def test_a_wish_for_nothing_clears_what_is_there() -> None:
    assert on_lead({"description": "Anvils"}, {"description": None}).fields == {"description": None}


def test_a_wish_for_nothing_writes_nothing_where_nothing_is() -> None:
    assert not on_lead({}, {"description": None})


def test_a_field_to_be_filled_only_if_empty_is_left_alone_when_it_is_not() -> None:
    assert not on_lead({"name": "Acme"}, {"name": Wish("Ajax", when="if_empty")})
    assert on_lead({"name": " "}, {"name": Wish("Ajax", when="if_empty")}).fields == {"name": "Ajax"}


def test_a_field_to_be_set_only_on_creation_is_left_alone_on_what_exists() -> None:
    assert not on_lead({}, {"status_id": Wish("stat_1", when="on_create")})


def test_a_list_replaces_all_values_of_a_field_that_takes_several_unless_they_are_the_same_in_another_order() -> None:
    assert on_lead({TAGS: ["a", "b"]}, {TAGS: Wish(("b", "c"), "set")}).fields == {TAGS: ("b", "c")}
    assert not on_lead({TAGS: ["a", "b"]}, {TAGS: Wish(("b", "a"), "set")})


def test_a_single_value_is_added_to_a_field_that_takes_several_if_missing() -> None:
    assert on_lead({TAGS: ["a"]}, {TAGS: Wish("b", "set", add=True)}).adds == {TAGS: ("b",)}
    assert not on_lead({TAGS: ["a", "b"]}, {TAGS: Wish("b", "set", add=True)})
    assert not on_lead({TAGS: "b"}, {TAGS: Wish("b", "set", add=True)})


# --- lists of a contact --------------------------------------------------------------------------------------------------


def test_an_email_a_phone_and_a_url_are_appended_if_the_contact_lacks_them() -> None:
    draft = a_draft(email="ann@x.co", phones=("+1",), urls=("ann.co",))
    assert on_contact(draft).appended == {"emails": ("ann@x.co",), "phones": ("+1",), "urls": ("ann.co",)}


def test_lists_are_compared_by_meaning() -> None:
    contact = a_contact("C", "L", "ANN@x.co", phones=("+1 (650) 555-1234",), urls=("https://www.ANN.co/me/",))
    draft = a_draft(email="ann@x.co", phones=("+16505551234",), urls=("ann.co/me",))
    assert not contact_delta(contact, draft, may_append=free)


def test_an_email_that_another_contact_of_the_lead_carries_is_not_appended() -> None:
    draft = a_draft(user="u", email="ann@x.co", more_emails=("home@x.co",))
    delta = contact_delta(a_contact(user="u"), draft, may_append=lambda email: email != "ann@x.co")
    assert delta.appended == {"emails": ("home@x.co",)}


def test_a_value_named_twice_is_appended_once() -> None:
    assert on_contact(a_draft(user="u", phones=("+1", "+1"))).appended == {"phones": ("+1",)}


# --- ids -----------------------------------------------------------------------------------------------------------------


def test_a_user_id_is_stamped_where_blank_and_never_overwritten() -> None:
    assert on_contact(a_draft(user="u")).stamp == "u"
    assert on_contact(a_draft(user="u"), user="v").stamp is None


def test_a_company_id_is_stamped_where_asked_for_and_blank_and_never_overwritten() -> None:
    draft = a_draft(company="X")
    assert lead_delta(a_lead(), draft, stamp=True).stamp == "X"
    assert lead_delta(a_lead(), draft, stamp=False).stamp is None
    assert lead_delta(a_lead(company="Y"), draft, stamp=True).stamp is None


# --- what will be --------------------------------------------------------------------------------------------------------


def test_a_changed_lead_holds_what_was_written() -> None:
    lead = a_lead(name="Acme", custom={TAGS: "a"})
    after = changed_lead(lead, Delta(fields={"name": "Ajax"}, adds={TAGS: ("b",)}, stamp="X"))
    assert after == a_lead(company="X", name="Ajax", custom={TAGS: ("a", "b")})


def test_a_changed_contact_keeps_its_items_and_gains_what_was_appended() -> None:
    contact = a_contact("C", "L", "old@x.co")
    after = changed_contact(contact, Delta(fields={"title": "CEO"}, stamp="u", appended={"emails": ("new@x.co",), "phones": ("+1",)}))
    assert after.emails == (Item("old@x.co", "office"), Item("new@x.co"))
    assert (after.phones, after.user_id, after.fields) == ((Item("+1"),), "u", {"title": "CEO"})


def test_an_object_with_nothing_to_change_stays_as_it_is() -> None:
    assert changed_lead(a_lead(name="Acme"), Delta()) == a_lead(name="Acme")


# --- rows one after the other --------------------------------------------------------------------------------------------


def both(first: Delta, later: Delta) -> Delta:
    first.absorb(later)
    return first


def test_a_later_row_wins_field_by_field() -> None:
    merged = both(Delta(fields={"name": "a", "url": "u"}), Delta(fields={"name": "b"}))
    assert merged.fields == {"name": "b", "url": "u"}


def test_a_later_list_replaces_what_was_to_be_added() -> None:
    merged = both(Delta(adds={TAGS: ("a",)}), Delta(fields={TAGS: ("b",)}))
    assert (merged.fields, merged.adds) == ({TAGS: ("b",)}, {})


@pytest.mark.parametrize(("set_before", "after"), [(("a",), ("a", "b")), (None, ("b",)), ("a", ("a", "b"))])
def test_a_value_added_after_the_field_was_set_is_set_with_it(set_before: Any, after: Any) -> None:
    merged = both(Delta(fields={TAGS: set_before}), Delta(adds={TAGS: ("b",)}))
    assert (merged.fields, merged.adds) == ({TAGS: after}, {})


def test_what_is_added_and_appended_adds_up() -> None:
    merged = both(Delta(adds={TAGS: ("a",)}, appended={"emails": ("a@x",)}), Delta(adds={TAGS: ("b",)}, appended={"emails": ("b@x",)}))
    assert (merged.adds, merged.appended) == ({TAGS: ("a", "b")}, {"emails": ("a@x", "b@x")})


def test_the_first_stamp_stays() -> None:
    assert both(Delta(stamp="u"), Delta(stamp="v")).stamp == "u"
    assert both(Delta(), Delta(stamp="v")).stamp == "v"


@pytest.mark.parametrize(("original", "value"), [("a", "a"), (["a", "b"], ("a", "b")), (None, None), (None, ""), (5, 5.0)])
def test_a_field_set_back_to_what_it_was_is_forgotten(original: Any, value: Any) -> None:
    delta = Delta(fields={"field": value, "other": "new"})
    delta.forget_reverts({"field": original, "other": "old"})
    assert delta.fields == {"other": "new"}


def test_only_what_was_written_for_being_empty_must_still_be_so() -> None:
    filled = on_lead({}, {"name": Wish("a", when="if_empty")})
    assert filled.guarded == {"name"}
    assert on_lead({}, {"name": "a"}).guarded == set()
    assert both(filled, Delta(fields={"name": "b"})).guarded == set()
    assert both(Delta(fields={"name": None}), on_lead({}, {"name": Wish("a", when="if_empty")})).guarded == set()


# --- objects to be made --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "name"),
    [
        (a_draft(email="ann@x.co", lead={"name": "Acme"}, contact={"name": "Ann"}), "Acme"),
        (a_draft(email="ann@x.co", contact={"name": "Ann"}), "Ann"),
        (a_draft(email="Ann@x.co"), "Ann@x.co"),
        (a_draft(email="ann@x.co", contact={"name": None}), "ann@x.co"),
        (a_draft(user="u"), None),
    ],
)
def test_a_new_lead_is_named_by_the_row_else_after_the_contacts_name_else_its_email(draft: Draft, name: str | None) -> None:
    assert new_lead("new", draft).fields["name"] == name


def test_a_new_lead_carries_its_company_id_and_every_wish_and_the_first_status_on_paper() -> None:
    lead = new_lead(
        "new", a_draft(3, company="X", lead={"name": "Acme", "url": Wish("acme.co", when="on_create"), TAGS: Wish("a", add=True)})
    )
    assert (lead.company_id, lead.age) == ("X", made_here(3))
    assert lead.fields == {"name": "Acme", "url": "acme.co", TAGS: ("a",), "status_id": FIRST_STATUS}


def test_a_new_lead_keeps_the_status_that_the_row_gives_it() -> None:
    assert new_lead("new", a_draft(lead={"status_id": "stat_2"})).fields["status_id"] == "stat_2"


def test_a_new_contact_has_everything_that_the_row_says_of_it_each_once() -> None:
    draft = a_draft(4, user="u", email="ann@x.co", more_emails=("ANN@x.co",), phones=("+1", "+1"), contact={"title": "CEO", "name": None})
    contact = new_contact("new", "L1", draft)
    assert (contact.user_id, contact.lead_id, contact.age, contact.fields) == ("u", "L1", made_here(4), {"title": "CEO"})
    assert (contact.emails, contact.phones, contact.urls) == ((Item("ann@x.co"),), (Item("+1"),), ())


# --- whether there is anything to write ----------------------------------------------------------------------------------


STORED = st.dictionaries(st.sampled_from(["name", TAGS]), st.sampled_from(["", " ", "a", "A", 1, ["a"], ["b", "a"]]))
WISHES = st.dictionaries(
    st.sampled_from(["name", TAGS]),
    st.builds(
        Wish,
        st.sampled_from([None, "a", "b", 1, ("a",)]),
        st.sampled_from(["text", "set"]),
        st.just(False),
        st.sampled_from(["always", "if_empty", "on_create"]),
    )
    | st.just(Wish("a", "set", add=True)),
)


def some_of(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@given(STORED, WISHES)
def test_a_lead_changes_if_a_row_writes_something_on_it(stored: dict[str, Any], wishes: dict[str, Any]) -> None:
    lead, draft = a_lead(custom=stored), a_draft(company="X", lead=wishes)
    assert changes_lead(lead, draft.lead) == bool(lead_delta(lead, draft, stamp=False))


@given(
    st.builds(
        lambda emails, phones, urls, user, fields: a_contact("C", "L", *emails, user=user, phones=phones, urls=urls, **fields),
        some_of("a@x", "A@x", "b@x"),
        some_of("+1", "1", "+2"),
        some_of("x.co", "https://x.co/", "y.co"),
        st.sampled_from([None, "u"]),
        STORED,
    ),
    st.builds(
        lambda emails, phones, urls, user, wishes: a_draft(more_emails=emails, user=user, phones=phones, urls=urls, contact=wishes),
        some_of("a@x", "b@x"),
        some_of("+1", "+2"),
        some_of("https://www.x.co", "y.co"),
        st.sampled_from([None, "u", "v"]),
        WISHES,
    ),
)
def test_a_contact_changes_if_a_row_writes_something_on_it(contact: Contact, draft: Draft) -> None:
    assert changes_contact(contact, draft) == bool(contact_delta(contact, draft, may_append=free))
