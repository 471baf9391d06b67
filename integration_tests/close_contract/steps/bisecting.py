"""Between what is taken and what is refused, where does the border lie?"""

from __future__ import annotations

from collections.abc import Callable

_PART = 20
"""To a twentieth of it."""


def largest(taken: int, refused: int, is_taken: Callable[[int], bool]) -> int:
    """The largest number that was seen to be taken, at most a twentieth below the smallest that was refused."""
    while refused - taken > max(1, refused // _PART):
        middle = (taken + refused) // 2
        if is_taken(middle):
            taken = middle
        else:
            refused = middle
    return taken
