from __future__ import annotations

import time
from typing import Any

import pytest

from destination_close.model import Placeholders
from destination_close.values import Invalid, Partly, listing
from destination_close.values.email_addresses import addresses_in, is_address
from destination_close.values.web_addresses import is_web_address, web_addresses_in

NONE = Placeholders(())
emails = listing.reader(listing.emails(Placeholders()), str.lower, Placeholders())
urls = listing.reader(listing.urls, str, NONE)
phones = listing.reader(listing.phones("US"), str, NONE)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        *(("ann@x.co", ["ann@x.co"]), (" Ann@X.co ", ["Ann@X.co"]), ("mailto:ann@x.co", ["ann@x.co"]), ("MAILTO:ann@x.co", ["ann@x.co"])),
        *(("mailto:ann@x.co?subject=Hi", ["ann@x.co"]), ("Email: ann@x.co", ["ann@x.co"]), ("<ann@x.co>", ["ann@x.co"])),
        *(("Ann Lee <ann@x.co>", ["ann@x.co"]), ("Lee, Ann <ann@x.co>", ["ann@x.co"]), ("'ann@x.co'", ["ann@x.co"])),
        *(("ann@x.co (work)", ["ann@x.co"]), ("ann@x.co,", ["ann@x.co"]), ("o'neil@x-y.co.uk", ["o'neil@x-y.co.uk"])),
        *(
            (f"ann@x.co{sep}bob@x.co", ["ann@x.co", "bob@x.co"])
            for sep in (";", "; ", ",", ", ", "\n", "\r\n", "|", " | ", " ", "/", " and ", ":::")
        ),
        ('"Lee, Ann" <ann@x.co>; Bob <bob@x.co>', ["ann@x.co", "bob@x.co"]),
        ("ann@x.co, Bob Lee <bob@x.co>", ["ann@x.co", "bob@x.co"]),
        ("Ann <ann@x.co> Bob <bob@x.co>", ["ann@x.co", "bob@x.co"]),
        ("ann@x.co (work); bob@x.co [home]", ["ann@x.co", "bob@x.co"]),
        ('["ann@x.co", "bob@x.co"]', ["ann@x.co", "bob@x.co"]),
        ("['ann@x.co', 'bob@x.co']", ["ann@x.co", "bob@x.co"]),
        ("[ann@x.co, bob@x.co]", ["ann@x.co", "bob@x.co"]),
        (["ann@x.co; bob@x.co", None, "", "ANN@x.co"], ["ann@x.co", "bob@x.co"]),
        ("an\u200bn@x.co", ["ann@x.co"]),
    ],
)
def test_every_email_of_a_cell_is_taken_once(cell: Any, found: list[str]) -> None:
    assert emails(cell) == tuple(found)


@pytest.mark.parametrize(
    "cell", ["ann", "a b@x.co", "john doe@x.co", "a@b@c.co", "J.Smith", "Ann Lee ann@x.co", 5, True, {"a": 1}, [["ann@x.co"]]]
)
def test_what_is_no_email_is_refused(cell: Any) -> None:
    found = emails(cell)
    assert isinstance(found, Partly)
    assert (found.found, found.first_is_refused) == ((), True)


def test_a_wrong_email_does_not_take_the_others_along() -> None:
    assert emails("ann@x.co; J.Smith; bob@x.co") == Partly(
        ("ann@x.co", "bob@x.co"), Invalid("one email address like ann@example.com, of at most 254 characters")
    )


def test_placeholders_among_emails_are_counted() -> None:
    assert emails("n/a; ann@x.co") == Partly(("ann@x.co",), placeholders=1)
    assert emails(["null", "ann@x.co", "-"]) == Partly(("ann@x.co",), placeholders=2)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        *(
            (f"https://a.com{sep}https://b.com", ["https://a.com", "https://b.com"])
            for sep in (";", "; ", ",", ", ", "\n", " ", " | ", " and ", ":::")
        ),
        *((f"a.com{sep}www.b.co.uk/x", ["a.com", "www.b.co.uk/x"]) for sep in (";", "; ", ",", ", ", "\n", " ", " | ", " or ")),
        *(
            (one, [one])
            for one in ("https://x.co/a,b", "https://x.co/a;b", "https://x.co/?q=a|b", "https://web.archive.org/web/2020/https://x.co")
        ),
        *(("<https://a.com>", ["https://a.com"]), ('["a.com", "b.com"]', ["a.com", "b.com"])),
    ],
)
def test_every_web_address_of_a_cell_is_taken(cell: Any, found: list[str]) -> None:
    assert urls(cell) == tuple(found)


@pytest.mark.parametrize(
    "cell", ["acme.com/about us", "http://a b", "J.Smith", "https://https://a", "Acme Inc.", "https://a.com and J.Smith", 3.14]
)
def test_what_is_no_web_address_is_refused_whole(cell: Any) -> None:
    found = urls(cell)
    assert isinstance(found, Partly)
    assert found.found == ()


@pytest.mark.parametrize(
    ("cell", "found"), [(6502530000, "+16502530000"), (6502530000.0, "+16502530000"), (["650 253 0000"], "+16502530000")]
)
def test_phones_may_be_numbers(cell: Any, found: str) -> None:
    assert phones(cell) == (found,)


@pytest.mark.parametrize(
    ("cell", "kind"), [(True, "true or false"), ({"a": 1}, "an object"), ([["6502530000"]], "a list"), (1.5, "a number")]
)
def test_what_is_no_phone_is_said_to_be_what_it_is(cell: Any, kind: str) -> None:
    found = phones(cell)
    assert isinstance(found, Partly)
    assert found.refused == Invalid(f"one phone number like +16505551234, not {kind}")


@pytest.mark.parametrize("read", [addresses_in, web_addresses_in, is_address, is_web_address], ids=lambda read: read.__name__)
@pytest.mark.parametrize("piece", ["1.", "a.", "a@", "a b", "a ", "<", "a;", '"a', "a@b.co ", "http://", "x://a@", "(", "a <"])
def test_long_junk_takes_no_longer_than_reading_it(read: Any, piece: str) -> None:
    begun = time.perf_counter()
    for length in (2000, 5000, 100_000):
        read((piece * length)[:length] + "!")
    assert time.perf_counter() - begun < 1
