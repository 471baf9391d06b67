"""How would a user write the rows today, with Close's own client? A program for an environment of its own.

Search the lead, search the contact, then create or update: nothing here is slower than it has to be for a loop over rows.
It reads rows as JSON lines from stdin and prints what it took.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from closeio_api import Client

Row = dict[str, Any]


def main(url: str, api_key: str, company_field: str, user_field: str) -> None:
    rows = [json.loads(line) for line in sys.stdin]
    api = Client(api_key)
    api.base_url = f"{url}/"
    begun = time.monotonic()
    for row in rows:
        upsert(api, row, company_field, user_field)
    print(json.dumps({"rows": len(rows), "seconds": time.monotonic() - begun}))


def upsert(api: Client, row: Row, company_field: str, user_field: str) -> None:
    lead = first(api, "lead", company_field, row["company_id"])
    contact = first(api, "contact", user_field, str(row["id"]))
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


def first(api: Client, object_type: str, field: str, value: str) -> str | None:
    """Id of a lead or contact with that value."""
    condition = {"type": "text", "mode": "exact_value", "value": value}
    named = {"type": "field_condition", "field": {"type": "custom_field", "custom_field_id": field}, "condition": condition}
    query = {"type": "and", "queries": [{"type": "object_type", "object_type": object_type}, named]}
    found = api.post("data/search", {"query": query, "_limit": 1})["data"]
    return found[0]["id"] if found else None


if __name__ == "__main__":
    main(*sys.argv[1:])
