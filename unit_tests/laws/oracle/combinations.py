"""Which cases do the rules tell apart, all of them?

Every {Company ID, User ID, email} x {absent, known, unknown} x {where the contacts that the row may mean sit} x the five switches,
without the impossible ones: an unknown id sits nowhere, and nothing sits under the company of a row without a known Company ID.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, product
from itertools import combinations as choose
from typing import Any, Literal, NamedTuple

from destination_close.model import Draft, Row, StreamKey, Switches

from .records import Record, draft_of, mapping
from .world import SeedContact, SeedLead, World

Presence = Literal["absent", "known", "unknown"]
Place = Literal["own", "blank", "other"]
"""Under the lead of the row's company, under a lead with a blank Company ID, under another company's lead."""

PRESENCES: tuple[Presence, ...] = ("absent", "known", "unknown")
STREAM = "people"

SWITCHES = {
    "NL": "allow_creating_new_leads",
    "UL": "allow_updating_existing_leads",
    "NC": "allow_creating_new_contacts",
    "UC": "allow_updating_existing_contacts",
    "DC": "allow_creating_duplicate_contacts",
}

COMPANY_ID, USER_ID, EMAIL = "c1", "u1", "ann@x.co"

PERSONS: dict[str, tuple[str | None, str]] = {
    # User ID and email of the contacts that a row may mean, or may not
    "u": (USER_ID, "old@x.co"),
    "ue": (USER_ID, "Ann@x.co"),
    "e": (None, "Ann@X.co"),
    "e9": ("u9", "ann@X.co"),
}


class Sitting(NamedTuple):
    """One kind of person, and the places where such a contact sits."""

    person: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """One case: a world, one row, and the switches that are off."""

    company: Presence
    user: Presence
    email: Presence
    sitting: tuple[Sitting, ...]
    off: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Stable and readable: `company=known,user=absent,email=known,e@own+blank,off=UL+DC`."""
        sitting = ",".join(f"{person}@{'+'.join(places)}" for person, places in self.sitting) or "nowhere"
        off = "+".join(self.off) or "none"
        return f"company={self.company},user={self.user},email={self.email},{sitting},off={off}"

    @property
    def world(self) -> World:
        used = {place for _, places in self.sitting for place in places} | ({"own"} if self.company == "known" else set())
        company_ids: dict[Place, str | None] = {"other": "c9", "blank": None, "own": COMPANY_ID}
        leads = [SeedLead(place, company_id, name=place) for place, company_id in company_ids.items() if place in used]
        contacts = [SeedContact(place, PERSONS[person][0], (PERSONS[person][1],)) for person, places in self.sitting for place in places]
        return World((*leads, *contacts))

    @property
    def switches(self) -> Switches:
        return Switches(**{SWITCHES[name]: False for name in self.off})

    @property
    def mapping(self) -> dict[str, Any]:
        """As the connector's configuration has it."""
        return mapping(STREAM, **{SWITCHES[name]: False for name in self.off})

    @property
    def record(self) -> Record:
        """Each part of the row asks for something new, so that every switch has something to hold back."""
        keys = {
            "lead_company_id": None if self.company == "absent" else COMPANY_ID,
            "contact_user_id": None if self.user == "absent" else USER_ID,
            "contact_email": None if self.email == "absent" else EMAIL,
        }
        fields = {"lead_description": "new", "contact_name": "Ann", "contact_title": "new", "contact_phone": "+16502530000"}
        return Record(STREAM, {key: value for key, value in (keys | fields).items() if value is not None})

    @property
    def draft(self) -> Draft:
        return draft_of(Row(StreamKey(None, STREAM), 1, 0, self.record.data), self.mapping)


def combinations() -> Iterator[Combination]:
    """All cases, in a fixed order."""
    for case in cases():
        for off in _all_subsets(tuple(SWITCHES)):
            yield replace(case, off=off)


def cases() -> Iterator[Combination]:
    """All cases with every switch on."""
    for company, user, email in product(PRESENCES, PRESENCES, PRESENCES):
        for sitting in _sittings(company, user, email):
            yield Combination(company, user, email, sitting)


def _sittings(company: Presence, user: Presence, email: Presence) -> Iterator[tuple[Sitting, ...]]:
    places: tuple[Place, ...] = ("own", "blank", "other") if company == "known" else ("blank", "other")
    anywhere = [somewhere for somewhere in _all_subsets(places) if somewhere]
    for persons in _persons(user, email):
        for sits in product(anywhere, repeat=len(persons)):
            yield tuple(Sitting(person, where) for person, where in zip(persons, sits, strict=True))


def _persons(user: Presence, email: Presence) -> tuple[tuple[str, ...], ...]:
    """Which kinds of contact make the User ID and the email known, alone or side by side."""
    if user == "known" and email == "known":
        return (("ue",), ("u", "e"), ("u", "e9"))
    if user == "known":
        return (("u",),)
    if email == "known":
        return (("e",), ("e9",), ("e", "e9"))
    return ((),)


def _all_subsets(names: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return list(chain.from_iterable(choose(names, size) for size in range(len(names) + 1)))
