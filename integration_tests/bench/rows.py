"""Which rows are measured?

People of made-up companies, five to a company unless a case says otherwise: a table of users with twelve mapped columns,
as a product has it. A row follows from its number alone, and so does what Close holds once the row is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from integration_tests.close_sandbox.presets import COMPANY_ID, LAST_SEEN, PLAN, ROLE, SEATS, USER_ID
from integration_tests.close_sandbox.settings import Settings

STREAM = "users"
PEOPLE_PER_COMPANY = 5
SEARCH_LAG_SECONDS = 2

_PLANS = ("Free", "Team", "Enterprise")
_ROLES = ("Admin", "Member", "Billing")
_TITLES = ("CEO", "Head of Sales", "Office Manager", "Engineer", "Buyer")
_FIRST = ("Ann", "Bob", "Chloé", "Dmitri", "Elif", "Femi", "Grace", "Hiro", "Inés", "Jonas", "Kofi")
_LAST = ("Lee", "Okafor", "García", "Novak", "Schmidt", "Tanaka", "Silva", "Dubois", "Hansen", "Rossi", "Kaya", "Mensah", "O'Brien")


@dataclass(frozen=True, slots=True)
class Row:
    """One person of one company; `title` is what a case may change."""

    person: int
    company: int
    title: str

    def data(self) -> dict[str, Any]:
        """As the source sends it."""
        person, company = self.person, self.company
        return {
            "id": person,
            "email": f"person.{person}@company{company}.example",
            "name": f"{_FIRST[person % len(_FIRST)]} {_LAST[person % len(_LAST)]}-{person}",
            "phone": f"+1{2_025_550_000 + person * 7 % 7_000_000_000}",
            "job_title": self.title,
            "role": _ROLES[person % len(_ROLES)],
            "last_seen_at": f"2026-09-{person % 28 + 1:02}T10:{person % 60:02}:00Z",
            "company_id": f"c-{company}",
            "company_name": f"Company {company}",
            "company_website": f"https://company{company}.example",
            "company_plan": _PLANS[company % len(_PLANS)],
            "company_seats": company % 400 + 1,
        }


def people(count: int, *, first: int = 0, per_company: int = PEOPLE_PER_COMPANY) -> list[Row]:
    """So many people, company after company."""
    return [person(number, per_company) for number in range(first, first + count)]


def person(number: int, per_company: int = PEOPLE_PER_COMPANY) -> Row:
    """The person with this number."""
    return Row(number, number // per_company, _TITLES[number % len(_TITLES)])


# --- what Close holds ------------------------------------------------------------------------------------------------


def leads(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Bodies of the leads, with their contacts, that Close holds once the rows are written."""
    by_company: dict[int, dict[str, Any]] = {}
    for row in rows:
        data = row.data()
        lead = by_company.setdefault(row.company, _lead(data))
        lead["contacts"].append(_contact(data))
    yield from by_company.values()


def _lead(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": data["company_name"],
        "url": data["company_website"],
        f"custom.{COMPANY_ID}": data["company_id"],
        f"custom.{PLAN}": data["company_plan"],
        f"custom.{SEATS}": data["company_seats"],
        "contacts": [],
    }


def _contact(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": data["name"],
        "title": data["job_title"],
        "emails": [{"email": data["email"], "type": "office"}],
        "phones": [{"phone": data["phone"], "type": "office"}],
        f"custom.{USER_ID}": str(data["id"]),
        f"custom.{ROLE}": data["role"],
        f"custom.{LAST_SEEN}": data["last_seen_at"].replace("Z", "+00:00"),
    }


# --- what the connector is given -------------------------------------------------------------------------------------

CONFIG: dict[str, Any] = {
    "api_key": Settings().api_key,
    "lead_custom_field_id_for_company_id": COMPANY_ID,
    "contact_custom_field_id_for_user_id": USER_ID,
    "search_lag_seconds": SEARCH_LAG_SECONDS,
    "mappings": [
        {
            "stream": STREAM,
            "lead_company_id": "company_id",
            "lead_name": "company_name",
            "lead_url": "company_website",
            "contact_user_id": "id",
            "contact_email": "email",
            "contact_name": "name",
            "contact_phone": "phone",
            "contact_title": "job_title",
            "lead_custom_fields": [
                {"custom_field": "Plan", "column": "company_plan"},
                {"custom_field": "Seats", "column": "company_seats"},
            ],
            "contact_custom_fields": [
                {"custom_field": "Role", "column": "role"},
                {"custom_field": "Last seen", "column": "last_seen_at"},
            ],
        }
    ],
}

CATALOG: dict[str, Any] = {
    "streams": [
        {
            "stream": {
                "name": STREAM,
                "json_schema": {"type": "object", "properties": {key: {} for key in person(0).data()}},
                "supported_sync_modes": ["full_refresh", "incremental"],
            },
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
            "generation_id": 1,
            "minimum_generation_id": 0,
            "sync_id": 1,
        }
    ]
}


def lines(rows: Iterable[Row], rows_per_state: int) -> Iterator[bytes]:
    """The messages of the source: the rows, a state after so many of them, and one after the last."""
    number = 0
    for number, row in enumerate(rows, 1):
        record = {"stream": STREAM, "data": row.data(), "emitted_at": 1_790_000_000_000 + number}
        yield orjson.dumps({"type": "RECORD", "record": record}) + b"\n"
        if number % rows_per_state == 0:
            yield _state(number)
    yield _state(number)


def _state(cursor: int) -> bytes:
    inner = {"stream_descriptor": {"name": STREAM}, "stream_state": {"cursor": cursor}}
    return orjson.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": inner, "id": cursor}}) + b"\n"
