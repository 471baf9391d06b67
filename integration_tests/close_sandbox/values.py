"""How does Close store a value that somebody sends: phone, email, url, date, choice?"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

import phonenumbers

from integration_tests.close_sandbox.clock import parse_iso
from integration_tests.close_sandbox.organization import CustomField, Organization
from integration_tests.close_sandbox.problems import REQUIRED, BadValue, too_long, wrong_type
from integration_tests.close_sandbox.settings import Settings

_EMAIL = re.compile(r"(?!\.)(?!.*\.\.)[^@\s]+(?<!\.)@[^@\s.]+(?:\.[^@\s.]+)*\.[A-Za-z]{2,63}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST_EMAIL = 254
LONGEST_NAME = 1000


def text(value: Any, longest: int | None = None) -> str:
    """A string; null and nothing are the empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadValue(wrong_type("str"))
    if longest is not None and len(value) > longest:
        raise BadValue(too_long(longest))
    return value


def email(value: Any, settings: Settings) -> str:
    address = text(value).strip()
    if not address:
        raise BadValue(REQUIRED)
    if len(address) > LONGEST_EMAIL:
        raise BadValue(too_long(LONGEST_EMAIL))
    if not _EMAIL.fullmatch(address):
        raise BadValue("Invalid email address.")
    return address.lower() if settings.email_case == "lower" else address


def url(value: Any, settings: Settings) -> str:
    address = text(value).strip()
    if not address or _SCHEME.match(address) or settings.schemeless_url == "keep":
        return address
    if settings.schemeless_url == "refuse":
        raise BadValue("Invalid URL.")
    return f"http://{address}"


@lru_cache(maxsize=50_000)
def read_phone(number: str, region: str) -> tuple[str, str, str | None]:
    """E.164 (with extension), international format, country. As lenient as Close: what parses is taken, possible or not."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        raise BadValue("Phone number is not valid. Please use the international format like +16505551234") from None
    stored = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if parsed.extension:
        stored += f"x{parsed.extension}"
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return stored, shown, phonenumbers.region_code_for_number(parsed)


def custom(value: Any, field: CustomField, organization: Organization, contacts: Any) -> Any:
    """One value of a custom field as it is stored. `contacts` are the ids that a field of type contact may name."""
    match field.type:
        case "text" | "textarea" | "hidden":
            if not isinstance(value, str):
                raise BadValue(wrong_type("str"))
            return value
        case "number":
            return _number(value)
        case "date":
            return _date(value)
        case "datetime":
            return _datetime(value)
        case "choices":
            if value not in (field.choices or ()):
                raise BadValue("Not a valid choice.")
            return value
        case "user":
            return _user(value, organization)
        case "contact":
            if value not in contacts:
                raise BadValue("Object does not exist.")
            return value
        case _:
            return text(value)


def _number(value: Any) -> int | float:
    try:
        number: int | float = _parsed(value) if isinstance(value, str) else value
        if not isinstance(number, bool) and math.isfinite(number):
            return number
    except (TypeError, ValueError, OverflowError):
        pass
    raise BadValue("Value must be a number.")


def _parsed(text: str) -> int | float:
    return int(text) if re.fullmatch(r"[+-]?\d+", text.strip()) else float(text)


def _date(value: Any) -> str:
    """A datetime is cut to the date it shows, whatever its offset."""
    if not isinstance(value, str):
        raise BadValue(wrong_type("str"))
    try:
        parse_iso(value)
    except ValueError:
        raise BadValue("Invalid date.") from None
    if not _DATE.match(value.strip()):
        raise BadValue("Invalid date.")
    return value.strip()[:10]


def _datetime(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(wrong_type("str"))
    try:
        return parse_iso(value).isoformat()
    except (ValueError, OverflowError):
        raise BadValue("Invalid ISO 8601 datetime.") from None


def _user(value: Any, organization: Organization) -> str:
    if isinstance(value, str):
        if value in organization.users:
            return value
        if (named := organization.user_called(value)) is not None:
            return named
    raise BadValue("Object does not exist.")
