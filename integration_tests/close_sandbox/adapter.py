"""How does a `requests.Session` talk to a Close in memory, without a network?"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError
from urllib3.util.retry import Retry

from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.wire import Answer


class SandboxAdapter(BaseAdapter):
    """Mount it: `session.mount("https://api.close.com/", SandboxAdapter(close))`.

    Answers are real `requests.Response`s, and failures the exceptions that requests raises for them, with the same insides.
    """

    def __init__(self, close: Close) -> None:
        super().__init__()
        self.close_sandbox = close

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # noqa: ARG002 - requests passes them by name
        verify: Any = True,  # noqa: ARG002
        cert: Any = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        answer = self.close_sandbox.handle(request.method or "GET", parts.path, parts.query, dict(request.headers), _bytes(request.body))
        _raise_failure(answer, request)
        response = _response(answer, request)
        if not stream:
            response.content  # noqa: B018 - read now, as requests does, so that a cut answer fails here
        return response

    def close(self) -> None:
        """Nothing is open."""


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    return b"".join(part if isinstance(part, bytes) else part.encode() for part in body)


def _raise_failure(answer: Answer, request: requests.PreparedRequest) -> None:
    pool = HTTPConnectionPool("sandbox")
    match answer.failure:
        case "timeout":
            raise requests.exceptions.ReadTimeout("Read timed out.", request=request)
        case "connect_timeout":
            raise requests.exceptions.ConnectTimeout("Connection timed out.", request=request)
        case "reset":
            dropped = ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
            raise requests.exceptions.ConnectionError(dropped, request=request)
        case "refused":
            refused = NewConnectionError(HTTPConnection("sandbox"), "[Errno 111] Connection refused")
            raise requests.exceptions.ConnectionError(MaxRetryError(pool, request.url or "", refused), request=request)


def _response(answer: Answer, request: requests.PreparedRequest) -> requests.Response:
    body, length = answer.body, len(answer.body)
    if answer.failure == "cut":
        body = body[: length // 2]
    headers = {**answer.headers, "content-length": str(length)}
    raw = HTTPResponse(io.BytesIO(body), headers=headers, status=answer.status, preload_content=False, enforce_content_length=True)
    raw.retries = Retry(0)
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(headers)
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = raw
    response.reason = raw.reason or ""
    response.url = request.url or ""
    response.request = request
    return response
