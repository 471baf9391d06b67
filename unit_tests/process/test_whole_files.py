"""What share of the values of whole tables arrives, and does the second sync find nothing to write?

Three made-up tables modelled on real ones: an export of sample data with phones in every form, customers of twenty countries
with numbers as they are written there, and a German list with umlauts, titles and notes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from destination_close.model import Kind
from unit_tests.support.scenario import outcomes
from unit_tests.support.table import STREAM, Table

Rows = Sequence[Mapping[str, Any]]


def share(lists: Sequence[Sequence[str]], rows: Rows, column: str) -> float:
    """How many contacts have something in their list, out of the rows that have something in the column."""
    filled = sum(1 for row in rows if str(row.get(column) or "").strip())
    return sum(map(bool, lists)) / filled


def all_possible(phones: Sequence[Sequence[str]]) -> bool:
    """Whether every phone that is stored could exist."""
    stored = {phone for of_one in phones for phone in of_one}
    return all(phonenumbers.is_possible_number(phonenumbers.parse(phone)) for phone in stored)


# --- an export with phones as sample data has them

FORMS = (
    *("##########", "###-###-####", "(###)###-####", "###.###.####", "###-###-####x###", "(###)###-####x####", "###.###.####x#####"),
    *("+1-###-###-####", "001-###-###-####", "+1-###-###-####x###", "001-###-###-####x#####"),
)
FIRST = ("Ann", "Bob", "Chloé", "Dmitri", "Elif", "Femi", "Grace", "Hiro")
PEOPLE = 20
"""In a company: Close takes them all in one call, which keeps the test quick."""

NUMBERS = 2000
"""Different ones in each column of phones: enough for every form many times over."""

LAST = ("Lee", "Okafor", "García", "Novak", "Schmidt", "Tanaka", "O'Brien", "Van Dyke")


def an_export(count: int) -> list[dict[str, Any]]:
    draw = random.Random(4)
    phone = lambda: "".join(str(draw.randrange(10)) if char == "#" else char for char in draw.choice(FORMS))  # noqa: E731
    first, second = [phone() for _ in range(NUMBERS)], [phone() for _ in range(NUMBERS)]
    return [
        {
            "Index": n + 1,
            "Customer Id": f"{draw.getrandbits(60):015x}",
            "First Name": FIRST[n % len(FIRST)],
            "Last Name": LAST[n // 3 % len(LAST)],
            "Company": f"{LAST[n // PEOPLE % len(LAST)]}-{n // PEOPLE} Ltd",
            "Phone 1": draw.choice(first),
            "Phone 2": draw.choice(second),
            "Email": f"person.{n}@mail{n % 97}.example",
            "Website": f"http://www.firm{n // PEOPLE}.example/",
        }
        for n in range(count)
    ]


def test_an_export_of_ten_thousand_customers_arrives_with_its_phones() -> None:
    rows = an_export(10_000)
    table = Table(
        {
            "contact_user_id": "Customer Id",
            "contact_name": "{{ record['First Name'] }} {{ record['Last Name'] }}",
            "contact_email": "Email",
            "contact_phone": "{{ [record['Phone 1'], record['Phone 2']] }}",
            "lead_company_id": "Company",
            "lead_name": "Company",
            "lead_url": "Website",
        }
    )
    ran = table.write_twice(rows)
    assert outcomes(ran, STREAM)[Kind.CREATED] == 10_000
    phones = table.phones()
    assert sum(map(len, phones)) / 20_000 > 0.997
    assert all_possible(phones)
    assert share(table.emails(), rows, "Email") == 1
    assert all(lead["url"] for lead in table.leads)
    with_extension = sum("x" in row[column] for row in rows for column in ("Phone 1", "Phone 2"))
    assert sum("x" in phone or "ext" in phone for of_one in phones for phone in of_one) / with_extension > 0.997


# --- customers of twenty countries

COUNTRIES = {
    "Germany": "DE",
    "Mexico": "MX",
    "United Kingdom": "GB",
    "UK": "GB",
    "Sweden": "SE",
    "France": "FR",
    "Spain": "ES",
    "Canada": "CA",
    "Argentina": "AR",
    "Switzerland": "CH",
    "Brazil": "BR",
    "Austria": "AT",
    "Italy": "IT",
    "Portugal": "PT",
    "USA": "US",
    "Venezuela": "VE",
    "Ireland": "IE",
    "Belgium": "BE",
    "Norway": "NO",
    "Denmark": "DK",
    "Finland": "FI",
    "Poland": "PL",
}


def customers() -> Iterator[dict[str, Any]]:
    draw = random.Random(90)
    named = list(COUNTRIES.items())
    for n in range(90):
        country, region = named[n % len(named)]
        kind = PhoneNumberType.FIXED_LINE if n % 3 else PhoneNumberType.MOBILE
        example = phonenumbers.example_number_for_type(region, kind)
        assert example is not None
        national = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
        written = (national, national.replace(" ", "-"), national.replace(" ", "."), f"Tel. {national}", f"{national} (office)")
        yield {
            "CustomerID": f"CUST{n}",
            "CompanyName": f"Firma {n}",
            "ContactName": f"Person Nr{n}",
            "Email": f"person{n}@firma{n}.example",
            "Country": country if n % 5 else region,
            "Phone": draw.choice(written),
            "Wanted": phonenumbers.format_number(example, PhoneNumberFormat.E164),
        }


def test_ninety_customers_of_twenty_countries_arrive_with_the_numbers_of_their_countries() -> None:
    rows = list(customers())
    table = Table(
        {
            "contact_user_id": "CustomerID",
            "contact_name": "ContactName",
            "contact_email": "Email",
            "contact_phone": "Phone",
            "contact_phone_region": "Country",
            "lead_company_id": "CustomerID",
            "lead_name": "CompanyName",
        }
    )
    ran = table.write_twice(rows)
    assert len({row["Country"] for row in rows if len(row["Country"]) > 2}) >= 20
    assert outcomes(ran, STREAM)[Kind.CREATED] == 90
    assert table.phones() == [[row["Wanted"]] for row in rows]


# --- a German list

GERMANS = [
    ("Dr. Jürgen Müller", "030/1234567", ["+49301234567"], "juergen.mueller@bäckerei.de"),
    ("Prof. Dr. Änne Groß", "0171 1234567 (privat)", ["+491711234567"], "Änne Groß <aenne@gross.example>"),
    ("Frau Käthe Weiß-Öztürk", "Tel.: 089 123456, Fax: 089 123457", ["+4989123456", "+4989123457"], "mailto:kaethe@weiss.example"),
    ("Dipl.-Ing. Jörg Schäfer", "0049 (0)40 123456-0", ["+49401234560"], "joerg@schaefer.example; info@schaefer.example"),
    ("Herr Günther  Übel", "1701234567.0", ["+491701234567"], "guenther@uebel.example"),
    ("Zoë Böhm", "+49 (0) 221 / 12 34 56", ["+49221123456"], "zoe@boehm.example\u00a0"),
    ("Franz Huber", "030 1234567/68", ["+49301234567", "+49301234568"], "franz@huber.example"),
    ("Sepp Maier", "+43 1 1234567 DW 12", ["+4311234567x12"], "sepp@maier.example"),
    ("Ute Lang", "030 1234567 (9-17 Uhr)", ["+49301234567"], "ute@lang.example"),
    ("Kai Kurz", "auf Anfrage", [], "kai@kurz.example"),
]


def test_a_german_list_arrives_with_umlauts_titles_and_numbers() -> None:
    rows = [{"Nr": n, "Name": name, "Telefon": phone, "E-Mail": email} for n, (name, phone, _, email) in enumerate(GERMANS * 20)]
    for row in rows:
        row["E-Mail"] = str(row["E-Mail"]).replace("@", f"{row['Nr']}@")
    mapping = {"contact_user_id": "Nr", "contact_name": "Name", "contact_email": "E-Mail", "contact_phone": "Telefon"}
    table = Table(mapping, default_region="DE")
    ran = table.write_twice(rows)
    assert outcomes(ran, STREAM)[Kind.CREATED] == len(rows)
    assert [contact["name"] for contact in table.contacts] == [row["Name"] for row in rows]
    assert [[phone.replace(" ext. ", "x") for phone in phones] for phones in table.phones()] == [wanted for _, _, wanted, _ in GERMANS * 20]
    assert [len(emails) for emails in table.emails()][:5] == [1, 1, 1, 2, 1]
    assert share(table.phones(), rows, "Telefon") == pytest.approx(0.9)
    assert "Values left out of stream users: contact_phone 20 of 200." in ran.logs
