"""Does a release hold together: one version, metadata that Airbyte takes, documents that say what the code does?"""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from destination_close.close import BASE_URL, Close
from destination_close.model import COLUMNS, OBJECT_TYPES, Reason, Warning
from destination_close.pacing import Pacer
from destination_close.settings import packaged_spec
from destination_close.settings.config import SWITCHES
from destination_close.version import VERSION
from docs import draw_matching

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "close.md").read_text(encoding="utf-8")
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
METADATA: dict[str, Any] = yaml.safe_load((PROJECT / "metadata.yaml").read_text(encoding="utf-8"))["data"]
POETRY = (PROJECT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.poetry]")[2].partition("\n[tool.ruff]")[0]


def section_of_page(heading: str) -> str:
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[2]


def rows_of(table: str) -> list[list[str]]:
    """Of a table in Markdown, without its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


# --- the version -----------------------------------------------------------------------------------------------------

COPIES = {
    "metadata.yaml": lambda: METADATA["dockerImageTag"],
    "pyproject.toml": lambda: re.findall(r'^version = "(.+)"$', POETRY, re.MULTILINE)[0],
    "Dockerfile": lambda: re.findall(r"^ARG VERSION=(.+)$", DOCKERFILE, re.MULTILINE)[0],
    "CHANGELOG.md": lambda: re.findall(r"^## \[(\d.*?)\]", (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0],
    "docs/close.md": lambda: rows_of(section_of_page("Changelog"))[0][0],
}


@pytest.mark.parametrize("place", COPIES)
def test_the_version_is_the_same_everywhere(place: str) -> None:
    assert COPIES[place]() == VERSION


def test_packaging_reads_the_version_rather_than_repeating_it() -> None:
    setup = (PROJECT / "setup.py").read_text(encoding="utf-8")
    assert "version=VERSION" in setup
    assert VERSION not in setup


def test_the_version_is_sent_to_close() -> None:
    seen: list[str] = []

    class Listening(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
            seen.append(request.headers["User-Agent"])
            response = requests.Response()
            response.status_code, response.raw = 200, io.BytesIO(b'{"id": "user_x"}')
            return response

        def close(self) -> None: ...

    Close("api_x.y", base_url=BASE_URL, pacer=_pacer(), clock=lambda: 0.0, wait=lambda _: None, adapter=Listening()).me()
    assert seen == [f"airbyte-destination-close/{VERSION}"]


def _pacer() -> Pacer:
    return Pacer(clock=lambda: 0.0, sleep=lambda _: None)


# --- what Airbyte reads ----------------------------------------------------------------------------------------------


def test_the_image_and_the_metadata_name_the_same_base_by_its_digest() -> None:
    (base,) = re.findall(r"^ARG BASE_IMAGE=(.+)$", DOCKERFILE, re.MULTILINE)
    assert METADATA["connectorBuildOptions"]["baseImage"] == base
    assert re.fullmatch(r"docker\.io/airbyte/python-connector-base:[\d.]+@sha256:[0-9a-f]{64}", base)


def test_license_and_documentation_are_the_same_everywhere() -> None:
    assert f'license = "{METADATA["license"]}"' in POETRY
    assert METADATA["license"] in (PROJECT / "LICENSE").read_text(encoding="utf-8")
    assert METADATA["documentationUrl"] == packaged_spec()["documentationUrl"]


def test_the_connector_may_reach_close() -> None:
    assert BASE_URL.split("/")[2] in METADATA["allowedHosts"]["hosts"]


def test_the_icon_is_square() -> None:
    icon = ET.parse(PROJECT / METADATA["icon"]).getroot()  # noqa: S314  our own file
    assert icon.tag == "{http://www.w3.org/2000/svg}svg"
    assert icon.get("width") == icon.get("height")


def test_the_image_takes_nothing_that_is_not_named() -> None:
    first, *others = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert first == "*"
    copied = {
        word.removeprefix("./") for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    }
    assert {line[1:] for line in others if line.startswith("!")} == copied


def test_the_samples_of_the_test_harness_exist() -> None:
    suites = yaml.safe_load((PROJECT / "acceptance-test-config.yml").read_text(encoding="utf-8"))["acceptance_tests"]
    scenarios = [one for suite in suites.values() for one in suite["tests"]]
    paths = {path for one in scenarios for key, path in one.items() if key.endswith("_path") and not path.startswith("secrets/")}
    assert paths
    assert {path for path in paths if not (PROJECT / path).exists()} == set()


# --- the page of the documentation -----------------------------------------------------------------------------------


def test_the_picture_is_what_the_rules_decide() -> None:
    """`make picture` draws it anew."""
    assert (PROJECT / "docs" / "matching.svg").read_text(encoding="utf-8") == draw_matching.draw()


def test_the_table_of_matching_is_what_the_rules_decide() -> None:
    assert draw_matching.table() in PAGE


def test_every_field_is_described() -> None:
    described = {name for row in rows_of(section_of_page("Fields")) for name in re.findall(r"`(\w+)`", row[0])}
    assert described == {*COLUMNS, "lead_custom_fields", "contact_custom_fields"}


def test_the_sync_modes_of_the_page_are_those_of_the_spec() -> None:
    supported = {row[0]: row[1] for row in rows_of(section_of_page("Supported sync modes"))}
    modes = packaged_spec()["supported_destination_sync_modes"]
    yes = {True: "Yes", False: "No"}
    assert supported == {
        "Full Refresh - Overwrite": yes["overwrite" in modes],
        "Full Refresh - Append": yes["append" in modes],
        "Full Refresh - Overwrite + Deduped": yes["overwrite" in modes and "append_dedup" in modes],
        "Incremental Sync - Append": yes["append" in modes],
        "Incremental Sync - Append + Deduped": yes["append_dedup" in modes],
    }


def test_every_setting_that_is_named_in_bold_exists() -> None:
    titles = _titles(packaged_spec()["connectionSpecification"])
    of_airbyte_and_close = {"Close", "Test"}
    assert set(re.findall(r"\*\*([^*]+)\*\*", PAGE)) - of_airbyte_and_close <= titles


def _titles(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {title for one in schema for title in _titles(one)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["title"]} if isinstance(schema.get("title"), str) else set()
    return own | {title for value in schema.values() for title in _titles(value)}


FILLED_IN = {"Plam", "Plan", "ann", "example", "com", "contactphone", "contactPhone", "emial", "public", "Potentail"}
FILLED_IN |= {one.label for one in OBJECT_TYPES}


def test_every_message_of_the_page_is_one_of_ours() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "destination_close").rglob("*.py"))
    codes = {one.value for one in (*Reason, *Warning)} | {"Rejected:", "Left out:"}
    named = {message for row in rows_of(section_of_page("Messages")) for message in re.findall(r"`([^`]+)`", row[0])}
    assert len(named) > 20
    assert {message for message in named - codes if not _is_said(message, code)} == set()


def _is_said(message: str, code: str) -> bool:
    """What the code fills in stands between its words: all words are there, and a longer piece of them as it is."""
    words = set(re.findall(r"[A-Za-z']+", message)) - FILLED_IN
    pieces = (message[start : start + 12] for start in range(len(message) - 11))
    return words <= set(re.findall(r"[A-Za-z']+", code)) and any(piece in code for piece in pieces)


def test_every_switch_is_in_the_table_of_matching() -> None:
    assert set(re.findall(r"`(allow_\w+)`", draw_matching.table())) == set(SWITCHES)


def test_the_metadata_of_airbyte_are_complete() -> None:
    """`make qa` holds them against Airbyte's own model."""
    required = {"name", "definitionId", "connectorType", "connectorSubtype", "dockerRepository", "dockerImageTag", "license"}
    required |= {"documentationUrl", "githubIssueLabel", "releaseStage"}
    assert required <= METADATA.keys()
    assert json.dumps(METADATA["tags"]) == '["language:python", "cdk:python"]'
