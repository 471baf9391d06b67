"""Which of the known names did somebody mean? (pure)"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher

NEAR = 0.75
"""Likeness from which a name is taken for a slip of another."""

LIKE = 0.7
"""Likeness from which a name is worth a hint."""

MOST_SHOWN = 100
"""Characters of a name."""

_PRIVATE = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|api_[A-Za-z0-9]{8,}\.")
_IRRELEVANT = re.compile(r"[\W_\u00ad]+")


def bare(name: str) -> str:
    """What is left of a name without letter case, blanks, invisible characters and punctuation."""
    return _IRRELEVANT.sub("", name).casefold() or name


def nearest(wanted: str, names: Iterable[str], *, least: float = LIKE, parts: bool = True) -> str | None:
    """The one name that is most like it, if any is `least` so; the first of those that are equally so. `parts`: of a name that
    is not like it as a whole, some of its words may be."""
    others = [name for name in dict.fromkeys(names) if name != wanted]
    like = _Likeness(wanted)
    best, name = _best(others, like.of_whole)
    if best < NEAR and parts:
        best, name = max((best, name), _best(others, like.of_parts), key=lambda one: one[0])
    return name if name and best >= least else None


def _best(names: Iterable[str], like: Callable[[str, float], float]) -> tuple[float, str]:
    best, found = 0.0, ""
    for name in names:
        if (likeness := like(name, best)) > best or not found:
            best, found = likeness, name
    return best, found


def is_near(wanted: str, name: str) -> bool:
    """Whether somebody who typed the one may well have meant the other: a slip, another spelling or order of words, or a part of them."""
    ours, theirs = _words(wanted), _words(name)
    return _Likeness(wanted).of_whole(name) >= NEAR or sorted(ours) == sorted(theirs) or _is_part(ours, theirs)


def quoted(name: str) -> str:
    """The name between quotes, with what cannot be seen written as an escape, and cut where it is very long; what is an address
    or a key, put where a name should be, is not repeated."""
    if _PRIVATE.search(name[: 2 * MOST_SHOWN]):
        return '"(an email address or a key)"'
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode() for one in name[:MOST_SHOWN])
    return f'"{shown}{"…" if len(name) > MOST_SHOWN else ""}"'


_PART = 0.85
"""What being like a part of a name counts, beside being like the whole."""


class _Likeness:
    """From 0 to 1; 1 also where only letter case, blanks and the like differ. What cannot be more than `beyond` is 0."""

    def __init__(self, wanted: str) -> None:
        self._wanted = bare(wanted[:MOST_SHOWN])
        self._matcher = SequenceMatcher(None, "", self._wanted, autojunk=False)

    def of_whole(self, name: str, beyond: float = 0.0) -> float:
        return self._of(bare(name[:MOST_SHOWN]), beyond)

    def of_parts(self, name: str, beyond: float = 0.0) -> float:
        words = _words(name[:MOST_SHOWN])
        ends = ("".join(part) for cut in range(1, len(words)) for part in (words[cut:], words[:cut]))
        return max((_PART * self._of(end, beyond / _PART) for end in ends if len(end) > 3), default=0.0)

    def _of(self, name: str, beyond: float) -> float:
        if name == self._wanted:
            return 1.0
        if _is_swapped(self._wanted, name):
            return 0.8
        self._matcher.set_seq1(name)
        if min(self._matcher.real_quick_ratio(), self._matcher.quick_ratio()) <= beyond:
            return 0.0
        return self._matcher.ratio()


def _is_swapped(one: str, other: str) -> bool:
    """Whether two neighbouring characters changed places, which `ratio` holds against short names."""
    if len(one) != len(other):
        return False
    unlike = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    return len(unlike) == 2 and unlike[1] == unlike[0] + 1 and sorted(one) == sorted(other)


def _words(name: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", name)]


def _is_part(some: list[str], whole: list[str]) -> bool:
    """Whether they are the first or last words of it, and not too little of it."""
    share = sum(map(len, some)) / max(1, sum(map(len, whole)))
    return bool(some) and share >= 0.4 and some in (whole[: len(some)], whole[-len(some) :])
