"""What does one row do to Close, read off the page of rules clause by clause?

Slow and obvious on purpose. Lines in quotation marks are the rules' own words; the code below each is its most literal reading.
Readings that the words leave open are listed in README.md and marked here as (A1), (A2), ...
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from destination_close.model import CONTACT, LEAD, Draft, Kind, Reason, Wish
from unit_tests.support.builders import list_of

from .model_close import Close, Contact, Lead

Refuses = Callable[[str, Mapping[str, Any]], "str | None"]
"""`refuses("lead" | "contact", body)`: the field over which Close refuses this single write, or None when it takes it."""

MOST_UPDATED = 10


def never(object_kind: str, body: Mapping[str, Any]) -> str | None:
    """Close takes everything."""
    return None


# --- section 6: every row has exactly one outcome -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of one draft."""

    draft: Draft
    kind: Kind
    reason: Reason | None = None
    notes: tuple[Reason, ...] = ()
    """What was left out of a row: each switch that held back something that would have changed Close, and `contact_without_key`."""

    rejections: tuple[tuple[str, str], ...] = ()
    """Object kind and field of each write that Close refused."""

    warnings: tuple[str, ...] = ()
    """`many_matches`: more than ten would have been updated. `several_leads`: several carry the row's Company ID. `unlike_contact`:
    those found by User ID share neither an email nor a name with the row."""

    wrote: bool = False
    """True when anything was written, which a rejected row may have done too."""

    reasons: frozenset[Reason] = frozenset()
    """All the reasons that would be a true answer; more than one when several switches held back (A8)."""


@dataclass
class Ledger:
    """What happened while one row was handled."""

    created: int = 0
    updated: int = 0
    held_back: list[Reason] = field(default_factory=list)
    rejections: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def hold_back(self, reason: Reason) -> None:
        if reason not in self.held_back:
            self.held_back.append(reason)

    def warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)

    def outcome(self, draft: Draft) -> Expected:
        wrote = bool(self.created or self.updated)
        # "contact_without_key": a note beside the outcome of the lead part
        notes = (*self.held_back, *([Reason.CONTACT_WITHOUT_KEY] if draft.contact_without_key else []))
        if self.rejections:
            # "rejected | the row or Close refused". "the others are still written, and the row is rejected with that object named"
            kind, reasons = Kind.REJECTED, [Reason.REFUSED_BY_CLOSE]
        elif self.created:
            # "created / updated | something was written for it"; both at once count as created (A9)
            kind, reasons = Kind.CREATED, []
        elif self.updated:
            kind, reasons = Kind.UPDATED, []
        elif self.held_back:
            # "skipped | a switch [...] left out everything it asked for; the reason names the switch"
            kind, reasons = Kind.SKIPPED, self.held_back
        else:
            # "unchanged | all it asks for is already so"
            kind, reasons = Kind.UNCHANGED, []
        return Expected(
            draft=draft,
            kind=kind,
            reason=reasons[0] if reasons else None,
            notes=notes,
            rejections=tuple(self.rejections),
            warnings=tuple(self.warnings),
            wrote=wrote,
            reasons=frozenset(reasons),
        )


def outcome_of_row(handled: Iterable[Expected]) -> Kind:
    """The kind of a record that several mappings handled "in turn", "rejected if any of them rejects it" (the rest: A10)."""
    kinds = {expected.kind for expected in handled}
    order = (Kind.REJECTED, Kind.CREATED, Kind.UPDATED, Kind.SKIPPED, Kind.UNCHANGED)
    return next(kind for kind in order if kind in kinds)


# --- section 3: which lead and contacts does the row mean ------------------------------------------------------------------


def apply_row(close: Close, draft: Draft, refuses: Refuses = never) -> Expected:
    """Do to Close what the row asks for, as if it were the only row in the world."""
    company_id, user_id, email = text(draft.company_id), text(draft.user_id), text(draft.email)

    # "no Company ID, no User ID, no email: rejected, `no_match_key`; no call is made for it."
    if not company_id and not user_id and not email:
        reason = Reason.NO_MATCH_KEY
        return Expected(draft, Kind.REJECTED, reason, reasons=frozenset({reason}))

    ledger = Ledger()
    matching = contacts_matching(close, user_id, email)
    row = RowAtWork(close, draft, refuses, ledger, matching)

    # "The row has a Company ID"
    if company_id:
        carriers = [lead for lead in close.leads if text(lead.company_id) == company_id]
        if carriers:
            case_1_a_lead_carries_it(row, carriers)
        else:
            case_2_no_lead_carries_it(row)
    # "The row has no Company ID"
    elif matching:
        case_3_matching_contacts(row)
    else:
        case_4_none(row)
    return ledger.outcome(draft)


@dataclass
class RowAtWork:
    close: Close
    draft: Draft
    refuses: Refuses
    ledger: Ledger
    matching: list[Contact]

    @property
    def has_contact_key(self) -> bool:
        """ "key: [...] User ID or email for a contact" """
        return bool(text(self.draft.user_id) or text(self.draft.email))


def contacts_matching(close: Close, user_id: str, email: str) -> list[Contact]:
    """Oldest first."""
    # "Contacts matching a row: those carrying its User ID;"
    by_user = [contact for contact in close.contacts if user_id and text(contact.user_id) == user_id]
    if by_user:
        return by_user
    # "if there are none (or the row has no User ID), those carrying its email,"
    by_email = [contact for contact in close.contacts if email and carries_email(contact, email)]
    # "of which a row with a User ID takes only contacts whose own User ID is blank."
    if user_id:
        by_email = [contact for contact in by_email if not text(contact.user_id)]
    return by_email


def ten_oldest(row: RowAtWork, contacts: list[Contact]) -> list[Contact]:
    """ "Of the matches that a case below would update, the 10 oldest by creation date are; the rest stay untouched and are warned
    about." """
    oldest_first = sorted(contacts, key=lambda contact: contact.seq)
    if len(oldest_first) > MOST_UPDATED:
        row.ledger.warn("many_matches")
    warn_of_strangers(row, oldest_first[:MOST_UPDATED])
    return oldest_first[:MOST_UPDATED]


def warn_of_strangers(row: RowAtWork, updated: list[Contact]) -> None:
    """ "When a User ID matches a contact that shares neither email nor name with the row, that is done by the rules and counted as a
    warning": where there is an email or a name on both sides to be compared (A19)."""
    by_user = bool(text(row.draft.user_id)) and all(text(contact.user_id) == text(row.draft.user_id) for contact in updated)
    if not (by_user and row.draft.switches.allow_updating_existing_contacts):
        return
    wish = row.draft.wants[CONTACT].fields.get("name")
    emails = list_of(row.draft, "emails")
    wanted = set(text(wish.value if wish else None).lower().split())
    unlike = 0
    for contact in updated:
        name = set(text(contact.name).lower().split())
        same_name = bool(wanted and name) and (wanted <= name or name <= wanted)
        same_email = any(carries_email(contact, email) for email in emails)
        comparable = bool(wanted and name) or bool(emails and contact.emails)
        unlike += comparable and not same_name and not same_email
    if unlike == len(updated):
        row.ledger.warn("unlike_contact")


def case_1_a_lead_carries_it(row: RowAtWork, carriers: list[Lead]) -> None:
    # "That is the lead. (Several carry it: the oldest that already holds a matching contact, else the oldest; warn.)"
    carriers = sorted(carriers, key=lambda lead: lead.seq)
    if len(carriers) > 1:
        row.ledger.warn("several_leads")
    holding = [lead for lead in carriers if any(contact.lead is lead for contact in row.matching)]
    lead = holding[0] if holding else carriers[0]

    # "the lead itself is updated (UL)."
    update_lead(row, lead, stamp=False)

    # "a Company ID but no contact key [...]: the lead part is done; the contact part is left out"
    # "only lead fields and a Company ID: the lead is created or updated alone."
    if not row.has_contact_key:
        return

    inside = [contact for contact in row.matching if contact.lead is lead]
    # "matching contacts inside this lead: update them (UC);"
    if inside:
        for contact in ten_oldest(row, inside):
            update_contact(row, contact)
        return
    # "none inside, and none anywhere: create the contact under this lead (NC);"
    # "none inside, but some elsewhere: create the contact under this lead (NC and DC); the ones elsewhere stay untouched."
    # "duplicates off where one would be created (asked before contact creation): no contact; an existing lead with the row's
    # Company ID is still updated;"
    if would_be_a_duplicate(row) and not row.draft.switches.allow_creating_duplicate_contacts:
        row.ledger.hold_back(Reason.DUPLICATE_NOT_ALLOWED)
    elif not row.draft.switches.allow_creating_new_contacts:
        row.ledger.hold_back(Reason.CONTACT_CREATION_DISABLED)
    else:
        create_contact(row, lead)


def case_2_no_lead_carries_it(row: RowAtWork) -> None:
    # "Look at the matching contacts:"
    under_blank = [contact for contact in row.matching if not text(contact.lead.company_id)]
    # "some under leads whose Company ID is blank: adopt. Update those contacts (UC) and their leads (UL), [...] no new lead;
    # matching contacts under other companies stay untouched;"
    if under_blank:
        adopted = ten_oldest(row, under_blank)
        leads = leads_of(adopted)
        for lead in leads:
            # "stamping the Company ID on the oldest such lead (UL off: no stamp)"; of the leads of the ten contacts (A1)
            update_lead(row, lead, stamp=lead is leads[0])
        for contact in adopted:
            update_contact(row, contact)
        return
    # "none: create the lead with the contact in it (NL, NC);"
    # "all under leads with another Company ID: create a new lead and a new contact (NL, NC and DC); the others stay untouched."
    create_lead_with_contact(row)


def case_3_matching_contacts(row: RowAtWork) -> None:
    # "matching contacts: update them (UC) and each of their leads once (UL);"
    updated = ten_oldest(row, row.matching)
    for lead in leads_of(updated):
        update_lead(row, lead, stamp=False)
    for contact in updated:
        update_contact(row, contact)


def case_4_none(row: RowAtWork) -> None:
    # "none: create a lead with the contact in it (NL, NC)."
    create_lead_with_contact(row)


def create_lead_with_contact(row: RowAtWork) -> None:
    """The order of asking: lead creation, then duplicates, then contact creation."""
    switches = row.draft.switches
    # "lead creation off and no lead found: nothing is written (a contact never goes without a lead; [...])"
    if not switches.allow_creating_new_leads:
        row.ledger.hold_back(Reason.LEAD_CREATION_DISABLED)
        return
    with_contact = row.has_contact_key
    # "duplicates off where one would be created (asked before contact creation): no contact; [...] no new lead."
    if with_contact and would_be_a_duplicate(row) and not switches.allow_creating_duplicate_contacts:
        row.ledger.hold_back(Reason.DUPLICATE_NOT_ALLOWED)
        return
    # "contact creation off and a lead would be created: the lead is created alone if the row has a Company ID, else nothing;"
    if with_contact and not switches.allow_creating_new_contacts:
        row.ledger.hold_back(Reason.CONTACT_CREATION_DISABLED)
        with_contact = False
        if not text(row.draft.company_id):
            return
    create_lead(row, with_contact)


def would_be_a_duplicate(row: RowAtWork) -> bool:
    """Asked only where a contact would be created, that is, where no match is inside the row's lead."""
    # "none inside, but some elsewhere" / "all under leads with another Company ID"
    if row.matching:
        return True
    # "Same-email duplicates count for DC: when a row with a User ID finds its email only on a contact with another User ID, what
    # would be created is a duplicate." Wherever that contact is, inside the row's lead too (A2).
    user_id, email = text(row.draft.user_id), text(row.draft.email)
    return bool(user_id and email) and any(carries_email(contact, email) for contact in row.close.contacts)


def leads_of(contacts: list[Contact]) -> list[Lead]:
    """Each once, oldest first."""
    leads = {contact.lead.seq: contact.lead for contact in contacts}
    return [leads[seq] for seq in sorted(leads)]


# --- section 4: what is written --------------------------------------------------------------------------------------------


def create_lead(row: RowAtWork, with_contact: bool) -> None:
    """One lead, with its contact or alone. "If one of several objects a row touches is refused, the others are still written"."""
    draft = row.draft
    lead_body = new_values(draft.wants[LEAD].fields)
    # "A new lead without `lead_name` is named after the contact's name, else its email." A blank name that clears is a name (A3).
    if "name" not in draft.wants[LEAD].fields:
        name = new_values(draft.wants[CONTACT].fields).get("name") or text(draft.email)
        if name:
            lead_body["name"] = name
    # "The Company ID / User ID is stamped on what is created"
    if text(draft.company_id):
        lead_body["company_id"] = text(draft.company_id)

    refused = row.refuses("lead", lead_body)
    if refused:
        row.ledger.rejections.append(("lead", refused))
        # "a contact never goes without a lead"
        return
    if with_contact:
        refused = row.refuses("contact", new_contact_body(draft))
        if refused:
            row.ledger.rejections.append(("contact", refused))
            # the lead is "still written", alone; but without a Company ID it could never be found again (A4)
            if not text(draft.company_id):
                return
            with_contact = False

    lead = row.close.create_lead(lead_body)
    row.ledger.created += 1
    if with_contact:
        row.close.create_contact(lead, new_contact_body(draft))
        row.ledger.created += 1


def create_contact(row: RowAtWork, lead: Lead) -> None:
    body = new_contact_body(row.draft)
    refused = row.refuses("contact", body)
    if refused:
        row.ledger.rejections.append(("contact", refused))
        return
    row.close.create_contact(lead, body)
    row.ledger.created += 1


def new_contact_body(draft: Draft) -> dict[str, Any]:
    body = new_values(draft.wants[CONTACT].fields)
    # "The Company ID / User ID is stamped on what is created"
    if text(draft.user_id):
        body["user_id"] = text(draft.user_id)
    # "a new contact gets the row's email", whoever else has it
    if list_of(draft, "emails"):
        body["emails"] = appended([], list_of(draft, "emails"), same_email, "office")
    if list_of(draft, "phones"):
        body["phones"] = appended([], list_of(draft, "phones"), same_phone, "office")
    if list_of(draft, "urls"):
        body["urls"] = appended([], [with_scheme(url) for url in list_of(draft, "urls")], same_url_of_contact, "url")
    return body


def update_lead(row: RowAtWork, lead: Lead, *, stamp: bool) -> None:
    body = changed_values(vars(lead), lead.custom, row.draft.wants[LEAD].fields)
    # "Ids: [...] stamped on what is [...] adopted, or matched while blank. Never overwritten."
    if stamp and not text(lead.company_id):
        body["company_id"] = text(row.draft.company_id)
    # "Nothing different, nothing sent: an object that would not change is not written."
    if not body:
        return
    # "When a switch is off: the step it guards is left out and the rest still happens"
    if not row.draft.switches.allow_updating_existing_leads:
        row.ledger.hold_back(Reason.LEAD_UPDATE_DISABLED)
        return
    refused = row.refuses("lead", body)
    if refused:
        row.ledger.rejections.append(("lead", refused))
        return
    row.close.update_lead(lead, body)
    row.ledger.updated += 1


def update_contact(row: RowAtWork, contact: Contact) -> None:
    draft = row.draft
    body = changed_values(vars(contact), contact.custom, draft.wants[CONTACT].fields)
    # "Ids: [...] stamped on what is [...] matched while blank. Never overwritten." On each that matched (A5).
    if text(draft.user_id) and not text(contact.user_id):
        body["user_id"] = text(draft.user_id)
    # "Lists (email, phone, url of the contact): the value is appended if the contact does not have it yet, comparing by meaning.
    # Order, types and everything a sales rep put there stay as they are. Close replaces these lists whole on PUT"
    others = [other for other in row.close.contacts_of(contact.lead) if other is not contact]
    # "An email that another contact of the same lead carries is not appended. (This is about contacts that exist [...])"
    # Each contact is written with sight of the one before it (A6).
    emails = [email for email in list_of(draft, "emails") if not any(carries_email(other, email) for other in others)]
    lists = {
        "emails": (contact.emails, appended(contact.emails, emails, same_email, "office")),
        "phones": (contact.phones, appended(contact.phones, list_of(draft, "phones"), same_phone, "office")),
        "urls": (contact.urls, appended(contact.urls, [with_scheme(url) for url in list_of(draft, "urls")], same_url_of_contact, "url")),
    }
    body |= {key: after for key, (before, after) in lists.items() if after != before}
    if not body:
        return
    if not draft.switches.allow_updating_existing_contacts:
        row.ledger.hold_back(Reason.CONTACT_UPDATE_DISABLED)
        return
    refused = row.refuses("contact", body)
    if refused:
        row.ledger.rejections.append(("contact", refused))
        return
    row.close.update_contact(contact, body)
    row.ledger.updated += 1


def appended(
    stored: list[tuple[str, str]], wanted: Iterable[str], same: Callable[[str, str], bool], default_type: str
) -> list[tuple[str, str]]:
    result = list(stored)
    for value in wanted:
        if not any(same(value, there) for there, _ in result):
            result.append((value, default_type))
    return result


def new_values(wishes: Mapping[str, Wish]) -> dict[str, Any]:
    """What a new object gets: every value, whatever its `when`. There is nothing to clear."""
    values: dict[str, Any] = {}
    for key, wish in wishes.items():
        if wish.value is None:
            continue
        if wish.add:
            values[key] = [wish.value]
        elif isinstance(wish.value, tuple):
            values[key] = list(wish.value)
        else:
            values[key] = wish.value
    return values


def changed_values(fields: Mapping[str, Any], custom: Mapping[str, Any], wishes: Mapping[str, Wish]) -> dict[str, Any]:
    """ "Scalars (name, title, description, status, url of the lead, custom fields): the row's value replaces a different one." """
    values: dict[str, Any] = {}
    for key, wish in wishes.items():
        stored = custom.get(key.removeprefix("custom.")) if key.startswith("custom.") else fields[key]
        # `only_on_create`: the object exists
        if wish.when == "on_create":
            continue
        # `only_if_empty`: "never replace what somebody typed"
        if wish.when == "if_empty" and not is_blank(stored):
            continue
        if wish.value is None:
            # "Clearing is opt-in per field (`clear_when_blank`)"
            if not is_blank(stored):
                values[key] = None
        elif wish.add:
            # "A custom field that accepts several values: [...] a single value is added if missing."
            if wish.value not in as_list(stored):
                values[key] = [*as_list(stored), wish.value]
        elif isinstance(wish.value, tuple):
            # "a list in the row replaces"
            if set(as_list(stored)) != set(wish.value):
                values[key] = list(wish.value)
        elif not same_once_stored(stored, wish):
            values[key] = wish.value
    return values


# --- when are two values the same ------------------------------------------------------------------------------------------


def text(value: str | None) -> str:
    """ "blank: absent, null, empty, or only white space"; ids and emails are "trimmed". A blank one is an empty text."""
    return (value or "").strip()


def is_blank(stored: Any) -> bool:
    return stored is None or stored == [] or (isinstance(stored, str) and not stored.strip())


def as_list(stored: Any) -> list[Any]:
    if is_blank(stored):
        return []
    return list(stored) if isinstance(stored, (list, tuple)) else [stored]


def same_once_stored(stored: Any, wish: Wish) -> bool:
    """ "Different means different once stored: Close may add a scheme to a url or cut a datetime to its date." """
    wanted = wish.value
    if is_blank(stored):
        return is_blank(wanted)
    if wish.compare == "number":
        return float(stored) == float(wanted)  # type: ignore[arg-type]
    if wish.compare == "date":
        return str(stored)[:10] == str(wanted)[:10]
    if wish.compare == "datetime":
        return moment(str(stored)) == moment(str(wanted))
    if wish.compare == "url":
        # a wanted url without a scheme equals a stored one with http:// or https:// before it
        return stored in (wanted, f"http://{wanted}", f"https://{wanted}")
    if wish.compare == "set":
        return as_list(stored) == [wanted]
    return bool(stored == wanted)


def moment(value: str) -> datetime:
    """ "a datetime without a zone is UTC" """
    parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def carries_email(contact: Contact, email: str) -> bool:
    return any(same_email(email, stored) for stored, _ in contact.emails)


def same_email(one: str, other: str) -> bool:
    """ "Email is trimmed, and compared without regard to case." """
    return text(one).lower() == text(other).lower()


def same_phone(one: str, other: str) -> bool:
    """ "phone as E.164 digits" """
    return re.sub(r"\D", "", one) == re.sub(r"\D", "", other)


def same_url_of_contact(one: str, other: str) -> bool:
    """ "url without scheme, `www.`, case of the host, trailing slash" """
    return bare_url(one) == bare_url(other)


def bare_url(url: str) -> tuple[str, str]:
    """Host and the rest."""
    rest = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", "", url.strip())
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(host) :]
    host = host.lower().removeprefix("www.")
    return host, path.removesuffix("/")


def with_scheme(url: str) -> str:
    """ "http://" goes before what has no scheme."""
    return url if "://" in url else "http://" + url
