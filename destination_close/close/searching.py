"""What must Close be asked, and which of the answers match what was asked for? (pure)

One search serves many rows: all leads that have one of the Company IDs, or that have a contact with one of the User IDs
or emails, returned with their contacts. Close's text search ignores letter case and matches words, so every hit is
compared again here, and whatever does not equal a key is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from destination_close.close.reading import own_id, read_items, read_object
from destination_close.model import CONTACT, LEAD, MOST_SIBLINGS, Hits, IdFields, Key, ObjectType, Stored, email_key

FEWEST_CLAUSES = 1
FIRST_CLAUSES = 100
MOST_CLAUSES = 800
"""How many clauses one search accepts is not documented: start low, and grow while Close answers well."""

PAGE_SIZE = 200
"""The largest `_limit` that Close accepts."""

Query = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reads:
    """Which fields a look-up must bring so that planning can compare them."""

    ids: IdFields
    fields: Mapping[ObjectType, tuple[str, ...]] = field(default_factory=dict)
    """As Close names them: name, status_id, `custom.cf_...`."""

    def fields_of(self, object_type: ObjectType) -> list[str]:
        """Names for `_fields`."""
        key = self.ids.keys.get(object_type)
        below = [] if object_type is LEAD else ["lead_id"]
        lists = [each.key for each in object_type.lists]
        return ["id", *below, *self.fields.get(object_type, ()), *lists, "date_created", *([key] if key else [])]


# --- asking ----------------------------------------------------------------------------------------------------------


def lead_search(keys: Sequence[Key], reads: Reads) -> Query:
    """One search body: leads with any of the keys, each with its contacts. A clause per key."""
    return {
        "query": _all_of(_object("lead"), _any_of([*_own_ids(LEAD, keys, reads.ids), *_having_people(keys, reads.ids)])),
        "_fields": {"lead": [*reads.fields_of(LEAD), "contacts"], "contact": reads.fields_of(CONTACT)},
        "_limit": PAGE_SIZE,
        "sort": [_oldest_first("lead")],
    }


def contact_search(keys: Sequence[Key], reads: Reads) -> Query:
    """One search body: contacts with any of the keys, for answers in which leads come without their contacts."""
    return {
        "query": _all_of(_object("contact"), _any_of(_people(keys, reads.ids))),
        "_fields": {"contact": reads.fields_of(CONTACT)},
        "_limit": PAGE_SIZE,
        "sort": [_oldest_first("contact")],
    }


def _own_ids(object_type: ObjectType, keys: Sequence[Key], ids: IdFields) -> list[Query]:
    field_id, kind = ids.own.get(object_type), object_type.own_id.finds
    return [_text(_custom(field_id), "exact_value", key.value) for key in keys if key.kind == kind] if field_id else []


def _people(keys: Sequence[Key], ids: IdFields) -> list[Query]:
    users = _own_ids(CONTACT, keys, ids)
    # whether exact_value ignores letter case is not documented; words do, and near misses are dropped here
    emails = [_text(_EMAIL, "phrase", key.value) for key in keys if key.kind == "email"]
    return [*users, _has_related("contact", "contact_email", _any_of(emails))] if emails else users


def _having_people(keys: Sequence[Key], ids: IdFields) -> list[Query]:
    people = _people(keys, ids)
    return [_has_related("lead", "contact", _any_of(people))] if people else []


_EMAIL = {"type": "regular_field", "object_type": "contact_email", "field_name": "email"}


def _object(name: str) -> Query:
    return {"type": "object_type", "object_type": name}


def _custom(field_id: str | None) -> Query:
    return {"type": "custom_field", "custom_field_id": field_id}


def _text(field: Query, mode: str, value: str) -> Query:
    return {"type": "field_condition", "field": field, "condition": {"type": "text", "mode": mode, "value": value}}


def _has_related(this: str, related: str, query: Query) -> Query:
    return {"type": "has_related", "this_object_type": this, "related_object_type": related, "related_query": query}


def _all_of(*queries: Query) -> Query:
    return {"type": "and", "queries": list(queries)}


def _any_of(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else {"type": "or", "queries": list(queries)}


def _oldest_first(object_type: str) -> Query:
    field = {"type": "regular_field", "object_type": object_type, "field_name": "date_created"}
    return {"direction": "asc", "field": field}


# --- reading the answers ---------------------------------------------------------------------------------------------


def read_hits(raw_leads: Iterable[Mapping[str, Any]], keys: Sequence[Key], reads: Reads, at: float, *, nested: bool = True) -> Hits:
    """The leads that have one of the keys, or a contact that does, and those contacts; near misses are dropped.

    `nested`: the leads came with all their contacts. If a lead has few, all of them are read.
    """
    asked = frozenset(keys)
    hits = Hits(tuple(keys), at)
    for raw in raw_leads:
        lead = read_object(LEAD, raw, reads.ids)
        people = [person for person in raw.get("contacts") or () if person]
        is_whole = nested and len(people) <= MOST_SIBLINGS
        contacts = (
            [read_object(CONTACT, person, reads.ids, lead.id) for person in people]
            if is_whole
            else matching_contacts(people, asked, reads.ids, lead.id)
        )
        if not asked.isdisjoint(lead.keys) or any(not asked.isdisjoint(contact.keys) for contact in contacts):
            hits.objects.append(lead)
            hits.objects.extend(contacts)
            hits.whole.update([lead.id] if is_whole else ())
    return hits


def matching_contacts(raw_contacts: Iterable[Mapping[str, Any]], keys: Collection[Key], ids: IdFields, lead_id: str = "") -> list[Stored]:
    """The contacts that have one of the keys. Most contacts of a large lead do not, and are not read any further."""
    return [read_object(CONTACT, raw, ids, lead_id) for raw in raw_contacts if _carries_one(raw, keys, ids)]


def _carries_one(raw_contact: Mapping[str, Any], keys: Collection[Key], ids: IdFields) -> bool:
    user_id = own_id(CONTACT, raw_contact, ids)
    if user_id is not None and Key("user", user_id) in keys:
        return True
    emails = next(each for each in CONTACT.lists if each.finds == "email")
    return any(email_key(item.value) in keys for item in read_items(emails, raw_contact))
