"""What does Close hold before the first row, told once and for any Close to be filled with?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .model_close import STATUSES, Close, Lead

COMPANY_FIELD = "cf_CompanyId"
USER_FIELD = "cf_UserId"

STATUS_LABELS = dict(zip(STATUSES, ("Potential", "Customer", "Lost"), strict=True))
"""Id to label, in the organization's order."""

CUSTOM_FIELDS: tuple[Mapping[str, Any], ...] = (
    {"id": COMPANY_FIELD, "object_type": "lead", "name": "Company ID", "type": "text", "accepts_multiple_values": False},
    {"id": USER_FIELD, "object_type": "contact", "name": "User ID", "type": "text", "accepts_multiple_values": False},
    {"id": "cf_Tier", "object_type": "lead", "name": "Tier", "type": "text", "accepts_multiple_values": False},
    {"id": "cf_Seats", "object_type": "lead", "name": "Seats", "type": "number", "accepts_multiple_values": False},
    {
        "id": "cf_Tags",
        "object_type": "lead",
        "name": "Tags",
        "type": "choices",
        "choices": ["red", "blue", "green"],
        "accepts_multiple_values": True,
    },
    {"id": "cf_Plan", "object_type": "contact", "name": "Plan", "type": "text", "accepts_multiple_values": False},
    {"id": "cf_Since", "object_type": "contact", "name": "Since", "type": "date", "accepts_multiple_values": False},
)
"""The custom fields that every world and every mapping of the oracle uses, as definitions of Close."""


@dataclass(frozen=True, slots=True)
class SeedLead:
    """A lead to be there; `ref` is how the contacts of this world name it."""

    ref: str
    company_id: str | None = None
    name: str = ""
    description: str = ""
    url: str | None = None
    status_id: str = STATUSES[0]
    custom: Mapping[str, Any] = field(default_factory=dict)
    """By `cf_...`."""


@dataclass(frozen=True, slots=True)
class SeedContact:
    """A contact to be there, under the lead named by `lead`."""

    lead: str
    user_id: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    name: str = ""
    title: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """Seeds in order of creation; each lead comes before its contacts."""

    seeds: tuple[SeedLead | SeedContact, ...] = ()

    def model(self) -> Close:
        close = Close()
        leads: dict[str, Lead] = {}
        for seed in self.seeds:
            if isinstance(seed, SeedLead):
                leads[seed.ref] = close.create_lead(_lead_fields(seed) | {"company_id": seed.company_id})
            else:
                lists = {"emails": seed.emails, "phones": seed.phones, "urls": seed.urls}
                close.create_contact(leads[seed.lead], _contact_fields(seed) | lists | {"user_id": seed.user_id})
        return close

    def bodies(self, company_field: str = COMPANY_FIELD, user_field: str = USER_FIELD) -> list[dict[str, Any]]:
        """One dict per seed, in order of creation: what would be POSTed to Close, beside `object` ("lead" or "contact"), a lead's
        `ref` and, for a contact, `lead`: the `ref` of its lead. They are to be created one after the other, each with a later date.
        """
        return [_lead_body(seed, company_field) if isinstance(seed, SeedLead) else _contact_body(seed, user_field) for seed in self.seeds]


def _lead_fields(seed: SeedLead) -> dict[str, Any]:
    plain = {"name": seed.name, "description": seed.description, "url": seed.url, "status_id": seed.status_id}
    return plain | {f"custom.{key}": value for key, value in seed.custom.items()}


def _contact_fields(seed: SeedContact) -> dict[str, Any]:
    return {"name": seed.name, "title": seed.title} | {f"custom.{key}": value for key, value in seed.custom.items()}


def _lead_body(seed: SeedLead, company_field: str) -> dict[str, Any]:
    stamp = {} if seed.company_id is None else {f"custom.{company_field}": seed.company_id}
    return {"object": "lead", "ref": seed.ref} | _lead_fields(seed) | stamp


def _contact_body(seed: SeedContact, user_field: str) -> dict[str, Any]:
    lists = {
        "emails": [{"email": value, "type": "office"} for value in seed.emails],
        "phones": [{"phone": value, "type": "office"} for value in seed.phones],
        "urls": [{"url": value, "type": "url"} for value in seed.urls],
    }
    stamp = {} if seed.user_id is None else {f"custom.{user_field}": seed.user_id}
    return {"object": "contact", "lead": seed.lead} | _contact_fields(seed) | lists | stamp
