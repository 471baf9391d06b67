"""Step 7: which endpoints share a limit, how much do they allow, and when do their windows begin?"""

from __future__ import annotations

import itertools
import math

from integration_tests.close_contract import headers
from integration_tests.close_contract.headers import Told
from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage
from integration_tests.close_contract.talk import Exchange

TRIES = 3
_NONE = "No header tells of limits."
_ON_A_GRID, _WITH_A_CALL = "grid", "first_call"

_OF_THE_SANDBOX = {
    "POST lead": "post",
    "PUT lead": "put_lead",
    "PUT contact": "put_contact",
    "GET lead": "get_lead",
    "GET contact": "get_contact",
    "DELETE contact": "delete_contact",
}


def run(stage: Stage) -> list[Fact]:
    asking = _Asking(stage)
    told = asking.limits()
    if told is None:
        return [Fact(name, "Limits of groups of endpoints", _NONE, settled=False) for name in ("shared_groups", "limits", "window_start")]
    sharing = asking.sharing()
    together = "PUT lead" in sharing["POST lead"]
    limits = {_OF_THE_SANDBOX[name]: one.limit for name, one in told.items() if name in _OF_THE_SANDBOX}
    if together:
        limits = {name: limit for name, limit in limits.items() if not name.startswith("put_")}
    window = max(math.ceil(one.reset) for one in asking.heard)
    facts = [
        Fact("sharing", "Which endpoints count against the limit of which?", sharing, asking.seen),
        Fact("shared_groups", "Do POST and PUT share a limit?", together, asking.seen[:6]),
        Fact("limits", "Calls per window, by group", limits),
        Fact("window", "Seconds of a window", window),
    ]
    return [*facts, asking.window_start(window), asking.ends()]


class _Asking:
    """Calls that leave nothing behind: some are refused with 400 or 404, which counts all the same."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        nowhere = f"/contact/cont_{stage.run.replace('-', '')}/"
        nobody = {"lead_id": f"lead_{stage.run.replace('-', '')}"}
        self._calls = {
            "POST lead": ("POST", "/lead/", {"status_id": "stat_none"}),
            "POST contact": ("POST", "/contact/", nobody),
            "PUT lead": ("PUT", stage.lead_path, {}),
            "PUT contact": ("PUT", stage.contact_path, {}),
            "GET lead": ("GET", stage.lead_path, None),
            "GET contact": ("GET", stage.contact_path, None),
            "DELETE contact": ("DELETE", nowhere, None),
        }
        self.seen: list[Exchange] = []
        self.heard: list[Told] = []

    def _ask(self, name: str) -> tuple[Exchange, Told | None]:
        method, path, body = self._calls[name]
        exchange = self._stage.talk.ask(method, path, body, counted=False)
        told = headers.told(exchange.headers)
        if told is not None:
            self.heard.append(told)
        return exchange, told

    def limits(self) -> dict[str, Told] | None:
        found = {name: self._ask(name)[1] for name in self._calls}
        return {name: told for name, told in found.items() if told is not None} if all(found.values()) else None

    def sharing(self) -> dict[str, list[str]]:
        """With whom each shares its limit: between two calls of A, does one of B take one away?"""
        found: dict[str, list[str]] = {name: [] for name in self._calls}
        for a, b in itertools.combinations(self._calls, 2):
            if self._share(a, b):
                found[a].append(b)
                found[b].append(a)
        return found

    def _share(self, a: str, b: str) -> bool:
        for _ in range(TRIES):
            exchanges, told = zip(*(self._ask(name) for name in (a, b, a)), strict=True)
            first, last = told[0], told[2]
            if first is None or last is None:
                return False
            gone: int = first.remaining - last.remaining
            if gone > 0:  # else a new window began in between
                self.seen = [*self.seen, *exchanges] if gone > 1 else self.seen
                return gone > 1
        return False

    def ends(self) -> Fact:
        """One call every 0.8 seconds, for 20 seconds; rounded, since resets may be."""
        began, found = self._stage.talk.clock(), []
        for _ in range(25):
            exchange, told = self._ask("GET lead")
            if told is not None:
                found.append(round(exchange.at - began + told.reset, 1))
            self._stage.talk.sleep(0.8)
        return Fact("window_ends", "Seconds from the first of 25 calls, 0.8 apart, to the end of the window of each", found)

    def window_start(self, window: int) -> Fact:
        """After a window's end and a pause, does the next one last its whole length?"""
        question = "Do windows lie on a grid, or begin with the first call after the last one ended?"
        found, seen = [], []
        for _ in range(TRIES):
            exchange, told = self._ask("GET contact")
            if told is None:
                return Fact("window_start", question, _NONE, settled=False)
            self._stage.talk.sleep(told.reset + window * 3 / 8)
            later, told = self._ask("GET contact")
            seen += [exchange, later]
            if told is not None:
                found.append(_WITH_A_CALL if math.ceil(told.reset) >= window else _ON_A_GRID)
        if len(set(found)) != 1:
            return Fact("window_start", question, "Once so and once so.", seen, settled=False)
        return Fact("window_start", question, found[0], seen[:2])
