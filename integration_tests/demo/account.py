"""What did sales reps have in Close before the first sync, and which settings go with it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from integration_tests.close_sandbox import Close, Settings
from integration_tests.close_sandbox.presets import COMPANY_ID, PLAN, ROLE, SEATS, TAGS, USER_ID, many_fields

INDEX_LAG_SECONDS = 1.0
SEARCH_LAG_SECONDS = 2
"""What the connector reckons with. Of the real Close it thinks 60, which would make the demo wait."""

SETTINGS = Settings(organization_name="Demo Inc", index_lag=INDEX_LAG_SECONDS)


def furnish(close: Close) -> str:
    """Custom fields, and leads typed by hand. Returns the id of the lead that the demo shows before and after."""
    many_fields(close)
    close.add_lead(_NORTHWIND)
    shown = close.add_lead(_ALPINE)
    for lead in (_LEHMANNS, _HERON, _WOLSKI, _QUICK_STOP, _OLD_MILL, _ORTIZ):
        close.add_lead(lead)
    return str(shown["id"])


def config(close: Close, rejected: Path) -> dict[str, Any]:
    """The destination's settings, as a user enters them in Airbyte; `rejected` is the folder for rejected rows."""
    return {
        "api_key": close.settings.api_key,
        "lead_custom_field_id_for_company_id": COMPANY_ID,
        "contact_custom_field_id_for_user_id": USER_ID,
        "search_lag_seconds": SEARCH_LAG_SECONDS,
        "object_storage_config": {"storage_type": "Local", "local_path": str(rejected)},
        "mappings": [USERS],
    }


USERS = {
    "stream": "users",
    "filter": "{{ not record['is_test'] }}",
    "lead_company_id": "company.id",
    "lead_name": "company.name",
    "lead_url": "company.website",
    "lead_status_id": "{{ 'Customer' if record['company']['plan'] | title in ['Team', 'Enterprise'] else '' }}",
    "contact_user_id": "id",
    "contact_email": "email",
    "contact_name": "{{ record['first_name'] }} {{ record['last_name'] }}",
    "contact_phone": "phone",
    "contact_title": "job_title",
    "contact_url": "{{ 'https://app.ourproduct.example/users/' ~ record['id'] if record['id'] else '' }}",
    "lead_custom_fields": [
        {"custom_field": "Plan", "column": "{{ record['company']['plan'] | title }}"},
        {"custom_field": "Seats", "column": "company.seats"},
        {"custom_field": "Renewal date", "column": "company.renews_at"},
        {"custom_field": "Tags", "column": "company.tags"},
    ],
    "contact_custom_fields": [
        {"custom_field": "Role", "column": "role"},
        {"custom_field": "Last seen", "column": "last_seen_at"},
    ],
}
"""The mapping of the stream `users`. `webinar_signups` has none: its columns are named as the fields of Close."""

# --- leads typed by hand ---------------------------------------------------------------------------------------------

_NORTHWIND = {
    "name": "Northwind Traders",
    "description": "Met at the Lisbon fair. Prefers calls before noon.",
    "url": "https://northwind.example",
    "status": "Qualified",
    f"custom.{COMPANY_ID}": "c-1001",
    f"custom.{PLAN}": "Team",
    f"custom.{TAGS}": ["vip"],
    "contacts": [
        {
            "name": "Maria Anders",
            "title": "Head of Purchasing",
            "emails": [{"email": "Maria@Northwind.example", "type": "office"}],
            "phones": [{"phone": "+1 650 555 0101", "type": "mobile"}],
            f"custom.{USER_ID}": "u-5001",
            f"custom.{ROLE}": "Admin",
        },
        {"name": "Jonas Bergulfsen", "emails": [{"email": "jonas@northwind.example"}]},
    ],
}
"""Known by its Company ID. Jonas carries no User ID yet: he is found by his email."""

_ALPINE = {
    "name": "alpine freight (Greta)",
    "description": "Called twice, wants a demo in spring.",
    "contacts": [
        {
            "name": "G. Lind",
            "emails": [{"email": "greta@alpinefreight.example", "type": "office"}, {"email": "greta.lind@home.example", "type": "home"}],
            "phones": [{"phone": "+1 206 555 0100", "type": "mobile"}],
        }
    ],
}
"""No Company ID: it is adopted, because a row of c-1002 has Greta's email. Her other phone and email must survive."""

_LEHMANNS = {
    "name": "Lehmanns Marktstand",
    "status": "Customer",
    f"custom.{COMPANY_ID}": "c-1003",
    f"custom.{SEATS}": 12,
    "contacts": [
        {
            "name": "Renate Messner",
            "emails": [{"email": "renate@lehmanns.example"}],
            "phones": [{"phone": "+49 69 0245984"}],
            f"custom.{USER_ID}": "u-5003",
        }
    ],
}
"""The rows know Renate by another email and phone: they are added to hers."""

_HERON = {
    "name": "Blue Heron Books",
    "description": "Small shop, nice people.",
    "contacts": [{"name": "Dana Whitfield", "emails": [{"email": "Dana@BlueHeron.example"}]}, {"name": "Lou (evenings)"}],
}
"""Adopted by way of Dana; Lou, whom no row knows, stays as he is."""

_WOLSKI = {"name": "", "contacts": [{"emails": [{"email": "info@wolski.example"}]}]}
"""A lead and a contact without names: the rows bring them."""

_QUICK_STOP = {"name": "Quick Stop", "contacts": [{"name": "Paula Quick", "emails": [{"email": "paula@quickstop.example"}]}]}
"""Its Paula signs up for the webinar."""

_OLD_MILL = {"name": "Old Mill Bakery", "description": "Gone on holiday until May.", "contacts": [{"name": "Mo Mill"}]}
"""No row means it; nothing may happen to it."""

_ORTIZ = {
    "name": "Ortiz Consulting",
    f"custom.{COMPANY_ID}": "c-1008",
    "contacts": [{"name": "Sam Ortiz", "emails": [{"email": "sam@ortiz-consulting.example"}]}],
}
"""The rows have Sam's email in another company: that company becomes a lead of its own, and this one stays as it is."""
