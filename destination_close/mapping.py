"""What does this row want Close to hold? (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from destination_close.account import Account
from destination_close.columns import Damaged, Record
from destination_close.compiling import Steps, compile_steps, problems_of
from destination_close.config import Config, as_message
from destination_close.errors import ConfigError
from destination_close.model import ALL_ALLOWED, Draft, Reason, Rejection, Remark, Row, StreamKey, Switches
from destination_close.remarking import CannotDraft, Remarked, separate
from destination_close.routing import mappings_of

Properties = Mapping[str, Any]
"""The properties of a stream's JSON schema, by column."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """The mapping's filter leaves this row out."""

    row: Row


@dataclass(frozen=True, slots=True)
class Mapper:
    """One mapping, made ready for the rows of one stream."""

    steps: Steps
    number: int = 0
    """Which mapping of its stream it is, from 0."""

    switches: Switches = ALL_ALLOWED

    def draft(self, row: Row) -> Draft | Rejection | Filtered:
        """What the row wants, or why it cannot be told."""
        try:
            return self._draft(row, _visible(row))
        except CannotDraft as cannot:
            return Rejection(row, Reason.INVALID_VALUE, cannot.field, f"expected {cannot.expected}")

    def _draft(self, row: Row, record: Record) -> Draft | Rejection | Filtered:
        steps = self.steps
        if steps.keep is not None and not steps.keep(record):
            return Filtered(row)
        company_id: Any = steps.company_id(record)
        user_id: Any = steps.user_id(record)
        emails: Any = steps.emails(record)
        remarks: tuple[Remark, ...] = ()
        if company_id.__class__ is Remarked or user_id.__class__ is Remarked or emails.__class__ is Remarked:
            (company_id, user_id, emails), remarks = separate((company_id, user_id, emails))
        if company_id is None and user_id is None and not emails:
            message = "expected a Company ID, a User ID or an email; the row has none"
            return Rejection(row, Reason.NO_MATCH_KEY, None, message, remarks=remarks)
        lead: Any = steps.lead.wishes(record, row.size)
        contact: Any = steps.contact.wishes(record, row.size)
        phones: Any = steps.phones(record)
        urls: Any = steps.urls(record)
        if lead.__class__ is Remarked:
            lead, remarks = lead.value, remarks + lead.remarks
        on_contact: tuple[Remark, ...] = ()
        if contact.__class__ is Remarked or phones.__class__ is Remarked or urls.__class__ is Remarked:
            (contact, phones, urls), on_contact = separate((contact, phones, urls))
        has_contact_key = user_id is not None or bool(emails)
        without_key = not has_contact_key and bool(phones or urls or on_contact or any(wish.value is not None for wish in contact.values()))
        if has_contact_key:
            remarks += on_contact
        else:
            contact, phones, urls = {}, (), ()
        # by position: of a class written in Python, named arguments take half as long again
        draft = Draft(
            row,
            self.number,
            self.switches,
            company_id,
            user_id,
            emails[0] if emails else None,
            lead,
            contact,
            emails,
            phones,
            urls,
            without_key,
        )
        return replace(draft, remarks=remarks) if remarks else draft


def compile_mappings(config: Config, account: Account, streams: Mapping[StreamKey, Properties]) -> dict[StreamKey, tuple[Mapper, ...]]:
    """The mappers of every stream; one ConfigError lists all that keeps any of them from working."""
    routed = {stream: mappings_of(config, stream, columns) for stream, columns in streams.items()}
    problems = problems_of(config, account, ((mapping, streams[stream]) for stream, found in routed.items() for mapping in found))
    if problems:
        raise ConfigError(as_message(problems))
    return {
        stream: tuple(
            Mapper(compile_steps(mapping, config, account, streams[stream])[0], number, mapping.switches)
            for number, mapping in enumerate(found)
        )
        for stream, found in routed.items()
    }


def _visible(row: Row) -> Record:
    """The row's data without columns whose value was lost on the way: what they hold is not data."""
    return Damaged(row.data, row.nulled) if row.nulled else row.data
