"""Does a run end, and end right, with real threads and everything going wrong at random at once?

The world turns faster here (`SPEED`), for the connector and for Close alike, so that half a minute is some minutes of calls.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from destination_close import assembly
from destination_close.airbyte import Record, State
from destination_close.assembly import Surroundings
from destination_close.model import ConfigError, Stopping, StreamInfo, StreamKey
from destination_close.rules import Memory
from destination_close.settings import config
from integration_tests.close_sandbox.adapter import SandboxAdapter
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, id_fields
from integration_tests.close_sandbox.settings import RECORDED_LIMITS, Settings
from integration_tests.close_sandbox.wire import Request
from unit_tests.support import harness
from unit_tests.support.harness import Ran
from unit_tests.support.inputs import IterableInputs
from unit_tests.support.privacy import assert_private

SECONDS = float(os.environ.get("SOAK_SECONDS", "15"))
"""For so long rows keep coming."""

SPEED = 16.0
ENDS_WITHIN = 120.0
"""Real seconds; what takes longer hangs."""

MOST_KEYS = 300
COMPANY, USER = f"custom.{COMPANY_ID}", f"custom.{USER_ID}"

AMBIGUOUS = ("timeout", "reset", "cut", "408", "500", "502", "504", "truncated_json", "html_200", "empty_200")

Row = dict[str, Any]


class FastClock:
    """The time of a faster world, beginning now."""

    def __init__(self) -> None:
        self._wall, self._began = time.time(), time.monotonic()

    def __call__(self) -> float:
        return self._wall + (time.monotonic() - self._began) * SPEED

    @staticmethod
    def sleep(seconds: float) -> None:
        time.sleep(seconds / SPEED)


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass
class Wanted:
    """Rows of companies and people old and new, and what must be there in the end."""

    name: str
    chance: random.Random
    rows: list[Row] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    """By User ID, of the last row."""

    emails: dict[str, set[str]] = field(default_factory=dict)

    def row(self) -> Row:
        known = bool(self.titles) and self.chance.random() < 0.4
        person = self.chance.randrange(len(self.titles)) if known else len(self.titles)
        user_id = f"{self.name}-person-{person}"
        address = f"{self.name}-{person}-{'second' if known and self.chance.random() < 0.3 else 'first'}@soak.example"
        title = f"Chief {self.chance.randrange(10)} of {self.name}"
        self.titles[user_id] = title
        self.emails.setdefault(user_id, set()).add(address)
        company = f"{self.name}-company-{person // 5}"
        row = {"lead_company_id": company, "lead_name": f"Soaked {company}", "contact_user_id": user_id}
        self.rows.append({**row, "contact_name": f"Soaked Person {person}", "contact_email": address, "contact_title": title})
        return self.rows[-1]

    def messages(self, goes_on: Callable[[], bool]) -> Iterator[Record | State]:
        """Rows as long as it goes on, a state after every fifty."""
        while goes_on():
            for _ in range(50):
                yield harness.record(self.name, self.row())
            yield harness.state(self.name, len(self.rows))

    def assert_there(self, sandbox: Sandbox) -> None:
        """Each person once, under its company, which is there once; as its last row says."""
        leads = [lead for lead in sandbox.leads.values() if (lead.get(COMPANY) or "").startswith(f"{self.name}-")]
        people = {contact[USER]: contact for lead in leads for contact in lead["contacts"] if contact.get(USER)}
        assert Counter(contact[USER] for lead in leads for contact in lead["contacts"]) == Counter(list(self.titles))
        assert Counter(lead[COMPANY] for lead in leads) == Counter({row["lead_company_id"] for row in self.rows})
        assert {user_id: contact["title"] for user_id, contact in people.items()} == self.titles
        for user_id, addresses in self.emails.items():
            assert addresses <= {item["email"] for item in people[user_id]["emails"]}


# --- a run on a thread of its own --------------------------------------------------------------------------------------


class Running:
    """One connector, as it runs for the platform, but for its input and the network."""

    def __init__(self, sandbox: Sandbox, clock: FastClock, name: str, messages: Iterator[Record | State], **settings: Any) -> None:
        self.ran = Ran([])
        self.stop = threading.Event()
        self._clock = clock
        self._around = Surroundings(self.stop, clock=clock, wall=clock, sleep=self._sleep, adapter=SandboxAdapter(sandbox), batch_rows=200)
        ids = {"lead_custom_field_id_for_company_id": COMPANY_ID, "contact_custom_field_id_for_user_id": USER_ID}
        self._config = config.parse_config({"api_key": sandbox.settings.api_key, **ids, "search_lag_seconds": 6, **settings})
        self._stream = StreamInfo(StreamKey(None, name), {column: {} for column in Wanted(name, random.Random(0)).row()})
        self._inputs: IterableInputs[Any] = IterableInputs(messages)
        self._thread = threading.Thread(target=self._run, name=f"run of {name}", daemon=True)
        self._thread.start()

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds / SPEED):
            raise Stopping

    def _run(self) -> None:
        try:
            for message in assembly.write(self._config, [self._stream], lambda: self._inputs, self._around):
                self.ran.messages.append(message)
        except Exception as failure:  # noqa: BLE001 - the test says what it expects
            self.ran.failure = failure

    def finish(self, rows: Sequence[Row]) -> Ran:
        self._thread.join(ENDS_WITHIN)
        assert not self._thread.is_alive(), "the run hangs"
        assert_private(self.ran, self._config.api_key, rows)
        return self.ran


def a_close(clock: FastClock, **switches: Any) -> Sandbox:
    sandbox = Sandbox(
        Settings(**{"latency": 0.06, "index_lag": 2.0, "index_lag_jitter": 2.0, "keep_bodies": False, **switches}), clock, clock.sleep
    )
    id_fields(sandbox)
    return sandbox


def trouble(sandbox: Sandbox) -> None:
    """A few of all calls go wrong in every way there is."""
    for kind in AMBIGUOUS:
        sandbox.faults.add(Fault(kind, "before", probability=0.001, times=None))
        sandbox.faults.add(Fault(kind, "after", probability=0.001, times=None))
        sandbox.faults.add(Fault(kind, "after", method="POST", path="/lead/", probability=0.002, times=None, late=2.0))
        sandbox.faults.add(Fault(kind, "after", method="POST", path="/contact/", probability=0.002, times=None, late=2.0))
    for kind in ("connect_timeout", "refused", "429", "503"):
        sandbox.faults.add(Fault(kind, probability=0.005, times=None))


@dataclass
class Colleagues:
    """Add emails to contacts right before these are read, use up the limit, and let Close refuse everything for a moment."""

    sandbox: Sandbox
    chance: random.Random
    added: list[tuple[str, str]] = field(default_factory=list)
    storms_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, request: Request) -> None:
        with self.lock:
            luck = self.chance.random()
            if luck < 0.001:
                self.storms_until = self.sandbox.clock() + 5
            if self.sandbox.clock() < self.storms_until:
                self.sandbox.faults.add(Fault("429", retry_after=1.0))
            elif luck < 0.01:
                self.sandbox.spend(
                    self.chance.choice(["search", "post", "put_contact", "get_contact"]), 5, api_key=self.sandbox.settings.api_key
                )
            elif luck < 0.2 and request.method == "GET" and request.path.startswith("/contact/cont_"):
                self._add_email(request.path.split("/")[2])

    def _add_email(self, contact_id: str) -> None:
        with self.sandbox.lock:
            address = f"rep{len(self.added)}@rep.example"
            emails = self.sandbox.contact(contact_id)["emails"]
            self.sandbox.edit_contact(contact_id, {"emails": [*emails, {"email": address, "type": "home"}]})
        self.added.append((contact_id, address))

    def assert_theirs_stays(self) -> None:
        contacts = self.sandbox.contacts
        for contact_id, address in self.added:
            assert address in [item["email"] for item in contacts[contact_id]["emails"]]


# --- the soak --------------------------------------------------------------------------------------------------------


def test_everything_at_once_ends_right(monkeypatch: pytest.MonkeyPatch) -> None:
    remembered: list[Memory] = []

    def remembering(lag: float) -> Memory:
        remembered.append(Memory(lag, most_keys=MOST_KEYS))
        return remembered[-1]

    monkeypatch.setattr(assembly, "Memory", remembering)
    clock = FastClock()
    sandbox = a_close(clock, early_429=0.02, deleted_get_stale_once=True, shuffle_answers=True)
    trouble(sandbox)
    colleagues = Colleagues(sandbox, random.Random(2))
    sandbox.before_request.append(colleagues.before)
    wanted = Wanted("soak", random.Random(1))
    until = time.monotonic() + SECONDS
    running = Running(sandbox, clock, "soak", wanted.messages(lambda: time.monotonic() < until))
    ran = running.finish(wanted.rows)
    if ran.failure:
        raise ran.failure
    sandbox.before_request.clear()
    sandbox.settle()
    wanted.assert_there(sandbox)
    colleagues.assert_theirs_stays()
    assert [state["id"] for state in ran.states] == list(range(50, len(wanted.rows) + 1, 50))
    assert f"{len(wanted.rows):,} rows: " in ran.summary_of("soak")
    assert " 0 rejected" in ran.summary_of("soak")
    assert colleagues.added
    assert sandbox.faults.struck > 20
    (memory,) = remembered
    memory.expire(clock() + 1000)
    assert not memory._in_use
    assert not memory._fresh
    assert len(memory.objects) <= 2 * MOST_KEYS


def test_two_syncs_with_one_key_share_its_limit_and_both_end() -> None:
    clock = FastClock()
    sandbox = a_close(clock, limits={group: calls // 4 for group, calls in RECORDED_LIMITS.items()})
    both = [Wanted("left", random.Random(3)), Wanted("right", random.Random(4))]
    runs = [Running(sandbox, clock, wanted.name, wanted.messages(lambda wanted=wanted: len(wanted.rows) < 1000)) for wanted in both]
    for wanted, running in zip(both, runs, strict=True):
        ran = running.finish(wanted.rows)
        if ran.failure:
            raise ran.failure
    sandbox.settle()
    for wanted in both:
        wanted.assert_there(sandbox)
    calls = sandbox.calls_by_status()
    assert calls.get(429, 0) < 0.1 * sum(calls.values())


@pytest.mark.parametrize("status", ["401", "402", "403"])
def test_when_the_key_is_withdrawn_all_workers_stop_at_once(status: Any) -> None:
    clock = FastClock()
    sandbox = a_close(clock)
    wanted = Wanted("stopped", random.Random(5))

    def withdraw(_: Request) -> None:
        if sandbox.calls_by_endpoint().get("POST /lead/", 0) == 30:
            sandbox.faults.add(Fault(status, times=None))

    sandbox.before_request.append(withdraw)
    began = time.monotonic()
    ran = Running(sandbox, clock, "stopped", wanted.messages(lambda: len(wanted.rows) < 5000)).finish(wanted.rows)
    assert isinstance(ran.failure, ConfigError)
    assert f"HTTP {status}" in ran.failure.message
    assert time.monotonic() - began < 15
    assert sandbox.calls_by_status()[int(status)] <= 40, "no more than what was under way"
    acknowledged = ran.states[-1]["id"] if ran.states else 0
    people = {contact.get(USER) for contact in sandbox.contacts.values()}
    assert people >= {row["contact_user_id"] for row in wanted.rows[:acknowledged]}
