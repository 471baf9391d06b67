"""What goes wrong on purpose, when, and how often?"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import orjson

from integration_tests.close_sandbox.wire import Answer, Failure, Request

Kind = Literal[
    "timeout",
    "connect_timeout",
    "reset",
    "refused",
    "cut",
    "400",
    "401",
    "402",
    "403",
    "404",
    "408",
    "413",
    "429",
    "500",
    "502",
    "503",
    "504",
    "truncated_json",
    "html_200",
    "empty_200",
]
"""How a call is spoilt: a transport failure, a status, or a 200 whose body is no JSON."""

KINDS: tuple[Kind, ...] = get_args(Kind)
FAILURES: tuple[Failure, ...] = get_args(Failure)

_HTML = b"<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n</html>\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is to go wrong."""

    kind: Kind
    when: Literal["before", "after"] = "before"
    """Before: the request is not carried out. After: it is, and its answer is lost."""

    method: str | None = None
    path: str = "/"
    """Prefix, as `/lead/` or `/data/search/`."""

    times: int | None = 1
    """So many matching calls; None: for ever."""

    skip: int = 0
    """So many matching calls pass first."""

    probability: float = 1.0
    """Of each matching call."""

    late: float = 0.0
    """After only: the effect becomes real so many seconds later; the worker was still at it when the caller gave up."""

    delay: float = 0.0
    """Seconds that the caller is kept waiting."""

    retry_after: float | None = None
    """Header of a 429 or 503."""

    field: str | None = None
    """The field that a 400 or 403 names."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {self.kind}")
        if self.when not in ("before", "after"):
            raise ValueError("when: before or after")

    def matches(self, request: Request) -> bool:
        return self.method in (None, request.method) and request.path.startswith(self.path)


class Faults:
    """The plan: faults are tried in the order they were added, and the first that strikes is it."""

    def __init__(self, rng: random.Random) -> None:
        self._planned: list[Fault] = []
        self._rng = rng
        self.struck = 0

    def add(self, fault: Fault) -> None:
        self._planned.append(fault)

    def clear(self) -> None:
        self._planned.clear()

    @property
    def planned(self) -> list[Fault]:
        return list(self._planned)

    def strike(self, request: Request, when: str) -> Fault | None:
        for position, fault in enumerate(self._planned):
            if fault.when != when or not fault.matches(request):
                continue
            if fault.skip:
                self._planned[position] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.probability < 1.0 and self._rng.random() >= fault.probability:
                continue
            self._use_up(position, fault)
            self.struck += 1
            return fault
        return None

    def _use_up(self, position: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._planned[position]
        else:
            self._planned[position] = replace(fault, times=fault.times - 1)


def spoilt(fault: Fault, answer: Answer | None) -> Answer:
    """What the caller gets instead of `answer` (None: there was none)."""
    for failure in FAILURES:
        if fault.kind == failure:
            body = answer.body if answer else b'{"data": []}'
            return Answer(200, {"content-type": "application/json"}, body, failure=failure, delay=fault.delay)
    if fault.kind == "truncated_json":
        whole = answer.body if answer and len(answer.body) > 3 else b'{"data": [{"id": "lead_'
        return _answer(fault, 200, "application/json", whole[: len(whole) // 2 + 1])
    if fault.kind == "html_200":
        return _answer(fault, 200, "text/html", _HTML % (b"Welcome", b"Just a moment..."))
    if fault.kind == "empty_200":
        return _answer(fault, 200, "application/json", b"")
    return _with_status(fault, int(fault.kind))


def _with_status(fault: Fault, status: int) -> Answer:
    pages = {408: b"408 Request Time-out", 413: b"413 Request Entity Too Large", 502: b"502 Bad Gateway"}
    if status == 504:
        return _answer(fault, status, "text/html", b"")
    if status in pages:
        return _answer(fault, status, "text/html", _HTML % (pages[status], pages[status]))
    return _answer(fault, status, "application/json", orjson.dumps(_BODIES[status](fault)))


def _answer(fault: Fault, status: int, content_type: str, body: bytes) -> Answer:
    headers = {"content-type": content_type}
    if fault.retry_after is not None:
        headers["retry-after"] = f"{fault.retry_after:g}"
    return Answer(status, headers, body, delay=fault.delay)


def _named(message: str, fault: Fault) -> dict[str, Any]:
    return {"errors": [], "field-errors": {fault.field: message}} if fault.field else {"error": message}


_BODIES: Mapping[int, Any] = {
    400: lambda fault: _named("Invalid value.", fault),
    401: lambda _: {"error": "Unauthorized"},
    402: lambda _: {"error": "You have reached the lead limit of your plan. Please upgrade to add more leads."},
    403: lambda fault: _named("You do not have permission to perform this action.", fault),
    404: lambda _: {"error": "Empty query: Lead matching query does not exist."},
    429: lambda fault: {"error": {"message": "API call count exceeded for this period", "rate_reset": fault.retry_after or 1}},
    500: lambda _: {"error": "Internal Server Error"},
    503: lambda _: {"error": "Service Unavailable"},
}
