"""Step 2: does a search bring the fields that it was asked for?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integration_tests.close_contract.connector import lead_search
from integration_tests.close_contract.queries import custom, search, text, where
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange

_NESTED = "What does a search give of the contacts nested in leads, when asked as the connector asks?"
_NEVER_ASKED = ("organization_id", "created_by", "integration_links")


def run(stage: Stage) -> list[Fact]:
    of_lead = where(custom(stage.fields["lead_text"]), text(f"{stage.run}-l0"))
    if not stage.wait_until_found("lead", of_lead):
        return [Fact("nested_contact_fields", _NESTED, "The search did not find the lead.", settled=False)]
    keys = [("company", f"{stage.run}-l0"), ("user", f"{stage.run}-ann"), ("email", stage.email("bob"))]
    body = lead_search(stage.fields["lead_text"], stage.fields["contact_text"], keys)
    as_asked = stage.talk.search(body)
    facts = [_nested(stage, as_asked), *_of_the_lead(stage, as_asked)]
    for name, contact_fields in (("nested_contact_custom", ["id", "emails", "custom"]), ("nested_contacts_unasked", None)):
        fields = {"lead": ["id", "contacts"]} | ({"contact": contact_fields} if contact_fields else {})
        exchange = stage.talk.search(search("lead", of_lead, fields=fields))
        question = f"And asked with _fields.contact {contact_fields}?" if contact_fields else "And without _fields.contact?"
        facts.append(Fact(name, question, sorted(_shape(stage, exchange)), [exchange]))
    return [*facts, _lead_id(stage)]


def _nested(stage: Stage, exchange: Exchange) -> Fact:
    """Compared with what was asked for; the same contacts read by id have all of it."""
    lead = _hit(stage, exchange)
    if lead is None:
        return Fact("nested_contact_fields", _NESTED, "The connector's own search did not find the lead.", [exchange], settled=False)
    contacts = lead.get("contacts")
    if not contacts:
        finding = "absent"
    elif any(key in contact for contact in contacts for key in _NEVER_ASKED):
        finding = "whole"
    elif not all("emails" in contact for contact in contacts):
        finding = "id"
    else:
        finding = "asked" if all(stage.key("contact_text") in contact for contact in contacts) else "no_custom"
    return Fact("nested_contact_fields", _NESTED, finding, [exchange])


def _of_the_lead(stage: Stage, exchange: Exchange) -> list[Fact]:
    lead = _hit(stage, exchange)
    if lead is None:
        return []
    finding = "asked" if stage.key("lead_text") in lead else "absent"
    return [Fact("lead_custom_fields", "Does a search give the custom fields of leads that it was asked for?", finding, [exchange])]


def _hit(stage: Stage, exchange: Exchange) -> Mapping[str, Any] | None:
    hits = exchange.answer.get("data", []) if exchange.is_good else []
    return next((hit for hit in hits if hit["id"] == stage.lead["id"]), None)


def _shape(stage: Stage, exchange: Exchange) -> set[str]:
    """The keys that all nested contacts have, custom fields as one."""
    contacts = (_hit(stage, exchange) or {}).get("contacts") or [{}]
    keys = set.intersection(*(set(contact) for contact in contacts))
    return {"custom.cf" if key.startswith("custom.") else key for key in keys}


def _lead_id(stage: Stage) -> Fact:
    of_contact = where(custom(stage.fields["contact_text"]), text(f"{stage.run}-ann"))
    exchange = stage.talk.search(search("contact", of_contact, fields={"contact": ["id", "name"]}))
    hits = exchange.answer.get("data", []) if exchange.is_good else []
    question = "Does a search for contacts bring their lead_id unasked?"
    if not hits:
        return Fact("search_adds_lead_id", question, "The search did not find the contact.", [exchange], settled=False)
    return Fact("search_adds_lead_id", question, "lead_id" in hits[0], [exchange])
