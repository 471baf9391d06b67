"""Do the rooms of the code keep to themselves, and do page, tree and picture show them as they are?"""

from __future__ import annotations

import re

import pytest

from docs import draw_rooms
from docs.rooms import (
    CODE,
    PROJECT,
    docstring_of,
    exports_of,
    files_of,
    floors,
    imports,
    question_of,
    room_says,
    rooms,
    who_may_use,
    wiring,
)
from unit_tests.support.documents import CODE as IN_BACKTICKS

MOST_FILES = 16
PAGE = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")

every_room = pytest.mark.parametrize("room", rooms())


# --- the code --------------------------------------------------------------------------------------------------------


def test_rooms_use_only_what_another_rooms_init_gives() -> None:
    between = [one for one in imports() if one.of in rooms()]
    assert len(between) > 100
    assert [one for one in between if one.module != f"destination_close.{one.of}" or not {*one.names} <= {*exports_of(one.of)}] == []


def test_everything_that_is_imported_is_a_room_or_a_file_of_the_wiring_by_its_whole_name() -> None:
    assert {one.place: one.module for one in imports() if one.of not in (*rooms(), *wiring())} == {}


@every_room
def test_every_name_that_a_room_gives_is_used_by_another_room_or_the_wiring(room: str) -> None:
    used = {name for one in imports() if one.of == room for name in one.names}
    assert sorted({*exports_of(room)} - used) == []


@every_room
def test_a_room_holds_no_more_files_than_one_can_keep_in_view(room: str) -> None:
    assert 1 < len(files_of(room)) <= MOST_FILES


@every_room
def test_the_room_is_flat(room: str) -> None:
    assert [file for file in (CODE / room).rglob("*.py") if file.parent != CODE / room] == []


@every_room
def test_a_rooms_init_says_what_it_is_for_and_names_what_it_gives(room: str) -> None:
    what, blank, how, given = room_says(room).splitlines()
    assert (what[-1], blank, how[-1]) in {(".", "", "."), ("?", "", ".")}
    assert given.startswith("Exports: ")
    named = IN_BACKTICKS.findall(given)
    assert {*named} <= {*exports_of(room)}
    assert named or room == "model"


@every_room
def test_a_rooms_init_only_passes_on_what_its_files_hold(room: str) -> None:
    lines = (CODE / room / "__init__.py").read_text(encoding="utf-8").replace(room_says(room), "")
    assert not re.search(r"^(def|class) ", lines, re.MULTILINE)
    sources = set(re.findall(r"^from (\S+) import", lines, re.MULTILINE)) - {"__future__"}
    assert sources <= {f"destination_close.{room}.{file.stem}" for file in files_of(room)}


def test_every_file_begins_with_the_question_it_answers() -> None:
    files = [file for room in rooms() for file in files_of(room)] + [CODE / f"{name}.py" for name in wiring()]
    assert [file for file in files if "?" not in question_of(file) and not question_of(file).startswith("What went wrong")] == []
    assert len({question_of(file) for file in files}) == len(files)


# --- the page --------------------------------------------------------------------------------------------------------


def test_every_room_and_every_file_of_the_wiring_stands_on_a_floor() -> None:
    assert sorted(name for floor in floors() for name in floor) == sorted([*rooms(), *wiring()])


def test_the_picture_shows_the_rooms_as_they_are() -> None:
    """`make picture` draws it again."""
    assert draw_rooms.PICTURE.read_text(encoding="utf-8") == draw_rooms.draw()


def test_the_tree_shows_every_file_with_its_question() -> None:
    """`make picture` writes it again."""
    assert draw_rooms.page_with(PAGE) == PAGE


def test_the_package_begins_with_the_same_tree_in_short() -> None:
    assert draw_rooms.short_tree() in docstring_of(CODE / "__init__.py")


def test_the_page_has_three_lines_for_each_room_from_the_top() -> None:
    in_three_lines = PAGE.partition("## The rooms, three lines each")[2].partition("\n## ")[0]
    assert re.findall(r"^### (\w+)$", in_three_lines, re.MULTILINE) == [name for floor in floors() for name in floor if name in rooms()]
    assert len(re.findall(r"^- ", in_three_lines, re.MULTILINE)) == 3 * len(rooms())


@every_room
def test_the_page_says_what_the_room_gives_and_to_whom(room: str) -> None:
    why, gives, to = re.findall(r"^- (.*)$", PAGE.partition(f"### {room}\n")[2].partition("\n#")[0], re.MULTILINE)
    assert why.startswith("**Why:**")
    named = set(IN_BACKTICKS.findall(gives))
    assert gives.startswith("**Gives:**")
    assert named
    assert named <= {*exports_of(room)}
    assert to.startswith("**May be used by:**")
    assert to.endswith("the wiring.")
    allowed = [one for one in rooms() if one != room] if "every room" in to else IN_BACKTICKS.findall(to)
    assert sorted(allowed) == sorted(who_may_use(room))
