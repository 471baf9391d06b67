"""What do the tests of faults run, and what must be so in the end?

A small world and a few rows that need calls of every kind, in two batches of which the second goes on where the first ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from destination_close.model import Kind
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.settings import CALM
from unit_tests.laws.oracle import World, expected_world, explain_difference
from unit_tests.laws.oracle.generate import COMPANY_FIELD, USER_FIELD, Record, SeedContact, SeedLead, drafts_of
from unit_tests.laws.oracle.seeding import state_of
from unit_tests.support import harness
from unit_tests.support.law import CONFIG
from unit_tests.support.privacy import assert_private

CALLS = {
    "POST lead": ("POST", "/lead/"),
    "POST contact": ("POST", "/contact/"),
    "PUT lead": ("PUT", "/lead/"),
    "PUT contact": ("PUT", "/contact/"),
    "search": ("POST", "/data/search/"),
    "GET contact": ("GET", "/contact/"),
    "GET lead": ("GET", "/lead/"),
}
"""Method and path of each kind of call that a run makes."""

NO_ANSWER = ("timeout", "reset", "cut", "408", "500", "502", "504", "truncated_json", "html_200", "empty_200")
"""Nobody can tell from these faults whether the call was carried out."""

NOT_DONE = ("connect_timeout", "refused", "429", "503")
"""These say that it was not."""

VERDICTS = ("400", "401", "402", "403", "404", "413")
"""No faults but answers."""

BATCH_ROWS = 7
STATE_EVERY = 3

WORLD = World(
    (
        SeedLead("quagga", company_id="k1", name="Quagga Works"),
        SeedContact("quagga", user_id="p1", emails=("zelda@quagga.example",), name="Zelda Quagga", title="Clerk"),
        SeedLead("unstamped", name="Okapi Unstamped"),
        SeedContact("unstamped", emails=("olga@okapi.example",), phones=("+16502530000",), name="Olga Okapi"),
        SeedLead("later", name="Numbat Unstamped"),
        SeedContact("later", user_id="p9", emails=("nina@numbat.example",), name="Nina Numbat"),
        SeedLead("empty", company_id="k2", name="Tapir Empty"),
    )
)

ROWS = [
    # calls of every kind: lists and ids are read by GET before they are written by PUT
    {"lead_company_id": "k1", "contact_user_id": "p1", "contact_email": "zelda.new@quagga.example", "lead_description": "Makes stripes"},
    {"lead_company_id": "k3", "contact_user_id": "p2", "contact_email": "olga@okapi.example", "contact_phone": "+14155552671"},
    {"lead_company_id": "k2", "contact_user_id": "p3", "contact_email": "tina@tapir.example", "contact_name": "Tina Tapir"},
    {"lead_company_id": "k4", "contact_user_id": "p4", "contact_email": "vera@vicuna.example", "lead_name": "Vicuna Mills", "tags": "red"},
    {"lead_company_id": "k4", "contact_user_id": "p5", "contact_email": "vito@vicuna.example", "contact_title": "Shearer"},
    {"contact_email": "lone@wolf.example", "contact_name": "Lone Wolf"},
    {"lead_company_id": "k2", "contact_user_id": "p6", "contact_email": "theo@tapir.example", "contact_name": "Theo Tapir"},
    # the second batch meets what the first one made, and goes on from there
    {"lead_company_id": "k4", "contact_user_id": "p4", "contact_email": "vera@vicuna.example", "lead_name": "Vicuna Mill", "tags": "blue"},
    {"lead_company_id": "k4", "contact_user_id": "p7", "contact_email": "vera@vicuna.example", "contact_name": "Vera the Younger"},
    {"contact_email": "lone@wolf.example", "contact_title": "Howler", "contact_phone": "+14155552671"},
    {"lead_company_id": "k5", "lead_name": "Dugong Alone"},
    {"lead_company_id": "k2", "contact_user_id": "p3", "contact_email": "tina@tapir.example", "contact_title": "Ranger"},
    {"lead_company_id": "k6", "contact_user_id": "p8", "contact_email": "olga@okapi.example", "lead_name": "Okapi Branch"},
    {"contact_user_id": "p5", "contact_email": "vito@second.example"},
    {"lead_company_id": "k7", "contact_user_id": "p9", "contact_email": "nina.new@numbat.example", "contact_name": "Nina N. Numbat"},
]
RECORDS = [Record("people", row) for row in ROWS]
EXPECTED, _ = expected_world(WORLD, drafts_of(RECORDS))


def messages() -> Iterator[Any]:
    for number, row in enumerate(ROWS, 1):
        yield harness.record("people", row)
        if number % STATE_EVERY == 0 or number == len(ROWS):
            yield harness.state("people", number)


def a_run(sandbox: Sandbox, clock: FakeClock) -> harness.Ran:
    """Checks at each state, the moment it comes out, that the rows it stands for are in."""

    def hear(message: dict[str, Any]) -> None:
        if message["type"] == "STATE":
            assert_there(sandbox, ROWS[: message["state"]["stream"]["stream_state"]["n"]])

    return harness.run(sandbox, clock, CONFIG, list(messages()), batch_rows=BATCH_ROWS, hear=hear)


def assert_there(sandbox: Sandbox, rows: Sequence[dict[str, Any]]) -> None:
    with sandbox.lock:  # as the database has it, without what would become real late
        leads, contacts = list(sandbox.world.leads.values()), list(sandbox.world.contacts.values())
    companies = {lead.get(f"custom.{COMPANY_FIELD}") for lead in leads}
    people = {contact.get(f"custom.{USER_FIELD}") for contact in contacts}
    emails = {item["email"] for contact in contacts for item in contact.get("emails") or ()}
    assert companies >= {row["lead_company_id"] for row in rows if "lead_company_id" in row}
    assert people >= {row["contact_user_id"] for row in rows if "contact_user_id" in row}
    assert emails >= {row["contact_email"] for row in rows if "contact_email" in row}


def assert_as_if_nothing_had_happened(sandbox: Sandbox, ran: harness.Ran) -> None:
    if ran.failure:
        raise ran.failure
    assert [state["id"] for state in ran.states] == [*range(STATE_EVERY, len(ROWS), STATE_EVERY), len(ROWS)]
    assert sum(outcomes(ran).values()) == len(ROWS)
    assert outcomes(ran)[Kind.REJECTED] == 0
    assert_private(ran, CALM.api_key, ROWS)
    sandbox.settle()
    assert not explain_difference(EXPECTED, state_of(sandbox))


def outcomes(ran: harness.Ran, stream: str = "people") -> dict[Kind, int]:
    """Counts of the summary line."""
    words = ran.summary_of(stream).replace(",", "").replace(";", "").rstrip(".").split()
    return {kind: int(words[words.index(kind.value) - 1]) for kind in Kind}
