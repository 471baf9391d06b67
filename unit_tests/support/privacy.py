"""What must nobody read in what a run says?

Logs, traces and the texts of exceptions end where many people read. They never hold the API key, nor what the rows hold of people.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from destination_close.airbyte import trace_of
from unit_tests.support.harness import Ran

PERSONAL_COLUMNS = ("lead_name", "contact_name", "contact_email", "contact_phone", "contact_title", "contact_url", "second_email")
SHORTEST = 4
"""What is shorter stands in ordinary words."""


def assert_private(ran: Ran, api_key: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Nothing that a played run said, and nothing that ended it, gives away the key or what the rows hold."""
    assert_texts_private([*_said(ran.messages), *_of_failure(ran.failure)], api_key, rows)


def assert_texts_private(texts: Sequence[str], api_key: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """The same of texts from anywhere."""
    said = "\n".join(texts).casefold()
    digits = re.sub(r"\D", "", said)
    for secret in spellings(api_key):
        assert secret.casefold() not in said, "the API key was printed"
    for value in personal_values(rows):
        assert value.casefold() not in said, f"{value!r} was printed"
        if value.startswith("+"):
            assert value.removeprefix("+") not in digits, f"the digits of {value!r} were printed"


def spellings(api_key: str) -> Iterator[str]:
    """The key, plain and as it stands in a header."""
    yield api_key
    yield base64.b64encode(f"{api_key}:".encode()).decode().rstrip("=")
    yield base64.b64encode(api_key.encode()).decode().rstrip("=")


def personal_values(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """What the rows hold of people, as long as it cannot be mistaken for ordinary words."""
    values: set[str] = set()
    for row in rows:
        for column in PERSONAL_COLUMNS:
            told = row.get(column)
            values.update(str(value).strip() for value in (told if isinstance(told, list) else [told]) if value)
    return {value for value in values if len(value) >= SHORTEST}


def _said(messages: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """All but states, which go out as they came in."""
    yield from (json.dumps(message, ensure_ascii=False) for message in messages if message["type"] != "STATE")


def _of_failure(failure: Exception | None) -> Iterator[str]:
    """The TRACE that Airbyte gets, and the texts of the whole chain of exceptions."""
    if failure is None:
        return
    yield json.dumps(trace_of(failure, emitted_at=0), ensure_ascii=False)
    link: BaseException | None = failure
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield f"{link} {link.args}"
        link = link.__cause__ or link.__context__
