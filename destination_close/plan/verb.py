"""How does a person in a terminal get a plan?

`plan` is not one of Airbyte's verbs: its output is for people. Progress goes to stderr, the plan to stdout, the page and the
lines for other programs to files. Exit 0: there is a plan, whatever is in it. Exit 1: there is none.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TextIO

from destination_close.airbyte import stack_of
from destination_close.model import ConfigError, RunStopped
from destination_close.plan.lines import lines_of
from destination_close.plan.page import page_of
from destination_close.plan.plan import Plan
from destination_close.plan.table import lines_for_terminal
from destination_close.settings import Config

Message = dict[str, Any]

INTERRUPTED = 130
"""128 + SIGINT."""

Rehearse = Callable[[Plan], Iterable[Message]]
"""Runs dry while the plan watches; returns the run's messages."""


MORE_THAN_ALL = 101


def add_plan_verb(verbs: Any) -> None:
    """The verb and its files, for the command line."""
    parser = verbs.add_parser("plan", help="show what write would do with the messages on stdin, without writing anything")
    for file in ("config", "catalog"):
        parser.add_argument(f"--{file}", required=True, help=f"path of the {file}, a JSON file")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the whole plan as a page for a browser")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole plan as one JSON object per line")


def for_planning(config: Config) -> Config:
    """The settings that concern writing: a plan stores no rejected rows, and shows them all, however many there are."""
    return replace(config, storage=None, max_rejected_percent=MORE_THAN_ALL)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the person sits."""

    out: TextIO
    err: TextIO
    wall: Callable[[], float]
    mask: Callable[[str], str] = str
    """Replaces what must never be printed."""

    @property
    def colours(self) -> bool:
        return self.out.isatty() and not os.environ.get("NO_COLOR")


def show_plan(rehearse: Rehearse, args: argparse.Namespace, desk: Desk) -> int:
    """Makes the plan and shows it; returns the exit code."""
    plan = Plan(keep_rows=True)
    try:
        _try_files(args.html, args.json)
        for message in rehearse(plan):
            _tell_progress(message, desk)
        _write_files(plan, args, desk)
    except RunStopped as stopped:
        print(desk.mask(stopped.message), file=desk.err)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as failure:  # noqa: BLE001  its text and its traceback may quote what was handled
        print(f"An unexpected error occurred. Please report it:\n{stack_of(failure)}", file=desk.err)
        return 1
    _print(lines_for_terminal(plan, colours=desk.colours), desk)
    for file in filter(None, (args.html, args.json)):
        print(f"Written: {file}", file=desk.err)
    return 0


def _print(lines: Iterable[str], desk: Desk) -> None:
    try:
        for line in lines:
            print(desk.mask(line), file=desk.out)
        desk.out.flush()
    except BrokenPipeError:  # the reader has seen enough, as with `head`; what is left must not fail at the end of the process
        os.dup2(os.open(os.devnull, os.O_WRONLY), desk.out.fileno())


def _tell_progress(message: Message, desk: Desk) -> None:
    if message["type"] == "LOG":
        print(desk.mask(message["log"]["message"]), file=desk.err, flush=True)


def _try_files(*files: Path | None) -> None:
    """Before the work is done, not after. A new file is readable only by its owner, because it will hold names and emails."""
    for file in filter(None, files):
        try:
            file.touch(mode=0o600)
        except OSError as problem:
            raise ConfigError(f"The file {file} cannot be written: {problem.strerror}.") from None


def _write_files(plan: Plan, args: argparse.Namespace, desk: Desk) -> None:
    made = datetime.fromtimestamp(desk.wall(), timezone.utc)
    if args.json:
        _write(args.json, (json.dumps(line, separators=(",", ":")) + "\n" for line in lines_of(plan)))
    if args.html:
        _write(args.html, [page_of(plan, made=made)])


def _write(file: Path, pieces: Iterator[str] | list[str]) -> None:
    try:
        with file.open("w", encoding="utf-8") as opened:
            opened.writelines(pieces)
    except OSError as problem:
        raise ConfigError(f"The file {file} cannot be written: {problem.strerror}.") from None
