"""What does this run know of Close: what it asked, what it found, what it wrote itself?

The search index lags behind writes, so what this run wrote, or read by id, wins over what a search says, until the index
has surely caught up. Only the coordinating thread touches a memory; it needs no lock.

Invariant: for every key that `knows` answers True for, every lead or contact carrying it is here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from destination_close.comparing import email_meaning
from destination_close.model import Age, Contact, Key, Lead

T = TypeVar("T", Lead, Contact)

MARGIN_SECONDS = 60.0
"""Added to twice the lag: an own write outlives every search that was sent before the index had it."""

MOST_KEYS = 20_000
"""Keys kept beyond those in use; the oldest go first, so that memory does not grow with the number of rows."""


@dataclass(slots=True)
class Hits:
    """What a look-up brought."""

    asked: tuple[Key, ...]
    at: float
    """Clock time at which the search was sent: it cannot know of anything newer."""

    leads: list[Lead] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)


class Memory:
    """Leads and contacts by id and by key.

    `lag` is in seconds; `now` arguments are seconds on one monotonic clock.
    """

    def __init__(self, lag: float, *, most_keys: int = MOST_KEYS) -> None:
        self.lag = lag
        self.most_keys = most_keys
        self.leads: dict[str, Lead] = {}
        self.contacts: dict[str, Contact] = {}
        self._ids_by_key: dict[Key, tuple[str, ...]] = {}
        self._contacts_by_lead: dict[str, set[str]] = {}
        self._asked: OrderedDict[Key, None] = OrderedDict()
        self._in_use: dict[Key, int] = {}
        self._fresh: OrderedDict[str, float] = OrderedDict()
        self._gone: OrderedDict[str, float] = OrderedDict()

    # --- asking ------------------------------------------------------------------------------------------------------

    def knows(self, key: Key) -> bool:
        """Whether everything that carries the key is here, so that Close need not be asked."""
        return key in self._asked

    def leads_with(self, company_id: str) -> list[Lead]:
        """Leads that carry the Company ID, oldest first."""
        return oldest_first([self.leads[i] for i in self._ids_by_key.get(Key("company", company_id), ()) if i in self.leads])

    def contacts_with(self, key: Key) -> list[Contact]:
        """Contacts that carry the User ID or email, oldest first."""
        return oldest_first([self.contacts[i] for i in self._ids_by_key.get(key, ()) if i in self.contacts])

    def contacts_of(self, lead_id: str) -> list[Contact]:
        """The contacts of a lead that this run has met; not necessarily all."""
        return [self.contacts[i] for i in self._contacts_by_lead.get(lead_id, ())]

    # --- learning ----------------------------------------------------------------------------------------------------

    def learn_hits(self, hits: Hits) -> list[str]:
        """Take in what a search brought; it never replaces something fresher, nor brings back what is gone.

        Given back are strays: contacts found under a lead that is gone, who may be under another by now if it was merged.
        """
        strays = []
        for lead in hits.leads:
            if lead.id not in self._gone and not self._is_fresher(lead.id, hits.at):
                self._put_lead(lead)
        for contact in hits.contacts:
            if contact.id in self._gone or self._is_fresher(contact.id, hits.at):
                continue
            if contact.lead_id in self.leads:
                self._put_contact(contact)
            else:
                strays.append(contact.id)
        for key in hits.asked:
            self._asked[key] = None
        return strays

    def learn_fresh(self, leads: Iterable[Lead], contacts: Iterable[Contact], now: float) -> None:
        """Take in what Close answered to a write or to a read by id: the truth at that moment."""
        for lead in leads:
            self._put_lead(lead)
            self._mark_fresh(lead.id, now)
        for contact in contacts:
            if contact.lead_id in self.leads:
                self._put_contact(contact)
                self._mark_fresh(contact.id, now)
            else:  # of a lead that is gone, or that this run never met: what is known of its keys is not all there is
                self._drop_contact(contact.id)
                self.forget_keys(keys_of_contact(contact))

    def learn_gone(self, object_id: str, now: float) -> None:
        """The object answered 404: it is gone, with a lead all its contacts, whatever the index still shows."""
        for contact in self.contacts_of(object_id):
            self._drop_contact(contact.id)
            self._fresh.pop(contact.id, None)
        contact_gone = self.contacts.get(object_id)
        self._drop_contact(object_id)
        self._drop_lead(object_id)
        if contact_gone:
            self._drop_if_unasked(contact_gone.lead_id)
        self._fresh.pop(object_id, None)
        self._gone[object_id] = now

    def forget_keys(self, keys: Iterable[Key]) -> None:
        """These keys must be asked again."""
        for key in keys:
            self._asked.pop(key, None)

    # --- keeping it small --------------------------------------------------------------------------------------------

    def hold(self, keys: Iterable[Key]) -> None:
        """Keep what is known of these keys until `release`."""
        for key in keys:
            self._in_use[key] = self._in_use.get(key, 0) + 1
            if key in self._asked:
                self._asked.move_to_end(key)

    def release(self, keys: Iterable[Key]) -> None:
        """The opposite of `hold`."""
        for key in keys:
            left = self._in_use.get(key, 0) - 1
            if left > 0:
                self._in_use[key] = left
            else:
                self._in_use.pop(key, None)

    def expire(self, now: float) -> None:
        """Forget what the index must show by now, and the keys not used for longest."""
        oldest_needed = now - 2 * self.lag - MARGIN_SECONDS
        for marks in (self._fresh, self._gone):
            while marks and next(iter(marks.values())) < oldest_needed:
                object_id = marks.popitem(last=False)[0]
                if marks is self._fresh:
                    self._drop_if_unasked(object_id)
        idle = len(self._asked) - len(self._in_use) - self.most_keys
        for key in list(self._oldest_idle(idle)) if idle > 0 else ():
            del self._asked[key]
            for object_id in list(self._ids_by_key.get(key, ())):
                self._drop_if_unasked(object_id)

    def _oldest_idle(self, count: int) -> Iterator[Key]:
        for key in self._asked:
            if count <= 0:
                return
            if key not in self._in_use:
                count -= 1
                yield key

    def _drop_if_unasked(self, object_id: str) -> None:
        if object_id in self._fresh:
            return
        if contact := self.contacts.get(object_id):
            if not any(key in self._asked for key in keys_of_contact(contact)):
                self._drop_contact(object_id)
                self._drop_if_unasked(contact.lead_id)
        elif lead := self.leads.get(object_id):
            carried = lead.company_id is not None and Key("company", lead.company_id) in self._asked
            if not carried and not self._contacts_by_lead.get(object_id):
                self._drop_lead(object_id)

    # --- the indexes -------------------------------------------------------------------------------------------------

    def _is_fresher(self, object_id: str, at: float) -> bool:
        """Whether what is here is newer than what a search sent `at` can have seen."""
        return object_id in self._fresh and at < self._fresh[object_id] + self.lag

    def _mark_fresh(self, object_id: str, now: float) -> None:
        self._fresh[object_id] = now
        self._fresh.move_to_end(object_id)
        self._gone.pop(object_id, None)

    def _put_lead(self, lead: Lead) -> None:
        if old := self.leads.get(lead.id):
            lead = replace(lead, age=_kept_age(old.age, lead.age))
            self._unindex_lead(old)
        self.leads[lead.id] = lead
        if lead.company_id is not None:
            self._index(Key("company", lead.company_id), lead.id)

    def _put_contact(self, contact: Contact) -> None:
        if old := self.contacts.get(contact.id):
            contact = replace(contact, age=_kept_age(old.age, contact.age))
            self._unindex_contact(old)
        self.contacts[contact.id] = contact
        self._contacts_by_lead.setdefault(contact.lead_id, set()).add(contact.id)
        for key in keys_of_contact(contact):
            self._index(key, contact.id)

    def _drop_lead(self, lead_id: str) -> None:
        if lead := self.leads.pop(lead_id, None):
            self._unindex_lead(lead)

    def _drop_contact(self, contact_id: str) -> None:
        if contact := self.contacts.pop(contact_id, None):
            self._unindex_contact(contact)

    def _unindex_lead(self, lead: Lead) -> None:
        if lead.company_id is not None:
            self._unindex(Key("company", lead.company_id), lead.id)

    def _unindex_contact(self, contact: Contact) -> None:
        siblings = self._contacts_by_lead.get(contact.lead_id, set())
        siblings.discard(contact.id)
        if not siblings:
            self._contacts_by_lead.pop(contact.lead_id, None)
        for key in keys_of_contact(contact):
            self._unindex(key, contact.id)

    def _index(self, key: Key, object_id: str) -> None:
        ids = self._ids_by_key.get(key, ())
        if object_id not in ids:
            self._ids_by_key[key] = (*ids, object_id)

    def _unindex(self, key: Key, object_id: str) -> None:
        ids = tuple(one for one in self._ids_by_key.get(key, ()) if one != object_id)
        if ids:
            self._ids_by_key[key] = ids
        else:
            self._ids_by_key.pop(key, None)


def keys_of_contact(contact: Contact) -> set[Key]:
    """Every key by which the contact can be found."""
    keys = {Key("email", email_meaning(item.value)) for item in contact.emails}
    return keys | {Key("user", contact.user_id)} if contact.user_id is not None else keys


def oldest_first(objects: list[T]) -> list[T]:
    """Leads or contacts, mostly one or none, in the order in which they were created."""
    return objects if len(objects) < 2 else sorted(objects, key=lambda one: (one.age, one.id))


def _kept_age(old: Age, new: Age) -> Age:
    """What this run created stays in stream order, though Close's own dates may tell another."""
    return old if old.made_here else new
