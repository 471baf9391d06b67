"""Does Close get what it expects, and does the connector learn what it must do next, whatever comes back?"""

from __future__ import annotations

import base64
import io
import itertools
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import orjson
import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from destination_close.close import BASE_URL, Close, base_url_from
from destination_close.close.client import BASE_URL_VARIABLE, MOST_ANSWER_BYTES, MOST_HITS, SEARCH_TRIES
from destination_close.model import (
    CONTACT,
    LEAD,
    Complaint,
    ConfigError,
    Gone,
    Refused,
    SearchTooBig,
    Stopping,
    TransientError,
    Unanswered,
    errors,
)
from destination_close.pacing import Pacer
from destination_close.version import VERSION
from integration_tests.close_sandbox import CALM, FakeClock, Fault, SandboxAdapter
from integration_tests.close_sandbox import Close as Sandbox
from integration_tests.close_sandbox.server import running_server
from unit_tests.support.privacy import spellings

KEY = "api_0123456789abcdefghijkl.mnopqrstuvwxyz01234567"
CANARY = "c4n4rY"
"""Stands in every body and query that is sent, and in whatever Close says."""

OUTAGE = 300.0


# --- a Close that says what it is told to ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] | None = None

    def to(self, request: requests.PreparedRequest) -> requests.Response:
        response = requests.Response()
        response.status_code, response.request, response.url = self.status, request, request.url or ""
        response.headers.update(self.headers or {})
        body = {"id": "x", "data": [], "fields": []} if self.body is None else self.body
        response.raw = io.BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
        return response


class Scripted(BaseAdapter):
    """Gives one answer after the other, raises what is an exception, and keeps what was asked."""

    def __init__(self, answers: Iterable[Said | Exception]) -> None:
        super().__init__()
        self._answers = iter(answers)
        self.requests: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        self.requests.append(request)
        self.options.append(options)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer.to(request)

    def close(self) -> None:
        """Nothing is open."""

    @property
    def bodies(self) -> list[Any]:
        return [orjson.loads(request.body or b"null") for request in self.requests]

    @property
    def paths(self) -> list[str]:
        return [(request.url or "").removeprefix(BASE_URL) for request in self.requests]


class Waits(FakeClock):
    """Time that passes only while somebody waits, and how long each wait was."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

        self._slept = 0

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.advance(seconds)

    def sleep(self, seconds: float) -> None:
        self._slept += 1
        assert self._slept < 1_000_000, "nobody will ever wake up"
        super().sleep(seconds)


def a_client(adapter: BaseAdapter | None, waits: Waits, **more: Any) -> Close:
    settings: dict[str, Any] = {"base_url": BASE_URL, "clock": waits, "wait": waits.wait, "jitter": lambda: 0.5, **more}
    return Close(settings.pop("api_key", KEY), pacer=Pacer(clock=settings["clock"], sleep=waits.sleep), adapter=adapter, **settings)


def scripted(*answers: Said | Exception, then: Iterable[Said | Exception] = (), **more: Any) -> tuple[Close, Scripted, Waits]:
    clock, adapter = Waits(), Scripted(itertools.chain(answers, then))
    return a_client(adapter, clock, **more), adapter, clock


def for_ever(answer: Said | Exception) -> Iterator[Said | Exception]:
    return itertools.repeat(answer)


def at_sandbox(**settings: Any) -> tuple[Close, Sandbox, Waits]:
    clock = Waits()
    sandbox = Sandbox(CALM.but(**settings), clock, clock.sleep)
    return a_client(SandboxAdapter(sandbox), clock, api_key=CALM.api_key), sandbox, clock


# --- how it goes wrong -----------------------------------------------------------------------------------------------


def lost_in_time() -> Exception:
    return requests.ReadTimeout(f"Read timed out. {CANARY}")


def dropped() -> Exception:
    return requests.ConnectionError(ProtocolError(f"Connection aborted. {CANARY}", ConnectionResetError(104, "reset by peer")))


def cut() -> Exception:
    return requests.exceptions.ChunkedEncodingError(ProtocolError(f"Connection broken: IncompleteRead {CANARY}"))


def refused() -> Exception:
    no_connection = NewConnectionError(HTTPConnection("close"), f"[Errno 111] Connection refused {CANARY}")
    return requests.ConnectionError(MaxRetryError(HTTPConnectionPool("close"), f"/{CANARY}", no_connection))


def no_connection_in_time() -> Exception:
    return requests.ConnectTimeout(f"Connection timed out. {CANARY}")


UNNAMED = {"error": f"You may not do this, {CANARY}."}
NAMED = {"errors": [], "field-errors": {"name": f"Not allowed: {CANARY}"}}

QUERY = {"query": {"type": "match_all", "value": CANARY}}
BODY = {"name": CANARY, "lead_id": "lead_x"}

CALLS: dict[str, Callable[[Close], Any]] = {
    "me": lambda close: close.me(),
    "field_schema": lambda close: close.field_schema("lead"),
    "lead_statuses": lambda close: close.lead_statuses(),
    "users": lambda close: close.users(),
    "events": lambda close: close.events({"object_type": "lead", "lead_id": CANARY}),
    "search": lambda close: close.search(QUERY),
    "get_lead": lambda close: close.get(LEAD, "lead_x"),
    "get_contact": lambda close: close.get(CONTACT, "cont_x"),
    "contacts_of_lead": lambda close: close.listed(CONTACT, "lead_x"),
    "create_lead": lambda close: close.create(LEAD, BODY),
    "create_contact": lambda close: close.create(CONTACT, BODY),
    "update_lead": lambda close: close.update(LEAD, "lead_x", BODY),
    "update_contact": lambda close: close.update(CONTACT, "cont_x", lambda: BODY),
}
CREATES = ("create_lead", "create_contact")
UPDATES = ("update_lead", "update_contact")
BY_ID = ("get_lead", "get_contact", "contacts_of_lead", *UPDATES)
HARMLESS_TWICE = tuple(name for name in CALLS if name not in CREATES)


def kind_of(name: str) -> str:
    return "create" if name in CREATES else "update" if name in UPDATES else "search" if name == "search" else "read"


# --- what is sent ----------------------------------------------------------------------------------------------------

PATHS = {
    "me": "GET /me/",
    "field_schema": "GET /custom_field_schema/lead/",
    "lead_statuses": "GET /status/lead/",
    "users": "GET /user/?_limit=100&_skip=0",
    "events": f"GET /event/?object_type=lead&lead_id={CANARY}&_limit=50",
    "search": "POST /data/search/",
    "get_lead": "GET /lead/lead_x/",
    "get_contact": "GET /contact/cont_x/",
    "contacts_of_lead": "GET /contact/?lead_id=lead_x&_limit=100&_skip=0",
    "create_lead": "POST /lead/",
    "create_contact": "POST /contact/",
    "update_lead": "PUT /lead/lead_x/",
    "update_contact": "PUT /contact/cont_x/",
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_goes_to_its_path_which_ends_with_a_slash(name: str) -> None:
    close, adapter, _ = scripted(Said())
    CALLS[name](close)
    assert [f"{request.method} {path}" for request, path in zip(adapter.requests, adapter.paths, strict=True)] == [PATHS[name]]


@pytest.mark.parametrize("name", CALLS)
def test_every_call_carries_the_key_and_identifies_the_connector(name: str) -> None:
    close, adapter, _ = scripted(Said())
    CALLS[name](close)
    headers = adapter.requests[0].headers
    assert headers["Authorization"] == "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
    assert headers["User-Agent"] == f"airbyte-destination-close/{VERSION}"
    assert headers["Accept"] == "application/json"


@pytest.mark.parametrize("name", ["search", *CREATES, *UPDATES])
def test_a_body_is_sent_whole_as_json_with_its_length(name: str) -> None:
    close, adapter, _ = scripted(Said())
    CALLS[name](close)
    request = adapter.requests[0]
    assert adapter.bodies == [QUERY if name == "search" else BODY]
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Content-Length"] == str(len(request.body or b""))
    assert "Transfer-Encoding" not in request.headers


@pytest.mark.parametrize("name", [name for name in CALLS if kind_of(name) == "read"])
def test_a_read_has_no_body(name: str) -> None:
    close, adapter, _ = scripted(Said())
    CALLS[name](close)
    assert adapter.requests[0].body is None
    assert "Content-Length" not in adapter.requests[0].headers


def test_no_call_waits_forever_and_a_search_may_take_longer() -> None:
    close, adapter, _ = scripted(then=for_ever(Said()))
    for call in CALLS.values():
        call(close)
    timeouts = [options["timeout"] for options in adapter.options]
    assert dict(zip(CALLS, timeouts, strict=True)) == {name: (10, 120 if name == "search" else 60) for name in CALLS}


def test_a_netrc_of_the_machine_does_not_replace_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "netrc").write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    close, adapter, _ = scripted(Said())
    close.me()
    assert adapter.requests[0].headers["Authorization"] == requests.auth._basic_auth_str(KEY, "")


def test_the_environment_is_read_once_for_a_proxy_and_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/certificates.pem")
    close, adapter, _ = scripted(then=for_ever(Said()))
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    close.me()
    assert adapter.options[0]["proxies"]["https"] == "http://proxy.example:3128"
    assert adapter.options[0]["verify"] == "/certificates.pem"


def test_the_certificate_of_close_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    close, adapter, _ = scripted(Said())
    close.me()
    assert adapter.options[0]["verify"] is True


# --- where Close is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "url"),
    [
        (None, BASE_URL),
        ("", BASE_URL),
        ("https://close.example/api/v1", "https://close.example/api/v1"),
        ("https://close.example/api/v1//", "https://close.example/api/v1"),
        (" https://close.example:8443/ \n", "https://close.example:8443"),
        ("http://localhost:8080/api/v1/", "http://localhost:8080/api/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_close_is_where_the_environment_says(told: str | None, url: str) -> None:
    assert base_url_from({} if told is None else {BASE_URL_VARIABLE: told}) == url


@pytest.mark.parametrize(
    "told",
    [
        "http://api.close.com/api/v1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::2]",
        "http://",
        "https://",
        "https:///api/v1",
        "https://[::1",
        "https://close.example:port",
        "https://close.example:99999",
        "https://close.example:0",
        "https://close.example/?a=b",
        "https://close.example/#a",
        "https://close example",
        "ftp://close.example",
        "file:///etc/passwd",
        "api.close.com",
        "/",
        "//",
    ],
)
def test_any_other_address_is_a_mistake_in_the_settings(told: str) -> None:
    with pytest.raises(ConfigError, match=BASE_URL_VARIABLE) as caught:
        base_url_from({BASE_URL_VARIABLE: told})
    assert told.strip("/ ") not in str(caught.value) or len(told) < 12


# --- from status to error --------------------------------------------------------------------------------------------

ALL = dict.fromkeys(("read", "search", "create", "update"), "")


def alike(error: str) -> dict[str, str]:
    return dict.fromkeys(ALL, error)


FATAL, BUG, LATER = alike("ConfigError"), alike("ProtocolError"), alike("TransientError")
WRONG = {"read": "ProtocolError", "search": "SearchTooBig", "create": "Refused", "update": "Refused"}
UNSURE = {"read": "TransientError", "search": "SearchTooBig", "create": "Unanswered", "update": "TransientError"}

TABLE: dict[str, tuple[Said | Exception, dict[str, str]]] = {
    "400 that names a field": (Said(400, NAMED), WRONG),
    "400 that names none": (Said(400, UNNAMED), WRONG),
    "400 without a body": (Said(400, b""), WRONG),
    "401": (Said(401, UNNAMED), FATAL),
    "401 of a proxy": (Said(401, b"<html>"), FATAL),
    "402": (Said(402, UNNAMED), FATAL),
    "403 that names a field": (Said(403, NAMED), {**FATAL, "create": "Refused", "update": "Refused"}),
    "403 that names none": (Said(403, UNNAMED), FATAL),
    "403 without a body": (Said(403, b""), FATAL),
    "403 of a proxy": (Said(403, {"message": f"Forbidden {CANARY}"}), FATAL),
    "403 with details": (Said(403, {"error": {"message": CANARY, "type": "role"}}), FATAL),
    "404": (Said(404, {"error": f"Empty query: {CANARY}"}), BUG),  # those by id are Gone instead
    "405": (Said(405, UNNAMED), BUG),
    "413": (Said(413, b"<html>"), WRONG),
    "415": (Said(415, UNNAMED), BUG),
    "418": (Said(418, UNNAMED), BUG),
    "301": (Said(301, b"", {"Location": f"https://elsewhere.example/{CANARY}"}), BUG),
    "302": (Said(302, UNNAMED, {"Location": f"/{CANARY}"}), BUG),
    "304": (Said(304, b""), BUG),
    "307": (Said(307, b"", {"Location": BASE_URL + "/me/"}), BUG),
    "408": (Said(408, b"<html>"), UNSURE),
    "500": (Said(500, UNNAMED), UNSURE),
    "502": (Said(502, b"<html>"), UNSURE),
    "504": (Said(504, b""), UNSURE),
    "a page of HTML": (Said(200, b"<html>Just a moment...</html>"), UNSURE),
    "an empty 200": (Said(200, b""), UNSURE),
    "a truncated 200": (Said(200, b'{"data": [{"id": "lead_x", "na'), UNSURE),
    "a 200 that is a list": (Said(200, [CANARY]), UNSURE),
    "a 200 of something else": (Said(200, {"status": CANARY, "data": None}), UNSURE),
    "204": (Said(204, b""), UNSURE),
    "429": (Said(429, {"error": {"message": CANARY}}), LATER),
    "503": (Said(503, UNNAMED), LATER),
    "a timeout": (lost_in_time(), UNSURE),
    "a dropped connection": (dropped(), UNSURE),
    "an answer that is cut off": (cut(), UNSURE),
    "a refused connection": (refused(), LATER),
    "a connection that takes too long": (no_connection_in_time(), LATER),
}
RESENT = [what for what, (_, found) in TABLE.items() if found is UNSURE]


def expected(what: str, name: str) -> type[Exception]:
    if what == "404" and name in (*BY_ID, "create_contact"):
        return Gone
    found: type[Exception] = getattr(errors, TABLE[what][1][kind_of(name)])
    return found


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("what", TABLE)
def test_every_end_of_every_call_is_its_error(what: str, name: str) -> None:
    close, adapter, _ = scripted(then=for_ever(TABLE[what][0]))
    with pytest.raises(errors.DestinationError) as caught:
        CALLS[name](close)
    assert type(caught.value) is expected(what, name)
    if expected(what, name) is SearchTooBig and what in RESENT:
        assert len(adapter.requests) == SEARCH_TRIES
    elif expected(what, name) is TransientError:
        assert len(adapter.requests) > 10
    else:
        assert len(adapter.requests) == 1
    assert_tells_nothing(caught.value)


def assert_tells_nothing(error: BaseException) -> None:
    """Not by itself, and not by what it came from."""
    link: BaseException | None = error
    while link is not None:
        said = f"{link} {link!r} {link.args}"
        assert CANARY not in said
        assert not any(secret in said for secret in spellings(KEY))
        link = link.__cause__ or link.__context__


def test_a_refusal_holds_what_close_said_with_its_place() -> None:
    body = {"errors": ["No."], "field-errors": {"contacts": {"errors": {"0": {"field-errors": {"custom.cf_x": CANARY}}}}}}
    close, _, _ = scripted(Said(400, body))
    with pytest.raises(Refused) as caught:
        close.create(LEAD, BODY)
    assert caught.value.status == 400
    assert caught.value.complaints == (Complaint(("contacts", "0", "custom.cf_x"), CANARY), Complaint((), "No."))


@pytest.mark.parametrize("what", ["400 without a body", "413"])
def test_a_refusal_without_words_is_one_complaint(what: str) -> None:
    close, _, _ = scripted(*[TABLE[what][0]])
    with pytest.raises(Refused) as caught:
        close.create(LEAD, BODY)
    assert caught.value.complaints == (Complaint((), ""),)


@pytest.mark.parametrize("field", ["lead", "lead_id"])
def test_a_contact_whose_lead_does_not_exist_says_which_lead_is_gone(field: str) -> None:
    close, _, _ = scripted(Said(400, {"errors": [], "field-errors": {field: "Object does not exist."}}))
    with pytest.raises(Gone) as caught:
        close.create(CONTACT, BODY)
    assert caught.value.object_id == "lead_x"
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize(
    ("name", "object_id"),
    [
        ("get_lead", "lead_x"),
        ("contacts_of_lead", "lead_x"),
        ("update_lead", "lead_x"),
        ("get_contact", "cont_x"),
        ("update_contact", "cont_x"),
    ],
)
def test_what_is_gone_is_named(name: str, object_id: str) -> None:
    close, _, _ = scripted(Said(404, UNNAMED))
    with pytest.raises(Gone) as caught:
        CALLS[name](close)
    assert caught.value.object_id == object_id


def test_any_2xx_is_a_good_answer() -> None:
    close, _, _ = scripted(Said(201, {"id": "lead_x"}), Said(202, {"id": "cont_x"}))
    assert close.create(LEAD, BODY) == {"id": "lead_x"}
    assert close.update(CONTACT, "cont_x", BODY) == {"id": "cont_x"}


# --- what is sent again ----------------------------------------------------------------------------------------------

DONE_PERHAPS = [what for what, (_, error) in TABLE.items() if error["create"] == "Unanswered"]
NOT_DONE = ["429", "503", "a refused connection", "a connection that takes too long"]


@pytest.mark.parametrize("name", CREATES)
@pytest.mark.parametrize("what", DONE_PERHAPS)
def test_a_create_that_may_have_been_carried_out_is_never_sent_twice(what: str, name: str) -> None:
    close, adapter, clock = scripted(TABLE[what][0], then=for_ever(Said()))
    with pytest.raises(Unanswered):
        CALLS[name](close)
    assert (len(adapter.requests), clock.waited) == (1, [])


@pytest.mark.parametrize("name", CREATES)
@pytest.mark.parametrize("what", DONE_PERHAPS)
def test_a_create_that_was_held_up_before_is_not_sent_twice_either(what: str, name: str) -> None:
    close, adapter, _ = scripted(*[TABLE[held_up][0] for held_up in NOT_DONE], TABLE[what][0], then=for_ever(Said()))
    with pytest.raises(Unanswered):
        CALLS[name](close)
    assert len(adapter.requests) == len(NOT_DONE) + 1


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("what", NOT_DONE)
def test_a_call_that_was_not_carried_out_is_sent_again_as_it_was(what: str, name: str) -> None:
    close, adapter, _ = scripted(TABLE[what][0], TABLE[what][0], TABLE[what][0], Said())
    CALLS[name](close)
    assert len({(request.method, request.url, request.body) for request in adapter.requests}) == 1
    assert len(adapter.requests) == 4


@pytest.mark.parametrize("what", DONE_PERHAPS)
def test_a_call_that_does_no_harm_twice_is_sent_again(what: str) -> None:
    for name in HARMLESS_TWICE:
        close, adapter, clock = scripted(TABLE[what][0], Said())
        CALLS[name](close)
        assert (len(adapter.requests), clock.waited) == (2, [0.5]), name
        assert adapter.bodies[0] == adapter.bodies[1], name


@pytest.mark.parametrize("what", ["503", "a timeout", "an empty 200"])
def test_a_body_made_at_the_last_moment_is_made_again_each_time(what: str) -> None:
    versions = itertools.count(1)
    close, adapter, _ = scripted(TABLE[what][0], Said())
    close.update(CONTACT, "cont_x", lambda: {"version": next(versions)})
    assert adapter.bodies == [{"version": 1}, {"version": 2}]


def test_a_body_that_cannot_be_made_ends_the_call_before_it_is_sent() -> None:
    def gone() -> dict[str, Any]:
        raise Gone("cont_x")

    close, adapter, _ = scripted(then=for_ever(Said()))
    for _ in range(20):
        with pytest.raises(Gone):
            close.update(CONTACT, "cont_x", gone)
    assert adapter.requests == []
    close.update(CONTACT, "cont_x", BODY)
    assert len(adapter.requests) == 1, "what was never sent takes up no room"


# --- how long --------------------------------------------------------------------------------------------------------

WAITS_OF_AN_OUTAGE = [0.5, 1, 2, 4, 8, *[15] * 19]
"""With a jitter right in the middle; 300.5 seconds."""


def until(end: float, clock: Callable[[], float], answer: Said | Exception, then: Said) -> Iterator[Said | Exception]:
    while clock() < end:
        yield answer
    yield from itertools.repeat(then)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("what", ["503", "a refused connection", "a connection that takes too long"])
def test_after_five_minutes_without_close_the_run_ends_with_a_transient_error(what: str, name: str) -> None:
    close, adapter, clock = scripted(then=for_ever(TABLE[what][0]))
    with pytest.raises(TransientError, match="5 minutes"):
        CALLS[name](close)
    assert clock.waited == WAITS_OF_AN_OUTAGE
    assert len(adapter.requests) == len(WAITS_OF_AN_OUTAGE) + 1


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("what", NOT_DONE)
def test_a_shorter_outage_is_survived(what: str, name: str) -> None:
    clock = Waits()
    began = clock()
    adapter = Scripted(until(began + OUTAGE - 20, clock, TABLE[what][0], Said()))
    close = a_client(adapter, clock)
    CALLS[name](close)
    assert OUTAGE - 20 <= clock() - began < OUTAGE
    assert close.silent_seconds == 0


def test_the_waits_are_spread_by_chance() -> None:
    chances = iter([0.0, 0.999, 0.25])
    close, _, clock = scripted(*[Said(503)] * 3, Said(), jitter=lambda: next(chances))
    close.me()
    assert clock.waited == pytest.approx([0.5 * 0.75, 1 * 1.25, 2 * 0.875], abs=0.01)


def test_the_message_says_how_long_and_what_came_last() -> None:
    close, _, _ = scripted(then=for_ever(Said(503)), outage_seconds=90)
    with pytest.raises(TransientError, match=r"for 90 seconds \(last error: HTTP 503\)"):
        close.me()


def test_a_refusal_for_the_rate_limit_is_waited_out_as_long_as_close_says_and_no_longer() -> None:
    close, adapter, clock = scripted(Said(429, UNNAMED, {"RateLimit": "limit=16, remaining=0, reset=7", "Retry-After": "7"}), Said())
    began = clock()
    close.create(LEAD, BODY)
    assert len(adapter.requests) == 2
    assert clock() - began == 7
    assert clock.waited == []


def test_a_run_that_is_asked_to_stop_does_not_wait_for_close() -> None:
    def stop(_: float) -> None:
        raise Stopping

    close, adapter, _ = scripted(then=for_ever(Said(503)), wait=stop)
    with pytest.raises(Stopping):
        close.create(LEAD, BODY)
    assert len(adapter.requests) == 1


def test_a_run_that_is_asked_to_stop_does_not_wait_for_the_rate_limit() -> None:
    def stop(_: float) -> None:
        raise Stopping

    clock, adapter = Waits(), Scripted(for_ever(Said(429, UNNAMED, {"Retry-After": "7"})))
    close = Close(KEY, base_url=BASE_URL, pacer=Pacer(clock=clock, sleep=stop), clock=clock, wait=clock.wait, adapter=adapter)
    with pytest.raises(Stopping):
        close.create(LEAD, BODY)
    assert len(adapter.requests) == 1


# --- how long Close has been silent ----------------------------------------------------------------------------------


def test_silence_grows_while_nothing_good_comes_and_ends_with_the_first_good_answer() -> None:
    heard: list[float] = []
    clock = Waits()

    def answers() -> Iterator[Said]:
        for answer in [Said(503)] * 4 + [Said()]:
            heard.append(close.silent_seconds)
            yield answer

    close = a_client(Scripted(answers()), clock)
    close.me()
    assert heard == [0, 0.5, 1.5, 3.5, 7.5]
    assert close.silent_seconds == 0


def test_a_throttled_call_does_not_count_as_silence() -> None:
    close, _, _ = scripted(then=for_ever(Said(429)))
    with pytest.raises(TransientError):
        close.me()
    assert close.silent_seconds == 0


def test_an_answer_to_another_call_restarts_the_silence() -> None:
    silences: list[float] = []
    clock = Waits()

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        silences.append(close.silent_seconds)
        if len(silences) == 5:
            close.me()  # as another thread might

    close = a_client(Scripted([*[Said(503)] * 5, Said(), *[Said(503)] * 2, Said()]), clock, wait=wait)
    close.get(LEAD, "lead_x")
    assert silences == [0.5, 1.5, 3.5, 7.5, 15.5, 15, 30]


def test_silence_may_end_while_one_asks_how_long_it_lasts() -> None:
    asked: list[Callable[[], Any]] = []

    def clock() -> float:
        if asked:
            asked.pop()()  # as another thread might, just then
        return waits()

    waits = Waits()
    close = a_client(Scripted([TABLE["503"][0], TABLE["504"][0], Said()]), waits, clock=clock)
    with pytest.raises(Unanswered):
        close.create(LEAD, BODY)
    asked.append(close.me)
    assert close.silent_seconds >= 0
    assert close.silent_seconds == 0


# --- searching -------------------------------------------------------------------------------------------------------


def leads_by_name() -> dict[str, Any]:
    by_name = {"type": "regular_field", "object_type": "lead", "field_name": "name"}
    return {
        "query": {"type": "object_type", "object_type": "lead"},
        "_fields": {"lead": ["id", "name"]},
        "_limit": 200,
        "sort": [{"direction": "asc", "field": by_name}],
    }


def with_leads(sandbox: Sandbox, number: int) -> list[str]:
    return [sandbox.add_lead(name=f"Company {at:04}")["id"] for at in range(number)]


def test_a_search_returns_every_page_in_order() -> None:
    close, sandbox, clock = at_sandbox()
    ids = with_leads(sandbox, 450)
    assert [hit["id"] for hit in close.search(leads_by_name())] == ids
    assert sandbox.calls_by_endpoint() == {"POST /data/search/": 3}
    assert clock.waited == []


def test_a_search_whose_cursor_expires_is_restarted() -> None:
    close, sandbox, clock = at_sandbox()
    ids = with_leads(sandbox, 450)
    delays = iter([0, 0, 31])
    sandbox.before_request.append(lambda _: clock.advance(next(delays, 0)))
    assert [hit["id"] for hit in close.search(leads_by_name())] == ids
    assert sandbox.calls_by_status() == {200: 5, 400: 1}


@pytest.mark.parametrize(("patient", "ends"), [(False, SearchTooBig), (True, TransientError)])
def test_a_search_that_is_always_too_slow_is_made_smaller_if_it_can_be(patient: bool, ends: type[Exception]) -> None:
    close, sandbox, clock = at_sandbox()
    with_leads(sandbox, 201)
    sandbox.before_request.append(lambda _: clock.advance(31))
    with pytest.raises(ends):
        close.search(leads_by_name(), patient=patient)
    assert sandbox.calls_by_status() == {200: 3, 400: 3}


LARGE = b'{"data": [{"id": "lead_x", "description": "%s"}]}' % (b"x" * MOST_ANSWER_BYTES)


def test_an_answer_that_is_too_large_is_not_read_to_its_end_and_less_is_asked_for() -> None:
    close, adapter, _ = scripted(Said(200, LARGE * 10))
    send, bodies = adapter.send, []

    def keep(*args: Any, **more: Any) -> requests.Response:
        response = send(*args, **more)
        bodies.append(response.raw)
        response.raw.close = lambda: None
        return response

    adapter.send = keep  # type: ignore[method-assign]
    with pytest.raises(SearchTooBig):
        close.search(QUERY)
    assert [body.tell() < 1.1 * MOST_ANSWER_BYTES for body in bodies] == [True]


def test_pages_that_are_too_large_together_are_too_large() -> None:
    half = {"data": [{"id": "lead_x", "description": "x" * (MOST_ANSWER_BYTES // 2)}], "cursor": "more"}
    close, adapter, _ = scripted(then=for_ever(Said(200, half)))
    with pytest.raises(SearchTooBig):
        close.search(QUERY)
    assert len(adapter.requests) == 2


def test_a_search_that_cannot_be_made_smaller_is_read_however_large_its_answer() -> None:
    close, _, _ = scripted(Said(200, LARGE))
    assert [hit["id"] for hit in close.search(QUERY, patient=True)] == ["lead_x"]


class Trickling(io.BytesIO):
    """A body of which a little comes every ten seconds."""

    clock: FakeClock

    def read(self, size: int | None = -1, /) -> bytes:
        self.clock.advance(10)
        return super().read(1)


def test_an_answer_that_trickles_in_forever_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    close, adapter, clock = scripted(Said(200, {"id": "lead_x", "name": "x" * 1000}), Said(200, {"id": "lead_x"}))
    monkeypatch.setattr(Trickling, "clock", clock, raising=False)
    send = adapter.send

    def trickle(*args: Any, **more: Any) -> requests.Response:
        response = send(*args, **more)
        if len(adapter.requests) == 1:
            response.raw = Trickling(response.raw.read())
        return response

    monkeypatch.setattr(adapter, "send", trickle)
    assert close.get(LEAD, "lead_x") == {"id": "lead_x"}
    assert clock() - FakeClock()() < 200


def pages(most: int, size: int = 2000) -> Iterator[Said]:
    for first in range(0, most, size):
        hits = [{"id": f"cont_{at}"} for at in range(first, min(first + size, most))]
        yield Said(200, {"data": hits, "cursor": f"after {first}" if first + size < most else None})


def test_every_page_is_asked_for_with_the_cursor_of_the_one_before_and_the_same_query() -> None:
    close, adapter, _ = scripted(*pages(6000))
    assert len(close.search(QUERY)) == 6000
    assert adapter.bodies == [QUERY, {**QUERY, "cursor": "after 0"}, {**QUERY, "cursor": "after 2000"}]


def test_fewer_hits_than_close_pages_through_are_all_there_are() -> None:
    close, _, _ = scripted(*pages(MOST_HITS - 1))
    assert len(close.search(QUERY)) == MOST_HITS - 1


@pytest.mark.parametrize("hits", [MOST_HITS, MOST_HITS + 5000])
def test_as_many_hits_as_close_pages_through_may_not_be_all(hits: int) -> None:
    close, adapter, _ = scripted(*pages(hits))
    with pytest.raises(SearchTooBig) as caught:
        close.search(QUERY)
    assert caught.value.status == 200
    assert len(adapter.requests) == 5, "no page beyond the last that Close gives is asked for"


@pytest.mark.parametrize("hits", [MOST_HITS, MOST_HITS + 5000])
def test_a_search_that_cannot_be_made_smaller_returns_the_first_of_too_many_hits(hits: int) -> None:
    close, adapter, _ = scripted(*pages(hits))
    assert [hit["id"] for hit in close.search(QUERY, patient=True)] == [f"cont_{at}" for at in range(MOST_HITS)]
    assert len(adapter.requests) == 5


def test_pages_that_never_end_end() -> None:
    close, _, _ = scripted(then=for_ever(Said(200, {"data": [{"id": "cont_x"}] * 200, "cursor": "again"})))
    with pytest.raises(SearchTooBig):
        close.search(QUERY)


@pytest.mark.parametrize("held_up", [Said(429), Said(503), refused()])
def test_what_was_not_carried_out_does_not_make_a_search_too_big(held_up: Said | Exception) -> None:
    close, adapter, _ = scripted(held_up, held_up, Said(504, b""), held_up, Said(200, {"data": [{"id": "lead_x"}]}))
    assert close.search(QUERY) == [{"id": "lead_x"}]
    assert len(adapter.requests) == 5


@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_a_search_that_cannot_be_made_smaller_waits_until_close_can(status: int) -> None:
    close, adapter, _ = scripted(*[Said(status, b"")] * 8, Said(200, {"data": []}))
    assert close.search(QUERY, patient=True) == []
    assert len(adapter.requests) == 9


def test_a_search_with_too_many_clauses_is_refused_immediately() -> None:
    close, sandbox, _ = at_sandbox(max_clauses=1)
    term = {"type": "id", "value": "lead_x"}
    with pytest.raises(SearchTooBig) as caught:
        close.search({"query": {"type": "and", "queries": [leads_by_name()["query"], {"type": "or", "queries": [term, term]}]}})
    assert caught.value.status == 400
    assert len(sandbox.calls) == 1


# --- other lists -----------------------------------------------------------------------------------------------------


def test_the_contacts_of_a_lead_are_read_page_by_page() -> None:
    close, sandbox, _ = at_sandbox(index_lag=600)
    lead = sandbox.add_lead(name="Acme", contacts=[{"name": f"Ann {at}"} for at in range(230)])
    sandbox.add_contact(sandbox.add_lead(name="Other")["id"], name="Bob")
    assert [contact["name"] for contact in close.listed(CONTACT, lead["id"])] == [f"Ann {at}" for at in range(230)]
    assert sandbox.calls_by_endpoint() == {"GET /contact/": 3}


def test_a_page_of_a_list_begins_where_the_one_before_ended() -> None:
    contacts = [{"id": f"cont_{at}"} for at in range(5)]
    close, adapter, _ = scripted(Said(200, {"data": contacts[:3], "has_more": True}), Said(200, {"data": contacts[3:], "has_more": False}))
    assert close.listed(CONTACT, "lead_x") == contacts
    assert adapter.paths == [f"/contact/?lead_id=lead_x&_limit=100&_skip={skip}" for skip in (0, 3)]


def test_a_page_that_holds_nothing_ends_a_list() -> None:
    close, adapter, _ = scripted(then=for_ever(Said(200, {"data": [], "has_more": True})))
    assert close.listed(CONTACT, "lead_x") == []
    assert len(adapter.requests) == 1


def test_the_event_log_is_read_newest_first() -> None:
    close, sandbox, _ = at_sandbox()
    ids = with_leads(sandbox, 120)
    events = close.events({"object_type": "lead", "action": "created"})
    assert [event["object_id"] for event in events] == ids[::-1]
    assert sandbox.calls_by_endpoint() == {"GET /event/": 3}


def test_the_event_log_is_read_no_further_than_asked() -> None:
    close, sandbox, _ = at_sandbox()
    ids = with_leads(sandbox, 120)
    events = close.events({"object_type": "lead", "action": "created"}, max_pages=2)
    assert [event["object_id"] for event in events] == ids[:-101:-1]
    assert len(sandbox.calls) == 2


def test_the_next_page_of_events_is_asked_for_without_the_filters_of_time() -> None:
    """Close asks for the others again; the cursor holds the time."""
    close, adapter, _ = scripted(Said(200, {"data": [], "cursor_next": "a"}), Said(200, {"data": [], "cursor_next": "b"}), Said())
    close.events({"object_type": "lead", "date_updated__gte": "2026-01-05T10:00:00"})
    assert adapter.paths == [
        "/event/?object_type=lead&date_updated__gte=2026-01-05T10%3A00%3A00&_limit=50",
        "/event/?object_type=lead&_limit=50&_cursor=a",
        "/event/?object_type=lead&_limit=50&_cursor=b",
    ]


@pytest.mark.parametrize("name", ["field_schema", "lead_statuses", "users", "events", "search", "contacts_of_lead"])
def test_list_entries_that_are_not_objects_are_skipped(name: str) -> None:
    odd = [1, None, "x"]
    close, _, _ = scripted(Said(200, {"data": odd, "fields": odd}))
    assert CALLS[name](close) == []


@pytest.mark.parametrize("odd", [{}, {"data": None}, {"data": "x"}, {"fields": {}}, {"id": 5}, {"error": "x"}])
@pytest.mark.parametrize("name", HARMLESS_TWICE)
def test_a_call_is_repeated_if_the_body_does_not_answer_it(name: str, odd: Any) -> None:
    close, adapter, _ = scripted(Said(200, odd), Said())
    CALLS[name](close)
    assert len(adapter.requests) == 2


def test_the_time_is_taken_from_close() -> None:
    close, _, clock = scripted(Said(200, None, {"Date": "Mon, 05 Jan 2026 10:00:00 GMT"}), Said(200, None, {"Date": "yesterday"}))
    assert close.time_there is None
    close.me()
    clock.advance(5)
    close.me()
    assert close.time_there == datetime(2026, 1, 5, 10, 0, 5, tzinfo=timezone.utc).timestamp()


# --- with a Close that works -----------------------------------------------------------------------------------------


def test_what_was_created_and_changed_is_what_close_holds() -> None:
    close, sandbox, _ = at_sandbox()
    lead = close.create(LEAD, {"name": "Acme", "contacts": [{"name": "Ann", "emails": [{"email": "ann@acme.example"}]}]})
    bob = close.create(CONTACT, {"lead_id": lead["id"], "name": "Bob"})
    close.update(LEAD, lead["id"], {"description": "Big"})
    close.update(CONTACT, bob["id"], lambda: {"title": "CEO"})
    assert close.get(LEAD, lead["id"]) == sandbox.lead(lead["id"])
    assert close.get(CONTACT, bob["id"]) == sandbox.contact(bob["id"])
    assert sandbox.lead(lead["id"])["description"] == "Big"
    assert sandbox.contact(bob["id"])["title"] == "CEO"
    assert [contact["name"] for contact in close.listed(CONTACT, lead["id"])] == ["Ann", "Bob"]


def test_the_account_is_read_in_full() -> None:
    close, sandbox, _ = at_sandbox()
    own, shared = sandbox.add_custom_field("lead", "Plan"), sandbox.add_custom_field(("lead", "contact"), "Id")
    user = sandbox.add_user("Ann", email="ann@acme.example")
    assert close.me()["id"] == sandbox.me
    assert {field["id"] for field in close.field_schema("lead")} == {own, shared}
    assert {field["id"] for field in close.field_schema("contact")} == {shared}
    assert [status["id"] for status in close.lead_statuses()] == list(sandbox.organization.statuses)
    assert user in [one["id"] for one in close.users()]


def test_what_a_colleague_deleted_is_gone() -> None:
    close, sandbox, _ = at_sandbox()
    lead = sandbox.add_lead(name="Acme", contacts=[{"name": "Ann"}])
    lead_id, contact_id = lead["id"], sandbox.contacts_of(lead["id"])[0]["id"]
    sandbox.delete(lead_id)
    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: close.get(LEAD, lead_id), lead_id),
        (lambda: close.update(LEAD, lead_id, {"name": "B"}), lead_id),
        (lambda: close.get(CONTACT, contact_id), contact_id),
        (lambda: close.update(CONTACT, contact_id, {"name": "B"}), contact_id),
        (lambda: close.create(CONTACT, {"lead_id": lead_id, "name": "Bob"}), lead_id),
    ]
    for call, gone in calls:
        with pytest.raises(Gone) as caught:
            call()
        assert caught.value.object_id == gone


# --- over a real network ---------------------------------------------------------------------------------------------


def over_http(url: str, **more: Any) -> tuple[Close, Waits]:
    clock = Waits()
    return a_client(None, clock, base_url=url, api_key=CALM.api_key, **more), clock


def test_many_threads_share_a_few_connections_and_each_gets_its_own_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    connections: list[HTTPConnection] = []
    connect: Callable[[HTTPConnection], None] = HTTPConnection.connect

    def counted(self: HTTPConnection) -> None:
        connections.append(self)
        connect(self)

    monkeypatch.setattr(HTTPConnection, "connect", counted)
    threads = 24
    with running_server(CALM) as server:
        close, _ = over_http(server.api_url)
        ready = threading.Barrier(threads)

        def work(at: int) -> list[str]:
            ready.wait()
            lead_id = close.create(LEAD, {"name": f"Company {at}"})["id"]
            return [close.update(LEAD, lead_id, {"description": f"{at} {again}"})["name"] for again in range(8)]

        with ThreadPoolExecutor(threads) as pool:
            names = list(pool.map(work, range(threads)))
        assert names == [[f"Company {at}"] * 8 for at in range(threads)]
        assert len(server.close.calls) == threads * 9
        assert len(server.close.leads) == threads
    assert 1 <= len(connections) <= threads
    assert "pool is full" not in caplog.text


@pytest.mark.parametrize("kind", ["reset", "cut", "timeout", "504", "truncated_json"])
def test_a_create_whose_answer_really_got_lost_was_sent_once(kind: Any) -> None:
    with running_server(CALM) as server:
        server.close.faults.add(Fault(kind, when="after", method="POST"))
        close, _ = over_http(server.api_url, outage_seconds=0.2 if kind == "timeout" else OUTAGE)
        with pytest.raises(Unanswered) as caught:
            close.create(LEAD, {"name": CANARY})
        assert [lead["name"] for lead in server.close.leads.values()] == [CANARY]
        assert_tells_nothing(caught.value)


def test_a_port_where_nobody_listens_is_an_outage() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        close, clock = over_http(f"http://127.0.0.1:{unused.getsockname()[1]}/api/v1")
        with pytest.raises(TransientError, match="no answer") as caught:
            close.create(LEAD, BODY)
    assert clock.waited == WAITS_OF_AN_OUTAGE
    assert_tells_nothing(caught.value)


def test_the_address_that_gave_no_answer_is_named_without_what_it_may_hold_of_a_login() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        close, _ = over_http(f"http://{CANARY}:{CANARY}@127.0.0.1:{port}/api/v1")
        with pytest.raises(TransientError) as caught:
            close.me()
    assert f"(last error: no answer from http://127.0.0.1:{port}/api/v1)" in caught.value.message
    assert_tells_nothing(caught.value)


def test_a_certificate_that_cannot_be_verified_is_for_the_user_to_fix() -> None:
    """No waiting makes it valid."""

    class Untrusted(BaseAdapter):
        def send(self, *_: Any, **__: Any) -> Any:
            raise requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")

        def close(self) -> None:
            """Nothing is open."""

    clock = FakeClock()
    pacer = Pacer(clock=clock, sleep=clock.sleep)
    close = Close("api_key", base_url="https://api.close.com/api/v1", pacer=pacer, clock=clock, wait=clock.sleep, adapter=Untrusted())
    with pytest.raises(ConfigError, match="certificate"):
        close.me()
