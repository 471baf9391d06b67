"""Are these two values the same once Close has stored them? (pure)

"Different" in the rules means different once stored: Close adds schemes to urls, cuts datetimes to dates, returns null
as an empty text, and returns the values of a field in any order. Each comparison here ignores exactly these differences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from destination_close.model.blanks import is_blank

if TYPE_CHECKING:  # the table of object types, on which both stand, names the meanings below
    from destination_close.model.objects import Item
    from destination_close.model.rows import Comparison, Wish

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def same(stored: Any, wanted: Any, how: Comparison) -> bool:
    """Whether Close, holding `stored`, would hold the same after `wanted` was written."""
    if is_blank(stored) or is_blank(wanted):
        return is_blank(stored) and is_blank(wanted)
    if how == "set":
        return as_set(stored) == as_set(wanted)
    if how == "number":
        return _same_number(stored, wanted)
    if how == "date":
        return str(stored).strip()[:10] == str(wanted).strip()[:10]
    if how == "datetime":
        return instant(str(stored)) == instant(str(wanted))
    if how == "url":
        return same_scalar_url(str(stored), str(wanted))
    return str(stored).strip() == str(wanted).strip()


def holds(stored: Any, wish: Wish) -> bool:
    """Whether the wish is already fulfilled by what is stored."""
    if wish.add:
        return as_set(wish.value) <= as_set(stored)
    if stored.__class__ is wish.value.__class__ and stored == wish.value:  # most of them, and quick to compare
        return True
    return same(stored, wish.value, wish.compare)


def as_set(values: Any) -> frozenset[str]:
    """The values of a field that takes several; Close returns a single value bare or in a list, in any order."""
    return frozenset(str(value).strip() for value in as_tuple(values))


def as_tuple(values: Any) -> tuple[Any, ...]:
    """The values of a field that takes several, in order; Close returns a single value either bare or in a list."""
    if values is None:
        return ()
    return tuple(values) if isinstance(values, (list, tuple)) else (values,)


def _same_number(stored: Any, wanted: Any) -> bool:
    """Whole numbers are compared digit by digit, unless what is stored has been through a float."""
    if stored.__class__ is int and wanted.__class__ is int:
        return bool(stored == wanted)
    return _number(stored) == _number(wanted)


def _number(value: Any) -> float | str:
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime | str:
    """The moment that a datetime text names, in UTC if it has no time zone. Text that is not a datetime stands for itself."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return text.strip()
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def has_scheme(url: str) -> bool:
    """Whether the url has a scheme (`https://`)."""
    return bool(_SCHEME.match(url))


def same_scalar_url(stored: str, wanted: str) -> bool:
    """A wanted url without a scheme equals the stored one with any scheme; otherwise they must be identical."""
    stored, wanted = stored.strip(), wanted.strip()
    return stored == wanted if has_scheme(wanted) else _SCHEME.sub("", stored) == wanted


@lru_cache(maxsize=16384)
def url_meaning(url: str) -> str:
    """What two urls in a list must have in common to be the same: no scheme, no `www.`, host in lower case, no trailing slash."""
    bare = _SCHEME.sub("", url.strip())
    try:
        parts = urlsplit("//" + bare)
    except ValueError:  # such as an unclosed bracket of an IPv6 address: it equals only itself
        return bare
    host = parts.netloc.lower().removeprefix("www.")
    tail = bare[len(parts.netloc) :]
    return host + tail.rstrip("/")


def email_meaning(email: str) -> str:
    """Emails are compared case-insensitively."""
    return email.strip().lower()


def phone_meaning(phone: str) -> str:
    """Phones are the same when their E.164 digits (and extension) are."""
    return re.sub(r"[^0-9x]", "", phone.lower())


def missing(items: Sequence[Item], wanted: Sequence[str], meaning: Any) -> tuple[str, ...]:
    """The items of `wanted` that equal no item of the list by `meaning`, each once, in order."""
    if not wanted or (not items and len(wanted) == 1):
        return tuple(wanted)
    if len(wanted) == 1 and items[0].value == wanted[0]:  # true of most rows
        return ()
    held = {meaning(item.value) for item in items}
    lacking: list[str] = []
    for value in wanted:
        if (means := meaning(value)) not in held:
            held.add(means)
            lacking.append(value)
    return tuple(lacking)
