"""What do all the mappings of its stream make of a row? (pure)"""

from __future__ import annotations
