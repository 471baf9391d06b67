"""What does a Close answer that holds a million people and needs no memory for them?

A company follows from its number, see `rows`, so an answer can be made of the question alone. Every two-hundredth company is not
there. Nothing is remembered, nothing limited, nothing waited for: for looking at the memory of the connector, not at its pace.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from integration_tests.bench import rows
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, many_fields
from integration_tests.close_sandbox.server import listening_socket
from integration_tests.close_sandbox.settings import CALM
from integration_tests.close_sandbox.wire import PREFIX

PROJECT = Path(__file__).parents[2]
CREATED = "2026-01-05T10:00:00.000000+00:00"
MISSING_ONE_IN = 200
PAGE = 200

Json = dict[str, Any]
_UNLIMITED = {"content-type": "application/json", "ratelimit": "limit=1000000; remaining=999999; reset=1"}


def exists(company: int) -> bool:
    return company % MISSING_ONE_IN != MISSING_ONE_IN - 1


def lead_of(company: int, status_id: str) -> Json:
    """As a search answers."""
    first = company * rows.PEOPLE_PER_COMPANY
    (lead,) = rows.leads(rows.people(rows.PEOPLE_PER_COMPANY, first=first))
    return answered(lead, company, status_id)


def answered(lead: Json, company: int, status_id: str) -> Json:
    """The lead as it was sent, with what Close adds."""
    lead_id = f"lead_{company:043}"
    contacts = [
        {**contact, "id": f"cont_{int(contact[f'custom.{USER_ID}']):043}", "lead_id": lead_id, "urls": [], "date_created": CREATED}
        for contact in lead["contacts"]
    ]
    added = {"__object_type": "lead", "id": lead_id, "description": "", "status_id": status_id, "date_created": CREATED}
    return {**lead, **added, "contacts": contacts}


def companies_in(query: Any) -> Iterator[int]:
    """The companies that a search asks for, by any of their keys."""
    if isinstance(query, list):
        for one in query:
            yield from companies_in(one)
    elif isinstance(query, dict):
        if query.get("type") == "field_condition":
            yield _company(query["field"], query["condition"]["value"])
        else:
            yield from companies_in([query.get("queries"), query.get("related_query")])


def _company(field: Mapping[str, Any], value: str) -> int:
    if field.get("custom_field_id") == COMPANY_ID:
        return int(value.removeprefix("c-"))
    person = value if field.get("custom_field_id") == USER_ID else value.split(".")[1].partition("@")[0]
    return int(person) // rows.PEOPLE_PER_COMPANY


class Endless:
    """The ASGI application."""

    def __init__(self) -> None:
        self._close = Close(CALM)
        """For everything about the account."""

        many_fields(self._close)
        self._status_id = next(iter(self._close.organization.statuses))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = request.url.path.removeprefix(PREFIX)
        answer = self._answer(request, path, await request.body())
        await Response(answer, headers=_UNLIMITED)(scope, receive, send)

    def _answer(self, request: Request, path: str, body: bytes) -> bytes:
        if path == "/data/search/":
            return orjson.dumps(self._found(orjson.loads(body)))
        if path == "/lead/":
            lead = orjson.loads(body)
            return orjson.dumps(answered(lead, int(lead[f"custom.{COMPANY_ID}"].removeprefix("c-")), self._status_id))
        return self._close.handle(request.method, path, request.url.query, dict(request.headers), body).body

    def _found(self, told: Json) -> Json:
        begin = int(told.get("cursor") or 0)
        found = [company for company in dict.fromkeys(companies_in(told["query"])) if exists(company)]
        end = begin + PAGE
        data = [lead_of(company, self._status_id) for company in found[begin:end]]
        return {"data": data, "cursor": str(end) if end < len(found) else None}


# --- its process -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def running() -> Iterator[str]:
    """One in a process of its own; gives the address of its API."""
    process = subprocess.Popen([sys.executable, "-m", "integration_tests.bench.endless"], stdout=subprocess.PIPE, cwd=PROJECT, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=10)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.bench.endless", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    with listening_socket("127.0.0.1", parser.parse_args().port) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}", flush=True)
        config = uvicorn.Config(Endless(), log_level="warning", access_log=False, lifespan="off", timeout_keep_alive=75)
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
