"""What happens to one call, from its arrival to its answer?

Faults come first, then the key, then the limits; what passes is carried out and logged.
"""

from __future__ import annotations

import gzip
import heapq
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import formatdate
from itertools import count
from typing import Any

import orjson

from integration_tests.close_sandbox import limits
from integration_tests.close_sandbox.aftermath import Aftermath
from integration_tests.close_sandbox.api import Api, Asked
from integration_tests.close_sandbox.call_log import CallLog
from integration_tests.close_sandbox.clock import Clock, FakeClock, Sleep, iso
from integration_tests.close_sandbox.edge import Edge, edge_headers
from integration_tests.close_sandbox.events import EventLog
from integration_tests.close_sandbox.faults import Fault, Faults, spoilt
from integration_tests.close_sandbox.ids import Ids
from integration_tests.close_sandbox.index import Index
from integration_tests.close_sandbox.limits import Limits, Verdict
from integration_tests.close_sandbox.organization import new_organization
from integration_tests.close_sandbox.problems import Problem, bad_json, chunked, no_such_url, not_json, unauthorized
from integration_tests.close_sandbox.replica import Replica
from integration_tests.close_sandbox.search import Search
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.wire import Answer, Call, Request, read_request
from integration_tests.close_sandbox.world import Cause, Change, World

_JSON = {"content-type": "application/json"}


class Core:
    """One Close organization that answers calls. Safe to use from several threads."""

    def __init__(self, settings: Settings | None = None, clock: Clock = time.time, sleep: Sleep | None = None) -> None:
        self.settings = settings or Settings()
        self.clock = clock
        self.sleep = sleep or _sleep_of(clock)
        self.before_request: list[Callable[[Request], None]] = []
        """Called before every request is looked at: where somebody else gets in between."""

        self.lock = threading.RLock()
        """Held while anything is read or written; hold it to look at `world` and `event_log` in peace."""

        self.start_over()

    def start_over(self) -> None:
        """As if it had just been made: no leads, no custom fields, no calls, no faults; the settings stay."""
        with self.lock:
            self._begin()

    def _begin(self) -> None:
        self.faults = Faults(self._random("faults"))
        self.limits = Limits(self._random("limits"))
        self._edge = Edge()
        self._ids = Ids(self._random("ids"))
        # from a source of their own, so that pipelines and types do not change the ids of leads
        child_ids = Ids(self._random("child ids"))
        self.world = World(self._ids, child_ids)
        self.world.distinct_dates = self.settings.distinct_dates
        self._organization = new_organization(self.settings.organization_name, self._ids, iso(self.clock()), child_ids)
        self._index = Index(lambda: self.settings, self._random("index"))
        self.event_log = EventLog(lambda: self.settings, self._ids, self._random("events"), self._organization.id)
        self._search = Search(self._index, self._organization, self._ids, self._random("search"))
        self._replica = Replica(self.world, lambda: self.settings)
        self._api = Api(
            self.world, self._replica, self._organization, self._index, self._search, self.event_log, self._random("api"), self.clock
        )
        aftermath = Aftermath(self.world, self._organization, lambda: self.settings)
        self.world.listeners += [self._note, self.event_log.note, aftermath.note]
        self._settled = False
        self._late: list[tuple[float, int, Request]] = []
        self._order = count()
        self._log = CallLog(self.settings.keep_calls)

    def _random(self, purpose: str) -> random.Random:
        """One source per purpose, so that more of one thing does not change another."""
        return random.Random(f"{self.settings.seed} {purpose}")

    def _note(self, change: Change) -> None:
        self._index.note(change, settled=self._settled)
        self._replica.note(change, settled=self._settled)

    # --- calls -------------------------------------------------------------------------------------------------------

    def handle(
        self, method: str, path: str, query: str | Mapping[str, str] = "", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Answer one call, taking as long as Close would. An answer with `failure` never reaches its caller."""
        answer = self.decide(method, path, query, headers, body)
        if answer.delay > 0:
            self.sleep(answer.delay)
        return answer

    def decide(
        self, method: str, path: str, query: str | Mapping[str, str] = "", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """The same, at once: `delay` says how long the caller must still be kept waiting."""
        request = read_request(method, path, query, headers or {}, body, self.clock())
        for hook in self.before_request:
            hook(request)
        with self.lock:
            begun = time.perf_counter()
            request.at = now = self.clock()
            self._carry_out_late(now)
            answer, fault, asked = self._answer(request, now)
            answer.delay += self.settings.latency
            if self.settings.gzip and answer.body and "gzip" in request.headers.get("accept-encoding", ""):
                answer.body, answer.headers["content-encoding"] = gzip.compress(answer.body), "gzip"
            answer.headers.setdefault("date", formatdate(now, usegmt=True))
            self._note_call(request, answer, fault, asked, begun)
        return answer

    def _answer(self, request: Request, now: float) -> tuple[Answer, Fault | None, Asked | None]:
        group = limits.group_of(*_effective(request), self.settings)
        if (fault := self.faults.strike(request, "before")) is not None:
            return self._spoilt(fault, None, group, request, now), fault, None
        at_edge = self._edge.ask(request.api_key or "", now, self.settings) if self.settings.rate_limits else None
        if at_edge is not None and not at_edge.allowed:
            # an empty body, as from a proxy
            return Answer(429, edge_headers(at_edge, self.settings)), None, None
        answer, fault, asked = self._within(request, group, now)
        if at_edge is not None and not answer.failure:
            answer.headers.update(edge_headers(at_edge, self.settings))
        return answer, fault, asked

    def _within(self, request: Request, group: str, now: float) -> tuple[Answer, Fault | None, Asked | None]:
        """Behind the limiter at the edge."""
        known = request.api_key in (self.settings.api_key, *self.settings.more_api_keys)
        verdict = self._verdict(group if known else "unauthorized", request, now)
        if verdict is not None and not verdict.allowed:
            return self._refused(verdict), None, None
        if not known:
            return self._with_limits(_problem(unauthorized()), verdict), None, None
        fault = self.faults.strike(request, "after")
        if fault is not None and fault.late:
            heapq.heappush(self._late, (now + fault.late, next(self._order), request))
            return self._spoilt(fault, None, group, request, now), fault, None
        answer, asked = self._carry_out(request, now)
        if fault is not None:
            return self._spoilt(fault, answer, group, request, now), fault, asked
        return self._with_limits(answer, verdict), None, asked

    def _carry_out(self, request: Request, now: float) -> tuple[Answer, Asked | None]:
        asked: Asked | None = None
        try:
            asked = self._understood(request, now)
            body = self._api.answer(asked, role_id=self._organization.users[self._organization.me].role_id)
        except Problem as problem:
            return _problem(problem), asked
        return Answer(asked.status, dict(_JSON), b"" if asked.status == 204 else orjson.dumps(body)), asked

    def _understood(self, request: Request, now: float) -> Asked:
        if not request.tidy and self.settings.slashless == "refuse":
            raise no_such_url()
        method, query, body = request.method, request.query, None
        if method in ("POST", "PUT"):
            body = _json_of(request)
            self._check_size(request)
        if _effective(request)[0] != method:
            method, query = "GET", _params(body)
        cause = Cause(self._organization.me, self._ids.new("req"), request.method, f"/api/v1{request.path}")
        parts = tuple(request.path.strip("/").split("/"))
        return Asked(method, parts, query, body, now, cause, self.settings, _hours(request.headers.get("x-tz-offset")))

    def _check_size(self, request: Request) -> None:
        most = self.settings.max_search_body_bytes
        if most is not None and request.path == "/data/search/" and len(request.body) > most:
            raise Problem(413, {"error": "Request Entity Too Large"})

    # --- limits and faults -------------------------------------------------------------------------------------------

    def _verdict(self, group: str, request: Request, now: float) -> Verdict | None:
        if not self.settings.rate_limits:
            return None
        return self.limits.ask(group, request.api_key or "", now, self.settings)

    def _with_limits(self, answer: Answer, verdict: Verdict | None) -> Answer:
        if verdict is not None:
            answer.headers.update(limits.headers(verdict, self.settings))
        return answer

    def _refused(self, verdict: Verdict) -> Answer:
        return self._with_limits(Answer(429, dict(_JSON), orjson.dumps(limits.refusal(verdict, self.settings))), verdict)

    def _spoilt(self, fault: Fault, answer: Answer | None, group: str, request: Request, now: float) -> Answer:
        spoiled = spoilt(fault, answer)
        if fault.kind == "429":
            verdict = replace(self.limits.look(group, request.api_key or "", now, self.settings), allowed=False)
            spoiled.headers = {**limits.headers(verdict, self.settings), **spoiled.headers}
        return spoiled

    def _carry_out_late(self, now: float) -> None:
        while self._late and self._late[0][0] <= now:
            due, _, request = heapq.heappop(self._late)
            self._carry_out(request, due)

    # --- bookkeeping -------------------------------------------------------------------------------------------------

    def _note_call(self, request: Request, answer: Answer, fault: Fault | None, asked: Asked | None, begun: float) -> None:
        call = Call(
            number=self._log.next_number(),
            method=_effective(request)[0],
            path=request.path,
            group=limits.group_of(*_effective(request), self.settings),
            status=0 if answer.failure else answer.status,
            at=request.at,
            milliseconds=(time.perf_counter() - begun) * 1000,
            body=self._body_for_log(request, asked),
            fault=f"{fault.kind} {fault.when}" if fault else None,
            object_id=asked.written if asked else None,
        )
        self._log.add(call)

    def _body_for_log(self, request: Request, asked: Asked | None) -> Any:
        if not self.settings.keep_bodies or not request.body:
            return None
        if asked is not None:
            return asked.body
        try:
            return orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return None


def _sleep_of(clock: Clock) -> Sleep:
    """A fake clock brings its own sleep."""
    return clock.sleep if isinstance(clock, FakeClock) else time.sleep


def _problem(problem: Problem) -> Answer:
    return Answer(problem.status, {**_JSON, **problem.headers}, orjson.dumps(problem.body))


def _effective(request: Request) -> tuple[str, str]:
    """Method and path; a POST may stand for a GET that would not fit into a URL."""
    override = request.headers.get("x-http-method-override", "").upper()
    return ("GET" if request.method == "POST" and override == "GET" else request.method), request.path


def _json_of(request: Request) -> Any:
    if "chunked" in request.headers.get("transfer-encoding", "").lower():
        raise chunked()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise not_json()
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise bad_json() from None


def _params(body: Any) -> dict[str, str]:
    told = body.get("_params") if isinstance(body, dict) else None
    if not isinstance(told, dict):
        raise bad_json()
    return {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in told.items()}


def _hours(offset: str | None) -> float:
    try:
        hours = float(offset or 0)
    except ValueError:
        return 0.0
    return hours if -24 < hours < 24 else 0.0
