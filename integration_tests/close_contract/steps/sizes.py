"""Step 12: how long may a text be, how many contacts may be created with a lead, and how long does that take?"""

from __future__ import annotations

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.bisecting import largest
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange

TEXTS = tuple(1024 * 2**power for power in range(11))
CONTACTS = (10, 100, 500, 1000)


def run(stage: Stage) -> list[Fact]:
    return [_text(stage), *_contacts(stage)]


def _text(stage: Stage) -> Fact:
    refused: list[Exchange] = []

    def is_taken(size: int) -> bool:
        exchange = stage.talk.ask("PUT", stage.lead_path, {stage.key("lead_text"): "x" * size})
        refused.extend([] if exchange.is_good else [exchange])
        return exchange.is_good and len(exchange.answer.get(stage.key("lead_text"), "")) == size

    most, finding = 0, None
    for size in TEXTS:
        if not is_taken(size):
            finding = largest(most, size, is_taken)
            break
        most = size
    stage.talk.good("PUT", stage.lead_path, {stage.key("lead_text"): f"{stage.run}-l0"})
    return Fact("longest_text", "Longest text of a custom field in characters; none: a megabyte was taken", finding, refused[:1])


def _contacts(stage: Stage) -> list[Fact]:
    milliseconds: dict[str, int] = {}
    refused: list[Exchange] = []

    def is_taken(count: int) -> bool:
        people = [{"name": f"{number}", "emails": [{"email": stage.email(f"many{number}")}]} for number in range(count)]
        exchange = stage.talk.ask("POST", "/lead/", {"name": f"{stage.run} {count} contacts", "contacts": people})
        if exchange.is_good:
            milliseconds[str(count)] = round(exchange.seconds * 1000)
        else:
            refused.append(exchange)
        return exchange.is_good

    most, finding = 0, None
    for count in CONTACTS:
        if not is_taken(count):
            finding = largest(most, count, is_taken)
            break
        most = count
    return [
        Fact("most_nested_contacts", "Most contacts in the POST of a lead; none: a thousand were taken", finding, refused[:1]),
        Fact("create_milliseconds", "How long does a lead take, by the number of its contacts?", milliseconds),
    ]
