"""What does the house look like, as a picture and as a tree?

Nothing is drawn by hand: floors come from the contract in `pyproject.toml`, files and their questions from the code, and
what a room uses from its imports. `make picture` writes both; a test holds them to the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

from docs.rooms import CODE, PACKAGE, files_of, floors, on_floor_order, question_of, room_says, rooms, uses, wiring

PICTURE = Path(__file__).with_name("rooms.svg")
PAGE = Path(__file__).with_name("architecture.md")

# --- as a tree -------------------------------------------------------------------------------------------------------

QUESTION_AT = 25


def tree() -> str:
    """Every file with its question, wiring first and then the rooms from the top."""
    lines = [f"{PACKAGE}/", *_file_lines([CODE / f"{name}.py" for name in on_floor_order(wiring())], "  ")]
    for room in on_floor_order(rooms()):
        lines += ["", _columns(f"  {room}/", room_says(room).partition("\n")[0]), *_file_lines(files_of(room), "    ")]
    return "\n".join(lines)


def short_tree() -> str:
    """The rooms and the wiring, a line each."""
    rooms_first = [_columns(f"{room}/", room_says(room).partition("\n")[0], at=12) for room in on_floor_order(rooms())]
    return "\n".join([*rooms_first, *(_columns(name, question_of(CODE / f"{name}.py"), at=12) for name in on_floor_order(wiring()))])


def _file_lines(files: Sequence[Path], indent: str) -> Iterator[str]:
    return (_columns(f"{indent}{file.name}", question_of(file)) for file in files)


def _columns(name: str, words: str, at: int = QUESTION_AT) -> str:
    return f"{name:{at}} {words}"


def page_with(page: str) -> str:
    """The page with the tree in its place, the first block of text."""
    before, _, rest = page.partition("```text\n")
    return f"{before}```text\n{tree()}\n```{rest.partition('```')[2]}"


# --- as a picture ----------------------------------------------------------------------------------------------------

SVG = "http://www.w3.org/2000/svg"  # ignore-https-check: an identifier that is never fetched
WIDTH, MARGIN, GAP = 1180, 16, 12
LINE, PADDING = 17, 12
PER_CHARACTER = 6.4
"""Pixels, at the size of small text."""

CHIP = 22
LEGEND = "Each floor uses only the floors below it. The labels in a box say which of them it uses."
COLOURS = {
    "plan": "#f3e3f2",
    "engine": "#fbe6d4",
    "mapping": "#dff3e4",
    "rules": "#dff3e4",
    "rejects": "#fbf3cf",
    "templates": "#eaf5d9",
    "values": "#eaf5d9",
    "settings": "#dcefef",
    "airbyte": "#e4e2f6",
    "close": "#dfeaf8",
    "model": "#ececec",
}
PLAIN = "#ffffff"


@dataclass(frozen=True, slots=True)
class Box:
    """One room, or one file of the wiring."""

    name: str
    title: str
    words: tuple[str, ...]
    files: tuple[str, ...]
    chips: tuple[tuple[str, ...], ...]
    """What it uses, in lines."""

    @property
    def height(self) -> int:
        return PADDING * 2 + LINE * (1 + len(self.words) + len(self.files)) + (CHIP + 4) * len(self.chips)


def draw() -> str:
    """The picture, as SVG."""
    parts: list[str] = []
    top = MARGIN + 30
    for floor in floors():
        width = (WIDTH - 2 * MARGIN - GAP * (len(floor) - 1)) / len(floor)
        boxes = [_box(name, width) for name in floor]
        height = max(box.height for box in boxes)
        for number, box in enumerate(boxes):
            parts += _drawn(box, MARGIN + number * (width + GAP), top, width, height)
        top += height + GAP
    return "\n".join([*_head(top + MARGIN - GAP), *parts, "</svg>"]) + "\n"


def _head(height: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="{SVG}" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222222" role="img">'
    )
    yield "<title>The rooms of the connector, floor by floor</title>"
    yield "<desc>Drawn by docs/draw_rooms.py from the imports and from the contract in pyproject.toml.</desc>"
    yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    yield f'<text x="{MARGIN}" y="{MARGIN + 12}">{LEGEND}</text>'


def _box(name: str, width: float) -> Box:
    room = name in rooms()
    letters = int((width - 2 * PADDING) / PER_CHARACTER)
    words = room_says(name).partition("\n")[0] if room else question_of(CODE / f"{name}.py")
    files = "\u00a0· ".join(file.stem for file in files_of(name)) if room else ""
    chips = _in_lines(on_floor_order(uses().get(name, ())), width)
    return Box(name, f"{name}/" if room else f"{name}.py", tuple(wrap(words, letters)), tuple(wrap(files, letters)), chips)


def _in_lines(chips: Sequence[str], width: float) -> tuple[tuple[str, ...], ...]:
    lines: list[list[str]] = []
    left = 0.0
    for chip in chips:
        if not lines or _chip_width(chip) > left:
            lines.append([])
            left = width - 2 * PADDING
        lines[-1].append(chip)
        left -= _chip_width(chip) + 6
    return tuple(map(tuple, lines))


def _chip_width(name: str) -> float:
    return len(name) * PER_CHARACTER + 18


def _drawn(box: Box, x: float, top: float, width: float, height: float) -> Iterator[str]:
    fill = COLOURS.get(box.name, PLAIN)
    yield f'<rect x="{x:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" stroke="#999999"/>'
    left, y = x + PADDING, top + PADDING + 11
    yield f'<text x="{left:g}" y="{y:g}" font-size="15" font-weight="bold">{escape(box.title)}</text>'
    for line in box.words:
        y += LINE
        yield f'<text x="{left:g}" y="{y:g}">{escape(line)}</text>'
    for line in box.files:
        y += LINE
        yield f'<text x="{left:g}" y="{y:g}" fill="#555555">{escape(line)}</text>'
    y += 10
    for chips in box.chips:
        yield from _chips(chips, left, y)
        y += CHIP + 4


def _chips(chips: Sequence[str], x: float, y: float) -> Iterator[str]:
    for name in chips:
        width = _chip_width(name)
        fill = COLOURS.get(name, PLAIN)
        yield f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{CHIP}" rx="{CHIP / 2:g}" fill="{fill}" stroke="#777777"/>'
        yield f'<text x="{x + width / 2:g}" y="{y + 15:g}" text-anchor="middle">{escape(name)}</text>'
        x += width + 6


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
