"""What plans do the tests show?"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from destination_close.model import (
    CONTACT,
    LEAD,
    Account,
    CustomField,
    IdFields,
    Key,
    Kind,
    Reason,
    Rule,
    Status,
    StreamKey,
    Why,
    object_type_named,
)
from destination_close.plan import Plan
from destination_close.plan.plan import STATUS_OVERWRITTEN, Company, Entry, RowEnd
from destination_close.rules import Memory
from destination_close.settings import Guards

USERS, SIGNUPS = StreamKey(None, "users"), StreamKey("crm", "signups")


MADE = datetime(2026, 1, 5, 9, 30, tzinfo=timezone.utc)


HOSTILE = '<!-- <script </script><img src=x onerror=alert(1)> \u2028 & "Söhne" <b>GmbH</b> @data@'


IDS = IdFields({LEAD: "cf_co", CONTACT: "cf_us"})


def a_plan(**guards: int) -> Plan:
    plan = Plan(keep_rows=True)
    account = Account(
        "Acme & <Sons>",
        "user_1",
        custom_fields={
            LEAD: (CustomField("cf_co", "Company", "text"), CustomField("cf_plan", "Plan", "text")),
            CONTACT: (CustomField("cf_us", "User", "text"),),
        },
        statuses=(Status("stat_1", "Potential"), Status("stat_2", "Customer")),
    )
    plan.begin(account, IDS, Memory(0), Guards(**guards))
    return plan


def put(plan: Plan, number: int, name: str, before: dict[str, Any] | None, after: dict[str, Any], **more: Any) -> Entry:
    """One object that changes, for a row of that number."""
    entry_id = f"{'new ' if before is None else ''}{name}_{number}"
    company = more.pop("company", Company(f"Company {number}", f"c-{number}"))
    stream = more.pop("stream", USERS)
    object_type = object_type_named(name)
    entry = Entry(object_type, entry_id, more.pop("lead_id", entry_id), before, after, company, IDS.keys[object_type], **more)
    entry.touched = dict.fromkeys({**(before or {}), **after})
    entry.rows, entry.at = {stream: {number: None}}, (number, 0)
    plan.entries[entry.id] = entry
    plan.kinds[Kind.CREATED if before is None else Kind.UPDATED] += 1
    return entry


def a_row(plan: Plan, number: int, kind: Kind, reason: Reason | None = None, field: str | None = None, message: str = "") -> None:
    row = RowEnd((number, 0), USERS, number, kind, reason, field, message, None, Company(), None, (), ())
    plan.rows.append(row)
    plan.kinds[kind] += 1
    if reason:
        plan.reasons[kind, reason] += 1


def a_small_plan() -> Plan:
    plan = a_plan(max_new_leads=0)
    known, adopted = Why(Rule.COMPANY_KNOWN, "user_id", 1, True), Why(Rule.LEAD_ADOPTED, "user_id", 2)
    put(plan, 1, "lead", {"name": "Acme", "status_id": "stat_1"}, {"name": "Acme", "status_id": "stat_2"}, why=known,
        warnings={STATUS_OVERWRITTEN: None}, company=Company("Acme", "c-1"))  # fmt: skip
    put(plan, 2, "lead", {"name": "Bolt"}, {"name": "Bolt", "custom.cf_co": "c-2"}, why=adopted, company=Company("Bolt", "c-2"))
    put(plan, 3, "contact", {"emails": ["ann@acme.example"]}, {"emails": ["ann@acme.example", "ann@home.example"], "name": "Ann"},
        why=known, lead_id="lead_1", company=Company("Acme", "c-1"), stream=SIGNUPS)  # fmt: skip
    put(
        plan,
        4,
        "lead",
        None,
        {"name": HOSTILE, "custom.cf_plan": "<i>Team</i>"},
        why=Why(Rule.COMPANY_NEW),
        company=Company(HOSTILE, "c-4"),
    )
    put(plan, 5, "contact", None, {"name": "Cleo", "custom.cf_us": "u-5"}, why=Why(Rule.COMPANY_NEW), lead_id="new lead_4")
    a_row(plan, 6, Kind.UNCHANGED)
    a_row(plan, 7, Kind.SKIPPED, Reason.FILTERED)
    a_row(plan, 8, Kind.REJECTED, Reason.INVALID_VALUE, "contact_phone", "expected one phone number like +16505551234")
    plan.duplicates[Key("email", "ann@acme.example")] = ("cont_1", "cont_9")
    return plan
