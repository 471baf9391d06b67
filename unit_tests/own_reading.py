"""How does the connector read what Close answers? Its reading code, for tests that feed it recorded answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from destination_close import answers, matching, pacing, shapes
from destination_close.model import Contact, Key, Lead
from destination_close.windows import Limit

ALL = shapes.IdFields()


def read_lead(raw: Mapping[str, Any]) -> Lead:
    return shapes.read_lead(raw, ALL)


def read_contact(raw: Mapping[str, Any]) -> Contact:
    return shapes.read_contact(raw, ALL)


def read_limit(headers: Mapping[str, str]) -> Limit | None:
    return pacing.read_limit(headers)


def complaints(body: bytes) -> list[tuple[tuple[str, ...], str]]:
    """Path and message of each."""
    return [(complaint.path, complaint.message) for complaint in answers.complaints(body)]


def hits(raw_leads: Iterable[Mapping[str, Any]], email: str) -> tuple[list[str], list[str]]:
    """The ids of leads and contacts that an email finds among these leads."""
    found = matching.read_hits(raw_leads, [Key("email", email.lower())], matching.Reads(ALL), 0.0)
    return [lead.id for lead in found.leads], [contact.id for contact in found.contacts]
