"""What would a run change, object by object, and what became of the rows that change nothing?

A plan looks on while a dry run decides and writes on paper (see `rehearsing`). It holds values of rows and of Close: it
is for the person who asked for it, and nothing of it but counts and codes goes to a log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from destination_close.account import Account
from destination_close.blanks import is_blank
from destination_close.calls import Written
from destination_close.changes import Change, CreateContact, CreateLead, Effect, UpdateContact, UpdateLead, Verdict
from destination_close.comparing import as_set
from destination_close.explaining import MatchedBy, Why
from destination_close.guards import WORDS, Guards
from destination_close.memory import Memory
from destination_close.model import Contact, Key, Kind, Lead, Outcome, Reason, StreamKey
from destination_close.planning import all_keys
from destination_close.reporting import Line
from destination_close.shapes import LISTS, IdFields

ObjectKind = Literal["lead", "contact"]
Content = Mapping[str, Any]
"""By key in Close what an object holds: text, numbers, or a list of them."""

SEVERAL_CONTACTS = "several_contacts_match"
STATUS_OVERWRITTEN = "status_overwritten"
"""What a person should look at, beside the warnings of `model`."""


class Company(NamedTuple):
    """The lead that an object or a row belongs to, as one would search for it."""

    name: str = ""
    id: str = ""
    """The Company ID."""


@dataclass(slots=True)
class Entry:
    """One lead or contact that would be created or changed."""

    kind: ObjectKind
    id: str
    """In Close, or on paper if it is to be created."""

    lead_id: str
    """Of a contact the id of its lead; of a lead its own."""

    before: Content | None
    """None: it does not exist yet."""

    after: Content
    company: Company
    """As it was when the object was last written; see `Plan.company_of`."""

    own_ids: tuple[str, ...] = ()
    """Keys of the fields that hold the user's own ids."""

    touched: dict[str, None] = field(default_factory=dict)
    """Keys that some call would send."""

    rows: dict[StreamKey, dict[int, None]] = field(default_factory=dict)
    """Positions, in order, of the rows that have a share in it."""

    at: tuple[int, int] = (0, 0)
    """Of the first of them, in the order of the run."""

    why: Why | None = None
    """Of the first of them."""

    left_out: dict[Reason, None] = field(default_factory=dict)
    """What a switch or a missing key kept its rows from doing, on this or another object."""

    warnings: dict[str, None] = field(default_factory=dict)

    @property
    def created(self) -> bool:
        return self.before is None

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """By key, what it holds and what it would hold in the end; what a later row sets back is no change."""
        if self.before is None:
            return {key: (None, value) for key, value in self.after.items()}
        both = ((key, self.before.get(key), self.after.get(key)) for key in self.touched)
        return {key: (old, new) for key, old, new in both if not _is_same(key, old, new)}

    @property
    def matched_by(self) -> MatchedBy | None:
        """The key by which it was found."""
        if self.created or self.why is None:
            return None
        return self.why.lead_by if self.kind == "lead" else self.why.contact_by

    @property
    def stamped(self) -> bool:
        """Whether it exists and gets an id of the user's own."""
        return not self.created and any(is_blank(old) for key, (old, _) in self.changes.items() if key in self.own_ids)


class RowEnd(NamedTuple):
    """A row that changes nothing: all is so already, or it was left out, or it cannot be used."""

    at: tuple[int, int]
    stream: StreamKey
    position: int
    kind: Kind
    reason: Reason | None
    field: str | None
    message: str
    object_id: str | None
    company: Company
    why: Why | None
    left_out: tuple[Reason, ...]
    warnings: tuple[str, ...]


class BrokenGuard(NamedTuple):
    """The plan goes beyond a guard: the run would stop there."""

    guard: str
    most: int
    planned: int


class Plan:
    """Gathers what would happen. `keep_rows`: also each row that changes nothing, which a count would do for."""

    def __init__(self, *, keep_rows: bool) -> None:
        self._keep_rows = keep_rows
        self._memory = Memory(0)
        self._guards = Guards()
        self._verdicts: dict[int, list[Verdict]] = {}
        """By row, until it ends."""

        self.account = Account("", "")
        self.ids = IdFields()
        self.entries: dict[str, Entry] = {}
        self.rows: list[RowEnd] = []
        self.kinds: Counter[Kind] = Counter()
        self.reasons: Counter[tuple[Kind, Reason]] = Counter()
        self.twins: dict[Key, tuple[str, ...]] = {}
        """Keys that several leads or several contacts in Close carry, with the ids of these."""

        self.values_left_out: Counter[str] = Counter()
        """By field of a mapping."""

        self.calls: Counter[str] = Counter()
        """What the guards count."""

    def begin(self, account: Account, ids: IdFields, memory: Memory, guards: Guards) -> None:
        """The run is about to start."""
        self.account, self.ids, self._memory, self._guards = account, ids, memory, guards

    # --- as a witness ------------------------------------------------------------------------------------------------

    def judged(self, verdict: Verdict) -> None:
        self._verdicts.setdefault(verdict.draft.row.ordinal, []).append(verdict)
        for key in all_keys(verdict.draft):
            self._look_for_twins(key)

    def written(self, change: Change, result: Written) -> None:
        match change:
            case CreateLead():
                self.calls["max_new_leads"] += 1
                self.calls["max_new_contacts"] += len(result.contacts)
                (lead,) = result.leads
                objects: list[Lead | Contact] = [lead, *result.contacts]
                for made in objects:
                    self._credit(self._create(made, lead), change, made)
            case CreateContact():
                self.calls["max_new_contacts"] += 1
                for contact in result.contacts:
                    self._credit(self._create(contact, self._lead_of(contact)), change)
            case UpdateLead(lead=before):
                self.calls["max_updates"] += 1
                (lead,) = result.leads
                entry = self._update("lead", before.id, before.id, self._of_lead(before), self._of_lead(lead), lead)
                self._touch(entry, [*([self._company_key] if change.company_id is not None else []), *change.fields, *change.adds])
                self._credit(entry, change)
            case UpdateContact(contact=person):
                self.calls["max_updates"] += 1
                (contact,) = result.contacts
                lead = self._lead_of(contact)
                entry = self._update("contact", person.id, person.lead_id, self._of_contact(person), self._of_contact(contact), lead)
                lists = [name for name in LISTS if getattr(change, name)]
                self._touch(entry, [*([self._user_key] if change.user_id is not None else []), *lists, *change.fields, *change.adds])
                self._credit(entry, change)

    def ended(self, outcome: Outcome) -> Iterable[Line]:
        verdicts = self._verdicts.pop(outcome.row.ordinal, [])
        self.kinds[outcome.kind] += 1
        if outcome.reason:
            self.reasons[outcome.kind, outcome.reason] += 1
        self.values_left_out.update(remark.field for remark in outcome.remarks if remark.reason is Reason.VALUE_LEFT_OUT)
        if self._keep_rows and outcome.kind not in (Kind.CREATED, Kind.UPDATED):
            self.rows.append(self._row_end(outcome, verdicts))
        return ()

    # --- asking ------------------------------------------------------------------------------------------------------

    def in_order(self) -> list[Entry]:
        """The objects that change, in the order in which the rows first mean them, each lead before its contacts."""
        changing = (entry for entry in self.entries.values() if entry.created or entry.changes)
        return sorted(changing, key=lambda entry: (entry.at, entry.kind != "lead", entry.id))

    def company_of(self, entry: Entry) -> Company:
        """As it would be in the end."""
        lead = self.entries.get(entry.lead_id)
        return lead.company if lead else entry.company

    def broken_guards(self) -> Iterator[BrokenGuard]:
        """The guards at which the run would stop before all of this is done."""
        for guard in WORDS:
            most: int | None = getattr(self._guards, guard)
            if most is not None and self.calls[guard] > most:
                yield BrokenGuard(guard, most, self.calls[guard])

    # --- objects -----------------------------------------------------------------------------------------------------

    def _create(self, made: Lead | Contact, lead: Lead) -> Entry:
        if isinstance(made, Lead):
            kind: ObjectKind = "lead"
            after = self._of_lead(made)
        else:
            kind, after = "contact", self._of_contact(made)
        entry = Entry(kind, made.id, lead.id, None, after, _company(lead), own_ids=(self._company_key, self._user_key))
        self.entries[made.id] = entry
        return entry

    def _update(self, kind: ObjectKind, object_id: str, lead_id: str, before: Content, after: Content, lead: Lead) -> Entry:
        entry = self.entries.get(object_id)
        if entry is None:
            own_ids = (self._company_key, self._user_key)
            entry = self.entries[object_id] = Entry(kind, object_id, lead_id, before, after, _company(lead), own_ids=own_ids)
        entry.after = after
        if kind == "lead":
            entry.company = _company(lead)
        return entry

    def _touch(self, entry: Entry, keys: Iterable[str]) -> None:
        entry.touched.update(dict.fromkeys(keys))
        old, new = entry.changes.get("status_id", (None, None))
        if not entry.created and old is not None and old != new:
            entry.warnings[STATUS_OVERWRITTEN] = None

    def _credit(self, entry: Entry, change: Change, made: Lead | Contact | None = None) -> None:
        """The rows that have a share in the change; of one that makes several objects, only those that mean this one."""
        for at in sorted({part.draft.at for part in change.parts if part.effect is not Effect.NOTHING}):
            for verdict in self._verdicts.get(at[0], ()):
                if verdict.draft.at == at and (made is None or made.age.order == at or made.id in verdict.objects):
                    self._explain(entry, verdict)

    def _explain(self, entry: Entry, verdict: Verdict) -> None:
        row = verdict.draft.row
        if not entry.rows:
            entry.at, entry.why = verdict.draft.at, verdict.why
        entry.at = min(entry.at, verdict.draft.at)
        entry.rows.setdefault(row.stream, {})[row.position] = None
        entry.left_out.update(dict.fromkeys(_left_out(verdict)))
        entry.warnings.update(dict.fromkeys(_warnings(verdict)))

    # --- rows --------------------------------------------------------------------------------------------------------

    def _row_end(self, outcome: Outcome, verdicts: list[Verdict]) -> RowEnd:
        row = outcome.row
        first = outcome.rejections[0] if outcome.rejections else None
        objects = [name for verdict in verdicts for name in verdict.objects]
        return RowEnd(
            (row.ordinal, 0),
            row.stream,
            row.position,
            outcome.kind,
            outcome.reason,
            first.field if first else None,
            first.message if first else "",
            next(iter(objects), None),
            self._company_of(objects),
            verdicts[0].why if verdicts else None,
            outcome.notes,
            tuple(dict.fromkeys(warning for verdict in verdicts for warning in _warnings(verdict))),
        )

    def _company_of(self, objects: Iterable[str]) -> Company:
        for name in objects:
            if lead := self._memory.leads.get(name):
                return _company(lead)
            if contact := self._memory.contacts.get(name):
                return _company(self._lead_of(contact))
        return Company()

    # --- what Close holds --------------------------------------------------------------------------------------------

    def _look_for_twins(self, key: Key) -> None:
        if key in self.twins:
            return
        carriers: list[Lead] | list[Contact]
        carriers = self._memory.leads_with(key) if key.kind == "company" else self._memory.contacts_with(key)
        if len(carriers) > 1:
            found = tuple(carrier.id for carrier in carriers if not carrier.age.made_here)
            if len(found) > 1:
                self.twins[key] = found

    def _lead_of(self, contact: Contact) -> Lead:
        return self._memory.leads[contact.lead_id]

    @property
    def _company_key(self) -> str:
        return f"custom.{self.ids.company}"

    @property
    def _user_key(self) -> str:
        return f"custom.{self.ids.user}"

    def _of_lead(self, lead: Lead) -> Content:
        own = {} if lead.company_id is None else {self._company_key: lead.company_id}
        return {**own, **_plain(lead.fields)}

    def _of_contact(self, contact: Contact) -> Content:
        own = {} if contact.user_id is None else {self._user_key: contact.user_id}
        lists = {name: [item.value for item in items] for name in LISTS if (items := getattr(contact, name))}
        return {**own, **lists, **_plain(contact.fields)}


def _plain(fields: Content) -> dict[str, Any]:
    """Values as JSON has them, without what is blank."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items() if not is_blank(value)}


def _is_same(key: str, old: Any, new: Any) -> bool:
    """A field that takes several values has them in no order; a contact's own lists do."""
    if isinstance(old, list) and isinstance(new, list) and key not in LISTS:
        return as_set(old) == as_set(new)
    return bool(old == new)


def _company(lead: Lead) -> Company:
    return Company(str(lead.fields.get("name") or ""), lead.company_id or "")


def _left_out(verdict: Verdict) -> Iterator[Reason]:
    yield from verdict.held
    if verdict.draft.contact_without_key:
        yield Reason.CONTACT_WITHOUT_KEY
    yield from dict.fromkeys(remark.reason for remark in verdict.draft.remarks)


def _warnings(verdict: Verdict) -> Iterator[str]:
    yield from (warning.value for warning in verdict.warnings)
    if verdict.why and verdict.why.matches > 1:
        yield SEVERAL_CONTACTS
