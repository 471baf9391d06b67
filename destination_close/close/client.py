"""How do we speak to Close: auth, paths, shapes, paging, the send loop, and errors by status?

The only file that knows HTTP. Called from many threads at once. No message it makes holds a body, a query, or the key.
"""

from __future__ import annotations

import ipaddress
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import orjson
import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from destination_close.close.complaints import complaints, decoded
from destination_close.model import (
    LEAD,
    Complaint,
    ConfigError,
    Gone,
    ObjectType,
    ProtocolError,
    Refused,
    SearchTooBig,
    TransientError,
    Unanswered,
)
from destination_close.pacing import Action, Pacer, after, backoff, endpoint_of
from destination_close.version import VERSION

BASE_URL = "https://api.close.com/api/v1"
BASE_URL_VARIABLE = "CLOSE_API_BASE_URL"

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
SEARCH_READ_SECONDS = 120.0

OUTAGE_SECONDS = 300.0
"""How long the run keeps trying without a single good answer."""

SEARCH_TRIES = 2
"""A 5xx or no answer to a search may mean that it asks for too much; after this many tries, fewer clauses are used."""

MOST_ANSWER_BYTES = 4 * 1024 * 1024
"""For a search that can be made smaller: decoded, it takes several times as much."""

CURSOR_TRIES = 3
MOST_HITS = 10_000
"""Close's cap on the objects in one chain of pages."""

CONNECTIONS = 64
_PIECE_BYTES = 64 * 1024

SILENCE = 0
"""In place of a status: the call was sent, and no answer came."""

NO_ANSWER = 504
"""How silence, or an answer that cannot be read, is treated: the call may have been carried out."""

Json = dict[str, Any]
Body = Json | Callable[[], Json]
"""A function builds it at the last moment, every time it is sent; an exception it raises ends the call."""

Method = Literal["GET", "POST", "PUT"]
Needs = Literal["id", "data", "fields"]


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer of Close."""

    method: str
    status: int
    content: bytes
    value: Any
    """The body as JSON; None if it is not JSON."""

    needs: Needs
    """The key without which the body does not answer the call."""

    too_large: bool = False
    """The body was not read to its end."""

    @property
    def is_good(self) -> bool:
        """Whether the call was carried out and the body contains what a good answer contains."""
        return self.status // 100 == 2 and _has(self.value, self.needs)


class _CursorExpired(Exception):
    """A page was requested more than 30 seconds after the one before."""


def base_url_from(environment: Mapping[str, str]) -> str:
    """Where Close is: the real one by default; plain http only on this machine. Raises ConfigError."""
    url = (environment.get(BASE_URL_VARIABLE) or BASE_URL).strip().rstrip("/")
    if _is_allowed(url):
        return url
    raise ConfigError(
        f"The environment variable {BASE_URL_VARIABLE} must be an https:// address, or http:// on this machine."  # ignore-https-check
    )


def _shown(url: str) -> str:
    """The address without a user and a password, should it hold them."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0 or any(sign in url for sign in " ?#"):
            return False
    except ValueError:  # a broken IPv6 address, or an invalid port
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Close:
    """One account. `clock` is monotonic seconds; `wait` sleeps, and raises Stopping when the run is asked to stop."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        pacer: Pacer,
        clock: Callable[[], float],
        wait: Callable[[float], None],
        adapter: BaseAdapter | None = None,
        jitter: Callable[[], float] = random.random,
        outage_seconds: float = OUTAGE_SECONDS,
    ) -> None:
        self._base_url = base_url
        self._pacer = pacer
        self._wait = wait
        self._jitter = jitter
        self._clock = clock
        self._silent_since: float | None = None
        """When the calls began to fail that no good answer has followed."""

        self._time_heard: tuple[float, float] | None = None
        """The time at Close in seconds since 1970, and on our clock, when Close last reported it."""

        self._outage_seconds = outage_seconds
        self._session = _session(api_key, base_url, adapter)

    @property
    def silent_seconds(self) -> float:
        """How long Close has not given one good answer to the calls that keep trying; 0 if all is well."""
        since = self._silent_since  # read once: another thread may hear from Close in the meantime
        return 0.0 if since is None else self._clock() - since

    @property
    def time_there(self) -> float | None:
        """The time at Close in seconds since 1970, from the `Date` of its answers: at most a little too early. None if
        it never sent one."""
        heard = self._time_heard
        return None if heard is None else heard[0] + self._clock() - heard[1]

    # --- the account -------------------------------------------------------------------------------------------------

    def me(self) -> Json:
        """The user the key belongs to, with organization and lead statuses."""
        return self._get("/me/", needs="id")

    def field_schema(self, object_type: str) -> list[Json]:
        """Every custom field of the object, shared ones included (the plain list leaves these out)."""
        return _listed(self._get(f"/custom_field_schema/{object_type}/", needs="fields"), "fields")

    def lead_statuses(self) -> list[Json]:
        """`{id, label}` in the organization's order; the first is the default of new leads."""
        return _listed(self._get("/status/lead/", needs="data"), "data")

    def users(self) -> list[Json]:
        """The users of the organization."""
        return list(self._pages("/user/", {}))

    # --- reading -----------------------------------------------------------------------------------------------------

    def search(self, query: Json, *, patient: bool = False) -> list[Json]:
        """All objects that the search finds, page by page without a pause.

        Raises SearchTooBig if Close does not accept it as it is (400, 413, 5xx), or if it finds more than Close pages
        through. `patient` is for a search that cannot be made smaller: a 5xx is waited out, and of too many hits the first
        10,000 are returned, which are the oldest in the order that every search here asks for.
        """
        for _ in range(CURSOR_TRIES):
            try:
                return self._all_pages(query, patient=patient)
            except _CursorExpired:
                continue
        if not patient:
            raise SearchTooBig(NO_ANSWER)
        raise TransientError("Close's search was too slow to read page by page; try again later.")

    def _all_pages(self, query: Json, *, patient: bool) -> list[Json]:
        found: list[Json] = []
        cursor: str | None = None
        size = 0
        while True:
            answer = self._search_page({**query, "cursor": cursor} if cursor else query, patient=patient)
            size += len(answer.content)
            if size > MOST_ANSWER_BYTES and not patient:
                raise SearchTooBig(NO_ANSWER)
            page = self._object(answer)
            found += _listed(page, "data")
            cursor = page.get("cursor")
            if not cursor or len(found) >= MOST_HITS:
                break
        if len(found) >= MOST_HITS and not patient:
            raise SearchTooBig(200)
        return found[:MOST_HITS]

    def _search_page(self, query: Json, *, patient: bool) -> _Reply:
        limits = {} if patient else {"tries": SEARCH_TRIES, "most_bytes": MOST_ANSWER_BYTES}
        answer = self._send("POST", "/data/search/", body=query, needs="data", **limits)
        if answer.too_large:
            raise SearchTooBig(NO_ANSWER)
        if answer.status == 400 and any("cursor" in c.path for c in complaints(answer.content)):
            raise _CursorExpired
        if answer.status in (SILENCE, 400, 408, 413) or answer.status >= 500 or (answer.status // 100 == 2 and not answer.is_good):
            raise SearchTooBig(answer.status or NO_ANSWER)
        return answer

    def get(self, object_type: ObjectType, object_id: str) -> Json:
        """The object as the database has it. Raises Gone."""
        return self._get(f"{object_type.path}{object_id}/", object_id, needs="id")

    def listed(self, object_type: ObjectType, lead_id: str) -> list[Json]:
        """The objects of the type under a lead, read past the search index. Raises Gone."""
        return list(self._pages(object_type.path, {"lead_id": lead_id}, lead_id))

    def events(self, filters: Mapping[str, str], *, max_pages: int = 40) -> list[Json]:
        """The event log, newest first, at most `max_pages` pages of 50."""
        found: list[Json] = []
        query = {**filters, "_limit": "50"}
        for _ in range(max_pages):
            page = self._get(f"/event/?{urlencode(query)}", needs="data")
            found += _listed(page, "data")
            if not (cursor := page.get("cursor_next")):
                break
            # every filter is repeated except those of time, which the cursor stands for
            query = {name: value for name, value in query.items() if not name.startswith("date_updated")} | {"_cursor": cursor}
        return found

    def _pages(self, path: str, filters: Mapping[str, str], object_id: str | None = None) -> Iterator[Json]:
        skip = 0
        while True:
            page = self._get(f"{path}?{urlencode({**filters, '_limit': 100, '_skip': skip})}", object_id, needs="data")
            data = _listed(page, "data")
            yield from data
            skip += len(data)
            if not page.get("has_more") or not data:
                return

    def _get(self, path: str, object_id: str | None = None, *, needs: Needs) -> Json:
        answer = self._send("GET", path, needs=needs)
        if answer.status == 404 and object_id:
            raise Gone(object_id)
        return self._object(answer)

    # --- writing -----------------------------------------------------------------------------------------------------

    def create(self, object_type: ObjectType, body: Json) -> Json:
        """The created object; a lead comes with its contacts. Raises Refused, Unanswered, and Gone for the lead it was to be under."""
        lead_id = None if object_type is LEAD else body.get("lead_id")
        try:
            return self._write("POST", object_type.path, body, lead_id)
        except Refused as refused:
            if lead_id and any(c.path in (("lead",), ("lead_id",)) for c in refused.complaints):
                raise Gone(lead_id) from refused
            raise

    def update(self, object_type: ObjectType, object_id: str, body: Body) -> Json:
        """The object after the change. Raises Refused, Gone."""
        return self._write("PUT", f"{object_type.path}{object_id}/", body, object_id)

    def _write(self, method: Method, path: str, body: Body, object_id: str | None = None) -> Json:
        answer = self._send(method, path, body=body, needs="id")
        if answer.status == 404 and object_id:
            raise Gone(object_id)
        if answer.status in (400, 403, 413):
            said = complaints(answer.content)
            if answer.status != 403 or any(complaint.path for complaint in said):
                raise Refused(answer.status, said or [Complaint((), "")])
        return self._object(answer)

    # --- the send loop -----------------------------------------------------------------------------------------------

    def _send(
        self, method: Method, path: str, *, body: Body | None = None, tries: int | None = None, most_bytes: int | None = None, needs: Needs
    ) -> _Reply:
        """Send until there is an answer to decide about; whatever may be repeated is repeated for as long as an outage may last.

        `tries`: return the answer after this many server errors. `most_bytes`: read no more than this. Raises Unanswered for a
        create that got no answer.
        """
        first_trouble: float | None = None
        server_errors = 0
        for attempt in itertools.count():
            answer, action = self._attempt(method, path, body, needs, most_bytes)
            if answer and action is Action.FINAL:
                self._silent_since = None
                return answer
            what = f"HTTP {answer.status}" if answer and answer.status else "no answer"
            if action is Action.AMBIGUOUS:
                raise Unanswered(what)
            first_trouble = self._clock() if first_trouble is None else first_trouble
            if self._silent_since is None and not (answer and answer.status == 429):
                self._silent_since = self._clock()
            # a search that is returned is built again with less in it, which must not prolong the outage
            since = min(first_trouble, self._silent_since or first_trouble) if tries else first_trouble
            if self._clock() - since >= self._outage_seconds:
                last = what if what != "no answer" else f"no answer from {_shown(self._base_url)}"
                raise TransientError(f"Close was unavailable for {_spoken(self._outage_seconds)} (last error: {last}). Try again later.")
            server_errors += answer is not None and answer.status not in (429, 503)
            if answer and server_errors == tries:
                return answer
            if not (answer and answer.status == 429):  # the pacer holds back what was throttled
                self._wait(backoff(attempt, self._jitter()))
        raise AssertionError("itertools.count never ends")

    def _attempt(self, method: Method, path: str, body: Body | None, needs: Needs, most_bytes: int | None) -> tuple[_Reply | None, Action]:
        """One request, and what follows from its answer or from the lack of one."""
        ticket = self._pacer.admit(endpoint_of(method, path))
        read_seconds = min(SEARCH_READ_SECONDS if path.startswith("/data/search") else READ_SECONDS, self._outage_seconds)
        try:
            response = self._session.request(
                method,
                self._base_url + path,
                data=None if body is None else orjson.dumps(body() if callable(body) else body),
                timeout=(CONNECT_SECONDS, read_seconds),
                allow_redirects=False,
                stream=True,
            )
            content = self._content(response, 2 * read_seconds, most_bytes)
        except requests.RequestException as trouble:
            self._pacer.lost(ticket)
            if "CERTIFICATE_VERIFY_FAILED" in str(trouble):
                raise ConfigError("Close's TLS certificate could not be verified; is there a proxy in between?") from None
            if _never_sent(trouble):
                return None, Action.REPEAT
            return _Reply(method, SILENCE, b"", None, needs), after(method, path, NO_ANSWER)
        except BaseException:
            self._pacer.lost(ticket)
            raise
        self._pacer.learn(ticket, response.status_code, response.headers)
        if (date := _seconds_of(response.headers.get("date"))) is not None:
            self._time_heard = (date, self._clock())
        if content is None:
            return _Reply(method, response.status_code, b"", None, needs, too_large=True), Action.FINAL
        answer = _Reply(method, response.status_code, content, decoded(content), needs)
        if answer.is_good:
            return answer, Action.FINAL
        # an unreadable 2xx is as good as a lost answer
        return answer, after(method, path, NO_ANSWER if answer.status // 100 == 2 else answer.status)

    def _content(self, response: requests.Response, seconds: float, most_bytes: int | None) -> bytes | None:
        """The body, or None if it is larger; a body that keeps trickling in for longer counts as silence."""
        until = self._clock() + seconds
        pieces: list[bytes] = []
        size = 0
        for piece in response.iter_content(_PIECE_BYTES):
            pieces.append(piece)
            size += len(piece)
            if most_bytes is not None and size > most_bytes:
                response.close()
                return None
            if self._clock() > until:
                response.close()
                raise requests.ReadTimeout
        return b"".join(pieces)

    def _object(self, answer: _Reply) -> Json:
        """The JSON object of a good answer; for every other status, raises what the user must know."""
        status = answer.status
        if answer.is_good:
            value: Json = answer.value
            return value
        if status == 401:
            raise ConfigError("Close refused the API key (HTTP 401). Enter a key from Close under Settings > Developer > API Keys.")
        if status == 402:
            raise ConfigError("Your Close plan has reached a limit (HTTP 402), such as the number of leads. Raise the plan's limit.")
        if status == 403:
            raise ConfigError("The user of this API key lacks the permission for this in Close (HTTP 403). Add it to the user's role.")
        if 300 <= status < 400:
            raise ProtocolError(f"Close unexpectedly redirected the call (HTTP {status}).")
        raise ProtocolError(f"Close answered a {answer.method} with an unexpected status (HTTP {status}).")


# --- parts -----------------------------------------------------------------------------------------------------------


def _session(api_key: str, base_url: str, adapter: BaseAdapter | None) -> requests.Session:
    session = requests.Session()
    session.auth = (api_key, "")
    # the environment is read once here; requests would read it again for every call
    around = session.merge_environment_settings(base_url, {}, None, None, None)
    session.proxies, session.verify, session.trust_env = around["proxies"], around["verify"], False
    session.headers.update(
        {"User-Agent": f"airbyte-destination-close/{VERSION}", "Accept": "application/json", "Content-Type": "application/json"}
    )
    # one session for all threads: no cookies are kept, and the adapter's pool is made for threads
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount(base_url, adapter or HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS, max_retries=0))
    return session


_NEVER_CONNECTED = ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError")
"""Exceptions of urllib3 that say so; some are wrapped in others."""


def _never_sent(trouble: requests.RequestException) -> bool:
    """True if no byte of the request can have reached Close because no connection was made."""
    if isinstance(trouble, requests.ConnectTimeout):
        return True
    if not isinstance(trouble, requests.ConnectionError) or isinstance(trouble, requests.ReadTimeout):
        return False
    seen: BaseException | None = trouble
    for _ in range(6):
        if type(seen).__name__ in _NEVER_CONNECTED or isinstance(seen, ConnectionRefusedError):
            return True
        cause: Any = seen.args[0] if seen is not None and seen.args else None
        seen = getattr(cause, "reason", None) or (cause if isinstance(cause, BaseException) else getattr(seen, "__cause__", None))
        if seen is None:
            return False
    return False


def _spoken(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


def _listed(page: Json, key: str) -> list[Json]:
    value = page.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _seconds_of(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def _has(value: Any, needs: Needs) -> bool:
    """Whether the answer contains what was asked for: an object with its id, or a list."""
    return isinstance(value, dict) and isinstance(value.get(needs), str if needs == "id" else list)
