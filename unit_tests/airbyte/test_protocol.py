"""Are lines read whatever they hold, and is a STATE returned as it came?"""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from destination_close.airbyte import Printer, Record, State, Undecodable, protocol
from destination_close.airbyte.protocol import Other, decode, encode, weight
from destination_close.model import StreamKey


def a_record(**record: Any) -> bytes:
    return json.dumps({"type": "RECORD", "record": {"stream": "users", "data": {"id": 1}, "emitted_at": 1, **record}}).encode()


def a_state(state: Any, **top: Any) -> bytes:
    return json.dumps({"type": "STATE", "state": state, **top}).encode()


def decoded_state(line: bytes) -> State:
    state = decode(line)
    assert isinstance(state, State)
    return state


def out(line: bytes) -> Any:
    """The state of the line as it would be printed."""
    return json.loads(encode(protocol.state_out(decoded_state(line), 3, 1), str))["state"]


# --- records ---------------------------------------------------------------------------------------------------------


def test_a_record_is_its_stream_its_data_and_what_it_weighs() -> None:
    line = a_record(namespace="crm")
    assert decode(line) == Record(StreamKey("crm", "users"), {"id": 1}, frozenset(), weight(line))


@pytest.mark.parametrize(
    "more",
    [
        {"namespace": None, "meta": None, "file_reference": None},
        {"namespace": ""},
        {"emitted_at": 1759276800000.5},
        {"emitted_at": None},
        {"meta": {"changes": None}},
        {"meta": {"changes": ["odd", {"change": "NULLED"}, {"field": 5, "change": "NULLED"}]}},
        {"meta": []},
        {"novelty": {"a": [1]}},
    ],
)
def test_nulls_and_surprises_around_the_data_do_not_matter(more: dict[str, Any]) -> None:
    line = a_record(**more)
    assert decode(line) == Record(StreamKey(None, "users"), {"id": 1}, frozenset(), weight(line))


def test_many_small_lists_weigh_more_than_their_text() -> None:
    flat, nested = a_record(data={"a": "x" * 30_000}), a_record(data={"a": [[]] * 10_000})
    assert weight(flat) < 1.1 * len(flat)
    assert weight(nested) > 30 * len(nested)


@pytest.mark.parametrize("depth", [900, 1000, 1020, 1100, 100_000])
def test_a_line_nested_too_deeply_does_not_stop_the_run(depth: int) -> None:
    deep = b"[" * depth + b"1e300" + b"]" * depth
    for text in (
        b'{"type":"RECORD","record":{"stream":"users","data":{"a":%s}}}',
        b'{"type":"STATE","state":{"type":"GLOBAL","global":%s}}',
    ):
        assert isinstance(decode(text % deep, 7), (Record, State, Undecodable))


def test_only_nulled_fields_are_damage_and_new_reasons_are_accepted() -> None:
    changes = [
        {"field": "a", "change": "NULLED", "reason": "A_REASON_OF_NEXT_YEAR"},
        {"field": "b", "change": "TRUNCATED", "reason": "SOURCE_FIELD_SIZE_LIMITATION"},
        {"field": "c", "change": "A_CHANGE_OF_NEXT_YEAR"},
    ]
    record = decode(a_record(meta={"changes": changes}))
    assert isinstance(record, Record)
    assert record.nulled == {"a"}


@pytest.mark.parametrize("where", [b'{"id":%d}', b'{"a":{"b":%d}}', b'{"a":[1,{"b":%d}]}'])
def test_an_integer_of_any_length_keeps_every_digit(where: bytes) -> None:
    """orjson makes a float of it, by which two company ids would become one."""
    for wide in (2**63, -(2**63) - 1, 2**64, 123456789012345678901234567890):
        data = where % wide
        record = decode(b'{"type":"RECORD","record":{"stream":"users","data":' + data + b"}}")
        assert isinstance(record, Record)
        assert str(wide) in str(record.data)


def test_what_orjson_refuses_is_read_by_python() -> None:
    record = decode(b'{"type":"RECORD","record":{"stream":"s","data":{"a":NaN,"b":1e999,"c":"\\ud800"}}}')
    assert isinstance(record, Record)
    assert str(record.data) == str({"a": float("nan"), "b": float("inf"), "c": "\ud800"})


# --- lines that are of no use ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"type":"RECORD","record":{"stream":"users","data":{"id":', "not JSON"),
        (b"Traceback (most recent call last):", "not JSON"),
        (b'{"type":"RECORD","record":{"stream":"users","data":{"name":"\xff"}}}', "not JSON"),
        pytest.param(b"[" * 200_000, "not JSON", id="too deep"),
        pytest.param(b"1" * 5_000, "not JSON", id="too long a number"),
        (b"42", "not a message"),
        (b'["RECORD"]', "not a message"),
        (b"{}", "not a message"),
        (b'{"type":null}', "not a message"),
        (b'{"type":["RECORD"]}', "not a message"),
        (b'{"id":1,"email":"ann@acme.example"}', "not a message"),
        (b'{"type":"customer","id":1}', "not a message"),
        (b'{"type":"CUSTOMER","id":1}', "not a message"),
        (b'{"type":"LOG","id":1,"note":"x"}', "not a message"),
        (b'{"type":"record","record":{"stream":"users","data":{}}}', "not a message"),
        (b'{"stream":"users","data":{"id":1}}', "not a message"),
        (b'{"type":"","log":{}}', "not a message"),
        (b'{"type":"RECORD"}', "a RECORD without a stream or data"),
        (b'{"type":"RECORD","record":[]}', "a RECORD without a stream or data"),
        (b'{"type":"RECORD","record":{"stream":"users","data":null}}', "a RECORD without a stream or data"),
        (b'{"type":"RECORD","record":{"stream":"users","data":[1]}}', "a RECORD without a stream or data"),
        (b'{"type":"RECORD","record":{"stream":null,"data":{}}}', "a RECORD without a stream or data"),
        (b'{"type":"RECORD","record":{"stream":"","data":{}}}', "a RECORD without a stream or data"),
        (b'{"type":"STATE"}', "a STATE without a state"),
        (b'{"type":"STATE","state":null}', "a STATE without a state"),
    ],
)
def test_an_unusable_line_is_reported_only_by_its_number_and_length(line: bytes, problem: protocol.Problem) -> None:
    assert decode(line, 7) == Undecodable(problem, len(line), 7)


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"LOG"}',
        b'{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}',
        b'{"type":"FUTURE","future":{"x":1},"emitted_at":7}',
        b'{"type":"LOG","log":{"level":"INFO","message":"x"},"record":null,"state":null}',
        b'{"type":"LOG","log":{"level":"A_NEW_LEVEL","message":"x"}}',
        b'{"type":"TRACE","trace":{"type":"STREAM_STATUS","stream_status":{"status":"COMPLETE"}}}',
        b'{"type":"A_TYPE_OF_NEXT_YEAR","record":{"stream":"users","data":{}}}',
    ],
)
def test_a_line_that_asks_nothing_is_let_pass(line: bytes) -> None:
    assert decode(line) == Other(len(line))


@pytest.mark.parametrize("line", [b"", b" \t\r"])
def test_an_empty_line_is_let_pass_and_is_no_message(line: bytes) -> None:
    assert decode(line) == Other(len(line), is_message=False)


def test_windows_line_ends_and_a_byte_order_mark_are_accepted() -> None:
    assert isinstance(decode(b"\xef\xbb\xbf" + a_record() + b"\r"), Record)


# --- states ----------------------------------------------------------------------------------------------------------

STREAM_STATE = {
    "type": "STREAM",
    "stream": {"stream_descriptor": {"name": "users", "namespace": "crm"}, "stream_state": {"cursor": "2026-10-01"}},
    "sourceStats": {"recordCount": 5000.0},
    "id": 7,
}


@pytest.mark.parametrize(
    ("state", "kind", "stream"),
    [
        (STREAM_STATE, "STREAM", StreamKey("crm", "users")),
        ({**STREAM_STATE, "type": None}, "STREAM", StreamKey("crm", "users")),
        ({"type": "STREAM", "stream": {"stream_descriptor": {"name": "a"}, "stream_state": None}}, "STREAM", StreamKey(None, "a")),
        (
            {"type": "STREAM", "stream": {"stream_descriptor": {"name": "a", "namespace": None}}, "global": None},
            "STREAM",
            StreamKey(None, "a"),
        ),
        ({"type": "GLOBAL", "global": {"shared_state": {"lsn": 9}, "stream_states": []}, "id": 8}, "GLOBAL", None),
        ({"type": "GLOBAL", "global_": {"stream_states": []}, "stream": None, "data": None}, "GLOBAL", None),
        ({"global": {"stream_states": []}}, "LEGACY", None),
        ({"data": {"cursor": 1}}, "LEGACY", None),
        ({"type": "LEGACY", "data": {"cursor": 1}}, "LEGACY", None),
        ({"type": "A_KIND_OF_NEXT_YEAR", "stream": STREAM_STATE["stream"]}, "LEGACY", None),
        ({"type": "STREAM", "stream": {"stream_descriptor": {}}}, "LEGACY", None),
        ({}, "LEGACY", None),
    ],
)
def test_every_state_is_recognized_and_echoed_whole(state: dict[str, Any], kind: str, stream: StreamKey | None) -> None:
    line = a_state(state, novelty=1)
    decoded = decoded_state(line)
    assert (decoded.kind, decoded.stream, decoded.raw, decoded.size) == (kind, stream, state, weight(line))
    assert out(line) == {**state, "destinationStats": {"recordCount": 3.0, "rejectedRecordCount": 1.0}}


def test_the_counts_are_written_with_a_decimal_point() -> None:
    line = encode(protocol.state_out(decoded_state(a_state({"id": 1})), 0, 12), str)
    assert b'"destinationStats":{"recordCount":0.0,"rejectedRecordCount":12.0}' in line


def test_stats_that_came_in_make_way_for_ours() -> None:
    assert out(a_state({"id": 1, "destinationStats": None}))["destinationStats"] == {"recordCount": 3.0, "rejectedRecordCount": 1.0}


def test_a_cursor_comes_back_with_every_digit_and_letter() -> None:
    cursor = b'{"n":123456789012345678901234567890,"m":18446744073709551616,"s":"\\ud800 \\u00e9 \xc3\xa9","f":0.1}'
    line = b'{"type":"STATE","state":{"id":1,"stream_state":' + cursor + b"}}"
    assert out(line)["stream_state"] == json.loads(cursor)


def test_the_state_that_came_is_not_changed_by_answering_it() -> None:
    state = decoded_state(a_state(STREAM_STATE))
    protocol.state_out(state, 1, 0)
    assert state.raw == STREAM_STATE


# --- messages out ----------------------------------------------------------------------------------------------------


def hide(text: str) -> str:
    return text.replace("s3cret", "****")


def test_a_secret_is_masked_wherever_we_word_a_text() -> None:
    for message in (
        protocol.log_message("INFO", "s3cret"),
        protocol.trace_error("s3cret", "config_error", emitted_at=1, internal="s3cret", stack_trace="s3cret"),
        protocol.connection_status(False, "s3cret"),
    ):
        assert b"s3cret" not in encode(message, hide)
        assert b"****" in encode(message, hide)


def test_a_state_is_never_masked() -> None:
    """It goes back to where it came from; a changed cursor would lose rows."""
    line = encode(protocol.state_out(decoded_state(a_state({"id": 1, "message": "s3cret"})), 0, 0), hide)
    assert json.loads(line)["state"]["message"] == "s3cret"


def test_a_secret_that_looks_like_a_word_of_the_protocol_does_not_break_it() -> None:
    line = encode(protocol.log_message("INFO", "the level is INFO"), lambda text: text.replace("INFO", "****"))
    assert json.loads(line) == {"type": "LOG", "log": {"level": "INFO", "message": "the level is ****"}}


def test_an_error_names_its_stream_and_leaves_out_what_is_not_known() -> None:
    assert protocol.trace_error("Mend it.", "config_error", emitted_at=5, stream=StreamKey("crm", "users")) == {
        "type": "TRACE",
        "trace": {
            "type": "ERROR",
            "emitted_at": 5,
            "error": {
                "message": "Mend it.",
                "failure_type": "config_error",
                "stream_descriptor": {"name": "users", "namespace": "crm"},
            },
        },
    }


def test_a_status_is_what_check_answers() -> None:
    assert protocol.connection_status(True) == {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}}
    assert protocol.connection_status(False, "No.")["connectionStatus"] == {"status": "FAILED", "message": "No."}


# --- the printer -----------------------------------------------------------------------------------------------------


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns as often as Python can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Trickle(io.BytesIO):
    """A pipe that takes seven bytes at a time."""

    def write(self, content: Any, /) -> int:
        return super().write(bytes(content[:7]))


@pytest.mark.usefixtures("restless_threads")
def test_lines_of_many_threads_stay_whole() -> None:
    pipe = Trickle()
    printer = Printer(pipe)
    texts = [f"message {n} " * 5 for n in range(4)]
    threads = [
        threading.Thread(target=lambda text=text: [printer.print(protocol.log_message("INFO", text)) for _ in range(50)]) for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [json.loads(line)["log"]["message"] for line in pipe.getvalue().splitlines()]
    assert sorted(said) == sorted(texts * 50)


def test_a_line_that_is_bytes_already_is_printed_as_it_is() -> None:
    pipe = io.BytesIO()
    Printer(pipe).print(b'{"type":"DESTINATION_CATALOG"}')
    assert pipe.getvalue() == b'{"type":"DESTINATION_CATALOG"}\n'


def test_the_caller_learns_that_nobody_reads_any_more() -> None:
    class Closed(io.BytesIO):
        def write(self, content: Any, /) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Printer(Closed()).print(protocol.log_message("INFO", "x"))


def test_a_reader_who_is_slow_is_waited_for() -> None:
    class Slow:
        said = b""
        refusals = 3

        def write(self, content: memoryview, /) -> int | None:
            if self.refusals:
                self.refusals -= 1
                return None
            self.said += bytes(content[:10])
            return 10

    pipe = Slow()
    Printer(pipe).print(protocol.log_message("INFO", "a line of some length"))
    assert json.loads(pipe.said)["log"]["message"] == "a line of some length"
