"""How does the process leave in time when it is told to?"""

from __future__ import annotations

import os
import signal
import threading
import time

TERMINATED = 143
"""128 + SIGTERM: what the platform takes for an ordinary end of a process that was told to go."""

SECONDS_TO_LEAVE = 9.5
"""`docker stop` kills after 10."""


class Shutdown:
    """Tells the run to stop, once, and sees to it that the process is gone soon after, whatever hangs."""

    def __init__(self, stop: threading.Event, seconds: float = SECONDS_TO_LEAVE) -> None:
        self.stop = stop
        self._seconds = seconds
        self.requested = False
        """`stop` alone does not say this: a run that failed sets it too, to end its calls."""

    def request(self) -> None:
        """SIGTERM came, or nobody listens to us any more."""
        if not self.requested:
            self.requested = True
            self.stop.set()
            threading.Thread(target=self._leave_at_last, name="leaving", daemon=True).start()

    def on_sigterm(self) -> None:
        """From now on SIGTERM means `tell`. Called on the main thread before there are others.

        A thread waits for the signal. A handler would run inside whatever the main thread is at, where it may find locks held.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=self._wait_for_sigterm, name="sigterm", daemon=True).start()

    def _wait_for_sigterm(self) -> None:
        signal.sigwait({signal.SIGTERM})
        self.request()

    def _leave_at_last(self) -> None:
        time.sleep(self._seconds)
        os._exit(TERMINATED)
