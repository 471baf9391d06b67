"""What does this row want Close to hold? (pure)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from destination_close.mapping.columns import Damaged, Data, truthy
from destination_close.mapping.compiler import Steps, compile_steps, problems_of
from destination_close.mapping.remarking import CannotDraft, Remarked, separate
from destination_close.mapping.routing import mappings_of
from destination_close.model import (
    ALL_ALLOWED,
    CONTACT,
    LEAD,
    NOTHING_WANTED,
    Account,
    ConfigError,
    Draft,
    Placeholders,
    Reason,
    Rejection,
    Remark,
    Row,
    StreamKey,
    Switches,
    Work,
    invalid_value,
    is_blank,
    no_key,
)
from destination_close.settings import Config, as_message

Properties = Mapping[str, Any]
"""The properties of a stream's JSON schema, by column."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """The mapping's filter excludes this row."""

    row: Row


DELETED_AT = "_ab_cdc_deleted_at"
"""Filled in by Airbyte's change data capture when a row was deleted."""


@dataclass(frozen=True, slots=True)
class Mapper:
    """One mapping, prepared for the rows of one stream."""

    steps: Steps
    number: int = 0
    """Its index among the mappings of its stream, from 0."""

    switches: Switches = ALL_ALLOWED
    deletion_markers: tuple[str, ...] = (DELETED_AT,)
    """Columns that are filled in rows that were deleted at the source."""

    def draft(self, row: Row) -> Draft | Rejection | Filtered:
        """What the row wants, or why that cannot be determined."""
        try:
            return self._draft(row, _visible(row))
        except CannotDraft as cannot:
            return invalid_value(row, cannot.field, cannot.expected)

    def _draft(self, row: Row, record: Data) -> Draft | Rejection | Filtered:
        steps = self.steps
        if steps.keep is not None and not steps.keep(record):
            return Filtered(row)
        company_id: Any = steps.own_ids[LEAD](record)
        user_id: Any = steps.own_ids[CONTACT](record)
        emails: Any = steps.emails(record)
        remarks: tuple[Remark, ...] = ()
        if company_id.__class__ is Remarked or user_id.__class__ is Remarked or emails.__class__ is Remarked:
            (company_id, user_id, emails), remarks = separate((company_id, user_id, emails))
        if company_id is None and user_id is None and not emails:
            return no_key(row, remarks=remarks)
        lead: Any = steps.wanted(LEAD, record)
        contact: Any = steps.wanted(CONTACT, record, emails)
        if lead.__class__ is Remarked:
            lead, remarks = lead.value, remarks + lead.remarks
        on_contact: tuple[Remark, ...] = ()
        if contact.__class__ is Remarked:
            contact, on_contact = contact.value, contact.remarks
        without_key = False
        if user_id is None and not emails:
            without_key = bool(contact.lists or on_contact or any(wish.value is not None for wish in contact.fields.values()))
            contact = NOTHING_WANTED
        else:
            remarks += on_contact
        # by position: for a class written in Python, named arguments take half as long again
        draft = Draft(
            row,
            self.number,
            self.switches,
            company_id,
            user_id,
            emails[0] if emails else None,
            {LEAD: lead, CONTACT: contact},
            without_key,
        )
        return replace(draft, remarks=remarks) if remarks else draft


def compile_mappings(config: Config, account: Account, streams: Mapping[StreamKey, Properties]) -> dict[StreamKey, tuple[Mapper, ...]]:
    """The mappers of every stream; one ConfigError lists everything that keeps them from working."""
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


def _visible(row: Row) -> Data:
    """The row's data without columns whose value was lost in transit: what they hold is not data."""
    return Damaged(row.data, row.nulled) if row.nulled else row.data


_NOTHING = Placeholders()


def prepare(row: Row, mappers: Sequence[Mapper]) -> Work:
    """The row with its drafts, in the order of the mappings, and what could not be drafted."""
    if any(is_deleted(row, marker) for marker in mappers[0].deletion_markers):
        return Work(row, skipped=(Reason.DELETED_AT_SOURCE,))
    if len(mappers) == 1 and isinstance(only := mappers[0].draft(row), Draft):
        return Work(row, (only,))
    drafts: list[Draft] = []
    rejections: list[Rejection] = []
    skipped: list[Reason] = []
    for mapper in mappers:
        match mapper.draft(row):
            case Draft() as draft:
                drafts.append(draft)
            case Rejection() as rejection:
                rejections.append(rejection)
            case Filtered():
                skipped.append(Reason.FILTERED)
    return Work(row, tuple(drafts), tuple(rejections), tuple(skipped))


def is_deleted(row: Row, column: str) -> bool:
    """Whether this column marks the row as deleted at the source: writing it would bring it back. A date lost in transit counts."""
    marker = row.data.get(column)
    return (marker is not None and _is_marked(marker)) or column in row.nulled


def _is_marked(marker: Any) -> bool:
    """False for a blank and for what programs write for nothing: a table that went through CSV has text where it had null."""
    return truthy(marker) and not is_blank(marker) and not _NOTHING.has(marker)
