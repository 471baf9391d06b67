"""How do the results get into the document?"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

from integration_tests.bench.report import as_markdown, tables
from integration_tests.bench.results import Results

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: written by `make bench` -->", "<!-- end of what was measured -->"


def write(results: Results, document: Path = DOCUMENT) -> None:
    """Writes the results into their place in the document; everything else in it is written by hand."""
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text("\n".join((before + BEGIN, *_measured(results), END + after)), encoding="utf-8")


def _measured(results: Results) -> Iterator[str]:
    yield ""
    yield f"Measured on {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}."
    for title, table in tables(results):
        yield from ("", f"### {title}", "", *as_markdown(table))
    yield ""
