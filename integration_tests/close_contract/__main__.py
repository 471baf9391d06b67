"""How does a person with an account of Close run the check?"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from integration_tests.close_contract import record, running, safety
from integration_tests.close_contract.cleaning import clean
from integration_tests.close_contract.journal import Journal
from integration_tests.close_contract.talk import Talk
from integration_tests.close_contract.transport import Http
from integration_tests.close_sandbox import facts

API = "https://api.close.com/api/v1"
JOURNALS = Path(".close-contract")
NOT_HERE, NOT_CLEAN = 2, 3


def main(
    arguments: Sequence[str] | None = None,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    told = _parser().parse_args(arguments)
    key = os.environ.get("CLOSE_API_KEY", "")
    if not key:
        print("Set CLOSE_API_KEY to an API key of a trial account.", file=sys.stderr)
        return NOT_HERE
    name = told.clean or safety.new_run(datetime.now(timezone.utc).strftime("%Y%m%d"))
    if not safety.is_run(name):
        print("That is not the name of a run: dcc-<date>-<six characters>.", file=sys.stderr)
        return NOT_HERE
    journal = Journal(told.journals / f"{name}.jsonl")
    talk = Talk(Http(os.environ.get("CLOSE_API_BASE_URL") or API, key), journal, clock, sleep)
    me = talk.good("GET", "/me/")
    try:
        if told.clean:
            return _clean(talk, name, journal, me)
        safety.confirm(talk, me, (lambda _: told.organization) if told.organization else _ask, large=told.large)
    except safety.NotHere as why:
        print(why, file=sys.stderr)
        return NOT_HERE
    return _run(talk, name, journal, me, told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m integration_tests.close_contract",
        description="Find out what is true of the real Close. Makes marked leads, contacts and custom fields, and deletes them again.",
    )
    parser.add_argument("--only", type=_numbers, default=(), metavar="N,N", help="these steps, and what they need")
    parser.add_argument("--provoke-429", action="store_true", help="also make so many calls that some are refused")
    parser.add_argument("--clean", metavar="RUN", help="only delete what that run left behind")
    parser.add_argument("--out", type=Path, default=facts.FILE, help="where the record is written; an older one there is compared")
    parser.add_argument("--organization", help="its name, where nobody is there to type it")
    parser.add_argument("--large", action="store_true", help="go on in an organization with more than a thousand leads")
    parser.add_argument("--plan", help="of the account, for the record: trial, solo, growth")
    parser.add_argument("--journals", type=Path, default=JOURNALS, help="folder for the lists of what runs made")
    return parser


def _numbers(told: str) -> tuple[int, ...]:
    return tuple(int(number) for number in told.split(","))


def _ask(who: str) -> str:
    return input(f"This key is {who}. Type the name of the organization to go on: ")


def _clean(talk: Talk, name: str, journal: Journal, me: Any) -> int:
    head = journal.head()
    if head is not None and head["organization"] != safety.organization_of(me)["id"]:
        raise safety.NotHere("That run was in another organization.")
    return _left(clean(talk, name, journal))


def _run(talk: Talk, name: str, journal: Journal, me: Any, told: argparse.Namespace) -> int:
    print(f"This is run {name}. If it is killed: --clean {name}")
    ended = running.run(talk, name, journal, me, running.wanted_steps(told.only, provoke_429=told.provoke_429))
    names = record.Names(name, record.private_texts(me))
    today = datetime.fromtimestamp(talk.clock(), timezone.utc).date().isoformat()
    old, new = facts.read(told.out), [record.as_written(fact, names, today, told.plan) for fact in ended.facts]
    for line in record.changes(old, new):
        print(f"changed: {line}")
    for problem in ended.problems:
        print(f"not carried through: {problem}", file=sys.stderr)
    record.write(told.out, record.merged(old, new))
    print(f"{len(new)} facts after {talk.calls} calls, written to {told.out}")
    _left(ended.left)
    return ended.status


def _left(paths: list[str]) -> int:
    for path in paths:
        print(f"not deleted: {path}", file=sys.stderr)
    return NOT_CLEAN if paths else 0


if __name__ == "__main__":
    sys.exit(main())
