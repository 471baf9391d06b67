"""What does a record ask for, under mappings simple enough to be read by a second pair of eyes?

The mappings are fixed, and the values a record may hold come from small alphabets, so that `drafts_of` needs no general coercion: phones
and dates, for instance, are looked up in a table written by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from destination_close.model import CONTACT, LEAD, Draft, Row, StreamKey, Switches, Wanted, Wish

from .world import STATUS_LABELS

Mapped = Mapping[str, Any]


class Record(NamedTuple):
    """One record, as a source would send it."""

    stream: str
    data: Mapping[str, Any]


# --- the mappings, in the words of the connector's configuration -----------------------------------------------------------

COLUMNS = {
    name: name
    for name in (
        "lead_name",
        "lead_company_id",
        "lead_description",
        "lead_status_id",
        "lead_url",
        "contact_name",
        "contact_email",
        "contact_phone",
        "contact_url",
        "contact_title",
        "contact_user_id",
    )
}

LEAD_CUSTOM = {"cf_Tier": "tier", "cf_Seats": "seats", "cf_Tags": "tags"}
CONTACT_CUSTOM = {"cf_Plan": "plan", "cf_Since": "since"}


def mapping(stream: str, **more: Any) -> dict[str, Any]:
    """A mapping of all columns, each named as its field."""
    return {
        "stream": stream,
        **COLUMNS,
        "lead_custom_fields": [{"custom_field": field, "column": column} for field, column in LEAD_CUSTOM.items()],
        "contact_custom_fields": [{"custom_field": field, "column": column} for field, column in CONTACT_CUSTOM.items()],
        **more,
    }


def _without(whole: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in whole.items() if key not in keys}


MAPPINGS: tuple[dict[str, Any], ...] = (
    mapping("people"),
    mapping("no_new_leads", allow_creating_new_leads=False),
    mapping("no_new_contacts", allow_creating_new_contacts=False),
    mapping("no_twins", allow_creating_duplicate_contacts=False),
    mapping("no_lead_updates", allow_updating_existing_leads=False),
    mapping("no_contact_updates", allow_updating_existing_contacts=False, allow_creating_duplicate_contacts=False),
    mapping("updates_only", allow_creating_new_leads=False, allow_creating_new_contacts=False),
    # two mappings of one stream, handled in turn: the person and the company, then a second person of it
    mapping("orders"),
    {
        "stream": "orders",
        "lead_company_id": "lead_company_id",
        "contact_email": "second_email",
        "contact_title": "contact_title",
        "allow_updating_existing_contacts": False,
    },
)
"""What `records` uses unless asked for write policies."""

POLICY_MAPPING: dict[str, Any] = _without(mapping("policies"), "lead_custom_fields") | {
    "only_if_empty": ["lead_name", "lead_url"],
    "only_on_create": ["lead_status_id", "contact_name"],
    "clear_when_blank": ["lead_description", "contact_title"],
    "lead_custom_fields": [
        {"custom_field": "cf_Tier", "column": "tier", "clear_when_blank": True},
        {"custom_field": "cf_Seats", "column": "seats", "write_policy": "only_if_empty"},
        {"custom_field": "cf_Tags", "column": "tags", "write_policy": "overwrite"},
    ],
}
"""One more stream, with a write policy on most fields; its emails, phones and urls may be lists."""

# --- the alphabets, with what each value means -----------------------------------------------------------------------------

BLANKS: tuple[str | None, ...] = (None, "", "  ", "\u200b")
PLACEHOLDERS: dict[Any, None] = {"NULL": None, "n/a": None, "-": None}
"""In a key they are blank."""

COMPANY_IDS: dict[Any, str | None] = {"c1": "c1", " c1 ": "c1", "c2": "c2", "C1": "C1", 7: "7", "7": "7", 0: "0", "\ufeffc1": "c1"}
COMPANY_IDS |= PLACEHOLDERS
USER_IDS: dict[Any, str | None] = {"u1": "u1", "u1 ": "u1", "u2": "u2", "U1": "U1", 7: "7", "u\u20601": "u1", **PLACEHOLDERS}
EMAILS: dict[Any, str | None] = {email: email.strip() for email in ("a@x.co", "A@X.co", " a@x.co", "b@x.co", "B@x.co", "c@x.co")}
EMAILS |= {"a@x.co\u00a0": "a@x.co", "mailto:c@x.co": "c@x.co", "Ann <a@x.co>": "a@x.co", **PLACEHOLDERS}
PHONES: dict[Any, str | None] = {
    "+16502530000": "+16502530000",
    "(650) 253-0000": "+16502530000",
    "+1 415-555-2671": "+14155552671",
    "+44 20 8366 1177": "+442083661177",
    "+16502530000 ext. 12": "+16502530000x12",
    "0044 20 8366 1177": "+442083661177",
    "415.555.2671 (home)": "+14155552671",
    "n/a": None,
    "12": None,
}
"""None: what the field cannot take, which is left out."""

LEAD_URLS = ("acme.example", "http://acme.example", "https://acme.example", "https://bolt.example/x", "J.Smith")
NO_URLS = ("J.Smith", "https://https://a")
CONTACT_URLS = (
    "ann.example/me",
    "http://www.ANN.example/me/",
    "https://ann.example/me",
    "https://ann.example/Me",
    "bob.example",
    "https://https://a",
)
NAMES = {"Acme": "Acme", " Acme ": "Acme", "acme": "acme", "Bolt": "Bolt"}
TEXTS = {"one": "one", "two ": "two", "three": "three"}
STATUS_IDS = {value: status for status, label in STATUS_LABELS.items() for value in (status, label)}
SEATS: dict[Any, float | None] = {10: 10, "10": 10, 25: 25, "many": None}
TAGS: tuple[Any, ...] = ("red", "blue", ["red"], ["blue", "red"], ["green"])
LEFT_OUT = tuple(written for written, number in SEATS.items() if number is None)
DATES = {"2024-01-31": "2024-01-31", "2024-01-31T10:00:00Z": "2024-01-31", "2025-06-01": "2025-06-01"}

# --- from a record to drafts -----------------------------------------------------------------------------------------------

_LEAD_FIELDS = {"lead_name": "name", "lead_description": "description", "lead_status_id": "status_id", "lead_url": "url"}
_CONTACT_FIELDS = {"contact_name": "name", "contact_title": "title"}
_WHEN = {"only_if_empty": "if_empty", "only_on_create": "on_create", "overwrite": "always"}


def drafts_of(records: Iterable[Record], mappings: Iterable[Mapped] = (*MAPPINGS, POLICY_MAPPING)) -> list[Draft]:
    """Every mapping of each record's stream, in turn. A record without a key has its draft too, which the rules reject."""
    mappings = tuple(mappings)
    positions: dict[str, int] = {}
    drafts = []
    for ordinal, record in enumerate(records):
        positions[record.stream] = position = positions.get(record.stream, 0) + 1
        row = Row(StreamKey(None, record.stream), position, ordinal, record.data)
        of_stream = [one for one in mappings if one["stream"] == record.stream]
        drafts += [draft_of(row, one, number) for number, one in enumerate(of_stream)]
    return drafts


def draft_of(row: Row, mapped: Mapped, number: int = 0) -> Draft:
    data = row.data
    company_id = _known(COMPANY_IDS, _cell(data, mapped, "lead_company_id"))
    user_id = _known(USER_IDS, _cell(data, mapped, "contact_user_id"))
    emails = [known for one in _cells(data, mapped, "contact_email") if (known := _known(EMAILS, one))]
    # "What cannot be coerced: [...] in another field it is left out and counted"
    written, sites = _cells(data, mapped, "contact_phone"), _cells(data, mapped, "contact_url")
    phones = [known for one in written if (known := _known(PHONES, one))]
    urls = [one for one in sites if one not in NO_URLS]
    contact = _wishes(data, mapped, _CONTACT_FIELDS, "contact_custom_fields")
    has_fields = bool(written or sites or any(wish.value is not None for wish in contact.values()))
    keyless = not user_id and not emails
    return Draft(
        row=row,
        mapping=number,
        switches=Switches(**{key: value for key, value in mapped.items() if key.startswith("allow_")}),
        company_id=company_id,
        user_id=user_id,
        email=emails[0] if emails else None,
        wants={
            LEAD: Wanted(_wishes(data, mapped, _LEAD_FIELDS, "lead_custom_fields")),
            CONTACT: Wanted() if keyless else Wanted(contact, _filled(emails=emails, phones=phones, urls=urls)),
        },
        contact_without_key=keyless and has_fields,
    )


def _filled(**lists: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {key: found for key, values in lists.items() if (found := tuple(values))}


def _wishes(data: Mapping[str, Any], mapped: Mapped, fields: Mapping[str, str], custom_key: str) -> dict[str, Wish]:
    wishes = {}
    for name, key in fields.items():
        value = _cell(data, mapped, name)
        when = next((_WHEN[policy] for policy in ("only_if_empty", "only_on_create") if name in mapped.get(policy, ())), "always")
        clears = name in mapped.get("clear_when_blank", ())
        if name in mapped and (value is not None or clears) and value not in NO_URLS:
            wishes[key] = _wish(key, value, when)
    for one in mapped.get(custom_key, ()):
        value = _not_blank(data.get(one["column"]))
        if (value is not None and value not in LEFT_OUT) or (value is None and one.get("clear_when_blank")):
            key = f"custom.{one['custom_field']}"
            wishes[key] = _wish(key, value, _WHEN[one.get("write_policy", "overwrite")])
    return wishes


def _wish(key: str, value: Any, when: Any) -> Wish:
    if key == "url":
        return Wish(value, compare="url", when=when)
    if key == "status_id":
        return Wish(STATUS_IDS[value], when=when)
    if key == "custom.cf_Seats":
        return Wish(None if value is None else SEATS[value], compare="number", when=when)
    if key == "custom.cf_Since":
        return Wish(None if value is None else DATES[value], compare="date", when=when)
    if key == "custom.cf_Tags":
        return Wish(tuple(value) if isinstance(value, list) else value, compare="set", add=isinstance(value, str), when=when)
    return Wish(None if value is None else value.strip(), when=when)


def _cells(data: Mapping[str, Any], mapped: Mapped, name: str) -> list[Any]:
    """The values of a column that may hold one or a list, without the blank ones."""
    value = _cell(data, mapped, name)
    several = value if isinstance(value, list) else [value]
    return [one for one in several if _not_blank(one) is not None]


def _cell(data: Mapping[str, Any], mapped: Mapped, name: str) -> Any:
    return _not_blank(data.get(mapped[name])) if name in mapped else None


def _not_blank(value: Any) -> Any:
    return None if value is None or value == [] or (isinstance(value, str) and not value.strip("\u200b ")) else value


def _known(alphabet: Mapping[Any, str], value: Any) -> Any:
    """What a value of the alphabet means; a value of somebody else's making means itself."""
    return None if value is None else alphabet.get(value, value)
