"""Which rows of a batch touch each other, and which can go their own way?"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from destination_close.model import Contact, Draft, Lead
from destination_close.rules import group
from unit_tests.support.builders import a_contact, a_draft, a_lead, a_memory


def groups(*drafts: Draft, leads: Iterable[Lead] = (), contacts: Iterable[Contact] = ()) -> list[list[int]]:
    return [[draft.at[0] for draft in rows.drafts] for rows in group(drafts, a_memory(leads=leads, contacts=contacts))]


def test_rows_that_share_a_company_id_a_user_id_or_an_email_belong_together() -> None:
    assert groups(a_draft(0, company="X"), a_draft(1, company="X", user="u")) == [[0, 1]]
    assert groups(a_draft(0, user="u"), a_draft(1, user="u", email="a@x")) == [[0, 1]]
    assert groups(a_draft(0, email="A@x"), a_draft(1, email="a@X")) == [[0, 1]]


def test_rows_that_share_nothing_go_their_own_way() -> None:
    assert groups(a_draft(0, company="X"), a_draft(1, company="Y"), a_draft(2, user="X")) == [[0], [1], [2]]


def test_rows_are_together_through_a_chain_of_others() -> None:
    assert groups(a_draft(0, company="X"), a_draft(1, email="a@x"), a_draft(2, company="X", email="a@x")) == [[0, 1, 2]]


def test_a_further_email_holds_rows_together() -> None:
    assert groups(a_draft(0, email="a@x", more_emails=("b@x",)), a_draft(1, email="b@x")) == [[0, 1]]


def test_rows_about_contacts_of_one_lead_belong_together() -> None:
    contacts = [a_contact("C1", "L1", "a@x"), a_contact("C2", "L1", user="u")]
    assert groups(a_draft(0, email="a@x"), a_draft(1, user="u"), leads=[a_lead("L1")], contacts=contacts) == [[0, 1]]


def test_a_row_about_a_lead_belongs_with_rows_about_its_contacts() -> None:
    contacts = [a_contact("C1", "L1", "a@x")]
    assert groups(a_draft(0, email="a@x"), a_draft(1, company="X"), leads=[a_lead("L1", company="X")], contacts=contacts) == [[0, 1]]


def test_an_insert_belongs_with_rows_that_could_meet_what_it_creates() -> None:
    assert groups(a_draft(0, email="a@x", operation="insert"), a_draft(1, email="a@x")) == [[0, 1]]


def test_rows_without_any_key_go_their_own_way() -> None:
    assert groups(a_draft(0, operation="insert"), a_draft(1, operation="insert")) == [[0], [1]]


def test_drafts_of_one_row_are_distinct() -> None:
    assert len(group([a_draft(0, mapping=0), a_draft(0, mapping=1)], a_memory())) == 2


def test_order_is_kept_inside_groups_and_groups_come_in_order_of_their_first_rows() -> None:
    drafts = [a_draft(at, company="XYXZYX"[at]) for at in range(6)]
    assert groups(*drafts) == [[0, 2, 5], [1, 4], [3]]


KEYS = st.tuples(st.sampled_from([None, *"STUVWXYZ"]), st.sampled_from([None, *"abcdefgh"]))


@given(st.lists(KEYS, max_size=12))
def test_every_row_is_in_one_group_and_no_two_groups_share_a_key(keys: list[tuple[str | None, str | None]]) -> None:
    drafts = [a_draft(at, company=company, email=email) for at, (company, email) in enumerate(keys)]
    found = [rows.drafts for rows in group(drafts, a_memory())]
    assert sorted((draft for rows in found for draft in rows), key=lambda draft: draft.at) == drafts
    assert all(rows == sorted(rows, key=lambda draft: draft.at) for rows in found)
    held = [{key for draft in rows for key in draft.keys} for rows in found]
    assert all(one.isdisjoint(other) for at, one in enumerate(held) for other in held[at + 1 :])


def test_rows_come_after_the_earlier_groups_that_they_touch() -> None:
    earlier = [[a_draft(0, company="X"), a_draft(1, company="X", email="a@x")], [a_draft(2, company="Y")], [a_draft(3, operation="insert")]]
    rows = [a_draft(4, email="a@x"), a_draft(5, company="Z")]
    assert [(found.drafts, found.after) for found in group(rows, a_memory(), earlier)] == [([rows[0]], [0]), ([rows[1]], [])]


def test_rows_that_meet_in_an_earlier_group_belong_together() -> None:
    earlier = [[a_draft(0, company="X", email="a@x")]]
    rows = [a_draft(1, email="a@x"), a_draft(2, company="X")]
    assert [(found.drafts, found.after) for found in group(rows, a_memory(), earlier)] == [(rows, [0])]


def test_a_lead_that_an_earlier_group_has_made_meanwhile_is_one_it_touches() -> None:
    contacts = [a_contact("C1", "L1", "a@x"), a_contact("C2", "L1", user="u")]
    memory = a_memory(leads=[a_lead("L1")], contacts=contacts)
    (found,) = group([a_draft(1, user="u")], memory, [[a_draft(0, email="a@x")]])
    assert found.after == [0]


@given(st.lists(KEYS, max_size=8), st.lists(st.lists(KEYS, min_size=1, max_size=2), max_size=4))
def test_a_group_shares_keys_with_no_earlier_group_but_those_it_comes_after(
    keys: list[tuple[str | None, str | None]], before: list[list[tuple[str | None, str | None]]]
) -> None:
    earlier = [[a_draft(at, company=company, email=email) for company, email in rows] for at, rows in enumerate(before)]
    drafts = [a_draft(100 + at, company=company, email=email) for at, (company, email) in enumerate(keys)]
    for found in group(drafts, a_memory(), earlier):
        held = {key for draft in found.drafts for key in draft.keys}
        touched = {place for place, rows in enumerate(earlier) if any(held & set(draft.keys) for draft in rows)}
        assert touched <= set(found.after)
        if not found.after:
            assert not touched
