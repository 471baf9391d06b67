"""What can end the whole thing?

    EndToEndError
    ├── CannotInstall     an environment could not be made
    ├── SessionFailed     PyAirbyte could not do what it was asked to
    └── Mismatch          all went through, and something is not as it should be

The message is all that the person who started it reads.
"""

from __future__ import annotations


class EndToEndError(Exception):
    """Base of what ends with exit code 1."""


class CannotInstall(EndToEndError):
    """An environment could not be made."""


class SessionFailed(EndToEndError):
    """PyAirbyte could not do what it was asked to."""


class Mismatch(EndToEndError):
    """Something is not as it should be."""
