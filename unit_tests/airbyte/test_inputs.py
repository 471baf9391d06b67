"""Do lines and events arrive in the right order, as far ahead as memory allows, and does nobody wait for ever?"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable, Iterator

import pytest

from destination_close.airbyte import End, Inputs, Record, State, Undecodable
from destination_close.airbyte.inputs import MOST_WAITING
from destination_close.airbyte.protocol import weight
from destination_close.model import StreamKey, TransientError
from unit_tests.support.inputs import IterableInputs

AT_ONCE = 0.0
SOON = 5.0
"""Longer than any of these tests takes, unless it fails."""
SILENCE = 0.05

USERS = StreamKey(None, "users")


def line(number: int, padding: int = 0) -> bytes:
    return b'{"type":"RECORD","record":{"stream":"users","data":{"n":%d,"pad":"%s"}}}\n' % (number, b"x" * padding)


def rest(inputs: Inputs[str]) -> list[object]:
    """All that comes until the end."""
    return list(iter(lambda: inputs.get(SOON), End()))


def numbers(messages: Iterable[object]) -> list[int]:
    return [message.data["n"] for message in messages if isinstance(message, Record)]


class Script:
    """A stdin whose every read gives the next of these chunks, then its end; an exception is raised."""

    def __init__(self, *chunks: bytes | Exception | None) -> None:
        self._chunks = list(chunks)

    def read(self, size: int, /) -> bytes | None:
        chunk = self._chunks.pop(0) if self._chunks else b""
        if isinstance(chunk, Exception):
            raise chunk
        return chunk

    @property
    def unread(self) -> int:
        return len(self._chunks)


@pytest.fixture
def pipe() -> Iterator[tuple[io.FileIO, io.FileIO]]:
    """Both ends of a real pipe."""
    read_end, write_end = os.pipe()
    with io.FileIO(read_end) as reader, io.FileIO(write_end, "w") as writer:
        yield reader, writer


# --- lines -----------------------------------------------------------------------------------------------------------


def test_lines_come_in_order_and_then_the_end_once() -> None:
    inputs: Inputs[str] = Inputs(io.BytesIO(line(1) + line(2) + line(3)))
    assert numbers([inputs.get(SOON), inputs.get(SOON), inputs.get(SOON)]) == [1, 2, 3]
    assert inputs.get(SOON) == End()
    assert inputs.get(AT_ONCE) is None


def test_an_empty_input_has_an_end() -> None:
    assert rest(Inputs(io.BytesIO())) == []


def test_a_last_line_without_its_end_is_a_line() -> None:
    assert numbers(rest(Inputs(io.BytesIO(line(1) + line(2).rstrip())))) == [1, 2]


def test_lines_that_ask_nothing_do_not_come_and_are_counted_as_lines() -> None:
    inputs: Inputs[str] = Inputs(io.BytesIO(b'\n{"type":"LOG"}\n' + line(1) + b"{oops\n"))
    first, broken = rest(inputs)
    assert numbers([first]) == [1]
    assert broken == Undecodable("not JSON", 5, 4)


def test_the_end_tells_how_many_messages_stayed_behind() -> None:
    inputs: Inputs[str] = Inputs(io.BytesIO(b'\n{"type":"LOG"}\n' + line(1) + b'{"id":1}\n{"type":"TRACE","trace":{}}\n \n'))
    said = [inputs.get(SOON) for _ in range(3)]
    assert isinstance(said[1], Undecodable)
    assert isinstance(said[2], End)
    assert said[2].stayed_behind == 2


def test_lines_are_put_together_from_however_many_reads() -> None:
    whole = line(1) + line(2, padding=50) + line(3)
    for size in (1, 2, 7, 64, 100):
        chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
        assert numbers(rest(Inputs(Script(*chunks)))) == [1, 2, 3]


def test_a_line_of_many_megabytes_comes_whole() -> None:
    (record,) = rest(Inputs(io.BytesIO(line(1, padding=20_000_000)), most_bytes=32_000_000))
    assert isinstance(record, Record)
    assert len(record.data["pad"]) == 20_000_000


def test_a_line_comes_while_stdin_stays_open(pipe: tuple[io.FileIO, io.FileIO]) -> None:
    reader, writer = pipe
    inputs: Inputs[str] = Inputs(reader)
    writer.write(line(1))
    assert numbers([inputs.get(SOON)]) == [1]
    assert inputs.get(SILENCE) is None
    writer.write(line(2))
    assert numbers([inputs.get(SOON)]) == [2]
    writer.close()
    assert inputs.get(SOON) == End()


# --- events ----------------------------------------------------------------------------------------------------------


def test_events_come_before_lines_and_in_their_own_order(pipe: tuple[io.FileIO, io.FileIO]) -> None:
    reader, writer = pipe
    inputs: Inputs[str] = Inputs(reader)
    writer.write(line(1) + line(2))
    assert numbers([inputs.get(SOON)]) == [1]  # so the second is there too
    inputs.put("first")
    inputs.put("second")
    assert [inputs.get(AT_ONCE), inputs.get(AT_ONCE)] == ["first", "second"]
    assert numbers([inputs.get(SOON)]) == [2]
    writer.close()
    assert inputs.get(SOON) == End()


def test_an_event_wakes_who_waits(pipe: tuple[io.FileIO, io.FileIO]) -> None:
    reader, writer = pipe
    inputs: Inputs[str] = Inputs(reader)
    threading.Thread(target=inputs.put, args=("done",)).start()
    assert inputs.get(SOON) == "done"
    writer.close()
    assert inputs.get(SOON) == End()


def test_events_come_after_the_end_too() -> None:
    inputs: Inputs[str] = Inputs(io.BytesIO())
    assert inputs.get(SOON) == End()
    inputs.put("late")
    assert inputs.get(AT_ONCE) == "late"


# --- memory ----------------------------------------------------------------------------------------------------------


def test_no_more_is_read_than_there_is_room_for_until_some_is_released() -> None:
    size = weight(line(1)[:-1])
    stdin = Script(*(line(number) for number in range(1, 6)))
    inputs: Inputs[str] = Inputs(stdin, most_bytes=2 * size)
    assert numbers([inputs.get(SOON), inputs.get(SOON)]) == [1, 2]
    assert inputs.get(SILENCE) is None
    assert inputs.is_full
    assert stdin.unread == 3
    inputs.release(size)
    assert numbers([inputs.get(SOON)]) == [3]
    assert inputs.get(SILENCE) is None
    inputs.release(2 * size)
    assert numbers([inputs.get(SOON), inputs.get(SOON)]) == [4, 5]


def test_no_more_is_read_than_is_soon_taken() -> None:
    script = Script(b"".join(map(line, range(MOST_WAITING + 2))), line(MOST_WAITING + 2))
    inputs: Inputs[str] = Inputs(script)
    assert inputs.get(SOON) is not None
    assert script.unread == 1
    assert len(numbers(rest(inputs))) == MOST_WAITING + 2
    assert script.unread == 0


def test_taking_a_message_does_not_release_it() -> None:
    inputs: Inputs[str] = Inputs(Script(line(1), line(2)), most_bytes=1)
    assert numbers([inputs.get(SOON)]) == [1]
    assert inputs.get(SILENCE) is None


def test_a_line_larger_than_all_room_comes_alone() -> None:
    inputs: Inputs[str] = Inputs(Script(line(1, padding=500), line(2)), most_bytes=100)
    record = inputs.get(SOON)
    assert isinstance(record, Record)
    inputs.release(record.size)
    assert numbers([inputs.get(SOON)]) == [2]


def test_every_message_holds_its_bytes_until_released() -> None:
    inputs: Inputs[str] = Inputs(io.BytesIO(line(1) + b'oops\n{"type":"STATE","state":{}}\n{"type":"LOG"}\n'), most_bytes=1)
    messages = [inputs.get(SOON), inputs.get(SOON), inputs.get(SOON)]
    for message in messages:
        assert inputs.is_full
        assert isinstance(message, Record | Undecodable | State)
        inputs.release(message.size)
    assert not inputs.is_full
    assert inputs.get(SOON) == End()


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_a_stdin_that_is_cut_off_is_reported_once_after_everything_read() -> None:
    inputs: Inputs[str] = Inputs(Script(line(1), OSError(5, "Input/output error")))
    assert numbers([inputs.get(SOON)]) == [1]
    with pytest.raises(TransientError):
        inputs.get(SOON)
    assert inputs.get(AT_ONCE) is None


def test_a_stdin_that_is_not_ready_is_not_taken_for_its_end() -> None:
    inputs: Inputs[str] = Inputs(Script(line(1), None))
    assert numbers([inputs.get(SOON)]) == [1]
    with pytest.raises(TransientError):
        inputs.get(SOON)


def test_whatever_goes_wrong_on_the_readers_thread_is_raised_to_who_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        Inputs(Script(ZeroDivisionError())).get(SOON)


# --- closing ---------------------------------------------------------------------------------------------------------


def test_after_closing_only_events_come() -> None:
    inputs: Inputs[str] = Inputs(io.BytesIO(line(1) + line(2)))
    assert numbers([inputs.get(SOON)]) == [1]
    inputs.close()
    assert inputs.get(SILENCE) is None
    inputs.put("completed")
    assert inputs.get(AT_ONCE) == "completed"


def test_after_closing_nothing_more_is_read() -> None:
    stdin = Script(line(1), line(2))
    inputs: Inputs[str] = Inputs(stdin, most_bytes=1)
    record = inputs.get(SOON)
    assert isinstance(record, Record)
    inputs.close()
    inputs.release(record.size)
    assert inputs.get(SILENCE) is None
    assert stdin.unread == 1


def test_what_is_read_at_the_moment_of_closing_is_dropped() -> None:
    closed = threading.Event()

    class Slow(Script):
        def read(self, size: int, /) -> bytes | None:
            closed.wait(SOON)
            return super().read(size)

    stdin = Slow(line(1))
    inputs: Inputs[str] = Inputs(stdin)
    inputs.close()
    closed.set()
    assert inputs.get(SILENCE) is None
    assert stdin.unread == 0


# --- without a thread ------------------------------------------------------------------------------------------------


def a_row(number: int) -> Record:
    return Record(USERS, {"n": number}, size=10)


def test_an_iterable_is_pulled_one_message_at_a_time_events_first() -> None:
    pulled = []

    def messages() -> Iterator[Record]:
        for number in (1, 2):
            pulled.append(number)
            yield a_row(number)

    inputs: IterableInputs[str] = IterableInputs(messages())
    assert inputs.get(SOON) == a_row(1)
    inputs.put("done")
    assert inputs.get(SOON) == "done"
    assert pulled == [1]
    assert inputs.get(SOON) == a_row(2)
    assert inputs.get(SOON) == End()
    assert inputs.get(AT_ONCE) is None


def test_a_none_in_an_iterable_is_a_silent_moment() -> None:
    inputs: IterableInputs[str] = IterableInputs([None, a_row(1)])
    assert [inputs.get(SOON), inputs.get(SOON)] == [None, a_row(1)]


def test_after_the_end_of_an_iterable_events_are_waited_for() -> None:
    inputs: IterableInputs[str] = IterableInputs([])
    assert inputs.get(SOON) == End()
    threading.Thread(target=inputs.put, args=("done",)).start()
    assert inputs.get(SOON) == "done"


def test_what_an_iterable_gave_out_is_held_until_released() -> None:
    inputs: IterableInputs[str] = IterableInputs([a_row(1), a_row(2)])
    inputs.get(SOON)
    inputs.get(SOON)
    inputs.release(10)
    assert (inputs.held, inputs.is_full) == (10, False)


def test_a_closed_iterable_gives_only_events() -> None:
    inputs: IterableInputs[str] = IterableInputs([a_row(1)])
    inputs.close()
    inputs.put("done")
    assert [inputs.get(AT_ONCE), inputs.get(AT_ONCE)] == ["done", None]
