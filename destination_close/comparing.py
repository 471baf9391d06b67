"""Are these two values the same once Close has stored them? (pure)

"Different" in the rules means different once stored: Close adds schemes to urls, cuts datetimes to dates, reads null
back as an empty text, and gives the values of a field in any order. Each comparison here forgives exactly that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from destination_close.blanks import is_blank
from destination_close.model import Comparison, Item, Wish

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
    if stored.__class__ is wish.value.__class__ and stored == wish.value:  # most of them, and quickly told
        return True
    return same(stored, wish.value, wish.compare)


def as_set(values: Any) -> frozenset[str]:
    """The values of a field that takes several; Close gives one value bare or in a list, in any order."""
    if values is None:
        return frozenset()
    several = values if isinstance(values, (list, tuple)) else (values,)
    return frozenset(str(value).strip() for value in several)


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
    """The moment a datetime text names; one without a zone is UTC. Text that is no datetime stands for itself."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return text.strip()
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def has_scheme(url: str) -> bool:
    """Whether the url says how to reach it (`https://`)."""
    return bool(_SCHEME.match(url))


def same_scalar_url(stored: str, wanted: str) -> bool:
    """A wanted url without a scheme equals the stored one with any; otherwise they must be equal as they are."""
    stored, wanted = stored.strip(), wanted.strip()
    return stored == wanted if has_scheme(wanted) else _SCHEME.sub("", stored) == wanted


@lru_cache(maxsize=16384)
def url_meaning(url: str) -> str:
    """What two urls of a list must share to be the same: no scheme, no `www.`, host in lower case, no trailing slash."""
    bare = _SCHEME.sub("", url.strip())
    try:
        parts = urlsplit("//" + bare)
    except ValueError:  # such as an unclosed bracket of an IPv6 address: it can only equal itself
        return bare
    host = parts.netloc.lower().removeprefix("www.")
    tail = bare[len(parts.netloc) :]
    return host + tail.rstrip("/")


def email_meaning(email: str) -> str:
    """Emails are the same without regard to case."""
    return email.strip().lower()


def phone_meaning(phone: str) -> str:
    """Phones are the same when their E.164 digits (and extension) are."""
    return re.sub(r"[^0-9x]", "", phone.lower())


def missing(items: Sequence[Item], wanted: Sequence[str], meaning: Any) -> tuple[str, ...]:
    """Those of `wanted` that no item of the list equals by `meaning`, each once, in order."""
    if not wanted or (not items and len(wanted) == 1):
        return tuple(wanted)
    if len(wanted) == 1 and items[0].value == wanted[0]:  # as in most rows
        return ()
    held = {meaning(item.value) for item in items}
    lacking: list[str] = []
    for value in wanted:
        if (means := meaning(value)) not in held:
            held.add(means)
            lacking.append(value)
    return tuple(lacking)
