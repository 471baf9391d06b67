"""Does a value meet a condition of a search?"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from integration_tests.close_sandbox.clock import parse_iso
from integration_tests.close_sandbox.searchable import Field, Kind
from integration_tests.close_sandbox.settings import Settings

Test = Callable[[Any], bool]

_WORD = re.compile(r"\w+")
_MODES = ("full_words", "phrase", "exact_value", "beginning_of_words")


class BadQuery(Exception):
    """The search cannot be asked like this."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a value must be like; a field meets it when one of its values does."""

    test: Test
    exactly: str | None = None
    """The one value asked for by text, whatever its case: what the index can look up."""

    words: tuple[str, ...] = ()
    """Whole words that a value must have: the index can look these up too."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, when, and under which settings."""

    settings: Settings
    user_id: str
    now: datetime
    """In the asker's time zone."""


def read_condition(told: Any, field: Field, asker: Asker) -> Condition:
    kind = told.get("type") if isinstance(told, Mapping) else None
    if not isinstance(kind, str) or kind not in _READERS:
        raise BadQuery("condition: unknown type")
    kinds, read = _READERS[kind]
    is_extra = (field.free_text and asker.settings.term_on_text) or (field.name == "status_id" and asker.settings.term_on_status)
    allowed = field.kind in kinds or (kind == "term" and is_extra)
    if not allowed:
        raise BadQuery(f"condition {kind} cannot be used on {field.name}")
    return read(told, asker)


# --- text ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=100_000)
def words(text: str) -> tuple[str, ...]:
    """As the index splits text: `Ann.Lee@x.co` is four words."""
    return tuple(_WORD.findall(text.lower()))


def text_test(mode: str, value: str, settings: Settings) -> Test:
    if mode == "exact_value" and settings.exact_value_matches_words:
        mode = "phrase"
    if mode == "exact_value":
        if settings.exact_value_ignores_case:
            lower = value.lower()
            return lambda found: isinstance(found, str) and found.lower() == lower
        return lambda found: bool(found == value)
    wanted = words(value)
    meets = {"full_words": _has_all, "phrase": _has_in_a_row, "beginning_of_words": _has_beginnings}[mode]
    return lambda found: isinstance(found, str) and meets(words(found), wanted)


def _has_all(found: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return bool(wanted) and set(wanted) <= set(found)


def _has_in_a_row(found: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return bool(wanted) and any(found[i : i + len(wanted)] == wanted for i in range(len(found) - len(wanted) + 1))


def _has_beginnings(found: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return bool(wanted) and all(any(word.startswith(start) for word in found) for start in wanted)


def read_text(told: Mapping[str, Any], asker: Asker) -> Condition:
    mode, value = told.get("mode"), told.get("value")
    if mode not in _MODES or not isinstance(value, str):
        raise BadQuery("text: needs a mode and a value")
    exact = mode == "exact_value" and not asker.settings.exact_value_matches_words
    whole_words = () if exact or mode == "beginning_of_words" else words(value)
    return Condition(text_test(str(mode), value, asker.settings), value if exact else None, whole_words)


# --- the rest --------------------------------------------------------------------------------------------------------


def _read_term(told: Mapping[str, Any], _: Asker) -> Condition:
    values = told.get("values")
    if not isinstance(values, list) or not values:
        raise BadQuery("term: needs values")
    return Condition(lambda found: found in values)


def _read_reference(told: Mapping[str, Any], _: Asker) -> Condition:
    ids = told.get("object_ids")
    if not isinstance(told.get("reference_type"), str) or not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise BadQuery("reference: needs a reference_type and object_ids")
    wanted = frozenset(ids)
    return Condition(lambda found: found in wanted)


def _read_exists(_told: Mapping[str, Any], _asker: Asker) -> Condition:
    return Condition(lambda _: True)


def _read_boolean(told: Mapping[str, Any], _: Asker) -> Condition:
    if not isinstance(told.get("value"), bool):
        raise BadQuery("boolean: needs a value")
    wanted = told["value"]
    return Condition(lambda found: found is wanted)


def _read_current_user(_: Mapping[str, Any], asker: Asker) -> Condition:
    return Condition(lambda found: bool(found == asker.user_id))


def _read_number_range(told: Mapping[str, Any], _: Asker) -> Condition:
    bounds = {key: told[key] for key in ("gt", "gte", "lt", "lte") if told.get(key) is not None}
    if not bounds or not all(isinstance(bound, int | float) for bound in bounds.values()):
        raise BadQuery("number_range: needs gt, gte, lt or lte")
    inf = float("inf")
    above, least = bounds.get("gt", -inf), bounds.get("gte", -inf)
    below, most = bounds.get("lt", inf), bounds.get("lte", inf)
    return Condition(lambda found: above < found < below and least <= found <= most)


def _read_moment_range(told: Mapping[str, Any], asker: Asker) -> Condition:
    start, end = told.get("on_or_after"), told.get("before")
    if start is None and end is None:
        raise BadQuery("moment_range: needs on_or_after or before")
    earliest = read_moment(start, asker) if start is not None else datetime.min.replace(tzinfo=timezone.utc)
    latest = read_moment(end, asker) if end is not None else datetime.max.replace(tzinfo=timezone.utc)
    return Condition(lambda found: earliest <= parse_iso(found) < latest)


_READERS: Mapping[str, tuple[tuple[Kind, ...], Callable[[Mapping[str, Any], Asker], Condition]]] = {
    "text": (("text", "choice"), read_text),
    "term": (("choice",), _read_term),
    "reference": (("reference",), _read_reference),
    "exists": (("text", "choice", "number", "date", "reference", "boolean"), _read_exists),
    "boolean": (("boolean",), _read_boolean),
    "current_user": (("reference",), _read_current_user),
    "number_range": (("number",), _read_number_range),
    "moment_range": (("date",), _read_moment_range),
}

# --- moments ---------------------------------------------------------------------------------------------------------


def read_moment(told: Any, asker: Asker) -> datetime:
    kind = told.get("type") if isinstance(told, Mapping) else None
    if kind == "now":
        return asker.now
    if kind == "fixed_local_date":
        return _fixed_date(told, asker)
    if kind == "offset":
        return _offset(told, asker)
    raise BadQuery("moment: unknown type")


def _fixed_date(told: Mapping[str, Any], asker: Asker) -> datetime:
    try:
        day = datetime.strptime(told["value"], "%Y-%m-%d").replace(tzinfo=asker.now.tzinfo)
    except (KeyError, TypeError, ValueError):
        raise BadQuery("fixed_local_date: needs a value like 2026-01-31") from None
    return _edge_of_day(day, told.get("which", "start"))


def _offset(told: Mapping[str, Any], asker: Asker) -> datetime:
    amounts = told.get("offset")
    sign = {"past": -1, "future": 1}.get(str(told.get("direction")))
    if sign is None or not isinstance(amounts, Mapping) or not all(isinstance(amount, int) for amount in amounts.values()):
        raise BadQuery("offset: needs a direction and an offset")
    from_here = read_moment(told.get("moment"), asker)
    months = sign * (12 * amounts.get("years", 0) + amounts.get("months", 0))
    rest = {unit: sign * amounts.get(unit, 0) for unit in ("weeks", "days", "hours", "minutes", "seconds")}
    try:
        moved = _plus_months(from_here, months) + timedelta(**rest)
    except (OverflowError, ValueError):
        raise BadQuery("offset: too far away") from None
    return _edge_of_day(moved, told["which_day_end"]) if told.get("which_day_end") else moved


def _edge_of_day(moment: datetime, which: Any) -> datetime:
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if which == "start":
        return start
    if which == "end":
        return start + timedelta(days=1) - timedelta(microseconds=1)
    raise BadQuery("which: start or end")


def _plus_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
