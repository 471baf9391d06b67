"""Does Close hold what the records say, all of it, and nothing else?

What is expected is worked out here in plain Python, without a line of the connector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integration_tests.e2e.account import CONTACT_FIELDS, LEAD_FIELDS, MAJORITY, Account, Record

Doc = Mapping[str, Any]


def differences(records: Sequence[Record], account: Account) -> Iterator[str]:
    """What is not as it should be, one line each."""
    leads, contacts = account.close.leads, account.close.contacts
    if (wanted := _lead_count(records)) != len(leads):
        yield f"there are {len(leads)} leads, not {wanted}"
    yield from _miscounted("Company ID", leads, f"custom.{account.company_field}", {_company(r) for r in records} - {None})
    yield from _miscounted("User ID", contacts, f"custom.{account.user_field}", {str(r["id"]) for r in records})
    by_user = {doc.get(f"custom.{account.user_field}"): doc for doc in contacts.values()}
    for record in records:
        contact = by_user.get(str(record["id"]))
        if contact is not None:
            yield from _differing(f"user {record['id']}", contact, _contact(record, account))
            yield from _differing(f"the lead of user {record['id']}", leads[contact["lead_id"]], _lead(record, account))


def _miscounted(what: str, docs: Mapping[str, Doc], key: str, wanted: set[Any]) -> Iterator[str]:
    """Every wanted id is on exactly one object, and no other id on any."""
    found = Counter(doc[key] for doc in docs.values() if key in doc)
    for value in sorted(wanted | set(found)):
        if found[value] != (value in wanted):
            yield f"{found[value]} objects carry the {what} {value!r}, not {int(value in wanted)}"


def _differing(what: str, doc: Doc, wanted: Doc) -> Iterator[str]:
    for key, value in wanted.items():
        if _plain(doc.get(key)) != value:
            yield f"{what}: {key} is {_plain(doc.get(key))!r}, not {value!r}"


def _plain(value: Any) -> Any:
    """A list of emails, phones or urls as just those."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return [next(item[kind] for kind in ("email", "phone", "url") if kind in item) for item in value]
    return value


# --- what is expected ------------------------------------------------------------------------------------------------


def _company(record: Record) -> str | None:
    return record["address"]["state"] if record["age"] >= MAJORITY else None


def _lead_count(records: Sequence[Record]) -> int:
    companies = [_company(record) for record in records]
    return len(set(companies) - {None}) + companies.count(None)


def _lead(record: Record, account: Account) -> dict[str, Any]:
    company = _company(record)
    return {
        f"custom.{account.company_field}": company,
        "name": f"{company} Works" if company else record["name"],
        "status_label": "Customer" if company else "Potential",
        "description": "Came from the faker",
        "url": f"https://{record['address']['state'].lower().replace(' ', '-')}.example.com",
        **{f"custom.{account.field_ids[field.name]}": field.expected(record) for field in LEAD_FIELDS},
    }


def _contact(record: Record, account: Account) -> dict[str, Any]:
    return {
        f"custom.{account.user_field}": str(record["id"]),
        "name": record["name"],
        "title": record["occupation"],
        "emails": [record["email"]],
        "urls": [f"https://people.example.com/{record['id']}"],
        **_phones(record),
        **{f"custom.{account.field_ids[field.name]}": field.expected(record) for field in CONTACT_FIELDS},
    }


def _phones(record: Record) -> dict[str, list[str]]:
    """The faker's numbers are North American, with or without the country's 1.

    Nothing is expected of one whose area code cannot be: libphonenumber takes parts of it for prefixes (of `1-011-766-1598` it
    makes a number abroad).
    """
    digits = "".join(filter(str.isdigit, record["telephone"]))[-10:]
    return {"phones": [f"+1{digits}"]} if digits[0] in "23456789" else {}
