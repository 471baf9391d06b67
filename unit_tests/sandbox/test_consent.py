"""Does whether an address is unsubscribed belong to the address, and show on every contact that has it?"""

from __future__ import annotations

import pytest

from unit_tests.sandbox.talk import Talk, email


def consent(talk: Talk, contact: str) -> list[bool]:
    return [one["is_unsubscribed"] for one in talk.get(f"/contact/{contact}/")["emails"]]


def two_contacts(talk: Talk) -> list[str]:
    told = [{"emails": [{"email": "Ann@x.example"}, {"email": "other@x.example"}]}, {"emails": [{"email": "ann@X.example"}]}]
    return [talk.close.add_lead(contacts=[one])["contact_ids"][0] for one in told]


def test_every_contact_with_the_address_shows_it() -> None:
    talk = Talk()
    first, second = two_contacts(talk)
    assert talk.created("/unsubscribe/email/", {"email": "ann@x.example"})["email"] == "ann@x.example"
    assert (consent(talk, first), consent(talk, second)) == ([True, False], [True])
    hit = talk.find("contact", email("ann@x.example"), _fields={"contact": ["emails"]})["data"][0]
    assert any(one["is_unsubscribed"] for one in hit["emails"])
    assert talk.get("/lead/")["data"][1]["contacts"][0]["emails"][0]["is_unsubscribed"] is True


def test_a_later_contact_and_a_put_of_the_emails_do_not_bring_it_back() -> None:
    talk = Talk()
    first, _ = two_contacts(talk)
    talk.created("/unsubscribe/email/", {"email": "ann@x.example"})
    assert talk.put(f"/contact/{first}/", {"emails": [{"email": "ann@x.example"}]})["emails"][0]["is_unsubscribed"] is True
    assert talk.post("/contact/", {"emails": [{"email": "ANN@x.example"}]})["emails"][0]["is_unsubscribed"] is True


def test_a_second_time_is_no_error_and_the_list_has_it_once() -> None:
    talk = Talk()
    for address in ("ann@x.example", "Ann@x.example"):
        talk.created("/unsubscribe/email/", {"email": address})
    listed = talk.get("/unsubscribe/email/")
    assert ([one["email"] for one in listed["data"]], listed["has_more"]) == (["ann@x.example"], False)


@pytest.mark.parametrize("path", ["ann%40x.example", "ann@x.example", "ANN%40x.example"])
def test_an_address_can_be_subscribed_again(path: str) -> None:
    talk = Talk()
    first, _ = two_contacts(talk)
    talk.close.unsubscribe("ann@x.example")
    assert talk.delete(f"/unsubscribe/email/{path}/") == {}
    assert consent(talk, first) == [False, False]
    talk.refused("DELETE", f"/unsubscribe/email/{path}/", status=404)


@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": None}])
def test_what_is_no_address_is_refused(body: dict[str, str]) -> None:
    talk = Talk()
    assert set(talk.field_errors("POST", "/unsubscribe/email/", body)) == {"email"}
    talk.refused("PUT", "/unsubscribe/email/", {}, 405)
