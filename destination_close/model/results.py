"""What did Close answer to a look-up or a change?"""

from __future__ import annotations

from dataclasses import dataclass, field

from destination_close.model.errors import Refused
from destination_close.model.objects import Contact, Lead
from destination_close.model.rows import Key


@dataclass(frozen=True, slots=True)
class Written:
    """Close has what was asked for; these are the objects in its answer."""

    leads: tuple[Lead, ...] = ()
    contacts: tuple[Contact, ...] = ()
    sent: bool = True
    """False if reading again showed that nothing had to be sent."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Close refused the change."""

    refused: Refused


@dataclass(frozen=True, slots=True)
class Missing:
    """The object, or the lead it belongs to, is gone."""

    object_id: str


@dataclass(frozen=True, slots=True)
class Different:
    """Somebody else changed what the plan was based on: the object is no longer what it was."""

    object_id: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """The create succeeded although its answer was lost; this is what it created."""

    leads: tuple[Lead, ...] = ()
    contacts: tuple[Contact, ...] = ()
    moved: bool = False
    """By somebody, into another lead."""


Result = Written | NotTaken | Missing | Different | Recovered


@dataclass(slots=True)
class Hits:
    """What a look-up returned."""

    asked: tuple[Key, ...]
    at: float
    """Clock time at which the search was sent: it cannot know anything newer."""

    leads: list[Lead] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)
    """Ids of leads that came with all their contacts, including contacts that have none of the keys."""


@dataclass(slots=True)
class Sight:
    """What reading by id showed, together with a new search."""

    hits: Hits
    leads: list[Lead] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


MOST_SIBLINGS = 20
"""A lead with more contacts is not held whole: most of them do not matter."""
