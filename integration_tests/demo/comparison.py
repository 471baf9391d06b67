"""How did a lead look before, and how does it look now?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from integration_tests.close_sandbox import Close

Doc = Mapping[str, Any]

_LEAD = {"name": "name", "url": "url", "status_label": "status", "description": "description"}
_CONTACT = {"name": "contact", "title": "title", "emails": "emails", "phones": "phones", "urls": "urls"}
_ITEMS = {"emails": "email", "phones": "phone_formatted", "urls": "url"}
_SAME = ["(same)"]


def compared(close: Close, before: Doc, after: Doc) -> Iterator[str]:
    """The lead and each of its contacts, field by field; of contacts that are new, a line."""
    names = {f"custom.{field.id}": field.name for field in close.organization.fields.values()}
    yield _line("", "before", "after")
    yield from _fields(before, after, _LEAD | names)
    known = {contact["id"]: contact for contact in before["contacts"]}
    for contact in after["contacts"]:
        if contact["id"] in known:
            yield ""
            yield from _fields(known[contact["id"]], contact, _CONTACT | names)
    yield ""
    yield from _newcomers(contact for contact in after["contacts"] if contact["id"] not in known)


def _fields(before: Doc, after: Doc, labels: Mapping[str, str]) -> Iterator[str]:
    for key, label in labels.items():
        old, new = _shown(key, before.get(key)), _shown(key, after.get(key))
        if old or new:
            for first, left, right in zip_longest([label], old, _SAME if old == new else new, fillvalue=""):
                yield _line(first, left, right)


def _newcomers(contacts: Iterable[Doc]) -> Iterator[str]:
    for contact in sorted(contacts, key=lambda contact: str(contact["name"])):
        yield _line("new contact", "", ", ".join(filter(None, (contact["name"], contact["title"], *_shown("emails", contact["emails"])))))


def _shown(key: str, value: Any) -> Sequence[str]:
    """The value, or each of several, as text."""
    if value in (None, ""):
        return []
    several = value if isinstance(value, list) else [value]
    return [f"{one:g}" if isinstance(one, float) else str(one[_ITEMS[key]]) if isinstance(one, dict) else str(one) for one in several]


def _line(label: str, before: str, after: str) -> str:
    return f"  {label:14}{before:40}{after}".rstrip()
