from __future__ import annotations

import random
import time

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from destination_close.values.phones import MOST_CHARACTERS, phones_in

NUMBER = "+16502530000"
NEXT = "+16502530001"
BERLIN = "+49301234567"


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("0800 FLOWERS", "DE", "+498003569377"),
        ("1-800-FLOWERS", "DE", None),
        ("1-800-FLOWERS", "FR", None),
    ],
)
def test_a_vanity_number_is_dialled_only_as_its_region_writes_it(text: str, region: str, number: str | None) -> None:
    assert phones_in(text, region).numbers == ((number,) if number else ())


@pytest.mark.parametrize(
    ("region", "written", "numbers"),
    [
        # prefixes for calls abroad, where they are not those of the region too
        ("US", "0049 30 1234567", [BERLIN]),
        ("US", "011 49 30 1234567", [BERLIN]),
        ("US", "+0049 30 1234567", [BERLIN]),
        ("US", "(+49) 30 1234567", [BERLIN]),
        ("US", "0049 (0)30 1234567", [BERLIN]),
        ("AU", "0011 49 30 1234567", [BERLIN]),
        ("US", "001-315-224-3556", ["+13152243556"]),
        ("DE", "001-315-224-3556", ["+13152243556"]),
        ("US", "+44 (0)20 7946 0958", ["+442079460958"]),
        ("ES", "+34 (0)91 123 45 67", ["+34911234567"]),
        ("IT", "+39 (0)6 1234 5678", ["+390612345678"]),
        # made up, and not impossible
        ("US", "001-315-2243", ["+10013152243"]),
        ("US", "123-456-7890", ["+11234567890"]),
        # what programs make of a number
        ("DE", "1701234567.0", ["+491701234567"]),
        ("US", "4.155552671E9", ["+14155552671"]),
        ("US", "'4155552671", ["+14155552671"]),
        ("US", '="4155552671"', ["+14155552671"]),
        ("US", "tel:846-790-4623", ["+18467904623"]),
        ("US", "tel:+1-846-790-4623;ext=4715", ["+18467904623x4715"]),
        ("US", "callto:+1-846-790-4623", ["+18467904623"]),
        ("US", "６５０-253-0000", [NUMBER]),
        ("US", "٦٥٠٢٥٣٠٠٠٠", [NUMBER]),
        ("US", "650–253–0000", [NUMBER]),
        ("US", "\u202a+1\u00a0650\u00a0253\u00a00000\u202c", [NUMBER]),
        # extensions
        *(
            ("US", f"846-790-4623{extension}", ["+18467904623x4715"])
            for extension in (
                *("x4715", " x4715", " x 4715", "X4715", " ext. 4715", " ext 4715", " Ext:4715", " extension 4715", " extn 4715"),
                *("#4715", " #4715", " # 4715", ";ext=4715", ", ext. 4715", " (ext. 4715)", " (x4715)", ",,4715#", ",4715", ";4715"),
                *(" ext. 4715 (work)", "x4715 Bob"),
            )
        ),
        ("US", "001-846-790-4623x4715", ["+18467904623x4715"]),
        ("DE", "030 1234567 Durchwahl 12", [f"{BERLIN}x12"]),
        ("AT", "+43 1 1234567 DW 12", ["+4311234567x12"]),
        ("BR", "(11) 91234-5678 ramal 12", ["+5511912345678x12"]),
        ("RU", "8 (495) 123-45-67 доб. 12", ["+74951234567x12"]),
        # several in one cell
        *(
            ("US", f"650-253-0000{separator}650-253-0001", [NUMBER, NEXT])
            for separator in ("/", " / ", ";", "; ", ",", ", ", "\n", "\r\n", ":::", " ::: ", "|", " or ", " and ", " & ", "  ", " - ")
        ),
        ("US", "650-253-0000/0001", [NUMBER, NEXT]),
        ("US", "650-253-0000/253-0001", [NUMBER, NEXT]),
        ("US", "650-253-0000 (650-253-0001)", [NUMBER, NEXT]),
        ("US", "650-253-0000, 650-253-0000", [NUMBER]),
        ("US", "(650)253-0000x22/(650)253-0001 x 23", [f"{NUMBER}x22", f"{NEXT}x23"]),
        ("US", "home: 650-253-0000, work: 650-253-0001 x 12", [NUMBER, f"{NEXT}x12"]),
        ("US", "650.253.0000 (cell)/650.253.0001 (work)", [NUMBER, NEXT]),
        ("US", "+1 650 253 0000;+1 650 253 0001;+49 30 1234567", [NUMBER, NEXT, BERLIN]),
        ("DE", "030 1234567/68", [BERLIN, "+49301234568"]),
        ("DE", "030/1234567/68", [BERLIN, "+49301234568"]),
        ("DE", "030 1234567 / 0171 1234567", [BERLIN, "+491711234567"]),
        ("DE", "0171/123456/0171/123457", ["+49171123456", "+49171123457"]),
        ("DE", "Tel.: 030 1234567, Fax: 030 1234568", [BERLIN, "+49301234568"]),
        ("CH", "044 123 45 67/68", ["+41441234567", "+41441234568"]),
        ("IN", "+91-22-12345678/9876543210", ["+912212345678", "+919876543210"]),
        # one number with the separators of several
        ("DE", "030/1234567", [BERLIN]),
        ("DE", "089 / 123 456", ["+4989123456"]),
        ("DE", "+49 (0) 30 / 123 45 67", [BERLIN]),
        ("AT", "0316/1234567", ["+433161234567"]),
        ("BE", "02/345.67.89", ["+3223456789"]),
        ("BE", "0475/12.34.56", ["+32475123456"]),
        ("FR", "01/23/45/67/89", ["+33123456789"]),
        ("SE", "070-123/45 67", ["+46701234567"]),
        # notes around it
        ("DE", "030 1234567 privat", [BERLIN]),
        ("DE", "030 1234567 Fax", [BERLIN]),
        ("DE", "030 1234567 (9-17 Uhr)", [BERLIN]),
        ("DE", "030 1234567 (9-17)", [BERLIN]),
        ("DE", "Mo-Fr 9-17 Uhr: 030 1234567", [BERLIN]),
        ("DE", "T+49 30 1234567", [BERLIN]),
        ("DE", "Tel030 1234567", [BERLIN]),
        ("US", "(650) 253-0000 (9-5)", [NUMBER]),
        ("US", "650-253-0000 [22]", [NUMBER]),
        ("US", "650-253-0000 24/7", [NUMBER]),
        ("US", "650-253-0000 home", [NUMBER]),
        ("US", "+1 (650) 253-0000 (mobile)", [NUMBER]),
        ("US", "(mobile) 650 253 0000", [NUMBER]),
        ("US", "O: 650-253-0000 | M: 650-253-0001", [NUMBER, NEXT]),
        ("US", "call 650-253-0000 after 5", [NUMBER]),
        # the whole number in words
        ("US", "1-800-FLOWERS", ["+18003569377"]),
        ("US", "(800) FLOWERS", ["+18003569377"]),
        ("US", "1 800 GO FEDEX", ["+18004633339"]),
        ("US", "415-CALL-NOW", ["+14152255669"]),
        ("DE", "0800 REIMBURSE", ["+49800734628773"]),
        # without a region
        (None, "+49 30 1234567", [BERLIN]),
        (None, "0049 30 1234567", [BERLIN]),
    ],
)
def test_what_people_write_names_these_numbers_and_nothing_else(region: str | None, written: str, numbers: list[str]) -> None:
    found = phones_in(written, region)
    assert (list(found.numbers), found.has_more) == (numbers, False)


@pytest.mark.parametrize(
    ("region", "written"),
    [
        *(
            ("US", junk)
            for junk in ("call me", "n/a", "-", "?", "room 12", "x4715", "1", "1234", "253-0000", "+999123456", "9" * 30, "9" * 300)
        ),
        *(
            ("US", junk)
            for junk in ("bob2004@x.co", "https://acme.example/6502530000", "$6502530000", "KD1234567890", "4.16E+09", "415 home 123")
        ),
        *(
            ("DE", junk)
            for junk in ("2026-01-05", "31.12.2024", "12/31/2024 10:00", "10.0.0.1", "030 PRIVAT", "12345678Z", "3 Zimmer", "030")
        ),
        ("GB", "1234"),
        (None, "030 1234567"),
    ],
)
def test_what_is_no_whole_number_names_none_and_that_is_noticed(region: str | None, written: str) -> None:
    assert phones_in(written, region) == ((), True)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [("650-253-0000, 1234567890123456", [NUMBER]), ("650-253-0000 ext 12 or 13", [f"{NUMBER}x12"]), ("Ext. 12, 650-253-0000", [NUMBER])],
)
def test_what_cannot_be_read_beside_a_number_is_noticed(written: str, numbers: list[str]) -> None:
    found = phones_in(written, "US")
    assert (list(found.numbers), found.has_more) == (numbers, True)


WRITTEN = st.text(st.sampled_from("0123456789+()-./ ;,x#:\nextFaxüé[]&"), max_size=30)


@given(WRITTEN | st.text(max_size=30), st.sampled_from(["US", "DE", "AT", "FR", "IN", "JP", "NU", None]))
def test_nothing_impossible_is_ever_given(written: str, region: str | None) -> None:
    found = phones_in(written.strip(), region)
    for number in found.numbers:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_possible_number(parsed)
        assert phones_in(number, region) == ((number,), False)
    assert found.numbers or found.has_more


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize("kind", [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE], ids=["fixed", "mobile"])
@pytest.mark.parametrize("region", REGIONS)
def test_real_numbers_of_every_country_arrive_however_they_are_written(region: str, kind: int) -> None:
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None:
        pytest.skip("the country has no number of this kind")
    forms = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.RFC3966)
    e164, _, national, _ = (phonenumbers.format_number(example, form) for form in forms)
    written = [phonenumbers.format_number(example, form) for form in forms]
    for away in {"US", "DE"} - {region}:
        assert phones_in(phonenumbers.format_out_of_country_calling_number(example, away), away).numbers == (e164,)
    written += [national.replace(" ", "."), national.replace(" ", "-"), national.replace(" ", "/", 1), f"{national}; {national}"]
    written += [f"{national} (mobile)", f"Tel. {national}", f"{national}\n{national}", "".join(filter(str.isdigit, national))]

    assert {one: phones_in(one, region).numbers for one in written} == dict.fromkeys(written, (e164,))
    assert phones_in(f"{national} ext 12", region).numbers == (f"{e164}x12",)


FAKER = (
    *("##########", "###-###-####", "(###)###-####", "###.###.####", "###-###-####x###", "(###)###-####x####", "###.###.####x#####"),
    *("+1-###-###-####", "001-###-###-####", "+1-###-###-####x###", "001-###-###-####x#####"),
)
"""How the library that most sample data is made with writes phone numbers of the US; the digits are random."""


def test_sample_data_arrives_whole() -> None:
    draw = random.Random(13)
    arrived = 0
    for _ in range(5000):
        written = "".join(str(draw.randrange(10)) if char == "#" else char for char in draw.choice(FAKER))
        number, _, extension = written.partition("x")
        wanted = f"+1{''.join(filter(str.isdigit, number))[-10:]}" + (f"x{extension}" if extension else "")
        arrived += phones_in(written, "US").numbers == (wanted,)
    assert arrived / 5000 > 0.999


@pytest.mark.parametrize("piece", ["1", "1/", "+1(", "(", "x1", "1;", "a1", "[1", "1 ", "+"])
def test_long_junk_takes_no_longer_than_reading_it(piece: str) -> None:
    begun = time.perf_counter()
    for length in (MOST_CHARACTERS, 100_000):
        assert phones_in((piece * length)[:length], "DE").numbers == ()
    assert time.perf_counter() - begun < 1
