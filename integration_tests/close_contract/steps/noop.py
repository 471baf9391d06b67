"""Step 11: does a PUT of what is there already change anything?"""

from __future__ import annotations

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage

_SECONDS = 1.5
"""Long enough for a date to be seen to move, and for events not to be merged."""


def run(stage: Stage) -> list[Fact]:
    name = f"{stage.run} same"
    first = stage.talk.good("PUT", stage.lead_path, {"description": name})
    stage.talk.sleep(_SECONDS)
    exchange = stage.talk.ask("PUT", stage.lead_path, {"description": name})
    question = "Does a PUT without change move date_updated?"
    if not exchange.is_good:
        return [Fact("noop_put_moves_date_updated", question, "It was refused.", [exchange], settled=False)]
    moves = exchange.answer["date_updated"] != first["date_updated"]
    return [Fact("noop_put_moves_date_updated", question, moves, [exchange]), _event(stage, str(first["date_updated"]))]


def _event(stage: Stage, since: str) -> Fact:
    """Whether the log has an event of the lead that is younger than the write before."""
    question = "Does it write an event?"
    stage.talk.sleep(stage.events_late)
    query = {"object_type": "lead", "object_id": str(stage.lead["id"]), "date_updated__gt": since}
    exchange = stage.talk.ask("GET", "/event/", query=query)
    if not exchange.is_good:
        return Fact("noop_put_writes_event", question, "The event log could not be read.", [exchange], settled=False)
    return Fact("noop_put_writes_event", question, bool(exchange.answer["data"]), [exchange])
