"""Are calls limited as recordings of Close show?"""

from __future__ import annotations

from typing import Any

import pytest

from integration_tests.close_sandbox import Settings
from unit_tests.sandbox.talk import Talk

LIMITED = Settings(limits={"me": 3, "search": 2, "post": 2})
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
    assert talk.ask("PUT", "/lead/x/", {}).status_code == 404
    assert talk.close.lead_count == 1


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
