"""Can every row's end be explained, without a value and without cost when nobody asks?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.engine import Explainer
from destination_close.model import Kind, Outcome, Rule, Verdict, Warning, Why
from destination_close.rules.deciding import decide
from destination_close.rules.paper import Paper
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.settings import CALM
from unit_tests.laws.oracle import World
from unit_tests.laws.oracle.generate import Record
from unit_tests.laws.oracle.world import SeedContact, SeedLead
from unit_tests.support import harness
from unit_tests.support.builders import a_contact, a_draft, a_lead, a_memory, company, email, user
from unit_tests.support.law import CONFIG, a_sandbox, messages_of

KEYS = [company("X"), company("Y"), user("u"), email("a@x"), email("b@x")]
MEMORY = {
    "leads": [a_lead("L1", company="X"), a_lead("L2")],
    "contacts": [a_contact("C1", "L1", "a@x", user="u"), a_contact("C2", "L2", "b@x"), a_contact("C3", "L2", "b@x")],
    "knows": KEYS,
}


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"company": "X"}, Why(Rule.COMPANY_KNOWN, lead_by_company=True)),
        ({"company": "X", "user": "u"}, Why(Rule.COMPANY_KNOWN, "user_id", 1, True)),
        ({"company": "X", "email": "b@x"}, Why(Rule.COMPANY_KNOWN, "email", 2, True)),
        ({"company": "Y", "email": "b@x"}, Why(Rule.LEAD_ADOPTED, "email", 2)),
        ({"company": "Y", "user": "u"}, Why(Rule.COMPANY_NEW, "user_id", 1)),
        ({"company": "Y", "off": "NL"}, Why(Rule.COMPANY_NEW)),
        ({"email": "b@x"}, Why(Rule.CONTACT_KNOWN, "email", 2)),
        ({"email": "c@x"}, Why(Rule.NOTHING_KNOWN)),
        ({"email": "a@x", "operation": "insert"}, Why(Rule.INSERT)),
        ({"email": "a@x", "operation": "update"}, Why(Rule.UPDATE, "email", 1)),
        ({"email": "c@x", "operation": "update"}, Why(Rule.UPDATE)),
    ],
)
def test_every_decision_names_its_rule_and_the_keys_that_matched(asked: dict[str, Any], why: Why) -> None:
    assert decide(a_draft(**asked), Paper(a_memory(**MEMORY))).why == why


def test_the_rules_are_all_met_in_the_cases_above() -> None:
    cases = test_every_decision_names_its_rule_and_the_keys_that_matched.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {why.rule for _, why in cases} == set(Rule)


# --- in the log --------------------------------------------------------------------------------------------------------

WORLD = World(
    (
        SeedLead("acme", "c1", name="Acme"),
        SeedContact("acme", "u1", emails=("a@x.co",), title="CEO"),
        SeedLead("twin", "c1", name="Acme again"),
        SeedLead("loose"),
        SeedContact("loose", emails=("b@x.co",)),
    )
)


def explained(rows: list[Record], *faults: Fault, explain: bool = True, **more: Any) -> tuple[Sandbox, list[str]]:
    clock = FakeClock()
    sandbox = a_sandbox(WORLD, clock, CALM)
    for fault in faults:
        sandbox.faults.add(fault)
    ran = harness.run(sandbox, clock, {**CONFIG, **more}, messages_of(rows), explain=explain)
    if ran.failure:
        raise ran.failure
    return sandbox, [message["log"]["message"] for message in ran.messages if message.get("log", {}).get("level") == "DEBUG"]


def ids_of(sandbox: Sandbox) -> dict[str, str]:
    leads = {lead["name"] or "loose": lead["id"] for lead in sandbox.leads.values()}
    return {**leads, **{contact["emails"][0]["email"]: contact["id"] for contact in sandbox.contacts.values()}}


def test_each_row_is_explained_by_codes_and_ids() -> None:
    rows = [
        Record("people", {"lead_company_id": "c1", "contact_user_id": "u1", "contact_title": "CTO"}),
        Record("people", {"lead_company_id": "c2", "contact_email": "b@x.co"}),
        Record("people", {"lead_company_id": "c3", "contact_email": "c@x.co", "lead_name": "New Inc"}),
        Record("people", {"lead_company_id": "c3", "contact_email": "c@x.co"}),
        Record("people", {"contact_title": "nobody"}),
        Record("updates_only", {"lead_company_id": "c9"}),
    ]
    sandbox, lines = explained(rows)
    ids = ids_of(sandbox)
    assert sorted(lines) == sorted(
        [
            f"stream people, row 1: updated; rule company_known, matched by company_id user_id, objects {ids['a@x.co']} {ids['Acme']}, "
            f"warnings {Warning.SEVERAL_LEADS.value}",
            f"stream people, row 2: updated; rule lead_adopted, matched by email, objects {ids['b@x.co']} {ids['loose']}",
            f"stream people, row 3: created; rule company_new, objects {ids['New Inc']} {ids['c@x.co']}",
            f"stream people, row 4: unchanged; rule company_known, matched by company_id email, objects {ids['New Inc']}",
            "stream people, row 5: rejected (no_match_key)",
            "stream updates_only, row 1: skipped (lead_creation_disabled); rule company_new, held back by lead_creation_disabled",
        ]
    )


def test_no_explanation_holds_a_value_of_a_row_or_of_close() -> None:
    _, lines = explained([Record("people", {"lead_company_id": "c1", "contact_user_id": "u1", "contact_title": "CTO", "lead_name": "Nom"})])
    assert not any(value in line for line in lines for value in ("c1", "u1", "CTO", "Nom", "Acme", "x.co"))


def test_a_row_of_several_mappings_is_explained_for_each() -> None:
    _, (line,) = explained([Record("orders", {"lead_company_id": "c7", "contact_email": "a7@x.co", "second_email": "b7@x.co"})])
    assert "mapping 1: rule company_new" in line
    assert "mapping 2: rule company_known" in line


def test_a_create_whose_answer_was_lost_is_explained_too() -> None:
    rows = [Record("people", {"lead_company_id": "c3", "contact_email": "c@x.co", "lead_name": "New Inc"})]
    sandbox, (line,) = explained(rows, Fault(kind="504", when="after", method="POST", path="/lead/"))
    assert ids_of(sandbox)["New Inc"] in line
    assert "row 1: created" in line


def test_what_was_done_before_a_row_had_to_be_decided_again_is_not_forgotten() -> None:
    explainer = Explainer()
    draft = a_draft()
    outcome = Outcome(draft.row, Kind.UPDATED)
    explainer.judged(Verdict(draft, why=Why(Rule.COMPANY_KNOWN), objects=("lead_1", "new contact 0.0")))
    explainer.judged(Verdict(draft, why=Why(Rule.CONTACT_KNOWN), objects=("cont_1",)))
    assert [line.text for line in explainer.ended(outcome)] == ["stream users, row 1: updated; rule contact_known, objects lead_1 cont_1"]
    assert [line.text for line in explainer.ended(outcome)] == ["stream users, row 1: updated"], "nothing is kept of a row that has ended"


def test_nobody_watches_unless_asked_to() -> None:
    assert explained([Record("people", {"lead_company_id": "c1"})], explain=False)[1] == []
