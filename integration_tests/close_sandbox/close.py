"""What can a test see of Close, and do to it directly?

Direct doings are those of a colleague in Close's own user interface: no call, no limit, no fault, but events and a lagging index.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integration_tests.close_sandbox.bodies import Doc, Reader
from integration_tests.close_sandbox.clock import iso
from integration_tests.close_sandbox.close_children import ChildDoings
from integration_tests.close_sandbox.organization import Organization, check_field_definition
from integration_tests.close_sandbox.render import Renderer
from integration_tests.close_sandbox.wire import Call
from integration_tests.close_sandbox.world import Cause


class Close(ChildDoings):
    """One Close organization in memory: calls go through `handle`, everything else is for tests."""

    # --- the calls made ----------------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """The calls made, oldest first; direct doings of a test are not among them."""
        with self.lock:
            return list(self._log.calls)

    def calls_by_endpoint(self) -> dict[str, int]:
        """`{"POST /data/search/": 2, "PUT /contact/{id}/": 1}`"""
        with self.lock:
            return dict(self._log.by_endpoint)

    def calls_by_status(self) -> dict[int, int]:
        """0 stands for calls that got no answer."""
        with self.lock:
            return dict(self._log.by_status)

    def forget_calls(self) -> None:
        with self.lock:
            self._log.forget()

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def leads(self) -> dict[str, Doc]:
        """Every lead by id, as a GET by id answers, oldest first."""
        with self.lock:
            self._carry_out_late(self.clock())
            return {lead_id: self._lead_answer(doc) for lead_id, doc in self.world.leads.items()}

    @property
    def contacts(self) -> dict[str, Doc]:
        """Every contact by id, as a GET by id answers, oldest first."""
        with self.lock:
            self._carry_out_late(self.clock())
            return {contact_id: self._contact_answer(doc) for contact_id, doc in self.world.contacts.items()}

    def lead(self, lead_id: str) -> Doc:
        """Raises KeyError."""
        with self.lock:
            self._carry_out_late(self.clock())
            return self._lead_answer(self.world.leads[lead_id])

    def contact(self, contact_id: str) -> Doc:
        """Raises KeyError."""
        with self.lock:
            self._carry_out_late(self.clock())
            return self._contact_answer(self.world.contacts[contact_id])

    def contacts_of(self, lead_id: str) -> list[Doc]:
        with self.lock:
            self._carry_out_late(self.clock())
            return [self._contact_answer(doc) for doc in self.world.contacts_of(lead_id)]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event, oldest first, whether the event log shows it yet or not."""
        with self.lock:
            return [self.event_log.answer(event) for event in self.event_log.all if not event.merged_into_later]

    @property
    def organization(self) -> Organization:
        return self._organization

    @property
    def me(self) -> str:
        """Id of the user whose API key it is."""
        return self._organization.me

    @property
    def lead_count(self) -> int:
        return len(self.world.leads)

    @property
    def contact_count(self) -> int:
        return len(self.world.contacts)

    def _lead_answer(self, doc: Doc) -> Doc:
        return copy.deepcopy(self._plain_renderer().lead(doc))

    def _contact_answer(self, doc: Doc) -> Doc:
        return copy.deepcopy(self._plain_renderer().contact(doc))

    def _plain_renderer(self) -> Renderer:
        plain = self.settings.but(shuffle_answers=False, nested_contacts=True, contact_ids=True)
        return self._api.renderer(plain)

    # --- what somebody else does -------------------------------------------------------------------------------------

    def change(self, **switches: Any) -> None:
        """Switch settings from now on."""
        with self.lock:
            self.settings = self.settings.but(**switches)
            self.world.distinct_dates = self.settings.distinct_dates

    def add_lead(self, fields: Mapping[str, Any] | None = None, /, *, settled: bool = True, **more: Any) -> Doc:
        """A lead that is there already, with `contacts` if given; `settled` makes it searchable at once. Returns the lead."""
        with self._doing(settled) as (now, cause):
            changes, contacts = self._free_reader().lead({**(fields or {}), **more}, None)
            return self._lead_answer(self.world.create_lead(changes, contacts, now, cause))

    def add_contact(self, lead_id: str, fields: Mapping[str, Any] | None = None, /, *, settled: bool = True, **more: Any) -> Doc:
        with self._doing(settled) as (now, cause):
            changes = self._free_reader().contact({**(fields or {}), **more}, None, self.world.contact_ids[lead_id])
            return self._contact_answer(self.world.create_contact(lead_id, changes, now, cause))

    def edit_lead(self, lead_id: str, changes: Mapping[str, Any], *, settled: bool = False) -> Doc:
        """A colleague changes a lead, with the body of a PUT."""
        with self._doing(settled) as (now, cause):
            wanted, _ = self._free_reader().lead(dict(changes), self.world.leads[lead_id], self.world.contact_ids[lead_id])
            return self._lead_answer(self.world.update("lead", lead_id, wanted, now, cause, even_if_same=False))

    def edit_contact(self, contact_id: str, changes: Mapping[str, Any], *, settled: bool = False) -> Doc:
        """A colleague changes a contact, with the body of a PUT."""
        with self._doing(settled) as (now, cause):
            old = self.world.contacts[contact_id]
            wanted = self._free_reader().contact(dict(changes), old, self.world.contact_ids[old["lead_id"]])
            return self._contact_answer(self.world.update("contact", contact_id, wanted, now, cause, even_if_same=False))

    def plant(self, object_id: str, keys: Mapping[str, Any], *, settled: bool = True) -> None:
        """Stored keys set as they are, whatever the API would have said: blank ids, odd phones, old dates."""
        with self._doing(settled) as (now, cause):
            self.world.plant(self.world.type_of(object_id), object_id, keys, now, cause)

    def move_contact(self, contact_id: str, lead_id: str, *, settled: bool = False) -> None:
        with self._doing(settled) as (now, cause):
            self.world.move_contact(contact_id, lead_id, now, cause)

    def delete(self, object_id: str, *, settled: bool = False) -> None:
        """A colleague deletes a lead, with all below it, a contact, or anything else below a lead."""
        with self._doing(settled) as (now, cause):
            kind = self.world.type_of(object_id)
            if kind == "lead":
                self.world.delete_lead(object_id, now, cause)
            elif kind == "contact":
                self.world.delete_contact(object_id, now, cause)
            else:
                self.world.delete_child(kind, object_id, now, cause)

    def merge(self, source: str, destination: str, *, settled: bool = False) -> None:
        """A colleague merges one lead into another."""
        with self._doing(settled) as (now, cause):
            self.world.merge(source, destination, now, cause)

    def settle(self) -> None:
        """Whatever was written becomes searchable, and what is still under way is carried out."""
        with self.lock:
            self._carry_out_late(float("inf"))
            self._index.flush()
            self._replica.flush()

    def settle_late(self) -> None:
        """What is due by now of the effects that became real late."""
        with self.lock:
            self._carry_out_late(self.clock())

    @property
    def unindexed(self) -> int:
        """Changes that search does not show yet."""
        with self.lock:
            self._index.catch_up(self.clock())
            return self._index.waiting

    def spend(self, group: str, calls: int, *, api_key: str = "somebody else's") -> None:
        """Others use up some of the limit: with their key that of the organization, with ours both."""
        with self.lock:
            self.limits.spend(group, calls, api_key, self.clock(), self.settings)

    def _free_reader(self) -> Reader:
        return Reader(self._organization, self.settings, None)

    def _doing(self, settled: bool) -> _Doing:
        return _Doing(self, settled)

    # --- the organization --------------------------------------------------------------------------------------------

    def add_status(self, label: str, *, id: str | None = None) -> str:
        with self.lock:
            return self._organization.add_status(label, id)

    def add_user(self, first_name: str, last_name: str = "", *, email: str | None = None, role_id: str | None = None) -> str:
        with self.lock:
            return self._organization.add_user(first_name, last_name, email, role_id, iso(self.clock()))

    def add_custom_field(
        self,
        objects: str | Sequence[str],
        name: str,
        type: str = "text",
        *,
        choices: Iterable[str] | None = None,
        many: bool = False,
        shared: bool | None = None,
        roles: Iterable[str] = (),
        description: str | None = None,
        id: str | None = None,
        required: bool = False,
        references: str | None = None,
    ) -> str:
        """A custom field on `"lead"`, `"contact"`, `"opportunity"`, `"activity/actitype_..."`, `"custom_object/cotype_..."`, or,
        shared, on several: `("lead", "contact")`. Returns its id, `cf_...`."""
        places = (objects,) if isinstance(objects, str) else tuple(objects)
        told: dict[str, Any] = {"name": name, "type": type, "accepts_multiple_values": many, "description": description}
        told["choices"] = list(choices) if choices is not None else None
        told["referenced_custom_type_id"] = references
        if wrong := check_field_definition(told, places):
            raise ValueError(f"custom field {name}: {wrong}")
        is_shared = len(places) > 1 if shared is None else shared
        with self.lock:
            more = {"id": id, "shared": is_shared, "roles": tuple(roles), "required": places if required else ()}
            return self._organization.add_field(told, places, iso(self.clock()), **more).id

    def remove_custom_field(self, field_id: str) -> None:
        with self.lock:
            self._organization.remove_field(field_id)

    def rename_custom_field(self, field_id: str, name: str) -> None:
        with self.lock:
            self._organization.fields[field_id] = replace(self._organization.fields[field_id], name=name)


class _Doing:
    """The time and the colleague of something done directly, under the lock."""

    def __init__(self, close: Close, settled: bool) -> None:
        self._close = close
        self._settled = settled

    def __enter__(self) -> tuple[float, Cause]:
        close = self._close
        close.lock.acquire()
        now = close.clock()
        close._carry_out_late(now)
        close._settled = self._settled
        return now, Cause(close._organization.somebody, "")

    def __exit__(self, *_: object) -> None:
        self._close._settled = False
        self._close.lock.release()
