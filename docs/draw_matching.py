"""What do the rules of matching look like, as a picture and as a table?

Nothing is drawn by hand: each case is put to `deciding.decide`, once as it is and once with each switch off, and the
picture says what was decided. `make picture` writes it; a test holds the picture and the table in close.md to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from html import escape
from itertools import groupby
from pathlib import Path

from destination_close.model import ALL_ALLOWED, Age, Contact, Draft, Item, Key, Lead, Row, StreamKey, Switches, Wish
from destination_close.rules.deciding import ChangeContact, ChangeLead, Decision, Intent, NewContact, NewLead, decide

PICTURE = Path(__file__).with_name("matching.svg")

QUESTIONS = ("Does the row have a Company ID?", "Does a Lead have it?", "Where are the row's Contacts?")
WHAT = "What happens"
UNASKED = "–"

COMPANY, EMAIL = "c-1", "ann@acme.example"
IN_THE_LEAD = "in that Lead"
IN_OTHER_LEADS = "only in other Leads"
IN_FREE_LEADS = "in a Lead without a Company ID"
IN_OTHER_COMPANIES = "only in Leads of other companies"
IN_ANY_LEAD = "in some Lead"
NOWHERE = "nowhere: none is found"
NOBODY_MEANT = "the row has no User ID or email"

# --- the cases -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One path through the questions, with a row and a Close that lead to these answers."""

    answers: tuple[str, str, str]
    draft: Draft
    leads: tuple[Lead, ...] = ()
    contacts: tuple[Contact, ...] = ()

    # --- the world that `decide` asks

    def leads_with(self, company: Key) -> list[Lead]:
        return [lead for lead in self.leads if lead.company_id == company.value]

    def contacts_with(self, key: Key) -> list[Contact]:
        return [contact for contact in self.contacts if key == Key("email", EMAIL)]

    def lead_of(self, contact: Contact) -> Lead:
        return next(lead for lead in self.leads if lead.id == contact.lead_id)


def cases() -> Iterator[Case]:
    """Every case of the rules, in the order of upsert."""
    home, free, other = (_lead(name, company) for name, company in (("home", COMPANY), ("free", None), ("other", "c-2")))
    with_company, alone, without_company = _row(COMPANY, EMAIL), _row(COMPANY, None), _row(None, EMAIL)
    yes, no = "yes", "no"
    yield Case((yes, yes, IN_THE_LEAD), with_company, (home,), (_contact(home),))
    yield Case((yes, yes, NOWHERE), with_company, (home,))
    yield Case((yes, yes, IN_OTHER_LEADS), with_company, (home, other), (_contact(other),))
    yield Case((yes, yes, NOBODY_MEANT), alone, (home,))
    yield Case((yes, no, IN_FREE_LEADS), with_company, (free,), (_contact(free),))
    yield Case((yes, no, IN_OTHER_COMPANIES), with_company, (other,), (_contact(other),))
    yield Case((yes, no, NOWHERE), with_company)
    yield Case((yes, no, NOBODY_MEANT), alone)
    yield Case((no, UNASKED, IN_ANY_LEAD), without_company, (other,), (_contact(other),))
    yield Case((no, UNASKED, NOWHERE), without_company)


def _row(company_id: str | None, email: str | None) -> Draft:
    return Draft(
        Row(StreamKey(None, "rows"), 1, 0, {}),
        company_id=company_id,
        email=email,
        lead={"name": Wish("Acme")},
        contact={"name": Wish("Ann")} if email else {},
        emails=(email,) if email else (),
    )


def _lead(name: str, company_id: str | None) -> Lead:
    return Lead(name, Age(0, "2020"), company_id, {})


def _contact(lead: Lead) -> Contact:
    return Contact(f"in {lead.id}", lead.id, Age(0, "2020"), None, {}, (Item(EMAIL),))


# --- what is decided -------------------------------------------------------------------------------------------------

SWITCHES = tuple(switch.name for switch in fields(Switches))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens in a case, in words."""

    answers: tuple[str, str, str]
    steps: tuple[str, ...]
    switches: tuple[str, ...]
    """Those that would change it."""


def verdicts() -> list[Verdict]:
    """What the rules say about every case."""
    return [_verdict(case) for case in cases()]


def _verdict(case: Case) -> Verdict:
    decision = decide(case.draft, case)
    steps = [_step(intent) for intent in decision.intents]
    if case.contacts and not any(isinstance(intent, ChangeContact) for intent in decision.intents):
        steps.append("the others are left alone")
    return Verdict(case.answers, tuple(steps), tuple(switch for switch in SWITCHES if _without(case, switch) != decision))


def _without(case: Case, switch: str) -> Decision:
    return decide(replace(case.draft, switches=replace(ALL_ALLOWED, **{switch: False})), case)


def _step(intent: Intent) -> str:
    match intent:
        case NewLead(alone=True):
            return "create the Lead alone"
        case NewLead():
            return "create a Lead with the Contact in it"
        case NewContact():
            return "create the Contact in that Lead"
        case ChangeContact():
            return "update the Contact"
        case ChangeLead(stamp=True):
            return "update its Lead and give it the Company ID"
        case ChangeLead():
            return "update the Lead"


# --- as a table ------------------------------------------------------------------------------------------------------


def table() -> str:
    """In Markdown."""
    header = [*QUESTIONS, WHAT, "Switches that can prevent a step"]
    rows = [[*one.answers, _sentence(one.steps), ", ".join(f"`{switch}`" for switch in one.switches)] for one in verdicts()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))


def _sentence(steps: Sequence[str]) -> str:
    return "; ".join(steps)


# --- as a picture ----------------------------------------------------------------------------------------------------

SVG = "http://www.w3.org/2000/svg"  # ignore-https-check: an identifier that is never fetched
TOP, ROW, GAP = 66, 50, 8
COLUMNS = ((16, 122), (172, 122), (328, 268))
STEPS_AT, WIDTH = 630, 1180
COLOURS = {"create": "#dff3e4", "update": "#dfeaf8", "the": "#eeeeee"}
EDGES = {"create": "#2f8f4e", "update": "#2c62a8", "the": "#999999"}


def draw() -> str:
    """The picture, as SVG."""
    found = verdicts()
    height = TOP + len(found) * ROW + 12
    parts = [
        f'<svg xmlns="{SVG}" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#222222" role="img">',
        "<title>Which Lead and Contacts a row means</title>",
        "<desc>Drawn by docs/draw_matching.py from the rules in destination_close/rules/deciding.py.</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        *_headings(),
        *_answers([one.answers for one in found]),
        *(line for number, one in enumerate(found) for line in _steps(one, TOP + number * ROW)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _headings() -> Iterator[str]:
    for (x, _), question in zip(COLUMNS, QUESTIONS, strict=True):
        for line, words in enumerate(_halves(question)):
            yield f'<text x="{x}" y="{28 + line * 18}" font-weight="bold">{escape(words)}</text>'
    yield f'<text x="{STEPS_AT}" y="28" font-weight="bold">{WHAT}</text>'


def _halves(question: str) -> tuple[str, str]:
    words = question.split()
    middle = (len(words) + 1) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def _answers(ways: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Boxes as high as the cases they stand for, and the lines between them."""
    for column, (x, width) in enumerate(COLUMNS):
        at = 0
        for way, group in groupby(ways, key=lambda one: one[: column + 1]):
            cases_here = len(list(group))
            end = COLUMNS[column + 1][0] if column + 1 < len(COLUMNS) else STEPS_AT
            if way[-1] != UNASKED:
                yield from _box(way[-1], x, TOP + at * ROW, width, cases_here * ROW - GAP)
            start = x if way[-1] == UNASKED else x + width
            yield from (_line(start, y, end) for y in _middles(ways[at : at + cases_here], column + 2, TOP + at * ROW))
            at += cases_here


def _box(words: str, x: float, top: float, width: float, height: float) -> Iterator[str]:
    yield f'<rect x="{x}" y="{top}" width="{width}" height="{height}" rx="6" fill="#f7f7f4" stroke="#bbbbbb"/>'
    yield f'<text x="{x + 12}" y="{top + height / 2 + 5:g}">{escape(words)}</text>'


def _middles(ways: Sequence[tuple[str, ...]], depth: int, top: float) -> Iterator[float]:
    """Where the lines leave a box: towards the middle of each box that follows."""
    if any(way[depth - 1 : depth] == (UNASKED,) for way in ways):
        depth += 1
    place = 0
    for _, group in groupby(ways, key=lambda way: way[:depth]):
        size = len(list(group))
        yield top + place * ROW + (size * ROW - GAP) / 2
        place += size


def _line(x: float, y: float, end: float) -> str:
    return f'<path d="M{x:g} {y:g}H{end:g}" stroke="#bbbbbb" stroke-width="1.5"/>'


def _steps(verdict: Verdict, top: int) -> Iterator[str]:
    x: float = STEPS_AT
    for step in verdict.steps:
        kind, width = step.split()[0], len(step) * 6.75 + 18
        yield f'<rect x="{x:g}" y="{top}" width="{width:g}" height="24" rx="12" fill="{COLOURS[kind]}" stroke="{EDGES[kind]}"/>'
        yield f'<text x="{x + width / 2:g}" y="{top + 17}" text-anchor="middle">{escape(step)}</text>'
        x += width + 8
    switches = ", ".join(switch.removeprefix("allow_").replace("_", " ") for switch in verdict.switches)
    yield f'<text x="{STEPS_AT + 4}" y="{top + 38}" font-size="11" fill="#666666">if allowed: {escape(switches)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
