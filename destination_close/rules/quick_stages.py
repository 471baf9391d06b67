"""Which groups of rows can be planned without bookkeeping, as most can? (pure)

Each shortcut returns the stage that the rule of `stages` would give, or None if it cannot see at once what that is. In a first
sync most groups are a new company with its people; in later ones, rows that need no write.
"""

from __future__ import annotations

from collections.abc import Sequence

from destination_close.model import (
    CONTACT,
    LEAD,
    NOTHING_WANTED,
    Create,
    Draft,
    Effect,
    Key,
    Part,
    Rule,
    Stage,
    Stored,
    Verdict,
    Wanted,
    Why,
)
from destination_close.rules.deciding import Amend, decide
from destination_close.rules.deltas import changes, new_below, new_lead
from destination_close.rules.memory import Memory
from destination_close.rules.needs import contact_keys
from destination_close.rules.paper import Done


def new_company(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage | None:
    """The stage of a lead that the first row creates together with all its people: one POST."""
    first = drafts[0]
    if memory.has_any_with(first.keys) or not _are_strangers_of_one_company(drafts, memory) or any(draft.at in done for draft in drafts):
        return None
    lead = new_lead(first)
    contacts = [new_below(CONTACT, lead.id, draft) for draft in drafts if contact_keys(draft)]
    parts = [Part(first, Effect.CREATED)]
    verdicts = [Verdict(first, why=Why(Rule.NOTHING_KNOWN if first.company_id is None else Rule.COMPANY_NEW))]
    why = Why(Rule.COMPANY_KNOWN, lead_by_company=True)
    for draft in drafts[1:]:
        if contact_keys(draft):
            parts.append(Part(draft, Effect.CREATED))
        parts.append(Part(draft, Effect.NOTHING))  # for the lead, which is already as this row wants it
        verdicts.append(Verdict(draft, why=why, objects=(lead.id,)))
    return Stage((Create(lead, tuple(parts), tuple(contacts)),), (), tuple(verdicts))


def _are_strangers_of_one_company(drafts: Sequence[Draft], memory: Memory) -> bool:
    """Whether the rows may create everything they ask for, agree about their company, and share no key with any other."""
    first = drafts[0]
    keys: list[Key] = []
    for draft in drafts:
        may_create = draft.switches.allow_creating_new_leads and draft.switches.allow_creating_new_contacts
        if draft.operation != "upsert" or not may_create:
            return False
        if draft.company_id != first.company_id or draft.wants.get(LEAD) != first.wants.get(LEAD):
            return False
        keys += draft.keys if draft.company_id is None else draft.keys[1:]
    distinct = set(keys)
    return len(distinct) == len(keys) and not memory.has_any_with(distinct) and (len(drafts) == 1 or first.company_id is not None)


def nothing_to_do(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage | None:
    """The stage of rows that change nothing: none of them can see what another does."""
    verdicts: list[Verdict] = []
    idle: list[tuple[str, Part]] = []
    content: tuple[Stored, Wanted] | None = None
    """An object that holds all of this already: the next row of a company mostly wants the same of its lead."""
    for draft in drafts:
        decision = decide(draft, memory)
        if decision.held or not decision.intents or draft.at in done:
            return None
        objects: list[str] = []
        for intent in decision.intents:
            if not isinstance(intent, Amend) or not intent.allowed:
                return None
            one = intent.object
            wanted = draft.wants.get(one.type, NOTHING_WANTED)
            if one.type is LEAD:
                if intent.stamp:
                    return None
                if (one, wanted) == content:
                    objects.append(one.id)
                    continue
                content = (one, wanted)
            if changes(one, draft, wanted, stamp=intent.stamp):
                return None
            objects.append(one.id)
        part = Part(draft, Effect.NOTHING)
        idle += [(name, part) for name in objects]
        verdicts.append(Verdict(draft, (), decision.warnings, None, decision.why, tuple(objects)))
    return Stage((), tuple(idle), tuple(verdicts))
