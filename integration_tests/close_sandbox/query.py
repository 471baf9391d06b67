"""Which objects does a query ask for?

A query is read into a tree (or refused), and the tree is answered with sets of ids. A set narrows down as it passes through an
`and`; what the index can look up is looked up, only the rest is tried object by object.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.conditions import Asker, BadQuery, Condition, read_condition, read_text, words
from integration_tests.close_sandbox.index import Index
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.searchable import (
    ITEM_LISTS,
    NEVER_HERE,
    Field,
    Values,
    all_text,
    custom_field,
    derived_field,
    regular_field,
)

Ids = set[Hashable]
"""Ids of leads or contacts; items of lists (emails, phones, addresses) are (owner's id, position)."""

_RELATED: Mapping[str, tuple[str, ...]] = {
    "lead": ("contact", "address", *KINDS),
    "contact": ("lead", "contact_email", "contact_phone", "contact_url"),
    **dict.fromkeys(KINDS, ("lead",)),
}


_AT_TOP = ("opportunity", "activity.custom_activity", "custom_object")
"""What has been seen at the top of searches besides leads and contacts; other words are a switch."""


class Node(ABC):
    """One query of the tree."""

    @property
    def cheap(self) -> bool:
        """Can it be answered without going through all objects?"""
        return False

    @abstractmethod
    def find(self, index: Index, within: Ids | None) -> Ids | None:
        """The ids that match, among those `within` or among all; None for "all of them"."""


@dataclass(slots=True)
class All(Node):
    @property
    def cheap(self) -> bool:
        return True

    def find(self, _index: Index, within: Ids | None) -> Ids | None:
        return within


@dataclass(slots=True)
class Nothing(Node):
    @property
    def cheap(self) -> bool:
        return True

    def find(self, _index: Index, _within: Ids | None) -> Ids:
        return set()


@dataclass(slots=True)
class And(Node):
    parts: list[Node]

    @property
    def cheap(self) -> bool:
        return any(part.cheap for part in self.parts)

    def find(self, index: Index, within: Ids | None) -> Ids | None:
        for part in sorted(self.parts, key=lambda part: not part.cheap):
            within = part.find(index, within)
        return within


@dataclass(slots=True)
class Or(Node):
    parts: list[Node]

    @property
    def cheap(self) -> bool:
        return all(part.cheap for part in self.parts)

    def find(self, index: Index, within: Ids | None) -> Ids | None:
        found: Ids = set()
        for part in self.parts:
            more = part.find(index, within)
            if more is None:
                return None
            found |= more
        return found


@dataclass(slots=True)
class Not(Node):
    object_type: str
    part: Node

    def find(self, index: Index, within: Ids | None) -> Ids:
        among = set(everything(index, self.object_type)) if within is None else within
        unwanted = self.part.find(index, among)
        return set() if unwanted is None else among - unwanted


@dataclass(slots=True)
class WithId(Node):
    object_type: str
    value: str

    @property
    def cheap(self) -> bool:
        return True

    def find(self, index: Index, within: Ids | None) -> Ids:
        there = within if within is not None else index.docs[self.object_type]  # type: ignore[index]
        return {self.value} if self.value in there else set()


@dataclass(slots=True)
class Holds(Node):
    """A condition on a field of the object itself."""

    field: Field
    condition: Condition

    @property
    def cheap(self) -> bool:
        return bool(self.condition.exactly or self.condition.words)

    def find(self, index: Index, within: Ids | None) -> Ids:
        test, values = self.condition.test, self.field.values
        if not self.cheap:
            return {one for one, doc in documents(index, self.field.object_type, within) if any(map(test, values(doc)))}
        return {one for one, doc in self._candidates(index, within) if any(map(test, values(doc)))}

    def _candidates(self, index: Index, within: Ids | None) -> Iterator[tuple[Hashable, Doc]]:
        object_type = self.field.object_type
        owner, key = ITEM_LISTS.get(object_type, (object_type, ""))
        name = f"{object_type}.{self.field.name}"
        values = _values_in_items(key, self.field) if key else self.field.values
        if self.condition.exactly:
            holders = index.holders(owner, name, values, self.condition.exactly)  # type: ignore[arg-type]
        else:
            holders = index.holders_of_rarest(owner, f"{name}, words", _words_of(values), self.condition.words)  # type: ignore[arg-type]
        docs = index.docs[owner]  # type: ignore[index]
        for object_id in holders:
            if key:
                found = ((position, item) for position, item in _items_of(object_id, docs[object_id], key))
                yield from (one for one in found if within is None or one[0] in within)
            elif within is None or object_id in within:
                yield object_id, docs[object_id]


def _words_of(values: Values) -> Values:
    """Every word of every value, once per object."""
    return lambda doc: {word for value in values(doc) if isinstance(value, str) for word in words(value)}


@dataclass(slots=True)
class HasText(Node):
    """A text anywhere in the object."""

    object_type: str
    condition: Condition
    organization: Organization

    def find(self, index: Index, within: Ids | None) -> Ids:
        test = self.condition.test
        return {one for one, doc in documents(index, self.object_type, within) if any(map(test, all_text(doc, self.organization)))}


@dataclass(slots=True)
class HasRelated(Node):
    """Objects with at least one related object that matches."""

    this: str
    related: str
    part: Node

    @property
    def cheap(self) -> bool:
        return self.part.cheap

    def find(self, index: Index, within: Ids | None) -> Ids:
        among = None if within is None or self.part.cheap else set(self._down(index, within))
        found = self.part.find(index, among)
        if found is None:
            found = set(everything(index, self.related))
        owners = set(self._up(index, found))
        if within is not None:
            return owners & within
        return owners

    def _up(self, index: Index, found: Iterable[Any]) -> Iterator[Hashable]:
        """From related objects to those they belong to."""
        if self.related in KINDS:
            docs, leads = index.docs[self.related], index.docs["lead"]
            yield from (lead_id for lead_id in {docs[one]["lead_id"] for one in found} if lead_id in leads)
        elif self.this in KINDS:
            for lead_id in found:
                yield from index.ids_by_lead[self.this].get(lead_id, ())
        elif self.this == "contact" and self.related == "lead":
            for lead_id in found:
                yield from index.contact_ids.get(lead_id, ())
        elif self.related == "contact":
            contacts, leads = index.docs["contact"], index.docs["lead"]
            yield from (lead_id for lead_id in {contacts[one]["lead_id"] for one in found} if lead_id in leads)
        elif self.this == "lead" and self.related != "address":
            contacts, leads = index.docs["contact"], index.docs["lead"]
            yield from (lead_id for lead_id in {contacts[owner]["lead_id"] for owner, _ in found} if lead_id in leads)
        else:
            yield from (owner for owner, _ in found)

    def _down(self, index: Index, owners: Iterable[Any]) -> Iterator[Hashable]:
        """The reverse: what could be related to these."""
        if self.this in KINDS:
            docs, leads = index.docs[self.this], index.docs["lead"]
            yield from (lead_id for lead_id in {docs[one]["lead_id"] for one in owners} if lead_id in leads)
            return
        if self.related in KINDS:
            yield from (one for lead_id in owners for one in index.ids_by_lead[self.related].get(lead_id, ()))
            return
        if self.this == "contact" and self.related == "lead":
            contacts, leads = index.docs["contact"], index.docs["lead"]
            yield from (lead_id for lead_id in {contacts[one]["lead_id"] for one in owners} if lead_id in leads)
            return
        if self.this == "lead" and self.related != "address":
            owners = [one for lead_id in owners for one in index.contact_ids.get(lead_id, ())]
        if self.related == "contact":
            yield from owners
            return
        owner_type, key = ITEM_LISTS[self.related]
        docs = index.docs[owner_type]  # type: ignore[index]
        for owner in owners:
            yield from (one for one, _ in _items_of(owner, docs[owner], key))


# --- going through objects -------------------------------------------------------------------------------------------


def everything(index: Index, object_type: str) -> Iterator[Hashable]:
    return (one for one, _ in documents(index, object_type, None))


def documents(index: Index, object_type: str, within: Ids | None) -> Iterator[tuple[Hashable, Doc]]:
    """Ids and documents, of all objects of a type or of some."""
    if object_type not in ITEM_LISTS:
        docs = index.docs[object_type]  # type: ignore[index]
        yield from docs.items() if within is None else ((one, docs[one]) for one in within)  # type: ignore[index]
        return
    owner_type, key = ITEM_LISTS[object_type]
    owners = index.docs[owner_type]  # type: ignore[index]
    if within is None:
        for owner, doc in owners.items():
            yield from _items_of(owner, doc, key)
    else:
        yield from ((one, owners[one[0]][key][one[1]]) for one in within)  # type: ignore[index]


def _items_of(owner: str, doc: Doc, key: str) -> Iterator[tuple[Hashable, Doc]]:
    return (((owner, position), item) for position, item in enumerate(doc[key]))


def _values_in_items(key: str, field: Field) -> Callable[[Doc], Iterable[str]]:
    return lambda doc: [value for item in doc[key] for value in field.values(item)]


# --- reading ---------------------------------------------------------------------------------------------------------


class QueryReader:
    """Turns the JSON of a query into a tree, or raises BadQuery."""

    def __init__(self, organization: Organization, index: Index, asker: Asker) -> None:
        self._organization = organization
        self._index = index
        self._asker = asker
        self.clauses = 0
        """Leaf conditions read."""

    def read(self, told: Any) -> tuple[str, Node]:
        """The type of the objects searched, and the tree. The type is said exactly once, at the top."""
        if not isinstance(told, Mapping):
            raise BadQuery("query: must be an object")
        at_top = [told] if told.get("type") == "object_type" else told.get("queries") if told.get("type") == "and" else None
        if not isinstance(at_top, list) or told.get("negate"):
            raise BadQuery("query: object_type is missing at the top")
        types = [query for query in at_top if isinstance(query, Mapping) and query.get("type") == "object_type"]
        if len(types) != 1 or types[0].get("negate"):
            raise BadQuery("query: object_type must be given exactly once")
        object_type = types[0].get("object_type")
        if object_type not in ("lead", "contact", *_AT_TOP, *(KINDS.keys() & self._asker.settings.search_at_top)):
            raise BadQuery(f"object_type: lead, contact, {', '.join(_AT_TOP)}")
        return object_type, And([self._node(query, object_type) for query in at_top if query is not types[0]])

    def _node(self, told: Any, object_type: str) -> Node:
        if not isinstance(told, Mapping):
            raise BadQuery("query: must be an object")
        node = self._plain(told, object_type)
        negate = told.get("negate", False)
        if not isinstance(negate, bool):
            raise BadQuery("negate: must be a boolean")
        return Not(object_type, node) if negate else node

    def _plain(self, told: Mapping[str, Any], object_type: str) -> Node:
        match told.get("type"):
            case "and":
                return And(self._parts(told, object_type))
            case "or":
                return Or(self._parts(told, object_type))
            case "match_all":
                return All()
            case "id":
                self.clauses += 1
                if not isinstance(told.get("value"), str) or object_type not in ("lead", "contact", *KINDS):
                    raise BadQuery("id: needs a value")
                return WithId(object_type, told["value"])
            case "text":
                self.clauses += 1
                return HasText(object_type, read_text(told, self._asker), self._organization)
            case "field_condition":
                self.clauses += 1
                field = self._field(told.get("field"), object_type)
                return Holds(field, read_condition(told.get("condition"), field, self._asker))
            case "has_related":
                return self._related(told, object_type)
            case "object_type":
                raise BadQuery("object_type: only once, at the top")
            case _:
                raise BadQuery("query: unknown type")

    def _parts(self, told: Mapping[str, Any], object_type: str) -> list[Node]:
        queries = told.get("queries")
        if not isinstance(queries, list) or not queries:
            raise BadQuery(f"{told['type']}: needs queries")
        return [self._node(query, object_type) for query in queries]

    def _related(self, told: Mapping[str, Any], object_type: str) -> Node:
        this, related = told.get("this_object_type"), told.get("related_object_type")
        if this != object_type:
            raise BadQuery(f"has_related: this_object_type must be {object_type}")
        if not isinstance(related, str) or "related_query" not in told:
            raise BadQuery("has_related: needs related_object_type and related_query")
        if object_type == "lead" and related.startswith(NEVER_HERE):
            return Nothing()
        direct = object_type == "lead" and related == "contact_email" and self._asker.settings.lead_has_related_email
        if related not in _RELATED.get(object_type, ()) and not direct:
            raise BadQuery(f"has_related: {object_type} has no related {related}")
        return HasRelated(object_type, related, self._node(told["related_query"], related))

    def _field(self, told: Any, object_type: str) -> Field:
        if not isinstance(told, Mapping):
            raise BadQuery("field: must be an object")
        if told.get("type") == "custom_field":
            return self._custom_field(told.get("custom_field_id"), object_type)
        if told.get("type") != "regular_field":
            raise BadQuery("field: unknown type")
        if told.get("object_type") != object_type:
            raise BadQuery(f"field: object_type must be {object_type} here")
        name = str(told.get("field_name"))
        found = derived_field(object_type, name, self._organization) or regular_field(object_type, name, self._index.contacts_of)
        if found is None:
            raise BadQuery(f"field: {object_type} has no such field")
        return found

    def _custom_field(self, field_id: Any, object_type: str) -> Field:
        if not isinstance(field_id, str) or field_id not in self._organization.fields:
            raise BadQuery(f"custom_field: {field_id!r} does not exist")
        definition = self._organization.field_found_on(object_type, field_id)
        if definition is None:
            raise BadQuery(f"custom_field: not a field of {object_type}")
        return custom_field(definition, object_type)

    def sort_field(self, told: Any, object_type: str) -> Field:
        """Only number, date and text fields of the object itself."""
        found = self._field(told, object_type)
        if found.kind not in ("text", "number", "date"):
            raise BadQuery(f"sort: not by {found.name}")
        return found
