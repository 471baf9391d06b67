"""Does Airbyte hear what to do, and nothing it must not hear?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from destination_close.airbyte import trace_of
from destination_close.model import ConfigError, ProtocolError, RunStopped, StreamKey, TransientError


def error_of(failure: Exception, **more: Any) -> dict[str, Any]:
    error: dict[str, Any] = trace_of(failure, emitted_at=1, **more)["trace"]["error"]
    return error


def raised(failure: Exception) -> Exception:
    """As it is after it came up through a function."""
    with pytest.raises(type(failure)) as info:
        raise failure
    return info.value


@pytest.mark.parametrize(
    ("kind", "failure_type"), [(ConfigError, "config_error"), (TransientError, "transient_error"), (ProtocolError, "system_error")]
)
def test_a_stopped_run_says_what_to_do_and_whom_it_concerns(kind: type[RunStopped], failure_type: str) -> None:
    users = StreamKey("crm", "users")
    error = error_of(raised(kind("Mend it.", internal="HTTP 401", stream="crm.users")), streams=[StreamKey(None, "users"), users])
    assert error.pop("stack_trace").endswith(kind.__name__)
    assert error == {
        "message": "Mend it.",
        "internal_message": "HTTP 401",
        "failure_type": failure_type,
        "stream_descriptor": {"name": "users", "namespace": "crm"},
    }


def test_a_stream_that_is_not_in_the_catalog_is_not_named() -> None:
    assert "stream_descriptor" not in error_of(ConfigError("Mend it.", stream="users"))


def test_a_bug_is_a_system_error_described_only_by_place_and_type() -> None:
    email = "ada@" + "acme.example"
    error = error_of(raised(KeyError(email)))
    assert (error["failure_type"], error["internal_message"]) == ("system_error", "KeyError")
    assert "test_traces.py" in error["stack_trace"]
    assert email not in json.dumps(error)


def test_the_exceptions_that_led_to_it_are_listed_too_without_their_texts() -> None:
    email, name, phone = "ada@" + "acme.example", "Ada " + "Lovelace", "+49" + "15112345678"

    def cause() -> None:
        raise KeyError(email)

    def context() -> None:
        try:
            cause()
        except KeyError:
            raise ValueError(name)  # noqa: B904  the point is a context that is no cause

    def effect() -> None:
        try:
            context()
        except ValueError as failure:
            raise RuntimeError(phone) from failure

    with pytest.raises(RuntimeError) as info:
        effect()
    stack = error_of(info.value)["stack_trace"]
    assert stack.index("KeyError") < stack.index("ValueError") < stack.index("RuntimeError")
    for value in (email, name, phone):
        assert value not in stack


def test_exceptions_that_name_each_other_have_an_end() -> None:
    first, second = KeyError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert error_of(first)["stack_trace"]
