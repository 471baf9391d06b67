"""May a row and the contact that carries its User ID be about two people? (pure)

Where the ids of two systems are mixed up, a row finds somebody else's contact by its number. It is done by the rules, since
people do change their name and their email, but seldom both at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from destination_close.model import Contact, Draft


def is_unlike(draft: Draft, matching: Sequence[Contact]) -> bool:
    """Whether the row shares neither an email nor a name with any of the contacts, though both sides have one of them to compare."""
    own_email = draft.keys[-1] if draft.emails else None
    for contact in matching:
        if own_email is not None and own_email in contact.keys:  # as of most rows
            return False
    return bool(matching) and all(_is_unlike(draft, contact) for contact in matching)


def _is_unlike(draft: Draft, contact: Contact) -> bool:
    if any(key.kind == "email" and key in contact.keys for key in draft.keys):
        return False
    wish = draft.contact.get("name")
    row_name, name = _words(wish.value if wish else None), _words(contact.fields.get("name"))
    if row_name and name and (row_name <= name or name <= row_name):
        return False
    return bool(draft.emails and contact.emails) or bool(row_name and name)


def _words(name: object) -> frozenset[str]:
    """The words of a name, whose order and letter case differ from system to system."""
    return frozenset(name.casefold().replace(",", " ").replace(".", " ").split()) if isinstance(name, str) else frozenset()
