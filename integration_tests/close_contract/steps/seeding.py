"""Step 1: what is there to ask about?"""

from __future__ import annotations

from typing import Any

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage

_FIELDS: dict[str, dict[str, Any]] = {
    "lead_text": {"type": "text"},
    "lead_number": {"type": "number"},
    "lead_date": {"type": "date"},
    "lead_datetime": {"type": "datetime"},
    "lead_choice": {"type": "choices", "choices": ["a", "b"]},
    "lead_choices": {"type": "choices", "choices": ["a", "b"], "accepts_multiple_values": True},
    "lead_user": {"type": "user"},
    "contact_text": {"type": "text"},
    "contact_choice": {"type": "choices", "choices": ["a", "b"]},
}


def run(stage: Stage) -> list[Fact]:
    for name, definition in _FIELDS.items():
        kind = name.partition("_")[0]
        made = stage.talk.good("POST", f"/custom_field/{kind}/", {"name": f"{stage.run} {name}", **definition})
        stage.fields[name] = made["id"]
    people = [
        {
            "name": f"{name} {stage.run}",
            "title": "CEO",
            "emails": [{"email": stage.email(name)}],
            stage.key("contact_text"): f"{stage.run}-{name}",
        }
        for name in ("ann", "bob", "cem")
    ]
    stage.lead = stage.new_lead("L0", **{stage.key("lead_text"): f"{stage.run}-l0", "contacts": people})
    stage.contact_id = str(stage.contacts_of(stage.lead, len(people))[0]["id"])
    stage.other = stage.new_lead("L1", **{stage.key("lead_text"): f"{stage.run}-l1"})
    stage.talk.sleep(stage.seconds_late)
    exchange = stage.talk.ask("GET", stage.lead_path)
    if not exchange.is_good:  # a copy that is later than that; the step on reads after writes says how late
        return []
    lead = exchange.answer
    return [
        Fact("nested_contacts", "Do leads that are read by id carry their contacts?", "contacts" in lead, [exchange]),
        Fact("contact_ids", "And the ids of these?", "contact_ids" in lead, [exchange]),
    ]
