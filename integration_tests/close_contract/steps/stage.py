"""What do the steps work with: the fields, leads and contacts made for them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integration_tests.close_contract.queries import search
from integration_tests.close_contract.talk import Talk

SECONDS_TO_SHOW = 120.0
"""Longer than search was ever seen to lag."""


@dataclass(slots=True)
class Stage:
    """Everything that bears the name of one run."""

    run: str
    talk: Talk
    me: Mapping[str, Any]
    fields: dict[str, str] = field(default_factory=dict)
    """Ids of custom fields by what they hold: lead_text, contact_text, shared and so on."""

    lead: Mapping[str, Any] = field(default_factory=dict)
    """With three contacts."""

    contact_id: str = ""
    """The first of them."""

    other: Mapping[str, Any] = field(default_factory=dict)
    """Without any."""

    seconds_late: float = 2.0
    """How long to wait before a read that must not be old; longer, once reads were seen to be later."""

    events_late: float = 10.0
    """The same of the event log."""

    @property
    def user_id(self) -> str:
        return str(self.me["id"])

    @property
    def lead_path(self) -> str:
        return f"/lead/{self.lead['id']}/"

    @property
    def contact_path(self) -> str:
        return f"/contact/{self.contact_id}/"

    def key(self, name: str) -> str:
        return f"custom.{self.fields[name]}"

    def email(self, name: str) -> str:
        return f"{name}@{self.run}.example.com"

    def new_lead(self, name: str, **body: Any) -> Mapping[str, Any]:
        """A lead that bears the name of the run. Raises Refused."""
        made: Mapping[str, Any] = self.talk.good("POST", "/lead/", {"name": f"{self.run} {name}", **body})
        return made

    def contacts_of(self, lead: Mapping[str, Any], count: int) -> list[Mapping[str, Any]]:
        """The contacts just made with a lead, which its answer may leave out. Raises Refused."""
        if "contacts" in lead:
            return list(lead["contacts"])
        until = self.talk.clock() + SECONDS_TO_SHOW
        while True:
            listed: list[Mapping[str, Any]] = self.talk.good("GET", "/contact/", query={"lead_id": str(lead["id"])})["data"]
            if len(listed) >= count or self.talk.clock() > until:
                return listed
            self.talk.sleep(1.0)

    def wait_until_found(self, object_type: str, query: Mapping[str, Any], count: int = 1) -> bool:
        """Whether a search comes to show so many objects."""
        until, pause = self.talk.clock() + SECONDS_TO_SHOW, 0.7
        while self.talk.clock() < until and self.talk.searches_left > 5:
            exchange = self.talk.search(search(object_type, dict(query)))
            if exchange.is_good and len(exchange.answer["data"]) >= count:
                return True
            self.talk.sleep(pause)
            pause = min(pause * 1.6, 20.0)
        return False
