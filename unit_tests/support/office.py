"""How does a test play a Close in which people work while rows come in?"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from destination_close.model import Kind
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.settings import CALM
from integration_tests.close_sandbox.wire import Request
from unit_tests.laws.oracle.generate import COMPANY_FIELD, USER_FIELD, World
from unit_tests.support import harness
from unit_tests.support.law import CONFIG, a_sandbox
from unit_tests.support.privacy import assert_private
from unit_tests.support.scenario import outcomes

COMPANY, USER = f"custom.{COMPANY_FIELD}", f"custom.{USER_FIELD}"
INDEX_LAG = 10.0

Row = dict[str, Any]


def delete(close: Sandbox, object_id: str) -> None:
    """A colleague deletes it by the API: with `deleted_get_stale_once`, the next read still shows it."""
    kind = "lead" if object_id.startswith("lead_") else "contact"
    key = base64.b64encode(f"{close.settings.api_key}:".encode()).decode()
    assert close.handle("DELETE", f"/api/v1/{kind}/{object_id}/", headers={"authorization": f"Basic {key}"}).status == 200


class Office:
    """A Close in which colleagues work while rows come in."""

    def __init__(self, **switches: Any) -> None:
        self.clock = FakeClock()
        self.close: Sandbox = a_sandbox(World(), self.clock, CALM.but(**{"index_lag": INDEX_LAG, **switches}))

    def before(self, method: str, path: str, do: Callable[[], object], *, nth: int = 1) -> None:
        """Right before the nth such call, somebody does this."""
        seen = Counter[str]()

        def interfere(request: Request) -> None:
            if request.method == method and request.path.startswith(path):
                seen["calls"] += 1
                if seen["calls"] == nth:
                    do()

        self.close.before_request.append(interfere)

    def run(self, *rows: Row, stream: str = "people", insert: str | None = None, **more: Any) -> harness.Ran:
        """`insert`: rows mapped on the screen of data activation, to become such objects."""
        chosen = {"destination_object_name": insert, "destination_sync_mode": "append"} if insert else {}
        messages = [*(harness.record(stream, row) for row in rows), harness.state(stream, 1)]
        ran = harness.run(self.close, self.clock, CONFIG, messages, describe=lambda info: replace(info, **chosen), **more)
        assert_private(ran, CALM.api_key, rows)
        return ran

    def sync(self, *rows: Row, stream: str = "people", **more: Any) -> harness.Ran:
        """A run in which every row must find its end, and none be rejected."""
        ran = self.run(*rows, stream=stream, **more)
        if ran.failure:
            raise ran.failure
        assert len(ran.states) == 1
        counts = outcomes(ran, stream)
        assert (sum(counts.values()), counts[Kind.REJECTED]) == (len(rows), 0), ran.logs
        self.close.settle()
        return ran

    def lead(self, company_id: str | None = None, **more: Any) -> str:
        stamp = {} if company_id is None else {COMPANY: company_id}
        lead_id: str = self.close.add_lead({"name": "Heron Ltd", **stamp, **more})["id"]
        self.clock.advance(1)
        return lead_id

    def contact(self, lead_id: str, *emails: str, user_id: str | None = None, **more: Any) -> str:
        stamp = {} if user_id is None else {USER: user_id}
        fields = {"name": "Hanna Heron", "emails": [{"email": email, "type": "office"} for email in emails], **stamp, **more}
        contact_id: str = self.close.add_contact(lead_id, fields)["id"]
        self.clock.advance(1)
        return contact_id

    def add_email(self, contact_id: str, email: str) -> None:
        """A rep does."""
        emails = self.close.contact(contact_id)["emails"]
        self.close.edit_contact(contact_id, {"emails": [*emails, {"email": email, "type": "home"}]})

    def emails(self, contact_id: str) -> list[str]:
        return [item["email"] for item in self.close.contact(contact_id)["emails"]]

    def holding(self, email: str) -> list[Any]:
        """The contacts with this email."""
        return [c for c in self.close.contacts.values() if email in [item["email"] for item in c["emails"]]]

    def of_company(self, company_id: str) -> list[Any]:
        return [lead for lead in self.close.leads.values() if lead.get(COMPANY) == company_id]


def a_row(**more: Any) -> Row:
    return {"lead_company_id": "h1", "contact_user_id": "h-hanna", "contact_email": "hanna@heron.example", **more}
