"""What goes in and what comes out, whichever front it passes through?"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

Failure = Literal["timeout", "connect_timeout", "reset", "refused", "cut"]
"""How a call can end without a whole answer: no answer in time, no connection in time, connection dropped before the
answer, connection refused, connection dropped in the middle of the answer."""

PREFIX = "/api/v1"


@dataclass(slots=True)
class Request:
    """One call, as it arrived."""

    method: str
    path: str
    """Below `/api/v1`, as `/lead/lead_x/`."""

    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""

    body: bytes = b""
    at: float = 0.0
    tidy: bool = True
    """Whether the path came with its final slash, and without two in a row."""

    @property
    def api_key(self) -> str | None:
        """The user name of Basic authentication."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            return base64.b64decode(token.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return None


@dataclass(slots=True)
class Answer:
    """What Close answers, or, with `failure`, that no answer arrives."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: Failure | None = None
    delay: float = 0.0
    """Seconds that pass before the caller has it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the request log."""

    number: int
    method: str
    path: str
    group: str
    status: int
    """0 for a call that got no answer."""

    at: float
    milliseconds: float
    """What the sandbox itself needed, without latency."""

    body: Any = None
    fault: str | None = None
    object_id: str | None = None
    """The lead or contact that was written."""

    @property
    def endpoint(self) -> str:
        """`POST /lead/`, `PUT /contact/{id}/`: the path without ids."""
        parts = self.path.strip("/").split("/")
        fixed = 3 if parts[:2] == ["activity", "status_change"] else 2 if parts[0] in _TWO_WORDS or self.path == "/lead/merge/" else 1
        return f"{self.method} /{'/'.join((*parts[:fixed], *('{id}' for _ in parts[fixed:])))}/"


_TWO_WORDS = frozenset(("data", "status", "custom_field", "custom_field_schema", "activity", "unsubscribe"))


def read_request(method: str, path: str, query: str | Mapping[str, str], headers: Mapping[str, str], body: bytes, at: float) -> Request:
    """The request, with the prefix of the API taken off its path, and the path as it is documented."""
    if path.startswith(PREFIX + "/"):
        path = path[len(PREFIX) :]
    documented = _documented(path)
    tidy = path in (documented, documented.replace("/custom_field/", "/custom_fields/", 1))
    arguments = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else dict(query)
    return Request(method.upper(), documented, arguments, {k.lower(): v for k, v in headers.items()}, body, at, tidy)


def _documented(path: str) -> str:
    """With single slashes, also at its end, and with the name that custom fields have had since 2020; the plural goes on working."""
    parts = [part for part in path.split("/") if part]
    if parts and parts[0] == "custom_fields":
        parts[0] = "custom_field"
    return "/".join(("", *parts, ""))
