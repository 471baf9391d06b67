"""Step 5: how long until search and the event log show a create, a change, a delete?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integration_tests.close_contract.queries import custom, email, search, text, where
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import SECONDS_TO_SHOW, Stage

TIMES = 5
_PAUSE, _PART = 0.7, 0.15
"""Seconds between two looks; later a part of the time that has passed, which is then how exact the finding is."""

_A_LITTLE_EARLY = 0.8
"""Of the time that the last write took to be shown, a look at the next one is made."""
_SEARCHES_LEFT = 8
"""For what comes after."""

Shown = Callable[[bool], bool]
"""Whether it is shown now; the first look is made at once."""


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
        if name == "event_lag" and seen:
            stage.events_late = max(stage.events_late, 1.5 * max(seen))
    return facts


@dataclass(slots=True)
class _Poll:
    """Looks at one source until it shows a write."""

    source: str
    shown: Shown
    due: float
    """Seconds after the write."""

    is_first: bool = True


class _Watching:
    """Makes, changes and deletes a lead, and looks after each how long it takes to be seen."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._talk = stage.talk
        self._expected: dict[str, float] = {}
        self.seconds: dict[str, list[float | None]] = {}

    def one_life(self, number: int) -> None:
        stage, value = self._stage, f"{self._stage.run}-lag{number}"
        person = {"name": "lag", "emails": [{"email": stage.email(f"lag{number}")}]}
        by_value = where(custom(stage.fields["lead_text"]), text(value))
        self._talk.rest()
        made = stage.new_lead(f"lag{number}", **{stage.key("lead_text"): value, "contacts": [person]})
        lead_id = str(made["id"])
        self._watch(
            "create", lambda first: self._finds("lead", by_value, first), lambda first: self._log_shows("lead", lead_id, "created", first)
        )
        contact_id = str(stage.contacts_of(made, 1)[0]["id"])
        changed = email(stage.email(f"later{number}"), "phrase")
        self._talk.rest()
        self._talk.good("PUT", f"/contact/{contact_id}/", {"emails": [{"email": stage.email(f"later{number}")}]})
        self._watch(
            "change",
            lambda first: self._finds("contact", changed, first),
            lambda first: self._log_shows("contact", contact_id, "updated", first),
        )
        self._talk.rest()
        self._talk.good("DELETE", f"/lead/{lead_id}/")
        self._watch(
            "delete",
            lambda first: not self._finds("lead", by_value, first),
            lambda first: self._log_shows("lead", lead_id, "deleted", first),
        )

    def _watch(self, what: str, in_search: Shown, in_log: Shown) -> None:
        """Both from the end of the write on."""
        began = self._talk.clock()
        polls = [_Poll(source, shown, self._expected.get(source, 0.0)) for source, shown in (("search", in_search), ("events", in_log))]
        while polls:
            poll = min(polls, key=lambda one: one.due)
            if poll.source == "search" and self._talk.searches_left <= _SEARCHES_LEFT:
                polls.remove(poll)  # nothing is known of it
                continue
            self._talk.sleep(max(0.0, began + poll.due - self._talk.clock()))
            seconds = self._talk.clock() - began
            if poll.shown(poll.is_first):
                self.seconds.setdefault(f"{poll.source} {what}", []).append(round(seconds, 1))
                self._expected[poll.source] = seconds * _A_LITTLE_EARLY
                polls.remove(poll)
            elif seconds > SECONDS_TO_SHOW:
                self.seconds.setdefault(f"{poll.source} {what}", []).append(None)
                polls.remove(poll)
            else:
                poll.is_first = False
                poll.due = seconds + max(_PAUSE, seconds * _PART)

    def _finds(self, object_type: str, query: Mapping[str, Any], at_once: bool) -> bool:
        exchange = self._talk.search(search(object_type, dict(query)), at_once=at_once)
        return exchange.is_good and bool(exchange.answer["data"])

    def _log_shows(self, object_type: str, object_id: str, action: str, at_once: bool) -> bool:
        exchange = self._talk.ask("GET", "/event/", query={"object_type": object_type, "object_id": object_id}, at_once=at_once)
        return exchange.is_good and any(event["action"] == action for event in exchange.answer["data"])
