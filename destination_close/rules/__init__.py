"""What should change in Close, and what must not? Pure.

Decides row by row, carries rows out on paper, and cuts the result into stages that may be sent side by side.
Exports: `plan_stage`, `group`, `unknown_keys`, `all_keys`, `Memory`.
"""

from __future__ import annotations

from destination_close.rules.grouping import Rows, group
from destination_close.rules.memory import Memory, learn_sight
from destination_close.rules.needs import all_keys, unknown_keys
from destination_close.rules.paper import NEW, NO_CONTACT
from destination_close.rules.stages import plan_stage

__all__ = [
    "NEW",
    "NO_CONTACT",
    "Memory",
    "Rows",
    "all_keys",
    "group",
    "learn_sight",
    "plan_stage",
    "unknown_keys",
]
