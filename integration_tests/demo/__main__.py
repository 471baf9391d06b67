"""What happens in the demo, one thing after the other?"""

from __future__ import annotations

import argparse
import contextlib
import copy
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from integration_tests.close_sandbox import Close
from integration_tests.close_sandbox.server import running_server
from integration_tests.demo import account, foresight, telling
from integration_tests.demo.rows import records
from integration_tests.demo.session import PROJECT, Sync, run_sync, write_files

PORT = 8765


def main(arguments: Sequence[str] | None = None) -> int:
    told = _parser().parse_args(arguments)
    close = Close(account.SETTINGS)
    shown = account.furnish(close)
    with running_server(close=close, port=_free(told.port)) as server:
        say(telling.opening(server.url, close))
        succeeded = perform(close, shown, server.api_url, told.folder)
        if succeeded and sys.stdout.isatty() and not told.once:
            say(telling.look_around(server.url))
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()
    return 0 if succeeded else 1


def perform(close: Close, shown: str, api_url: str, folder: Path) -> bool:
    """The plan, both syncs, and what is to be said of them; `shown` is the lead to be shown before and after."""
    sent = records()
    files = write_files(folder, account.config(close, folder / "rejected"), sent)
    before = copy.deepcopy(close.lead(shown))
    say(telling.what_comes_in(sent, files, api_url))

    foreseen = foresight.foresee(files, api_url, folder)
    if foreseen.exit_code:
        say(["The plan failed.", foreseen.stderr])
        return False
    say(foresight.told(foreseen, files))

    asked = len(close.calls)
    first = run_sync(files, api_url)
    if not _succeeded(first):
        return False
    say(telling.what_became_of_it(sent, first, close.calls[asked:], close))
    say(telling.before_and_after(close, before, close.lead(shown)))

    known = len(close.calls)
    second = run_sync(files, api_url)
    if not _succeeded(second):
        return False
    written = [call for call in close.calls[known:] if telling.is_write(call)]
    say(telling.second_time(second, close.calls[known:], written))
    return not written


def say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
    print(flush=True)


def _succeeded(sync: Sync) -> bool:
    if sync.exit_code:
        say(["The sync failed.", *sync.errors, sync.stderr])
    return sync.exit_code == 0


def _free(port: int) -> int:
    """The port, or 0, which takes any, if another program has it."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.demo", description="Some 300 messy rows on their way into Close.")
    parser.add_argument("--once", action="store_true", help="end after the summary; so it does too when its output is no terminal")
    parser.add_argument("--port", type=int, default=PORT, help=f"of the sandbox; {PORT} unless something else is there")
    parser.add_argument("--folder", type=Path, default=PROJECT / ".tmp" / "demo", help="where the files of the sync are put")
    return parser


if __name__ == "__main__":
    sys.exit(main())
