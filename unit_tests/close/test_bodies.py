"""What is sent to change an object as it is now?"""

from __future__ import annotations

import pytest

from destination_close.close import lead_update
from destination_close.model import IdFields, UpdateLead
from unit_tests.support.builders import a_lead

TAGS = "custom.cf_tags"


@pytest.mark.parametrize(
    ("stored", "body"),
    [
        (None, {f"{TAGS}.add": " red "}),
        ([" red "], {}),  # a choice may be named so
        (["blue"], {f"{TAGS}.add": " red "}),
    ],
)
def test_a_value_is_added_unless_it_is_there_by_now(stored: list[str] | None, body: dict[str, str]) -> None:
    lead = a_lead(custom={TAGS: stored} if stored else None)
    assert lead_update(UpdateLead(lead, (), adds={TAGS: (" red ",)}), lead, IdFields()) == body
