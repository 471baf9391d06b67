"""Does what was found out of Close agree with what the connector takes for granted?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integration_tests.close_contract import connector

_LEAD, _CONTACT = "/lead/lead_x/", "/contact/cont_x/"
_CALLS = {
    "POST lead": ("POST", "/lead/"),
    "POST contact": ("POST", "/contact/"),
    "PUT lead": ("PUT", _LEAD),
    "PUT contact": ("PUT", _CONTACT),
    "GET lead": ("GET", _LEAD),
    "GET contact": ("GET", _CONTACT),
    "DELETE contact": ("DELETE", _CONTACT),
}
_SCHEME = "http://"  # ignore-https-check
_SCHEMES = {"keep": _SCHEME, "add_http": _SCHEME, "refuse": _SCHEME, "add_https": "https://"}
"""How the connector's urls have to begin for Close to store what was sent, by what Close makes of one without a scheme."""


def contradictions(found: Mapping[str, Any]) -> list[str]:
    """One line for each fact that the connector contradicts, beginning with its id; what is not known contradicts nothing."""
    return [f"{name}: {why}" for name, check in _CHECKS.items() if name in found for why in check(found[name])]


def _sharing(found: Mapping[str, list[str]]) -> Iterator[str]:
    """Calls that share a limit are under one from the start; those that do not may be too, until their answers show it."""
    for name, others in found.items():
        for other in others:
            if name < other and connector.limit_of(*_CALLS[name]) != connector.limit_of(*_CALLS[other]):
                yield f"{name} and {other} share a limit, and are paced apart"


def _shared(found: bool) -> Iterator[str]:
    if found:
        yield from _sharing({"POST lead": ["PUT lead"], "PUT lead": ["POST lead"]})


def _clauses(found: int | None) -> Iterator[str]:
    if found is not None and found < connector.FIRST_CLAUSES:
        yield f"{found} conditions are taken, and the first search has {connector.FIRST_CLAUSES}"
    if found is not None and found < connector.MOST_CLAUSES:
        yield f"{found} conditions are taken, and searches grow to {connector.MOST_CLAUSES}"


def _refusal(found: int) -> Iterator[str]:
    if found not in connector.REFUSALS:
        yield f"too many conditions are refused with {found}, which is not taken for that"


def _modes(found: Mapping[str, bool]) -> Iterator[str]:
    if not found.get(connector.email_mode(), False):
        yield f"emails are searched by {connector.email_mode()}, which does not find all of them"


def _lag(found: float) -> Iterator[str]:
    if found > connector.SEARCH_LAG_SECONDS:
        yield f"search lags {found:g} seconds, and search_lag_seconds is {connector.SEARCH_LAG_SECONDS}"


def _urls(found: str) -> Iterator[str]:
    sent = connector.url_as_written("acme.example")
    if not sent.startswith(_SCHEMES.get(found, sent)):
        yield f"Close makes {found} of a url without a scheme, and the connector sends {sent}"


_CHECKS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "sharing": _sharing,
    "shared_groups": _shared,
    "max_clauses": _clauses,
    "too_many_clauses_status": _refusal,
    "email_modes": _modes,
    "index_lag": _lag,
    "schemeless_url": _urls,
}
