"""From a template to a value of a row. Pure.

Jinja over `record`, held to bounded functions; what is joined to a blank depends on the field it is for.
Exports: `compile_template` and its two errors.
"""

from __future__ import annotations

from destination_close.templates.functions import FILTERS
from destination_close.templates.template import MAX_LENGTH, BadTemplate, TemplateFailed, compile_template

__all__ = [
    "FILTERS",
    "MAX_LENGTH",
    "BadTemplate",
    "TemplateFailed",
    "compile_template",
]
