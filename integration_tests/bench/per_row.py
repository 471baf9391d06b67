"""How would a user write the rows today, with Close's own client? A program for an environment of its own.

Search the lead, search the contact, then create or update: nothing here is slower than it has to be for a loop over rows.
The contact is looked for by User ID and, where there is none, by email, as sales may have typed it in; or by User ID alone.
It reads rows as JSON lines from stdin and prints, for each, the second at which its first search was answered.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from closeio_api import Client

Row = dict[str, Any]
Query = dict[str, Any]


def main(url: str, api_key: str, company_field: str, user_field: str, keys: str) -> None:
    rows = [json.loads(line) for line in sys.stdin]
    api = Client(api_key)
    api.base_url = f"{url}/"
    turns: list[float] = []
    for row in rows:
        lead = first(api, "lead", custom(company_field), row["company_id"])
        turns.append(time.monotonic())
        upsert(api, row, lead, company_field, user_field, by_email=keys == "user_id,email")
    print(json.dumps(turns))


def upsert(api: Client, row: Row, lead: str | None, company_field: str, user_field: str, *, by_email: bool) -> None:
    contact = first(api, "contact", custom(user_field), str(row["id"]))
    if not contact and by_email:
        contact = first(api, "contact", EMAIL, row["email"])
    person = {
        "name": row["name"],
        "title": row["job_title"],
        "emails": [{"email": row["email"], "type": "office"}],
        "phones": [{"phone": row["phone"], "type": "office"}],
        f"custom.{user_field}": str(row["id"]),
    }
    if contact:
        api.put(f"contact/{contact}", person)
    elif lead:
        api.post("contact", {"lead_id": lead, **person})
    else:
        company = {"name": row["company_name"], "url": row["company_website"], f"custom.{company_field}": row["company_id"]}
        api.post("lead", {**company, "contacts": [person]})


EMAIL = {"type": "regular_field", "object_type": "contact_email", "field_name": "email"}


def custom(field_id: str) -> Query:
    return {"type": "custom_field", "custom_field_id": field_id}


def first(api: Client, object_type: str, field: Query, value: str) -> str | None:
    """Id of a lead or contact with that value."""
    query: Query = {"type": "field_condition", "field": field, "condition": {"type": "text", "mode": "exact_value", "value": value}}
    if field is EMAIL:
        query = {"type": "has_related", "this_object_type": "contact", "related_object_type": "contact_email", "related_query": query}
    whole = {"type": "and", "queries": [{"type": "object_type", "object_type": object_type}, query]}
    found = api.post("data/search", {"query": whole, "_limit": 1})["data"]
    return found[0]["id"] if found else None


if __name__ == "__main__":
    main(*sys.argv[1:])
