"""Step 4: which texts does a search find, asked in which way?"""

from __future__ import annotations

from typing import Any

from integration_tests.close_contract.queries import Query, any_of, custom, email, regular, search, term, text, where
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange

_STORED = {
    "capital": "Ab 1",
    "accent": "é",
    "blanks": " x ",
    "zero": "0",
    "long": "l" * 300,
    "emoji": "🦊",
    "longer": "Ab 1 c",
    "before": "c Ab 1",
}
"""The last two are near misses of the first."""

_EMAILS = {"dot": "d.ot", "plus": "pl+us", "capitals": "CaPs"}


def run(stage: Stage) -> list[Fact]:
    people: list[dict[str, Any]] = [{"name": name, stage.key("contact_text"): value} for name, value in _STORED.items()]
    people += [{"name": name, "emails": [{"email": stage.email(value)}]} for name, value in _EMAILS.items()]
    lead = stage.new_lead("words", contacts=people)
    of_lead = where(regular("contact", "lead_id"), {"type": "reference", "reference_type": "lead", "object_ids": [lead["id"]]})
    if not stage.wait_until_found("contact", of_lead, len(people)):
        return [Fact("words", "Which texts does a search find?", "The search did not find them.", settled=False)]
    asking = _Asking(stage, of_lead)
    facts = [*asking.of_texts(), *asking.of_emails(), *asking.of_what_is_allowed(stage)]
    return [*facts, Fact("words", "Which contacts does a search find, by the text asked for?", asking.found)]


class _Asking:
    """Searches among the contacts of one lead."""

    def __init__(self, stage: Stage, of_lead: Query) -> None:
        self._stage = stage
        self._of_lead = of_lead
        self.found: dict[str, list[str]] = {}

    def of_texts(self) -> list[Fact]:
        exact = self._find("exact 'Ab 1'", self._text("Ab 1", "exact_value"))
        other_case = self._find("exact 'aB 1'", self._text("aB 1", "exact_value"))
        for name, value in (
            ("x", "x"),
            (" x ", " x "),
            ("e", "e"),
            ("é", "é"),
            ("0", "0"),
            ("the emoji", "🦊"),
            ("300 letters", "l" * 300),
        ):
            self._find(f"exact '{name}'", self._text(value, "exact_value"))
        for name, value in (("Ab 1", "Ab 1"), ("ab 1", "ab 1"), ("0", "0")):
            self._find(f"phrase '{name}'", self._text(value, "phrase"))
        return [
            Fact("exact_value_ignores_case", "Does exact_value ignore case?", "capital" in _names(other_case), [exact, other_case]),
            Fact("exact_value_matches_words", "Is exact_value as loose as phrase?", "longer" in _names(exact), [exact]),
        ]

    def of_emails(self) -> list[Fact]:
        finds: dict[str, bool] = {}
        seen = []
        for mode in ("phrase", "exact_value"):
            conditions = [email(self._stage.email(value.lower()), mode) for value in _EMAILS.values()]
            together = self._find(f"{mode}, emails in lower case", any_of(conditions))
            finds[mode] = _names(together) == set(_EMAILS)
            seen.append(together)
        return [Fact("email_modes", "Does this mode find emails with a dot, a plus, or capitals, asked in lower case?", finds, seen)]

    def of_what_is_allowed(self, stage: Stage) -> list[Fact]:
        by_term = stage.talk.search(search("contact", self._of_lead, where(custom(stage.fields["contact_text"]), term("Ab 1"))))
        of_status = where(regular("lead", "status_id"), term(str(stage.lead["status_id"])))
        by_status = stage.talk.search(search("lead", of_status, where(custom(stage.fields["lead_text"]), text(f"{stage.run}-l0"))))
        direct = stage.talk.search(search("lead", email(stage.email("ann"), this="lead")))
        return [
            Fact("term_on_text", "May term be used on a text custom field?", by_term.is_good, [by_term]),
            Fact("term_on_status", "And on the status of leads?", by_status.is_good, [by_status]),
            Fact("lead_has_related_email", "May a lead be asked for a related contact_email?", direct.is_good, [direct]),
        ]

    def _text(self, value: str, mode: str) -> Query:
        return where(custom(self._stage.fields["contact_text"]), text(value, mode))

    def _find(self, name: str, query: Query) -> Exchange:
        exchange = self._stage.talk.search(search("contact", self._of_lead, query, fields={"contact": ["id", "name"]}))
        self.found[name] = sorted(_names(exchange)) if exchange.is_good else [f"refused with {exchange.status}"]
        return exchange


def _names(exchange: Exchange) -> set[Any]:
    return {hit.get("name") for hit in exchange.answer["data"]} if exchange.is_good else set()
