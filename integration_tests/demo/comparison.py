"""How did a lead look before, and how does it look now?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integration_tests.close_sandbox import Close

Doc = Mapping[str, Any]

_WIDTHS = (14, 42)
_SAME = "(same)"
_ITEMS = {"emails": "email", "phones": "phone_formatted", "urls": "url"}


def compared(close: Close, before: Doc, after: Doc) -> Iterator[str]:
    """The lead and each of its contacts, field by field; of contacts that are new, a line."""
    yield _line("", "before", "after")
    yield from _fields(close, before, after, {"name": "name", "url": "url", "status_label": "status", "description": "description"})
    known = {contact["id"]: contact for contact in before["contacts"]}
    for contact in after["contacts"]:
        if contact["id"] in known:
            yield ""
            yield from _fields(close, known[contact["id"]], contact, {"name": "contact", "title": "title", **{name: name for name in _ITEMS}})
    yield ""
    for contact in after["contacts"]:
        if contact["id"] not in known:
            yield _line("new contact", "", ", ".join(filter(None, (contact["name"], contact["title"], _shown("emails", contact["emails"])))))


def _fields(close: Close, before: Doc, after: Doc, standard: Mapping[str, str]) -> Iterator[str]:
    custom = {key: close.organization.fields[key[7:]].name for key in {**before, **after} if key.startswith("custom.")}
    for key, label in {**standard, **custom}.items():
        old, new = _shown(key, before.get(key)), _shown(key, after.get(key))
        if old or new:
            yield _line(label, old, _SAME if old == new else new)


def _shown(key: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one[_ITEMS[key]]) if isinstance(one, dict) else str(one) for one in value)
    return "" if value is None else str(value)


def _line(label: str, before: str, after: str) -> str:
    first, second = _WIDTHS
    return f"{label:{first}}{before:{second}}{' ' if len(before) >= second else ''}{after}".rstrip()
