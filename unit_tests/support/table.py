"""How does a test write a table into an empty Close, with a mapping of its own?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from destination_close.model import Kind
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, many_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support import harness
from unit_tests.support.privacy import assert_texts_private
from unit_tests.support.scenario import outcomes

STREAM = "users"
WRITES = ("POST", "PUT", "DELETE")


class Table:
    """A stream `users` with one mapping, and the Close that it is written into."""

    def __init__(self, mapping: Mapping[str, Any], **settings: Any) -> None:
        self.settings = {
            "api_key": CALM.api_key,
            "lead_custom_field_id_for_company_id": COMPANY_ID,
            "contact_custom_field_id_for_user_id": USER_ID,
            "search_lag_seconds": 0,
            "mappings": [{"stream": STREAM, **mapping}],
            **settings,
        }
        self.clock = FakeClock()
        self.close = Close(CALM, self.clock, self.clock.sleep)
        many_fields(self.close)

    def write(self, rows: Sequence[Mapping[str, Any]], **more: Any) -> harness.Ran:
        """One sync of the rows; what it says gives away nothing of them."""
        ran = harness.run(self.close, self.clock, self.settings, [harness.record(STREAM, row) for row in rows], **more)
        if ran.failure:
            raise ran.failure
        self.close.settle()
        assert_texts_private(ran.logs, CALM.api_key, ())
        said = "\n".join(ran.logs).casefold()
        for value in personal(rows):
            assert value.casefold() not in said, f"{value!r} was printed"
        return ran

    def write_twice(self, rows: Sequence[Mapping[str, Any]]) -> harness.Ran:
        """What the first sync said; the second finds nothing to write."""
        ran = self.write(rows)
        before = len(self.close.calls)
        again = outcomes(self.write(rows), STREAM)
        assert self.writes(before) == []
        assert (again[Kind.CREATED], again[Kind.UPDATED]) == (0, 0)
        return ran

    def writes(self, since: int = 0) -> list[str]:
        """The calls that changed something."""
        calls = list(self.close.calls)[since:]
        return [call.endpoint for call in calls if call.method in WRITES and "search" not in call.endpoint]

    @property
    def leads(self) -> list[dict[str, Any]]:
        return list(self.close.leads.values())

    @property
    def contacts(self) -> list[dict[str, Any]]:
        return list(self.close.contacts.values())

    def emails(self) -> list[list[str]]:
        """Of each contact."""
        return [[item["email"] for item in contact.get("emails") or ()] for contact in self.contacts]

    def phones(self) -> list[list[str]]:
        """Of each contact."""
        return [[item["phone"] for item in contact.get("phones") or ()] for contact in self.contacts]


def personal(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Texts of the rows that are too long to stand in a log by accident."""
    texts = {value.strip() for row in rows for value in row.values() if isinstance(value, str)}
    return {text for text in texts if len(text) > 8 and " " in text}
