"""Step 13: in which form are urls, phone numbers and dates stored?"""

from __future__ import annotations

import phonenumbers

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange

NUMBERS = ("(650) 555-0101", "030 123456")
_MANY = 12


def run(stage: Stage) -> list[Fact]:
    return [*_urls(stage), _region(stage), _date(stage), _dates(stage)]


def _urls(stage: Stage) -> list[Fact]:
    bare = f"{stage.run}.example.com"
    of_lead = stage.talk.ask("PUT", stage.lead_path, {"url": bare})
    of_contact = stage.talk.ask("PUT", stage.contact_path, {"urls": [{"url": bare}]})
    stored = of_contact.answer["urls"][0]["url"] if of_contact.is_good and of_contact.answer["urls"] else None
    lead_question, contact_question = "What becomes of a url without a scheme on a lead?", "And on a contact?"
    return [
        Fact("schemeless_url", lead_question, _form(of_lead, of_lead.answer.get("url") if of_lead.is_good else None, bare), [of_lead]),
        Fact("schemeless_url_of_contact", contact_question, _form(of_contact, stored, bare), [of_contact]),
    ]


def _form(exchange: Exchange, stored: str | None, bare: str) -> str:
    if not exchange.is_good:
        return "refuse"
    return {bare: "keep", f"http://{bare}": "add_http", f"https://{bare}": "add_https"}.get(
        str(stored).rstrip("/"), "other"
    )  # ignore-https-check


def _region(stage: Stage) -> Fact:
    """Of a number without a country code."""
    question = "In which country is a phone number without a country code?"
    exchange = stage.talk.ask("PUT", stage.contact_path, {"phones": [{"phone": number} for number in NUMBERS]})
    if not exchange.is_good:
        return Fact("region", question, "Numbers without a country code were refused.", [exchange], settled=False)
    code = phonenumbers.parse(exchange.answer["phones"][0]["phone"]).country_code
    return Fact("region", question, phonenumbers.region_code_for_country_code(code or 0), [exchange])


def _date(stage: Stage) -> Fact:
    key = stage.key("lead_date")
    exchange = stage.talk.ask("PUT", stage.lead_path, {key: "2026-01-31T23:30:00-05:00"})
    stored = exchange.answer.get(key) if exchange.is_good else None
    return Fact("date_with_time", "What becomes of a time in a field for dates: 2026-01-31T23:30:00-05:00?", stored, [exchange])


def _dates(stage: Stage) -> Fact:
    """In whole milliseconds, ties happen, whether or not there was one just now."""
    made = stage.new_lead("dates", contacts=[{"name": f"{number}"} for number in range(_MANY)])
    people = stage.contacts_of(made, _MANY)
    dates = [str(one[key]) for one in (made, *people) for key in ("date_created", "date_updated")]
    are_whole = all(date.partition(".")[2][3:6] in ("", "000") for date in dates)
    return Fact("distinct_dates", "Are dates finer than a millisecond, and hence distinct?", not are_whole)
