"""From a cell to a value. Pure.

Reads what people and programs write: texts, numbers, times, emails, phones, web addresses, lists and objects.
Exports: a coercion for every kind of value, readers of cells that hold several, `as_object`, `region_of`.
"""

from __future__ import annotations

from destination_close.values.cells import as_object
from destination_close.values.coercion import (
    Coerce,
    CoerceText,
    Invalid,
    choice,
    date,
    identifier,
    moment,
    number,
    status,
    text,
    text_up_to,
    unfit,
    url,
    user,
)
from destination_close.values.countries import region_of
from destination_close.values.email_addresses import is_plain_address
from destination_close.values.listing import Partly, Several, custom_values, emails, phones, reader, urls
from destination_close.values.near_json import Unreadable
from destination_close.values.phones import is_plain_number
from destination_close.values.web_addresses import is_plain_web_address

__all__ = [
    "Coerce",
    "CoerceText",
    "Invalid",
    "Partly",
    "Several",
    "Unreadable",
    "as_object",
    "choice",
    "custom_values",
    "date",
    "emails",
    "identifier",
    "is_plain_address",
    "is_plain_number",
    "is_plain_web_address",
    "moment",
    "number",
    "phones",
    "reader",
    "region_of",
    "status",
    "text",
    "text_up_to",
    "unfit",
    "url",
    "urls",
    "user",
]
