"""Which rows does the demo send: some 300, as messy as tables are in life?

`users` is a product's table of users, each with the company they belong to. `webinar_signups` came out of a web form; its
columns are named as the fields of Close, so it needs no mapping. The same rows come out every time.

Rows contradict each other in their spelling only. Two that disagreed about, say, a job title would change it to and fro,
and the second sync of the demo is to write nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

Data = dict[str, Any]


class Record(NamedTuple):
    """One row of a stream."""

    stream: str
    data: Data


@dataclass(frozen=True, slots=True)
class Company:
    id: str
    name: str
    domain: str
    plan: str
    seats: int
    renewal: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    first: str
    last: str
    email: str
    phone: str
    """Ten digits, as of the United States; empty for those who gave none."""

    title: str
    role: str
    seen: str


# --- companies and people of which sales reps know already; see `account` --------------------------------------------

NORTHWIND = Company("c-1001", "Northwind Traders", "northwind.example", "Enterprise", 140, "2027-03-31", ("vip", "partner"))
ALPINE = Company("c-1002", "Alpine Freight", "alpinefreight.example", "Team", 25, "2026-11-15", ("pilot",))
LEHMANNS = Company("c-1003", "Lehmanns Marktstand", "lehmanns.example", "Team", 12, "2027-01-01")
HERON = Company("c-1004", "Blue Heron Books", "blueheron.example", "Free", 3, "")
WOLSKI = Company("c-1005", "Wolski Zajazd", "wolski.example", "Free", 2, "")
TIDEWATER = Company("c-1009", "Tidewater Advisors", "tidewater.example", "Team", 8, "2026-12-01")

KNOWN_PEOPLE: Sequence[tuple[Company, Person]] = (
    (NORTHWIND, Person("u-5001", "Maria", "Anders", "maria@northwind.example", "6505550101", "CPO", "Admin", "2026-10-02T08:15:00Z")),
    (NORTHWIND, Person("u-5002", "Jonas", "Bergulfsen", "jonas@northwind.example", "", "Buyer", "Member", "2026-09-30T16:40:00Z")),
    (ALPINE, Person("u-5101", "Greta", "Lind", "greta@alpinefreight.example", "2065550142", "COO", "Admin", "2026-10-05T07:05:00Z")),
    (ALPINE, Person("u-5102", "Tom", "Okafor", "tom.okafor@alpinefreight.example", "2065550177", "Dispatcher", "Member", "")),
    (ALPINE, Person("u-5103", "Inés", "Roca", "ines.roca@alpinefreight.example", "", "Billing", "Billing", "2026-08-19T11:30:00Z")),
    (LEHMANNS, Person("u-5003", "Renate", "Messner", "r.messner@home.example", "4155550119", "Owner", "Admin", "2026-10-04T05:55:00Z")),
    (HERON, Person("u-5201", "Dana", "Whitfield", "dana@blueheron.example", "", "", "Admin", "2026-07-01T09:00:00Z")),
    (WOLSKI, Person("u-5301", "Zbyszek", "Wolski", "info@wolski.example", "", "Innkeeper", "Admin", "")),
    (TIDEWATER, Person("u-5401", "Sam", "Ortiz", "sam@ortiz-consulting.example", "3125550130", "Partner", "Admin", "2026-10-01T13:20:00Z")),
)

_FIRST_CUSTOMERS = {company.id for company, _ in KNOWN_PEOPLE}

# --- companies and people nobody has heard of ------------------------------------------------------------------------

_FIRST = (
    *("Ann", "Bob", "Chloé", "Dmitri", "Elif", "Femi", "Grace", "Hiro", "Imani", "Jamal"),
    *("Kofi", "Lena", "Mara", "Noor", "Olga", "Piotr", "Rosa", "Sven", "Thandi", "Yara"),
)
_LAST = (
    *("Lee", "Abara", "García", "Novak", "Schmidt", "Tanaka", "Silva", "Dubois"),
    *("Hansen", "Rossi", "Kaya", "Mensah", "O'Brien", "Weiss", "Patel", "Kowalska"),
)
_BEFORE = ("Copper", "North", "Paper", "Silver", "Golden", "Hidden", "Open", "Urban", "Rapid", "Quiet", "Maple", "Granite")
_AFTER = ("Fox Logistics", "River Foods", "Peak Software", "Harbor Health", "Field Studios", "Lantern Labs", "Stone & Sons")
_TITLES = ("CEO", "Head of Sales", "Office Manager", "Engineer", "Buyer", "Marketing Lead", "")
_COMPANIES = 58
_NAMESAKES = 2
"""So many companies are named as another one: as in life, only ids are unique."""


def companies(rng: random.Random) -> list[Company]:
    names = rng.sample([f"{before} {after}" for before in _BEFORE for after in _AFTER], _COMPANIES)
    numbered = enumerate([*names, *names[:_NAMESAKES]])
    return [_company(rng, 1010 + number, name, "-online" if number >= _COMPANIES else "") for number, name in numbered]


def _company(rng: random.Random, number: int, name: str, suffix: str) -> Company:
    plan = rng.choice(("Free", "Free", "Team", "Team", "Enterprise"))
    renewal = "" if plan == "Free" else f"2027-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    tags = tuple(sorted(rng.sample(("vip", "pilot", "partner", "at risk"), rng.choice((0, 0, 1, 2)))))
    return Company(f"c-{number}", name, f"{_letters(name)}{suffix}.example", plan, rng.randrange(1, 400), renewal, tags)


def people_of(company: Company | None, rng: random.Random, ids: Iterator[int]) -> list[Person]:
    return [_person(company, rng, next(ids)) for _ in range(rng.choice((1, 2, 3, 4, 4, 5, 6, 8)))]


def _person(company: Company | None, rng: random.Random, number: int) -> Person:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    at = company.domain if company else "mail.example"
    phone = f"{rng.choice(('206', '312', '415', '617', '650'))}55501{rng.randrange(100):02}" if rng.random() < 0.6 else ""
    seen = f"2026-{rng.randrange(1, 11):02}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:00Z"
    email = f"{_letters(first)}.{_letters(last)}@{at}"
    return Person(f"u-{number}", first, last, email, phone, rng.choice(_TITLES), rng.choice(("Admin", "Member", "Member", "Billing")), seen)


def _letters(name: str) -> str:
    plain = name.lower().replace("é", "e").replace("í", "i")
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


# --- as the tables have them -----------------------------------------------------------------------------------------


def records() -> list[Record]:
    """All rows of both streams, in the order in which they are sent."""
    rng = random.Random("the rows of the demo")
    ids = iter(range(6001, 9000))
    members = [(company, person) for company in companies(rng) for person in people_of(company, rng, ids)]
    freelancers = [(None, _person(None, rng, next(ids))) for _ in range(6)]
    everybody = [*KNOWN_PEOPLE, *members, *freelancers]
    users = [user(company, person, rng) for company, person in everybody]
    users += [user(company, person, rng) for company, person in rng.sample(everybody, 22)]
    users += [user(company, _with_second_email(person), rng) for company, person in rng.sample(members, 5)]
    users += [*_test_users(rng), *_broken_users(), _without_person(members[0][0])]
    sent = [Record("users", row) for row in _by_time_of_signup(users, rng)]
    return [*sent, *(Record("webinar_signups", row) for row in signups([person for _, person in members], rng))]


def _by_time_of_signup(users: Sequence[Data], rng: random.Random) -> list[Data]:
    """People of one company sign up within days of each other, those of other companies in between."""
    began: dict[str, float] = {}
    days = []
    for row in users:
        company_id = row["company"]["id"] if row["company"] else ""
        first = began.setdefault(company_id, float(len(began))) if company_id else rng.random() * _COMPANIES
        days.append(first if company_id in _FIRST_CUSTOMERS else first + rng.random() * 8)
    return [users[place] for place in sorted(range(len(users)), key=days.__getitem__)]


def user(company: Company | None, person: Person, rng: random.Random) -> Data:
    """One row of `users`, spelled as whoever typed it did."""
    return {
        "id": person.id,
        "email": _spelled(person.email, rng, _EMAIL_SPELLINGS),
        "first_name": person.first,
        "last_name": _spelled(person.last, rng, (str, str, str, lambda name: f"{name} ")),
        "phone": _spelled(person.phone, rng, _PHONE_SPELLINGS) if person.phone else rng.choice((None, "", "  ")),
        "job_title": person.title or None,
        "role": person.role,
        "last_seen_at": person.seen or None,
        "is_test": False,
        "company": _company_column(company, rng) if company else None,
    }


def _company_column(company: Company, rng: random.Random) -> Data:
    """Each row has its own copy of the company, and not every copy is complete."""
    whole = {
        "id": company.id,
        "name": _spelled(company.name, rng, (str, str, lambda name: f"  {name}")),
        "website": rng.choice((company.domain, f"https://{company.domain}")),
        "plan": _spelled(company.plan, rng, (str, str, str.lower, str.upper)),
        "seats": rng.choice((company.seats, str(company.seats), float(company.seats))),
        "renews_at": rng.choice((company.renewal, f"{company.renewal}T00:00:00Z")) if company.renewal else None,
        "tags": list(company.tags),
    }
    if rng.random() < 0.12:
        whole |= {"website": None, "seats": "", "renews_at": None}
    return whole


Spelling = Callable[[str], str]

_EMAIL_SPELLINGS: Sequence[Spelling] = (str, str, str, str.upper, str.title, lambda email: f" {email} ")
_PHONE_SPELLINGS: Sequence[Spelling] = (
    str,
    lambda digits: f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
    lambda digits: f"{digits[:3]}.{digits[3:6]}.{digits[6:]}",
    lambda digits: f"+1 {digits[:3]} {digits[3:6]} {digits[6:]}",
    lambda digits: f"1-{digits[:3]}-{digits[3:6]}-{digits[6:]}",
)


def _spelled(value: str, rng: random.Random, spellings: Sequence[Spelling]) -> str:
    return rng.choice(spellings)(value)


def _with_second_email(person: Person) -> Person:
    return replace(person, email=f"{_letters(person.first)}{person.id[2:]}@home.example")


def _test_users(rng: random.Random) -> list[Data]:
    """Accounts of the product's own testers: the mapping's filter leaves them out."""
    numbers = range(9001, 9005)
    testers = [Person(f"u-{number}", "Test", "User", f"test+{number}@ourproduct.example", "", "", "Member", "") for number in numbers]
    return [{**user(None, tester, rng), "is_test": True} for tester in testers]


def _broken_users() -> list[Data]:
    nobody: Data = dict.fromkeys(("id", "email", "first_name", "last_name", "phone", "job_title", "role", "last_seen_at", "company"))
    return [
        {**nobody, "id": "u-9101", "email": "mia@mail.example", "first_name": "Mia", "last_name": "Berg", "phone": "ask at the front desk"},
        {**nobody, "email": "  ", "first_name": "No", "last_name": "Key", "phone": "6505550199"},
    ]


def _without_person(company: Company) -> Data:
    """Somebody with neither id nor email could never be found again; what the row says of the company still counts."""
    blank: Data = dict.fromkeys(("id", "email", "job_title", "role", "last_seen_at"))
    return {**blank, "first_name": "Front", "last_name": "Desk", "phone": None, "company": {"id": company.id, "name": company.name}}


# --- the web form ----------------------------------------------------------------------------------------------------


def signups(members: Sequence[Person], rng: random.Random) -> list[Data]:
    """People who are users already, people nobody knows, one whom only a sales rep knows, and one who signed up twice."""
    users = [_signup(person.email, "") for person in rng.sample(members, 9)]
    strangers = [_signup(f"{first.lower()}@visitor.example", f"{first} Visitor") for first in ("Aiko", "Ben", "Carla", "Deniz", "Edith")]
    rows = [*users, *strangers, _signup("paula@quickstop.example", "Paula Quick"), strangers[0]]
    return [{**row, "contact_email": _spelled(row["contact_email"], rng, _EMAIL_SPELLINGS)} for row in rows]


def _signup(email: str, name: str) -> Data:
    return {"contact_email": email, "contact_name": name, "contact_custom.Source": "Webinar, October 2026"}


# --- what there is to say about them ---------------------------------------------------------------------------------


def columns_of(sent: Sequence[Record], stream: str) -> list[str]:
    return list(next(record.data for record in sent if record.stream == stream))


def companies_in(sent: Sequence[Record]) -> int:
    return len({record.data["company"]["id"] for record in sent if record.data.get("company")})


def people_in(sent: Sequence[Record]) -> int:
    return len({record.data["id"] for record in sent if record.data.get("id")})


def respelled_emails(sent: Sequence[Record]) -> int:
    """In how many rows an email is not as its owner writes it."""
    emails = [record.data.get("email") or record.data.get("contact_email") or "" for record in sent]
    return sum(email.strip() != "" and email != email.strip().lower() for email in emails)


def phone_formats(sent: Sequence[Record]) -> list[str]:
    """The ways phones are written, one example each."""
    examples: dict[str, str] = {}
    for record in sent:
        phone = record.data.get("phone") or ""
        if any(map(str.isdigit, phone)):
            examples.setdefault("".join("0" if character.isdigit() else character for character in phone), phone)
    return list(examples.values())
