"""Does search speak Close's grammar, and find what it should?"""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk, both, custom, either, email, regular, related, text, where


def test_contacts_are_found_by_any_of_many_emails() -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{"emails": [{"email": f"p{i}@x.example"}]} for i in range(5)])
    wanted = [where(regular("contact_email", "email"), text(f"p{i}@x.example")) for i in (1, 3, 9)]
    ids = lead["contact_ids"]
    assert talk.found("contact", related("contact", "contact_email", either(*wanted))) == {ids[1], ids[3]}
    assert talk.found("contact", either(*(related("contact", "contact_email", one) for one in wanted))) == {ids[1], ids[3]}


def test_leads_are_found_by_custom_field_by_user_id_and_by_email_in_one_question() -> None:
    talk = Talk()
    company, user = talk.close.add_custom_field("lead", "Company ID"), talk.close.add_custom_field("contact", "User ID")
    a = talk.close.add_lead({f"custom.{company}": "c-1"})
    b = talk.close.add_lead(contacts=[{f"custom.{user}": "u-1"}])
    c = talk.close.add_lead(contacts=[{"name": "Zed"}, {"emails": [{"email": "c@x.example"}]}])
    talk.close.add_lead({f"custom.{company}": "c-2", "contacts": [{f"custom.{user}": "c-1", "emails": [{"email": "cc@x.example"}]}]})
    query = either(
        where(custom(company), text("c-1")),
        related("lead", "contact", either(where(custom(user), text("u-1")), email("c@x.example"))),
    )
    assert talk.found("lead", query) == {a["id"], b["id"], c["id"]}


@pytest.mark.parametrize("mode", ["full_words", "phrase", "exact_value", "beginning_of_words"])
def test_modes_of_text_differ_in_what_is_near_enough(mode: str) -> None:
    talk = Talk()
    titles = ["Head of Sales", "head of sales", "Sales, Head of", "Head of Sales Ops", "Headmaster of Salesmen", "Sales", "Head-of-Sales"]
    contacts = {title: talk.close.add_contact(talk.close.add_lead()["id"], title=title)["id"] for title in titles}
    names = {found: title for title, found in contacts.items()}
    found = {names[one] for one in talk.found("contact", where(regular("contact", "title"), text("Head of Sales", mode)))}
    in_a_row = {"Head of Sales", "head of sales", "Head of Sales Ops", "Head-of-Sales"}
    expected = {
        "exact_value": {"Head of Sales", "head of sales"},
        "phrase": in_a_row,
        "full_words": in_a_row | {"Sales, Head of"},
        "beginning_of_words": in_a_row | {"Sales, Head of", "Headmaster of Salesmen"},
    }
    assert found == expected[mode]


def test_words_of_an_email_give_near_misses_and_exact_value_does_not() -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{"emails": [{"email": one}]} for one in ("ann@x.test", "ann@x.test.other", "joe.ann@x.test")])
    exact, other, longer = lead["contact_ids"]
    assert talk.found("contact", email("ann@x.test", "phrase")) == {exact, other, longer}
    assert talk.found("contact", email("ann@x.test", "full_words")) == {exact, other, longer}
    assert talk.found("contact", email("ann@x.test")) == {exact}
    talk.close.change(exact_value_matches_words=True)
    assert talk.found("contact", email("ann@x.test")) == {exact, other, longer}


def test_exact_value_ignores_case_unless_switched() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("lead", "Id")
    lower, upper = (talk.close.add_lead({f"custom.{field}": value})["id"] for value in ("abc", "ABC"))
    assert talk.found("lead", where(custom(field), text("abc"))) == {lower, upper}
    talk.close.change(exact_value_ignores_case=False)
    assert talk.found("lead", where(custom(field), text("abc"))) == {lower}


def test_conditions_on_one_related_email_must_hold_for_the_same_email() -> None:
    talk = Talk()
    lead = talk.close.add_lead(
        contacts=[{"emails": [{"email": "a@x.example", "type": "home"}, {"email": "b@x.example", "type": "office"}]}]
    )
    address = where(regular("contact_email", "email"), text("a@x.example"))

    def of_type(kind: str) -> dict[str, Any]:
        return where(regular("contact_email", "type"), {"type": "term", "values": [kind]})

    assert talk.found("contact", related("contact", "contact_email", both(address, of_type("home")))) == set(lead["contact_ids"])
    assert talk.found("contact", related("contact", "contact_email", both(address, of_type("office")))) == set()
    assert talk.found("contact", related("contact", "contact_email", both(of_type("office"), address))) == set()


def test_related_objects_go_both_ways() -> None:
    talk = Talk()
    paris = talk.close.add_lead({"name": "Acme", "addresses": [{"city": "Paris"}], "contacts": [{"name": "Ann"}, {"name": "Bob"}]})
    rome = talk.close.add_lead({"name": "Beta", "addresses": [{"city": "Rome"}], "contacts": [{"name": "Ann"}]})
    in_paris = related("lead", "address", where(regular("address", "city"), text("paris")))
    assert talk.found("lead", in_paris) == {paris["id"]}
    assert talk.found("contact", related("contact", "lead", in_paris)) == set(paris["contact_ids"])
    has_bob = related("lead", "contact", where(regular("contact", "name"), text("Bob", "full_words")))
    assert talk.found("lead", has_bob) == {paris["id"]}
    assert talk.found("contact", related("contact", "lead", has_bob)) == set(paris["contact_ids"])
    assert talk.found("lead", {**has_bob, "negate": True}) == {rome["id"]}
    assert talk.found("lead", related("lead", "opportunity", {"type": "match_all"})) == set()


def test_phones_and_urls_of_contacts_are_searchable() -> None:
    talk = Talk()
    lead = talk.close.add_lead(
        contacts=[{"phones": [{"phone": "+16505551234"}], "urls": [{"url": "https://ann.example"}]}, {"name": "Bob"}]
    )
    phone = related("contact", "contact_phone", where(regular("contact_phone", "phone"), text("+16505551234")))
    url = related("contact", "contact_url", where(regular("contact_url", "url"), text("ann", "full_words")))
    assert talk.found("contact", phone) == talk.found("contact", url) == {lead["contact_ids"][0]}


def test_negate_turns_any_query_around() -> None:
    talk = Talk()
    a, b, c = (talk.close.add_lead(name=name)["id"] for name in "abc")
    is_a, is_b = (where(regular("lead", "name"), text(name)) for name in "ab")
    assert talk.found("lead", {**is_a, "negate": True}) == {b, c}
    assert talk.found("lead", {**either(is_a, is_b), "negate": True}) == {c}
    assert talk.found("lead", {**both(is_a, is_b), "negate": True}) == {a, b, c}
    assert talk.found("lead", {"type": "id", "value": a, "negate": True}) == {b, c}
    assert talk.found("lead", {"type": "match_all", "negate": True}) == set()


def test_or_takes_ids_and_match_all() -> None:
    talk = Talk()
    a, b, c = (talk.close.add_lead()["id"] for _ in range(3))
    assert talk.found("lead", either({"type": "id", "value": a}, {"type": "id", "value": c})) == {a, c}
    assert talk.found("lead", either({"type": "id", "value": a}, {"type": "match_all"})) == {a, b, c}
    assert talk.found("lead") == {a, b, c}


def test_a_bare_object_type_finds_everything() -> None:
    talk = Talk()
    lead = talk.close.add_lead(contacts=[{"name": "Ann"}])
    assert [hit["id"] for hit in talk.post("/data/search/", {"query": {"type": "object_type", "object_type": "lead"}})["data"]] == [
        lead["id"]
    ]


def test_a_bare_text_searches_everywhere_in_the_object() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("contact", "Note")
    lead = talk.close.add_lead(
        contacts=[{"name": "Bruce Wayne"}, {"emails": [{"email": "bruce@x.example"}]}, {f"custom.{field}": "knows Bruce"}, {"title": "CEO"}]
    )
    assert talk.found("contact", {"type": "text", "mode": "full_words", "value": "bruce"}) == set(lead["contact_ids"][:3])


def test_references_terms_ranges_and_existence() -> None:
    talk = Talk()
    tags = talk.close.add_custom_field("lead", "Tags", "choices", choices="abc", many=True)
    seats, since = talk.close.add_custom_field("lead", "Seats", "number"), talk.close.add_custom_field("lead", "Since", "date")
    owner = talk.close.add_custom_field("lead", "Owner", "user")
    qualified = talk.close.organization.status_with_label("Qualified")
    a = talk.close.add_lead({f"custom.{tags}": ["a", "b"], f"custom.{seats}": 5, "status": "Qualified", f"custom.{owner}": talk.close.me})[
        "id"
    ]
    b = talk.close.add_lead({f"custom.{tags}": ["c"], f"custom.{seats}": 9, f"custom.{since}": "2026-01-31", "url": "https://b.example"})[
        "id"
    ]
    c = talk.close.add_lead()["id"]

    def found(field: dict[str, Any], **condition: Any) -> set[str]:
        return talk.found("lead", where(field, condition))

    assert found(custom(tags), type="term", values=["b", "c"]) == {a, b}
    assert found(custom(seats), type="number_range", gt=5) == {b}
    assert found(custom(seats), type="number_range", gte=5, lt=9) == {a}
    assert found(regular("lead", "status_id"), type="reference", reference_type="status.lead", object_ids=[qualified]) == {a}
    assert found(custom(owner), type="current_user") == {a}
    assert found(regular("lead", "created_by"), type="reference", reference_type="user", object_ids=[talk.close.me]) == set()
    assert found(custom(seats), type="exists") == {a, b}
    assert found(regular("lead", "url"), type="exists") == {b}
    assert talk.found("lead", where(custom(seats), {"type": "exists"}, negate=True)) == {c}
    assert found(regular("lead", "all_urls_count"), type="number_range", gte=1) == {b}
    day = {"type": "fixed_local_date", "value": "2026-01-31", "which": "start"}
    assert found(custom(since), type="moment_range", on_or_after=day) == {b}
    assert found(custom(since), type="moment_range", before=day) == set()


def test_moments_count_from_now() -> None:
    talk = Talk()
    old = talk.close.add_lead()["id"]
    talk.clock.advance(3 * 86_400)
    new = talk.close.add_lead()["id"]
    talk.clock.advance(3600)
    offset = {"years": 0, "months": 0, "weeks": 0, "days": 1, "hours": 0, "minutes": 0, "seconds": 0}
    yesterday = {"type": "offset", "direction": "past", "moment": {"type": "now"}, "offset": offset, "which_day_end": "start"}
    created = regular("lead", "date_created")
    assert talk.found("lead", where(created, {"type": "moment_range", "on_or_after": yesterday, "before": {"type": "now"}})) == {new}
    assert talk.found("lead", where(created, {"type": "moment_range", "before": yesterday})) == {old}
    last_month = {**yesterday, "offset": {"months": 1}}
    assert talk.found("lead", where(created, {"type": "moment_range", "on_or_after": last_month})) == {old, new}


NAME = where(regular("lead", "name"), text("x"))


@pytest.mark.parametrize(
    "query",
    [
        NAME,
        both(NAME),
        both({"type": "object_type", "object_type": "lead"}, {"type": "object_type", "object_type": "lead"}),
        both({"type": "object_type", "object_type": "lead"}, either({"type": "object_type", "object_type": "lead"}, NAME)),
        both({"type": "object_type", "object_type": "task"}),
        {"type": "or", "queries": [{"type": "object_type", "object_type": "lead"}]},
        {"type": "object_type", "object_type": "lead", "negate": True},
        "lead",
        None,
    ],
)
def test_the_object_type_must_be_said_exactly_once_at_the_top(query: Any) -> None:
    assert set(Talk().field_errors("POST", "/data/search/", {"query": query})) == {"query"}


@pytest.mark.parametrize(
    "query",
    [
        where(regular("contact", "name"), text("x")),
        where(regular("lead", "nonsense"), text("x")),
        where(regular("lead", "name"), text("x", "fuzzy")),
        where(regular("lead", "name"), {"type": "text", "mode": "exact_value", "value": 5}),
        where(regular("lead", "name"), {"type": "number_range", "gt": 1}),
        where(regular("lead", "name"), {"type": "nonsense"}),
        where(regular("lead", "name"), {"type": "term", "values": ["x"]}),
        where(regular("lead", "status_id"), {"type": "text", "mode": "exact_value", "value": "x"}),
        where(regular("lead", "status_id"), {"type": "reference", "object_ids": ["x"]}),
        where(regular("lead", "date_created"), {"type": "moment_range"}),
        where(regular("lead", "date_created"), {"type": "moment_range", "before": {"type": "later"}}),
        where(custom("cf_nowhere"), text("x")),
        related("contact", "contact_email", {"type": "match_all"}),
        related("lead", "contact_email", {"type": "match_all"}),
        related("lead", "contact", where(regular("lead", "name"), text("x"))),
        related("lead", "contact", related("contact", "contact_email", where(regular("contact", "name"), text("x")))),
        {"type": "has_related", "this_object_type": "lead", "related_object_type": "contact"},
        {"type": "or", "queries": []},
        {"type": "and"},
        {"type": "id"},
        {"type": "nonsense"},
        {**NAME, "negate": "yes"},
    ],
)
def test_what_is_not_in_the_grammar_is_refused(query: Any) -> None:
    body = {"query": both({"type": "object_type", "object_type": "lead"}, query)}
    assert set(Talk().field_errors("POST", "/data/search/", body)) == {"query"}


def test_a_custom_field_of_the_other_object_is_refused() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("contact", "User ID")
    body = {"query": both({"type": "object_type", "object_type": "lead"}, where(custom(field), text("x")))}
    assert set(talk.field_errors("POST", "/data/search/", body)) == {"query"}


def test_term_on_text_and_lead_to_email_can_be_switched_on() -> None:
    talk = Talk(term_on_text=True, lead_has_related_email=True)
    field = talk.close.add_custom_field("lead", "Id")
    lead = talk.close.add_lead({f"custom.{field}": "a", "contacts": [{"emails": [{"email": "a@x.example"}]}]})
    talk.close.add_lead({f"custom.{field}": "b"})
    assert talk.found("lead", where(custom(field), {"type": "term", "values": ["a"]})) == {lead["id"]}
    assert talk.found("lead", related("lead", "contact_email", where(regular("contact_email", "email"), text("a@x.example")))) == {
        lead["id"]
    }


def test_too_many_clauses_or_bytes_are_refused_when_switched() -> None:
    talk = Talk(max_clauses=10)
    clauses = [NAME] * 11
    query = both({"type": "object_type", "object_type": "lead"}, either(*clauses))
    assert "errors" in talk.refused("POST", "/data/search/", {"query": query})
    talk.find("lead", either(*clauses[:10]))
    talk.close.change(too_many_clauses_status=500)
    talk.refused("POST", "/data/search/", {"query": query}, 500)
    talk.close.change(max_clauses=None, max_search_body_bytes=500)
    talk.refused("POST", "/data/search/", {"query": query}, 413)
    talk.close.change(max_search_body_bytes=None)
    talk.find("lead", either(*clauses))


def test_the_index_and_a_plain_walk_agree() -> None:
    """What exact_value looks up is what trying every object would give, through creates, changes and deletes."""
    talk = Talk()
    field = talk.close.add_custom_field("contact", "Id")
    key = f"custom.{field}"
    lead = talk.close.add_lead(contacts=[{key: str(i % 3), "emails": [{"email": f"p{i % 4}@x.example"}]} for i in range(12)])
    talk.found("contact", where(custom(field), text("1")))
    talk.found("contact", email("p1@x.example"))
    ids = lead["contact_ids"]
    talk.close.edit_contact(ids[0], {key: "1", "emails": [{"email": "P1@x.example"}, {"email": "p1@x.example"}]})
    talk.close.edit_contact(ids[1], {key: None, "emails": []})
    talk.close.delete(ids[4])
    contacts = talk.close.contacts
    for value in "0123":
        assert talk.found("contact", where(custom(field), text(value))) == {i for i, c in contacts.items() if c.get(key) == value}
        address = f"p{value}@x.example"
        holders = {i for i, c in contacts.items() if any(item["email"].lower() == address for item in c["emails"])}
        assert talk.found("contact", email(address)) == holders
