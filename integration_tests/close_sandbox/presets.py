"""What does a freshly started sandbox hold?"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integration_tests.close_sandbox.close import Close

COMPANY_ID = "cf_CompanyId0000000000000000000000000000000000"
"""Text, on leads: Company ID."""

USER_ID = "cf_UserId0000000000000000000000000000000000000"
"""Text, on contacts: User ID."""

PLAN = "cf_Plan000000000000000000000000000000000000000"
INDUSTRY = "cf_Industry00000000000000000000000000000000000"
SEATS = "cf_Seats00000000000000000000000000000000000000"
RENEWAL = "cf_Renewal000000000000000000000000000000000000"
TAGS = "cf_Tags000000000000000000000000000000000000000"
OWNER = "cf_Owner00000000000000000000000000000000000000"
ROLE = "cf_Role000000000000000000000000000000000000000"
LAST_SEEN = "cf_LastSeen00000000000000000000000000000000000"
NEWSLETTER = "cf_Newsletter000000000000000000000000000000000"
SOURCE = "cf_Source0000000000000000000000000000000000000"
"""Shared by leads and contacts."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What is there at the start, and which switches go with it."""

    what: str
    seed: Callable[[Close], None]
    settings: Mapping[str, Any] = field(default_factory=dict)


def id_fields(close: Close) -> None:
    close.add_custom_field("lead", "Company ID", id=COMPANY_ID, description="The company's id in our own product")
    close.add_custom_field("contact", "User ID", id=USER_ID, description="The person's id in our own product")


def many_fields(close: Close) -> None:
    """One custom field of every type a row may fill."""
    id_fields(close)
    close.add_custom_field("lead", "Plan", "choices", choices=["Free", "Team", "Enterprise"], id=PLAN)
    close.add_custom_field("lead", "Industry", "choices", choices=["Retail", "Software", "Logistics", "Health", "Other"], id=INDUSTRY)
    close.add_custom_field("lead", "Seats", "number", id=SEATS)
    close.add_custom_field("lead", "Renewal date", "date", id=RENEWAL)
    close.add_custom_field("lead", "Tags", "choices", choices=["vip", "pilot", "partner", "at risk"], many=True, id=TAGS)
    close.add_custom_field("lead", "Account owner", "user", id=OWNER)
    close.add_custom_field("contact", "Role", "choices", choices=["Admin", "Member", "Billing"], id=ROLE)
    close.add_custom_field("contact", "Last seen", "datetime", id=LAST_SEEN)
    close.add_custom_field("contact", "Newsletter", "text", id=NEWSLETTER)
    close.add_custom_field(("lead", "contact"), "Source", "text", id=SOURCE)


def demo(close: Close) -> None:
    """Custom fields of every kind and a few leads that sales reps keep by hand."""
    many_fields(close)
    close.add_lead(
        {
            "name": "Northwind Traders",
            "description": "Met at the Lisbon fair. Prefers calls before noon.",
            "url": "https://northwind.example",
            "status": "Qualified",
            f"custom.{COMPANY_ID}": "c-1001",
            f"custom.{PLAN}": "Team",
            f"custom.{TAGS}": ["vip"],
            "contacts": [
                {
                    "name": "Maria Anders",
                    "title": "Head of Purchasing",
                    "emails": [{"email": "Maria@Northwind.example", "type": "office"}],
                    "phones": [{"phone": "+1 650 555 0101", "type": "mobile"}],
                    f"custom.{USER_ID}": "u-5001",
                    f"custom.{ROLE}": "Admin",
                },
                {"name": "Jonas Bergulfsen", "emails": [{"email": "jonas@northwind.example"}]},
            ],
        }
    )
    close.add_lead(
        {
            "name": "Ernst Handel",
            "description": "Found on LinkedIn, no answer yet.",
            "contacts": [{"name": "Roland Mendel", "title": "CEO", "emails": [{"email": "roland@ernst-handel.example"}]}],
        }
    )
    close.add_lead(
        {
            "name": "Lehmanns Marktstand",
            "status": "Customer",
            f"custom.{COMPANY_ID}": "c-1003",
            f"custom.{INDUSTRY}": "Retail",
            f"custom.{SEATS}": 12,
            "contacts": [
                {
                    "name": "Renate Messner",
                    "emails": [{"email": "renate@lehmanns.example"}, {"email": "r.messner@home.example", "type": "home"}],
                    "phones": [{"phone": "+49 69 0245984"}],
                    f"custom.{USER_ID}": "u-5003",
                }
            ],
        }
    )
    close.add_lead({"name": "", "contacts": [{"emails": [{"email": "info@wolski.example"}]}]})


def nothing(close: Close) -> None:
    """Not even custom fields."""


PRESETS: Mapping[str, Preset] = {
    "empty": Preset("the two id fields, no leads", id_fields),
    "demo": Preset("custom fields of every kind, four leads kept by hand", demo, {"index_lag": 2.0}),
    "bench": Preset(
        "custom fields of every kind, no leads; a short log of calls without bodies",
        many_fields,
        {"keep_calls": 2_000, "keep_bodies": False, "index_lag": 1.0, "latency": 0.06, "speed": 4.0},
    ),
    "bare": Preset("no custom fields, no leads", nothing),
}

_FIRST = (
    "Ann",
    "Bob",
    "Chloé",
    "Dmitri",
    "Elif",
    "Femi",
    "Grace",
    "Hiro",
    "Inés",
    "Jonas",
    "Kofi",
    "Lena",
    "Mara",
    "Noor",
    "Olga",
    "Piotr",
)
_LAST = ("Lee", "Okafor", "García", "Novak", "Schmidt", "Tanaka", "Silva", "Dubois", "Hansen", "Rossi", "Kaya", "Mensah", "O'Brien")
_COMPANY = ("Blue", "Quiet", "Rapid", "Copper", "North", "Paper", "Silver", "Tall", "Golden", "Hidden", "Open", "Urban")
_TRADE = ("Fox Logistics", "River Foods", "Peak Software", "Harbor Health", "Field Studios", "Stone & Sons", "Lantern Labs")
_TITLE = ("CEO", "Head of Sales", "Office Manager", "Engineer", "Buyer", "Marketing Lead", "")


def crowd(close: Close, leads: int) -> None:
    """Made-up companies with one to four people each, for looking around; needs the demo's or bench's fields."""
    rng = random.Random(f"{close.settings.seed} crowd")
    statuses = list(close.organization.statuses)
    for number in range(leads):
        name = f"{rng.choice(_COMPANY)} {rng.choice(_TRADE)}"
        domain = f"{''.join(c for c in name.lower() if c.isalpha())}{number}.example"
        close.add_lead(
            {
                "name": name,
                "url": f"https://{domain}",
                "description": rng.choice(("", "", "Asked for a quote.", "Came through a partner; wants a pilot in spring.")),
                "status_id": rng.choice(statuses),
                f"custom.{COMPANY_ID}": f"c-{2000 + number}",
                f"custom.{PLAN}": rng.choice(("Free", "Team", "Enterprise")),
                f"custom.{SEATS}": rng.randrange(1, 400),
                "contacts": [_person(rng, domain, number * 10 + i) for i in range(rng.randrange(1, 5))],
            }
        )


def _person(rng: random.Random, domain: str, number: int) -> dict[str, Any]:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    return {
        "name": f"{first} {last}",
        "title": rng.choice(_TITLE),
        "emails": [{"email": f"{first.lower()}.{number}@{domain}".replace("é", "e")}],
        "phones": [{"phone": f"+1650555{rng.randrange(1000, 9999)}", "type": "mobile"}] if rng.random() < 0.6 else [],
        "urls": [{"url": f"https://{domain}/people/{number}"}] if rng.random() < 0.2 else [],
        f"custom.{USER_ID}": f"u-{number}",
        f"custom.{ROLE}": rng.choice(("Admin", "Member", "Billing")),
    }
