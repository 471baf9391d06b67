"""Does Close end as if nothing had gone wrong, whatever goes wrong on the way?"""

from __future__ import annotations

import os
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.settings import CALM
from unit_tests.laws.oracle import World
from unit_tests.laws.oracle.generate import Record, records, worlds
from unit_tests.support import harness
from unit_tests.support.law import CONFIG, PHASES, a_sandbox, assert_the_law, limited, limits, messages_of
from unit_tests.support.privacy import assert_private

N = int(os.environ.get("LAW_EXAMPLES", "60"))

BEFORE = ("connect_timeout", "refused", "429", "503", "500", "502", "504", "408", "timeout", "reset")
AFTER = ("timeout", "reset", "cut", "408", "500", "502", "504", "truncated_json", "html_200", "empty_200")
CALLS = (
    ("POST", "/lead/"),
    ("POST", "/contact/"),
    ("PUT", "/lead/"),
    ("PUT", "/contact/"),
    ("POST", "/data/search/"),
    ("GET", "/contact/"),
    ("GET", "/lead/"),
)


def _fault(when: tuple[str, str], call: tuple[str, str], skip: int, times: int, late: float) -> Fault:
    # a PUT that lands after its repetition may also land after the next one: nobody can order that from outside
    late = late if when[0] == "after" and call[0] == "POST" else 0.0
    return Fault(kind=when[1], when=when[0], method=call[0], path=call[1], skip=skip, times=times, late=late)  # type: ignore[arg-type]


faults = st.builds(
    _fault,
    when=st.one_of(st.tuples(st.just("before"), st.sampled_from(BEFORE)), st.tuples(st.just("after"), st.sampled_from(AFTER))),
    call=st.sampled_from(CALLS),
    skip=st.integers(0, 6),
    times=st.integers(1, 3),
    late=st.sampled_from((0.0, 0.0, 3.0)),
)


@settings(max_examples=N, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(
    st.integers(0, 2**32),
    worlds(),
    records(),
    st.lists(faults, min_size=1, max_size=6),
    st.sampled_from((0.0, 2.0, 10.0)),
    st.one_of(st.just({}), limits),
    st.integers(1, 30),
)
def test_faults_leave_no_trace(
    seed: int, world: World, rows: list[Record], planned: list[Fault], index_lag: float, paced: dict[str, Any], batch_rows: int
) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(world, clock, CALM.but(index_lag=index_lag, **paced))
    for fault in planned:
        sandbox.faults.add(fault)
    choose = random.Random(seed).randrange
    with limited(seed):
        ran = harness.run(sandbox, clock, CONFIG, messages_of(rows), choose=choose, batch_rows=batch_rows)
    assert_the_law(sandbox, world, rows, ran)
    assert_private(ran, CALM.api_key, [row.data for row in rows])
