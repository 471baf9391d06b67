"""What does this run know of Close: what it asked, what it found, what it wrote itself?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from destination_close.model import CONTACT, LEAD, MOST_SIBLINGS, Hits, Item, Key, Stored
from destination_close.rules import Memory
from destination_close.rules import memory as memories
from destination_close.rules.memory import MARGIN_SECONDS, _bytes_of_object
from unit_tests.support.builders import LAG, a_contact, a_lead, a_memory, company, created, email, made_here, of_type, some_hits, user

FORGOTTEN = 2 * LAG + MARGIN_SECONDS
"""Seconds after which an own write is no longer needed: the index has it."""


def ids(objects: Iterable[Stored]) -> list[str]:
    return [one.id for one in objects]


# --- asking --------------------------------------------------------------------------------------------------------------


def test_a_key_is_known_once_it_was_asked_whatever_was_found() -> None:
    memory = a_memory(leads=[a_lead(company="X")], knows=[company("Y")])
    assert [memory.knows(company(value)) for value in "XYZ"] == [True, True, False]


def test_a_key_to_be_asked_again_is_not_known() -> None:
    memory = a_memory(knows=[company("X")])
    memory.forget_keys([company("X"), company("never asked")])
    assert not memory.knows(company("X"))


def test_objects_are_found_by_key_oldest_first_and_those_of_one_age_by_id() -> None:
    leads = [a_lead("B", company="X"), a_lead("C", company="X", age=2019), a_lead("A", company="X"), a_lead("D", company="Y")]
    assert ids(a_memory(leads=leads).carriers(company("X"))) == ["C", "A", "B"]


def test_a_contact_is_found_by_its_user_id_and_by_each_of_its_emails_in_any_case() -> None:
    contact = a_contact("C", "L1", "Ann@x.co", "home@x.co", user="u")
    memory = a_memory(leads=[a_lead("L1")], contacts=[contact])
    assert set(contact.keys) == {user("u"), email("ann@x.co"), email("home@x.co")}
    assert all(ids(memory.carriers(key)) == ["C"] for key in contact.keys)


def test_a_user_id_is_not_an_email_nor_a_company_id() -> None:
    memory = a_memory(leads=[a_lead("L1", company="u")], contacts=[a_contact("C", "L1", user="u")])
    assert (memory.carriers(email("u")), ids(memory.carriers(company("u")))) == ([], ["L1"])


def test_the_contacts_of_a_lead_are_those_this_run_has_met() -> None:
    memory = a_memory(leads=[a_lead("L1"), a_lead("L2")], contacts=[a_contact("C1", "L1", "a@x"), a_contact("C2", "L2", "b@x")])
    assert (ids(memory.below("L1")), memory.below("L3")) == (["C1"], [])


# --- what wins -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent_at", "name"), [(90.0, "written"), (100.0, "written"), (100 + LAG - 1, "written"), (100 + LAG, "found")])
def test_what_was_written_wins_over_every_search_that_the_index_may_have_answered_without_it(sent_at: float, name: str) -> None:
    memory = a_memory(leads=[a_lead(name="old")])
    memory.learn_fresh([a_lead(name="written")], now=100.0)
    memory.learn_hits(some_hits(leads=[a_lead(name="found")], at=sent_at))
    assert of_type(memory, LEAD)["L1"].fields["name"] == name


def test_a_search_that_does_not_show_what_was_written_does_not_remove_it() -> None:
    memory = a_memory(knows=[company("X")])
    memory.learn_fresh([a_lead(company="X")], now=100.0)
    memory.learn_hits(some_hits(asked=[company("X")], at=90.0))
    assert ids(memory.carriers(company("X"))) == ["L1"]


def test_a_written_object_is_found_by_its_new_keys_and_no_longer_by_keys_it_lost() -> None:
    memory = a_memory(leads=[a_lead("L1")], contacts=[a_contact("C", "L1", "a@x")])
    memory.learn_fresh([a_contact("C", "L1", "b@x", user="u")], now=1.0)
    found = {key: ids(memory.carriers(key)) for key in (email("a@x"), email("b@x"), user("u"))}
    assert found == {email("a@x"): [], email("b@x"): ["C"], user("u"): ["C"]}


def test_a_contact_that_moved_belongs_to_its_new_lead_only() -> None:
    memory = a_memory(leads=[a_lead("L1"), a_lead("L2")], contacts=[a_contact("C", "L1", "a@x")])
    memory.learn_fresh([a_contact("C", "L2", "a@x")], now=1.0)
    assert (ids(memory.below("L1")), ids(memory.below("L2"))) == ([], ["C"])


def test_what_this_run_created_keeps_its_place_in_stream_order_whatever_dates_close_gives() -> None:
    memory = a_memory()
    memory.learn_fresh([a_lead("L1", company="X", age=made_here(3))], now=1.0)
    memory.learn_fresh([a_lead("L1", company="X", age=created(2026), name="updated")], now=2.0)
    assert (of_type(memory, LEAD)["L1"].age, of_type(memory, LEAD)["L1"].fields) == (made_here(3), {"name": "updated"})


def test_what_this_run_made_keeps_its_place_though_it_was_forgotten_meanwhile() -> None:
    memory = Memory(LAG, most_keys=0)
    one, two = a_lead("L1", company="X", age=made_here(1)), a_lead("L2", company="X", age=made_here(2))
    memory.learn_fresh([one, two], now=0.0)
    memory.learn_fresh([one], now=FORGOTTEN)
    memory.expire(now=FORGOTTEN + 1)
    assert list(of_type(memory, LEAD)) == ["L1"]
    memory.hold([company("X")])
    found = [a_lead("L1", company="X", age=2025), a_lead("L2", company="X", age=2026)]
    memory.learn_hits(some_hits(leads=found, asked=[company("X")], at=FORGOTTEN + 2))
    assert ids(memory.carriers(company("X"))) == ["L1", "L2"]


# --- what is gone --------------------------------------------------------------------------------------------------------


def test_what_answered_404_is_gone_even_while_the_index_still_shows_it() -> None:
    lead, contact = a_lead("L1", company="X"), a_contact("C", "L1", "a@x")
    memory = a_memory(leads=[lead], contacts=[contact])
    memory.learn_gone("L1", now=10.0)
    memory.learn_hits(some_hits(leads=[lead], contacts=[contact], at=11.0))
    assert (memory.carriers(company("X")), memory.carriers(email("a@x")), memory.below("L1")) == ([], [], [])


def test_a_contact_that_is_gone_leaves_its_lead_and_its_siblings() -> None:
    contacts = [a_contact("C1", "L1", "a@x"), a_contact("C2", "L1", "a@x")]
    memory = a_memory(leads=[a_lead("L1")], contacts=contacts)
    memory.learn_gone("C1", now=10.0)
    assert (ids(memory.carriers(email("a@x"))), list(of_type(memory, LEAD))) == (["C2"], ["L1"])


def test_a_contact_of_a_merged_lead_is_found_again_under_the_other() -> None:
    memory = a_memory(leads=[a_lead("L1"), a_lead("L2")], contacts=[a_contact("C", "L1", "a@x")])
    memory.learn_gone("L1", now=10.0)
    memory.learn_hits(some_hits(leads=[a_lead("L2")], contacts=[a_contact("C", "L2", "a@x")], at=11.0))
    assert [contact.lead_id for contact in memory.carriers(email("a@x"))] == ["L2"]


def test_what_is_read_by_id_afterwards_is_not_gone() -> None:
    memory = a_memory(leads=[a_lead("L1", company="X")])
    memory.learn_gone("L1", now=10.0)
    memory.learn_fresh([a_lead("L1", company="X")], now=11.0)
    assert ids(memory.carriers(company("X"))) == ["L1"]


def test_a_contact_found_without_its_lead_is_not_taken_in() -> None:
    memory = a_memory()
    memory.learn_hits(some_hits(contacts=[a_contact("C", "L1", "a@x")]))
    assert memory.carriers(email("a@x")) == []


# --- keeping it small ----------------------------------------------------------------------------------------------------


def test_the_keys_used_longest_ago_are_forgotten_first_with_what_they_brought() -> None:
    memory = a_memory(leads=[a_lead(value, company=value) for value in "WXYZ"], most_keys=2)
    memory.hold([company("W")])
    memory.release([company("W")])
    memory.expire(now=0.0)
    assert ([value for value in "WXYZ" if memory.knows(company(value))], sorted(of_type(memory, LEAD))) == (["W", "Z"], ["W", "Z"])


def test_keys_in_use_are_kept_however_many_there_are() -> None:
    memory = a_memory(leads=[a_lead(value, company=value) for value in "WXYZ"], most_keys=1)
    memory.hold([company("W"), company("X")])
    memory.hold([company("W")])
    memory.release([company("W"), company("X")])
    memory.expire(now=0.0)
    assert [value for value in "WXYZ" if memory.knows(company(value))] == ["W", "X"]


def test_an_object_is_kept_as_long_as_one_of_its_keys_is() -> None:
    memory = a_memory(leads=[a_lead("L1")], contacts=[a_contact("C", "L1", "a@x", user="u")], most_keys=1)
    memory.expire(now=0.0)
    assert sorted(memory.knows(key) for key in (user("u"), email("a@x"))) == [False, True]
    assert (list(of_type(memory, CONTACT)), list(of_type(memory, LEAD))) == (["C"], ["L1"])


def test_a_lead_is_kept_as_long_as_it_has_a_contact() -> None:
    memory = a_memory(leads=[a_lead("L1", company="X")], contacts=[a_contact("C", "L1", "a@x")], most_keys=1)
    memory.hold([email("a@x")])
    memory.release([email("a@x")])
    memory.expire(now=0.0)
    assert (memory.knows(company("X")), list(of_type(memory, LEAD))) == (False, ["L1"])


@pytest.mark.parametrize(("later", "kept"), [(FORGOTTEN, ["L1"]), (FORGOTTEN + 1, [])])
def test_an_own_write_is_forgotten_once_the_index_has_surely_caught_up(later: float, kept: list[str]) -> None:
    memory = a_memory(most_keys=0)
    memory.learn_fresh([a_lead(company="X"), a_contact("C", "L1", "a@x")], now=100.0)
    memory.expire(now=100.0 + later)
    assert (list(of_type(memory, LEAD)), bool(of_type(memory, CONTACT))) == (kept, bool(kept))


def test_what_is_gone_is_forgotten_once_the_index_has_surely_caught_up() -> None:
    memory = a_memory(leads=[a_lead()])
    memory.learn_gone("L1", now=100.0)
    memory.expire(now=100.0 + FORGOTTEN + 1)
    memory.learn_hits(some_hits(leads=[a_lead()], at=100.0 + FORGOTTEN + 1))
    assert list(of_type(memory, LEAD)) == ["L1"]


# --- leads that are held whole --------------------------------------------------------------------------------------------


def a_whole_lead(*contacts: Stored, **more: Any) -> Memory:
    memory = Memory(LAG, **more)
    memory.learn_hits(Hits((company("X"),), 0.0, [a_lead("L1", company="X"), *contacts], {"L1"}))
    return memory


def test_a_lead_that_came_with_all_its_contacts_is_held_whole() -> None:
    memory = a_whole_lead(a_contact("C1", "L1", "a@x"), a_contact("C2", "L1", "b@x"))
    assert memory.has_all_of("L1")
    assert ids(memory.carriers(email("b@x"))) == ["C2"]
    assert not memory.knows(email("b@x"))


def test_it_is_kept_or_forgotten_as_a_whole() -> None:
    memory = a_whole_lead(a_contact("C1", "L1", "a@x"), a_contact("C2", "L1", "b@x"), most_keys=1)
    memory.expire(0.0)
    assert len(of_type(memory, CONTACT)) == 2
    memory.most_keys = 0
    memory.expire(0.0)
    assert (of_type(memory, CONTACT), of_type(memory, LEAD), memory.has_all_of("L1")) == ({}, {}, False)


def test_a_lead_that_grows_too_large_is_no_longer_held_whole_and_keeps_what_is_asked_for_or_fresh() -> None:
    memory = a_whole_lead(a_contact("C1", "L1", "a@x"))
    memory.learn_fresh([a_contact(f"N{n}", "L1", f"{n}@x") for n in range(MOST_SIBLINGS)], now=1.0)
    assert not memory.has_all_of("L1")
    assert sorted(of_type(memory, CONTACT)) == sorted(f"N{n}" for n in range(MOST_SIBLINGS))


def test_where_there_is_no_room_only_what_was_asked_for_is_kept() -> None:
    memory = a_whole_lead(a_contact("C1", "L1", "a@x"), most_bytes=0)
    assert (list(of_type(memory, LEAD)), list(of_type(memory, CONTACT)), memory.has_all_of("L1")) == (["L1"], [], False)


def test_room_is_made_for_what_comes_by_forgetting_what_is_not_in_use() -> None:
    memory = Memory(LAG, most_bytes=5_000)
    for value in ("X", "Y", "Z"):
        memory.hold([company(value)])
        contacts = [a_contact(f"{value}{n}", value, f"{n}@{value}") for n in range(2)]
        memory.learn_hits(Hits((company(value),), 0.0, [a_lead(value, company=value), *contacts], {value}))
        assert memory.has_all_of(value)
        memory.release([company(value)])
    assert not memory.knows(company("X"))


def test_a_lead_that_turns_out_to_be_larger_is_no_longer_held_whole() -> None:
    memory = a_whole_lead(a_contact("C1", "L1", "a@x"))
    memory.learn_hits(Hits((email("a@x"),), 1.0, [a_lead("L1", company="X"), a_contact("C1", "L1", "a@x")]))
    assert not memory.has_all_of("L1")


def test_keys_that_are_asked_again_are_asked_of_the_whole_lead() -> None:
    for key in (company("X"), email("a@x")):
        memory = a_whole_lead(a_contact("C1", "L1", "a@x"))
        memory.forget_keys([key])
        assert not memory.has_all_of("L1")


# --- keeping it small in bytes --------------------------------------------------------------------------------------------


def test_what_takes_much_is_forgotten_before_there_are_many_keys_of_it() -> None:
    leads = [a_lead(value, company=value, description="x" * 10_000) for value in "WXYZ"]
    memory = a_memory(leads=leads)
    memory.most_bytes = 32_000
    memory.expire(now=0.0)
    assert sorted(of_type(memory, LEAD)) == ["Y", "Z"]


def test_what_was_written_is_kept_however_much_it_takes_until_the_index_has_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "MOST_FRESH_BYTES", 25_000)
    memory = Memory(LAG, most_bytes=0)
    for number, value in enumerate("WXYZ"):
        assert memory.is_full == (number > 2)
        memory.learn_fresh([a_lead(value, company=value, description="x" * 10_000)], now=100.0)
    memory.expire(now=100.0)
    assert (len(of_type(memory, LEAD)), memory.is_full) == (4, True)
    memory.expire(now=100.0 + FORGOTTEN + 1)
    assert (len(of_type(memory, LEAD)), memory.is_full) == (0, False)


# --- the invariant -------------------------------------------------------------------------------------------------------

COMPANIES, USERS, EMAILS = ("X", "Y"), ("u", "v"), ("a@x", "b@x")
KEYS = [*map(company, COMPANIES), *map(user, USERS), *map(email, EMAILS)]


class Knowledge(RuleBasedStateMachine):
    """A Close whose index lags by up to `LAG`, written to by this run only: what memory says of a known key is the truth."""

    under_way = Bundle("searches under way")
    held = Bundle("keys in use")

    @initialize(most_keys=st.integers(0, 4), most_bytes=st.sampled_from([0, 5_000, 1_000_000]))
    def start(self, most_keys: int, most_bytes: int) -> None:
        self.now = 1000.0
        self.most_keys = most_keys
        self.memory = Memory(LAG, most_keys=most_keys, most_bytes=most_bytes)
        self.truth: dict[str, Stored] = {}
        self.history: list[tuple[float, dict[str, Stored]]] = [(0.0, {})]
        self.open_searches: list[float] = []
        self.held_count = 0
        self.gone: set[str] = set()

    def index(self, at: float) -> list[Stored]:
        """What a search shows that is answered from the state of then."""
        return list(next(state for moment, state in reversed(self.history) if moment <= at).values())

    def commit(self, *objects: Stored, whole: bool = False) -> None:
        self.truth |= {one.id: one for one in objects}
        self.history.append((self.now, dict(self.truth)))
        self.memory.learn_fresh(objects, self.now, whole=whole)

    def knows_all(self, keys: Iterable[Key]) -> bool:
        return all(map(self.memory.knows, keys))

    @rule(seconds=st.sampled_from([1.0, 10.0, LAG, 100.0]))
    def time_passes(self, seconds: float) -> None:
        # a search is answered within the margin and the lag
        if not self.open_searches or self.now + seconds < min(self.open_searches) + LAG + MARGIN_SECONDS:
            self.now += seconds

    @rule(target=under_way, keys=st.sets(st.sampled_from(KEYS), min_size=1), lag=st.sampled_from([0.0, LAG / 2, LAG]), whole=st.booleans())
    def a_search_is_sent(self, keys: set[Key], lag: float, whole: bool) -> Hits:
        self.open_searches.append(self.now)
        shown = self.index(self.now - lag)
        contacts = [one for one in shown if one.type is CONTACT and not keys.isdisjoint(one.keys)]
        lead_ids = {contact.lead_id for contact in contacts}
        leads = [one for one in shown if one.type is LEAD and (one.id in lead_ids or Key("company", one.own_id or "") in keys)]
        if whole:
            found = {lead.id for lead in leads}
            contacts = [one for one in shown if one.type is CONTACT and one.lead_id in found]
        return Hits(tuple(sorted(keys)), self.now, [*leads, *contacts], {lead.id for lead in leads} if whole else set())

    @rule(hits=consumes(under_way))
    def a_search_is_answered(self, hits: Hits) -> None:
        self.open_searches.remove(hits.at)
        self.memory.learn_hits(hits)

    @rule(company_id=st.sampled_from([None, *COMPANIES]), user_id=st.sampled_from([None, *USERS]), address=st.sampled_from(EMAILS))
    def a_company_is_created_with_a_contact(self, company_id: str | None, user_id: str | None, address: str) -> None:
        lead = a_lead(f"L{len(self.history)}", company=company_id)
        contact = a_contact(f"C{len(self.history)}", lead.id, address, user=user_id)
        if self.knows_all([*contact.keys, *([company(company_id)] if company_id else [])]):
            self.commit(lead, contact, whole=True)

    @precondition(lambda self: of_type(self.memory, LEAD))
    @rule(data=st.data(), address=st.sampled_from(EMAILS), user_id=st.sampled_from([None, *USERS]))
    def a_contact_is_created_in_a_lead_that_is_there(self, data: st.DataObject, address: str, user_id: str | None) -> None:
        lead_id = data.draw(st.sampled_from(sorted(of_type(self.memory, LEAD))))
        contact = a_contact(f"C{len(self.history)}", lead_id, address, user=user_id)
        if self.knows_all(contact.keys):
            self.commit(contact)

    @precondition(lambda self: of_type(self.memory, CONTACT))
    @rule(data=st.data(), address=st.sampled_from(EMAILS), user_id=st.sampled_from(USERS))
    def a_contact_is_updated(self, data: st.DataObject, address: str, user_id: str) -> None:
        contact = of_type(self.memory, CONTACT)[data.draw(st.sampled_from(sorted(of_type(self.memory, CONTACT))))]
        if self.knows_all([*contact.keys, email(address), user(user_id)]):
            emails = dict.fromkeys((*contact.lists["emails"], Item(address, "office")))
            self.commit(replace(contact, lists={"emails": tuple(emails)}, own_id=contact.own_id or user_id))

    @precondition(lambda self: of_type(self.memory, LEAD))
    @rule(data=st.data(), company_id=st.sampled_from(COMPANIES))
    def a_lead_is_stamped(self, data: st.DataObject, company_id: str) -> None:
        lead = of_type(self.memory, LEAD)[data.draw(st.sampled_from(sorted(of_type(self.memory, LEAD))))]
        if self.memory.knows(company(company_id)):
            self.commit(replace(lead, own_id=lead.own_id or company_id))

    @precondition(lambda self: of_type(self.memory, LEAD))
    @rule(data=st.data())
    def an_object_answers_404(self, data: st.DataObject) -> None:
        object_id = data.draw(st.sampled_from(sorted(of_type(self.memory, LEAD).keys() | of_type(self.memory, CONTACT).keys())))
        below = {one.id for one in self.truth.values() if one.type is CONTACT and one.lead_id == object_id}
        self.truth = {i: one for i, one in self.truth.items() if i != object_id and i not in below}
        self.history.append((self.now, dict(self.truth)))
        self.memory.learn_gone(object_id, self.now)
        self.gone |= {object_id, *below}

    @rule(target=held, keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def keys_are_taken_into_use(self, keys: set[Key]) -> tuple[Key, ...]:
        self.memory.hold(keys)
        self.held_count += len(keys)
        return tuple(keys)

    @rule(keys=consumes(held))
    def keys_are_released(self, keys: tuple[Key, ...]) -> None:
        self.memory.release(keys)
        self.held_count -= len(keys)

    @rule()
    def what_is_old_expires(self) -> None:
        self.memory.expire(self.now)

    @rule(keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def keys_are_to_be_asked_again(self, keys: set[Key]) -> None:
        self.memory.forget_keys(keys)

    @rule(keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def expiry_keeps_what_is_held_and_known(self, keys: set[Key]) -> None:
        known = {key for key in keys if self.memory.knows(key)}
        self.memory.hold(known)
        self.memory.expire(self.now)
        assert self.knows_all(known)
        self.memory.release(known)

    @rule()
    def what_nobody_uses_does_not_pile_up(self) -> None:
        if self.open_searches or self.held_count:
            return
        self.now += FORGOTTEN + 1
        self.memory.expire(self.now)
        known = {key for key in KEYS if self.memory.knows(key)}
        assert len(known) <= self.most_keys
        for lead in of_type(self.memory, LEAD).values():
            contacts = self.memory.below(lead.id)
            wanted = [contact for contact in contacts if not known.isdisjoint(contact.keys)]
            carried = company(lead.own_id or "") in known
            assert carried or wanted
            assert self.memory.has_all_of(lead.id) or wanted == contacts

    @invariant()
    def known_keys_tell_the_truth(self) -> None:
        for key in KEYS:
            if not self.memory.knows(key):
                continue
            if key.kind == "company":
                carrying = [one for one in self.truth.values() if one.type is LEAD and one.own_id == key.value]
                assert {lead.id: lead for lead in self.memory.carriers(key)} == {one.id: one for one in carrying}
            else:
                people = [one for one in self.truth.values() if one.type is CONTACT and key in one.keys]
                assert {contact.id: contact for contact in self.memory.carriers(key)} == {one.id: one for one in people}

    @invariant()
    def leads_that_are_held_whole_are(self) -> None:
        for lead_id in of_type(self.memory, LEAD):
            if self.memory.has_all_of(lead_id):
                people = [one for one in self.truth.values() if one.type is CONTACT and one.lead_id == lead_id]
                assert {one.id: one for one in self.memory.below(lead_id)} == {one.id: one for one in people}

    @invariant()
    def bytes_are_counted_right(self) -> None:
        here = {**{lead.id: _bytes_of_object(lead) for lead in of_type(self.memory, LEAD).values()}}
        here |= {contact.id: _bytes_of_object(contact) for contact in of_type(self.memory, CONTACT).values()}
        assert self.memory._all_bytes == sum(here.values())
        assert self.memory._fresh_bytes == sum(here[object_id] for object_id in self.memory._fresh)

    @invariant()
    def every_contact_has_its_lead(self) -> None:
        assert all(contact.lead_id in of_type(self.memory, LEAD) for contact in of_type(self.memory, CONTACT).values())

    @invariant()
    def what_is_gone_stays_gone(self) -> None:
        assert not self.gone & (of_type(self.memory, LEAD).keys() | of_type(self.memory, CONTACT).keys())


TestKnowledge = Knowledge.TestCase
TestKnowledge.settings = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "60")), stateful_step_count=30, deadline=None)
