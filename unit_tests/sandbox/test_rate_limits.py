"""Are calls limited as recordings of Close show?"""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.close_sandbox import Settings
from unit_tests.sandbox.talk import Talk

LIMITED = Settings(limits={"me": 3, "search": 2, "post": 2}, edge_limit=())
SEARCH = {"query": {"type": "object_type", "object_type": "lead"}}


def statuses(talk: Talk, calls: int, method: str = "GET", path: str = "/me/", body: Any = None) -> list[int]:
    return [talk.ask(method, path, body).status_code for _ in range(calls)]


def test_a_window_lets_its_limit_through_and_opens_again_after_eight_seconds() -> None:
    talk = Talk(LIMITED)
    assert statuses(talk, 5) == [200, 200, 200, 429, 429]
    talk.clock.advance(7.9)
    assert statuses(talk, 1) == [429]
    talk.clock.advance(0.1)
    assert statuses(talk, 4) == [200, 200, 200, 429]


def test_the_recorded_limits_are_the_default() -> None:
    talk = Talk(Settings())
    assert statuses(talk, 17, "POST", "/data/search/", SEARCH) == [200] * 16 + [429]
    assert talk.ask("GET", "/me/").headers["ratelimit"] == "limit=160; remaining=159; reset=8"
    assert talk.ask("POST", "/lead/", {}).headers["ratelimit-limit"] == "240"
    assert talk.ask("DELETE", "/lead/x/").headers["ratelimit-limit"] == "80"


def test_leads_and_contacts_and_custom_fields_share_one_bucket_for_post() -> None:
    talk = Talk(LIMITED)
    assert talk.ask("POST", "/lead/", {}).status_code == 200
    assert talk.ask("POST", "/custom_field/lead/", {"name": "F", "type": "text"}).status_code == 200
    assert talk.ask("POST", "/contact/", {}).status_code == 429
    assert talk.ask("GET", "/lead/").status_code == 200
    assert talk.close.lead_count == 1


@pytest.mark.parametrize("path", ["/lead/x/", "/contact/x/", "/custom_field/lead/x/"])
def test_put_shares_the_bucket_of_post_until_the_switch_parts_them(path: str) -> None:
    talk = Talk(LIMITED)
    assert talk.ask("PUT", path, {}).headers["ratelimit-remaining"] == "1"
    assert talk.ask("POST", "/lead/", {}).headers["ratelimit-remaining"] == "0"
    assert talk.ask("PUT", path, {}).status_code == 429
    talk.close.change(shared_groups=False)
    answer = talk.ask("PUT", path, {})
    assert (answer.status_code, answer.headers["ratelimit-limit"]) == (404, "240")
    assert talk.ask("POST", "/lead/", {}).status_code == 429


def test_what_others_spend_on_puts_is_taken_from_the_shared_bucket() -> None:
    talk = Talk(LIMITED)
    talk.close.spend("put_contact", 2, api_key=talk.close.settings.api_key)
    assert talk.ask("POST", "/lead/", {}).status_code == 429


def resets(talk: Talk, *pauses: float) -> list[str]:
    """What the header says of the end of the window, at once and after each pause."""
    found = [talk.ask("GET", "/me/").headers["ratelimit-reset"]]
    for pause in pauses:
        talk.clock.advance(pause)
        found.append(talk.ask("GET", "/me/").headers["ratelimit-reset"])
    return found


def test_windows_lie_on_a_grid_of_whole_seconds_that_goes_on_while_calls_come() -> None:
    talk = Talk(Settings(reset_form="decimal"))
    talk.clock.advance(0.25)
    # the window that is open at 9.25 opened at 8, though the first call in it came later
    assert resets(talk, 9.0, 14.0) == ["7.750000", "6.750000", "0.750000"]


def test_a_grid_is_forgotten_after_two_windows_without_a_call() -> None:
    talk = Talk(Settings(reset_form="decimal"))
    assert resets(talk, 12.0, 16.0, 17.0) == ["8.000000", "4.000000", "4.000000", "8.000000"]


def test_windows_that_open_with_a_call_last_their_whole_length() -> None:
    talk = Talk(Settings(reset_form="decimal", window_start="first_call"))
    talk.clock.advance(0.25)
    assert resets(talk, 9.0, 5.0) == ["8.000000", "8.000000", "3.000000"]


def test_the_limiter_at_the_edge_counts_all_endpoints_by_the_second() -> None:
    talk = Talk(Settings(edge_limit=(3, 5)))
    answers = [talk.ask("GET", "/me/"), talk.ask("POST", "/lead/", {}), talk.ask("GET", "/lead/"), talk.ask("GET", "/me/")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["x-ratelimit-limit"] == "3, 3;w=1, 5;w=1"
    assert answers[0].headers["x-ratelimit-reset"] == "1"
    assert answers[0].headers["ratelimit-limit"] == "160"
    talk.clock.advance(1.0)
    assert talk.ask("GET", "/me/").status_code == 200


def test_a_call_refused_at_the_edge_has_an_empty_body_and_costs_its_group_nothing() -> None:
    talk = Talk(Settings(edge_limit=(1,)))
    talk.ask("GET", "/me/")
    refused = talk.ask("GET", "/me/")
    assert (refused.status_code, refused.content) == (429, b"")
    assert refused.headers["ratelimit-reset"] == "1"
    assert "retry-after" not in refused.headers
    talk.clock.advance(1.0)
    assert talk.ask("GET", "/me/").headers["ratelimit-remaining"] == "158"


def test_the_second_limit_of_the_edge_is_the_organizations() -> None:
    talk = Talk(Settings(edge_limit=(2, 3), more_api_keys=("api_b",)))
    assert statuses(talk, 2) == [200, 200]
    talk.session.auth = ("api_b", "")
    assert statuses(talk, 2) == [200, 429]


def test_in_2022_the_edge_had_two_families_of_headers_beside_the_old_one() -> None:
    answer = Talk(Settings(edge_limit=(60, 100), header_form="old", reset_form="decimal")).ask("GET", "/lead/")
    assert {name: value for name, value in answer.headers.items() if "rate" in name} == {
        "x-rate-limit-limit": "240",
        "x-rate-limit-remaining": "239",
        "x-rate-limit-reset": "8.000000",
        "ratelimit-limit": "60",
        "ratelimit-remaining": "59",
        "ratelimit-reset": "1",
        "x-ratelimit-limit": "60, 60;w=1, 100;w=1",
        "x-ratelimit-remaining": "59",
        "x-ratelimit-reset": "1",
    }


@pytest.mark.parametrize(("form", "shown"), [("none", {}), ("reset_only", {"RateLimit-Reset": "1"})])
def test_where_headers_are_few_the_edge_has_few_too(form: str, shown: dict[str, str]) -> None:
    talk = Talk(Settings(edge_limit=(1,), header_form=form))
    for expected in ({}, shown):
        headers = talk.ask("GET", "/me/").headers
        assert {name: value for name, value in headers.items() if "rate" in name.lower()} == expected


def test_a_429_may_have_a_reset_and_nothing_else() -> None:
    talk = Talk(LIMITED.but(header_form="reset_only"))
    assert not [name for name in talk.ask("GET", "/me/").headers if "rate" in name.lower()]
    statuses(talk, 2)
    refused = talk.ask("GET", "/me/")
    assert {name: value for name, value in refused.headers.items() if "rate" in name.lower() or "retry" in name} == {"RateLimit-Reset": "8"}


def test_refused_calls_are_not_carried_out() -> None:
    talk = Talk(LIMITED)
    assert statuses(talk, 4, "POST", "/lead/", {"name": "x"}) == [200, 200, 429, 429]
    assert talk.close.lead_count == 2


def test_a_429_says_when_to_come_back() -> None:
    talk = Talk(LIMITED)
    statuses(talk, 3)
    talk.clock.advance(2.5)
    answer = talk.ask("GET", "/me/")
    assert answer.status_code == 429
    assert answer.headers["ratelimit"] == "limit=3; remaining=0; reset=6"
    assert answer.headers["retry-after"] == "6"
    assert answer.json()["error"]["rate_limit_type"] == "key"


def test_the_organization_has_three_times_a_keys_limit() -> None:
    talk = Talk(LIMITED.but(more_api_keys=("api_b", "api_c", "api_d")))
    for key in ("api_b", "api_c", "api_d"):
        talk.session.auth = (key, "")
        assert statuses(talk, 3) == [200, 200, 200]
    talk.session.auth = (talk.close.settings.api_key, "")
    answer = talk.ask("GET", "/me/")
    assert answer.status_code == 429
    assert answer.headers["ratelimit"] == "limit=9; remaining=0; reset=8"
    assert answer.json()["error"]["rate_limit_type"] == "organization"


def test_the_header_reports_whichever_limit_is_nearer() -> None:
    talk = Talk(LIMITED)
    talk.close.spend("me", 7)
    assert talk.ask("GET", "/me/").headers["ratelimit"] == "limit=9; remaining=1; reset=8"
    talk.close.spend("search", 1, api_key=talk.close.settings.api_key)
    assert statuses(talk, 2, "POST", "/data/search/", SEARCH) == [200, 429]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            "semicolon",
            {
                "ratelimit": "limit=3; remaining=2; reset=8",
                "ratelimit-limit": "3",
                "ratelimit-remaining": "2",
                "ratelimit-reset": "8",
            },
        ),
        ("comma", {"RateLimit": "limit=3, remaining=2, reset=8"}),
        ("triplet_only", {"ratelimit-limit": "3", "ratelimit-remaining": "2", "ratelimit-reset": "8"}),
        ("old", {"x-rate-limit-limit": "3", "x-rate-limit-remaining": "2", "x-rate-limit-reset": "8"}),
        ("none", {}),
    ],
)
def test_headers_come_in_the_form_that_was_set(form: str, expected: dict[str, str]) -> None:
    talk = Talk(LIMITED.but(header_form=form))
    headers = talk.ask("GET", "/me/").headers
    assert {name: value for name, value in headers.items() if "rate" in name.lower() or name == "retry-after"} == expected
    statuses(talk, 2)
    assert talk.ask("GET", "/me/").headers["retry-after"] == "8"
    talk.close.change(retry_after_on_429=False)
    assert "retry-after" not in talk.ask("GET", "/me/").headers


def test_reset_can_be_decimal() -> None:
    talk = Talk(LIMITED.but(reset_form="decimal"))
    statuses(talk, 1)
    talk.clock.advance(0.164326)
    assert talk.ask("GET", "/me/").headers["ratelimit-reset"] == "7.835674"


def test_a_sped_up_sandbox_has_shorter_windows_and_finer_steps() -> None:
    talk = Talk(LIMITED.but(speed=4.0))
    assert talk.ask("GET", "/me/").headers["ratelimit-reset"] == "2"
    talk.clock.advance(0.3)
    assert talk.ask("GET", "/me/").headers["ratelimit-reset"] == "1.75"
    assert statuses(talk, 2) == [200, 429]
    talk.clock.advance(1.7)
    assert statuses(talk, 1) == [200]


def test_a_stricter_limit_may_answer_429_while_calls_remain() -> None:
    talk = Talk(Settings(early_429=0.5))
    answers = [talk.ask("GET", "/me/") for _ in range(40)]
    early = [answer for answer in answers if answer.status_code == 429]
    assert 5 < len(early) < 35
    assert all(int(answer.headers["ratelimit-remaining"]) > 0 and "retry-after" in answer.headers for answer in early)


def test_wrong_keys_are_limited_too() -> None:
    talk = Talk(Settings(limits={"unauthorized": 2}))
    talk.session.auth = ("api_wrong", "")
    assert statuses(talk, 3) == [401, 401, 429]


def test_without_limits_there_are_no_headers() -> None:
    talk = Talk()
    assert not [name for name in talk.ask("GET", "/me/").headers if "rate" in name]
    assert statuses(talk, 300) == [200] * 300
