"""What happened to each row, once everything it asked for is settled?

A row may go through several mappings and touch several objects; in the end it has exactly one outcome.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from destination_close.model import Draft, Effect, Kind, Outcome, Reason, Rejection, Remark, Row, Verdict, Warning, Work


@dataclass(slots=True)
class _Share:
    """One mapping's share of a row."""

    effect: Effect | None = None
    held: list[Reason] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    closed: bool = False


@dataclass(frozen=True, slots=True)
class _RowAccount:
    row: Row
    accounts: dict[int, _Share]
    """By mapping, for each that made a draft."""

    others: list[_Share]
    notes: list[Reason]
    remarks: tuple[Remark, ...] = ()


class Ledger:
    """Collects what happens to the drafts of the rows under way, and ends each row once."""

    def __init__(self) -> None:
        self._open: dict[int, _RowAccount] = {}
        self._ended: list[Outcome] = []

    def open(self, works: Iterable[Work]) -> None:
        """These rows are under way; rows for which no mapping made a draft end at once."""
        for work in works:
            accounts = {draft.mapping: _Share() for draft in work.drafts}
            others = [_Share(rejections=[rejection], closed=True) for rejection in work.rejections]
            others += [_Share(held=[reason], closed=True) for reason in work.skipped]
            notes = [Reason.CONTACT_WITHOUT_KEY for draft in work.drafts if draft.contact_without_key]
            remarks = _remarks(work)
            notes += [remark.reason for remark in remarks]
            self._open[work.row.ordinal] = _RowAccount(work.row, accounts, others, notes, remarks)
            self._end_if_closed(work.row.ordinal)

    def judge(self, verdicts: Iterable[Verdict]) -> None:
        """What planning says; a later plan of the same draft replaces the switches that held something back."""
        for verdict in verdicts:
            account = self._account(verdict.draft)
            account.held = list(verdict.held)
            # what has been written for the row since may have made the contact like it
            kept = [Warning.UNLIKE_CONTACT] if account.effect and Warning.UNLIKE_CONTACT in account.warnings else []
            account.warnings = list(dict.fromkeys([*verdict.warnings, *kept]))

    def credit(self, draft: Draft, effect: Effect) -> None:
        """Something was done for the draft, or turned out to be done already."""
        account = self._account(draft)
        if account.effect is None or effect.value > account.effect.value:
            account.effect = effect

    def reject(self, draft: Draft, rejection: Rejection) -> None:
        """One object the draft touches was refused."""
        self._account(draft).rejections.append(rejection)

    def close(self, drafts: Iterable[Draft]) -> None:
        """Nothing more will happen to these drafts; rows whose last draft this was end."""
        for draft in drafts:
            self._account(draft).closed = True
            self._end_if_closed(draft.row.ordinal)

    def _end_if_closed(self, ordinal: int) -> None:
        row_account = self._open[ordinal]
        if all(account.closed for account in row_account.accounts.values()):
            del self._open[ordinal]
            self._ended.append(_outcome(row_account))

    def ended(self) -> list[Outcome]:
        """Rows that have ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def _account(self, draft: Draft) -> _Share:
        return self._open[draft.row.ordinal].accounts[draft.mapping]


def _outcome(row_account: _RowAccount) -> Outcome:
    accounts, notes = [*row_account.accounts.values(), *row_account.others], row_account.notes
    kind = _kind_of_row(accounts)
    held = [reason for account in accounts for reason in account.held]
    rejections = tuple(rejection for account in accounts for rejection in account.rejections)
    reason = rejections[0].reason if rejections else _first(held) if kind is Kind.SKIPPED else None
    left_out = notes if kind is Kind.SKIPPED else [*notes, *held]
    warnings = dict.fromkeys(warning for account in accounts for warning in account.warnings)
    return Outcome(row_account.row, kind, reason, rejections, tuple(dict.fromkeys(left_out)), tuple(warnings), row_account.remarks)


def _remarks(work: Work) -> tuple[Remark, ...]:
    """On values of the row, from all of its mappings; a remark that two mappings share, once."""
    several = [*(draft.remarks for draft in work.drafts), *(rejection.remarks for rejection in work.rejections)]
    return tuple(dict.fromkeys(remark for remarks in several for remark in remarks))


def _first(held: list[Reason]) -> Reason:
    """The reason to give for a row: a switch rather than the filter of another mapping."""
    return next((reason for reason in held if reason is not Reason.FILTERED), held[0])


def _kind_of_row(accounts: list[_Share]) -> Kind:
    kinds = [_kind(account) for account in accounts]
    by_switch = any(_kind(a) is Kind.SKIPPED and a.held != [Reason.FILTERED] for a in accounts)
    order = (Kind.SKIPPED, Kind.UNCHANGED) if by_switch else (Kind.UNCHANGED, Kind.SKIPPED)
    return next(kind for kind in (Kind.REJECTED, Kind.CREATED, Kind.UPDATED, *order) if kind in kinds)


def _kind(account: _Share) -> Kind:
    if account.rejections:
        return Kind.REJECTED
    if account.effect is Effect.CREATED:
        return Kind.CREATED
    if account.effect is Effect.UPDATED:
        return Kind.UPDATED
    return Kind.SKIPPED if account.held else Kind.UNCHANGED
