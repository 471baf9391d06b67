from __future__ import annotations

import phonenumbers
import pytest

from destination_close.values.countries import _COUNTRIES, _plain, region_of


@pytest.mark.parametrize(
    ("named", "region"),
    [
        *(("DE", "DE"), ("de", "DE"), (" deu ", "DE"), ("Germany", "DE"), ("GERMANY", "DE")),
        *(("UK", "GB"), ("U.K.", "GB"), ("Great Britain", "GB"), ("England", "GB"), ("United Kingdom", "GB")),
        *(("USA", "US"), ("U.S.A.", "US"), ("U.S.", "US"), ("United States", "US"), ("The United States of America", "US")),
        *(("the Netherlands", "NL"), ("Holland", "NL"), ("Côte d’Ivoire", "CI"), ("Ivory Coast", "CI")),
        *(("St. Lucia", "LC"), ("Trinidad & Tobago", "TT"), ("Türkiye", "TR"), ("Turkey", "TR"), ("Korea, Republic of", "KR")),
        *(("South Korea", "KR"), ("Viet Nam", "VN"), ("Czechia", "CZ"), ("Czech Republic", "CZ"), ("Hong Kong", "HK"), ("no", "NO")),
        *(("", None), ("-", None), ("Atlantis", None), ("ZZ", None), ("Germany?", "DE"), ("49", None)),
    ],
)
def test_a_country_is_told_by_its_code_or_its_english_name(named: str, region: str | None) -> None:
    assert region_of(named) == region


def test_every_region_with_phone_numbers_has_a_name() -> None:
    assert {line[:2] for line in _COUNTRIES.strip().splitlines()} == set(phonenumbers.SUPPORTED_REGIONS)


def test_no_name_means_two_countries() -> None:
    names = [_plain(name) for line in _COUNTRIES.strip().splitlines() for name in {*line.split(" ", 2)[2].split("; ")}]
    codes = [code for line in _COUNTRIES.strip().splitlines() for code in line.lower().split(" ", 2)[:2] if code != "-"]
    plain = {(_plain(name), line[:2]) for line in _COUNTRIES.strip().splitlines() for name in line.split(" ", 2)[2].split("; ")}
    assert len(plain) == len({name for name, _ in plain})
    assert len(codes) == len(set(codes))
    assert not set(names) & set(codes)
