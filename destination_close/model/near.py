"""Which of the known names did somebody mean? (pure)"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
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
    """The one name that is most like it, if any is `least` so; the first of those that are equally so. `parts`: what is like
    some of a name's words is like the name."""
    ranked = [
        (likeness(wanted, name) if parts else _ratio(bare(wanted), bare(name)), -place, name)
        for place, name in enumerate(dict.fromkeys(names))
        if name != wanted
    ]
    best, _, name = max(ranked, default=(0.0, 0, ""))
    return name if name and best >= least else None


def is_near(wanted: str, name: str) -> bool:
    """Whether whoever typed the one may well have meant the other: a slip, another spelling, or a part of its words."""
    return _ratio(bare(wanted), bare(name)) >= NEAR or _is_part(_words(wanted), _words(name))


def quoted(name: str) -> str:
    """The name between quotes, with what cannot be seen written as an escape, and cut where it is very long; what is an address
    or a key, put where a name should be, is not repeated."""
    if _PRIVATE.search(name):
        return '"(an email address or a key)"'
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode() for one in name[:MOST_SHOWN])
    return f'"{shown}{"…" if len(name) > MOST_SHOWN else ""}"'


def likeness(wanted: str, name: str) -> float:
    """From 0 to 1; 1 also where only letter case, blanks and the like differ."""
    whole = _ratio(bare(wanted), bare(name))
    words = _words(name)
    ends = ({"".join(words[place:]) for place in range(1, len(words))} | {"".join(words[:place]) for place in range(1, len(words))}) - {""}
    return max([whole, *(_PART * _ratio(bare(wanted), end) for end in ends if len(end) > 3)])


_PART = 0.85
"""What being like a part of a name counts, beside being like the whole."""


def _ratio(ours: str, theirs: str) -> float:
    if ours == theirs:
        return 1.0
    ratio = SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
    return max(ratio, 0.8) if _is_swapped(ours, theirs) else ratio


def _is_swapped(one: str, other: str) -> bool:
    """Whether two neighbouring characters changed places, which `ratio` holds against short names."""
    if len(one) != len(other):
        return False
    unlike = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    return len(unlike) == 2 and unlike[1] == unlike[0] + 1 and sorted(one) == sorted(other)


def _words(name: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", name)]


def _is_part(some: Collection[str], whole: list[str]) -> bool:
    """Whether they are the first or last words of it, and not too little of it."""
    listed = list(some)
    share = sum(map(len, listed)) / max(1, sum(map(len, whole)))
    return bool(listed) and share >= 0.4 and listed in (whole[: len(listed)], whole[-len(listed) :])
