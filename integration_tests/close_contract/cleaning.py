"""How is everything that a run made taken away again, also what it was killed over?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integration_tests.close_contract.journal import Journal
from integration_tests.close_contract.queries import leads_named
from integration_tests.close_contract.safety import carries
from integration_tests.close_contract.talk import Talk

SECONDS_TO_VANISH = 120.0
"""Deleted leads have been seen in lists for a minute."""

_FIELDS = "/custom_field/"
_MOST_PAGES = 40


def clean(talk: Talk, run: str, journal: Journal) -> list[str]:
    """Delete all of it: what the journal names, then the event log, then a search. Returns what is still there, by path and id."""
    talk.is_cleaning = True
    tried: dict[str, None] = {}
    for path in _paths_of_leads(talk, run, journal):
        if path not in tried:
            tried[path] = None
            _delete(talk, path, run)
    fields = [f"{made.path}{made.id}/" for made in journal.made() if made.path.startswith(_FIELDS)]
    fields += [path for path in _fields_named(talk, run) if path not in fields]
    for path in fields:
        _delete(talk, path, run)
    return [*_still_there(talk, [*tried, *fields]), *_still_found(talk, run)]


def _paths_of_leads(talk: Talk, run: str, journal: Journal) -> Iterator[str]:
    """Leads first: their contacts go with them. A contact of its own may have been made with a lead, which bears its name."""
    made = journal.made()
    yield from (f"/lead/{one.id}/" for one in made if one.path == "/lead/")
    yield from (f"/lead/{lead_id}/" for lead_id in _in_the_event_log(talk, run, journal))
    yield from (f"/lead/{hit['id']}/" for hit in _found(talk, run))


def _in_the_event_log(talk: Talk, run: str, journal: Journal) -> Iterator[str]:
    """Leads that this user made since the run began and that bear its name."""
    head = journal.head()
    if head is None:
        return
    query = {"user_id": head["user"], "object_type": "lead", "action": "created", "date_updated__gte": head["at"], "_limit": "50"}
    for _ in range(_MOST_PAGES):
        exchange = talk.ask("GET", "/event/", query=query)
        if not exchange.is_good:
            return
        yield from (event["object_id"] for event in exchange.answer["data"] if carries(event.get("data"), run))
        if not exchange.answer.get("cursor_next"):
            return
        query = {key: value for key, value in query.items() if not key.startswith("date_")} | {"_cursor": exchange.answer["cursor_next"]}


def _found(talk: Talk, run: str) -> list[Mapping[str, Any]]:
    exchange = talk.search(leads_named(run))
    hits = exchange.answer.get("data", []) if exchange.is_good else []
    return [hit for hit in hits if carries(hit, run)]


def _fields_named(talk: Talk, run: str) -> Iterator[str]:
    for kind in ("lead", "contact", "shared"):
        exchange = talk.ask("GET", f"{_FIELDS}{kind}/", query={"_limit": "200"})
        for one in exchange.answer.get("data", []) if exchange.is_good else ():
            if carries(one, run):
                yield f"{_FIELDS}{kind}/{one['id']}/"


def _delete(talk: Talk, path: str, run: str) -> None:
    """Only what bears the name of the run."""
    exchange = talk.ask("GET", path)
    # a copy of the database that is late may not know yet what the journal names
    if exchange.status == 404 or (exchange.is_good and carries(exchange.answer, run)):
        talk.ask("DELETE", path)


def _still_there(talk: Talk, paths: list[str]) -> list[str]:
    """What can still be read by id after a while; a copy of the database may be late."""
    left = paths
    until = talk.clock() + SECONDS_TO_VANISH
    while True:
        left = [path for path in left if talk.ask("GET", path).status != 404]
        if not left or talk.clock() > until:
            return left
        talk.sleep(5.0)


def _still_found(talk: Talk, run: str) -> list[str]:
    until = talk.clock() + SECONDS_TO_VANISH
    pause = 1.0
    while found := _found(talk, run):
        if talk.clock() > until:
            return [f"/lead/{hit['id']}/ (in the search)" for hit in found]
        talk.sleep(pause)
        pause = min(pause * 1.5, 15.0)
    return []
