"""Which calls is a plan made of?

A change is one POST or PUT. It names the rows that take part in it, so that a refusal can be traced back to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from destination_close.model.object_types import LEAD
from destination_close.model.objects import Stored
from destination_close.model.outcomes import Reason, Warning
from destination_close.model.results import Ref
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
class Create:
    """One POST. Ids of what it creates are names on paper until Close gives its own."""

    object: Stored
    parts: tuple[Part, ...]
    inside: tuple[Stored, ...] = ()
    """What is created with it in the same call: the contacts of a lead."""

    @property
    def objects(self) -> tuple[Stored, ...]:
        """All that it creates."""
        return (self.object, *self.inside)

    @property
    def refs(self) -> tuple[Ref, ...]:
        """What exists in Close and has a share in it: the lead of a contact."""
        return () if self.object.type is LEAD else (Ref(LEAD, self.object.lead_id),)


@value_class(frozen=True, slots=True)
class Update:
    """One PUT, of what differs only."""

    object: Stored
    """As it was found."""

    parts: tuple[Part, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    """Values to add to fields that take several, by field."""

    stamp: str | None = None
    """The user's own id, to be stored where there is none."""

    appended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values to append, by list."""

    only_if_empty: frozenset[str] = frozenset()
    """Fields that are written only because they are empty, which must still be so right before."""

    @property
    def objects(self) -> tuple[Stored, ...]:
        """Nothing is created."""
        return ()

    @property
    def refs(self) -> tuple[Ref, ...]:
        """What exists in Close and has a share in it: the object, and the lead it belongs to."""
        one = self.object
        return (Ref(one.type, one.id),) if one.type is LEAD else (Ref(one.type, one.id), Ref(LEAD, one.lead_id))


Change = Create | Update


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
