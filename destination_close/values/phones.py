"""Which phone numbers does the text of a cell name? (pure)

People write more than a number: an extension, a second number, what it is for, when to call. The text is read as a row of
marks: runs of digits, words, separators, extensions. A run is a number if the number library calls it possible; words are
never dialled, unless the whole text is a vanity number. What cannot be read without guessing is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import takewhile
from typing import Any, Literal, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

MOST_CHARACTERS = 200
FEWEST_DIGITS = 6
"""Of a number that is not known to exist; fewer digits are an area code, a time of day or a room."""

MOST_PARTS = 5
"""Behind the first part of a number, with `/` between them."""

NUMBERS_REMEMBERED = 8192


class Phones(NamedTuple):
    """What a text names."""

    numbers: tuple[str, ...] = ()
    """In E.164 (`+16505551234`), with an extension as `+16505551234x12`."""

    has_more: bool = False
    """Whether the text also contains something that looks like a number and cannot be one."""


NONE = Phones((), has_more=True)

_NORTH_AMERICAN = re.compile(r"\+1[2-9][0-9]{9}")
"""Already in E.164, as a program writes it. For no other country can this be recognized without its rules on prefixes."""


def is_plain_number(value: Any) -> bool:
    """Whether it is a number in the form in which it is stored."""
    return value.__class__ is str and _NORTH_AMERICAN.fullmatch(value) is not None


def phones_in(text: str, region: str | None) -> Phones:
    """The numbers of a trimmed text; those without a country code are assumed to be from the region, and are not read if there is none."""
    if _NORTH_AMERICAN.fullmatch(text):
        return Phones((text,))
    return _read(text, region) if len(text) <= MOST_CHARACTERS else NONE


@lru_cache(maxsize=NUMBERS_REMEMBERED)
def _read(text: str, region: str | None) -> Phones:
    plain = _plain(text)
    if plain is None or _NO_PHONE.search(plain):
        return NONE
    if vanity := _vanity(plain, region):
        return Phones((_e164(vanity, ""),))
    return _Reader(region).read(list(_marks(plain)))


# --- the text as people type it, in plain characters -------------------------------------------------------------------

_NO_PHONE = re.compile(
    r"[@$€£%\\]|://|\bwww\.|^\W*(?:19|20)[0-9]{2}[-./](?:0[1-9]|1[0-2])[-./][0-3][0-9](?![0-9])"
    r"|^\W*[0-3]?[0-9][-./][0-3]?[0-9][-./](?:19|20)[0-9]{2}(?:[T ].*)?$"
)
"""Addresses, amounts and dates: their digits would pass as a phone number in some countries."""

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_FLOAT = re.compile(r"(\+?[0-9]{5,})\.0+")
_SCHEME = re.compile(r"^(?:tel|phone|callto|sms|fax|whatsapp):(?://)?|;(?:phone-context|isub)=[^;]*", re.IGNORECASE)
_AROUND_THE_CLOCK = re.compile(r"(?<=\s)24\s?/\s?7\b")
_QUOTES = "'\"`´\u2018\u2019\u201c\u201d="


def _plain(text: str) -> str | None:
    """The text in ASCII digits, dashes and blanks, without what spreadsheets put around it; None for a number that lost digits."""
    found = text if text.isascii() else "".join(map(_ascii, unicodedata.normalize("NFKC", text)))
    found = _AROUND_THE_CLOCK.sub("", _SCHEME.sub("", found.strip().strip(_QUOTES).strip()))
    if _SCIENTIFIC.fullmatch(found):
        return _written_out(found)
    return whole[1] if (whole := _FLOAT.fullmatch(found)) else found


def _ascii(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Cf":
        return ""
    return {"Pd": "-", "Zs": " "}.get(category, "-" if char == "\u2212" else char)


def _written_out(scientific: str) -> str | None:
    """`4.155552671E9` is how a spreadsheet writes a complete number; `4.16E+09` has lost digits."""
    try:
        number = Decimal(scientific)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    return format(number, "f") if isinstance(exponent, int) and -1 <= exponent <= 0 and number == number.to_integral_value() else None


# --- marks: what the text is made of -----------------------------------------------------------------------------------

Kind = Literal["run", "word", "separator", "extension", "note"]


class Mark(NamedTuple):
    """A piece of the text."""

    kind: Kind
    text: str


_EXTENSION_WORDS = (
    "extensi[oó]n|extn|ext|ex|xtn|x|int|interno|anexo|ramal|poste|durchwahl|dw|apparat|app|toestel|tst|klappe|kl|nst|wewn|доб|вн"
)
_MARKS = re.compile(
    rf"""
    (?P<extension> [\s,;([]* (?: ;\s*ext\s*= | (?<![^\W\d_]) (?:{_EXTENSION_WORDS}) (?![^\W\d_]) [.:]* | \# | ~ )
                   [\s:=#.-]* (?P<dialled>[0-9]{{1,7}}) (?![0-9]) (?!\s*[-.]\s*[0-9]{{3}}) [\s\])#]*
                 | ,,+ \s* (?P<paused>[0-9]{{1,9}}) \#? (?![0-9])
    )
    | (?P<note> [([{{<] [^()[\]{{}}<>]* [^\W\d_] [^()[\]{{}}<>]* [)\]}}>] )
    | (?P<separator> \s* (?: [\r\n]+ | :{{2,}} | [;,/|&] | \b(?:or|and|oder|und|ou|et|y|o)\b ) \s* )
    | (?P<run> (?: [+(\[]+ \s* )? [0-9] (?: [0-9 \t.)\]-] | [(\[] (?=[0-9\s./-]*[)\]]) | (?<=[\s(-]) \+ )* )
    | (?P<word> [^\W\d_]+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LABEL_WORDS = """
tel telephone telefon telefono teléfono telefone téléphone phone phones ph fon fax mob mobile mobil
handy cell cel celular movil móvil portable work office home main direct private privat gsm whatsapp
t p f m h w o c d n no nr
"""
"""Words that may stand right before or behind the digits, as in `T+49 30 1234567`; other letters there make a code of them."""

_LABELS = frozenset(_LABEL_WORDS.split())


def _marks(text: str) -> Iterator[Mark]:
    for found in _MARKS.finditer(text):
        match found.lastgroup:
            case "extension" | "dialled" | "paused":
                yield Mark("extension", found["dialled"] or found["paused"])
            case "run":
                yield Mark("run" if _stands_alone(text, found) else "word", found[0].strip())
            case "word" | "separator" | "note" as kind:
                yield Mark(kind, found[0].strip(" \t"))


def _stands_alone(text: str, run: re.Match[str]) -> bool:
    """False for digits that are part of a code such as `KD1234567` or `12345678Z`."""
    before, after = re.search(r"[^\W\d_]+\Z", text[: run.start()]), re.match(r"[^\W\d_]+", text[run.end() :])
    touches_after = after and run[0][-1:].isdigit()
    around = [found[0].lower() for found in (before, after if touches_after else None) if found]
    return all(word in _LABELS or re.fullmatch(_EXTENSION_WORDS, word) for word in around)


# --- from marks to numbers -----------------------------------------------------------------------------------------------

_GROUP_BEHIND = re.compile(r"(.*[0-9].*?)\s*[(\[]\s*([0-9][0-9\s./-]*)[)\]]\s*")
_TRUNK = re.compile(r"[(\[\s]*[0+]")


class _Reader:
    """Joins runs if one number is written in parts, and splits a run that contains two."""

    def __init__(self, region: str | None) -> None:
        self._region = region
        self._numbers: list[tuple[PhoneNumber, str]] = []
        """With the run that each was read from."""

        self._extensions: dict[int, str] = {}
        self._has_more = False

    def read(self, marks: Sequence[Mark]) -> Phones:
        has_words = any(mark.kind in ("word", "note") for mark in marks)
        place = 0
        while place < len(marks):
            mark = marks[place]
            if mark.kind == "extension":
                self._extend(mark.text)
            elif mark.kind == "run":
                separator = marks[place - 1].text if place and marks[place - 1].kind == "separator" else ""
                place += self._run(mark.text, marks[place + 1 :], separator, has_words)
            place += 1
        found = [_e164(number, self._extensions.get(index, "")) for index, (number, _) in enumerate(self._numbers)]
        return Phones(tuple(dict.fromkeys(found)), self._has_more or not found)

    def _extend(self, extension: str) -> None:
        last = len(self._numbers) - 1
        if last < 0 or last in self._extensions:
            self._has_more = True
        else:
            self._extensions[last] = extension

    def _run(self, run: str, after: Sequence[Mark], separator: str, has_words: bool) -> int:
        """Takes a run; returns how many of the marks after it belong to it too."""
        is_first = not self._numbers
        if not is_first and separator and self._continue(run, after, separator):
            return 0
        digits = sum(map(str.isdigit, run))
        if digits < FEWEST_DIGITS and (taken := self._joined(run, after)):
            return taken
        if found := self._number(run):
            self._numbers.append((found, run))
            return 0
        if (behind := _GROUP_BEHIND.fullmatch(run)) and (found := self._number(behind[1])):
            self._numbers.append((found, behind[1]))
            if other := self._number(behind[2]):
                self._numbers.append((other, behind[2]))
            return 0
        if pair := self._two(run):
            self._numbers += pair
            return 0
        if taken := self._joined(run, after):
            return taken
        self._has_more = self._has_more or not (has_words and digits < FEWEST_DIGITS)
        return 0

    def _number(self, run: str) -> PhoneNumber | None:
        if (behind := _GROUP_BEHIND.fullmatch(run)) and _complete(behind[1], self._region):
            return None  # what stands in brackets behind a whole number is a note
        return _complete(run, self._region)

    def _continue(self, run: str, after: Sequence[Mark], separator: str) -> bool:
        """Whether the run is the end of the previous number for another line, as in `650-253-0000/0001`, or its extension."""
        number, written = self._numbers[-1]
        digits = "".join(filter(str.isdigit, run))
        national = phonenumbers.national_significant_number(number)
        is_pause = separator in (",", ";") and len(digits) < FEWEST_DIGITS and len(self._numbers) - 1 not in self._extensions
        if is_pause and not _complete(run, self._region):
            self._extend(digits)  # what is dialled after a pause
            return True
        if separator not in ("/", ",", "&", "or", "and", "oder", "und") or len(digits) >= len(national) or "+" in run:
            return False
        if len(self._numbers) - 1 in self._extensions:
            return False  # it could be another line or an extension
        is_tail = len(digits) <= 4
        if is_tail and self._begins_a_number(run, after):
            return False
        if not is_tail and not (_TRUNK.match(written) and not _TRUNK.match(run)) and _complete(run, self._region):
            return False
        other = _possible(f"+{number.country_code}{national[: -len(digits)]}{digits}", None)
        if other is None:
            return False
        self._numbers.append((other, written))
        return True

    def _begins_a_number(self, run: str, after: Sequence[Mark]) -> bool:
        """Whether a short run is an area code: `0171/123456/0171/123457`."""
        return bool(_TRUNK.match(run)) and len(after) > 1 and after[1].kind == "run" and bool(_complete(run + after[1].text, self._region))

    def _joined(self, run: str, after: Sequence[Mark]) -> int:
        """How many marks after the run belong to a number whose parts are separated by `/` or `,`, as in `030/1234567`."""
        parts = [run]
        for place in range(0, min(len(after) - 1, 2 * MOST_PARTS), 2):
            separator, other = after[place], after[place + 1]
            if separator.kind != "separator" or separator.text not in ("/", ",") or other.kind != "run":
                return 0
            parts.append(other.text)
            is_in_groups = 2 * len(parts) <= sum(map(str.isdigit, "".join(parts)))
            if is_in_groups and (found := self._number(" ".join(parts))):
                self._numbers.append((found, " ".join(parts)))
                return place + 2
        return 0

    def _two(self, run: str) -> list[tuple[PhoneNumber, str]]:
        """Two numbers with only a blank or a dash between them."""
        if sum(map(str.isdigit, run)) < 2 * FEWEST_DIGITS or len(run) > 50:
            return []
        found = []
        for gap in re.finditer(r"\s+(?:-+\s+)?", run):
            first, second = run[: gap.start()], run[gap.end() :]
            both = [_complete(first, self._region), _complete(second, self._region)]
            if both[0] and both[1]:
                alike = bool(_TRUNK.match(first)) == bool(_TRUNK.match(second))
                valid = phonenumbers.is_valid_number(both[0]) + phonenumbers.is_valid_number(both[1])
                evenly = -abs(len(first) - len(second))
                found.append(((alike, valid, evenly), [(both[0], first), (both[1], second)]))
        return max(found, key=lambda one: one[0])[1] if found else []


# --- one number ----------------------------------------------------------------------------------------------------------


def _e164(number: PhoneNumber, extension: str) -> str:
    digits = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{digits}x{extension}" if extension else digits


def _complete(run: str, region: str | None) -> PhoneNumber | None:
    """The number that a run of digits is, if it is complete: with its area code."""
    found = _possible(run, region)
    if found is None:
        return None
    is_long_enough = len(str(found.national_number)) >= FEWEST_DIGITS
    return found if is_long_enough or phonenumbers.is_valid_number(found) else None


def _possible(run: str, region: str | None) -> PhoneNumber | None:
    """The first way to read the digits that results in a number in use, or else in a possible one."""
    first = None
    for number in filter(_is_possible, _readings(run, region)):
        if phonenumbers.is_valid_number(number):
            return number
        first = first or number
    return first


def _is_possible(number: PhoneNumber) -> bool:
    """False for numbers that are possible only within one town."""
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _readings(run: str, region: str | None) -> Iterator[PhoneNumber]:
    digits = "".join(filter(str.isdigit, run))
    written = [run]
    if "(0)" in run.replace(" ", ""):
        written.append(re.sub(r"\(\s*0\s*\)", "", run))  # the trunk prefix, which not every country has
    written += [f"+{digits.removeprefix(prefix)}" for prefix in ("00", "011") if digits.startswith(prefix)]
    for one in written:
        try:
            yield phonenumbers.parse(one, region)
        except phonenumbers.NumberParseException:
            continue


_VANITY = re.compile(r"\+?[0-9(][0-9\s().-]*[A-Za-z][A-Za-z0-9\s.-]*")
_VANITY_TYPES = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN})


def _vanity(text: str, region: str | None) -> PhoneNumber | None:
    """The number of `1-800-FLOWERS`: its digits alone are not a number, and with its letters dialled it is one in use."""
    if not _VANITY.fullmatch(text) or sum(map(str.isalpha, text)) < 3:
        return None
    digits = "".join(takewhile(lambda char: not char.isalpha(), text))
    if _complete(digits, region):
        return None
    try:
        found = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if _is_of_another_country(text, found, region):
        return None
    is_for_words = phonenumbers.number_type(found) in _VANITY_TYPES or (found.country_code == 1 and text == text.upper())
    return found if not found.extension and is_for_words and phonenumbers.is_valid_number(found) else None


def _is_of_another_country(text: str, found: PhoneNumber, region: str | None) -> bool:
    """Whether the text is written as in North America, `1-800-FLOWERS`, where the region dials 0 first: read as a number of the
    region it may be somebody else's."""
    if text.startswith("+") or found.country_code == 1 or region is None:
        return False
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    prefix = metadata.national_prefix if metadata else None
    return prefix is not None and not text.lstrip("(").startswith(prefix)
