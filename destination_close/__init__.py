"""Upserts records of any Airbyte source into Close as Leads and Contacts.

The rooms, each using only those further down, and the wiring; every file of them is in `docs/architecture.md`.

plan/        What would a run do? The preview, its page, and the dry run behind it.
engine/      One run: from rows to outcomes.
mapping/     From a row to what it wants Close to hold. Pure.
rules/       What should change in Close, and what must not? Pure.
rejects/     Where rejected rows are kept, and when they are too many.
templates/   From a template to a value of a row. Pure.
settings/    What did the user ask for?
airbyte/     Airbyte's side: the lines that come in and go out.
close/       Close's side: the only room that knows HTTP.
values/      From a cell to a value. Pure.
pacing/      When may a call to Close go out, and may it be sent again?
model/       The nouns of the connector: rows, objects, changes, results, outcomes, and the errors.
run          How does the process start, and what does each verb need?
destination  What are the verbs (spec, check, discover, write), and how are the parts wired together?
assembly     Which parts is one run made of?
check        Will these settings work?
shutdown     How does the process exit in time when asked to?
version      Which version is this?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from destination_close.destination import DestinationClose

__all__ = ["DestinationClose"]


def __getattr__(name: str) -> Any:
    """Imports the connector only when asked for: the CDK takes a second to import, and `spec` need not wait for it."""
    if name == "DestinationClose":
        from destination_close.destination import DestinationClose

        return DestinationClose
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
