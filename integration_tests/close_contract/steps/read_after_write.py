"""Step 6: is a read right after a write ever old, or a 404?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange

CHANGES, CREATES, CONTACTS, DELETES = 50, 20, 10, 2
ENOUGH = 3
"""So many old answers to one kind of write, and it is known."""

_PAUSE, _PART, _LONGEST = 0.1, 0.15, 30.0


def run(stage: Stage) -> list[Fact]:
    reading = _Reading(stage)
    for number in range(CHANGES):
        if reading.old.get("change", 0) < ENOUGH:
            reading.after_a_change(number)
    for number in range(CREATES):
        if reading.old.get("create", 0) < ENOUGH:
            reading.after_a_create(number)
    for number in range(CONTACTS):
        if reading.old.get("contact", 0) < ENOUGH:
            reading.after_a_contact(number)
    once = [reading.after_a_delete(number) for number in range(DELETES)]
    question = "Seconds until a read by id, or a list of a lead's contacts, shows a write, at most; 0: at once"
    finding = round(reading.longest, 1)
    stage.seconds_late = max(stage.seconds_late, 2 * finding)
    counts = {"made": reading.made, "old": reading.old}
    return [
        Fact("read_lag", question, finding, reading.seen),
        Fact("reads_after_writes", "How many reads were made at once, and how many of these were old?", counts),
        Fact("deleted_get_stale_once", "Does the first GET after a DELETE still answer, and the second no more?", all(once)),
    ]


class _Reading:
    """Writes, then reads at once on another connection, and again until it is shown."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._talk = stage.talk
        self._lead_id = str(stage.lead["id"])
        self.made: dict[str, int] = {}
        self.old: dict[str, int] = {}
        self.longest = 0.0
        self.seen: list[Exchange] = []

    def after_a_change(self, number: int) -> None:
        key = self._stage.key("lead_number")
        self._talk.good("PUT", self._stage.lead_path, {key: number})
        self._until("change", self._stage.lead_path, {}, lambda one: one.is_good and one.answer.get(key) == number)

    def after_a_create(self, number: int) -> None:
        made = self._stage.new_lead(f"read{number}")
        self._until("create", f"/lead/{made['id']}/", {}, lambda one: one.is_good)

    def after_a_contact(self, number: int) -> None:
        made: Mapping[str, Any] = self._talk.good("POST", "/contact/", {"lead_id": self._lead_id, "name": f"{self._stage.run} {number}"})
        query = {"lead_id": self._lead_id, "_limit": "100"}
        self._until("contact", "/contact/", query, lambda one: one.is_good and any(it["id"] == made["id"] for it in one.answer["data"]))

    def after_a_delete(self, number: int) -> bool:
        path = f"/lead/{self._stage.new_lead(f'gone{number}')['id']}/"
        self._talk.sleep(self.longest + 1.0)
        self._talk.good("DELETE", path)
        first, second = (self._talk.ask("GET", path, at_once=True, fresh=True) for _ in range(2))
        return first.is_good and second.status == 404

    def _until(self, kind: str, path: str, query: Mapping[str, str], is_fresh: Callable[[Exchange], bool]) -> None:
        began = self._talk.clock()
        exchange = self._talk.ask("GET", path, query=query, at_once=True, fresh=True)
        self.made[kind] = self.made.get(kind, 0) + 1
        if is_fresh(exchange):
            return
        self.old[kind] = self.old.get(kind, 0) + 1
        self.seen = [*self.seen, exchange][:4]
        while not is_fresh(exchange) and self._talk.clock() - began < _LONGEST:
            self._talk.sleep(max(_PAUSE, (self._talk.clock() - began) * _PART))
            exchange = self._talk.ask("GET", path, query=query, at_once=True, fresh=True)
        self.longest = max(self.longest, self._talk.clock() - began)
