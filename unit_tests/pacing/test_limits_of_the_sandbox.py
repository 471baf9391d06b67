"""Is hardly any call refused, whatever the sandbox's switches say of Close's limits?"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from destination_close.pacing.allowance import Allowance
from integration_tests.close_sandbox import FakeClock, Settings
from integration_tests.close_sandbox.core import Core
from unit_tests.support.mixed_load import MixedLoad
from unit_tests.support.window_server import Reply

SECONDS = 25
PATHS = {"search": "/data/search/", "lead": "/lead/lead_x/", "contact": "/contact/cont_x/"}


def asking(settings: Settings) -> Callable[[float, str], Reply]:
    """Calls at the sandbox's own limits; what else they are answered with does not matter here."""
    clock = FakeClock()
    core, begun = Core(settings, clock), clock()
    key = base64.b64encode(f"{settings.api_key}:".encode()).decode()
    headers = {"authorization": f"Basic {key}", "content-type": "application/json"}

    def ask(now: float, endpoint: str) -> Reply:
        clock.advance(begun + now - clock())
        method, _, what = endpoint.rpartition(" ")
        path = PATHS[what] if method != "POST" else f"/{what}/"
        answer = core.decide(method or "POST", path, "", headers, b"" if method == "GET" else b"{}")
        assert answer.status not in (401, 405)
        return Reply(answer.status, dict(answer.headers))

    return ask


def loaded(share_percent: int = 100, seconds: tuple[float, float] = (0.02, 0.3), **switches: Any) -> MixedLoad:
    load = MixedLoad(asking(Settings(keep_calls=0, keep_bodies=False).but(**switches)), Allowance(share_percent), seconds)
    load.run(SECONDS)
    return load


def writes(load: MixedLoad) -> int:
    return sum(calls for endpoint, calls in load.calls.items() if endpoint.startswith(("POST", "PUT")))


@pytest.mark.parametrize("shared_groups", [True, False])
@pytest.mark.parametrize("window_start", ["grid", "first_call"])
@pytest.mark.parametrize("edge_limit", [(), (60, 100)])
@pytest.mark.parametrize("header_form", ["semicolon", "comma", "triplet_only", "old", "reset_only", "none"])
def test_less_than_one_call_in_a_hundred_is_refused(
    header_form: str, edge_limit: tuple[int, ...], window_start: str, shared_groups: bool
) -> None:
    load = loaded(header_form=header_form, edge_limit=edge_limit, window_start=window_start, shared_groups=shared_groups)
    assert load.refused_part < 0.01
    if header_form not in ("reset_only", "none"):
        assert writes(load) >= 22 * SECONDS
        assert load.calls["search"] >= 1.3 * SECONDS


@pytest.mark.parametrize("switches", [{"reset_form": "decimal"}, {"retry_after_on_429": False}, {"speed": 4.0}, {"window": 15.0}], ids=str)
@pytest.mark.parametrize("shared_groups", [True, False])
def test_the_same_holds_for_other_forms_and_lengths_of_windows(switches: dict[str, Any], shared_groups: bool) -> None:
    assert loaded(shared_groups=shared_groups, **switches).refused_part < 0.01


@pytest.mark.parametrize("seconds", [(0.06, 0.06), (0.24, 0.4), (0.1, 1.0)])
@pytest.mark.parametrize("speed", [1.0, 4.0])
@pytest.mark.parametrize("window_start", ["grid", "first_call"])
def test_the_same_holds_however_far_away_close_is(window_start: str, speed: float, seconds: tuple[float, float]) -> None:
    assert loaded(seconds=seconds, window_start=window_start, speed=speed).refused_part < 0.01


@pytest.mark.parametrize("shared_groups", [True, False])
@pytest.mark.parametrize("header_form", ["semicolon", "old", "none"])
@pytest.mark.parametrize("share_percent", [10, 30])
def test_a_share_of_the_limits_is_a_share_of_the_whole(share_percent: int, header_form: str, shared_groups: bool) -> None:
    load = loaded(share_percent, header_form=header_form, shared_groups=shared_groups)
    assert load.refused_part < 0.01
    assert load.calls.total() <= share_percent / 100 * 60 * (SECONDS + 1)
