"""How does a file get into a local folder, completely and durably?"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from destination_close.model import ConfigError, TransientError
from destination_close.settings import LocalFolder

_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.ESTALE)
"""What may have passed by the next attempt."""


class Folder:
    """Files below one folder."""

    def __init__(self, settings: LocalFolder) -> None:
        self._base = Path(settings.path)

    def put(self, path: str, content: bytes) -> None:
        self._try(lambda: _put(self._base / path, content))

    def delete(self, path: str) -> None:
        self._try((self._base / path).unlink)

    def place(self, path: str) -> str:
        return str(self._base / path)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (OSError, ValueError) as trouble:
            code = errno.errorcode.get(trouble.errno or 0, "") if isinstance(trouble, OSError) else ""
            message = f"Rejected records could not be written to the folder {self._base} ({code or type(trouble).__name__})"
            if isinstance(trouble, OSError) and trouble.errno in _PASSING:
                raise TransientError(f"{message}.") from None
            raise ConfigError(f"{message}. Choose a local_path that the connector can write to.") from None


def _put(target: Path, content: bytes) -> None:
    """Written under another name, then renamed: nobody ever sees half a file, and a crash leaves the old or the new one."""
    new_folders = list(_missing(target.parent))
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(target)
    for folder in (target.parent, *(new.parent for new in new_folders)):
        _sync_folder(folder)


def _missing(folder: Path) -> Iterator[Path]:
    while not folder.exists():
        yield folder
        folder = folder.parent


def _sync_folder(folder: Path) -> None:
    """Makes renames and new files in it durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
