"""What are the verbs (spec, check, discover, write), and how are the parts wired together?"""

from __future__ import annotations

import argparse
import base64
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from airbyte_cdk import AirbyteConnectionStatus, Status
from airbyte_cdk.destinations import Destination
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets, filter_secrets, get_secrets, update_secrets

from destination_close import assembly
from destination_close.airbyte import (
    Inputs,
    Message,
    Printer,
    connection_status,
    destination_catalog,
    kind_of,
    log_message,
    parse_catalog,
    read_json,
    stdin,
    stdout,
    trace_of,
)
from destination_close.check import check
from destination_close.close import OUTAGE_SECONDS, Close, base_url_from
from destination_close.model import ConfigError, RunStopped, StreamInfo
from destination_close.plan import Desk, Plan, add_plan_verb, for_planning, show_plan
from destination_close.rejects import open_storage, probe
from destination_close.settings import Config, ObjectStorage, packaged_spec, parse_config, read_config, spec_message
from destination_close.shutdown import TERMINATED, Shutdown

VERBS: Mapping[str, Sequence[str]] = {"spec": (), "check": ("config",), "discover": ("config",), "write": ("config", "catalog")}
"""Each verb with the files it takes."""

ASKING_SECONDS = 15.0
"""How long check and discover try to reach Close: somebody is looking at a screen meanwhile."""

CheckAccount = Callable[[Mapping[str, Any]], tuple[bool, str]]
"""Config to verdict: may it be used, and what should the user read?"""

DiscoverAccount = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]
"""Config to the operations that the account offers on the data activation screen."""

OpenInputs = Callable[[], Inputs[Any]]
"""Begins to read stdin: not before the settings have been found to work."""

WriteRows = Callable[[Mapping[str, Any], Sequence[StreamInfo], OpenInputs, threading.Event], Iterable[Message]]
"""Config, streams, input and the stop signal, to the messages that go out."""


class DestinationClose(Destination):
    """The connector as the CDK knows it; `run` is all the platform calls."""

    def __init__(
        self,
        *,
        shutdown: Shutdown | None = None,
        check_account: CheckAccount | None = None,
        discover_account: DiscoverAccount | None = None,
        write_rows: WriteRows | None = None,
    ) -> None:
        self._shutdown = shutdown or Shutdown(threading.Event())
        self._check_account = check_account or _check_account
        self._discover_account = discover_account or _discover_account
        self._write_rows = write_rows or _write_rows
        self._streams: Sequence[StreamInfo] = ()

    # --- the verbs ---------------------------------------------------------------------------------------------------

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:  # noqa: ARG002  the CDK's signature
        """The verdict on a config of any shape."""
        try:
            succeeded, message = self._check_account(config)
        except RunStopped as problem:
            succeeded, message = False, problem.message
        return AirbyteConnectionStatus(status=Status.SUCCEEDED if succeeded else Status.FAILED, message=message)

    def write(self, config: Mapping[str, Any], configured_catalog: Any, input_messages: Any) -> Iterator[Any]:
        """Our own `StreamInfo`s and `OpenInputs` in, plain messages out: the CDK's models lose parts of both."""
        yield from self._write_rows(config, configured_catalog, input_messages, self._shutdown.stop)

    def run_cmd(self, parsed_args: argparse.Namespace) -> Iterator[Any]:
        """The messages of one verb."""
        if parsed_args.command == "spec":
            yield spec_message()
        elif parsed_args.command == "check":
            yield self._checked(parsed_args.config)
        elif parsed_args.command == "discover":
            config = _read_config(parsed_args.config)
            yield from (log_message("WARN", remark) for remark in read_config(config)[0].remarks)
            yield destination_catalog(self._discover_account(config))
        elif parsed_args.command == "write":
            config = _read_config(parsed_args.config)
            self._streams = parse_catalog(read_json(parsed_args.catalog))
            yield from self.write(config, self._streams, lambda: Inputs(stdin()))

    def _checked(self, config_path: str) -> Message:
        try:
            config = _read_config(config_path)
        except ConfigError as problem:
            return connection_status(False, problem.message)
        status = self.check(logging.getLogger("airbyte"), config)
        return connection_status(status.status is Status.SUCCEEDED, status.message)

    # --- how they are run --------------------------------------------------------------------------------------------

    def parse_args(self, args: list[str]) -> argparse.Namespace:
        """The verb and its files; exits with 2 if they do not match."""
        parser = argparse.ArgumentParser(prog="destination-close")
        verbs = parser.add_subparsers(title="verbs", dest="command", required=True)
        for verb, files in VERBS.items():
            verb_parser = verbs.add_parser(verb)
            for file in files:
                verb_parser.add_argument(f"--{file}", required=True, help=f"path of the {file}, a JSON file")
        add_plan_verb(verbs)
        return parser.parse_args(args)

    def run(self, args: list[str]) -> None:
        """Print the messages of a verb; exits with 1 after a TRACE ERROR, with 143 when asked to terminate."""
        parsed_args = self.parse_args(args)
        if parsed_args.command == "plan":
            sys.exit(show_plan(partial(_rehearse, parsed_args), parsed_args, _desk()))
        printer = Printer(stdout(), filter_secrets)
        try:
            self._print_all(self.run_cmd(parsed_args), printer)
        except Exception as failure:  # noqa: BLE001  the last stop: whatever it is, Airbyte hears of it
            if not self._shutdown.requested:
                self._print_all([self._trace(failure)], printer)
                sys.exit(1)
        if self._shutdown.requested:
            sys.exit(TERMINATED)

    def _print_all(self, messages: Iterable[Message], printer: Printer) -> None:
        for message in messages:
            self._print(message, printer)

    def _print(self, message: Message, printer: Printer) -> None:
        """When nobody is reading any more, calls under way are still completed."""
        try:
            printer.print(message)
        except BrokenPipeError:
            self._shutdown.request()

    def _trace(self, failure: Exception) -> Message:
        return trace_of(failure, emitted_at=time.time_ns() // 1_000_000, streams=[info.key for info in self._streams])


# --- what the user gave ----------------------------------------------------------------------------------------------


def _read_config(path: str) -> Mapping[str, Any]:
    """The config as given; from here on nothing prints its secrets."""
    config = read_json(path)
    if not isinstance(config, dict):
        raise ConfigError(f"The config is not a JSON object, but {kind_of(config)}.")
    _register_secrets(config)
    return config


def _register_secrets(config: Mapping[str, Any]) -> None:
    """Uses the CDK, whose list is the one that all output is checked against."""
    update_secrets([])
    for secret in get_secrets(packaged_spec()["connectionSpecification"], config):
        if isinstance(secret, str) and secret.strip():
            for spelling in _spellings(secret.strip()):
                add_to_secrets(spelling)


def _spellings(secret: str) -> Iterator[str]:
    """As it appears in an Authorization header, and plain; the longest first, so no tail of one remains."""
    yield base64.b64encode(f"{secret}:".encode()).decode()
    yield base64.b64encode(secret.encode()).decode()
    yield secret


# --- who is wired to whom --------------------------------------------------------------------------------------------


def _check_account(config: Mapping[str, Any]) -> tuple[bool, str]:
    return check(config, _connect, _try_storage)


def _try_storage(settings: ObjectStorage) -> None:
    probe(open_storage(settings), f"connection_check_{time.time_ns()}.txt")


def _discover_account(config: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return assembly.discover(parse_config(config), _around(threading.Event(), ASKING_SECONDS))


def _connect(config: Config) -> Close:
    return assembly.connect(config, _around(threading.Event(), ASKING_SECONDS))[0]


def _write_rows(
    config: Mapping[str, Any], streams: Sequence[StreamInfo], open_inputs: OpenInputs, stop: threading.Event
) -> Iterator[Message]:
    yield from assembly.write(parse_config(config), streams, open_inputs, _around(stop))


def _rehearse(parsed_args: argparse.Namespace, plan: Plan) -> Iterator[Message]:
    config = for_planning(parse_config(_read_config(parsed_args.config)))
    streams = parse_catalog(read_json(parsed_args.catalog))
    yield from assembly.write(config, streams, lambda: Inputs(stdin()), _around(threading.Event()), plan)


def _desk() -> Desk:
    return Desk(sys.stdout, sys.stderr, time.time, filter_secrets)


def _around(stop: threading.Event, outage_seconds: float = OUTAGE_SECONDS) -> assembly.Surroundings:
    explain = os.environ.get("LOG_LEVEL", "").strip().upper() in ("DEBUG", "TRACE")
    is_retry = os.environ.get("WORKER_JOB_ATTEMPT", "0").strip() not in ("", "0")  # Airbyte counts attempts from 0
    return assembly.Surroundings(stop, base_url_from(os.environ), outage_seconds=outage_seconds, explain=explain, is_retry=is_retry)
