"""Step 11: does a PUT of what is there already change anything?"""

from __future__ import annotations

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage

_SECONDS = 1.5
"""So that a date that moves is seen to move, and events are not merged."""


def run(stage: Stage) -> list[Fact]:
    name = f"{stage.run} same"
    first = stage.talk.good("PUT", stage.lead_path, {"description": name})
    stage.talk.sleep(_SECONDS)
    exchange = stage.talk.ask("PUT", stage.lead_path, {"description": name})
    question = "Does a PUT without change move date_updated?"
    if not exchange.is_good:
        return [Fact("noop_put_moves_date_updated", question, "It was refused.", [exchange], settled=False)]
    return [Fact("noop_put_moves_date_updated", question, exchange.answer["date_updated"] != first["date_updated"], [exchange])]
