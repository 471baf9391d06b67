"""Which country does a text name, for the phone numbers of a row? (pure)

It may be a code of ISO 3166-1, with two letters or three, or an English name in use: those of Unicode's CLDR, and others that
occur in tables of customers. Spelling variants (letter case, accents, `&`, `St.`) do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

_COUNTRIES = """
AC - Ascension Island
AD AND Andorra
AE ARE United Arab Emirates; UAE; Emirates
AF AFG Afghanistan
AG ATG Antigua and Barbuda
AI AIA Anguilla
AL ALB Albania
AM ARM Armenia
AO AGO Angola
AR ARG Argentina
AS ASM American Samoa
AT AUT Austria
AU AUS Australia
AW ABW Aruba
AX ALA Åland Islands; Aland Islands
AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina; Bosnia
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium
BF BFA Burkina Faso
BG BGR Bulgaria
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin
BL BLM Saint Barthélemy; Saint Barthelemy
BM BMU Bermuda
BN BRN Brunei; Brunei Darussalam
BO BOL Bolivia; Bolivia, Plurinational State of; Plurinational State of Bolivia
BQ BES Bonaire, Sint Eustatius and Saba; Bonaire
BR BRA Brazil
BS BHS Bahamas; The Bahamas; Bahamas, The
BT BTN Bhutan
BW BWA Botswana
BY BLR Belarus
BZ BLZ Belize
CA CAN Canada
CC CCK Cocos Islands
CD COD The Democratic Republic Of Congo; Democratic Republic of the Congo; DR Congo; DRC; Congo, Democratic Republic of the
CF CAF Central African Republic
CG COG Congo; Republic of the Congo; Congo Republic
CH CHE Switzerland; Swiss Confederation
CI CIV Côte d'Ivoire; Ivory Coast; Cote d'Ivoire
CK COK Cook Islands
CL CHL Chile
CM CMR Cameroon
CN CHN China; People's Republic of China; PR China; Mainland China
CO COL Colombia
CR CRI Costa Rica
CU CUB Cuba
CV CPV Cape Verde; Cabo Verde
CW CUW Curaçao; Curacao
CX CXR Christmas Island
CY CYP Cyprus
CZ CZE Czechia; Czech Republic
DE DEU Germany; Federal Republic of Germany
DJ DJI Djibouti
DK DNK Denmark
DM DMA Dominica
DO DOM Dominican Republic
DZ DZA Algeria
EC ECU Ecuador
EE EST Estonia
EG EGY Egypt
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain
ET ETH Ethiopia
FI FIN Finland
FJ FJI Fiji
FK FLK Falkland Islands
FM FSM Micronesia; Micronesia, Federated States of; Federated States of Micronesia
FO FRO Faroe Islands
FR FRA France
GA GAB Gabon
GB GBR United Kingdom; UK; Great Britain; Britain; England; Scotland; Wales; Northern Ireland; UK of Great Britain and Northern Ireland
GD GRD Grenada
GE GEO Georgia
GF GUF French Guiana
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland
GM GMB Gambia; The Gambia; Gambia, The
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece; Hellas; Hellenic Republic
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong
HN HND Honduras
HR HRV Croatia
HT HTI Haiti
HU HUN Hungary
ID IDN Indonesia
IE IRL Ireland; Eire; Republic of Ireland
IL ISR Israel
IM IMN Isle Of Man
IN IND India
IO IOT British Indian Ocean Territory
IQ IRQ Iraq
IR IRN Iran; Iran, Islamic Republic of; Islamic Republic of Iran
IS ISL Iceland
IT ITA Italy
JE JEY Jersey
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan
KE KEN Kenya
KG KGZ Kyrgyzstan
KH KHM Cambodia
KI KIR Kiribati
KM COM Comoros
KN KNA Saint Kitts And Nevis; Saint Kitts and Nevis
KP PRK North Korea; DPRK; Democratic People's Republic of Korea; Korea, Democratic People's Republic of; Korea, North
KR KOR South Korea; Korea; Republic of Korea; Korea, Republic of; Korea, South
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan
LA LAO Laos; Lao People's Democratic Republic; Lao PDR
LB LBN Lebanon
LC LCA Saint Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania
LU LUX Luxembourg
LV LVA Latvia
LY LBY Libya; Libyan Arab Jamahiriya
MA MAR Morocco
MC MCO Monaco
MD MDA Moldova; Moldova, Republic of; Republic of Moldova
ME MNE Montenegro
MF MAF Saint Martin
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD Macedonia; Republic of North Macedonia
ML MLI Mali
MM MMR Myanmar; Burma
MN MNG Mongolia
MO MAC Macao; Macau
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta
MU MUS Mauritius
MV MDV Maldives
MW MWI Malawi
MX MEX Mexico
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands; Holland; The Netherlands
NO NOR Norway
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand; Aotearoa
OM OMN Oman
PA PAN Panama
PE PER Peru
PF PYF French Polynesia
PG PNG Papua New Guinea
PH PHL Philippines; The Philippines
PK PAK Pakistan
PL POL Poland
PM SPM Saint Pierre And Miquelon; Saint Pierre and Miquelon
PR PRI Puerto Rico
PS PSE Palestine; State of Palestine; Palestine, State of
PT PRT Portugal
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar
RE REU Reunion
RO ROU Romania
RS SRB Serbia
RU RUS Russia; Russian Federation
RW RWA Rwanda
SA SAU Saudi Arabia; Kingdom of Saudi Arabia; KSA
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden
SG SGP Singapore
SH SHN Saint Helena
SI SVN Slovenia
SJ SJM Svalbard And Jan Mayen; Svalbard
SK SVK Slovakia; Slovak Republic
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan
ST STP Sao Tome And Principe; São Tomé and Príncipe; Sao Tome and Principe
SV SLV El Salvador
SX SXM Sint Maarten (Dutch part); Sint Maarten
SY SYR Syria; Syrian Arab Republic
SZ SWZ Swaziland; Eswatini
TA - Tristan da Cunha
TC TCA Turks And Caicos Islands; Turks and Caicos Islands
TD TCD Chad
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan
TK TKL Tokelau
TL TLS Timor-Leste; East Timor
TM TKM Turkmenistan
TN TUN Tunisia
TO TON Tonga
TR TUR Turkey; Türkiye; Turkiye
TT TTO Trinidad and Tobago; Trinidad
TV TUV Tuvalu
TW TWN Taiwan; Taiwan, Province of China; Chinese Taipei; Republic of China
TZ TZA Tanzania; Tanzania, United Republic of; United Republic of Tanzania
UA UKR Ukraine
UG UGA Uganda
US USA United States; United States of America; America; US of A; The States
UY URY Uruguay
UZ UZB Uzbekistan
VA VAT Vatican; Holy See
VC VCT Saint Vincent And The Grenadines; Saint Vincent and the Grenadines
VE VEN Venezuela; Venezuela, Bolivarian Republic of; Bolivarian Republic of Venezuela
VG VGB British Virgin Islands
VI VIR U.S. Virgin Islands; US Virgin Islands; Virgin Islands
VN VNM Vietnam; Viet Nam
VU VUT Vanuatu
WF WLF Wallis And Futuna; Wallis and Futuna
WS WSM Samoa
XK XKX Kosovo
YE YEM Yemen
YT MYT Mayotte
ZA ZAF South Africa; Republic of South Africa; RSA
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""
"""Of each region that phonenumbers knows: two letters, three letters, names."""

_WORD = re.compile(r"[^\W_]+")
_INSIDE_A_WORD = re.compile(r"(?<=\b\w)\.(?=\w\b|\s|$)|['\u2019]")
_SHORT_FORMS = {"st": "saint", "rep": "republic", "dem": "democratic"}


@lru_cache(maxsize=1024)
def region_of(named: str) -> str | None:
    """The two letters of a country, such as `DE` of `Germany`, `deu` or ` DE `; None if no country has this name."""
    return _regions().get(_plain(named))


def _plain(name: str) -> str:
    """The words of a name as they are compared."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
    joined = _INSIDE_A_WORD.sub("", bare).replace("&", " and ")
    words = [_SHORT_FORMS.get(word, word) for word in _WORD.findall(joined)]
    return " ".join(words[1:] if words[:1] == ["the"] else words)


@cache
def _regions() -> Mapping[str, str]:
    """By every code and name."""
    found: dict[str, str] = {}
    for line in _COUNTRIES.strip().splitlines():
        two, three, names = line.split(" ", 2)
        found.update((_plain(name), two) for name in (*names.split("; "), three, two) if name != "-")
    return found
