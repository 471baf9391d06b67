"""May this run begin here, and is this thing one that it made?"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from integration_tests.close_contract.talk import Talk

MOST_LEADS = 1000
"""In an organization with more, somebody works."""

_RUN = re.compile(r"dcc-\d{8}-[a-z0-9]{6}")


class NotHere(Exception):
    """The run does not begin; the message says why."""


def new_run(today: str) -> str:
    """A name that nothing else has: `dcc-20260928-k3x9qa`."""
    return f"dcc-{today}-{''.join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(6))}"


def is_run(name: str) -> bool:
    """Whether it is the name of a run; nothing else is ever looked for and deleted."""
    return _RUN.fullmatch(name) is not None


def carries(told: Any, run: str) -> bool:
    """Whether a lead or a custom field is of this run: its name is."""
    return isinstance(told, Mapping) and run in str(told.get("name") or "")


def organization_of(me: Mapping[str, Any]) -> Mapping[str, Any]:
    """The organization that the key belongs to."""
    organizations = me.get("organizations") or []
    if len(organizations) != 1:
        raise NotHere("The key does not belong to exactly one organization.")
    found: Mapping[str, Any] = organizations[0]
    return found


def confirm(talk: Talk, me: Mapping[str, Any], answer: Callable[[str], str], *, large: bool) -> None:
    """Go on only where a person (or the command line) names the organization, and nobody seems to work in it. Raises NotHere."""
    organization = organization_of(me)
    told = answer(f"{me.get('first_name', '')} {me.get('last_name', '')} of {organization['name']}".strip())
    if told.strip() != str(organization["name"]).strip():
        raise NotHere("That is not the name of the organization; nothing was done.")
    if not large and (leads := count_of_leads(talk)) > MOST_LEADS:
        raise NotHere(f"The organization has {leads} leads. If it is a trial account all the same, add --large.")


def count_of_leads(talk: Talk) -> int:
    query = {"type": "and", "queries": [{"type": "object_type", "object_type": "lead"}, {"type": "match_all"}]}
    exchange = talk.search({"query": query, "results_limit": 0, "include_counts": True})
    if not exchange.is_good or "count" not in exchange.answer:
        raise NotHere(f"The leads could not be counted: the search was answered with {exchange.status}.")
    return int(exchange.answer["count"]["total"])
