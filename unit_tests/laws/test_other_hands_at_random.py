"""What must hold whatever people do in Close while rows come in?

No row is lost, none is rejected, nothing crashes, nothing is made twice, and what people entered stays.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_close.model import Draft, Key
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.settings import CALM, Settings
from integration_tests.close_sandbox.wire import Request
from unit_tests.laws.oracle.generate import COMPANY_FIELD, USER_FIELD, Record, SeedContact, SeedLead, World, drafts_of
from unit_tests.support import harness, scenario
from unit_tests.support.law import CONFIG, PHASES, a_sandbox, messages_of
from unit_tests.support.office import delete
from unit_tests.support.privacy import assert_private

N = int(os.environ.get("LAW_EXAMPLES", "250"))
COMPANY, USER = f"custom.{COMPANY_FIELD}", f"custom.{USER_FIELD}"

WHAT = ("delete contact", "delete lead", "merge", "move", "add email", "add phone", "edit", "stamp company", "stamp person")
AT_ANY_TIME = {"delete contact", "delete lead", "merge", "move"}
"""The others could fall between our reading and our writing, where nobody can see them."""

CALLS = [(method, path) for _, (method, path) in sorted(scenario.CALLS.items())]


class Deed(NamedTuple):
    """What a colleague does, before the how-manieth call of which kind, to which objects."""

    what: str
    call: tuple[str, str]
    nth: int
    aimed: bool
    """At the object that the call is about, if it names one; else at the one with this number."""

    one: int
    other: int


deeds = st.lists(
    st.builds(
        Deed, st.sampled_from(WHAT), st.sampled_from(CALLS), st.integers(1, 4), st.booleans(), st.integers(0, 12), st.integers(0, 12)
    ),
    min_size=1,
    max_size=6,
)

WORLD = World(
    (
        SeedLead("with id", company_id="c1", name="Otter"),
        SeedContact("with id", user_id="u1", emails=("one@otter.example",)),
        SeedContact("with id", emails=("two@otter.example",)),
        SeedLead("without", name="Stoat"),
        SeedContact("without", emails=("three@otter.example",)),
        SeedContact("without", user_id="u2", emails=("four@otter.example",)),
        SeedLead("without too", name="Weasel"),
        SeedContact("without too", emails=("three@otter.example",)),
        SeedLead("empty", company_id="c2", name="Marten"),
        SeedLead("another", company_id="theirs too", name="Badger"),
        SeedContact("another", user_id="u3", emails=("five@otter.example",)),
    )
)


def perhaps(*values: str) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


rows_of_people = st.lists(
    st.fixed_dictionaries(
        {
            "lead_company_id": perhaps("c1", "c2", "c3"),
            "contact_user_id": perhaps("u1", "u2", "u3", "u4"),
            "contact_email": perhaps(*(f"{name}@otter.example" for name in ("one", "two", "three", "four", "five", "six"))),
            "contact_title": perhaps("Holt", "Raft"),
            "contact_phone": perhaps("+16502530000", "+14155552671"),
            "lead_description": perhaps("River", "Stream"),
        }
    ).map(lambda data: Record("people", data)),
    min_size=1,
    max_size=14,
)

switches = st.builds(
    lambda **given: CALM.but(**given),
    index_lag=st.sampled_from((0.0, 2.0, 10.0)),
    deleted_get_stale_once=st.booleans(),
    nested_contacts=st.booleans(),
)


@dataclass
class Colleagues:
    """Do what was planned for them, and remember what they did."""

    close: Sandbox
    planned: Sequence[Deed]
    busy: bool = False
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken_away: set[Key] = field(default_factory=set)
    """Keys of what they deleted or merged: a row that was done before is not to be found any more."""

    brought_together: set[str] = field(default_factory=set)
    """Contacts that they put under another lead."""

    added: list[tuple[str, str, str]] = field(default_factory=list)
    """Contact, list, value."""

    stamped: dict[str, str] = field(default_factory=dict)

    def before(self, request: Request) -> None:
        if self.busy:  # a deletion is a call itself
            return
        self.busy = True
        for call in CALLS:
            self.calls[call] += request.method == call[0] and request.path.startswith(call[1])
        for deed in self.planned:
            due = self.calls[deed.call] == deed.nth and request.method == deed.call[0] and request.path.startswith(deed.call[1])
            if due and (deed.what in AT_ANY_TIME or request.method != "PUT"):
                self._do(deed, request)
        self.busy = False

    def _do(self, deed: Deed, request: Request) -> None:
        leads, contacts = self.close.leads, self.close.contacts
        if len(leads) < 2 or not contacts:
            return
        contact = list(contacts.values())[deed.one % len(contacts)]
        lead, other = (list(leads.values())[number % len(leads)] for number in (deed.one, deed.other))
        asked = request.path.split("/")[2]
        if deed.aimed and (asked in contacts or asked in leads):
            contact = contacts.get(asked, contact)
            lead = leads[asked if asked in leads else contact["lead_id"]]
        match deed.what:
            case "delete contact":
                self._takes_away([contact])
                delete(self.close, contact["id"])
            case "delete lead":
                self._takes_away([lead, *self.close.contacts_of(lead["id"])])
                delete(self.close, lead["id"])
            case "merge" if lead["id"] != other["id"]:
                self._takes_away([lead])
                self.brought_together |= {one["id"] for one in self.close.contacts_of(lead["id"])}
                self.close.merge(lead["id"], other["id"])
            case "move" if contact["lead_id"] != other["id"]:
                self.brought_together.add(contact["id"])
                self.close.move_contact(contact["id"], other["id"])
            case "add email":
                self._adds(contact, "emails", "email", f"rep{len(self.added)}@rep.example")
            case "add phone":
                self._adds(contact, "phones", "phone", f"+1415555{2000 + len(self.added)}")
            case "edit":
                self.close.edit_contact(contact["id"], {"title": "Edited", "name": ""})
                self.close.edit_lead(lead["id"], {"name": "Edited", "description": ""})
            case "stamp company" if not (lead.get(COMPANY) or "").strip():
                self.stamped[lead["id"]] = "theirs"
                self.close.edit_lead(lead["id"], {COMPANY: "theirs"})
            case "stamp person" if not (contact.get(USER) or "").strip():
                self.stamped[contact["id"]] = "theirs"
                self.close.edit_contact(contact["id"], {USER: "theirs"})

    def _takes_away(self, objects: Sequence[dict[str, Any]]) -> None:
        self.taken_away |= {key for one in objects for key in keys_of(one)}

    def _adds(self, contact: dict[str, Any], name: str, key: str, value: str) -> None:
        self.added.append((contact["id"], name, value))
        self.close.edit_contact(contact["id"], {name: [*contact[name], {key: value, "type": "home"}]})


def keys_of(stored: dict[str, Any]) -> set[Key]:
    keys = {Key("email", item["email"].lower()) for item in stored.get("emails") or ()}
    keys |= {Key("company", stored[COMPANY].strip())} if (stored.get(COMPANY) or "").strip() else set()
    return keys | ({Key("user", stored[USER].strip())} if (stored.get(USER) or "").strip() else set())


def main_keys(draft: Draft) -> set[Key]:
    """What must be there when the row is done: its company, and its person by User ID, else by email."""
    person = [key for key in draft.keys if key.kind != "company"][:1]
    return {key for key in draft.keys if key.kind == "company"} | set(person)


def assert_nothing_lost(close: Sandbox, people: Colleagues, drafts: Sequence[Draft]) -> None:
    there = {key for one in (*close.leads.values(), *close.contacts.values()) for key in keys_of(one)}
    # a row whose email was taken away may have found its person under a User ID of that time, and so on
    wanted = {key for draft in drafts if people.taken_away.isdisjoint(draft.keys) for key in main_keys(draft)}
    # where somebody stamps the lead that a row was to stamp, and the row has written others already, its next run stamps those
    assert {key for key in wanted if key.kind != "company" or not people.stamped} <= there


def assert_nothing_made_twice(close: Sandbox, people: Colleagues, before: set[str], drafts: Sequence[Draft]) -> None:
    ours = [lead for lead in close.leads.values() if lead["id"] not in before]
    assert max(Counter(lead[COMPANY] for lead in ours if lead.get(COMPANY)).values(), default=1) == 1
    lone = Counter(key for lead in ours if not lead.get(COMPANY) for contact in lead["contacts"] for key in keys_of(contact))
    asked = {key for draft in drafts for key in draft.keys}
    assert max((number for key, number in lone.items() if key in asked and key.kind == "user"), default=1) == 1
    for lead in close.leads.values():
        made = [contact for contact in lead["contacts"] if contact["id"] not in before | people.brought_together]
        assert max(Counter(contact[USER] for contact in made if contact.get(USER)).values(), default=1) == 1


def assert_theirs_stays(close: Sandbox, people: Colleagues) -> None:
    for contact_id, name, value in people.added:
        if contact := close.contacts.get(contact_id):
            assert value in [item[name.removesuffix("s")] for item in contact[name]]
    for object_id, value in people.stamped.items():
        stored = close.leads.get(object_id) or close.contacts.get(object_id)
        assert stored is None or value in (stored.get(COMPANY), stored.get(USER))


@settings(max_examples=N, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(st.integers(0, 2**32), rows_of_people, deeds, switches, st.integers(1, 14))
def test_whatever_people_do_meanwhile_no_row_is_lost_or_created_twice(
    seed: int, rows: list[Record], planned: list[Deed], how: Settings, batch_rows: int
) -> None:
    clock = FakeClock()
    close = a_sandbox(WORLD, clock, how)
    people = Colleagues(close, planned)
    before = {*close.leads, *close.contacts}
    close.before_request.append(people.before)
    ran = harness.run(close, clock, CONFIG, messages_of(rows), choose=random.Random(seed).randrange, batch_rows=batch_rows)
    if ran.failure:
        raise ran.failure
    close.settle()
    drafts = drafts_of(rows)
    without_key = sum(1 for draft in drafts if not draft.keys)
    assert f"{without_key} rejected" in ran.summary_of("people")
    assert_private(ran, CALM.api_key, [row.data for row in rows])
    assert_nothing_lost(close, people, drafts)
    assert_nothing_made_twice(close, people, before, drafts)
    assert_theirs_stays(close, people)
