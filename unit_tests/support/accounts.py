"""Which account do the tests of data activation look at?"""

from __future__ import annotations

from destination_close.model import CONTACT, LEAD, Account, CustomField

ACCOUNT = Account(
    "Acme",
    "user_1",
    custom_fields={
        LEAD: (
            CustomField("cf_company", "Company ID", "text"),
            CustomField("cf_plan", "Plan", "choices", ("free", "paid")),
            CustomField("cf_tags", "Tags", "choices", ("a", "b"), True),
            CustomField("cf_owner", "Owners", "user", (), True),
            CustomField("cf_seats", "Seats", "number"),
            CustomField("cf_due", "Due", "date"),
            CustomField("cf_seen", "Seen", "datetime"),
            CustomField("cf_secret", "Hidden", "hidden"),
            CustomField("cf_a", "Twin", "text"),
            CustomField("cf_b", "Twin", "text"),
            CustomField("cf_shared", "Source", "text"),
        ),
        CONTACT: (
            CustomField("cf_user", "User ID", "text"),
            CustomField("cf_shared", "Source", "text"),
            CustomField("cf_odd", "cf_user", "text"),
            CustomField("cf_void", "", "text"),
        ),
    },
)
