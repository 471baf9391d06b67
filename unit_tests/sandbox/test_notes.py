"""Do notes behave as Close's do?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk


def a_note(talk: Talk, **more: Any) -> dict[str, Any]:
    lead = talk.close.add_lead(contacts=[{"name": "Ann"}])
    made: dict[str, Any] = talk.post("/activity/note/", {"lead_id": lead["id"], **more})
    return made


def test_text_becomes_html_and_html_becomes_text() -> None:
    talk = Talk()
    plain = a_note(talk, note="Hello\n1 < 2")
    assert (plain["note"], plain["note_html"]) == ("Hello\n1 < 2", "<body><p>Hello</p><p>1 &lt; 2</p></body>")
    rich = a_note(talk, note="ignored", note_html="<p>Hi <b>Ann</b></p><p>1 &lt; 2</p>")
    assert (rich["note"], rich["note_html"]) == ("Hi Ann\n1 < 2", "<body><p>Hi <b>Ann</b></p><p>1 &lt; 2</p></body>")


def test_each_form_overwrites_the_other_and_null_clears_both() -> None:
    talk = Talk()
    path = f"/activity/note/{a_note(talk, note_html='<p>old</p>')['id']}/"
    assert talk.put(path, {"note": "new"})["note_html"] == "<body><p>new</p></body>"
    assert talk.put(path, {"note_html": "<body><p>newer</p></body>"})["note"] == "newer"
    assert talk.put(path, {"title": "T"})["note"] == "newer"
    cleared = talk.put(path, {"note": None})
    assert (cleared["note"], cleared["note_html"]) == ("", "")


@pytest.mark.parametrize(("switch", "back"), [("keep", " a \n\n b  c "), ("strip", "a \n\n b  c"), ("collapse", "a b c")])
def test_white_space_comes_back_as_the_switch_says(switch: str, back: str) -> None:
    assert a_note(Talk(note_whitespace=switch), note=" a \n\n b  c ")["note"] == back


def test_a_new_note_is_the_keys_users_and_of_now() -> None:
    talk = Talk()
    made = a_note(talk, title="Ticket 4711", pinned=True)
    assert (made["_type"], made["title"], made["pinned"], made["users"]) == ("Note", "Ticket 4711", True, [])
    assert (made["user_id"], made["user_name"], made["activity_at"]) == (talk.close.me, "Ann Lee", made["date_created"])
    assert talk.get(f"/activity/note/{made['id']}/") == made


def test_imports_may_say_when_and_by_whom() -> None:
    talk = Talk()
    rob = talk.close.organization.somebody
    told = {"date_created": "2019-05-01T12:00:00Z", "created_by_id": rob, "user_id": rob, "activity_at": "2019-04-30T00:00:00+02:00"}
    made = a_note(talk, **told)
    assert (made["date_created"], made["activity_at"]) == ("2019-05-01T12:00:00.000000+00:00", "2019-04-29T22:00:00.000000+00:00")
    assert (made["created_by"], made["user_id"]) == (rob, rob)
    assert a_note(talk, date_created="2019-05-01T12:00:00Z")["activity_at"] == "2019-05-01T12:00:00.000000+00:00"
    later = talk.put(f"/activity/note/{made['id']}/", {"user_id": talk.close.me, "date_created": "2020-01-01T00:00:00Z"})
    assert (later["user_id"], later["date_created"]) == (rob, made["date_created"])


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"lead_id": None}, "lead"),
        ({"lead_id": "lead_x"}, "lead"),
        ({"lead_id": ["x"]}, "lead"),
        ({"user_id": "user_x"}, "user"),
        ({"contact_id": "cont_x"}, "contact"),
        ({"activity_at": "soon"}, "activity_at"),
        ({"note": ["x"]}, "note"),
        ({"pinned": "yes"}, "pinned"),
        ({"title": 1}, "title"),
    ],
)
def test_what_does_not_fit_is_refused_under_its_key(told: dict[str, Any], wrong: str) -> None:
    talk = Talk()
    assert set(talk.field_errors("POST", "/activity/note/", {"lead_id": talk.close.add_lead()["id"], **told})) == {wrong}


@pytest.mark.parametrize(("switch", "linked"), [("keep", True), ("drop", False), ("refuse", None)])
def test_a_contact_of_another_lead_follows_the_switch(switch: str, linked: bool | None) -> None:
    talk = Talk(foreign_contact=switch)
    note, stranger = a_note(talk), talk.close.add_lead(contacts=[{}])["contact_ids"][0]
    path = f"/activity/note/{note['id']}/"
    if linked is None:
        assert talk.field_errors("PUT", path, {"contact_id": stranger}) == {"contact": "Object does not exist."}
    else:
        assert talk.put(path, {"contact_id": stranger})["contact_id"] == (stranger if linked else None)
    own = talk.close.contacts_of(note["lead_id"])[0]["id"]
    assert talk.put(path, {"contact_id": own})["contact_id"] == own


def test_texts_can_be_too_long() -> None:
    talk = Talk(longest_note=3, longest_title=2)
    errors = talk.field_errors("POST", "/activity/note/", {"lead_id": talk.close.add_lead()["id"], "note": "abcd", "title": "abc"})
    assert errors == {
        "note": "The value must be no longer than 3 characters.",
        "title": "The value must be no longer than 2 characters.",
    }


def test_one_list_gives_the_notes_of_several_leads() -> None:
    talk = Talk()
    a, b, c = (a_note(talk, note=text) for text in "abc")
    leads = f"{a['lead_id']},{c['lead_id']},lead_x"
    assert {one["id"] for one in talk.get("/activity/note/", lead_id=leads, _fields="id")["data"]} == {a["id"], c["id"]}
    assert talk.get("/activity/note/", lead_id=a["lead_id"], _fields="id")["data"] == [a]
    assert {one["id"] for one in talk.get("/activity/note/", id__in=f"{b['id']},{c['id']}")["data"]} == {b["id"], c["id"]}
    assert set(talk.field_errors("GET", "/activity/note/?title=x")) == {"title"}
    talk.close.change(most_lead_ids=2)
    assert set(talk.field_errors("GET", f"/activity/note/?lead_id={leads}")) == {"lead_id"}


def test_attachments_must_be_files_of_closes() -> None:
    talk = Talk()
    good = {"filename": "a.pdf", "url": "https://app.close.com/go/file/x", "content_type": "application/pdf"}
    assert good.items() <= a_note(talk, attachments=[good])["attachments"][0].items()
    body = {"lead_id": talk.close.add_lead()["id"], "attachments": [good, {**good, "url": "https://x.example/"}]}
    assert set(talk.field_errors("POST", "/activity/note/", body)["attachments"]["errors"]) == {"1"}
