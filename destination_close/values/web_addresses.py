"""Which web addresses does the text of a cell name? (pure)"""

from __future__ import annotations

import re
from typing import Any

from destination_close.model import trimmed
from destination_close.values.top_level_domains import ends_like_a_domain

MOST_CHARACTERS = 5000
"""In a cell; no browser accepts a longer address."""

_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_HOST = r"(?:[^\s/?#@]*@)?(?:\[[0-9A-Fa-f:.]+\]|(?=[^\s/?#]*\w)[\w.%~-]+)(?::[0-9]+)?"
_WITH_SCHEME = re.compile(rf"{_SCHEME}{_HOST}(?:[/?#]\S*)?")
_PLAIN = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[\w./?=&%#~+-]*)?", re.ASCII)
"""Most addresses: one scheme, a host with a dot, and nothing that could separate one address from another."""

_WITHOUT_SCHEME = re.compile(r"((?:[\w-]+\.)+(?=[\w-]*[^\W\d_])[\w-]{2,}\.?)(?::[0-9]+)?([/?#]\S*)?")
_TWICE = re.compile(rf"{_SCHEME}[A-Za-z]+:?//", re.IGNORECASE)
_ANOTHER = re.compile(r"[;,|](?:https?://|www\.)", re.IGNORECASE)
_CERTAIN = re.compile(r"\s*[;,|]\s*(?=https?://|www\.)|\s*[;,|]\s+|\s*[\r\n]+\s*|\s*:{2,}\s*", re.IGNORECASE)
_POSSIBLE = re.compile(r"\s+(?:and|or|und|oder|&)\s+|\s*[;,|]\s*|\s+", re.IGNORECASE)


def is_web_address(text: str) -> bool:
    """Whether it is one web address and nothing else: with a scheme, or at least with a host in a top-level domain."""
    if len(text) > MOST_CHARACTERS:
        return False
    if _PLAIN.fullmatch(text):
        return True
    if _WITH_SCHEME.fullmatch(text):
        return _TWICE.match(text) is None and not _holds_another(text)
    found = _WITHOUT_SCHEME.fullmatch(text)
    if found is None:
        return False
    return ends_like_a_domain(found[1]) or (text[:4].lower() == "www." and found[1].count(".") > 1)


def is_plain_web_address(value: Any) -> bool:
    """Whether it is one web address without anything unusual, as most values are."""
    return value.__class__ is str and value.isascii() and is_web_address(value)


def _holds_another(text: str) -> bool:
    return _ANOTHER.search(text) is not None


def web_addresses_in(text: str) -> list[str]:
    """What the text names: several only where the separators cannot be part of an address."""
    plain = trimmed(text)
    if plain[:1] == "<" and plain[-1:] == ">":
        plain = trimmed(plain[1:-1])
    if len(plain) > MOST_CHARACTERS or is_web_address(plain):
        return [plain]
    parts = [part for part in _POSSIBLE.split(plain) if part]
    if len(parts) > 1 and all(map(is_web_address, parts)):
        return parts
    parts = [part for part in _CERTAIN.split(plain) if part]
    return parts if any(map(is_web_address, parts)) else [plain]
