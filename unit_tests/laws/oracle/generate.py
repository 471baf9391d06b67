"""Which small worlds and rows make the rules collide?

Hypothesis strategies over tiny alphabets: two companies (and a third that differs by letter case), two people, three mailboxes, so that
nearly every row meets something. `combinations` is the other half: all cases, told one by one.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from destination_close.model import Draft

from .combinations import Combination, combinations
from .model_close import STATUSES
from .records import (
    BLANKS,
    COMPANY_IDS,
    CONTACT_URLS,
    DATES,
    EMAILS,
    LEAD_URLS,
    MAPPINGS,
    NAMES,
    PHONES,
    POLICY_MAPPING,
    SEATS,
    STATUS_IDS,
    TAGS,
    TEXTS,
    USER_IDS,
    Record,
    drafts_of,
)
from .world import COMPANY_FIELD, CUSTOM_FIELDS, STATUS_LABELS, USER_FIELD, SeedContact, SeedLead, World

__all__ = [
    "COMPANY_FIELD",
    "CUSTOM_FIELDS",
    "MAPPINGS",
    "POLICY_MAPPING",
    "STATUS_LABELS",
    "USER_FIELD",
    "Combination",
    "Record",
    "SeedContact",
    "SeedLead",
    "World",
    "combinations",
    "drafts",
    "drafts_of",
    "records",
    "worlds",
]

MOST_LEADS = 6
MOST_CONTACTS = 9
MOST_RECORDS = 25


# --- worlds ----------------------------------------------------------------------------------------------------------------


def _stored_text() -> SearchStrategy[str]:
    return st.sampled_from(("", "", "one", "two", "Acme"))


def _maybe(values: Any) -> SearchStrategy[Any]:
    return st.one_of(st.none(), st.sampled_from(tuple(values)))


def _some(values: Any, most: int, same: Any = lambda value: value) -> SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(tuple(values)), max_size=most, unique_by=same).map(tuple)


def _set_only(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


@st.composite
def seed_leads(draw: DrawFn, ref: str) -> SeedLead:
    custom = {
        "cf_Tier": draw(_maybe(("one", "two"))),
        "cf_Seats": draw(_maybe((10, 25))),
        "cf_Tags": draw(_maybe((["red"], ["blue", "green"]))),
    }
    return SeedLead(
        ref,
        company_id=draw(st.sampled_from((None, None, "c1", "c1", "c2", "C1", "7", " "))),
        name=draw(_stored_text()),
        description=draw(_stored_text()),
        url=draw(_maybe(("http://acme.example", "https://acme.example"))),
        status_id=draw(st.sampled_from(STATUSES)),
        custom=_set_only(custom),
    )


@st.composite
def seed_contacts(draw: DrawFn, lead: str) -> SeedContact:
    custom = {"cf_Plan": draw(_maybe(("one", "two"))), "cf_Since": draw(_maybe(("2024-01-31", "2025-06-01")))}
    return SeedContact(
        lead,
        user_id=draw(st.sampled_from((None, None, "u1", "u1", "u2", "U1", "7", " "))),
        emails=draw(_some(("a@x.co", "A@x.co", "b@x.co", "c@x.co", "other@x.co"), 2, str.lower)),
        phones=draw(_some(("+16502530000", "+14155552671"), 2)),
        urls=draw(_some(("https://ann.example/me", "http://www.bob.example/"), 2)),
        name=draw(_stored_text()),
        title=draw(_stored_text()),
        custom=_set_only(custom),
    )


@st.composite
def twins(draw: DrawFn, refs: list[str]) -> list[SeedContact]:
    """More contacts of one email or User ID than a row may update."""
    user_id = draw(st.sampled_from((None, "u1")))
    under = draw(st.lists(st.sampled_from(refs), min_size=1, max_size=2, unique=True))
    return [SeedContact(under[number % len(under)], user_id, emails=("a@x.co",)) for number in range(draw(st.integers(11, 13)))]


@st.composite
def worlds(draw: DrawFn) -> World:
    """Up to six leads and nine contacts, created in any order in which a lead precedes its contacts; rarely more than ten twins."""
    refs = [f"lead-{number}" for number in range(draw(st.integers(0, MOST_LEADS)))]
    created_after: list[list[SeedContact]] = [[] for _ in refs]
    for _ in range(draw(st.integers(0, MOST_CONTACTS)) if refs else 0):
        of = draw(st.integers(0, len(refs) - 1))
        created_after[draw(st.integers(of, len(refs) - 1))].append(draw(seed_contacts(refs[of])))
    if refs and draw(st.integers(0, 15)) == 15:
        created_after[-1] += draw(twins(refs))
    seeds: list[SeedLead | SeedContact] = []
    for ref, contacts in zip(refs, created_after, strict=True):
        seeds += [draw(seed_leads(ref)), *contacts]
    return World(tuple(seeds))


# --- rows ------------------------------------------------------------------------------------------------------------------


def _cell(values: Any, blanks: int = 1) -> SearchStrategy[Any]:
    """A value of the alphabet, or blank; `blanks` is the weight of blank against the alphabet's one."""
    value = st.sampled_from(tuple(values))
    return st.one_of(*[st.sampled_from(BLANKS)] * blanks, value)


@st.composite
def _data(draw: DrawFn, *, lists: bool) -> dict[str, Any]:
    def several(values: Any) -> SearchStrategy[Any]:
        return st.one_of(_cell(values), st.lists(st.sampled_from(tuple(values)), max_size=3)) if lists else _cell(values)

    data = {
        "lead_company_id": draw(_cell((*COMPANY_IDS, 7.0))),
        "contact_user_id": draw(_cell(USER_IDS)),
        "contact_email": draw(several(EMAILS)),
        "lead_name": draw(_cell(NAMES, 3)),
        "lead_description": draw(_cell(TEXTS, 4)),
        "lead_status_id": draw(_cell(STATUS_IDS, 4)),
        "lead_url": draw(_cell(LEAD_URLS, 4)),
        "contact_name": draw(_cell(TEXTS, 3)),
        "contact_title": draw(_cell(TEXTS, 3)),
        "contact_phone": draw(several(PHONES)),
        "contact_url": draw(several(CONTACT_URLS)),
        "tier": draw(_cell(TEXTS, 4)),
        "seats": draw(_cell(SEATS, 4)),
        "tags": draw(_cell(TAGS, 4)),
        "plan": draw(_cell(TEXTS, 4)),
        "since": draw(_cell(DATES, 4)),
        "second_email": draw(_cell(EMAILS, 2)),
    }
    # absent is as blank as null
    return {key: value for key, value in data.items() if value is not None or len(key) % 2}


STREAMS = tuple(dict.fromkeys(one["stream"] for one in MAPPINGS))


@st.composite
def _record(draw: DrawFn, *, policies: bool) -> Record:
    careful = STREAMS + (POLICY_MAPPING["stream"],) * 3 * policies
    stream = draw(st.one_of(st.just("people"), st.sampled_from(careful)))
    return Record(stream, draw(_data(lists=stream == POLICY_MAPPING["stream"])))


@st.composite
def records(draw: DrawFn, *, most: int = MOST_RECORDS, policies: bool = False) -> list[Record]:
    """Records of the streams of `MAPPINGS`; with `policies`, of the stream of `POLICY_MAPPING` too. Some come twice."""
    at_least = draw(st.sampled_from([size for size in (1, 5, 12) if size <= most]))
    made = draw(st.lists(_record(policies=policies), min_size=at_least, max_size=most))
    again = draw(st.lists(st.integers(0, len(made) - 1), max_size=min(4, most - len(made))))
    return made + [made[number] for number in again]


def drafts(*, most: int = MOST_RECORDS, policies: bool = True) -> SearchStrategy[list[Draft]]:
    """What such records ask for; drafts without a key are left out, since no connector would make them."""
    return records(most=most, policies=policies).map(lambda made: [draft for draft in drafts_of(made) if _has_key(draft)])


def _has_key(draft: Draft) -> bool:
    return bool(draft.company_id or draft.user_id or draft.email)
