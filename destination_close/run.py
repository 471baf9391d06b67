"""How does the process start, and what does each verb need?"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from destination_close.airbyte import Printer, stdout
from destination_close.settings import spec_message
from destination_close.shutdown import TERMINATED, Shutdown

if TYPE_CHECKING:
    from destination_close.destination import DestinationClose


def _connector(shutdown: Shutdown) -> DestinationClose:
    from destination_close.destination import DestinationClose

    return DestinationClose(shutdown=shutdown)


def run(connector: Callable[[Shutdown], DestinationClose] = _connector) -> None:
    """The console script `destination-close`."""
    args = sys.argv[1:]
    if args == ["spec"]:
        _print_spec()
    else:
        _say_only_what_we_say()
        program = connector(_shutdown(args))
        collect_seldom()
        try:
            program.run(args)
        finally:
            gc.freeze()  # otherwise Python scans all objects once more before it exits, for up to a second


def collect_seldom() -> None:
    """Python's search for cycles of dead objects, for a program that makes millions of objects and hardly any cycles:
    it skips what was imported, and runs less often."""
    gc.freeze()
    gc.set_threshold(300_000, 10, 10)


def _print_spec() -> None:
    """Answered before the CDK is imported, which takes a second."""
    try:
        Printer(stdout()).print(spec_message())
    except BrokenPipeError:
        sys.exit(TERMINATED)


def _say_only_what_we_say() -> None:
    """All output of this program goes through its own printer; what libraries log or warn about may quote urls and values."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    threading.excepthook = lambda hook: print(f"A thread of the connector ended with {hook.exc_type.__name__}.", file=sys.stderr)


def _shutdown(args: list[str]) -> Shutdown:
    shutdown = Shutdown(threading.Event())
    if args[:1] == ["write"]:  # the other verbs have nothing to finish: SIGTERM ends them like any other process
        shutdown.on_sigterm()
    return shutdown
