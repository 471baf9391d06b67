"""Which rooms does the code have, what does each give, and who uses it?

Read from the files themselves and from the contract on imports in `pyproject.toml`; nothing is imported or run. The picture
and the tree of `architecture.md` are made of this, and tests hold the rooms to it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PACKAGE = "destination_close"
CODE = PROJECT / PACKAGE


@dataclass(frozen=True, slots=True)
class Import:
    """One import of the package's own code."""

    place: str
    """Of the statement: `engine/sync.py:12`."""

    by: str
    """The room, or the file of the wiring, that it stands in."""

    of: str
    """The room, or the file of the wiring, that it imports from."""

    module: str
    names: tuple[str, ...]


def rooms() -> list[str]:
    """Every folder with code."""
    return sorted(init.parent.name for init in CODE.glob("*/__init__.py"))


def wiring() -> list[str]:
    """The files outside any room, by module name."""
    return sorted(file.stem for file in CODE.glob("*.py") if file.stem != "__init__")


def files_of(room: str) -> list[Path]:
    """The files of a room, its `__init__` apart."""
    return sorted(file for file in (CODE / room).glob("*.py") if file.stem != "__init__")


def floors() -> list[list[str]]:
    """What stands on each floor, the highest first, as the contract has it."""
    return [[part.strip() for part in layer.split("|")] for layer in _contract("layers")]


def who_may_use(room: str) -> list[str]:
    """The rooms above it, apart from those that a contract keeps away from it."""
    higher = floors()[: next(number for number, floor in enumerate(floors()) if room in floor)]
    kept_away = _contract("source_modules") if f"{PACKAGE}.{room}" in _contract("forbidden_modules") else []
    return [one for floor in higher for one in floor if one in rooms() and f"{PACKAGE}.{one}" not in kept_away]


def _contract(part: str) -> list[str]:
    """A list of the contracts on imports, of which only one contract has such a part."""
    found = re.findall(rf"^{part} = (\[.*?\])$", (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if len(found) != 1:
        raise LookupError(f"pyproject.toml has {len(found)} lists of {part}")
    return [str(one) for one in ast.literal_eval(found[0])]


def docstring_of(file: Path) -> str:
    """What the module says about itself."""
    return ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""


def question_of(file: Path) -> str:
    """Its first line."""
    return docstring_of(file).partition("\n")[0]


def room_says(room: str) -> str:
    """The docstring of a room."""
    return docstring_of(CODE / room / "__init__.py")


def exports_of(room: str) -> list[str]:
    """The names in `__all__`."""
    body = ast.parse((CODE / room / "__init__.py").read_text(encoding="utf-8")).body
    lists = (one.value for one in body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "__all__")
    return [name for found in lists for name in ast.literal_eval(found)]


def imports() -> Iterator[Import]:
    """All imports from one room to another, and from and to the wiring, wherever in a file they stand."""
    for file in sorted(CODE.rglob("*.py")):
        path = file.relative_to(CODE)
        by = path.parts[0] if len(path.parts) > 1 else path.stem
        if by != "__init__":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                for one in _read(node, f"{path.as_posix()}:{getattr(node, 'lineno', 0)}", by):
                    if one.of != by:
                        yield (
                            replace(one, names=_taken_from(tree, one.of)) if one.module == f"{PACKAGE}.{one.of}" and not one.names else one
                        )


def _taken_from(tree: ast.AST, room: str) -> tuple[str, ...]:
    """The names that a file takes from a room which it imports whole: `values.number`."""
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return tuple(node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == room)


def _read(node: ast.AST, place: str, by: str) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            for name in names:
                if name.name.split(".")[0] == PACKAGE:
                    yield Import(place, by, (*name.name.split("."), "")[1], name.name, ())
        case ast.ImportFrom(module=module, names=names, level=0) if module == PACKAGE:
            for name in names:
                yield Import(place, by, name.name, f"{PACKAGE}.{name.name}", ())
        case ast.ImportFrom(module=str(module), names=names, level=0) if module.startswith(f"{PACKAGE}."):
            yield Import(place, by, module.split(".")[1], module, tuple(name.name for name in names))
        case ast.ImportFrom(level=level) if level:
            yield Import(place, by, "", "." * level, ())


def uses() -> Mapping[str, frozenset[str]]:
    """Which rooms and files of the wiring each of them imports from."""
    taken: dict[str, set[str]] = {}
    for one in imports():
        taken.setdefault(one.by, set()).add(one.of)
    return {by: frozenset(others) for by, others in taken.items()}


def on_floor_order(names: Iterable[str]) -> list[str]:
    """The names as they stand in the house, from the top."""
    order = [name for floor in floors() for name in floor]
    return sorted(names, key=order.index)
