"""Can a person read the plan's page, filter it, and trust it, in a real browser?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from destination_close.model import Kind, Rule, Why
from destination_close.plan import Plan
from destination_close.plan.page import MOST_ROWS, _part, page_of
from integration_tests.browser import Page, a_page, installed
from unit_tests.support.plans import HOSTILE, MADE, a_plan, a_row, a_small_plan, put

BROWSER = installed()
needs_browser = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine; `make browser` installs it")


# --- plans -----------------------------------------------------------------------------------------------------------------


def a_large_plan() -> Plan:
    plan = a_plan()
    for number in range(10_000):
        if number % 4:
            put(plan, number, "contact", None, {"name": f"Person {number}", "title": "Engineer"}, why=Why(Rule.NOTHING_KNOWN))
        else:
            put(plan, number, "lead", {"name": "Old"}, {"name": f"Company {number}"}, why=Why(Rule.COMPANY_KNOWN, lead_by_company=True))
    return plan


class Tags(HTMLParser):
    """What a page is made of, and where its tags lead."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.leading_out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        leads = [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]
        self.leading_out += [value for value in leads if not value.startswith("#")]


# --- without a browser -----------------------------------------------------------------------------------------------------


def test_the_page_holds_everything_and_refers_to_nothing() -> None:
    page = page_of(a_small_plan(), made=MADE)
    assert "2026-01-05 09:30 UTC from 8 rows" in page
    tags = Tags()
    tags.feed(page)
    assert tags.leading_out == []
    assert tags.names.count("script") == 2
    assert not {"img", "link", "iframe", "object", "base"} & set(tags.names)
    assert not re.search(r"url\(|@import", _part("page.css"))


def test_the_page_shows_what_is_to_be_looked_at_in_the_settings() -> None:
    plan = a_small_plan()
    plan.remarks.append('Mappings 1, contact_phone: stream users has no column "<b>"; did you mean "b"?')
    page = page_of(plan, made=MADE)
    assert "<h3>Settings and columns</h3>" in page
    assert "contact_phone: stream users has no column &quot;&lt;b&gt;&quot;; did you mean &quot;b&quot;?" in page
    assert "No rows came" not in page


def test_the_page_says_that_no_rows_came() -> None:
    page = page_of(a_plan(), made=MADE)
    assert "from 0 rows" in page
    assert "No rows came, so there is nothing to plan." in page


def test_of_rows_that_change_nothing_the_first_are_listed_and_the_rest_counted() -> None:
    plan = a_plan()
    for number in range(MOST_ROWS + 1):
        a_row(plan, number, Kind.UNCHANGED)
    page = page_of(plan, made=MADE)
    assert "10,001 rows unchanged: only the first 10,000 are listed below" in page
    assert page.count('"action":"unchanged"') == MOST_ROWS


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_enough_contrast_for_weak_eyes(scheme: str) -> None:
    """The contrast that WCAG 2 asks for text: 4.5 to 1."""
    light, dark = re.findall(r":root \{(.*?)\}", _part("page.css"), re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", light if scheme == "light" else dark))
    on_cards = [(name, "front") for name in ("text", "soft", "link", "create", "update", "reject", "other")]
    on_badges = [(name, f"{name}-back") for name in ("create", "update", "reject", "other")]
    for text, back in [*on_cards, *on_badges, ("text", "back"), ("soft", "back")]:
        assert contrast(colours[text], colours[back]) >= 4.5, (text, back)


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# --- in a browser ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    assert BROWSER
    with a_page(BROWSER) as page:
        yield page


@pytest.fixture
def page(browser: Page, tmp_path: Path) -> Page:
    """The small plan, as it opens."""
    return show(browser, a_small_plan(), tmp_path)


def show(browser: Page, plan: Plan, folder: Path) -> Page:
    file = folder / "plan.html"
    file.write_text(page_of(plan, made=MADE), encoding="utf-8")
    browser.events.clear()
    browser.size(1200, 900)
    browser.open(file.as_uri())
    return browser


def titles(page: Page) -> list[str]:
    return list(page.run("[...document.querySelectorAll('#changes .title b')].map((one) => one.textContent)"))


def pick(page: Page, name: str, text: str) -> None:
    """Choose from a list, as by hand."""
    page.run(
        f"""(() => {{
            const select = document.getElementById({name!r});
            select.value = [...select.options].find((one) => one.text === {text!r}).value;
            select.dispatchEvent(new Event("change", {{ bubbles: true }}));
        }})()"""
    )


def opened(page: Page, index: int) -> str:
    """What is to be seen in an entry, once opened and scrolled to: what is off the screen is not laid out."""
    details = f"document.querySelectorAll('#changes details')[{index}]"
    page.run(f"{details}.open = true, {details}.scrollIntoView()")
    page.until(lambda: page.run(f"{details}.querySelector('.body')?.innerText"))
    return str(page.run(f"{details}.querySelector('.body').innerText"))


@needs_browser
def test_the_page_works_on_its_own_and_reports_no_errors(page: Page) -> None:
    assert page.complaints == []
    assert [url for url in page.asked_for if not url.startswith("file:")] == []
    assert titles(page) == ["Acme", "Bolt", "Ann", HOSTILE, "Cleo"]


@needs_browser
def test_its_policy_lets_in_no_script_but_its_own(page: Page) -> None:
    page.run("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.entered = 1' }))")
    assert page.run("window.entered") is None
    assert page.run("fetch('https://example.com/').then(() => 'sent', () => 'kept')") == "kept"
    assert any("Content Security Policy" in text for text in page.complaints)


@needs_browser
def test_values_are_text_whatever_they_hold(page: Page) -> None:
    assert "<i>Team</i>" in opened(page, 3)
    assert page.run("document.querySelectorAll('main img, main i').length") == 0
    assert page.run("document.querySelector('h1').textContent") == "Plan for Acme & <Sons>"


@needs_browser
def test_totals_are_at_the_top_and_lead_to_what_they_count(page: Page) -> None:
    cards = page.run("[...document.querySelectorAll('#cards button')].map((one) => one.innerText.replace(/\\s+/g, ' '))")
    assert cards == [
        "1 lead to create",
        "2 leads to update",
        "1 contact to create",
        "1 contact to update",
        "1 row unchanged",
        "1 row skipped",
        "1 row rejected",
    ]
    assert page.run("[...document.querySelectorAll('#cards button')].every((one) => one.getBoundingClientRect().height > 40)")
    page.run("document.querySelectorAll('#cards button')[1].click()")
    assert titles(page) == ["Acme", "Bolt"]
    notes = page.run("document.querySelector('.notes').innerText")
    assert "max_new_leads allows 0, and this plan makes 1 new lead" not in notes, "this plan counted no calls"
    assert "email ann@acme.example: cont_1, cont_9" in notes


@needs_browser
def test_an_update_shows_before_and_after_and_how_it_was_matched(page: Page) -> None:
    assert opened(page, 0).split("\n")[0] == "The lead's current status is overwritten"
    assert "by Company ID" in opened(page, 0)
    assert page.run("[...document.querySelectorAll('tbody tr td')].map((one) => one.innerText)") == ["Potential", "Customer"]
    assert "by its contact's User ID; lead adopted: it had no Company ID" in opened(page, 1)
    assert page.run("document.querySelectorAll('.body')[1].querySelector('.none').innerText") == "empty"
    opened(page, 2)
    assert page.run("[...document.querySelectorAll('ins')].map((one) => one.innerText)") == ["Customer", "c-2", "ann@home.example", "Ann"]


@needs_browser
@pytest.mark.parametrize(
    ("name", "choice", "left"),
    [
        ("kind", "Create", [HOSTILE, "Cleo"]),
        ("kind", "Unchanged", ["users row 6"]),
        ("kind", "Skip", ["users row 7"]),
        ("kind", "Reject", ["users row 8"]),
        ("object", "Contact", ["Ann", "Cleo"]),
        ("stream", "crm.signups", ["Ann"]),
        ("field", "Lead: Plan", [HOSTILE]),
        ("field", "Lead: Company ID", ["Bolt"]),
        ("field", "Contact: Name", ["Ann", "Cleo"]),
    ],
)
def test_the_list_can_be_filtered(page: Page, name: str, choice: str, left: list[str]) -> None:
    pick(page, name, choice)
    assert titles(page) == left
    assert page.run("document.getElementById('count').textContent") == f"{len(left)} of 8 shown"


@needs_browser
@pytest.mark.parametrize(("typed", "left"), [("acme", ["Acme", "Ann"]), (" C-2 ", ["Bolt"]), ("söhne", [HOSTILE, "Cleo"]), ("nobody", [])])
def test_companies_are_searched_by_name_and_id(page: Page, typed: str, left: list[str]) -> None:
    page.run("document.getElementById('company').focus()")
    page.write(typed)
    page.until(lambda: titles(page) == left)


@needs_browser
def test_filters_add_up_and_can_be_cleared(page: Page) -> None:
    pick(page, "kind", "Everything")
    assert len(titles(page)) == 8
    pick(page, "object", "Lead")
    page.run("document.getElementById('look').click()")
    assert titles(page) == ["Acme"]
    page.run("document.querySelector('[type=reset]').click()")
    page.until(lambda: len(titles(page)) == 5)


@needs_browser
def test_a_rejected_row_says_what_would_be_accepted(page: Page) -> None:
    pick(page, "kind", "Reject")
    assert "contact_phone: expected one phone number like +16505551234" in opened(page, 0)


@needs_browser
def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    def focused() -> str:
        return str(page.run("document.activeElement.id || document.activeElement.tagName + ' ' + document.activeElement.textContent"))

    page.press("Tab")
    assert focused() == "A Skip to the changes"
    page.press("Enter")
    page.until(lambda: focused() == "changes")
    page.press("Tab")
    assert focused().startswith("SUMMARY Update")
    page.press("Enter")
    page.until(lambda: page.run("document.activeElement.parentElement.open"))
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid", "the focus is to be seen"
    order = []
    for _ in range(3):
        page.press("Tab", shift=True)
        order.append(focused())
    assert order == ["open-all", "BUTTON Clear filters", "look"]


@needs_browser
def test_a_screen_reader_finds_names_for_everything(page: Page) -> None:
    opened(page, 0)
    spoken = page.spoken()
    for role, name in [
        ("heading", "Plan for Acme & <Sons>"),
        ("heading", "Totals"),
        ("heading", "Changes, one object at a time"),
        ("search", "Filter the changes"),
        ("searchbox", "Company"),
        ("combobox", "Kind"),
        ("combobox", "Field"),
        ("checkbox", "Warnings only"),
        ("button", "2 leads to update"),
        ("table", "What changes"),
        ("columnheader", "Before"),
        ("rowheader", "Status"),
        ("deletion", ""),
        ("insertion", ""),
    ]:
        assert (role, name) in spoken
    controls = ("button", "combobox", "checkbox", "searchbox", "link", "DisclosureTriangle")
    assert all(name for role, name in spoken if role in controls)
    assert ("status", "") in spoken


@needs_browser
def test_nothing_sticks_out_of_a_narrow_screen(page: Page) -> None:
    page.size(320, 700)
    for index in range(5):
        opened(page, index)
    assert page.run("document.documentElement.scrollWidth") == 320


@needs_browser
def test_ten_thousand_changes_are_there_at_once_and_drawn_as_they_are_needed(browser: Page, tmp_path: Path) -> None:
    page = show(browser, a_large_plan(), tmp_path)
    timing = page.run("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert timing < 5_000, "milliseconds"
    drawn = len(titles(page))
    assert drawn <= 200
    assert page.run("document.getElementById('count').textContent") == "10,000 shown"
    page.run("document.getElementById('more').scrollIntoView()")
    page.until(lambda: len(titles(page)) > drawn)
    page.run("document.getElementById('more').click()")
    page.until(lambda: page.run("document.activeElement.tagName") == "SUMMARY")
    page.run("document.getElementById('company').focus()")
    page.write("company 9996")
    page.until(lambda: titles(page) == ["Company 9996"])
    assert page.complaints == []
