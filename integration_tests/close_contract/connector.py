"""What does the contract check know of the connector? The only file here that imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from destination_close.close import FIRST_CLAUSES, MOST_CLAUSES, Reads
from destination_close.close.bodies import fields_body
from destination_close.close.searching import lead_search as _lead_search
from destination_close.engine.search_size import REFUSALS
from destination_close.model import CONTACT, LEAD, IdFields, Key
from destination_close.pacing.limits import limit_of
from destination_close.settings.config import Config

SEARCH_LAG_SECONDS: int = Config(api_key="").search_lag_seconds
"""What the connector takes for the time until search shows a write, where its settings do not say."""

__all__ = ["FIRST_CLAUSES", "MOST_CLAUSES", "REFUSALS", "SEARCH_LAG_SECONDS", "email_mode", "lead_search", "limit_of", "url_as_written"]


def lead_search(company_field: str, user_field: str, keys: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The body of the connector's own look-up for these keys: (company, user or email; value)."""
    reads = Reads(IdFields({LEAD: company_field, CONTACT: user_field}), {LEAD: ("name", "status_id"), CONTACT: ("name", "title")})
    return _lead_search([Key(kind, value) for kind, value in keys], reads)  # type: ignore[arg-type]


def email_mode() -> str:
    """The mode in which the connector searches for emails."""
    return str(next(_modes(lead_search("cf_a", "cf_b", [("email", "ann@acme.example")]))))


def _modes(told: Any) -> Any:
    if isinstance(told, Mapping):
        if "mode" in told:
            yield told["mode"]
        for value in told.values():
            yield from _modes(value)
    elif isinstance(told, list):
        for value in told:
            yield from _modes(value)


def url_as_written(url: str) -> str:
    """What the connector sends for a url."""
    return str(fields_body({"url": url})["url"])
