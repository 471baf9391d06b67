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

import phonenumbers

from destination_close.model import Scalar

EXACT = 2**53
"""Larger whole numbers are rounded by programs that read JSON numbers as floats, so two ids could become one."""

MAX_BITS = 1024
MAX_LISTED = 12
PHONES_REMEMBERED = 8192


@dataclass(frozen=True, slots=True)
class Invalid:
    """A value that cannot be converted to the field's type."""

    expected: str
    """What would be accepted, worded to follow "expected"."""


Coerce = Callable[[Any], Scalar | Invalid | None]
CoerceText = Callable[[Any], str | Invalid | None]

_TEXT = Invalid("text, not a list or an object")
_IDENTIFIER = Invalid(f"an ID as text or as a whole number; numbers beyond {EXACT} must be text")
_NUMBER = Invalid("a number like 12.5, without thousands separators")
_DATE = Invalid("a date like 2026-01-05")
_MOMENT = Invalid("a date and time like 2026-01-05T10:00:00Z")
_EMAIL = Invalid("one email address like ann@example.com, of at most 254 characters")
_PHONE = Invalid("one phone number like +16505551234")
_URL = Invalid("one web address like https://example.com")


def is_blank(value: object) -> bool:
    """Absent, null, empty, or only white space."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, (list, tuple, Mapping)) and not value)


# --- text ------------------------------------------------------------------------------------------------------------


def text(value: Any) -> str | Invalid | None:
    """Text, trimmed; true becomes `true`, 42.0 becomes `42`."""
    if isinstance(value, str):
        trimmed = value.strip()
        return (trimmed or None) if trimmed.isascii() or _is_unicode(trimmed) else _TEXT
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() <= MAX_BITS else _TEXT
    if isinstance(value, float):
        return _float_text(value) if math.isfinite(value) else _TEXT
    if isinstance(value, Decimal):
        return _decimal_text(value) if value.is_finite() else _TEXT
    return None if is_blank(value) else _TEXT


def text_up_to(limit: int) -> CoerceText:
    """Text of at most this many characters."""
    too_long = Invalid(f"text of at most {limit} characters")

    def coerce(value: Any) -> str | Invalid | None:
        found = text(value)
        return too_long if isinstance(found, str) and len(found) > limit else found

    return coerce


def identifier(value: Any) -> str | Invalid | None:
    """A Company ID or User ID: text, compared exactly. A number that may have been rounded in transit is refused."""
    if isinstance(value, bool) or (isinstance(value, float) and not abs(value) <= EXACT):
        return _IDENTIFIER
    found = text(value)
    return _IDENTIFIER if isinstance(found, Invalid) else found


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
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)? ?([Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?"
)


def number(value: Any) -> int | float | Invalid | None:
    """A number, or text that is a plain number. `1,000` is refused: it is a thousand here and one elsewhere."""
    if isinstance(value, bool):
        return _NUMBER
    if isinstance(value, int):
        return _finite(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _NUMBER
    if isinstance(value, Decimal):
        return _finite(value)
    if is_blank(value):
        return None
    return _number_in(value.strip()) if isinstance(value, str) else _NUMBER


def _number_in(trimmed: str) -> int | float | Invalid:
    if _WHOLE.fullmatch(trimmed):
        return int(trimmed)
    return _finite(trimmed) if _NUMERIC.fullmatch(trimmed) else _NUMBER


def _finite(value: int | Decimal | str) -> int | float | Invalid:
    if isinstance(value, int) and abs(value) <= EXACT:
        return value
    try:
        found = float(value)
    except (OverflowError, ValueError):  # a whole number beyond all floats; a Decimal that signals
        return _NUMBER
    return found if math.isfinite(found) else _NUMBER


def date(value: Any) -> str | Invalid | None:
    """`2026-01-05`. From a date and time, the date as written: Close cuts it in the same way."""
    found = _iso(value)
    if not isinstance(found, tuple):
        return _DATE if found else None
    return found[0].date().isoformat()


def moment(value: Any) -> str | Invalid | None:
    """`2026-01-05T10:00:00+00:00`: in UTC, which is assumed if there is no time zone; fractions of a second are dropped.

    One form per moment, with no more precision than Close has been seen to return: what was written once
    must not look different the next time.
    """
    found = _iso(value)
    if not isinstance(found, tuple):
        return _MOMENT if found else None
    try:
        return (found[0] - found[1]).replace(tzinfo=timezone.utc).isoformat()
    except OverflowError:  # the first or last day of all time, in another zone
        return _MOMENT


def _iso(value: Any) -> tuple[datetime, timedelta] | bool:
    """The date and time as written with its offset from UTC; otherwise whether there was anything at all."""
    if not isinstance(value, str):
        return not is_blank(value)
    if not (trimmed := value.strip()):
        return False
    match = _ISO.fullmatch(trimmed)
    if match is None:
        return True
    year, month, day, hour, minute, second, _, sign, hours, minutes = match.groups()
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        return True
    try:
        written = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return True
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return written, -offset if sign == "-" else offset


# --- ways to reach somebody ------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"""[^\s@<>()\[\],;:\\"]+@(?:[^\s@<>()\[\],;:\\".]+\.)+[^\s@<>()\[\],;:\\".]{2,}""")
_NORTH_AMERICAN = re.compile(r"\+1[2-9][0-9]{9}")
"""Already in E.164, as a program writes it. For no other country can this be recognized without its rules on prefixes."""

_WITH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]\S*")
_WITHOUT_SCHEME = re.compile(r"(?:[\w-]+\.)+(?=[\w-]*[^\W\d_])[\w-]{2,}\.?(?::[0-9]+)?(?:[/?#]\S*)?")


def email(value: Any) -> str | Invalid | None:
    """An email address in the letter case of the row. Only what cannot be an email is refused; Close checks the rest."""
    found = text(value)
    if not isinstance(found, str):
        return None if found is None else _EMAIL
    return found if len(found) <= 254 and _ADDRESS.fullmatch(found) else _EMAIL


def url(value: Any) -> str | Invalid | None:
    """A web address as given in the row: with a scheme, or at least a host with a dot."""
    found = text(value)
    if not isinstance(found, str):
        return None if found is None else _URL
    return found if _WITH_SCHEME.fullmatch(found) or _WITHOUT_SCHEME.fullmatch(found) else _URL


def phone(region: str) -> CoerceText:
    """Phone numbers in E.164, with an extension as `+16505551234x12`; national numbers are assumed to be from the region."""

    @lru_cache(maxsize=PHONES_REMEMBERED)
    def parse(written: str) -> str | Invalid:
        try:
            found = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            return _PHONE
        # Close accepts numbers that do not exist, so they pass. With letters in them they do not: phonenumbers reads letters as
        # the keys of a telephone, and makes a number of `room 12`; letters are meant only in a valid one such as 1-800-FLOWERS.
        if any(map(str.isalpha, written)) and not phonenumbers.is_valid_number(found):
            return _PHONE
        digits = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
        return f"{digits}x{found.extension}" if found.extension else digits

    def coerce(value: Any) -> str | Invalid | None:
        found = _PHONE if isinstance(value, bool) else text(value)
        if not isinstance(found, str):
            return None if found is None else _PHONE
        if _NORTH_AMERICAN.fullmatch(found):
            return found
        return parse(found) if len(found) <= 100 else _PHONE

    return coerce


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
            return None if found is None else expected
        return known.get(found, expected)

    return coerce


def _listing(names: Iterable[str]) -> str:
    listed = tuple(names)
    shown = ", ".join(f'"{name}"' for name in listed[:MAX_LISTED])
    return f"{shown} and {len(listed) - MAX_LISTED} more" if len(listed) > MAX_LISTED else shown


# --- several ---------------------------------------------------------------------------------------------------------


def several(coerce: CoerceText) -> Callable[[Any], tuple[str, ...] | Invalid]:
    """One value or a list of them, as a tuple: blanks left out, the others in order."""

    def coerce_all(value: Any) -> tuple[str, ...] | Invalid:
        found: list[str] = []
        for one in value if isinstance(value, (list, tuple)) else (value,):
            coerced = coerce(one)
            if isinstance(coerced, Invalid):
                return coerced
            if coerced is not None:
                found.append(coerced)
        return tuple(found)

    return coerce_all
