"""What is Close, from outside: calls in, answers out; and what can a test do to it directly?"""

from __future__ import annotations

import copy
import heapq
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import orjson

from integration_tests.close_sandbox import limits
from integration_tests.close_sandbox.api import Api, Asked
from integration_tests.close_sandbox.bodies import Doc, Reader
from integration_tests.close_sandbox.clock import Clock, FakeClock, Sleep, iso
from integration_tests.close_sandbox.events import EventLog
from integration_tests.close_sandbox.faults import Fault, Faults, spoilt
from integration_tests.close_sandbox.ids import Ids
from integration_tests.close_sandbox.index import Index
from integration_tests.close_sandbox.limits import Limits, Verdict
from integration_tests.close_sandbox.organization import CustomField, Organization, User, check_field_definition
from integration_tests.close_sandbox.problems import Problem, bad_json, chunked, no_such_url, not_json, unauthorized
from integration_tests.close_sandbox.render import Renderer
from integration_tests.close_sandbox.search import Search
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.wire import Answer, Call, Request, read_request
from integration_tests.close_sandbox.world import Cause, Change, ObjectType, World

_JSON = {"content-type": "application/json"}


class Close:
    """One Close organization in memory. Safe to use from several threads."""

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
        self._ids = Ids(self._random("ids"))
        self.world = World(self._ids)
        self.world.distinct_dates = self.settings.distinct_dates
        self._organization = self._new_organization()
        self._index = Index(lambda: self.settings, self._random("index"))
        self.event_log = EventLog(lambda: self.settings, self._ids, self._random("events"), self._organization.id)
        self._search = Search(self._index, self._organization, self._ids, self._random("search"))
        self._api = Api(self.world, self._organization, self._index, self._search, self.event_log, self._ids, self._random("api"))
        self.world.listeners += [self._note, self.event_log.note]
        self._settled = False
        self._late: list[tuple[float, int, Request]] = []
        self._order = count()
        self._calls: deque[Call] = deque(maxlen=self.settings.keep_calls)
        self._by_endpoint: Counter[str] = Counter()
        self._by_status: Counter[int] = Counter()
        self._number = 0

    def _random(self, purpose: str) -> random.Random:
        """One source per purpose, so that more of one thing does not change another."""
        return random.Random(f"{self.settings.seed} {purpose}")

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
            self._log(request, answer, fault, asked, begun)
        return answer

    def _answer(self, request: Request, now: float) -> tuple[Answer, Fault | None, Asked | None]:
        group = limits.group_of(*_effective(request))
        if (fault := self.faults.strike(request, "before")) is not None:
            return self._spoilt(fault, None, group, request, now), fault, None
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
        return Answer(200, dict(_JSON), orjson.dumps(body)), asked

    def _understood(self, request: Request, now: float) -> Asked:
        if not (request.path.startswith("/") and request.path.endswith("/")):
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

    # --- the log of calls --------------------------------------------------------------------------------------------

    def _log(self, request: Request, answer: Answer, fault: Fault | None, asked: Asked | None, begun: float) -> None:
        self._number += 1
        call = Call(
            number=self._number,
            method=_effective(request)[0],
            path=request.path,
            group=limits.group_of(*_effective(request)),
            status=0 if answer.failure else answer.status,
            at=request.at,
            milliseconds=(time.perf_counter() - begun) * 1000,
            body=self._body_for_log(request, asked),
            fault=f"{fault.kind} {fault.when}" if fault else None,
            object_id=asked.written if asked else None,
        )
        self._calls.append(call)
        self._by_endpoint[call.endpoint] += 1
        self._by_status[call.status] += 1

    def _body_for_log(self, request: Request, asked: Asked | None) -> Any:
        if not self.settings.keep_bodies or not request.body:
            return None
        if asked is not None:
            return asked.body
        try:
            return orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def calls(self) -> list[Call]:
        """The calls made, oldest first; direct doings of a test are not among them."""
        with self.lock:
            return list(self._calls)

    def calls_by_endpoint(self) -> dict[str, int]:
        """`{"POST /data/search/": 2, "PUT /contact/{id}/": 1}`"""
        with self.lock:
            return dict(self._by_endpoint)

    def calls_by_status(self) -> dict[int, int]:
        """0 stands for calls that got no answer."""
        with self.lock:
            return dict(self._by_status)

    def forget_calls(self) -> None:
        with self.lock:
            self._calls.clear()
            self._by_endpoint.clear()
            self._by_status.clear()

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def leads(self) -> dict[str, Doc]:
        """Every lead by id, as a GET by id answers, oldest first."""
        with self.lock:
            self._carry_out_late(self.clock())
            return {lead_id: self._lead_answer(doc) for lead_id, doc in self.world.leads.items()}

    @property
    def contacts(self) -> dict[str, Doc]:
        """Every contact by id, as a GET by id answers, oldest first."""
        with self.lock:
            self._carry_out_late(self.clock())
            return {contact_id: self._contact_answer(doc) for contact_id, doc in self.world.contacts.items()}

    def lead(self, lead_id: str) -> Doc:
        """Raises KeyError."""
        with self.lock:
            self._carry_out_late(self.clock())
            return self._lead_answer(self.world.leads[lead_id])

    def contact(self, contact_id: str) -> Doc:
        """Raises KeyError."""
        with self.lock:
            self._carry_out_late(self.clock())
            return self._contact_answer(self.world.contacts[contact_id])

    def contacts_of(self, lead_id: str) -> list[Doc]:
        with self.lock:
            self._carry_out_late(self.clock())
            return [self._contact_answer(doc) for doc in self.world.contacts_of(lead_id)]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event, oldest first, whether the event log shows it yet or not."""
        with self.lock:
            return [self.event_log.answer(event) for event in self.event_log.all if not event.merged_into_later]

    @property
    def organization(self) -> Organization:
        return self._organization

    @property
    def me(self) -> str:
        """Id of the user whose API key it is."""
        return self._organization.me

    @property
    def lead_count(self) -> int:
        return len(self.world.leads)

    @property
    def contact_count(self) -> int:
        return len(self.world.contacts)

    def _lead_answer(self, doc: Doc) -> Doc:
        return copy.deepcopy(self._plain_renderer().lead(doc))

    def _contact_answer(self, doc: Doc) -> Doc:
        return copy.deepcopy(self._plain_renderer().contact(doc))

    def _plain_renderer(self) -> Renderer:
        plain = self.settings.but(shuffle_answers=False, nested_contacts=True, contact_ids=True)
        return self._api.renderer(plain)

    # --- what somebody else does -------------------------------------------------------------------------------------

    def change(self, **switches: Any) -> None:
        """Switch settings from now on."""
        with self.lock:
            self.settings = self.settings.but(**switches)
            self.world.distinct_dates = self.settings.distinct_dates

    def add_lead(self, fields: Mapping[str, Any] | None = None, /, *, settled: bool = True, **more: Any) -> Doc:
        """A lead that is there already, with `contacts` if given; `settled` makes it searchable at once. Returns the lead."""
        with self._doing(settled) as (now, cause):
            changes, contacts = self._free_reader().lead({**(fields or {}), **more}, None)
            return self._lead_answer(self.world.create_lead(changes, contacts, now, cause))

    def add_contact(self, lead_id: str, fields: Mapping[str, Any] | None = None, /, *, settled: bool = True, **more: Any) -> Doc:
        with self._doing(settled) as (now, cause):
            changes = self._free_reader().contact({**(fields or {}), **more}, None, self.world.contact_ids[lead_id])
            return self._contact_answer(self.world.create_contact(lead_id, changes, now, cause))

    def edit_lead(self, lead_id: str, changes: Mapping[str, Any], *, settled: bool = False) -> Doc:
        """A colleague changes a lead, with the body of a PUT."""
        with self._doing(settled) as (now, cause):
            wanted, _ = self._free_reader().lead(dict(changes), self.world.leads[lead_id], self.world.contact_ids[lead_id])
            return self._lead_answer(self.world.update("lead", lead_id, wanted, now, cause, even_if_same=False))

    def edit_contact(self, contact_id: str, changes: Mapping[str, Any], *, settled: bool = False) -> Doc:
        """A colleague changes a contact, with the body of a PUT."""
        with self._doing(settled) as (now, cause):
            old = self.world.contacts[contact_id]
            wanted = self._free_reader().contact(dict(changes), old, self.world.contact_ids[old["lead_id"]])
            return self._contact_answer(self.world.update("contact", contact_id, wanted, now, cause, even_if_same=False))

    def plant(self, object_id: str, keys: Mapping[str, Any], *, settled: bool = True) -> None:
        """Stored keys set as they are, whatever the API would have said: blank ids, odd phones, old dates."""
        with self._doing(settled) as (now, cause):
            self.world.plant(_type_of(object_id), object_id, keys, now, cause)

    def move_contact(self, contact_id: str, lead_id: str, *, settled: bool = False) -> None:
        with self._doing(settled) as (now, cause):
            self.world.move_contact(contact_id, lead_id, now, cause)

    def delete(self, object_id: str, *, settled: bool = False) -> None:
        """A colleague deletes a lead, with its contacts, or a contact."""
        with self._doing(settled) as (now, cause):
            gone = self.world.delete_lead if _type_of(object_id) == "lead" else self.world.delete_contact
            gone(object_id, now, cause)

    def merge(self, source: str, destination: str, *, settled: bool = False) -> None:
        """A colleague merges one lead into another."""
        with self._doing(settled) as (now, cause):
            self.world.merge(source, destination, now, cause)

    def settle(self) -> None:
        """Whatever was written becomes searchable, and what is still under way is carried out."""
        with self.lock:
            self._carry_out_late(float("inf"))
            self._index.flush()

    def settle_late(self) -> None:
        """What is due by now of the effects that became real late."""
        with self.lock:
            self._carry_out_late(self.clock())

    @property
    def unindexed(self) -> int:
        """Changes that search does not show yet."""
        with self.lock:
            self._index.catch_up(self.clock())
            return self._index.waiting

    def spend(self, group: str, calls: int, *, api_key: str = "somebody else's") -> None:
        """Others use up some of the limit: with their key that of the organization, with ours both."""
        with self.lock:
            self.limits.spend(group, calls, api_key, self.clock(), self.settings)

    def _free_reader(self) -> Reader:
        return Reader(self._organization, self.settings, None)

    def _doing(self, settled: bool) -> _Doing:
        return _Doing(self, settled)

    def _note(self, change: Change) -> None:
        self._index.note(change, settled=self._settled)

    # --- the organization --------------------------------------------------------------------------------------------

    def add_status(self, label: str, *, id: str | None = None) -> str:
        with self.lock:
            status_id = id or self._ids.new("stat")
            self._organization.statuses[status_id] = label
            return status_id

    def add_user(self, first_name: str, last_name: str = "", *, email: str | None = None, role_id: str | None = None) -> str:
        with self.lock:
            user = User(
                id=self._ids.new("user"),
                first_name=first_name,
                last_name=last_name,
                email=email or f"{first_name.lower()}@sandbox.example",
                role_id=role_id or self._ids.new("role"),
                created=iso(self.clock()),
            )
            self._organization.users[user.id] = user
            return user.id

    def add_custom_field(
        self,
        objects: str | Sequence[str],
        name: str,
        type: str = "text",
        *,
        choices: Iterable[str] | None = None,
        many: bool = False,
        shared: bool | None = None,
        roles: Iterable[str] = (),
        description: str | None = None,
        id: str | None = None,
    ) -> str:
        """A custom field on `"lead"`, on `"contact"`, or, shared, on both: `("lead", "contact")`. Returns its id, `cf_...`."""
        places = (objects,) if isinstance(objects, str) else tuple(objects)
        offered = tuple(choices) if choices is not None else None
        told = {"name": name, "type": type, "choices": list(offered or ()), "accepts_multiple_values": many, "description": description}
        if wrong := check_field_definition(told):
            raise ValueError(f"custom field {name}: {wrong}")
        with self.lock:
            field = CustomField(
                id=id or self._ids.new("cf"),
                name=name,
                type=type,
                objects=places,
                shared=len(places) > 1 if shared is None else shared,
                choices=offered,
                many=many,
                roles=tuple(roles),
                description=description,
                created=iso(self.clock()),
            )
            self._organization.fields[field.id] = field
            return field.id

    def remove_custom_field(self, field_id: str) -> None:
        with self.lock:
            del self._organization.fields[field_id]

    def rename_custom_field(self, field_id: str, name: str) -> None:
        with self.lock:
            self._organization.fields[field_id] = replace(self._organization.fields[field_id], name=name)

    def _new_organization(self) -> Organization:
        new = self._ids.new
        made = Organization(
            id=new("orga"),
            name=self.settings.organization_name,
            created=iso(self.clock()),
            membership_id=new("memb"),
            pipeline_id=new("pipe"),
            pipeline_status_id=new("stat"),
        )
        self._organization = made
        made.me = self.add_user("Ann", "Lee", role_id="role_admin")
        made.somebody = self.add_user("Rob", "Reps", role_id="role_user")
        for label in ("Potential", "Bad Fit", "Qualified", "Customer"):
            self.add_status(label)
        return made


def _sleep_of(clock: Clock) -> Sleep:
    """A fake clock brings its own sleep."""
    return clock.sleep if isinstance(clock, FakeClock) else time.sleep


class _Doing:
    """The time and the colleague of something done directly, under the lock."""

    def __init__(self, close: Close, settled: bool) -> None:
        self._close = close
        self._settled = settled

    def __enter__(self) -> tuple[float, Cause]:
        close = self._close
        close.lock.acquire()
        now = close.clock()
        close._carry_out_late(now)
        close._settled = self._settled
        return now, Cause(close._organization.somebody, "")

    def __exit__(self, *_: object) -> None:
        self._close._settled = False
        self._close.lock.release()


def _type_of(object_id: str) -> ObjectType:
    return "lead" if object_id.startswith("lead_") else "contact"


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
