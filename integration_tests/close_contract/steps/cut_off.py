"""Step 15: what becomes of a create whose caller hung up after its last byte?"""

from __future__ import annotations

from integration_tests.close_contract.queries import custom, search, text, where
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage

TIMES = 10
SECONDS = 60.0
_PAUSE = 2.0


def run(stage: Stage) -> list[Fact]:
    values = {f"{stage.run}-cut{number}": stage.talk.clock() for number in range(TIMES)}
    began = stage.talk.clock()
    for number, value in enumerate(values):
        stage.talk.cut_off("/lead/", {"name": f"{stage.run} cut{number}", stage.key("lead_text"): value})
        values[value] = stage.talk.clock()
    shown = _shown_in_the_log(stage, values, began)
    found = _found(stage, values)
    question = "How many of ten such leads were created?"
    return [
        Fact("cut_off_creates", question, len(shown.keys() | found)),
        Fact("cut_off_shown_after", "After how many seconds did the event log show each?", sorted(shown.values())),
        Fact("cut_off_found", "How many of them did a search find after a minute?", len(found)),
    ]


def _shown_in_the_log(stage: Stage, values: dict[str, float], began: float) -> dict[str, float]:
    """By the value each was created with, the seconds until it was seen."""
    key = stage.key("lead_text")
    query = {"user_id": stage.user_id, "object_type": "lead", "action": "created", "_limit": "50"}
    shown: dict[str, float] = {}
    while stage.talk.clock() - began < SECONDS:
        exchange = stage.talk.ask("GET", "/event/", query=query)
        for event in exchange.answer["data"] if exchange.is_good else ():
            value = (event.get("data") or {}).get(key)
            if value in values:
                shown.setdefault(value, round(stage.talk.clock() - values[value], 1))
        stage.talk.sleep(_PAUSE)
    return shown


def _found(stage: Stage, values: dict[str, float]) -> set[str]:
    field = custom(stage.fields["lead_text"])
    either = {"type": "or", "queries": [where(field, text(value)) for value in values]}
    key = stage.key("lead_text")
    exchange = stage.talk.search(search("lead", either, fields={"lead": ["id", "name", key]}))
    hits = exchange.answer["data"] if exchange.is_good else []
    by_name = {f"{stage.run} cut{number}": value for number, value in enumerate(values)}
    return {by_name[hit["name"]] for hit in hits if hit.get("name") in by_name}
