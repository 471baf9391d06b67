"""What does this run know about Close: what it asked, what it found, what it wrote itself?

The search index lags behind writes, so what this run wrote, or read by id, wins over what a search says, until the index
has certainly caught up. Only the coordinating thread touches a memory, so it needs no lock.

Invariants: for every key for which `knows` is True, every lead or contact that has it is here; for every lead for which
`has_all_of` is True, every contact is here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from destination_close.model import MOST_SIBLINGS, Age, Contact, Hits, Key, Lead, Sight

T = TypeVar("T", Lead, Contact)

Node = Key | str
"""A key, or the id of a lead."""

MARGIN_SECONDS = 60.0
"""Added to twice the lag: an own write outlives every search that was sent before the index had it."""

MOST_KEYS = 40_000
"""Keys kept in addition to those in use; the oldest go first, so memory does not grow with the number of rows."""

MOST_BYTES = 24 * 1024 * 1024
"""For leads and contacts that could be looked up again."""

MOST_FRESH_BYTES = 80 * 1024 * 1024
"""For those that must not be forgotten before the index has caught up; beyond it, nothing new begins until it has."""

MOST_AGES = 10_000
"""For objects that this run created and has forgotten: their place in stream order, in case they turn up again."""


class Memory:
    """Leads and contacts by id and by key.

    `lag` is in seconds; `now` arguments are seconds on one monotonic clock.
    """

    def __init__(self, lag: float, *, most_keys: int = MOST_KEYS, most_bytes: int = MOST_BYTES) -> None:
        self.lag = lag
        self.most_keys = most_keys
        self.most_bytes = most_bytes
        self.leads: dict[str, Lead] = {}
        self.contacts: dict[str, Contact] = {}
        self._ids_by_key: dict[Key, tuple[str, ...]] = {}
        self._contacts_by_lead: dict[str, set[str]] = {}
        self._whole: set[str] = set()
        """Leads with every contact here."""

        self._bytes: dict[str, int] = {}
        """The approximate size of each object."""

        self._all_bytes = 0
        self._fresh_bytes = 0
        self._asked: OrderedDict[Key, None] = OrderedDict()
        self._in_use: dict[Key, int] = {}
        self._fresh: OrderedDict[str, float] = OrderedDict()
        self._gone: OrderedDict[str, float] = OrderedDict()
        self._ages: OrderedDict[str, Age] = OrderedDict()
        """Of objects that this run created and has forgotten."""

    # --- asking ------------------------------------------------------------------------------------------------------

    def knows(self, key: Key) -> bool:
        """Whether everything that has the key is here, so there is no need to ask Close."""
        return key in self._asked

    def has_any_with(self, keys: Iterable[Key]) -> bool:
        """Whether a lead or contact has one of the keys."""
        return not self._ids_by_key.keys().isdisjoint(keys)

    def leads_with(self, company: Key) -> list[Lead]:
        """Leads that have the Company ID, oldest first."""
        return _carriers(self._ids_by_key.get(company, ()), self.leads)

    def contacts_with(self, key: Key) -> list[Contact]:
        """Contacts that have the User ID or email, oldest first."""
        return _carriers(self._ids_by_key.get(key, ()), self.contacts)

    def common_to(self, keys: Iterable[Key]) -> list[Node]:
        """What a row with these keys has in common with every row that it touches: the leads behind its keys, and the keys that
        nobody has."""
        nodes: list[Node] = []
        for key in keys:
            if (carriers := self._ids_by_key.get(key)) is None:
                nodes.append(key)
            else:
                for one in carriers:
                    contact = self.contacts.get(one)
                    lead_id = contact.lead_id if contact else one
                    if lead_id not in nodes:
                        nodes.append(lead_id)
        return nodes

    def contacts_of(self, lead_id: str) -> list[Contact]:
        """The contacts of a lead that this run has seen; not necessarily all."""
        return [self.contacts[i] for i in self._contacts_by_lead.get(lead_id, ())]

    def lead_of(self, contact: Contact) -> Lead:
        """The lead the contact belongs to."""
        return self.leads[contact.lead_id]

    def has_all_of(self, lead_id: str) -> bool:
        """Whether every contact of the lead is here."""
        return lead_id in self._whole

    # --- learning ----------------------------------------------------------------------------------------------------

    def learn_hits(self, hits: Hits) -> list[str]:
        """Learn what a search returned; it never replaces anything fresher, nor brings back what is gone.

        Returns strays: contacts found under a lead that is gone, which may be under another by now if it was merged.
        """
        self._make_room()
        whole = hits.whole if self._has_room else set()
        asked = {*hits.asked}
        self._asked.update(dict.fromkeys(hits.asked))
        for lead in hits.leads:
            if lead.id not in self._gone and not self._is_fresher(lead.id, hits.at):
                self._put_lead(lead)
        strays = []
        for contact in hits.contacts:
            if contact.id in self._gone or self._is_fresher(contact.id, hits.at):
                continue
            has_lead = contact.lead_id in self.leads
            if (has_lead and contact.lead_id in whole) or not asked.isdisjoint(contact.keys):
                if has_lead:
                    self._put_contact(contact)
                else:
                    strays.append(contact.id)
        for lead in hits.leads:
            if lead.id in whole:
                self._hold_whole(lead.id)
            elif lead.id not in hits.whole:
                self._hold_in_part(lead.id)
        return strays

    def learn_fresh(self, leads: Iterable[Lead], contacts: Iterable[Contact], now: float, *, whole: bool = False) -> None:
        """Learn what Close answered to a write or to a read by id: the truth at that moment.

        `whole`: the leads have just been created, and these are all their contacts.
        """
        for lead in leads:
            self._put_lead(lead)
            self._mark_fresh(lead.id, now)
        for contact in contacts:
            if contact.lead_id in self.leads:
                self._put_contact(contact)
                self._mark_fresh(contact.id, now)
            else:  # the lead is gone, or this run never saw it: what is known about its keys is incomplete
                self._drop_contact(contact.id)
                self.forget_keys(contact.keys)
        for lead_id in {lead.id for lead in leads} if whole else self._whole.intersection(c.lead_id for c in contacts):
            self._hold_whole(lead_id)

    def learn_gone(self, object_id: str, now: float) -> None:
        """The object answered 404: it is gone, and a lead takes all its contacts with it, whatever the index still shows."""
        for contact in self.contacts_of(object_id):
            self._drop_contact(contact.id)
        contact_gone = self.contacts.get(object_id)
        self._drop_contact(object_id)
        self._drop_lead(object_id)
        if contact_gone:
            self._drop_if_unasked(contact_gone.lead_id)
        self._gone[object_id] = now

    def forget_keys(self, keys: Iterable[Key]) -> None:
        """These keys must be looked up again; what is known about leads that have them is incomplete."""
        for key in keys:
            self._asked.pop(key, None)
            for object_id in self._ids_by_key.get(key, ()):
                self._hold_in_part(self.contacts[object_id].lead_id if object_id in self.contacts else object_id)

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

    @property
    def is_full(self) -> bool:
        """Whether so much has been written that nothing new should begin until the index has caught up."""
        return self._fresh_bytes > MOST_FRESH_BYTES

    @property
    def _has_room(self) -> bool:
        """For everything that nobody is asking for."""
        return self._all_bytes - self._fresh_bytes < self.most_bytes

    def expire(self, now: float) -> None:
        """Forget what the index must show by now, and the least recently used keys."""
        oldest_needed = now - 2 * self.lag - MARGIN_SECONDS
        for marks in (self._fresh, self._gone):
            while marks and next(iter(marks.values())) < oldest_needed:
                object_id = next(iter(marks))
                if marks is self._fresh:
                    self._mark_no_longer_fresh(object_id)
                    self._drop_if_unasked(object_id)
                else:
                    del marks[object_id]
        self._make_room()

    def _make_room(self) -> None:
        """Forget the least recently used keys, and what they brought, until there is some room again."""
        if len(self._asked) <= self.most_keys and self._has_room:
            return
        idle = len(self._asked) - sum(key in self._asked for key in self._in_use)
        if idle <= self.most_keys and self._has_room:
            return
        bytes_to_keep = self.most_bytes * 3 // 4
        for key in list(self._asked):
            if idle <= self.most_keys and self._all_bytes - self._fresh_bytes <= bytes_to_keep:
                return
            if key not in self._in_use:
                idle -= 1
                self._forget(key)

    def _forget(self, key: Key) -> None:
        del self._asked[key]
        for object_id in self._ids_by_key.get(key, ()):
            self._drop_if_unasked(object_id)

    def _drop_if_unasked(self, object_id: str) -> None:
        """Drops the object unless it is fresh or one of its keys was asked for. A lead also stays for its contacts; a lead
        held whole stays or goes together with them."""
        contact = self.contacts.get(object_id)
        lead_id = contact.lead_id if contact else object_id
        if lead_id in self._whole:
            if self._is_wanted(lead_id) or any(map(self._is_wanted, self._contacts_by_lead.get(lead_id, ()))):
                return
            self._hold_in_part(lead_id)
        elif contact and not self._is_wanted(object_id):
            self._drop_contact(object_id)
        if lead_id in self.leads and not self._contacts_by_lead.get(lead_id) and not self._is_wanted(lead_id):
            self._drop_lead(lead_id)

    def _is_wanted(self, object_id: str) -> bool:
        if object_id in self._fresh:
            return True
        if contact := self.contacts.get(object_id):
            return any(key in self._asked for key in contact.keys)
        lead = self.leads.get(object_id)
        return lead is not None and lead.company_id is not None and Key("company", lead.company_id) in self._asked

    def _hold_whole(self, lead_id: str) -> None:
        if len(self._contacts_by_lead.get(lead_id, ())) > MOST_SIBLINGS:
            self._hold_in_part(lead_id)
        elif lead_id in self.leads:
            self._whole.add(lead_id)

    def _hold_in_part(self, lead_id: str) -> None:
        """Keep only those of the lead's contacts that somebody wants."""
        if lead_id in self._whole:
            self._whole.remove(lead_id)
            for contact_id in list(self._contacts_by_lead.get(lead_id, ())):
                if not self._is_wanted(contact_id):
                    self._drop_contact(contact_id)

    # --- the indexes -------------------------------------------------------------------------------------------------

    def _is_fresher(self, object_id: str, at: float) -> bool:
        """Whether what is here is newer than anything a search sent `at` can have seen."""
        return object_id in self._fresh and at < self._fresh[object_id] + self.lag

    def _mark_fresh(self, object_id: str, now: float) -> None:
        if object_id not in self._fresh:
            self._fresh_bytes += self._bytes[object_id]
        self._fresh[object_id] = now
        self._fresh.move_to_end(object_id)
        self._gone.pop(object_id, None)

    def _mark_no_longer_fresh(self, object_id: str) -> None:
        if self._fresh.pop(object_id, None) is not None:
            self._fresh_bytes -= self._bytes[object_id]

    def _put_lead(self, lead: Lead) -> None:
        if old := self.leads.get(lead.id):
            lead = replace(lead, age=_kept_age(old.age, lead.age))
            self._unindex_lead(old)
        elif lead.id in self._ages:
            lead = replace(lead, age=self._ages.pop(lead.id))
        self.leads[lead.id] = lead
        self._weigh(lead.id, _bytes_of_lead(lead))
        if lead.company_id is not None:
            self._index(Key("company", lead.company_id), lead.id)

    def _put_contact(self, contact: Contact) -> None:
        if old := self.contacts.get(contact.id):
            contact = replace(contact, age=_kept_age(old.age, contact.age))
            self._unindex_contact(old)
        elif contact.id in self._ages:
            contact = replace(contact, age=self._ages.pop(contact.id))
        self.contacts[contact.id] = contact
        self._weigh(contact.id, _bytes_of_contact(contact))
        if siblings := self._contacts_by_lead.get(contact.lead_id):
            siblings.add(contact.id)
        else:
            self._contacts_by_lead[contact.lead_id] = {contact.id}
        for key in contact.keys:
            self._index(key, contact.id)

    def _weigh(self, object_id: str, weight: int) -> None:
        more = weight - self._bytes.get(object_id, 0)
        self._bytes[object_id] = weight
        self._all_bytes += more
        if object_id in self._fresh:
            self._fresh_bytes += more

    def _drop_lead(self, lead_id: str) -> None:
        if lead := self.leads.pop(lead_id, None):
            self._whole.discard(lead_id)
            self._unindex_lead(lead)
            self._forget_object(lead)

    def _drop_contact(self, contact_id: str) -> None:
        if contact := self.contacts.pop(contact_id, None):
            self._unindex_contact(contact)
            self._forget_object(contact)

    def _forget_object(self, one: Lead | Contact) -> None:
        self._mark_no_longer_fresh(one.id)
        self._all_bytes -= self._bytes.pop(one.id)
        if one.age.made_here:
            self._ages[one.id] = one.age
            if len(self._ages) > MOST_AGES:
                self._ages.popitem(last=False)

    def _unindex_lead(self, lead: Lead) -> None:
        if lead.company_id is not None:
            self._unindex(Key("company", lead.company_id), lead.id)

    def _unindex_contact(self, contact: Contact) -> None:
        siblings = self._contacts_by_lead.get(contact.lead_id, set())
        siblings.discard(contact.id)
        if not siblings:
            self._contacts_by_lead.pop(contact.lead_id, None)
        for key in contact.keys:
            self._unindex(key, contact.id)

    def _index(self, key: Key, object_id: str) -> None:
        ids = self._ids_by_key.get(key)
        if not ids:
            self._ids_by_key[key] = (object_id,)
        elif object_id not in ids:
            self._ids_by_key[key] = (*ids, object_id)

    def _unindex(self, key: Key, object_id: str) -> None:
        ids = tuple(one for one in self._ids_by_key.get(key, ()) if one != object_id)
        if ids:
            self._ids_by_key[key] = ids
        else:
            self._ids_by_key.pop(key, None)


def oldest_first(objects: list[T]) -> list[T]:
    """Leads or contacts, mostly one or none, in the order in which they were created."""
    return objects if len(objects) < 2 else sorted(objects, key=lambda one: (one.age, one.id))


def _carriers(ids: tuple[str, ...], known: Mapping[str, T]) -> list[T]:
    """Those of the ids that are known, oldest first."""
    if len(ids) == 1:  # true of most keys
        only = known.get(ids[0])
        return [only] if only else []
    return oldest_first([known[one] for one in ids if one in known]) if ids else []


def _kept_age(old: Age, new: Age) -> Age:
    """Objects created by this run stay in stream order, even if Close's own dates differ."""
    return old if old.made_here else new


_BYTES_PER_OBJECT, _BYTES_PER_VALUE = 900, 120
"""Estimates for CPython: an object with its place in every index, and a value with its key or type."""


def _bytes_of_lead(lead: Lead) -> int:
    return _BYTES_PER_OBJECT + _bytes_of(lead.fields.values())


def _bytes_of_contact(contact: Contact) -> int:
    weight = _BYTES_PER_OBJECT + _bytes_of(contact.fields.values())
    for items in (contact.emails, contact.phones, contact.urls):
        for item in items:
            weight += _BYTES_PER_VALUE + len(item.value)
    return weight


def _bytes_of(values: Collection[Any]) -> int:
    weight = _BYTES_PER_VALUE * len(values)
    for value in values:
        if isinstance(value, str):
            weight += len(value)
        elif isinstance(value, (list, tuple)):
            weight += _bytes_of(value)
    return weight


def learn_sight(sight: Sight, memory: Memory, now: float) -> list[str]:
    """Learn what reading by id showed, and the search made with it. Returns strays; see `Memory.learn_hits`."""
    for object_id in sight.gone:
        memory.learn_gone(object_id, now)
    memory.learn_fresh(sight.leads, sight.contacts, now)
    return memory.learn_hits(sight.hits)
