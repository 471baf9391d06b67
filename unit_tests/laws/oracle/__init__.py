"""What should Close hold in the end, and what becomes of each row, by the rules read slowly and one row at a time?

The oracle knows nothing of the connector but its nouns (`destination_close.model`): it is written from the page of rules alone, so
that a misreading in `deciding` shows as a difference. Its entry point is `expected_world`.
"""

from __future__ import annotations

from collections.abc import Iterable

from destination_close.model import Draft

from .compare import State, explain_difference, state_of_model, state_of_sandbox
from .generate import World
from .model_close import Close
from .rules import Expected, Refuses, apply_row, never, outcome_of_row

__all__ = [
    "Close",
    "Expected",
    "Refuses",
    "State",
    "World",
    "apply_row",
    "expected_world",
    "explain_difference",
    "never",
    "outcome_of_row",
    "state_of_model",
    "state_of_sandbox",
]


def expected_world(world: World, drafts: Iterable[Draft], refuses: Refuses = never) -> tuple[State, list[Expected]]:
    """Handle the drafts one by one, in the order they take effect; one `Expected` per draft, in that order."""
    close = world.model()
    expected = [apply_row(close, draft, refuses) for draft in sorted(drafts, key=lambda draft: draft.at)]
    return state_of_model(close), expected
