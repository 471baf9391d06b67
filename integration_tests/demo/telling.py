"""What does a newcomer read?

Every function gives lines and prints nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from integration_tests.close_sandbox import Call, Close
from integration_tests.close_sandbox.presets import COMPANY_ID
from integration_tests.demo.comparison import compared
from integration_tests.demo.reading import KINDS, Became, about_rejected, outcomes
from integration_tests.demo.rows import Record, companies_in, people_in, phone_formats, respelled_emails
from integration_tests.demo.session import Files, Sync

Lines = Iterator[str]


def opening(url: str, close: Close) -> Lines:
    without_id = sum(f"custom.{COMPANY_ID}" not in lead for lead in close.leads.values())
    yield "destination-close: an Airbyte destination that keeps Leads and Contacts in Close up to date"
    yield ""
    yield f"The Close of this demo is a sandbox in memory, on {url}/"
    yield "Nothing leaves this machine, and no account is needed."
    yield ""
    yield f"Before: {close.lead_count} leads with {close.contact_count} contacts that sales reps typed; {without_id} have no Company ID."


def what_comes_in(sent: Sequence[Record], files: Files, api_url: str) -> Lines:
    rows = Counter(record.stream for record in sent)
    yield from _heading(f"What comes in: {len(sent)} rows of {len(rows)} streams")
    yield f"  users            {rows['users']:4}  {people_in(sent)} people of {companies_in(sent)} companies, through a mapping"
    yield f"  webinar_signups  {rows['webinar_signups']:4}  no mapping: its columns are named as the fields of Close"
    yield ""
    yield "  As messy as tables are:"
    yield f"  - {respelled_emails(sent)} emails in another letter case or among blanks"
    yield f"  - phones as {' or '.join(phone_formats(sent))}"
    yield "  - repeated rows, incomplete rows, testers to be left out, and two rows that cannot be used"
    yield ""
    yield "  What Airbyte would run, and the demo does:"
    first, *rest = files.command(api_url)
    yield f"  $ {first}"
    yield from (f"    {line}" for line in rest)


def what_became_of_it(sent: Sequence[Record], sync: Sync, calls: Sequence[Call], close: Close) -> Lines:
    streams = outcomes(sync.logs)
    yield from _heading(f"What became of it, {sync.seconds:.1f} seconds later")
    yield from _table(streams)
    yield ""
    yield from _reasons(streams)
    yield ""
    yield "  The log names rejected rows by stream, position and field, and never shows a value. The file holds them whole:"
    yield from (f"    {line}" for line in about_rejected(sync.logs))
    yield ""
    yield f"  Close now holds {close.lead_count} leads with {close.contact_count} contacts."
    yield f"  {_states(sync)}"
    yield f"  {len(calls)} calls to Close, {len(calls) / len(sent):.2f} per row:"
    yield from _counted(calls)


def before_and_after(close: Close, before: Mapping[str, Any], after: Mapping[str, Any]) -> Lines:
    yield from _heading("One company, before and after")
    yield "  The lead had no Company ID. It was found by Greta's email, and adopted as company c-1002."
    yield "  What a rep typed stays where no row says otherwise: the description, another email, another phone."
    yield ""
    yield from compared(close, before, after)


def second_time(sync: Sync, calls: Sequence[Call], written: Sequence[Call]) -> Lines:
    total = _total(outcomes(sync.logs))
    yield from _heading("The same rows once more")
    yield f"  {total['unchanged']} unchanged; {total['skipped']} skipped and {total['rejected']} rejected as before."
    yield f"  {len(calls)} calls to Close:"
    yield from _counted(calls)
    if written:
        yield f"  {len(written)} of the calls wrote something, which must not be. Please report this."
    else:
        yield "  Nothing was written: what Close holds already is not sent again."


def look_around(url: str) -> Lines:
    yield f"Look around: {url}/ shows every lead, what each write changed, and the calls. Search for c-1002, or for webinar."
    yield "Ctrl-C ends the demo."


def is_write(call: Call) -> bool:
    return call.method != "GET" and call.endpoint != _SEARCH


# --- parts -----------------------------------------------------------------------------------------------------------


def _heading(text: str) -> Lines:
    yield text
    yield "-" * len(text)


def _table(streams: Sequence[Became]) -> Lines:
    yield f"  {'':17}" + "".join(f"{kind:>11}" for kind in KINDS)
    for one in streams:
        yield f"  {one.stream:17}" + "".join(f"{one.counts[kind]:11}" for kind in KINDS)


def _total(streams: Iterable[Became]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in streams:
        total.update(one.counts)
    return total


_MEANINGS = {
    "filtered": "the mapping's filter leaves the row out: a tester",
    "invalid_value": "a value does not fit its field: a phone that is none",
    "no_match_key": "no Company ID, no User ID, no email: it could never be found again",
    "contact_without_key": "a person without User ID and email is left out; the company's part was done",
}


def _reasons(streams: Sequence[Became]) -> Lines:
    reasons: Counter[str] = Counter()
    for one in streams:
        reasons.update(one.reasons)
    for reason, count in reasons.items():
        yield f"  {count:4} {reason:20} {_MEANINGS.get(reason, '')}".rstrip()


_SEARCH = "POST /data/search/"
_CALLS = {
    _SEARCH: "searches, each for hundreds of keys",
    "POST /lead/": "leads created, each with its people",
    "POST /contact/": "contacts created",
    "PUT /lead/{id}/": "leads updated",
    "PUT /contact/{id}/": "contacts updated",
    "GET /lead/{id}/": "read again right before a write",
    "GET /contact/{id}/": "read again right before a write",
}
_OTHERS = "about the account: who am I, which custom fields are there, has somebody just written"


def _counted(calls: Iterable[Call]) -> Lines:
    counted = Counter(_CALLS.get(call.endpoint, _OTHERS) for call in calls)
    for name in dict.fromkeys((*_CALLS.values(), _OTHERS)):
        if counted[name]:
            yield f"  {counted[name]:4} {name}"


def _states(sync: Sync) -> str:
    written = sum(state["destinationStats"]["recordCount"] for state in sync.states)
    rejected = sum(state["destinationStats"]["rejectedRecordCount"] for state in sync.states)
    return f"{len(sync.states)} states went back to Airbyte, for {written:.0f} rows done and {rejected:.0f} rejected."
