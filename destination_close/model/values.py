"""How are the small values declared that are made dozens of times a row?

As frozen dataclasses, except that Python itself does not enforce it: some sixty of them are made for each row, and a frozen
one takes three times as long to make. mypy sees frozen dataclasses, and rejects code that changes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value_class
else:

    def value_class(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """As `dataclasses.dataclass`, with `frozen=True`."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["value_class"]
