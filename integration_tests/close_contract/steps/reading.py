"""Step 0: are paths served that lack their final slash, and which headers tell of limits?"""

from __future__ import annotations

from integration_tests.close_contract import headers
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage


def run(stage: Stage) -> list[Fact]:
    seen = [stage.talk.ask("GET", path) for path in ("/me/", "/me", "//me/")]
    served = all(exchange.is_good for exchange in seen)
    exchange = seen[0]
    facts = [
        Fact(
            "slashless",
            "Are a path without its final slash and one with two slashes in a row served?",
            "serve" if served else "refuse",
            seen,
        ),
        Fact("header_families", "Which headers of an answer tell of limits?", headers.about_limits(exchange.headers), seen[:1]),
    ]
    form = headers.form(exchange.headers)
    facts.append(Fact("header_form", "In which form do they?", form or "none", seen[:1]))
    if (reset := headers.reset_form(exchange.headers)) is not None:
        facts.append(Fact("reset_form", "Does the end of a window come in whole seconds?", reset, seen[:1]))
    compressed = headers.lowered(exchange.headers).get("content-encoding") == "gzip"
    facts.append(Fact("gzip", "Are answers compressed for those who accept it?", compressed, seen[:1]))
    # what others did is nobody's business: the answer is looked at and not kept
    alone = stage.talk.ask("GET", "/event/", query={"object_type": "lead", "_limit": "1"})
    return [*facts, Fact("events_by_type_alone", "May the event log be asked for object_type and nothing else?", alone.is_good)]
