"""What must Close be asked, and which of the answers match what was asked for? (pure)

One search serves many rows: all leads that have one of the Company IDs, or that have a contact with one of the User IDs
or emails, returned with their contacts. Close's text search ignores letter case and matches words, so every hit is
compared again here, and whatever does not equal a key is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from destination_close.close.reading import own_id, read_contact, read_items, read_lead
from destination_close.model import LISTS, MOST_SIBLINGS, Contact, Hits, IdFields, Key, Lead, email_key

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
    lead: tuple[str, ...] = ()
    """As Close names them: name, description, url, status_id, `custom.cf_...`."""

    contact: tuple[str, ...] = ()
    """name, title, `custom.cf_...`."""

    def lead_fields(self) -> list[str]:
        """Names for `_fields` of a lead."""
        own = [f"custom.{self.ids.company}"] if self.ids.company else []
        return ["id", *self.lead, "date_created", *own]

    def contact_fields(self) -> list[str]:
        """Names for `_fields` of a contact."""
        own = [f"custom.{self.ids.user}"] if self.ids.user else []
        return ["id", "lead_id", *self.contact, *LISTS, "date_created", *own]


# --- asking ----------------------------------------------------------------------------------------------------------


def lead_search(keys: Sequence[Key], reads: Reads) -> Query:
    """One search body: leads with any of the keys, each with its contacts. A clause per key."""
    return {
        "query": _all_of(_object("lead"), _any_of([*_companies(keys, reads.ids), *_having_people(keys, reads.ids)])),
        "_fields": {"lead": [*reads.lead_fields(), "contacts"], "contact": reads.contact_fields()},
        "_limit": PAGE_SIZE,
        "sort": [_oldest_first("lead")],
    }


def contact_search(keys: Sequence[Key], reads: Reads) -> Query:
    """One search body: contacts with any of the keys, for answers in which leads come without their contacts."""
    return {
        "query": _all_of(_object("contact"), _any_of(_people(keys, reads.ids))),
        "_fields": {"contact": reads.contact_fields()},
        "_limit": PAGE_SIZE,
        "sort": [_oldest_first("contact")],
    }


def _companies(keys: Sequence[Key], ids: IdFields) -> list[Query]:
    return [_text(_custom(ids.company), "exact_value", key.value) for key in keys if key.kind == "company" and ids.company]


def _people(keys: Sequence[Key], ids: IdFields) -> list[Query]:
    users = [_text(_custom(ids.user), "exact_value", key.value) for key in keys if key.kind == "user" and ids.user]
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
        lead = read_lead(raw, reads.ids)
        people = [person for person in raw.get("contacts") or () if person]
        is_whole = nested and len(people) <= MOST_SIBLINGS
        contacts = (
            [read_contact(person, reads.ids, lead.id) for person in people]
            if is_whole
            else matching_contacts(people, asked, reads.ids, lead.id)
        )
        if carries(lead, asked) or any(not asked.isdisjoint(contact.keys) for contact in contacts):
            hits.leads.append(lead)
            hits.contacts.extend(contacts)
            hits.whole.update([lead.id] if is_whole else ())
    return hits


def matching_contacts(
    raw_contacts: Iterable[Mapping[str, Any]], keys: Collection[Key], ids: IdFields, lead_id: str | None = None
) -> list[Contact]:
    """The contacts that have one of the keys. Most contacts of a large lead do not, and are not read any further."""
    return [read_contact(raw, ids, lead_id) for raw in raw_contacts if _carries_one(raw, keys, ids)]


def _carries_one(raw_contact: Mapping[str, Any], keys: Collection[Key], ids: IdFields) -> bool:
    user_id = own_id(raw_contact, ids.user)
    if user_id is not None and Key("user", user_id) in keys:
        return True
    return any(email_key(item.value) in keys for item in read_items(raw_contact, "emails"))


def carries(lead: Lead, keys: Iterable[Key]) -> bool:
    """Whether the lead has one of the Company IDs among the keys."""
    return lead.company_id is not None and Key("company", lead.company_id) in keys
