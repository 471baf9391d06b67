"""Step 10: with which words and under which path is a bad value refused?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange


def run(stage: Stage) -> list[Fact]:
    found, seen = {}, []
    for name, body in _bad(stage).items():
        put = stage.talk.ask("PUT", stage.lead_path, body)
        post = stage.talk.ask("POST", "/lead/", {"name": f"{stage.run} bad", **body})
        found[name] = {"PUT": _outcome(stage, put), "POST": _outcome(stage, post)}
        seen += [put, post]
    for name, body in _bad_contacts(stage).items():
        put = stage.talk.ask("PUT", stage.contact_path, body)
        post = stage.talk.ask("POST", "/lead/", {"name": f"{stage.run} bad", "contacts": [body]})
        found[name] = {"PUT": _outcome(stage, put), "POST": _outcome(stage, post)}
        seen += [put, post]
    facts = [Fact("refusals", "Under which paths is a bad value refused, alone and in a new lead?", found, seen)]
    return [*facts, _scalar(stage)]


def _bad(stage: Stage) -> dict[str, dict[str, Any]]:
    status = str(stage.lead["status_id"])
    label = stage.lead.get("status_label") or "Potential"
    return {
        "choice": {stage.key("lead_choice"): "z"},
        "number": {stage.key("lead_number"): "many"},
        "date": {stage.key("lead_date"): "yesterday"},
        "url": {"url": "http://"},  # ignore-https-check
        "unknown status": {"status_id": "stat_none"},
        "both statuses": {"status_id": status, "status": label},
        "add on single": {f"{stage.key('lead_text')}.add": "x"},
    }


def _bad_contacts(stage: Stage) -> dict[str, dict[str, Any]]:
    return {
        "phone": {"phones": [{"phone": "not a number"}]},
        "email": {"emails": [{"email": "not an email"}]},
        "contact's choice": {stage.key("contact_choice"): "z"},
    }


def _outcome(stage: Stage, exchange: Exchange) -> dict[str, Any]:
    paths = [path.replace(stage.run, "RUN") for path in sorted(set(_paths(exchange.answer, "")))]
    names = {f"custom.{field_id}": f"custom.{name}" for name, field_id in stage.fields.items()}
    for key, name in names.items():
        paths = [path.replace(key, name) for path in paths]
    return {"status": exchange.status, "paths": [] if exchange.is_good else paths}


def _paths(told: Any, at: str) -> Iterator[str]:
    """Where the messages stand, as keys one below the other."""
    if isinstance(told, dict):
        for key, value in told.items():
            yield from _paths(value, f"{at} > {key}" if at else key)
    elif isinstance(told, list):
        for value in told:
            yield from _paths(value, at)
    else:
        yield at


def _scalar(stage: Stage) -> Fact:
    key = stage.key("lead_choices")
    exchange = stage.talk.ask("PUT", stage.lead_path, {key: "a"})
    question = "What becomes of a single value for a field that takes several?"
    if exchange.is_good and exchange.answer.get(key) != ["a"]:
        return Fact("scalar_for_many", question, "Taken, and not stored as a list of one.", [exchange], settled=False)
    return Fact("scalar_for_many", question, "wrap" if exchange.is_good else "refuse", [exchange])
