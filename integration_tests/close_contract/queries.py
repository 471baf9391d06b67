"""In which words is Close searched here?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Query = dict[str, Any]


def search(object_type: str, *queries: Query, fields: dict[str, list[str]] | None = None, limit: int = 200) -> Query:
    """The body of one search."""
    of_type = {"type": "object_type", "object_type": object_type}
    body: Query = {"query": {"type": "and", "queries": [of_type, *queries]}, "_limit": limit}
    return body | ({"_fields": fields} if fields is not None else {})


def leads_named(run: str) -> Query:
    """Leads whose name has the run's name in it."""
    return search("lead", where(regular("lead", "name"), text(run, "phrase")), fields={"lead": ["id", "name"]})


def regular(object_type: str, name: str) -> Query:
    return {"type": "regular_field", "object_type": object_type, "field_name": name}


def custom(field_id: str) -> Query:
    return {"type": "custom_field", "custom_field_id": field_id}


def where(field: Query, condition: Query) -> Query:
    return {"type": "field_condition", "field": field, "condition": condition}


def text(value: str, mode: str = "exact_value") -> Query:
    return {"type": "text", "mode": mode, "value": value}


def term(*values: str) -> Query:
    return {"type": "term", "values": list(values)}


def any_of(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else {"type": "or", "queries": list(queries)}


def related(this: str, other: str, query: Query) -> Query:
    return {"type": "has_related", "this_object_type": this, "related_object_type": other, "related_query": query}


def email(value: str, mode: str = "exact_value", this: str = "contact") -> Query:
    """Contacts (or leads) with an email."""
    return related(this, "contact_email", where(regular("contact_email", "email"), text(value, mode)))
