"""Step 8, only if asked for: what does Close answer to too many calls?"""

from __future__ import annotations

from integration_tests.close_contract import headers
from integration_tests.close_contract.queries import leads_named
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange
from integration_tests.close_contract.transport import Call

SEARCHES, READS = 20, 80
_PAUSE = 12.0


def run(stage: Stage) -> list[Fact]:
    searches = stage.talk.together([Call("POST", "/data/search/", {}, leads_named(stage.run)) for _ in range(SEARCHES)])
    facts = _of_a_group(stage, searches)
    stage.talk.sleep(_PAUSE)
    reads = stage.talk.together([Call("GET", "/me/", {}) for _ in range(READS)])
    facts.append(_of_the_edge(reads))
    stage.talk.sleep(_PAUSE)
    return facts


def _of_a_group(stage: Stage, exchanges: list[Exchange]) -> list[Fact]:
    refused = [exchange for exchange in exchanges if exchange.status == 429]
    if not refused:
        return [Fact("retry_after_on_429", "Does a 429 say when to come back?", f"{SEARCHES} searches were all answered.", settled=False)]
    one = refused[0]
    named = headers.lowered(one.headers)
    facts = [
        Fact("retry_after_on_429", "Does a 429 have Retry-After?", "retry-after" in named, refused[:2]),
        Fact("headers_of_429", "Which headers of a 429 tell of limits?", headers.about_limits(one.headers), refused[:1]),
        Fact("seconds_of_429", "Seconds until a search is answered again", _seconds_until_answered(stage), refused[:1]),
    ]
    form = headers.form(one.headers) or ("reset_only" if "ratelimit-reset" in named else "none")
    return [*facts, Fact("header_form", "In which form do headers tell of limits, also of a 429?", form, refused[:1])]


def _seconds_until_answered(stage: Stage) -> float:
    began = stage.talk.clock()
    for _ in range(40):
        stage.talk.sleep(0.5)
        (exchange,) = stage.talk.together([Call("POST", "/data/search/", {}, leads_named(stage.run))])
        if exchange.is_good:
            break
    return round(stage.talk.clock() - began, 1)


def _of_the_edge(exchanges: list[Exchange]) -> Fact:
    question = "Calls a second to all endpoints together, as a limiter in front of Close counts them; none: 80 were answered"
    told = next((limits for exchange in exchanges if (limits := headers.by_the_second(exchange.headers))), None)
    refused = [exchange for exchange in exchanges if exchange.status == 429]
    if told is None and refused:
        told = [len(exchanges) - len(refused)]
    return Fact("edge_limit", question, told or [], refused[:2] or exchanges[:1])
