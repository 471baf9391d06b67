"""Step 5: how long until search and the event log show a create, a change, a delete?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integration_tests.close_contract.queries import custom, email, search, text, where
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import SECONDS_TO_SHOW, Stage

TIMES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.7, 8.0
_SEARCHES_LEFT = 8
"""For what comes after."""

Shown = Callable[[], bool]


def run(stage: Stage) -> list[Fact]:
    watching = _Watching(stage)
    for number in range(TIMES):
        if number and stage.talk.searches_left < _SEARCHES_LEFT + 6:
            break
        watching.one_life(number)
    never = [name for name, seconds in watching.seconds.items() if None in seconds]
    facts = [Fact("lags", "Seconds until it is shown: search and event log, by what was done", watching.seconds)]
    for name, source, question in (
        ("index_lag", "search", "Seconds until search shows a write, at most"),
        ("event_lag", "events", "Seconds until the event log shows a write, at most"),
    ):
        seen = [one for key, found in watching.seconds.items() if key.startswith(source) for one in found if one is not None]
        unsettled = any(key.startswith(source) for key in never) or not seen
        finding = f"Not shown within {SECONDS_TO_SHOW:g} seconds." if unsettled else max(seen)
        facts.append(Fact(name, question, finding, settled=not unsettled))
    return facts


class _Watching:
    """Makes, changes and deletes a lead, and looks after each how long it takes to be seen."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._talk = stage.talk
        self.seconds: dict[str, list[float | None]] = {}

    def one_life(self, number: int) -> None:
        stage, value = self._stage, f"{self._stage.run}-lag{number}"
        person = {"name": "lag", "emails": [{"email": stage.email(f"lag{number}")}]}
        made = stage.new_lead(f"lag{number}", **{stage.key("lead_text"): value, "contacts": [person]})
        lead_id = str(made["id"])
        by_value = where(custom(stage.fields["lead_text"]), text(value))
        self._watch("create", lambda: self._finds("lead", by_value), lambda: self._log_shows("lead", lead_id, "created"))
        contact_id = str(self._stage.contacts_of(made, 1)[0]["id"])
        self._talk.good("PUT", f"/contact/{contact_id}/", {"emails": [{"email": stage.email(f"later{number}")}]})
        changed = email(stage.email(f"later{number}"), "phrase")
        self._watch("change", lambda: self._finds("contact", changed), lambda: self._log_shows("contact", contact_id, "updated"))
        self._talk.good("DELETE", f"/lead/{lead_id}/")
        self._watch("delete", lambda: not self._finds("lead", by_value), lambda: self._log_shows("lead", lead_id, "deleted"))

    def _watch(self, what: str, in_search: Shown, in_log: Shown) -> None:
        """Both from the end of the write on, in turns."""
        began, pause = self._talk.clock(), _FIRST_PAUSE
        waiting: dict[str, Shown] = {f"search {what}": in_search, f"events {what}": in_log}
        while waiting and self._talk.clock() - began < SECONDS_TO_SHOW and self._talk.searches_left > _SEARCHES_LEFT:
            for name in [name for name, shown in waiting.items() if shown()]:
                self.seconds.setdefault(name, []).append(round(self._talk.clock() - began, 1))
                del waiting[name]
            if waiting:
                self._talk.sleep(pause)
                pause = min(pause * 1.15, _LONGEST_PAUSE)
        for name in waiting:
            self.seconds.setdefault(name, []).append(None)

    def _finds(self, object_type: str, query: Mapping[str, Any]) -> bool:
        exchange = self._talk.search(search(object_type, dict(query)), at_once=True)
        return exchange.is_good and bool(exchange.answer["data"])

    def _log_shows(self, object_type: str, object_id: str, action: str) -> bool:
        exchange = self._talk.ask("GET", "/event/", query={"object_type": object_type, "object_id": object_id}, at_once=True)
        return exchange.is_good and any(event["action"] == action for event in exchange.answer["data"])
