"""How does a test run the contract check against the sandbox, with time in its hands?"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from integration_tests.close_contract import running
from integration_tests.close_contract.journal import Journal
from integration_tests.close_contract.running import Ended
from integration_tests.close_contract.talk import Talk
from integration_tests.close_contract.transport import Call, Lost, Reply
from integration_tests.close_sandbox import Close, FakeClock, Settings

RUN = "dcc-20260105-abc123"
START = 1_767_607_200.25
"""Not on a whole second: a grid of whole seconds is then seen to be one."""

SECONDS_A_CALL = 0.02


class InProcess:
    """A transport that needs no network."""

    def __init__(self, close: Close, clock: FakeClock) -> None:
        self._close = close
        self._clock = clock
        self.accept_encoding = "identity"

    def send(self, call: Call, *, fresh: bool = False) -> Reply:
        self._clock.advance(SECONDS_A_CALL)
        return self._answered(call)

    def _answered(self, call: Call) -> Reply:
        token = base64.b64encode(f"{self._close.settings.api_key}:".encode()).decode()
        headers = {"authorization": f"Basic {token}", "content-type": "application/json", "accept-encoding": self.accept_encoding}
        body = b"" if call.body is None else json.dumps(call.body).encode()
        answer = self._close.handle(call.method, f"/api/v1{call.path}", call.query, headers, body)
        if answer.failure:
            raise Lost(answer.failure)
        body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
        return Reply(answer.status, answer.headers, body)

    def together(self, calls: Sequence[Call]) -> list[Reply]:
        return [self._answered(call) for call in calls]

    def cut_off(self, call: Call) -> None:
        self._clock.advance(SECONDS_A_CALL)
        try:
            self._answered(call)
        except Lost:
            return


class Trial:
    """The check, a sandbox, and what came out."""

    def __init__(self, folder: Path, **switches: Any) -> None:
        self.clock = FakeClock(START)
        self.close = Close(Settings(rate_limits=True).but(**switches), self.clock)
        self.journal = Journal(folder / f"{RUN}.jsonl")
        self.transport = InProcess(self.close, self.clock)
        self.talk = Talk(self.transport, self.journal, self.clock, self.clock.sleep)
        self.said: list[str] = []

    def run(self, *only: int, provoke_429: bool = False) -> Ended:
        """These steps, or all."""
        me = self.talk.good("GET", "/me/")
        steps: Collection[int] = running.wanted_steps(only, provoke_429=provoke_429)
        return running.run(self.talk, RUN, self.journal, me, steps, self.said.append)

    @staticmethod
    def findings(ended: Ended) -> Mapping[str, Any]:
        """By the ids of the facts, those that are settled."""
        return {fact.id: fact.finding for fact in ended.facts if fact.settled}
