"""What is in one object of the settings, and what is wrong with it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Section:
    """One object of the settings: returns what is well-formed and notes what is not.

    Null and blank text count as not set, because Airbyte's form sends them; unknown keys are reported by `names`.
    """

    def __init__(self, raw: Mapping[str, Any], place: str, problems: list[str]) -> None:
        self.raw = raw
        self.place = place
        self._problems = problems

    def refuse(self, name: str, advice: str) -> None:
        self._problems.append(f"{self._path(name)}: {advice}")

    def refuse_absent(self, name: str, advice: str) -> None:
        """Only if nothing was given: a wrong value has already been refused."""
        if self._given(name) is None:
            self.refuse(name, advice)

    def text(self, name: str) -> str | None:
        given = self._given(name)
        if given is None or isinstance(given, str):
            return given
        self.refuse(name, "it must be text")
        return None

    def column(self, name: str) -> str | None:
        """As `text`, with the blanks at its ends: a column's name may have them."""
        return self.raw[name] if self.text(name) else None

    def flag(self, name: str, default: bool = True) -> bool:
        given = self._given(name)
        if given is None or isinstance(given, bool):
            return default if given is None else given
        self.refuse(name, "it must be true or false")
        return default

    def has(self, name: str) -> bool:
        """Whether anything was given."""
        return self._given(name) is not None

    def words(self, name: str) -> list[str]:
        """The texts in a list; anything else in it is refused."""
        given = self._given(name)
        if given is None:
            return []
        if isinstance(given, (list, tuple)) and all(one is None or isinstance(one, str) for one in given):
            return [one.strip() for one in given if one and one.strip()]
        self.refuse(name, "it must be a list of strings")
        return []

    def limit(self, name: str, most: int) -> int | None:
        """A whole number, or None if nothing was given."""
        return None if self._given(name) is None else self.whole(name, 0, most, most)

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        given = self._given(name)
        if given is None:
            return default
        if isinstance(given, (int, float)) and not isinstance(given, bool) and low <= given <= high and given == int(given):
            return int(given)
        self.refuse(name, f"it must be a whole number from {low} to {high}")
        return default

    def section(self, name: str) -> Section | None:
        """The object, or None if nothing was given."""
        given = self._given(name)
        if given is None:
            return None
        if isinstance(given, Mapping):
            return Section(given, self._path(name), self._problems)
        self.refuse(name, "it must be an object")
        return None

    def sections(self, name: str) -> Iterator[Section]:
        """The objects in a list, each a section named by its place in the list, counted from 1."""
        given = self._given(name)
        if not isinstance(given, (list, tuple, type(None))):
            self.refuse(name, "it must be a list")
            return
        for number, one in enumerate(given or (), 1):
            if isinstance(one, Mapping):
                yield Section(one, self._path(f"{name} {number}"), self._problems)
            elif one is not None:
                self.refuse(f"{name} {number}", "it must be an object")

    def _given(self, name: str) -> Any:
        given = self.raw.get(name)
        return (given.strip() or None) if isinstance(given, str) else given

    def _path(self, name: str) -> str:
        return f"{self.place}, {name}" if self.place else name
