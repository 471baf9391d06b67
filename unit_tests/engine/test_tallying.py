"""How many values did each field get, and how many were left out?"""

from __future__ import annotations

from destination_close.engine.tallying import MOST_SHAPES, LeftOut, Tally
from destination_close.model import CONTACT, LEAD, Draft, Reason, Remark, Row, StreamKey, Wanted, Wish

ROW = Row(StreamKey(None, "users"), 1, 0, {})


def a_draft(*remarks: Remark, **lead: str) -> Draft:
    wants = {LEAD: Wanted({key: Wish(value) for key, value in lead.items()}), CONTACT: Wanted({"name": Wish("Ann")})}
    return Draft(ROW, wants=wants, remarks=remarks)


def left_out(field: str, key: str = "") -> Remark:
    return Remark(Reason.VALUE_LEFT_OUT, field, key, "expected something else")


def test_a_field_is_counted_with_the_values_that_it_got() -> None:
    tally = Tally()
    for draft in (a_draft(url="x.co"), a_draft(name="Acme"), a_draft(left_out("lead_url", "url")), a_draft(left_out("lead_url", "url"))):
        tally.count(draft)
    assert list(tally.left_out()) == [LeftOut("lead_url", 2, 3)]


def test_the_names_of_leads_and_contacts_are_counted_apart() -> None:
    tally = Tally()
    for draft in (a_draft(), a_draft(left_out("lead_name", "name"))):
        tally.count(draft)
    assert list(tally.left_out()) == [LeftOut("lead_name", 1, 1)]


def test_what_is_not_a_field_in_close_has_no_total_and_is_never_most() -> None:
    tally = Tally()
    tally.count(a_draft(left_out("contact_phone_region")))
    (found,) = tally.left_out()
    assert (found, found.is_most) == (LeftOut("contact_phone_region", 1, None), False)


def test_more_than_half_is_most_and_half_is_not() -> None:
    assert LeftOut("lead_url", 3, 5).is_most
    assert not LeftOut("lead_url", 3, 6).is_most


def test_many_different_shapes_are_counted_all_the_same() -> None:
    tally = Tally()
    for number in range(MOST_SHAPES + 2):
        tally.count(a_draft(**{f"custom.{number}": "x", "url": "x.co"}))
    tally.count(a_draft(left_out("lead_url", "url")))
    assert list(tally.left_out()) == [LeftOut("lead_url", 1, MOST_SHAPES + 3)]
