"""What became of each row, once all it asked for is settled?"""

from __future__ import annotations

import pytest

from destination_close.engine.ledger import Ledger
from destination_close.model import Draft, Effect, Kind, Outcome, Reason, Rejection, Verdict, Warning
from unit_tests.support.builders import a_draft, a_row, a_work

UL, UC = Reason.LEAD_UPDATE_DISABLED, Reason.CONTACT_UPDATE_DISABLED


def a_refusal(draft: Draft, object_id: str | None = None) -> Rejection:
    return Rejection(draft.row, Reason.REFUSED_BY_CLOSE, "custom.cf_x", "Close refused to update the lead", object_id=object_id)


def outcome(
    *effects: Effect,
    held: tuple[Reason, ...] = (),
    refused: bool = False,
    warnings: tuple[Warning, ...] = (),
    contact_without_key: bool = False,
) -> Outcome:
    """The end of a row of one draft of which all this is said."""
    ledger, draft = Ledger(), a_draft(company="X", contact_without_key=contact_without_key)
    ledger.open([a_work(draft)])
    ledger.judge([Verdict(draft, held, warnings)])
    for effect in effects:
        ledger.credit(draft, effect)
    if refused:
        ledger.reject(draft, a_refusal(draft))
    ledger.close([draft])
    (ended,) = ledger.ended()
    return ended


# --- one draft -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effects", "kind"),
    [
        ((Effect.CREATED, Effect.UPDATED, Effect.NOTHING), Kind.CREATED),
        ((Effect.NOTHING, Effect.UPDATED), Kind.UPDATED),
        ((Effect.NOTHING, Effect.NOTHING), Kind.UNCHANGED),
        ((), Kind.UNCHANGED),
    ],
)
def test_the_greatest_effect_names_the_end_of_a_row(effects: tuple[Effect, ...], kind: Kind) -> None:
    assert outcome(*effects) == Outcome(a_row(), kind)


def test_a_row_of_which_a_switch_left_out_everything_is_skipped_and_names_the_switch() -> None:
    assert outcome(held=(UC, UL)) == Outcome(a_row(), Kind.SKIPPED, UC)
    assert outcome(Effect.NOTHING, held=(UL,)) == Outcome(a_row(), Kind.SKIPPED, UL)


def test_a_row_that_was_done_in_part_notes_what_was_left_out() -> None:
    assert outcome(Effect.UPDATED, held=(UL,)) == Outcome(a_row(), Kind.UPDATED, notes=(UL,))


def test_a_row_whose_contact_has_no_key_is_done_and_notes_it() -> None:
    assert outcome(Effect.CREATED, contact_without_key=True) == Outcome(a_row(), Kind.CREATED, notes=(Reason.CONTACT_WITHOUT_KEY,))


def test_a_row_with_a_refused_object_is_rejected_though_others_were_written() -> None:
    ended = outcome(Effect.CREATED, refused=True)
    assert (ended.kind, ended.reason, [r.field for r in ended.rejections]) == (Kind.REJECTED, Reason.REFUSED_BY_CLOSE, ["custom.cf_x"])


def test_warnings_come_along() -> None:
    assert outcome(Effect.UPDATED, warnings=(Warning.SEVERAL_LEADS,)).warnings == (Warning.SEVERAL_LEADS,)


def test_a_later_plan_of_a_row_replaces_what_the_earlier_one_held_back() -> None:
    ledger, draft = Ledger(), a_draft(company="X")
    ledger.open([a_work(draft)])
    ledger.judge([Verdict(draft, (UL,), (Warning.SEVERAL_LEADS,))])
    ledger.judge([Verdict(draft)])
    ledger.close([draft])
    assert ledger.ended() == [Outcome(a_row(), Kind.UNCHANGED)]


# --- several mappings ----------------------------------------------------------------------------------------------------

ONE, OTHER = a_draft(company="X", mapping=0), a_draft(company="Y", mapping=1)


def outcome_of_two(one: Effect | Reason, other: Effect | Reason) -> Outcome:
    ledger = Ledger()
    ledger.open([a_work(ONE, OTHER)])
    for draft, said in ((ONE, one), (OTHER, other)):
        if isinstance(said, Reason):
            ledger.judge([Verdict(draft, (said,))])
        else:
            ledger.credit(draft, said)
    ledger.close([ONE, OTHER])
    (ended,) = ledger.ended()
    return ended


def test_a_row_ends_when_the_last_of_its_mappings_is_finished() -> None:
    ledger = Ledger()
    ledger.open([a_work(ONE, OTHER)])
    ledger.close([OTHER])
    assert ledger.ended() == []
    ledger.close([ONE])
    assert ledger.ended() == [Outcome(a_row(), Kind.UNCHANGED)]


def test_a_row_is_rejected_if_any_of_its_mappings_rejects_it() -> None:
    refused = a_refusal(ONE)
    ledger = Ledger()
    ledger.open([a_work(OTHER, rejections=(refused,))])
    ledger.credit(OTHER, Effect.CREATED)
    ledger.close([OTHER])
    assert ledger.ended() == [Outcome(a_row(), Kind.REJECTED, Reason.REFUSED_BY_CLOSE, (refused,))]


def test_what_one_mapping_wrote_counts_more_than_what_another_left_out() -> None:
    assert outcome_of_two(UL, Effect.UPDATED) == Outcome(a_row(), Kind.UPDATED, notes=(UL,))
    assert outcome_of_two(Effect.UPDATED, Effect.CREATED).kind is Kind.CREATED


def test_a_switch_counts_more_than_a_mapping_that_found_all_as_it_should_be() -> None:
    assert outcome_of_two(Effect.NOTHING, UL) == Outcome(a_row(), Kind.SKIPPED, UL)


@pytest.mark.parametrize(("effect", "kind"), [(Effect.NOTHING, Kind.UNCHANGED), (Effect.UPDATED, Kind.UPDATED)])
def test_a_filter_of_one_mapping_does_not_hide_what_another_did(effect: Effect, kind: Kind) -> None:
    ledger = Ledger()
    ledger.open([a_work(ONE, skipped=(Reason.FILTERED,))])
    ledger.credit(ONE, effect)
    ledger.close([ONE])
    assert [ended.kind for ended in ledger.ended()] == [kind]


def test_a_switch_names_a_row_rather_than_the_filter_of_another_mapping() -> None:
    ledger = Ledger()
    ledger.open([a_work(ONE, skipped=(Reason.FILTERED,))])
    ledger.judge([Verdict(ONE, (UL,))])
    ledger.close([ONE])
    assert [ended.reason for ended in ledger.ended()] == [UL]


# --- rows without a draft ------------------------------------------------------------------------------------------------


def test_a_row_that_no_mapping_wants_ends_at_once() -> None:
    ledger = Ledger()
    ledger.open([a_work(skipped=(Reason.FILTERED,))])
    assert ledger.ended() == [Outcome(a_row(), Kind.SKIPPED, Reason.FILTERED)]


def test_a_row_that_no_mapping_can_read_ends_at_once() -> None:
    rejection = Rejection(a_row(), Reason.NO_MATCH_KEY, None, "has no key")
    ledger = Ledger()
    ledger.open([a_work(rejections=(rejection,), skipped=(Reason.FILTERED,))])
    (ended,) = ledger.ended()
    assert (ended.kind, ended.reason, ended.rejections) == (Kind.REJECTED, Reason.NO_MATCH_KEY, (rejection,))


def test_each_row_ends_once_and_is_reported_once() -> None:
    ledger, drafts = Ledger(), [a_draft(at, company="X") for at in range(3)]
    ledger.open(a_work(draft) for draft in drafts)
    ledger.close([drafts[2], drafts[0]])
    assert [ended.row.ordinal for ended in ledger.ended()] == [2, 0]
    ledger.close([drafts[1]])
    assert [ended.row.ordinal for ended in ledger.ended()] == [1]
    assert ledger.ended() == []
