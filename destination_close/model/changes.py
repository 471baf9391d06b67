"""Which calls is a plan made of?

A change is one POST or PUT. It names the rows that take part in it, so that a refusal can be traced back to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from destination_close.model.objects import Contact, Lead
from destination_close.model.outcomes import Reason, Warning
from destination_close.model.rows import Draft, Scalar
from destination_close.model.values import value_class
from destination_close.model.why import Why


class Effect(Enum):
    """What a change means for one row that takes part in it."""

    NOTHING = 0
    """Everything it asks of the object is already so, or an earlier row of the batch makes it so."""

    UPDATED = 1
    CREATED = 2


@value_class(frozen=True, slots=True)
class Part:
    """One row's share in a change."""

    draft: Draft
    effect: Effect


@value_class(frozen=True, slots=True)
class CreateLead:
    """One POST: a lead with all its new contacts. The ids of both are placeholders until Close assigns its own."""

    lead: Lead
    contacts: tuple[Contact, ...]
    parts: tuple[Part, ...]


@value_class(frozen=True, slots=True)
class CreateContact:
    """One POST: a contact under a lead that exists."""

    contact: Contact
    parts: tuple[Part, ...]


@value_class(frozen=True, slots=True)
class UpdateLead:
    """One PUT, of what differs only."""

    lead: Lead
    """As it was found."""

    parts: tuple[Part, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    """Values to add to fields that take several, by field."""

    company_id: str | None = None
    """Company ID to stamp."""

    guarded: frozenset[str] = frozenset()
    """Fields that are written only because they are empty, which must still be so right before."""


@value_class(frozen=True, slots=True)
class UpdateContact:
    """One PUT, of what differs only."""

    contact: Contact
    """As it was found."""

    parts: tuple[Part, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    user_id: str | None = None
    """User ID to stamp."""

    emails: tuple[str, ...] = ()
    """To append; so are phones and urls."""

    phones: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    guarded: frozenset[str] = frozenset()
    """Fields that are written only because they are empty, which must still be so right before."""


Change = CreateLead | CreateContact | UpdateLead | UpdateContact


@value_class(frozen=True, slots=True)
class Verdict:
    """What planning alone says of one row."""

    draft: Draft
    held: tuple[Reason, ...] = ()
    """Switches that left out something it asked for and that is not already so."""

    warnings: tuple[Warning, ...] = ()
    rejected: Reason | None = None
    why: Why | None = None
    objects: tuple[str, ...] = ()
    """Ids of the leads and contacts it means, if they existed; placeholders for those that an earlier row creates."""


@value_class(frozen=True, slots=True)
class Stage:
    """Changes that may be sent side by side, and the rows that must wait until they are settled."""

    changes: tuple[Change, ...] = ()
    idle: tuple[tuple[str, Part], ...] = ()
    """Shares in objects that need no call, each with the id of the object."""

    verdicts: tuple[Verdict, ...] = ()
    rest: tuple[Draft, ...] = ()


def object_of(change: Change) -> str:
    """The id, or placeholder, of the object that the change writes."""
    match change:
        case CreateLead(lead=lead) | UpdateLead(lead=lead):
            return lead.id
        case CreateContact(contact=contact) | UpdateContact(contact=contact):
            return contact.id
