"""Do the verbs reach whom they are wired to, and does a config stay unseen until it is found good?"""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk import Status
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from destination_close import DestinationClose
from destination_close.destination import Message, OpenInputs
from destination_close.model import ConfigError, StreamInfo, StreamKey, TransientError
from destination_close.shutdown import Shutdown
from unit_tests.support.platform_simulator import write_json

LOGGER = logging.getLogger("airbyte")


def answer(destination: DestinationClose, *args: str) -> list[Message]:
    return list(destination.run_cmd(destination.parse_args(list(args))))


def status_of(config_path: str) -> tuple[str, str]:
    (message,) = answer(DestinationClose(), "check", "--config", config_path)
    return message["connectionStatus"]["status"], message["connectionStatus"]["message"]


# --- check -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "{", '{"api_key": "s3cret', "[]", '"s3cret"', "null", "\ufffe"])
def test_a_config_file_that_is_not_an_object_fails_without_being_shown(tmp_path: Path, content: str) -> None:
    status, message = status_of(write_json(tmp_path, "config.json", content))
    assert status == "FAILED"
    assert "s3cret" not in message


def test_a_config_file_that_is_not_there_fails(tmp_path: Path) -> None:
    assert status_of(str(tmp_path / "none.json"))[0] == "FAILED"


@pytest.mark.parametrize("config", [{}, {"api_key": None}, {"api_key": {"s3cret": 1}}, {"api_key": ["s3cret"]}, {"mappings": "s3cret"}])
def test_a_config_of_the_wrong_shape_fails_without_being_shown(tmp_path: Path, config: dict[str, Any]) -> None:
    status, message = status_of(write_json(tmp_path, "config.json", config))
    assert status == "FAILED"
    assert "api_key" in message
    assert "s3cret" not in message


@pytest.mark.parametrize("problem", [ConfigError("Mend it."), TransientError("Mend it.")])
def test_what_stops_a_check_is_its_answer(problem: Exception) -> None:
    def check(config: Mapping[str, Any]) -> tuple[bool, str]:
        raise problem

    status = DestinationClose(check_account=check).check(LOGGER, {})
    assert (status.status, status.message) == (Status.FAILED, "Mend it.")


def test_the_cdk_gets_the_status_in_its_own_words() -> None:
    status = DestinationClose(check_account=lambda config: (True, f"Hello, {config['name']}.")).check(LOGGER, {"name": "Acme"})
    assert (status.status, status.message) == (Status.SUCCEEDED, "Hello, Acme.")


def test_every_spelling_of_a_key_is_masked_once_the_config_is_read(tmp_path: Path) -> None:
    answer(
        DestinationClose(check_account=lambda _: (True, "")),
        "check",
        "--config",
        write_json(tmp_path, "config.json", {"api_key": " api_k3y.s3cret "}),
    )
    for spelling in ("api_k3y.s3cret", *(base64.b64encode(text).decode() for text in (b"api_k3y.s3cret:", b"api_k3y.s3cret"))):
        assert filter_secrets(f"[{spelling}]") == "[****]"


# --- discover --------------------------------------------------------------------------------------------------------


def test_discover_answers_with_the_operations_in_one_message(tmp_path: Path) -> None:
    destination = DestinationClose(discover_account=lambda config: [{"object_name": config["api_key"]}])
    said = answer(destination, "discover", "--config", write_json(tmp_path, "config.json", {"api_key": "contact"}))
    assert said == [{"type": "DESTINATION_CATALOG", "destination_catalog": {"operations": [{"object_name": "contact"}]}}]


def test_discover_warns_of_a_setting_that_does_not_exist(tmp_path: Path) -> None:
    config = {"api_key": "k", "workspace": "x"}
    said = answer(DestinationClose(discover_account=lambda _: []), "discover", "--config", write_json(tmp_path, "config.json", config))
    assert [message["type"] for message in said] == ["LOG", "DESTINATION_CATALOG"]
    assert said[0]["log"]["level"] == "WARN"
    assert 'There is no setting "workspace"' in said[0]["log"]["message"]


@pytest.mark.parametrize("config", [{}, {"api_key": None}, {"api_key": ["s3cret"]}, {"api_key": "k", "mappings": "s3cret"}])
def test_a_config_of_the_wrong_shape_stops_discover(tmp_path: Path, config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        answer(DestinationClose(), "discover", "--config", write_json(tmp_path, "config.json", config))
    assert "s3cret" not in caught.value.message


def test_secrets_of_the_storage_are_masked_once_the_config_is_read(tmp_path: Path) -> None:
    storage = {"storage_type": "S3", "access_key_id": "AKIA123", "secret_access_key": "s3cret/+x"}
    config = write_json(tmp_path, "config.json", {"api_key": "k3y", "object_storage_config": storage})
    answer(DestinationClose(discover_account=lambda _: []), "discover", "--config", config)
    assert filter_secrets("[k3y AKIA123 s3cret/+x]") == "[**** **** ****]"


# --- write -----------------------------------------------------------------------------------------------------------


def test_write_hands_on_config_streams_and_the_call_to_stop(tmp_path: Path) -> None:
    shutdown = Shutdown(threading.Event())

    def write(
        config: Mapping[str, Any], streams: Sequence[StreamInfo], open_inputs: OpenInputs, stop: threading.Event
    ) -> Iterator[Message]:
        assert stop is shutdown.stop
        yield {"config": config, "streams": streams}

    destination = DestinationClose(shutdown=shutdown, write_rows=write)
    config, catalog = {"api_key": "k"}, {"streams": [{"stream": {"name": "users"}}]}
    said = answer(
        destination,
        "write",
        "--config",
        write_json(tmp_path, "config.json", config),
        "--catalog",
        write_json(tmp_path, "catalog.json", catalog),
    )
    assert said == [{"config": config, "streams": (StreamInfo(StreamKey(None, "users")),)}]


def test_a_config_of_the_wrong_shape_stops_write_before_stdin_is_read() -> None:
    def open_inputs() -> Any:
        raise AssertionError("stdin was read")

    with pytest.raises(ConfigError):
        list(DestinationClose().write({"api_key": 5}, (), open_inputs))


def test_a_catalog_that_cannot_be_read_stops_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not JSON: line 1, column 2"):
        answer(
            DestinationClose(),
            "write",
            "--config",
            write_json(tmp_path, "config.json", {}),
            "--catalog",
            write_json(tmp_path, "catalog.json", "["),
        )
