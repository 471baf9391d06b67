"""Close's side: the only room that knows HTTP.

Paces calls, sends them, reads what comes back, carries out changes, and finds creates whose answer was lost.
Exports: `Close`, `Calls`, `read_account`, `seconds_to_wait`, and the bodies.
"""

from __future__ import annotations

from destination_close.close.account import AnswersAboutAccount, read_account
from destination_close.close.bodies import object_body, update_body, updated
from destination_close.close.client import BASE_URL, CONNECTIONS, OUTAGE_SECONDS, Close, base_url_from
from destination_close.close.earlier_run import seconds_to_wait
from destination_close.close.performing import Calls
from destination_close.close.reading import read_object
from destination_close.close.searching import FEWEST_CLAUSES, FIRST_CLAUSES, MOST_CLAUSES, PAGE_SIZE, Reads

__all__ = [
    "BASE_URL",
    "CONNECTIONS",
    "FEWEST_CLAUSES",
    "FIRST_CLAUSES",
    "MOST_CLAUSES",
    "OUTAGE_SECONDS",
    "PAGE_SIZE",
    "AnswersAboutAccount",
    "Calls",
    "Close",
    "Reads",
    "base_url_from",
    "object_body",
    "read_account",
    "read_object",
    "seconds_to_wait",
    "update_body",
    "updated",
]
