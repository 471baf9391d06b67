"""Which email addresses does the text of a cell name? (pure)

`mailto:ann@x.co`, `Ann Lee <ann@x.co>` and several addresses in one cell are read; anything else is kept as it is, and refused
later, when each is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from destination_close.model import trimmed, visible

MOST_CHARACTERS = 254
MOST_IN_A_CELL = 2000
"""Characters; longer text is not a list of addresses."""

_PART = r"""[^\s\x00-\x1f\x7f\ud800-\udfff@<>()\[\],;:\\"]"""
_LABEL = _PART.replace("@", "@.")
_ADDRESS = re.compile(rf"{_PART}+@(?:{_LABEL}+\.)+{_LABEL}{{2,}}")
_PLAIN = re.compile(r"[\w.+'-]+@(?:[\w-]+\.)+[\w-]{2,}", re.ASCII)
_SCHEME = re.compile(r"(?:mailto|e-?mail):\s*", re.IGNORECASE)
_QUERY = re.compile(r"\?[^\s@]*\Z")
_NAMED = re.compile(r"""(?:"[^"]*"|'[^']*'|[^<>@]*)\s*<([^<>]*)>\s*""")
_SEPARATED = re.compile(r"""(?:"[^"]*"|<[^<>]*>|[^;,|\r\n"<>]|["<>])+""")
_BETWEEN = re.compile(r"\s+(?:&|and|or|und|oder)\s+|[\s/]+|:{2,}")
_NOTE = re.compile(r"\s*[(\[][^()\[\]@]*[)\]]\Z")


def is_plain_address(value: Any) -> bool:
    """Whether it is one address without anything unusual, as most values are."""
    return value.__class__ is str and len(value) <= MOST_CHARACTERS and _PLAIN.fullmatch(value) is not None


def is_address(text: str) -> bool:
    """Whether it is one address and nothing else. Only what cannot be one is refused; Close checks the rest."""
    return len(text) <= MOST_CHARACTERS and _ADDRESS.fullmatch(text) is not None


def addresses_in(text: str) -> list[str]:
    """Everything that the text names, as addresses where it can be read as such."""
    if len(text) > MOST_IN_A_CELL:
        return [text]
    whole = _bare(text)
    if is_address(whole):
        return [whole]
    return list(_read([part for found in _SEPARATED.findall(_unbracketed(text)) if (part := trimmed(found))])) or [text]


def _unbracketed(text: str) -> str:
    """`[a@x.co, b@x.co]` is how some programs print a list."""
    plain = trimmed(text)
    return plain[1:-1] if plain[:1] + plain[-1:] in ("[]", "()", "{}") else plain


def _read(parts: list[str]) -> Iterator[str]:
    name_began = ""
    for place, part in enumerate(parts):
        behind = parts[place + 1] if place + 1 < len(parts) else ""
        if "@" not in part and not name_began and _NAMED.fullmatch(behind):
            name_began = part  # `Lee, Ann <ann@x.co>`
            continue
        name_began = ""
        yield from _several(part)


def _several(part: str) -> list[str]:
    """What a part without unmistakable separators names: one address, or several with blanks or slashes between them."""
    bare = _bare(part)
    if is_address(bare):
        return [bare]
    each = [_bare(one) for one in _BETWEEN.split(part)]
    if len(each) > 1 and all(map(is_address, each)):
        return each
    named = [_bare(one) for one in _NAMED.findall(part)]
    return named if len(named) > 1 and "".join(_NAMED.split(part)[::2]) == "" and all(map(is_address, named)) else [part]


def _bare(part: str) -> str:
    """The address without a name, a scheme, brackets and invisible characters."""
    found = visible(part)
    if (named := _NAMED.fullmatch(found)) is not None:
        found = trimmed(named[1])
    if (scheme := _SCHEME.match(found)) is not None:
        found = _QUERY.sub("", found[scheme.end() :])
    return _NOTE.sub("", found).strip("'\" ")
