"""How does one call reach Close, also one whose caller leaves before the answer?"""

from __future__ import annotations

import base64
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import requests

AT_ONCE = 24
"""Connections for calls that are to arrive together."""

_SECONDS = (10.0, 90.0)
"""To connect, and for an answer: a search with thousands of conditions may take long."""


class Lost(Exception):
    """There was no answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """What makes the calls of a run."""

    def send(self, call: Call, *, fresh: bool = False) -> Reply:
        """Make a call, `fresh`: on another connection. Raises Lost."""

    def together(self, calls: Sequence[Call]) -> list[Reply]:
        """Make them at the same time. Raises Lost."""

    def cut_off(self, call: Call) -> None:
        """Make a call and hang up after its last byte."""


class Http:
    """The real one."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._usual, self._other = self._session(), self._session()

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.auth = (self._api_key, "")
        session.trust_env = False
        return session

    def send(self, call: Call, *, fresh: bool = False) -> Reply:
        return self._sent(self._other if fresh else self._usual, call)

    def _sent(self, session: requests.Session, call: Call) -> Reply:
        # the path as it is: two slashes in a row are one of the questions
        url = self._base_url + call.path
        try:
            answer = session.request(call.method, url, params=call.query or None, json=call.body, timeout=_SECONDS, allow_redirects=False)
        except requests.RequestException as lost:
            raise Lost(type(lost).__name__) from None
        return Reply(answer.status_code, dict(answer.headers), answer.content)

    def together(self, calls: Sequence[Call]) -> list[Reply]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sessions = [self._session() for _ in range(AT_ONCE)]
            return list(pool.map(lambda one: self._sent(sessions[one[0] % AT_ONCE], one[1]), enumerate(calls)))

    def cut_off(self, call: Call) -> None:
        parts = urlsplit(self._base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=_SECONDS[0]) as plain:
            if parts.scheme == "https":
                with ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure:
                    secure.sendall(self._raw(call, parts.path, parts.netloc))
            else:
                plain.sendall(self._raw(call, parts.path, parts.netloc))

    def _raw(self, call: Call, prefix: str, host: str) -> bytes:
        body = json.dumps(call.body).encode()
        query = f"?{urlencode(call.query)}" if call.query else ""
        token = base64.b64encode(f"{self._api_key}:".encode()).decode()
        head = (
            f"{call.method} {prefix}{call.path}{query} HTTP/1.1",
            f"Host: {host.rpartition('@')[2]}",
            f"Authorization: Basic {token}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        )
        return "\r\n".join((*head, "", "")).encode() + body
