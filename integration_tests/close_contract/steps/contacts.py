"""Step 9: what may be written to a contact, and to the contacts of a lead?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage


def run(stage: Stage) -> list[Fact]:
    return [_moved(stage), _unknown_keys(stage), *_emails(stage), _in_a_lead(stage)]


def _moved(stage: Stage) -> Fact:
    made = stage.talk.good("POST", "/contact/", {"lead_id": stage.lead["id"], "name": f"{stage.run} moved"})
    exchange = stage.talk.ask("PUT", f"/contact/{made['id']}/", {"lead_id": stage.other["id"]})
    finding = "refuse"
    if exchange.is_good:
        finding = "move" if exchange.answer["lead_id"] == stage.other["id"] else "ignore"
    return Fact("lead_id_in_contact_put", "What does a PUT of a contact with another lead's id do?", finding, [exchange])


def _unknown_keys(stage: Stage) -> Fact:
    body = {"lead_id": stage.lead["id"], "name": f"{stage.run} odd", "nonsense": 1}
    seen = [stage.talk.ask("POST", "/contact/", body), stage.talk.ask("PUT", stage.contact_path, {"nonsense": 1})]
    taken = [exchange.is_good for exchange in seen]
    question = "What becomes of a key of a contact that Close does not know?"
    if len(set(taken)) > 1:
        return Fact("unknown_contact_keys", question, "Refused by one of POST and PUT only.", seen, settled=False)
    return Fact("unknown_contact_keys", question, "ignore" if taken[0] else "refuse", seen)


def _emails(stage: Stage) -> list[Fact]:
    sent = [stage.email("Same"), stage.email("Same"), stage.email("same")]
    exchange = stage.talk.ask("POST", "/contact/", {"lead_id": stage.lead["id"], "name": "x", "emails": [{"email": one} for one in sent]})
    duplicates, case = "Two equal emails of a contact: both kept?", "Is the case of an email kept?"
    if not exchange.is_good:
        return [Fact("duplicate_emails_in_contact", duplicates, "refuse", [exchange]), _case(stage, case)]
    stored = [item["email"] for item in exchange.answer["emails"]]
    return [
        Fact("duplicate_emails_in_contact", duplicates, "keep" if len(stored) == len(sent) else "dedupe", [exchange]),
        _case(stage, case),
    ]


def _case(stage: Stage, question: str) -> Fact:
    sent = stage.email("CaSe")
    exchange = stage.talk.ask("POST", "/contact/", {"lead_id": stage.lead["id"], "name": "x", "emails": [{"email": sent}]})
    stored = _first_email(exchange.answer) if exchange.is_good else None
    if stored not in (sent, sent.lower()):
        return Fact("email_case", question, "Neither as sent nor in lower case.", [exchange], settled=False)
    return Fact("email_case", question, "keep" if stored == sent else "lower", [exchange])


def _first_email(answer: Mapping[str, Any]) -> str | None:
    return next((str(item["email"]) for item in answer["emails"]), None)


def _in_a_lead(stage: Stage) -> Fact:
    """On a lead of its own, whose contact may be lost over it."""
    made = stage.new_lead("put", contacts=[{"name": f"{stage.run} kept"}])
    exchange = stage.talk.ask("PUT", f"/lead/{made['id']}/", {"contacts": [{"name": f"{stage.run} new"}]})
    question = "What becomes of contacts in the PUT of a lead?"
    if not exchange.is_good:
        return Fact("contacts_in_lead_put", question, "refuse", [exchange])
    stage.talk.sleep(stage.seconds_late)
    listed = stage.talk.good("GET", "/contact/", query={"lead_id": str(made["id"])})["data"]
    names = [one["name"] for one in listed]
    finding = "ignore" if names == [f"{stage.run} kept"] else "add" if len(names) > 1 else "replace"
    return Fact("contacts_in_lead_put", question, finding, [exchange])
