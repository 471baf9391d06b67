"""Which mappings work, and can hardly be meant so? (pure)

`check` refuses them, since somebody is at the screen who can say what was meant; a sync that is set up goes on, and warns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from destination_close.model import CONTACT, LEAD, Account, CustomField, ObjectType, bare_field_id, find_field
from destination_close.settings import OVERWRITE, Config, StreamMapping

ALLOWING = (
    "allow_creating_new_leads",
    "allow_updating_existing_leads",
    "allow_creating_new_contacts",
    "allow_updating_existing_contacts",
)
"""The switches without any of which nothing is written; the fifth only narrows the third."""


def doubts_of(config: Config, account: Account | None) -> Iterator[str]:
    """What is to be asked about these mappings."""
    for mapping in config.mappings:
        if not any(getattr(mapping.switches, switch) for switch in ALLOWING):
            yield f"{mapping.place}: all its switches are off, so it writes nothing; turn on one of {', '.join(ALLOWING)}, or remove it"
    for one, other in combinations(config.mappings, 2):
        if _meet(one, other):
            for field in _set_by_both(one, other, account):
                place = other.place.partition(" (")[0]
                yield (
                    f"{one.place}, {field}: {place} also sets this field of the same {field.partition('_')[0]}, from something else, "
                    "so the later one wins; keep one of the two"
                )


def _meet(one: StreamMapping, other: StreamMapping) -> bool:
    """Whether both handle the same rows. What filters let through is not known here, so different ones may be meant."""
    same_stream = one.stream == other.stream and (one.namespace == other.namespace or None in (one.namespace, other.namespace))
    return same_stream and one.filter == other.filter


def _set_by_both(one: StreamMapping, other: StreamMapping, account: Account | None) -> Iterator[str]:
    if _is_same_lead(one, other) and _both(one, other, "allow_updating_existing_leads"):
        yield from _fields(one, other, [field.column for field in LEAD.fields])
        yield from _custom_fields(one, other, LEAD, account)
    if _is_same_contact(one, other) and _both(one, other, "allow_updating_existing_contacts"):
        yield from _fields(one, other, [field.column for field in CONTACT.fields])
        yield from _custom_fields(one, other, CONTACT, account)


def _both(one: StreamMapping, other: StreamMapping, switch: str) -> bool:
    """A mapping that may not update sets only what it creates."""
    return bool(getattr(one.switches, switch) and getattr(other.switches, switch))


# --- the same object -------------------------------------------------------------------------------------------------


def _is_same_lead(one: StreamMapping, other: StreamMapping) -> bool:
    companies = _settings(one, other, "lead_company_id")
    return companies[0] == companies[1] if all(companies) else _is_same_person(one, other)


def _is_same_contact(one: StreamMapping, other: StreamMapping) -> bool:
    """The same person, and not in two companies."""
    companies = _settings(one, other, "lead_company_id")
    return _is_same_person(one, other) and (not all(companies) or companies[0] == companies[1])


def _is_same_person(one: StreamMapping, other: StreamMapping) -> bool:
    users, emails = _settings(one, other, "contact_user_id"), _settings(one, other, "contact_email")
    return users[0] == users[1] if all(users) else bool(emails[0]) and emails[0] == emails[1]


def _settings(one: StreamMapping, other: StreamMapping, field: str) -> tuple[str | None, str | None]:
    return one.columns.get(field), other.columns.get(field)


# --- the same field --------------------------------------------------------------------------------------------------


def _fields(one: StreamMapping, other: StreamMapping, fields: Iterable[str]) -> Iterator[str]:
    for field in fields:
        settings = _settings(one, other, field)
        overwritten = all(mapping.policies.get(field, OVERWRITE).write == "overwrite" for mapping in (one, other))
        if all(settings) and settings[0] != settings[1] and overwritten:
            yield field


def _custom_fields(one: StreamMapping, other: StreamMapping, object_type: ObjectType, account: Account | None) -> Iterator[str]:
    mine, theirs = (mapping.custom_fields.get(object_type, ()) for mapping in (one, other))
    by_field = {_field(custom.custom_field, object_type, account): custom for custom in theirs}
    for custom in mine:
        field = _field(custom.custom_field, object_type, account)
        same = by_field.get(field)
        grows = isinstance(field, CustomField) and field.accepts_multiple_values
        if same and not grows and same.column != custom.column and custom.policy.write == same.policy.write == "overwrite":
            yield f"{object_type.prefix}{custom.custom_field}"


def _field(named: str, object_type: ObjectType, account: Account | None) -> CustomField | str:
    found = find_field(account, object_type, named) if account else None
    return found if isinstance(found, CustomField) else bare_field_id(named) or named
