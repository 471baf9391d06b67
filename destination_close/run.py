"""How does the process start: which verb needs what?"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from destination_close.airbyte import Printer, stdout
from destination_close.leaving import TERMINATED, Leaving
from destination_close.settings import spec_message

if TYPE_CHECKING:
    from destination_close.destination import DestinationClose


def _connector(leaving: Leaving) -> DestinationClose:
    from destination_close.destination import DestinationClose

    return DestinationClose(leaving=leaving)


def run(connector: Callable[[Leaving], DestinationClose] = _connector) -> None:
    """The console script `destination-close`."""
    args = sys.argv[1:]
    if args == ["spec"]:
        _print_spec()
    else:
        _say_only_what_we_say()
        program = connector(_leaving(args))
        collect_seldom()
        try:
            program.run(args)
        finally:
            gc.freeze()  # else Python looks through all there is once more before it ends, for up to a second


def collect_seldom() -> None:
    """Python's search for cycles of dead objects, for a program that makes millions of objects and next to no cycles:
    it leaves alone what was imported, and comes less often."""
    gc.freeze()
    gc.set_threshold(300_000, 10, 10)


def _print_spec() -> None:
    """Answered before the CDK is imported, which takes a second."""
    try:
        Printer(stdout()).print(spec_message())
    except BrokenPipeError:
        sys.exit(TERMINATED)


def _say_only_what_we_say() -> None:
    """All this program says goes through its own printer; what libraries log or warn of may quote urls and values."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    threading.excepthook = lambda hook: print(f"A thread of the connector ended by {hook.exc_type.__name__}.", file=sys.stderr)


def _leaving(args: list[str]) -> Leaving:
    leaving = Leaving(threading.Event())
    if args[:1] == ["write"]:  # the other verbs have nothing to finish: SIGTERM ends them as it ends any process
        leaving.on_sigterm()
    return leaving
