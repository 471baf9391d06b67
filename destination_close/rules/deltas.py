"""What does one row write to one object? (pure)

Scalars replace what differs, lists grow, ids are stamped where blank, and blank values write nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from destination_close.model import (
    CONTACT,
    FIRST_STATUS,
    LEAD,
    NOTHING_WANTED,
    Age,
    Draft,
    Item,
    ObjectType,
    Scalar,
    Stored,
    Wanted,
    Wish,
    as_tuple,
    holds,
    is_blank,
    missing,
)


@dataclass(slots=True)
class Delta:
    """What will change on an existing object; grows row by row."""

    fields: dict[str, Any] = field(default_factory=dict)
    adds: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)
    stamp: str | None = None
    appended: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By list: emails, phones, urls."""

    only_if_empty: set[str] = field(default_factory=set)
    """Fields that are written only because they are empty."""

    def __bool__(self) -> bool:
        return bool(self.fields or self.adds or self.stamp or self.appended)

    def absorb(self, later: Delta) -> None:
        """Add what a later row changes."""
        # what an earlier row writes regardless is filled or cleared by us; what a later one replaces no longer matters
        self.only_if_empty |= later.only_if_empty - (self.fields.keys() | self.adds.keys())
        self.only_if_empty -= later.fields.keys() - later.only_if_empty
        for key, value in later.fields.items():
            self.fields[key] = value
            self.adds.pop(key, None)
        for key, values in later.adds.items():
            if key in self.fields:
                self.fields[key] = (*as_tuple(self.fields[key]), *values)
            else:
                self.adds[key] = self.adds.get(key, ()) + values
        for name, values in later.appended.items():
            self.appended[name] = self.appended.get(name, ()) + values
        self.stamp = self.stamp or later.stamp

    def forget_reverts(self, original: Mapping[str, Any]) -> None:
        """Drop fields that a later row set back to what they were."""
        for key in [key for key, value in self.fields.items() if _equal(original.get(key), value)]:
            del self.fields[key]
            self.only_if_empty.discard(key)


# --- objects that exist ----------------------------------------------------------------------------------------------


def delta_of(one: Stored, draft: Draft, *, stamp: bool, may_append: Callable[[str], bool]) -> Delta:
    """What the row changes on the object. `stamp`: it may get the row's own id if it has none; `may_append` says whether no
    other contact of the lead carries an email."""
    wanted = draft.wants.get(one.type, NOTHING_WANTED)
    delta = _field_delta(one.fields, wanted.fields)
    if stamp and one.own_id is None:
        delta.stamp = draft.own_id(one.type)
    for each in one.type.lists:
        new = missing(one.lists.get(each.key, ()), wanted.lists.get(each.key, ()), each.meaning)
        if new and each.finds:
            new = tuple([value for value in new if may_append(value)])
        if new:
            delta.appended[each.key] = new
    return delta


def changes(one: Stored, draft: Draft, wanted: Wanted, *, stamp: bool) -> bool:
    """Whether `delta_of` would find anything, if every email may be appended."""
    if _first_change(one.fields, wanted.fields) is not None or (stamp and one.own_id is None and bool(draft.own_id(one.type))):
        return True
    for each in one.type.lists:
        if (values := wanted.lists.get(each.key)) and missing(one.lists.get(each.key, ()), values, each.meaning):
            return True
    return False


def _field_delta(stored: Mapping[str, Any], wishes: Mapping[str, Wish]) -> Delta:
    delta = Delta()
    for key, wish in wishes.items():
        if _is_granted(stored.get(key), wish):
            continue
        if wish.when == "if_empty":
            delta.only_if_empty.add(key)
        if wish.add and isinstance(wish.value, (str, int, float)):
            delta.adds[key] = (wish.value,)
        else:
            delta.fields[key] = wish.value
    return delta


def _first_change(stored: Mapping[str, Any], wishes: Mapping[str, Wish]) -> str | None:
    """A field that has to be written."""
    for key, wish in wishes.items():
        held = stored.get(key)
        if held.__class__ is wish.value.__class__ and held == wish.value:  # true of most fields
            continue
        if not _is_granted(held, wish):
            return key
    return None


def _is_granted(held: Any, wish: Wish) -> bool:
    """Whether nothing needs to be written: the field already has it, or its policy keeps the existing value."""
    return holds(held, wish) or wish.when == "on_create" or (wish.when == "if_empty" and not is_blank(held))


def changed(one: Stored, delta: Delta) -> Stored:
    """The object as it will be."""
    lists = one.lists
    if delta.appended:
        lists = {**lists, **{key: lists.get(key, ()) + _items(values) for key, values in delta.appended.items()}}
    return replace(one, fields=_changed_fields(one.fields, delta), own_id=one.own_id or delta.stamp, lists=lists)


def _changed_fields(fields: Mapping[str, Any], delta: Delta) -> Mapping[str, Any]:
    if not (delta.fields or delta.adds):
        return fields
    added = {key: (*as_tuple(fields.get(key)), *values) for key, values in delta.adds.items()}
    return {**fields, **delta.fields, **added}


# --- objects to be made ----------------------------------------------------------------------------------------------


def name_on_paper(object_type: ObjectType, draft: Draft) -> str:
    """Of the object of the type that the row creates."""
    return f"new {object_type.name} {draft.row.ordinal}.{draft.mapping}"


def new_lead(draft: Draft) -> Stored:
    """The lead that the row creates; without `lead_name` it is named after the contact's name, or else its email."""
    wishes = draft.wants.get(LEAD, NOTHING_WANTED).fields
    fields = _new_fields(wishes)
    # a name that the row clears stays empty: a name given here would be cleared the next time the same row runs
    if "name" not in wishes:
        name = draft.wants.get(CONTACT, NOTHING_WANTED).fields.get("name")
        fields["name"] = name.value if name and not is_blank(name.value) else draft.email
    fields.setdefault("status_id", FIRST_STATUS)
    name_there = name_on_paper(LEAD, draft)
    return Stored(LEAD, name_there, name_there, Age(1, "", draft.at), draft.company_id, fields, {})


def new_below(object_type: ObjectType, lead_id: str, draft: Draft) -> Stored:
    """The object that the row creates under the lead."""
    wanted = draft.wants.get(object_type, NOTHING_WANTED)
    lists = {each.key: _items(missing((), values, each.meaning)) for each in object_type.lists if (values := wanted.lists.get(each.key))}
    name_there, age = name_on_paper(object_type, draft), Age(1, "", draft.at)
    return Stored(object_type, name_there, lead_id, age, draft.own_id(object_type), _new_fields(wanted.fields), lists)


def _new_fields(wishes: Mapping[str, Wish]) -> dict[str, Any]:
    return {key: (w.value,) if w.add else w.value for key, w in wishes.items() if not is_blank(w.value)}


def _items(values: tuple[Any, ...]) -> tuple[Item, ...]:
    return tuple([Item(value) for value in values])


def _equal(stored: Any, wanted: Any) -> bool:
    if is_blank(stored) or is_blank(wanted):
        return is_blank(stored) and is_blank(wanted)
    return bool((list(stored) if isinstance(stored, (list, tuple)) else stored) == (list(wanted) if isinstance(wanted, tuple) else wanted))
