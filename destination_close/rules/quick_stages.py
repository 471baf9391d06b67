"""Which groups of rows can be planned without bookkeeping, as most can? (pure)

Each shortcut returns the stage that the rule of `merging` would give, or None if it cannot see at once what that is. In a first
sync most groups are a new company with its people; in later ones, rows that need no write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from destination_close.model import CreateLead, Draft, Effect, Key, Lead, Part, Rule, Stage, Verdict, Why, Wish
from destination_close.rules.deciding import ChangeContact, ChangeLead, decide
from destination_close.rules.deltas import changes_contact, changes_lead, new_contact, new_lead
from destination_close.rules.memory import Memory
from destination_close.rules.needs import contact_keys
from destination_close.rules.paper import Done, contact_name, lead_name


def new_company(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage | None:
    """The stage of a lead that the first row creates together with all its people: one POST."""
    first = drafts[0]
    if memory.has_any_with(first.keys) or not _are_strangers_of_one_company(drafts, memory) or any(draft.at in done for draft in drafts):
        return None
    lead = new_lead(lead_name(first), first)
    contacts = [new_contact(contact_name(draft), lead.id, draft) for draft in drafts if contact_keys(draft)]
    parts = [Part(first, Effect.CREATED)]
    verdicts = [Verdict(first, why=Why(Rule.NOTHING_KNOWN if first.company_id is None else Rule.COMPANY_NEW))]
    why = Why(Rule.COMPANY_KNOWN, lead_by_company=True)
    for draft in drafts[1:]:
        if contact_keys(draft):
            parts.append(Part(draft, Effect.CREATED))
        parts.append(Part(draft, Effect.NOTHING))  # for the lead, which is already as this row wants it
        verdicts.append(Verdict(draft, why=why, objects=(lead.id,)))
    return Stage((CreateLead(lead, tuple(contacts), tuple(parts)),), (), tuple(verdicts))


def _are_strangers_of_one_company(drafts: Sequence[Draft], memory: Memory) -> bool:
    """Whether the rows may create everything they ask for, agree about their company, and share no key with any other."""
    first = drafts[0]
    keys: list[Key] = []
    for draft in drafts:
        may_create = draft.switches.allow_creating_new_leads and draft.switches.allow_creating_new_contacts
        if draft.operation != "upsert" or not may_create:
            return False
        if draft.company_id != first.company_id or (draft.lead is not first.lead and draft.lead != first.lead):
            return False
        keys += draft.keys if draft.company_id is None else draft.keys[1:]
    distinct = set(keys)
    return len(distinct) == len(keys) and not memory.has_any_with(distinct) and (len(drafts) == 1 or first.company_id is not None)


def nothing_to_do(drafts: Sequence[Draft], memory: Memory, done: Done) -> Stage | None:
    """The stage of rows that change nothing: none of them can see what another does."""
    verdicts: list[Verdict] = []
    idle: list[tuple[str, Part]] = []
    content: tuple[Lead, Mapping[str, Wish]] | None = None
    """A lead that already has all of this: the next row of the company mostly wants the same."""
    for draft in drafts:
        decision = decide(draft, memory)
        if decision.held or not decision.intents or draft.at in done:
            return None
        objects: list[str] = []
        for intent in decision.intents:
            if isinstance(intent, ChangeContact) and intent.allowed and not changes_contact(intent.contact, draft):
                objects.append(intent.contact.id)
            elif isinstance(intent, ChangeLead) and intent.allowed and not intent.stamp:
                wanted = (intent.lead, draft.lead)
                if wanted != content and changes_lead(*wanted):
                    return None
                content = wanted
                objects.append(intent.lead.id)
            else:
                return None
        part = Part(draft, Effect.NOTHING)
        idle += [(name, part) for name in objects]
        verdicts.append(Verdict(draft, (), decision.warnings, None, decision.why, tuple(objects)))
    return Stage((), tuple(idle), tuple(verdicts))
