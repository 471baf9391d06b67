"""How does a file reach the storage for rejected records, durably?

Once `put` returns, its caller may acknowledge what the file contains. Problems are reported as codes: the
messages of the file system and of AWS repeat what they were given.
"""

from __future__ import annotations

from typing import Protocol

from destination_close.rejects.folder import Folder
from destination_close.rejects.s3 import S3
from destination_close.settings import LocalFolder, ObjectStorage


class Storage(Protocol):
    """Keeps files under paths with slashes."""

    def put(self, path: str, content: bytes) -> None:
        """The file is there, whole, and survives a crash once this returns; an existing one is replaced. Raises RunStopped."""

    def delete(self, path: str) -> None:
        """The file is gone. Raises RunStopped."""

    def place(self, path: str) -> str:
        """Where a person finds the file."""


def open_storage(settings: ObjectStorage) -> Storage:
    """The storage that the settings name. Nothing is written yet; may raise ConfigError."""
    return Folder(settings) if isinstance(settings, LocalFolder) else S3(settings)


def probe(storage: Storage, name: str) -> None:
    """Write a test file of that name and remove it. Raises RunStopped, which says what to fix."""
    storage.put(name, b"Written by the connection check of the Close destination, which removes it again.\n")
    storage.delete(name)


# --- a folder of this machine ----------------------------------------------------------------------------------------
