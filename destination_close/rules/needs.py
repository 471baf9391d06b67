"""Which keys must be known before rows can be decided? (pure)"""

from __future__ import annotations

from collections.abc import Iterable

from destination_close.model import Draft, Key
from destination_close.rules.memory import Memory


def unknown_keys(drafts: Iterable[Draft], memory: Memory) -> list[Key]:
    """The keys of the rows that must be looked up next, each once, in the order of the rows.

    First, for each row, the most telling key; the others if that leaves something open, so there may be more once these are known.
    """
    keys = dict.fromkeys([key for draft in drafts for key in _next_keys(draft, memory)])
    return [key for key in keys if not memory.knows(key)]


def _next_keys(draft: Draft, memory: Memory) -> tuple[Key, ...]:
    keys = draft.keys
    if draft.operation != "upsert":
        return all_keys(draft)
    if len(keys) < 2 or keys[0].kind == "email":
        return keys
    if not memory.knows(keys[0]) and draft.company_id is not None:
        return keys[:1]
    strongest = contact_keys(draft)[:1]
    if draft.company_id is None and not memory.knows(strongest[0]):
        return strongest
    return () if strongest and _is_clear(draft, strongest[0], memory) else keys


def _is_clear(draft: Draft, strongest: Key, memory: Memory) -> bool:
    """Whether the key that was looked up first brought all that matters: leads held with all their contacts, and among these
    those that the row means by its strongest key. By the rules, contacts elsewhere that have the other keys are left alone.

    These leads and contacts are in Close: whatever earlier rows do, they remain what the row means.
    """
    homes = [contact.lead_id for contact in memory.contacts_with(strongest)]
    if not homes:
        return False
    if draft.company_id is None:
        return all(map(memory.has_all_of, homes))
    leads = [lead.id for lead in memory.leads_with(draft.keys[0])]
    return all(map(memory.has_all_of, leads)) and any(map(leads.__contains__, homes))


def contact_keys(draft: Draft) -> tuple[Key, ...]:
    """The keys by which the row's contact is found, User ID first."""
    if draft.operation == "insert":
        return ()
    first = 0 if draft.company_id is None else 1
    email = first if draft.user_id is None else first + 1
    if draft.match is None:
        return draft.keys[first : email + 1]
    return draft.keys[first:email] if draft.match == "user" else draft.keys[email : email + 1]


def company_keys(draft: Draft) -> tuple[Key, ...]:
    """The key of the row's company, if it has one."""
    return draft.keys[:1] if draft.company_id is not None else ()


def all_keys(draft: Draft) -> tuple[Key, ...]:
    """Every key that must be looked up before the row can be decided."""
    return company_keys(draft) if draft.operation == "insert" else draft.keys
