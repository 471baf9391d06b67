"""How does the connector read what Close answers? Its reading code, for tests that feed it recorded answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from destination_close.close import complaints as problems
from destination_close.close import reading, searching
from destination_close.model import CONTACT, LEAD, IdFields, Key, Stored
from destination_close.pacing import rate_headers

ALL = IdFields()


def read_lead(raw: Mapping[str, Any]) -> Stored:
    return reading.read_object(LEAD, raw, ALL)


def read_contact(raw: Mapping[str, Any]) -> Stored:
    return reading.read_object(CONTACT, raw, ALL)


def read_limits(headers: Mapping[str, str]) -> rate_headers.Limits:
    return rate_headers.read_limits(headers)


def complaints(body: bytes) -> list[tuple[tuple[str, ...], str]]:
    """Path and message of each."""
    return [(complaint.path, complaint.message) for complaint in problems.complaints(body)]


def hits(raw_leads: Iterable[Mapping[str, Any]], email: str) -> tuple[list[str], list[str]]:
    """The ids of leads and contacts that an email finds among these leads."""
    found = searching.read_hits(raw_leads, [Key("email", email.lower())], searching.Reads(ALL), 0.0)
    return [one.id for one in found.objects if one.type is LEAD], [one.id for one in found.objects if one.type is CONTACT]
