"""How does the process exit in time when asked to?"""

from __future__ import annotations

import os
import signal
import threading
import time

TERMINATED = 143
"""128 + SIGTERM: what the platform expects from a process that was asked to terminate."""

SECONDS_TO_LEAVE = 9.5
"""`docker stop` kills after 10."""


class Shutdown:
    """Asks the run to stop, once, and makes sure that the process is gone soon after, whatever hangs."""

    def __init__(self, stop: threading.Event, seconds: float = SECONDS_TO_LEAVE) -> None:
        self.stop = stop
        self._seconds = seconds
        self.requested = False
        """`stop` alone does not say this: a run that failed sets it too, to end its calls."""

    def request(self) -> None:
        """SIGTERM came, or nobody is reading our output any more."""
        if not self.requested:
            self.requested = True
            self.stop.set()
            threading.Thread(target=self._leave_at_last, name="leaving", daemon=True).start()

    def on_sigterm(self) -> None:
        """From now on SIGTERM means `tell`. Called on the main thread before there are others.

        A thread waits for the signal. A handler would interrupt the main thread anywhere, where locks may be held.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=self._wait_for_sigterm, name="sigterm", daemon=True).start()

    def _wait_for_sigterm(self) -> None:
        signal.sigwait({signal.SIGTERM})
        self.request()

    def _leave_at_last(self) -> None:
        time.sleep(self._seconds)
        os._exit(TERMINATED)
