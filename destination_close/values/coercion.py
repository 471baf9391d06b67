"""What does a row's value become in the type of its field in Close? (pure)

Every function takes any JSON value and returns the value to send, None for a blank one, or Invalid, which says what would have
been accepted and never repeats the value. None of them raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any

from destination_close.model import Scalar, is_blank, trimmed, visible
from destination_close.values.email_addresses import is_address
from destination_close.values.web_addresses import is_web_address

EXACT = 2**53
"""Larger whole numbers are rounded by programs that read JSON numbers as floats, so two ids could become one."""

_NUL = "\0"
MAX_BITS = 1024
MAX_LISTED = 12

_LARGEST = 2**64 - 1
_SMALLEST = -(2**63)
"""The range of what is sent as a whole number."""

MOST_DIGITS = 400
"""Characters of a number as text: a float holds no more."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """A value that cannot be converted to the field's type."""

    expected: str
    """What would be accepted, worded to follow "expected"."""


Coerce = Callable[[Any], Scalar | Invalid | None]
CoerceText = Callable[[Any], str | Invalid | None]

_TEXT = Invalid("text")
_IDENTIFIER = Invalid("an ID as text or as a whole number")
_ROUNDED = Invalid(f"an ID as text, since a number beyond {EXACT} may have been rounded in transit")
_NUMBER = Invalid("a number like 12.5, without thousands separators")
_INEXACT = Invalid("a number of at most 15 digits, or a whole number below 18446744073709551616; others would be rounded in transit")
_DATE = Invalid("a date like 2026-01-05")
_MOMENT = Invalid("a date and time like 2026-01-05T10:00:00Z")
_EMAIL = Invalid("one email address like ann@example.com, of at most 254 characters")
_URL = Invalid("one web address like https://example.com")


def unfit(expected: Invalid, value: object) -> Invalid:
    """What was expected, and what kind of value came instead, unless it is ordinary text."""
    kind = _kind(value)
    return expected if kind is None else _but(expected.expected, kind)


@lru_cache(maxsize=256)
def _but(expected: str, kind: str) -> Invalid:
    return Invalid(f"{expected}, not {kind}")


def _kind(value: object) -> str | None:
    if isinstance(value, str):
        return None if _is_unicode(value) else "text with half a character in it (a lone surrogate)"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, int):
        return "a number" if value.bit_length() <= MAX_BITS else "a number of hundreds of digits"
    if isinstance(value, (float, Decimal)):
        is_finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
        return "a number" if is_finite else "a number that is not finite (NaN, Infinity)"
    return "anything else"


# --- text ------------------------------------------------------------------------------------------------------------


def text(value: Any) -> str | Invalid | None:
    """Text, trimmed; true becomes `true`, 42.0 becomes `42`."""
    if isinstance(value, str):
        if value.isascii():
            return (value.strip() if _NUL not in value else trimmed(value)) or None
        found = trimmed(value)
        return (found or None) if _is_unicode(found) else unfit(_TEXT, found)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= MAX_BITS else unfit(_TEXT, value)
    if isinstance(value, float):
        return _float_text(value) if math.isfinite(value) else unfit(_TEXT, value)
    if isinstance(value, Decimal):
        return _decimal_text(value) if value.is_finite() else unfit(_TEXT, value)
    return None if is_blank(value) else unfit(_TEXT, value)


def text_up_to(limit: int) -> CoerceText:
    """Text of at most this many characters."""
    too_long = Invalid(f"text of at most {limit} characters")

    def coerce(value: Any) -> str | Invalid | None:
        found = text(value)
        return too_long if isinstance(found, str) and len(found) > limit else found

    return coerce


def identifier(value: Any) -> str | Invalid | None:
    """A Company ID or User ID: text, compared exactly. A number that may have been rounded in transit is refused."""
    if value.__class__ is str:
        if value.isascii():
            return (value.strip() if _NUL not in value else trimmed(value)) or None
        found = visible(value)
        return (found or None) if _is_unicode(found) else unfit(_IDENTIFIER, found)
    if isinstance(value, bool):
        return unfit(_IDENTIFIER, value)
    if isinstance(value, float) and math.isfinite(value) and not abs(value) <= EXACT:
        return _ROUNDED
    as_text = text(value)
    return unfit(_IDENTIFIER, value) if isinstance(as_text, Invalid) else as_text


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def _decimal_text(value: Decimal) -> str:
    if abs(value.adjusted()) > 40:  # `1E+999999999` written out would fill the memory
        return str(value)
    return str(int(value)) if value == value.to_integral_value() else format(value, "f")


def _is_unicode(value: str) -> bool:
    """False for text with lone surrogates (a template can write them), which no JSON in UTF-8 can hold."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- numbers and times -----------------------------------------------------------------------------------------------

_NUMERIC = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?"
    r" ?([Zz]|UTC|GMT|([+-])([0-9]{2})(?::?([0-9]{2}))?(?: (?:UTC|GMT))?)?)?"
)
_EPOCH = re.compile(r"([0-9]{9,13})(?:\.[0-9]*)?")
_YEAR_TO_MINUTE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{4}")


def number(value: Any) -> int | float | Invalid | None:
    """A number, or text that is a plain number, without loss of a digit. `1,000` is refused: it is a thousand here and one elsewhere."""
    if isinstance(value, bool):
        return unfit(_NUMBER, value)
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else unfit(_NUMBER, value)
    if isinstance(value, Decimal):
        return _fraction(value) if value.is_finite() else unfit(_NUMBER, value)
    if is_blank(value):
        return None
    return _number_in(trimmed(value)) if isinstance(value, str) else unfit(_NUMBER, value)


def _number_in(written: str) -> int | float | Invalid:
    if len(written) > MOST_DIGITS or not _NUMERIC.fullmatch(written):
        return unfit(_NUMBER, written)
    return _whole(int(written)) if _WHOLE.fullmatch(written) else _fraction(Decimal(written))


def _whole(value: int) -> int | float | Invalid:
    if _SMALLEST <= value <= _LARGEST:
        return value
    try:
        found = float(value)
    except OverflowError:
        return unfit(_NUMBER, value)
    return found if int(found) == value else _INEXACT


def _fraction(value: Decimal) -> float | Invalid:
    try:
        found = float(value)
    except (OverflowError, ValueError):  # a Decimal that signals
        return _NUMBER
    if not math.isfinite(found):
        return _NUMBER
    return found if Decimal(repr(found)) == value else _INEXACT


def date(value: Any) -> str | Invalid | None:
    """`2026-01-05`. From a date and time, the date as written: Close cuts it in the same way."""
    found = _moment_of(value)
    if not isinstance(found, tuple):
        return unfit(_DATE, value) if found else None
    return found[0].date().isoformat()


def moment(value: Any) -> str | Invalid | None:
    """`2026-01-05T10:00:00+00:00`: in UTC, which is assumed if there is no time zone; fractions of a second are dropped.

    One form per moment, with no more precision than Close has been seen to return: what was written once
    must not look different the next time.
    """
    found = _moment_of(value)
    if not isinstance(found, tuple):
        return unfit(_MOMENT, value) if found else None
    try:
        return (found[0] - found[1]).replace(tzinfo=timezone.utc).isoformat()
    except OverflowError:  # the first or last day of all time, in another zone
        return _MOMENT


def _moment_of(value: Any) -> tuple[datetime, timedelta] | bool:
    """The date and time as written with its offset from UTC; otherwise whether there was anything at all."""
    if not isinstance(value, str):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return _epoch(value) if is_number else not is_blank(value)
    if not (written := trimmed(value)):
        return False
    match = _ISO.fullmatch(written)
    if match is None:
        return _epoch(int(seconds[1])) if (seconds := _EPOCH.fullmatch(written)) and not _YEAR_TO_MINUTE.fullmatch(written) else True
    year, month, day, hour, minute, second, _, sign, hours, minutes = match.groups()
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        return True
    try:
        found = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return True
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return found, -offset if sign == "-" else offset


def _epoch(value: float) -> tuple[datetime, timedelta] | bool:
    """Seconds or milliseconds since 1970, for the years 1973 to 2286; what is shorter is a date without dashes, or a mistake."""
    seconds = value if 1e8 <= value < 1e10 else value / 1000 if 1e11 <= value < 1e13 else None
    return True if seconds is None else (datetime(1970, 1, 1) + timedelta(seconds=math.floor(seconds)), timedelta())


# --- ways to reach somebody ------------------------------------------------------------------------------------------


def email(value: Any) -> str | Invalid | None:
    """One email address in the letter case of the row."""
    if isinstance(value, str):
        found = visible(value)
        return (found or None) if not found or is_address(found) else unfit(_EMAIL, found)
    return None if is_blank(value) else unfit(_EMAIL, value)


def url(value: Any) -> str | Invalid | None:
    """One web address as given in the row."""
    if isinstance(value, str):
        found = trimmed(value)
        return (found or None) if not found or (is_web_address(found) and (found.isascii() or _is_unicode(found))) else unfit(_URL, found)
    return None if is_blank(value) else unfit(_URL, value)


# --- one of a known set ----------------------------------------------------------------------------------------------


def choice(choices: Iterable[str]) -> CoerceText:
    """One of the field's choices, by its exact text."""
    listed = tuple(choices)
    return _one_of({name.strip(): name for name in listed}, Invalid(f"one of the choices {_listing(listed)}"))


def status(statuses: Iterable[tuple[str, str]]) -> CoerceText:
    """The id of a lead status, from its id or its exact label."""
    known = tuple(statuses)
    by_label = {label.strip(): id_ for id_, label in reversed(known)}
    expected = Invalid(f"the ID or exact label of a lead status: {_listing(label for _, label in known)}")
    return _one_of(by_label | {id_: id_ for id_, _ in known}, expected)


def user(users: Iterable[tuple[str, str]]) -> CoerceText:
    """The id of a user of the organization, from the id or the email."""
    known = tuple(users)
    ids = {email_.strip().lower(): id_ for id_, email_ in known} | {id_: id_ for id_, _ in known}
    find = _one_of(ids, Invalid("the ID (user_...) or email of a user in your Close organization"))

    def coerce(value: Any) -> str | Invalid | None:
        return find(value.lower() if isinstance(value, str) and "@" in value else value)

    return coerce


def _one_of(known: Mapping[str, str], expected: Invalid) -> CoerceText:
    def coerce(value: Any) -> str | Invalid | None:
        found = text(value)
        if not isinstance(found, str):
            return None if found is None else unfit(expected, value)
        return known.get(found, expected)

    return coerce


def _listing(names: Iterable[str]) -> str:
    listed = tuple(names)
    shown = ", ".join(f'"{name}"' for name in listed[:MAX_LISTED])
    return f"{shown} and {len(listed) - MAX_LISTED} more" if len(listed) > MAX_LISTED else shown
