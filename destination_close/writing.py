"""What does one row write on one object? (pure)

Scalars replace what differs, lists grow, ids are stamped where blank, blank values write nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from destination_close.blanks import is_blank
from destination_close.comparing import email_meaning, holds, missing, phone_meaning, url_meaning
from destination_close.model import Age, Contact, Draft, Item, Lead, Scalar, Wish

FIRST_STATUS = "(the organization's first status)"
"""On paper, the status of a new lead that is given none. Never sent."""


@dataclass(slots=True)
class Delta:
    """What is to change on an object that exists; grows row by row."""

    fields: dict[str, Any] = field(default_factory=dict)
    adds: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)
    stamp: str | None = None
    appended: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By list: emails, phones, urls."""

    guarded: set[str] = field(default_factory=set)
    """Fields that are written only because they are empty."""

    def __bool__(self) -> bool:
        return bool(self.fields or self.adds or self.stamp or self.appended)

    def absorb(self, later: Delta) -> None:
        """Add what a later row changes."""
        # what an earlier row writes regardless is filled or emptied by us; what a later one replaces is no longer of interest
        self.guarded |= later.guarded - (self.fields.keys() | self.adds.keys())
        self.guarded -= later.fields.keys() - later.guarded
        for key, value in later.fields.items():
            self.fields[key] = value
            self.adds.pop(key, None)
        for key, values in later.adds.items():
            if key in self.fields:
                self.fields[key] = (*_several(self.fields[key]), *values)
            else:
                self.adds[key] = self.adds.get(key, ()) + values
        for name, values in later.appended.items():
            self.appended[name] = self.appended.get(name, ()) + values
        self.stamp = self.stamp or later.stamp

    def forget_reverts(self, original: Mapping[str, Any]) -> None:
        """Drop fields that a later row set back to what they were."""
        for key in [key for key, value in self.fields.items() if _equal(original.get(key), value)]:
            del self.fields[key]
            self.guarded.discard(key)


# --- objects that exist ----------------------------------------------------------------------------------------------


def lead_delta(lead: Lead, draft: Draft, *, stamp: bool) -> Delta:
    """What the row changes on the lead."""
    delta = _field_delta(lead.fields, draft.lead)
    if stamp and lead.company_id is None:
        delta.stamp = draft.company_id
    return delta


def contact_delta(contact: Contact, draft: Draft, *, may_append: Callable[[str], bool]) -> Delta:
    """What the row changes on the contact; `may_append` says whether no other contact of the lead carries an email."""
    delta = _field_delta(contact.fields, draft.contact)
    if contact.user_id is None:
        delta.stamp = draft.user_id
    if emails := tuple([email for email in missing(contact.emails, draft.emails, email_meaning) if may_append(email)]):
        delta.appended["emails"] = emails
    if phones := missing(contact.phones, draft.phones, phone_meaning):
        delta.appended["phones"] = phones
    if urls := missing(contact.urls, draft.urls, url_meaning):
        delta.appended["urls"] = urls
    return delta


def changes_lead(lead: Lead, wishes: Mapping[str, Wish]) -> bool:
    """Whether `lead_delta` without a stamp would find anything."""
    return _first_change(lead.fields, wishes) is not None


def changes_contact(contact: Contact, draft: Draft) -> bool:
    """Whether `contact_delta` would find anything, if every email may be appended."""
    return (
        _first_change(contact.fields, draft.contact) is not None
        or bool(contact.user_id is None and draft.user_id)
        or bool(missing(contact.emails, draft.emails, email_meaning))
        or bool(missing(contact.phones, draft.phones, phone_meaning))
        or bool(missing(contact.urls, draft.urls, url_meaning))
    )


def _field_delta(stored: Mapping[str, Any], wishes: Mapping[str, Wish]) -> Delta:
    delta = Delta()
    for key, wish in wishes.items():
        if _is_granted(stored.get(key), wish):
            continue
        if wish.when == "if_empty":
            delta.guarded.add(key)
        if wish.add and isinstance(wish.value, (str, int, float)):
            delta.adds[key] = (wish.value,)
        else:
            delta.fields[key] = wish.value
    return delta


def _first_change(stored: Mapping[str, Any], wishes: Mapping[str, Wish]) -> str | None:
    """A field that has to be written."""
    for key, wish in wishes.items():
        held = stored.get(key)
        if held.__class__ is wish.value.__class__ and held == wish.value:  # as most are
            continue
        if not _is_granted(held, wish):
            return key
    return None


def _is_granted(held: Any, wish: Wish) -> bool:
    """Whether nothing is to be written: the field holds it already, or its policy keeps what is there."""
    return holds(held, wish) or wish.when == "on_create" or (wish.when == "if_empty" and not is_blank(held))


def changed_lead(lead: Lead, delta: Delta) -> Lead:
    """The lead as it will be."""
    return replace(lead, fields=_changed_fields(lead.fields, delta), company_id=lead.company_id or delta.stamp)


def changed_contact(contact: Contact, delta: Delta) -> Contact:
    """The contact as it will be."""
    return replace(
        contact,
        fields=_changed_fields(contact.fields, delta),
        user_id=contact.user_id or delta.stamp,
        emails=contact.emails + _items(delta.appended.get("emails", ())),
        phones=contact.phones + _items(delta.appended.get("phones", ())),
        urls=contact.urls + _items(delta.appended.get("urls", ())),
    )


def _changed_fields(fields: Mapping[str, Any], delta: Delta) -> Mapping[str, Any]:
    if not (delta.fields or delta.adds):
        return fields
    added = {key: (*_several(fields.get(key)), *values) for key, values in delta.adds.items()}
    return {**fields, **delta.fields, **added}


# --- objects to be made ----------------------------------------------------------------------------------------------


def new_lead(name_on_paper: str, draft: Draft) -> Lead:
    """The lead that the row creates; without `lead_name` it is named after the contact's name, else its email."""
    fields = _new_fields(draft.lead)
    # a name that the row clears stays empty: a name given here would be cleared by the same row's next run
    if "name" not in draft.lead:
        name = draft.contact.get("name")
        fields["name"] = name.value if name and not is_blank(name.value) else draft.email
    fields.setdefault("status_id", FIRST_STATUS)
    return Lead(name_on_paper, Age(1, "", draft.at), draft.company_id, fields)


def new_contact(name_on_paper: str, lead_id: str, draft: Draft) -> Contact:
    """The contact that the row creates."""
    return Contact(
        name_on_paper,
        lead_id,
        Age(1, "", draft.at),
        draft.user_id,
        _new_fields(draft.contact),
        _items(missing((), draft.emails, email_meaning)),
        _items(missing((), draft.phones, phone_meaning)),
        _items(missing((), draft.urls, url_meaning)),
    )


def _new_fields(wishes: Mapping[str, Wish]) -> dict[str, Any]:
    return {key: (w.value,) if w.add else w.value for key, w in wishes.items() if not is_blank(w.value)}


def _items(values: tuple[Any, ...]) -> tuple[Item, ...]:
    return tuple([Item(value) for value in values])


def _several(values: Any) -> tuple[Any, ...]:
    if values is None:
        return ()
    return tuple(values) if isinstance(values, (list, tuple)) else (values,)


def _equal(stored: Any, wanted: Any) -> bool:
    if is_blank(stored) or is_blank(wanted):
        return is_blank(stored) and is_blank(wanted)
    return bool((list(stored) if isinstance(stored, (list, tuple)) else stored) == (list(wanted) if isinstance(wanted, tuple) else wanted))
