"""Could a row and the contact that has its User ID be about two people? (pure)

If the ids of two systems are mixed up, a row finds somebody else's contact by its number. The rules still apply, because
people do change their name and their email, though seldom both at once; but it is worth a warning.
"""

from __future__ import annotations

from collections.abc import Sequence

from destination_close.model import CONTACT, NOTHING_WANTED, Draft, Stored


def is_unlike(draft: Draft, matching: Sequence[Stored]) -> bool:
    """Whether the row shares neither an email nor a name with any of the contacts, though both sides have one of them to compare."""
    own_email = draft.keys[-1] if draft.keys and draft.keys[-1].kind == "email" else None
    for contact in matching:
        if own_email is not None and own_email in contact.keys:  # true of most rows
            return False
    return bool(matching) and all(_is_unlike(draft, contact) for contact in matching)


def _is_unlike(draft: Draft, contact: Stored) -> bool:
    if any(key.kind == "email" and key in contact.keys for key in draft.keys):
        return False
    wanted = draft.wants.get(CONTACT, NOTHING_WANTED)
    wish = wanted.fields.get("name")
    row_name, name = _words(wish.value if wish else None), _words(contact.fields.get("name"))
    if row_name and name and (row_name <= name or name <= row_name):
        return False
    return bool(wanted.lists.get("emails") and contact.lists.get("emails")) or bool(row_name and name)


def _words(name: object) -> frozenset[str]:
    """The words of a name, whose order and letter case differ from system to system."""
    return frozenset(name.casefold().replace(",", " ").replace(".", " ").split()) if isinstance(name, str) else frozenset()
