"""Which part of a list is a page, and may it be asked for?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integration_tests.close_sandbox.problems import invalid, too_large

BIGGEST_PAGE = 200
_DEEPEST_SKIP = 35_000
_PAGE = 100


def page(found: list[Any], query: Mapping[str, str], show: Callable[[Any], Any], most: int = BIGGEST_PAGE) -> dict[str, Any]:
    """`_skip` and `_limit` of a query, of which the latter is at most so many."""
    skip, limit = _whole(query, "_skip", 0, _DEEPEST_SKIP), _whole(query, "_limit", min(_PAGE, most), most)
    return {"data": [show(one) for one in found[skip : skip + limit]], "has_more": len(found) > skip + limit}


def _whole(query: Mapping[str, str], key: str, default: int, most: int) -> int:
    try:
        value = int(query.get(key) or default)
    except ValueError:
        raise invalid({key: "Input should be a valid integer"}) from None
    if value < 0:
        raise invalid({key: "Input should be greater than or equal to 0"})
    if value > most:
        raise invalid({key: too_large(most)})
    return value
