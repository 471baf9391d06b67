"""Which field of Close does each column of faker's `users` fill, and what should it hold afterwards?

The faker knows no companies. So whoever is of age works for the one company of their state; minors work for nobody, and
each is a lead of their own. What a lead should hold follows from its Company ID alone: two rows that disagree about a
lead would change it to and fro in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integration_tests.close_sandbox import Close

Record = Mapping[str, Any]

STREAM = "users"
MAJORITY = 18
BLOOD_TYPES = tuple(f"{letters}{sign}" for letters in ("A", "B", "AB", "O") for sign in "+\u2212")


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field, the column setting that fills it, and, in plain Python, what that should come to."""

    name: str
    type: str
    column: str
    expected: Callable[[Record], Any]
    choices: tuple[str, ...] | None = None
    many: bool = False
    by_id: bool = False
    """Is it named in the mapping by its id, or by its name?"""


LEAD_FIELDS = (CustomField("State", "text", "address.state", lambda record: record["address"]["state"]),)
CONTACT_FIELDS = (
    CustomField("Salutation", "text", "title", lambda record: record["title"]),
    CustomField("Gender", "choices", "gender", lambda record: record["gender"], choices=("Female", "Fluid", "Male", "Other")),
    CustomField(
        "Degrees",
        "choices",
        "academic_degree",
        lambda record: [record["academic_degree"]],
        choices=("Bachelor", "Master", "PhD"),
        many=True,
    ),
    CustomField("Blood type", "choices", "blood_type", lambda record: record["blood_type"], choices=BLOOD_TYPES, by_id=True),
    CustomField("Age", "number", "age", lambda record: record["age"]),
    CustomField("Height", "number", "height", lambda record: float(record["height"]), by_id=True),
    CustomField("Customer since", "datetime", "created_at", lambda record: record["created_at"]),
    CustomField("Customer since day", "date", "created_at", lambda record: record["created_at"][:10], by_id=True),
    CustomField("City", "text", "address.city", lambda record: record["address"]["city"]),
    CustomField(
        "Street",
        "text",
        "{{ record['address']['street_number'] }} {{ record['address']['street_name'] }}",
        lambda record: f"{record['address']['street_number']} {record['address']['street_name']}",
    ),
    CustomField("Speaks", "text", "{{ record.language | lower }}", lambda record: record["language"].lower()),
    CustomField("Nationality", "text", "nationality", lambda record: record["nationality"]),
)
COLUMNS = {
    "lead_company_id": f"{{{{ record['address']['state'] if record['age'] >= {MAJORITY} else '' }}}}",
    "lead_name": f"{{{{ record['address']['state'] ~ ' Works' if record['age'] >= {MAJORITY} else '' }}}}",
    "lead_status_id": f"{{{{ 'Customer' if record['age'] >= {MAJORITY} else 'Potential' }}}}",
    "lead_description": "{{ 'Came from the faker' }}",
    "lead_url": "https://{{ record['address']['state'] | lower | replace(' ', '-') }}.example.com",
    "contact_user_id": "id",
    "contact_email": "email",
    "contact_name": "name",
    "contact_phone": "telephone",
    "contact_title": "occupation",
    "contact_url": "https://people.example.com/{{ record['id'] }}",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The sandbox with its custom fields, and the config that goes with it."""

    close: Close
    company_field: str
    user_field: str
    field_ids: Mapping[str, str]
    """By name."""

    config: Mapping[str, Any]


def furnish(close: Close, search_lag_seconds: int) -> Account:
    """Make the custom fields in an empty account."""
    company = close.add_custom_field("lead", "Company ID")
    user = close.add_custom_field("contact", "User ID")
    ids = {field.name: _make(close, "lead", field) for field in LEAD_FIELDS}
    ids |= {field.name: _make(close, "contact", field) for field in CONTACT_FIELDS}
    config = {
        "api_key": close.settings.api_key,
        "lead_custom_field_id_for_company_id": company,
        "contact_custom_field_id_for_user_id": user,
        "search_lag_seconds": search_lag_seconds,
        "mappings": [
            {
                "stream": STREAM,
                **COLUMNS,
                "lead_custom_fields": [_setting(field, ids) for field in LEAD_FIELDS],
                "contact_custom_fields": [_setting(field, ids) for field in CONTACT_FIELDS],
            }
        ],
    }
    return Account(close, company, user, ids, config)


def _make(close: Close, place: str, field: CustomField) -> str:
    return close.add_custom_field(place, field.name, field.type, choices=field.choices, many=field.many)


def _setting(field: CustomField, ids: Mapping[str, str]) -> dict[str, str]:
    return {"custom_field": ids[field.name] if field.by_id else field.name, "column": field.column}
