"""How are recorded exchanges with the real Close played to the sandbox, and where does it answer otherwise?"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from integration_tests.close_sandbox import Answer, Close, FakeClock, Settings
from integration_tests.close_sandbox.clock import seconds_of
from integration_tests.close_sandbox.limits import group_of

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "recordings"
LEADS_AND_CONTACTS = FOLDER / "2022-leads-and-contacts.jsonl"
OTHERS = FOLDER / "2017-2022-other-endpoints.jsonl"
MISSING = "recordings of the real Close are not beside this checkout"

AS_IN_2022 = Settings(header_form="old", reset_form="decimal", distinct_dates=False, contact_ids=False, edge_limit=())

WINDOW = 8

SINCE = {"is_unsubscribed": "of emails, in the published schema of 2026"}
"""Keys that the sandbox has and Close had not in 2022."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(\+00:00)?")
_NEAR = 3.0
"""Seconds between the moments at which Close and the sandbox do the same, at most; the clock stands at the start of a call."""

Json = Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and its answer."""

    session: str
    number: int
    method: str
    path: str
    query: Mapping[str, str]
    body: Json
    status: int
    headers: Mapping[str, str]
    answer: Json

    @property
    def latest_end(self) -> int:
        """When the window of the limit ended at the latest, in whole seconds: what was counted then is dated when it is answered."""
        dated = int(parsedate_to_datetime(self.headers["date"]).timestamp())
        return math.floor(dated + 1 + self.reset)

    @property
    def reset(self) -> float:
        return float(self.headers["x-rate-limit-reset"])

    @property
    def remaining(self) -> int:
        return int(self.headers["x-rate-limit-remaining"])

    @property
    def group(self) -> str:
        return group_of(self.method, self.path, AS_IN_2022)


def exchanges(path: Path) -> list[Exchange]:
    """All of a file, in order; none where it is not there."""
    if not path.exists():
        return []
    return [_exchange(json.loads(line), number) for number, line in enumerate(path.read_text(encoding="utf-8").splitlines())]


def _exchange(told: Mapping[str, Any], line: int) -> Exchange:
    query = {name: unquote(value) for name, value in (told.get("query") or {}).items()}
    headers = {name.lower(): value for name, value in told["headers"].items()}
    number = told.get("number", line)
    return Exchange(told["session"], number, told["method"], told["path"], query, told["body"], told["status"], headers, told["answer"])


def sessions(path: Path) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for exchange in exchanges(path):
        found.setdefault(exchange.session, []).append(exchange)
    return found


def moments(session: list[Exchange]) -> dict[int, float]:
    """When each call was counted: the part of a second is in its header, and which second it was follows from the windows' grid.

    A call took up to a second, a few took two; of the moments that are possible it is that at which all windows of a limit lie on one
    grid. Raises ValueError where there is none.
    """
    found: dict[int, float] = {}
    for chain in _chains(session):
        phase = next((phase for seconds in (1, 2) if (phase := _phase(chain, seconds)) is not None), None)
        if phase is None:
            raise ValueError(f"no grid fits the windows of {chain[0].group}")
        for call in chain:
            end = max(end for end in _ends(call, 2) if end % WINDOW == phase)
            found[call.number] = end - call.reset
    return found


def _phase(chain: list[Exchange], seconds: int) -> int | None:
    """Where on the grid all windows may have ended, if calls took up to so many seconds; the latest of several such places."""
    possible = frozenset.intersection(*(frozenset(end % WINDOW for end in _ends(call, seconds)) for call in chain))
    latest = chain[0].latest_end
    return min(possible, key=lambda phase: (latest - phase) % WINDOW, default=None)


def _ends(call: Exchange, seconds: int) -> range:
    return range(call.latest_end - seconds, call.latest_end + 1)


def _chains(session: list[Exchange]) -> Iterator[list[Exchange]]:
    """Calls that count against one limit, without a pause after which its grid would be forgotten."""
    by_group: dict[str, list[Exchange]] = {}
    for exchange in session:
        by_group.setdefault(exchange.group, []).append(exchange)
    for calls in by_group.values():
        chain = calls[:1]
        for call in calls[1:]:
            if call.latest_end - chain[-1].latest_end > 2 * WINDOW:
                yield chain
                chain = []
            chain.append(call)
        yield chain


class Replay:
    """One session, played to a sandbox that holds what the session found there."""

    def __init__(self, session: list[Exchange]) -> None:
        self._session = session
        self._moments = moments(session)
        self._clock = FakeClock(self._moments[session[0].number])
        self.close = Close(AS_IN_2022, self._clock)
        self._ours: dict[str, str] = {}
        """Ids of the sandbox by recorded ids."""

        self._seed()
        self._begin_windows()

    def differences(self) -> Iterator[str]:
        """Where the sandbox answers otherwise, one line each."""
        for exchange in self._session:
            self._clock.advance(max(0.0, self._moments[exchange.number] - self._clock()))
            ours = self._ask(exchange)
            where = f"{exchange.number} {exchange.method} {exchange.path}"
            if ours.status != exchange.status:
                yield f"{where}: {ours.status} instead of {exchange.status}"
                continue
            answer = json.loads(ours.body)
            self._learn(exchange.answer, answer)
            yield from (f"{where}: {one}" for one in self._compared(self._translated(exchange.answer), answer, ""))
            yield from (f"{where}: {one}" for one in _headers(exchange, ours))

    def _ask(self, exchange: Exchange) -> Answer:
        headers = {"content-type": "application/json", "authorization": "Basic " + _basic(self.close.settings.api_key)}
        body = b"" if exchange.body is None else json.dumps(self._translated(exchange.body)).encode()
        return self.close.decide(exchange.method, "/api/v1" + self._translated(exchange.path), exchange.query, headers, body)

    def _begin_windows(self) -> None:
        """Others called before the session began, and their windows go on."""
        for group in {exchange.group for exchange in self._session}:
            first = next(exchange for exchange in self._session if exchange.group == group)
            begun = round(self._moments[first.number] + first.reset) - WINDOW
            self.close.limits.spend(group, 0, self.close.settings.api_key, float(begun), self.close.settings)

    # --- ids ---------------------------------------------------------------------------------------------------------

    def _learn(self, recorded: Json, ours: Json) -> None:
        """What was made just now has one id there and another here."""
        if isinstance(recorded, dict) and isinstance(ours, dict) and "id" in recorded and "id" in ours:
            self._ours.setdefault(recorded["id"], ours["id"])

    def _translated(self, told: Json) -> Json:
        text = json.dumps(told)
        for theirs, ours in self._ours.items():
            text = text.replace(theirs, ours)
        return json.loads(text)

    # --- what was there before ---------------------------------------------------------------------------------------

    def _seed(self) -> None:
        self._people()
        began = self._clock()
        made = {exchange.answer["id"] for exchange in self._session if exchange.method == "POST" and "id" in exchange.answer}
        for exchange in self._session:
            data = exchange.answer.get("data") if exchange.method == "GET" else None
            for one in data or ():
                if one["id"] in made or one["id"] in self._ours or seconds_of(one["date_created"]) > began:
                    continue
                if exchange.path.startswith("/custom_field/"):
                    self._add_field(one, exchange.path.split("/")[2])
                elif exchange.path == "/lead/":
                    self._add_lead(one)
        for exchange in self._session:
            if exchange.path == "/data/search/":
                self._add_contacts(exchange, made)
        self.close.settle()

    def _people(self) -> None:
        """The organization, its first status, and the user whose key it is."""
        text = "".join(json.dumps(exchange.answer) for exchange in self._session)
        for prefix, ours in (
            ("user", self.close.me),
            ("orga", self.close.organization.id),
            ("stat", next(iter(self.close.organization.statuses))),
        ):
            self._ours |= dict.fromkeys(re.findall(rf"{prefix}_\w+", text), ours)

    def _add_field(self, one: Json, place: str) -> None:
        made = self.close.organization.add_field(one, (place,), one["date_created"], updated=one["date_updated"])
        self._ours[one["id"]] = made.id

    def _add_lead(self, one: Json) -> None:
        made = self.close.add_lead({key: one[key] for key in ("name", "description", "url", "addresses", "date_created")})
        self.close.plant(made["id"], {key: self._translated(one[key]) for key in ("date_updated", "created_by", "updated_by")})
        self._ours[one["id"]] = made["id"]

    def _add_contacts(self, exchange: Exchange, made: set[str]) -> None:
        """Of contacts found by email, the email is that which was asked for."""
        for one in exchange.answer["data"]:
            if one["id"] not in made and one["id"] not in self._ours:
                asked = re.findall(r'"value": "([^"]+@[^"]+)"', json.dumps(exchange.body))
                contact = {"name": one["name"], "emails": [{"email": address} for address in asked]}
                self._ours[one["id"]] = self.close.add_contact(self._ours[one["lead_id"]], contact)["id"]

    # --- comparing ---------------------------------------------------------------------------------------------------

    def _compared(self, recorded: Json, ours: Json, at: str) -> Iterator[str]:
        if isinstance(recorded, dict) and isinstance(ours, dict):
            yield from (f"{at}.{key} is missing" for key in recorded if key not in ours)
            yield from (f"{at}.{key} is too much" for key in ours if key not in recorded and key not in SINCE)
            for key, value in recorded.items():
                if key in ours:
                    yield from self._compared(value, ours[key], f"{at}.{key}")
        elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
            for position, (one, other) in enumerate(zip(recorded, ours, strict=True)):
                yield from self._compared(one, other, f"{at}[{position}]")
        elif isinstance(recorded, str) and isinstance(ours, str) and _DATE.fullmatch(recorded):
            yield from _dates(recorded, ours, at)
        elif type(recorded) is not type(ours) or recorded != ours:
            yield f"{at} is {ours!r} instead of {recorded!r}"


def _dates(recorded: str, ours: str, at: str) -> Iterator[str]:
    form = _DATE.fullmatch(ours)
    if form is None or bool(form[1]) != recorded.endswith("+00:00") or ours.endswith("000+00:00") != recorded.endswith("000+00:00"):
        yield f"{at} has the form {ours} instead of {recorded}"
    elif abs(seconds_of(recorded) - seconds_of(ours)) > _NEAR:
        yield f"{at} is {ours} instead of {recorded}"


def _headers(recorded: Exchange, ours: Answer) -> Iterator[str]:
    for name in ("x-rate-limit-limit", "x-rate-limit-remaining", "content-type"):
        if ours.headers.get(name) != recorded.headers[name]:
            yield f"{name} is {ours.headers.get(name)} instead of {recorded.headers[name]}"
    reset = "x-rate-limit-reset"
    if abs(float(ours.headers[reset]) - float(recorded.headers[reset])) > 0.001:
        yield f"{reset} is {ours.headers[reset]} instead of {recorded.headers[reset]}"


def _basic(key: str) -> str:
    return base64.b64encode(f"{key}:".encode()).decode()
