"""What would a run change, object by object, and what happens to the rows that change nothing?

A plan looks on while a dry run decides and writes on paper (see `dry_run`). It holds values of rows and of Close: it
is for the person who asked for it, and only counts and codes from it go to a log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from destination_close.engine import LogLine
from destination_close.model import (
    LEAD,
    OBJECT_TYPES,
    Account,
    Change,
    Create,
    Effect,
    IdFields,
    Key,
    Kind,
    MatchedBy,
    ObjectType,
    Outcome,
    Reason,
    Stored,
    StreamKey,
    Verdict,
    Why,
    Written,
    as_set,
    is_blank,
)
from destination_close.rules import Memory, all_keys
from destination_close.settings import GUARD_WORDS, Guards

Content = Mapping[str, Any]
"""What an object holds, by key in Close: text, numbers, or a list of them."""

LIST_KEYS = frozenset(each.key for object_type in OBJECT_TYPES for each in object_type.lists)
"""Of lists, whose order is kept."""

SEVERAL_CONTACTS = "several_contacts_match"
STATUS_OVERWRITTEN = "status_overwritten"
"""What a person should look at, in addition to the warnings of `model`."""


class Company(NamedTuple):
    """The lead that an object or a row belongs to, as a user would search for it."""

    name: str = ""
    id: str = ""
    """The Company ID."""


@dataclass(slots=True)
class Entry:
    """One lead or contact that would be created or changed."""

    type: ObjectType
    id: str
    """In Close, or a placeholder if it is to be created."""

    lead_id: str
    """For a contact, the id of its lead; for a lead, its own."""

    before: Content | None
    """None: it does not exist yet."""

    after: Content
    company: Company
    """As it was when the object was last written; see `Plan.company_of`."""

    own_id_key: str | None = None
    """Key of the field that holds the user's own id."""

    touched: dict[str, None] = field(default_factory=dict)
    """Keys that some call would send."""

    rows: dict[StreamKey, dict[int, None]] = field(default_factory=dict)
    """Positions, in order, of the rows behind this change."""

    at: tuple[int, int] = (0, 0)
    """For the first of them, in the order of the run."""

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
        """By key, what it holds and what it would hold in the end; a value that a later row sets back is not a change."""
        if self.before is None:
            return {key: (None, value) for key, value in self.after.items()}
        both = ((key, self.before.get(key), self.after.get(key)) for key in self.touched)
        return {key: (old, new) for key, old, new in both if not _is_same(key, old, new)}

    @property
    def matched_by(self) -> MatchedBy | None:
        """The key by which it was found."""
        if self.created or self.why is None:
            return None
        return self.why.lead_by if self.type is LEAD else self.why.contact_by

    @property
    def stamped(self) -> bool:
        """Whether it exists and is given one of the user's own ids."""
        return not self.created and any(is_blank(old) for key, (old, _) in self.changes.items() if key == self.own_id_key)


class RowEnd(NamedTuple):
    """A row that changes nothing: everything is already so, or it was left out, or it cannot be used."""

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
    """The plan exceeds a guard: the run would stop there."""

    guard: str
    most: int
    planned: int


class Plan:
    """Collects what would happen. `keep_rows`: also keeps each row that changes nothing, for which a count would do."""

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
        self.duplicates: dict[Key, tuple[str, ...]] = {}
        """Keys that several leads or several contacts in Close have, with the ids of these."""

        self.values_left_out: Counter[str] = Counter()
        """By field of a mapping."""

        self.calls: Counter[str] = Counter()
        """What the guards count."""

        self.remarks: list[str] = []
        """On settings, and on columns that are not there, for the author of the mapping."""

    def begin(self, account: Account, ids: IdFields, memory: Memory, guards: Guards) -> None:
        """The run is about to start."""
        self.account, self.ids, self._memory, self._guards = account, ids, memory, guards

    # --- as a witness ------------------------------------------------------------------------------------------------

    def judged(self, verdict: Verdict) -> None:
        self._verdicts.setdefault(verdict.draft.row.ordinal, []).append(verdict)
        for key in all_keys(verdict.draft):
            self._look_for_duplicates(key)

    def written(self, change: Change, result: Written) -> None:
        if isinstance(change, Create):
            several = change.object.type is LEAD
            for made in result.objects:
                self.calls[made.type.guard] += 1
                lead = result.objects[0] if several else self._memory.lead_of(made)
                self._credit(self._created(made, lead), change, made if several else None)
        else:
            self.calls["max_updates"] += 1
            (after,) = result.objects
            entry = self._updated(change.object, after)
            own_id = [self.ids.keys[after.type]] if change.stamp is not None else []
            self._touch(entry, [*own_id, *change.appended, *change.fields, *change.adds])
            self._credit(entry, change)

    def ended(self, outcome: Outcome) -> Iterable[LogLine]:
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
        """The objects that change, in the order in which rows first refer to them, each lead before its contacts."""
        changing = (entry for entry in self.entries.values() if entry.created or entry.changes)
        return sorted(changing, key=lambda entry: (entry.at, entry.type is not LEAD, entry.id))

    def company_of(self, entry: Entry) -> Company:
        """As it would be in the end."""
        lead = self.entries.get(entry.lead_id)
        return lead.company if lead else entry.company

    def broken_guards(self) -> Iterator[BrokenGuard]:
        """The guards at which the run would stop before all of this is done."""
        for guard in GUARD_WORDS:
            most: int | None = getattr(self._guards, guard)
            if most is not None and self.calls[guard] > most:
                yield BrokenGuard(guard, most, self.calls[guard])

    # --- objects -----------------------------------------------------------------------------------------------------

    def _created(self, made: Stored, lead: Stored) -> Entry:
        entry = self.entries[made.id] = Entry(
            made.type, made.id, made.lead_id, None, self._content(made), _company(lead), self.ids.keys.get(made.type)
        )
        return entry

    def _updated(self, before: Stored, after: Stored) -> Entry:
        entry = self.entries.get(before.id)
        if entry is None:
            lead = after if after.type is LEAD else self._memory.lead_of(after)
            entry = Entry(before.type, before.id, before.lead_id, self._content(before), {}, _company(lead), self.ids.keys.get(before.type))
            self.entries[before.id] = entry
        entry.after = self._content(after)
        if after.type is LEAD:
            entry.company = _company(after)
        return entry

    def _touch(self, entry: Entry, keys: Iterable[str]) -> None:
        entry.touched.update(dict.fromkeys(keys))
        old, new = entry.changes.get("status_id", (None, None))
        if not entry.created and old is not None and old != new:
            entry.warnings[STATUS_OVERWRITTEN] = None

    def _credit(self, entry: Entry, change: Change, made: Stored | None = None) -> None:
        """The rows behind the change; for a change of several objects, only the rows that refer to this one."""
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
            if one := self._memory.objects.get(name):
                return _company(self._memory.lead_of(one))
        return Company()

    # --- what Close holds --------------------------------------------------------------------------------------------

    def _look_for_duplicates(self, key: Key) -> None:
        if key in self.duplicates:
            return
        carriers = self._memory.carriers(key)
        if len(carriers) > 1:
            found = tuple(carrier.id for carrier in carriers if not carrier.age.made_here)
            if len(found) > 1:
                self.duplicates[key] = found

    def _content(self, one: Stored) -> Content:
        own_id = {} if one.own_id is None else {self.ids.keys[one.type]: one.own_id}
        lists = {key: [item.value for item in items] for key, items in one.lists.items() if items}
        return {**own_id, **lists, **_plain(one.fields)}


def _plain(fields: Content) -> dict[str, Any]:
    """Values as JSON, without blanks."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items() if not is_blank(value)}


def _is_same(key: str, old: Any, new: Any) -> bool:
    """The values of a multi-value field are unordered; a contact's own lists are not."""
    if isinstance(old, list) and isinstance(new, list) and key not in LIST_KEYS:
        return as_set(old) == as_set(new)
    return bool(old == new)


def _company(lead: Stored) -> Company:
    return Company(str(lead.fields.get("name") or ""), lead.own_id or "")


def _left_out(verdict: Verdict) -> Iterator[Reason]:
    yield from verdict.held
    if verdict.draft.contact_without_key:
        yield Reason.CONTACT_WITHOUT_KEY
    yield from dict.fromkeys(remark.reason for remark in verdict.draft.remarks)


def _warnings(verdict: Verdict) -> Iterator[str]:
    yield from (warning.value for warning in verdict.warnings)
    if verdict.why and verdict.why.matches > 1:
        yield SEVERAL_CONTACTS
