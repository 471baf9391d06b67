"""Which leads or contacts does the old query language ask for, as in `GET /lead/?query=name:Acme sort:updated`?

Deprecated in 2022 and still obeyed in September 2026. Here are the forms that clients and Close's own scripts use: words, quoted
phrases, `field:value`, `field >= value`, `OR`, `not`, brackets, `sort:` and `slice:`.
"""

from __future__ import annotations

import operator
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.clock import parse_iso
from integration_tests.close_sandbox.conditions import words
from integration_tests.close_sandbox.index import Index
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.problems import invalid
from integration_tests.close_sandbox.searchable import all_text, contact_name, lead_name

Test = Callable[[Doc], bool]

_TOKEN = re.compile(
    r'\s*(?:(?P<sign>[()])|(?P<name>"[^"]+"|[\w.]+)\s*(?P<verb>>=|<=|[:<>=])\s*(?P<value>"[^"]*"|[^\s()]+)|(?P<word>"[^"]*"|[^\s()]+))'
)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_DATES = {"date_created": "date_created", "created": "date_created", "date_updated": "date_updated", "updated": "date_updated"}
_SORTS = {**_DATES, "name": "name", "display_name": "name"}


class OldQuery:
    """One query. Raises Problem when it cannot be read."""

    def __init__(self, text: str, object_type: Literal["lead", "contact"], organization: Organization, index: Index) -> None:
        self._object_type = object_type
        self._organization = organization
        self._index = index
        self._sort: tuple[str, bool] | None = None
        self._tokens = list(_tokens(text))
        self._at = 0
        self._test = self._either()
        if self._at < len(self._tokens):
            raise _unreadable()

    def among(self, docs: Iterable[Doc]) -> list[Doc]:
        """Those that match, in order."""
        found = [doc for doc in docs if self._test(doc)]
        if self._sort is not None:
            key, backwards = self._sort
            found.sort(key=lambda doc: str(doc[key]).lower(), reverse=backwards)
        return found

    # --- grammar -----------------------------------------------------------------------------------------------------

    def _either(self) -> Test:
        parts = [self._all()]
        while self._next_is("OR"):
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda doc: any(part(doc) for part in parts)

    def _all(self) -> Test:
        parts: list[Test] = []
        while self._at < len(self._tokens) and not self._next_is("OR") and self._tokens[self._at]["sign"] != ")":
            if self._next_is("AND"):
                self._at += 1
            else:
                parts.append(self._one())
        return lambda doc: all(part(doc) for part in parts)

    def _one(self) -> Test:
        if self._at >= len(self._tokens):
            raise _unreadable()
        token = self._tokens[self._at]
        self._at += 1
        if token["sign"] == "(":
            inner = self._either()
            if self._at >= len(self._tokens) or self._tokens[self._at]["sign"] != ")":
                raise _unreadable()
            self._at += 1
            return inner
        if token["sign"]:
            raise _unreadable()
        if token["name"] is not None:
            return self._about(token["name"].strip('"'), str(token["verb"]), str(token["value"]))
        if str(token["word"]).lower() == "not":
            inner = self._one()
            return lambda doc: not inner(doc)
        return self._anywhere(str(token["word"]))

    def _next_is(self, word: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at]["word"] == word

    # --- words and fields --------------------------------------------------------------------------------------------

    def _anywhere(self, word: str) -> Test:
        if word == "*":
            return lambda _: True
        return lambda doc: _contains(word, self._texts(doc))

    def _texts(self, doc: Doc) -> Iterator[str]:
        yield from all_text(doc, self._organization)
        if self._object_type == "lead":
            for contact in self._index.contacts_of(doc["id"]):
                yield from all_text(contact, self._organization)

    def _about(self, name: str, verb: str, value: str) -> Test:
        if name == "sort":
            return self._sorted_by(value)
        if name == "slice":
            return _slice(value)
        if name in _DATES:
            return _dated(_DATES[name], verb, value.strip('"'))
        values = self._values(name)
        if verb in _ORDER:
            return _compared(values, verb, value.strip('"'))
        if name in ("id", "lead_id", "status_id"):
            return lambda doc: value.strip('"') in values(doc)
        return lambda doc: _contains(value, map(str, values(doc)))

    def _sorted_by(self, value: str) -> Test:
        key = _SORTS.get(value.strip('"').lstrip("-+"))
        if key is None:
            raise _unreadable()
        self._sort = (key, value.startswith("-"))
        return lambda _: True

    def _values(self, name: str) -> Callable[[Doc], Iterable[Any]]:
        """What an object holds in a field; of a lead, contacts' fields are those of all its contacts."""
        if name.startswith("custom."):
            return self._custom(name[7:])
        named: dict[str, Callable[[Doc], Iterable[Any]]] = {
            "id": lambda doc: (doc["id"],),
            "lead_id": lambda doc: (doc.get("lead_id", doc["id"]),),
            "name": lambda doc: (lead_name(doc) if self._object_type == "lead" else contact_name(doc),),
            "company": lambda doc: (lead_name(doc),),
            "display_name": lambda doc: (lead_name(doc) if self._object_type == "lead" else contact_name(doc),),
            "description": lambda doc: (doc.get("description", ""),),
            "url": lambda doc: (doc.get("url") or "",),
            "title": lambda doc: [contact["title"] for contact in self._people(doc)],
            "status_id": lambda doc: (doc.get("status_id"),),
            "status": lambda doc: (self._organization.statuses.get(doc.get("status_id", ""), ""),),
            "contact_name": lambda doc: [contact["name"] for contact in self._people(doc)],
        }
        named["lead_status"] = named["status_label"] = named["status"]
        for old in ("email", "email_address", "phone", "phone_number"):
            key = old.partition("_")[0]
            named[old] = lambda doc, key=key: [item[key] for contact in self._people(doc) for item in contact[f"{key}s"]]  # type: ignore[misc]
        if name not in named:
            raise _unreadable()
        return named[name]

    def _people(self, doc: Doc) -> list[Doc]:
        return self._index.contacts_of(doc["id"]) if self._object_type == "lead" else [doc]

    def _custom(self, name: str) -> Callable[[Doc], Iterable[Any]]:
        ids = [one.id for one in self._organization.fields_of(self._object_type) if name in (one.id, one.name)]

        def values(doc: Doc) -> list[Any]:
            found = (doc.get(f"custom.{one}") for one in ids)
            return [value for one in found if one is not None for value in (one if isinstance(one, list) else (one,))]

        return values


def _tokens(text: str) -> Iterator[dict[str, str | None]]:
    text, position = text.rstrip(), 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _unreadable()
        yield found.groupdict()
        position = found.end()


def _contains(wanted: str, texts: Iterable[str]) -> bool:
    """Whether one of the texts has these words, one after the other."""
    wanted_words = words(wanted)
    return any(_in_a_row(words(text), wanted_words) for text in texts)


def _in_a_row(found: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return bool(wanted) and any(found[i : i + len(wanted)] == wanted for i in range(len(found) - len(wanted) + 1))


def _dated(key: str, verb: str, value: str) -> Test:
    try:
        moment = parse_iso(value)
    except ValueError:
        raise _unreadable() from None
    if verb in _ORDER:
        return lambda doc: _ORDER[verb](parse_iso(doc[key]), moment)
    return lambda doc: doc[key].startswith(value)


def _compared(values: Callable[[Doc], Iterable[Any]], verb: str, value: str) -> Test:
    try:
        number = float(value)
    except ValueError:
        return lambda doc: any(_ORDER[verb](str(one), value) for one in values(doc))
    return lambda doc: any(isinstance(one, int | float) and _ORDER[verb](one, number) for one in values(doc))


def _slice(value: str) -> Test:
    """`2/10` is the second of ten parts, always the same one for an object."""
    number, _, parts = value.strip('"').partition("/")
    if not (number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise _unreadable()
    return lambda doc: zlib.crc32(doc["id"].encode()) % int(parts) == int(number) - 1


def _unreadable() -> Exception:
    return invalid({"query": "The query could not be parsed."})
