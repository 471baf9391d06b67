"""Do the documents speak of what exists, and do their examples work?"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import destination_close
from destination_close.destination import VERBS
from destination_close.model import Reason
from destination_close.settings import config
from docs.rooms import rooms
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID
from integration_tests.close_sandbox.server import running_server
from unit_tests.support.documents import FOLDERS, HEADING, LINK, PROJECT, code_in, documents, fences, prose_of, text_of
from unit_tests.support.platform_simulator import MAIN, process_environment, write_json

SAMPLES = PROJECT / "integration_tests" / "sample_files"


every_document = pytest.mark.parametrize("document", documents(), ids=str)

# --- links and names -------------------------------------------------------------------------------------------------


@every_document
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    broken = [link for link in LINK.findall(prose_of(document)) if "://" not in link and not _leads_somewhere(document, link)]
    assert broken == []


def _leads_somewhere(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (PROJECT / document).parent / path if path else PROJECT / document
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(document: Path) -> set[str]:
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(document.read_text(encoding="utf-8"))}


@every_document
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", text_of("Makefile"), re.MULTILINE))
    commands = [*code_in(document), *(line for block in fences(document, "sh") for line in block.splitlines())]
    named = {word for command in commands if command.startswith("make ") for word in command.split()[1:] if "=" not in word}
    assert named <= targets


@every_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    named = {name for name in code_in(document) if re.fullmatch(r"[\w.]+(/[\w.-]+)+", name) and name.split("/")[0] in FOLDERS}
    assert {name for name in named if not (PROJECT / name).exists()} == set()


def _modules() -> Mapping[str, Sequence[str]]:
    """Rooms and modules of the connector by their own name, with the places where they are."""
    found: dict[str, list[str]] = {}
    for module in pkgutil.walk_packages(destination_close.__path__, "destination_close."):
        found.setdefault(module.name.rpartition(".")[2], []).append(module.name)
    return found


MODULES = _modules()


@every_document
def test_every_function_that_is_named_exists(document: Path) -> None:
    assert [name for name in functions_named_in(document) if not _exists(name)] == []


def functions_named_in(document: Path | str) -> list[str]:
    """`module.function` and `module.Class.method`, of modules of the connector, with or without their room."""
    dotted = (name for name in code_in(document) if re.fullmatch(r"\w+(\.\w+)+", name) and not name.endswith((".json", ".py", ".md")))
    return [name for name in dotted if name.partition(".")[0] in MODULES]


def _exists(name: str) -> bool:
    """With its room where two rooms have a module of that name, or where a room and a module have the same name."""
    module, *path = name.split(".")
    if module in rooms():
        place = f"destination_close.{module}.{path[0]}"
        return place in MODULES.get(path[0], ()) and _has(importlib.import_module(place), path[1:])
    return len(MODULES[module]) == 1 and _has(importlib.import_module(MODULES[module][0]), path)


def _has(found: Any, path: Sequence[str]) -> bool:
    for part in path:
        fields = getattr(found, "__annotations__", {})
        if not hasattr(found, part) and part not in fields:
            return False
        found = getattr(found, part, None)
    return True


def test_the_path_of_a_row_is_described_function_by_function() -> None:
    modules = {name.split(".")[name.partition(".")[0] in rooms()] for name in functions_named_in("docs/record_lifecycle.md")}
    on_the_way = {"assembly", "performing", "client", "destination", "grouping", "inputs", "mapper", "searching", "memory", "stages"}
    on_the_way |= {"pacer", "paper", "deciding", "protocol", "queueing", "ledger", "states", "sync", "writer", "deltas"}
    on_the_way |= {"activation", "applying", "bodies", "lookups", "needs", "report", "retries"}
    assert on_the_way <= modules


def test_the_picture_of_a_rows_path_names_modules_with_their_rooms() -> None:
    (picture,) = fences("docs/record_lifecycle.md", "text")
    named = re.findall(r"\b(\w+)/(\w+)", picture)
    assert len(named) > 15
    assert {f"destination_close.{room}.{module}" for room, module in named} <= {place for places in MODULES.values() for place in places}
    assert {room for room, _ in named} == {*rooms()} - {"model", "settings", "templates", "rejects", "plan"}


def test_every_setting_and_reason_in_the_readme_exists() -> None:
    spec = json.loads(text_of("destination_close/spec.json"))
    known = {reason.value for reason in Reason} | set(_property_names(spec["connectionSpecification"]))
    of_others = {"cf_xxxx", "get_destination", "local_executable"}
    named = {name for name in code_in("README.md") if re.fullmatch(r"[a-z]+(_[a-z]+)+", name)}
    assert named - of_others - FOLDERS <= known


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from _property_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _property_names(value)


# --- examples --------------------------------------------------------------------------------------------------------


@every_document
def test_every_json_example_is_json(document: Path) -> None:
    for block in fences(document, "json"):
        json.loads(block)


def configs() -> list[dict[str, Any]]:
    return [example for block in fences("README.md", "json") if "api_key" in (example := json.loads(block))]


def test_every_config_in_the_readme_is_well_formed() -> None:
    assert len(configs()) > 1
    for example in configs():
        config.parse_config(example)


def test_every_config_in_the_readme_works_in_an_account_with_its_fields(tmp_path: Path) -> None:
    with running_server(preset="demo") as server:
        filled_in = {"api_xxxx.xxxx": server.close.settings.api_key, "cf_xxxx": COMPANY_ID, "cf_yyyy": USER_ID}
        for example in configs():
            file = write_json(tmp_path, "config.json", {key: filled_in.get(str(value), value) for key, value in example.items()})
            (answer,) = _answers([*MAIN, "check", "--config", file], server.api_url)
            assert answer["connectionStatus"]["status"] == "SUCCEEDED", answer


def commands() -> list[str]:
    """The connector's command lines in the README, continued lines joined."""
    lines = "\n".join(fences("README.md", "sh")).replace("\\\n", " ").splitlines()
    return [line for line in lines if " main.py " in line]


def test_the_readme_shows_every_verb() -> None:
    assert {shlex.split(command)[2] for command in commands()} == set(VERBS)


def test_every_command_in_the_readme_works_in_the_empty_sandbox() -> None:
    with running_server(preset="empty") as server:
        for command in commands():
            line = command.replace(".venv/bin/python", shlex.quote(sys.executable))
            answers = _answers(line.replace("secrets/config.json", str(SAMPLES / "config.json")), server.api_url)
            assert answers
            assert not [answer for answer in answers if answer["type"] == "TRACE"]
        assert sorted(contact["name"] for contact in server.close.contacts.values()) == ["Ann Lee", "Bob Okafor", "Chloé García"]


def _answers(command: list[str] | str, api_url: str) -> list[dict[str, Any]]:
    """The messages of a command that ends with 0 and says nothing else."""
    process = subprocess.run(
        command,
        shell=isinstance(command, str),
        capture_output=True,
        cwd=PROJECT,
        env=process_environment({"CLOSE_API_BASE_URL": api_url}),
        timeout=120,
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    return [json.loads(line) for line in process.stdout.splitlines()]
