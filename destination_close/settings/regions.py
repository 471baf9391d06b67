"""Which country did somebody mean who did not enter its two letters? (pure)"""

from __future__ import annotations

from destination_close.model import nearest

_NOT_ISO = dict(pair.split(":") for pair in ["UK:GB", "EN:GB", "EL:GR", "SU:RU", "YU:RS", "UAE:AE", "KSA:SA", "GER:DE", "SUI:CH"])
"""Letters in common use that are not ISO codes."""

_PAIRS = """
    UAE:AE KSA:SA GER:DE SUI:CH ARE:AE ARG:AR AUS:AU AUT:AT BEL:BE BGR:BG BRA:BR CAN:CA CHE:CH CHL:CL CHN:CN COL:CO CYP:CY
    CZE:CZ DEU:DE DNK:DK EGY:EG ESP:ES EST:EE FIN:FI FRA:FR GBR:GB GRC:GR HKG:HK HRV:HR HUN:HU IDN:ID IND:IN IRL:IE ISL:IS
    ISR:IL ITA:IT JPN:JP KOR:KR LTU:LT LUX:LU LVA:LV MEX:MX MLT:MT MYS:MY NGA:NG NLD:NL NOR:NO NZL:NZ PAK:PK PER:PE PHL:PH
    POL:PL PRT:PT ROU:RO RUS:RU SAU:SA SGP:SG SRB:RS SVK:SK SVN:SI SWE:SE THA:TH TUR:TR TWN:TW UKR:UA USA:US VNM:VN ZAF:ZA
"""
_ALPHA_3 = dict(pair.split(":") for pair in _PAIRS.split())

_SPOKEN = {
    "america": "US",
    "britain": "GB",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "scotland": "GB",
    "the netherlands": "NL",
    "united states of america": "US",
    "wales": "GB",
}


def region_meant(given: str) -> str | None:
    """The two letters that were meant: by others in common use, by three letters, or by the country's name in English."""
    letters, name = given.strip().upper(), given.strip().casefold()
    known = _NOT_ISO.get(letters) or _ALPHA_3.get(letters) or _SPOKEN.get(name)
    if known or len(letters) < 4:
        return known
    names = _english_names()
    near = nearest(name, names, least=0.8)
    return names.get(name) or (names[near] if near else None)


def _english_names() -> dict[str, str]:
    from phonenumbers.geodata.locale import LOCALE_DATA  # here, since importing it takes a second, and few need it

    names = {}
    for region, spoken in LOCALE_DATA.items():
        said = spoken.get("en", "")
        names[spoken.get(said[1:], "").casefold() if said.startswith("*") else said.casefold()] = region
    return names
