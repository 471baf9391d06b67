"""How do rejected rows get into files before a state that covers them leaves?

A file is rewritten with each flush and grows until it is large or old enough; then the next one is started. This keeps
files few however often states come, and memory small however many rows are rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from destination_close.model import Outcome, StreamKey
from destination_close.rejects.format import Place, content_of, file_name_of, folder_of, line_of, record_of
from destination_close.rejects.storage import Storage
from destination_close.settings import Layout

MOST_BYTES = 4 * 1024 * 1024
"""Held in memory, over all files."""

FILE_SECONDS = 60.0
"""A file is not rewritten for longer than this."""


@dataclass(slots=True)
class _File:
    path: str
    began: float
    lines: list[bytes] = field(default_factory=list)
    is_saved: bool = True


class RejectFiles:
    """Rejected rows on their way to storage. `wall` is seconds since 1970; `sync_ids` by stream."""

    def __init__(
        self,
        storage: Storage,
        layout: Layout,
        sync_ids: Mapping[StreamKey, int | None],
        *,
        wall: Callable[[], float],
        most_bytes: int = MOST_BYTES,
        file_seconds: float = FILE_SECONDS,
    ) -> None:
        self._storage = storage
        self._layout = layout
        self._sync_ids = sync_ids
        self._wall = wall
        self._most_bytes = most_bytes
        self._file_seconds = file_seconds
        self._open: dict[StreamKey, _File] = {}
        self._held = 0
        self._parts: dict[str, int] = {}
        """By folder, how many files were started in it."""

        self._first_path: str | None = None

    def add(self, outcome: Outcome) -> None:
        """A row was rejected. Raises RunStopped if it had to be written and that failed."""
        now = self._wall()
        stream = outcome.row.stream
        file = self._open.get(stream) or self._begin(stream, now)
        line = line_of(record_of(outcome, self._sync_ids.get(stream), _moment(now)), self._layout)
        file.lines.append(line)
        file.is_saved = False
        self._held += len(line)
        if self._held >= self._most_bytes:
            self._save()
            self._end(list(self._open))

    def flush(self) -> None:
        """Everything added so far is in storage when this returns. Raises RunStopped if that fails."""
        self._save()
        now = self._wall()
        self._end([stream for stream, file in self._open.items() if now - file.began >= self._file_seconds])

    @property
    def where(self) -> str | None:
        """Where a person finds the files; None if there are none yet."""
        if self._first_path is None:
            return None
        more = sum(self._parts.values()) - 1
        return self._storage.place(self._first_path) + (f" and {more:,} more {'file' if more == 1 else 'files'}" if more else "")

    def _begin(self, stream: StreamKey, now: float) -> _File:
        place = Place(stream, self._sync_ids.get(stream), _moment(now))
        folder = folder_of(self._layout, place)
        part = self._parts[folder] = self._parts.get(folder, 0) + 1
        name = file_name_of(self._layout, Place(stream, place.sync_id, place.began, part))
        path = f"{folder}/{name}" if folder else name
        self._first_path = self._first_path or path
        file = self._open[stream] = _File(path, now)
        return file

    def _save(self) -> None:
        for file in self._open.values():
            if not file.is_saved:
                self._storage.put(file.path, content_of(file.lines, self._layout))
                file.is_saved = True

    def _end(self, streams: list[StreamKey]) -> None:
        for stream in streams:
            self._held -= sum(map(len, self._open.pop(stream).lines))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
