"""What does POST /data/search/ answer?"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.child_answers import ChildAnswers
from integration_tests.close_sandbox.clock import moment
from integration_tests.close_sandbox.conditions import Asker, BadQuery
from integration_tests.close_sandbox.ids import Ids
from integration_tests.close_sandbox.index import Index
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.problems import REQUIRED, Problem, invalid, too_large, wrong_type
from integration_tests.close_sandbox.query import QueryReader, documents
from integration_tests.close_sandbox.render import Fields, Renderer, fields_of
from integration_tests.close_sandbox.searchable import Field
from integration_tests.close_sandbox.settings import Settings

BIGGEST_PAGE = 200
_PAGE = 50
_NO_FIELDS: Fields = frozenset()


@dataclass(slots=True)
class _Pages:
    """What is left of an answer that did not fit on one page: as the index was when the first page was made."""

    object_type: str
    docs: list[Doc]
    position: int
    expires: float
    counts: dict[str, int] | None


class Search:
    """Searches one index; remembers the pages not read yet."""

    def __init__(self, index: Index, organization: Organization, ids: Ids, rng: random.Random) -> None:
        self._index = index
        self._organization = organization
        self._ids = ids
        self._rng = rng
        self._open: dict[str, _Pages] = {}

    def answer(self, body: Any, settings: Settings, now: float, offset_hours: float = 0.0) -> dict[str, Any]:
        if not isinstance(body, Mapping):
            raise Problem(400, {"errors": [wrong_type("dict")], "field-errors": {}})
        limit = _whole(body, "_limit", _PAGE, BIGGEST_PAGE)
        lead_fields, contact_fields = _fields(body)
        self._index.catch_up(now)
        pages = self._resume(body["cursor"], now) if body.get("cursor") is not None else self._start(body, settings, now, offset_hours)
        page = pages.docs[pages.position : pages.position + limit]
        today = moment(now + offset_hours * 3600).date().isoformat()
        below = ChildAnswers(self._organization, settings, self._index.docs, self._index.children_of, today)
        renderer = Renderer(self._organization, settings, self._index.contacts_of, self._rng, below)
        if pages.object_type in KINDS:
            fields = fields_of((body.get("_fields") or {}).get(pages.object_type, ()))
            return self._answered(pages, [renderer.child_hit(pages.object_type, doc, fields) for doc in page], now, settings)
        hits = [renderer.hit(pages.object_type, doc, lead_fields, contact_fields) for doc in page]
        return self._answered(pages, hits, now, settings)

    def _answered(self, pages: _Pages, hits: list[Doc], now: float, settings: Settings) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": hits, "cursor": self._keep(pages, len(hits), now + settings.cursor_seconds)}
        if pages.counts is not None:
            answer["count"] = pages.counts
        return answer

    # --- pages -------------------------------------------------------------------------------------------------------

    def _keep(self, pages: _Pages, shown: int, expires: float) -> str | None:
        pages.position += shown
        if pages.position >= len(pages.docs) or not shown:
            return None
        cursor = self._ids.new("cursor")
        self._open[cursor] = _Pages(pages.object_type, pages.docs, pages.position, expires, pages.counts)
        return cursor

    def _resume(self, cursor: Any, now: float) -> _Pages:
        for old in [name for name, pages in self._open.items() if pages.expires < now]:
            del self._open[old]
        found = self._open.get(cursor) if isinstance(cursor, str) else None
        if found is None:
            raise invalid({"cursor": "Expired cursor"})
        return _Pages(found.object_type, found.docs, found.position, found.expires, found.counts)

    def _start(self, body: Mapping[str, Any], settings: Settings, now: float, offset_hours: float) -> _Pages:
        zone = timezone(timedelta(hours=offset_hours))
        asker = Asker(settings, self._organization.me, moment(now).astimezone(zone))
        reader = QueryReader(self._organization, self._index, asker)
        if "query" not in body:
            raise invalid({"query": REQUIRED})
        try:
            object_type, node = reader.read(body["query"])
            order = _order(body.get("sort") or [], reader, object_type)
        except BadQuery as bad:
            raise invalid({"query": str(bad)}) from None
        if settings.max_clauses is not None and reader.clauses > settings.max_clauses:
            raise Problem(settings.too_many_clauses_status, {"errors": ["Too many clauses."], "field-errors": {}})
        docs = [doc for _, doc in documents(self._index, object_type, node.find(self._index, None))]
        _sort(docs, order)
        return self._capped(object_type, docs, body, settings, now)

    def _capped(self, object_type: str, docs: list[Doc], body: Mapping[str, Any], settings: Settings, now: float) -> _Pages:
        cap = settings.search_cap
        if body.get("results_limit") is not None:
            cap = min(cap, _whole(body, "results_limit", 0, None))
        shown = docs[:cap]
        counts = {"limited": len(shown), "total": len(docs)} if body.get("include_counts") else None
        return _Pages(object_type, shown, 0, now, counts)


def _whole(body: Mapping[str, Any], key: str, default: int, most: int | None) -> int:
    value: object = body.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid({key: "Input should be a valid integer"})
    if value < 0:
        raise invalid({key: "Input should be greater than or equal to 0"})
    if most is not None and value > most:
        raise invalid({key: too_large(most)})
    return value


def _fields(body: Mapping[str, Any]) -> tuple[Fields, Fields]:
    told = body.get("_fields") or {}
    if not isinstance(told, Mapping) or not all(isinstance(names, list) for names in told.values()):
        raise invalid({"_fields": wrong_type("dict")})
    return fields_of(told.get("lead", ())), fields_of(told.get("contact", ()))


# --- order -----------------------------------------------------------------------------------------------------------

Order = list[tuple[Field, bool]]
"""Fields to sort by, the most important first, and whether backwards."""


def _order(told: Any, reader: QueryReader, object_type: str) -> Order:
    if not isinstance(told, list):
        raise BadQuery("sort: must be a list")
    order: Order = []
    for one in told:
        direction = one.get("direction") if isinstance(one, Mapping) else None
        if direction not in ("asc", "desc"):
            raise BadQuery("sort: direction is asc or desc")
        order.append((reader.sort_field(one.get("field"), object_type), direction == "desc"))
    return order


def _sort(docs: list[Doc], order: Order) -> None:
    """Without an order: by id, that is at random but the same on every page. Objects without a value come last."""
    docs.sort(key=lambda doc: str(doc["id"]))
    for field, backwards in reversed(order):
        key = _sort_key(field)
        docs.sort(key=key, reverse=backwards)
        docs.sort(key=_lacks(field))


def _sort_key(field: Field) -> Callable[[Doc], Any]:
    def key(doc: Doc) -> Any:
        value = next(iter(field.values(doc)), None)
        if field.kind == "number":
            return 0 if value is None else value
        return "" if value is None else str(value).lower()

    return key


def _lacks(field: Field) -> Callable[[Doc], bool]:
    return lambda doc: next(iter(field.values(doc)), None) is None
