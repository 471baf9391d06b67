"""What happened, when, and by whose doing?"""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.clock import iso, seconds_of
from integration_tests.close_sandbox.ids import Ids
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.problems import Problem, invalid, missing
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.world import Change

BIGGEST_PAGE = 50
KEPT_SECONDS = 30 * 86_400.0

_FILTERS = ("object_type", "object_id", "action", "lead_id", "user_id", "request_id")
_ALLOWED = frozenset(
    frozenset(names.split())
    for names in (
        "",
        "object_type object_id",
        "object_type action",
        "object_id action",
        "lead_id object_type",
        "lead_id object_type action",
        "lead_id user_id",
        "lead_id user_id object_type",
        "lead_id user_id object_type action",
        "user_id object_id",
        "user_id object_id action",
        "user_id object_type",
        "user_id object_type action",
        "lead_id",
        "user_id",
        "request_id",
    )
)
"""Combinations of filters that may be asked for, as the published description of the endpoint lists them."""

_UNTOLD = frozenset(("date_updated", "updated_by"))


@dataclass(slots=True)
class Event:
    """One entry of the log."""

    id: str
    change: Change
    changed: tuple[str, ...]
    visible_at: float
    created: str
    merged_into_later: bool = False


class EventLog:
    """Every change, oldest first; read newest first."""

    def __init__(self, settings: Callable[[], Settings], ids: Ids, rng: random.Random, organization_id: str) -> None:
        self.all: list[Event] = []
        self._settings = settings
        self._ids = ids
        self._rng = rng
        self._organization_id = organization_id
        self._last: dict[str, int] = {}
        self._by_lead: dict[str, list[int]] | None = None
        self._by_object: dict[str, list[int]] | None = None

    def note(self, change: Change) -> None:
        if change.is_quiet or (change.object_type in KINDS and not KINDS[change.object_type].logged):
            return
        settings = self._settings()
        visible = change.at + settings.event_lag
        if settings.event_lag_jitter:
            visible += self._rng.uniform(0.0, settings.event_lag_jitter)
        event = Event(self._ids.new("ev"), change, _changed_keys(change), visible, change.date)
        if settings.merge_events_within:
            event = self._merged(event, settings.merge_events_within)
            self._last[change.object_id] = len(self.all)
        self._list(event, len(self.all))
        self.all.append(event)

    def _merged(self, event: Event, within: float) -> Event:
        """With the update of the same object by the same user just before, if there is one: a single, later event."""
        position = self._last.get(event.change.object_id)
        if position is None:
            return event
        last, change = self.all[position], event.change
        alike = last.change.action == change.action == "updated" and last.change.cause.user_id == change.cause.user_id
        if not alike or change.at - last.change.at > within:
            return event
        last.merged_into_later = True
        whole = Change(
            change.object_type,
            change.object_id,
            change.lead_id,
            change.action,
            last.change.before,
            change.after,
            change.at,
            change.date,
            change.cause,
            change.meta,
        )
        return Event(event.id, whole, _changed_keys(whole), event.visible_at, last.created)

    # --- reading -----------------------------------------------------------------------------------------------------

    def of_lead(self, lead_id: str) -> list[Event]:
        """What happened to a lead and its contacts, oldest first."""
        listed = self._listed({"lead_id": lead_id}) or []
        return [self.all[position] for position in listed if not self.all[position].merged_into_later]

    def one(self, event_id: str, now: float) -> dict[str, Any]:
        found = next((event for event in reversed(self.all) if event.id == event_id and self._is_visible(event, now)), None)
        if found is None:
            raise missing("Event")
        return self.answer(found)

    def page(self, query: Mapping[str, str], now: float) -> dict[str, Any]:
        if "_skip" in query:
            raise invalid({"_skip": "Extra inputs are not permitted"})
        wanted = {name: query[name] for name in _FILTERS if query.get(name)}
        if frozenset(wanted) not in _ALLOWED and not (set(wanted) == {"object_type"} and self._settings().events_by_type_alone):
            raise Problem(400, {"errors": ["This combination of filters is not supported."], "field-errors": {}})
        limit = _limit(query)
        earliest, latest = _dates(query)
        direction, edge = _read_cursor(query.get("_cursor"))
        positions = self._positions(wanted, direction, edge)
        found: list[int] = []
        for position in positions:
            event = self.all[position]
            if event.change.date < earliest and direction == "before":
                break
            if earliest <= event.change.date <= latest and self._matches(event, wanted, query, now):
                found.append(position)
                if len(found) > limit:
                    break
        return self._answer(found, limit, direction, edge)

    def _answer(self, found: list[int], limit: int, direction: str, edge: int | None) -> dict[str, Any]:
        more = len(found) > limit
        page = found[:limit]
        if direction == "after":
            page.reverse()
        older = more if direction == "before" else True
        newer = more if direction == "after" else edge is not None
        return {
            "data": [self.answer(self.all[position]) for position in page],
            "cursor_next": _cursor("before", page[-1]) if page and older else None,
            "cursor_previous": _cursor("after", page[0]) if page and newer else None,
        }

    def _positions(self, wanted: Mapping[str, str], direction: str, edge: int | None) -> Iterator[int]:
        listed = self._listed(wanted)
        if listed is not None:
            near = [position for position in listed if edge is None or (position < edge if direction == "before" else position > edge)]
            return iter(near) if direction == "after" else reversed(near)
        if direction == "after":
            return iter(range((edge or 0) + 1, len(self.all)))
        return iter(range(len(self.all) - 1 if edge is None else edge - 1, -1, -1))

    def _matches(self, event: Event, wanted: Mapping[str, str], query: Mapping[str, str], now: float) -> bool:
        change = event.change
        has = {
            "object_type": change.object_type,
            "object_id": change.object_id,
            "action": change.action,
            "lead_id": change.lead_id,
            "user_id": change.cause.user_id,
            "request_id": change.cause.request_id,
        }
        if any(has[name] != value for name, value in wanted.items()) or not self._is_visible(event, now):
            return False
        return not (query.get("date_updated__gt") and change.date == _date(query, "date_updated__gt")) and not (
            query.get("date_updated__lt") and change.date == _date(query, "date_updated__lt")
        )

    def _is_visible(self, event: Event, now: float) -> bool:
        return not event.merged_into_later and event.visible_at <= now and event.change.at > now - KEPT_SECONDS

    def answer(self, event: Event) -> dict[str, Any]:
        change, cause = event.change, event.change.cause
        meta = {"request_method": cause.method, "request_path": cause.path} if cause.path else {}
        return {
            "id": event.id,
            "date_created": event.created[:-6],
            "date_updated": change.date[:-6],
            "organization_id": self._organization_id,
            "user_id": cause.user_id,
            "api_key_id": None if not cause.path else "api_sandbox",
            "request_id": cause.request_id or None,
            "object_type": change.object_type,
            "object_id": change.object_id,
            "lead_id": change.lead_id,
            "action": change.action,
            "changed_fields": list(event.changed),
            "data": dict(change.after or change.before or {}),
            "previous_data": _previous(change, event.changed),
            "meta": {**meta, **change.meta},
        }

    # --- lists by lead and object, made when first asked for ------------------------------------------------------------

    def _listed(self, wanted: Mapping[str, str]) -> list[int] | None:
        if "object_id" in wanted:
            if self._by_object is None:
                self._by_object = self._all_by(lambda change: change.object_id)
            return self._by_object.get(wanted["object_id"], [])
        if "lead_id" in wanted:
            if self._by_lead is None:
                self._by_lead = self._all_by(lambda change: change.lead_id)
            return self._by_lead.get(wanted["lead_id"], [])
        return None

    def _all_by(self, key: Callable[[Change], str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, event in enumerate(self.all):
            found.setdefault(key(event.change), []).append(position)
        return found

    def _list(self, event: Event, position: int) -> None:
        if self._by_object is not None:
            self._by_object.setdefault(event.change.object_id, []).append(position)
        if self._by_lead is not None:
            self._by_lead.setdefault(event.change.lead_id, []).append(position)


def _previous(change: Change, changed: tuple[str, ...]) -> dict[str, Any]:
    """Of what is deleted the whole object, from which Close's own script restores it within 30 days."""
    before = change.before or {}
    return dict(before) if change.action == "deleted" else {key: before.get(key) for key in changed}


def _changed_keys(change: Change) -> tuple[str, ...]:
    if change.action != "updated":
        return ()
    before: Doc = change.before or {}
    after: Doc = change.after or {}
    keys = dict.fromkeys((*after, *before))
    return tuple(key for key in keys if key not in _UNTOLD and before.get(key) != after.get(key))


def _limit(query: Mapping[str, str]) -> int:
    try:
        limit = int(query.get("_limit") or BIGGEST_PAGE)
    except ValueError:
        raise invalid({"_limit": "Input should be a valid integer"}) from None
    return max(1, min(limit, BIGGEST_PAGE))


def _dates(query: Mapping[str, str]) -> tuple[str, str]:
    if query.get("_cursor"):
        return "", "9999"
    earliest = max((_date(query, name) for name in ("date_updated__gte", "date_updated__gt") if query.get(name)), default="")
    latest = min((_date(query, name) for name in ("date_updated__lte", "date_updated__lt") if query.get(name)), default="9999")
    return earliest, latest


def _date(query: Mapping[str, str], name: str) -> str:
    try:
        return iso(seconds_of(query[name]))
    except ValueError:
        raise invalid({name: "Invalid ISO 8601 datetime."}) from None


def _cursor(direction: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{direction}:{position}".encode()).decode()


def _read_cursor(cursor: str | None) -> tuple[str, int | None]:
    if not cursor:
        return "before", None
    try:
        direction, _, position = base64.urlsafe_b64decode(cursor).decode().partition(":")
        return direction, int(position)
    except (binascii.Error, ValueError):
        raise invalid({"_cursor": "Invalid cursor"}) from None
