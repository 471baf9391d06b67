"""What would a run do? The preview, its page, and the dry run behind it.

Watches while rows are decided on paper, and shows the result in the terminal, as a web page, or as JSON lines.
Exports: `Plan`, `Rehearsal`, `Thorough`, `as_reported`, `in_the_log`, and the verb.
"""

from __future__ import annotations

from destination_close.plan.dry_run import Rehearsal, Thorough, as_reported
from destination_close.plan.plan import Plan
from destination_close.plan.totals import in_the_log
from destination_close.plan.verb import Desk, add_plan_verb, for_planning, show_plan

__all__ = [
    "Desk",
    "Plan",
    "Rehearsal",
    "Thorough",
    "add_plan_verb",
    "as_reported",
    "for_planning",
    "in_the_log",
    "show_plan",
]
