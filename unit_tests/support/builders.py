"""How do tests say what a row wants, and what Close holds, in one short line?

a_draft(2, company="X", email="ann@x.co", contact={"title": "CEO"}, off="DC")
a_memory(leads=[a_lead("L1", company="X")], contacts=[a_contact("C1", "L1", "ann@x.co", user="u1")])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from destination_close.model import (
    CONTACT,
    LEAD,
    Age,
    Draft,
    Hits,
    Item,
    Key,
    ObjectType,
    Row,
    Stored,
    StreamKey,
    Switches,
    Wanted,
    Wish,
    Work,
)
from destination_close.model.rows import Value
from destination_close.rules import Memory

LAG = 60.0

_SWITCHES = {
    "NL": "allow_creating_new_leads",
    "UL": "allow_updating_existing_leads",
    "NC": "allow_creating_new_contacts",
    "UC": "allow_updating_existing_contacts",
    "DC": "allow_creating_duplicate_contacts",
}


# --- keys ------------------------------------------------------------------------------------------------------------


def company(value: str) -> Key:
    return Key("company", value)


def user(value: str) -> Key:
    return Key("user", value)


def email(value: str) -> Key:
    return Key("email", value)


# --- what comes in ---------------------------------------------------------------------------------------------------


def a_row(at: int = 0, *, stream: str = "users", namespace: str | None = None, data: Mapping[str, Any] | None = None) -> Row:
    """The row at this place of the run."""
    return Row(StreamKey(namespace, stream), position=at + 1, ordinal=at, data=data or {})


def switched_off(off: str) -> Switches:
    """All switches on but these, in the rules' abbreviations: `"NC DC"`."""
    return Switches(**{_SWITCHES[short]: False for short in off.split()})


def a_draft(
    at: int = 0,
    *,
    company: str | None = None,
    user: str | None = None,
    email: str | None = None,
    more_emails: tuple[str, ...] = (),
    lead: Mapping[str, Value | Wish] | None = None,
    contact: Mapping[str, Value | Wish] | None = None,
    phones: tuple[str, ...] = (),
    urls: tuple[str, ...] = (),
    off: str = "",
    mapping: int = 0,
    contact_without_key: bool = False,
    operation: Literal["upsert", "insert", "update"] = "upsert",
    match: Literal["user", "email"] | None = None,
    lead_alone: bool = False,
) -> Draft:
    """What the row at this place of the run wants; plain values stand for wishes that always hold."""
    return Draft(
        row=a_row(at),
        mapping=mapping,
        switches=switched_off(off),
        company_id=company,
        user_id=user,
        email=email,
        wants={
            LEAD: Wanted(_wishes(lead)),
            CONTACT: Wanted(
                _wishes(contact), _filled(emails=((email,) if email is not None else ()) + more_emails, phones=phones, urls=urls)
            ),
        },
        contact_without_key=contact_without_key,
        operation=operation,
        match=match,
        lead_alone=lead_alone,
    )


def list_of(draft: Draft, name: str) -> tuple[str, ...]:
    """What the row adds to this list of its contact."""
    return draft.wants[CONTACT].lists.get(name, ())


def a_work(*drafts: Draft, **more: Any) -> Work:
    """A row with the drafts its mappings made of it."""
    row = drafts[0].row if drafts else a_row()
    return Work(more.pop("row", row), drafts, **more)


def _wishes(values: Mapping[str, Value | Wish] | None) -> dict[str, Wish]:
    return {key: value if isinstance(value, Wish) else Wish(value) for key, value in (values or {}).items()}


def _filled(**lists: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
    return {key: values for key, values in lists.items() if values}


# --- what Close holds ------------------------------------------------------------------------------------------------


def created(moment: int | str) -> Age:
    """The age of an object that was found: a year, or a text to sort by."""
    return Age(0, str(moment))


def made_here(at: int) -> Age:
    """The age of an object that the row at this place of the run created."""
    return Age(1, "", (at, 0))


def a_lead(
    lead_id: str = "L1",
    *,
    company: str | None = None,
    age: int | Age = 2020,
    custom: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Stored:
    """A lead as it was found; custom fields by their whole key, `custom.cf_x`."""
    return Stored(LEAD, lead_id, lead_id, age if isinstance(age, Age) else created(age), company, {**fields, **(custom or {})})


def a_contact(
    contact_id: str = "C1",
    lead_id: str = "L1",
    *emails: str,
    user: str | None = None,
    phones: tuple[str, ...] = (),
    urls: tuple[str, ...] = (),
    age: int | Age = 2020,
    **fields: Any,
) -> Stored:
    """A contact as it was found."""
    lists = {
        key: tuple(Item(value, "office") for value in values) for key, values in _filled(emails=emails, phones=phones, urls=urls).items()
    }
    return Stored(CONTACT, contact_id, lead_id, age if isinstance(age, Age) else created(age), user, fields, lists)


def of_type(held: Memory | Hits, object_type: ObjectType) -> dict[str, Stored]:
    """By id, what is held of the type."""
    objects = held.objects.values() if isinstance(held, Memory) else held.objects
    return {one.id: one for one in objects if one.type is object_type}


def a_memory(
    *,
    leads: Iterable[Stored] = (),
    contacts: Iterable[Stored] = (),
    knows: Iterable[Key] = (),
    lag: float = LAG,
    most_keys: int = 20_000,
) -> Memory:
    """A memory of a Close that holds just this, asked for every key of it, and for `knows`."""
    memory = Memory(lag, most_keys=most_keys)
    memory.learn_hits(some_hits(leads=leads, contacts=contacts, asked=knows))
    return memory


def some_hits(*, leads: Iterable[Stored] = (), contacts: Iterable[Stored] = (), asked: Iterable[Key] = (), at: float = 0.0) -> Hits:
    """What a search, sent at this time, brought; it asked for every key of what it brought, and for `asked`."""
    hits = Hits((), at, [*leads, *contacts])
    keys = [key for one in hits.objects for key in sorted(one.keys)]
    hits.asked = tuple(dict.fromkeys([*keys, *asked]))
    return hits


# --- for reading what hypothesis found -----------------------------------------------------------------------------------


def shown(one: Stored | Draft) -> str:
    """Near enough to the builder's call that makes it."""
    match one:
        case Stored() if one.type is LEAD:
            return f"a_lead({one.id!r}, company={one.own_id!r}, age={one.age.date}, {dict(one.fields)})"
        case Stored():
            emails = ", ".join(repr(item.value) for item in one.lists.get("emails", ()))
            return f"a_contact({one.id!r}, {one.lead_id!r}, {emails or '-'}, user={one.own_id!r}, age={one.age.date})"
        case Draft():
            off = " ".join(short for short, name in _SWITCHES.items() if not getattr(one.switches, name))
            said: dict[str, object] = {
                "company": one.company_id,
                "user": one.user_id,
                "email": one.email,
                "more_emails": list_of(one, "emails")[1:],
            }
            said |= {"lead": dict(one.wants[LEAD].fields), "contact": dict(one.wants[CONTACT].fields), "off": off}
            said |= {name: list_of(one, name) for name in ("phones", "urls")}
            said |= {"operation": one.operation.removeprefix("upsert"), "match": one.match}
            return f"a_draft({one.at[0]}, {', '.join(f'{name}={value!r}' for name, value in said.items() if value)})"
