"""How do these tests talk to the sandbox?"""

from __future__ import annotations

from typing import Any

import requests

from integration_tests.close_sandbox import CALM, Close, FakeClock, SandboxAdapter, Settings

BASE = "https://api.close.com/api/v1"


class Talk:
    """A sandbox with a fake clock, and a session that talks to it through the adapter."""

    def __init__(self, settings: Settings = CALM, clock: FakeClock | None = None, **changes: Any) -> None:
        self.clock = clock or FakeClock()
        self.close = Close(settings.but(**changes), self.clock)
        self.session = requests.Session()
        self.session.auth = (self.close.settings.api_key, "")
        self.session.mount("https://api.close.com/", SandboxAdapter(self.close))

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(method, BASE + path, json=body, **more)

    def get(self, path: str, **query: Any) -> Any:
        return _good(self.ask("GET", path, params=query))

    def post(self, path: str, body: Any) -> Any:
        return _good(self.ask("POST", path, body))

    def put(self, path: str, body: Any) -> Any:
        return _good(self.ask("PUT", path, body))

    def delete(self, path: str) -> Any:
        return _good(self.ask("DELETE", path))

    def created(self, path: str, body: Any) -> Any:
        """For those endpoints that answer 201."""
        answer = self.ask("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, status: int = 400, **more: Any) -> Any:
        answer = self.ask(method, path, body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def field_errors(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        told = self.refused(method, path, body, **more)
        assert set(told) == {"errors", "field-errors"}
        assert told["errors"] == []
        return told["field-errors"]

    def find(self, object_type: str, *queries: Any, **more: Any) -> Any:
        body = {"query": {"type": "and", "queries": [{"type": "object_type", "object_type": object_type}, *queries]}, **more}
        return self.post("/data/search/", body)

    def found(self, object_type: str, *queries: Any) -> set[str]:
        return {hit["id"] for hit in self.find(object_type, *queries)["data"]}


def _good(answer: requests.Response) -> Any:
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    return answer.json()


def regular(object_type: str, name: str) -> dict[str, Any]:
    return {"type": "regular_field", "object_type": object_type, "field_name": name}


def custom(field_id: str) -> dict[str, Any]:
    return {"type": "custom_field", "custom_field_id": field_id}


def where(field: dict[str, Any], condition: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "field_condition", "field": field, "condition": condition, **more}


def text(value: str, mode: str = "exact_value") -> dict[str, Any]:
    return {"type": "text", "mode": mode, "value": value}


def either(*queries: Any) -> dict[str, Any]:
    return {"type": "or", "queries": list(queries)}


def both(*queries: Any) -> dict[str, Any]:
    return {"type": "and", "queries": list(queries)}


def related(this: str, other: str, query: Any, **more: Any) -> dict[str, Any]:
    return {"type": "has_related", "this_object_type": this, "related_object_type": other, "related_query": query, **more}


def email(value: str, mode: str = "exact_value") -> dict[str, Any]:
    return related("contact", "contact_email", where(regular("contact_email", "email"), text(value, mode)))
