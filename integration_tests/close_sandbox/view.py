"""What does a person see of this Close: leads, people, what each write changed, the calls made?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.clock import iso
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.events import Event
from integration_tests.close_sandbox.searchable import contact_name, lead_name
from integration_tests.close_sandbox.view_children import Below, Named, below, child_name, texts_below
from integration_tests.close_sandbox.wire import Call

LEADS_PER_PAGE = 24
PEOPLE_PER_LEAD = 12
CHANGES_PER_LEAD = 6
LATEST = 40
COUNTED = {
    "opportunity": "opportunities",
    "activity.custom_activity": "custom activities",
    "custom_object": "custom objects",
    "activity.note": "notes",
    "task": "tasks",
}
_LABELS = {"status_id": "status", "lead_id": "lead", "created_by": "created by"}
_ITEM_KEYS = {"emails": "email", "phones": "phone_formatted", "urls": "url", "addresses": "city"}


@dataclass(frozen=True, slots=True)
class Difference:
    """What a write did to one field; of a list, what came and what went."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    time: str
    who: str
    ours: bool
    """By the API key, not by a colleague."""

    what: str
    lead_id: str
    lead: str
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    title: str
    emails: list[str]
    phones: list[str]
    urls: list[str]
    custom: list[Named]


@dataclass(frozen=True, slots=True)
class Card:
    """One lead."""

    id: str
    name: str
    status: str
    description: str
    url: str
    link: str
    """The url if it is safe to click on."""

    custom: list[Named]
    people: list[Person]
    more_people: int
    below: list[Below]
    changes: list[Happened]
    more_changes: int


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the front page."""

    organization: str
    query: str
    number: int
    pages: int
    found: int
    cards: list[Card]
    latest: list[Happened]
    calls: list[Call]
    counters: list[tuple[str, int]]
    endpoints: list[tuple[str, int]]
    facts: list[tuple[str, str]]
    fields: list[Named]
    number_of_call: int


class View:
    """Reads one Close for people."""

    def __init__(self, close: Close) -> None:
        self._close = close

    def page(self, query: str = "", number: int = 1) -> Page:
        close = self._close
        with close.lock:
            close.settle_late()
            found = self._matching(query) if query.strip() else None
            count = close.lead_count if found is None else len(found)
            pages = max(1, -(-count // LEADS_PER_PAGE))
            number = min(max(1, number), pages)
            start = (number - 1) * LEADS_PER_PAGE
            leads = islice(self._latest_first() if found is None else iter(found), start, start + LEADS_PER_PAGE)
            calls = close.calls
            return Page(
                organization=close.organization.name,
                query=query,
                number=number,
                pages=pages,
                found=count,
                cards=[self._card(lead) for lead in leads],
                latest=[self._happened(event) for event in islice(self._events(), LATEST)],
                calls=calls[: -LATEST - 1 : -1],
                counters=self._counters(),
                endpoints=sorted(close.calls_by_endpoint().items(), key=lambda one: -one[1]),
                facts=self._facts(),
                fields=[Named(f"{one.name} ({' and '.join(one.objects)})", one.id) for one in close.organization.fields.values()],
                number_of_call=calls[-1].number if calls else 0,
            )

    # --- which leads -------------------------------------------------------------------------------------------------

    def _latest_first(self) -> Iterator[Doc]:
        """Leads by their latest event, newest first."""
        leads, seen = self._close.world.leads, set()
        for event in reversed(self._close.event_log.all):
            lead_id = event.change.lead_id
            if lead_id not in seen and lead_id in leads:
                seen.add(lead_id)
                yield leads[lead_id]

    def _matching(self, query: str) -> list[Doc]:
        """Leads that have every word of the query somewhere, in themselves or their contacts."""
        words = query.lower().split()
        return [lead for lead in self._latest_first() if _has_all(self._text(lead), words)]

    def _text(self, lead: Doc) -> str:
        status = self._close.organization.statuses.get(lead["status_id"], "")
        parts = [status, *_texts(lead)]
        for contact in self._close.world.contacts_of(lead["id"]):
            parts += _texts(contact)
        parts += texts_below(self._close, lead["id"])
        return " ".join(parts).lower()

    # --- cards -------------------------------------------------------------------------------------------------------

    def _card(self, lead: Doc) -> Card:
        url = lead["url"] or ""
        events = self._close.event_log.of_lead(lead["id"])
        shown = [self._happened(event) for event in islice(reversed(events), CHANGES_PER_LEAD)]
        contacts = self._close.world.contacts_of(lead["id"])
        return Card(
            id=lead["id"],
            name=lead_name(lead),
            status=self._close.organization.statuses.get(lead["status_id"], ""),
            description=lead["description"],
            url=url,
            link=url if url.lower().startswith(("http://", "https://")) else "",
            custom=self._custom(lead),
            people=[self._person(contact) for contact in contacts[:PEOPLE_PER_LEAD]],
            more_people=max(0, len(contacts) - PEOPLE_PER_LEAD),
            below=below(self._close, lead["id"]),
            changes=shown,
            more_changes=len(events) - len(shown),
        )

    def _person(self, contact: Doc) -> Person:
        return Person(
            name=contact_name(contact) or "(no name)",
            title=contact["title"],
            emails=[item["email"] for item in contact["emails"]],
            phones=[item.get("phone_formatted") or item["phone"] for item in contact["phones"]],
            urls=[item["url"] for item in contact["urls"]],
            custom=self._custom(contact),
        )

    def _custom(self, doc: Doc) -> list[Named]:
        return [Named(self._label(key), self._shown(key, value)) for key, value in doc.items() if key.startswith("custom.")]

    # --- history -----------------------------------------------------------------------------------------------------

    def _events(self) -> Iterator[Event]:
        return (event for event in reversed(self._close.event_log.all) if not event.merged_into_later)

    def _happened(self, event: Event) -> Happened:
        change = event.change
        doc = change.after or change.before or {}
        names = {"lead": lead_name, "contact": contact_name}
        name = names.get(change.object_type, child_name)(doc)
        lead = self._close.world.leads.get(change.lead_id)
        user = self._close.organization.users.get(change.cause.user_id)
        return Happened(
            time=change.date[11:19],
            who=user.name if user else "",
            ours=bool(change.cause.path),
            what=f"{change.object_type.removeprefix('activity.').replace('_', ' ')} {name or '(no name)'} {change.action}",
            lead_id=change.lead_id,
            lead=lead_name(lead) if lead else "",
            differences=[self._difference(key, change.before or {}, change.after or {}) for key in event.changed],
        )

    def _difference(self, key: str, before: Doc, after: Doc) -> Difference:
        old, new = before.get(key), after.get(key)
        if isinstance(old, list) or isinstance(new, list):
            old, new = old or [], new or []
            gone, came = [one for one in old if one not in new], [one for one in new if one not in old]
            if gone or came:
                old, new = gone, came
        return Difference(self._label(key), self._shown(key, old), self._shown(key, new))

    def _label(self, key: str) -> str:
        if key.startswith("custom."):
            definition = self._close.organization.fields.get(key[7:])
            return definition.name if definition else key
        return _LABELS.get(key, key)

    def _shown(self, key: str, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(self._shown(key, one) for one in value)
        if isinstance(value, dict):
            return str(value.get(_ITEM_KEYS.get(key, ""), "") or next(iter(value.values()), ""))
        organization = self._close.organization
        if value in organization.statuses:
            return organization.statuses[value]
        if value in organization.pipelines.statuses:
            return organization.pipelines.statuses[value].label
        if value in organization.users:
            return organization.users[value].name
        if value in self._close.world.leads:
            return lead_name(self._close.world.leads[value])
        return "" if value is None else str(value)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def _counters(self) -> list[tuple[str, int]]:
        close = self._close
        by_endpoint, by_status = close.calls_by_endpoint(), close.calls_by_status()
        searches = by_endpoint.get("POST /data/search/", 0)
        writes = sum(count for endpoint, count in by_endpoint.items() if not endpoint.startswith("GET ")) - searches
        return [
            ("leads", close.lead_count),
            ("contacts", close.contact_count),
            *((name, len(close.world.tables[kind])) for kind, name in COUNTED.items() if close.world.tables[kind]),
            ("calls", sum(by_endpoint.values())),
            ("searches", searches),
            ("writes", writes),
            ("rate limited", by_status.get(429, 0)),
            ("no answer", by_status.get(0, 0)),
            ("not in search yet", close.unindexed),
        ]

    def _facts(self) -> list[tuple[str, str]]:
        close, settings = self._close, self._close.settings
        limited = f"searches {settings.limit('search')}, creates {settings.limit('post')} per {settings.window_seconds:g} s"
        return [
            ("Clock", iso(close.clock())[:19].replace("T", " ") + " UTC"),
            ("Search shows a write after", f"{settings.index_lag:g} s"),
            ("Rate limits", limited if settings.rate_limits else "off"),
            ("Every call takes", f"{settings.latency * 1000:g} ms"),
            ("Faults planned", str(len(close.faults.planned))),
            ("API key", settings.api_key),
        ]


def _has_all(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


def _texts(doc: Doc) -> list[str]:
    """Everything one might search for in a lead or contact."""
    texts = [doc["id"], doc["name"], doc.get("description", ""), doc.get("url") or "", doc.get("title", "")]
    for key, value in doc.items():
        if key.startswith("custom."):
            texts.append(str(value))
        elif key in _ITEM_KEYS:
            for item in value:
                texts += [str(one) for one in item.values()]
    return texts
