"""Is a configured catalog read whatever it holds besides what we need?"""

from __future__ import annotations

from typing import Any

import pytest

from destination_close.airbyte import parse_catalog
from destination_close.model import ConfigError, StreamInfo, StreamKey


def test_what_the_platform_sends_is_read() -> None:
    properties = {"email": {"type": "string"}}
    stream = {"name": "contacts", "namespace": "crm", "json_schema": {"type": "object", "properties": properties}}
    configured = {
        "stream": {**stream, "supported_sync_modes": ["full_refresh", "incremental"]},
        "sync_mode": "incremental",
        "cursor_field": ["updated_at"],
        "destination_sync_mode": "append_dedup",
        "destination_object_name": "contact",
        "primary_key": [["email"], ["a", "b"]],
        "generation_id": 3,
        "minimum_generation_id": 0,
        "sync_id": 4711,
        "include_files": False,
    }
    assert parse_catalog({"streams": [configured]}) == (
        StreamInfo(
            key=StreamKey("crm", "contacts"),
            properties=properties,
            destination_sync_mode="append_dedup",
            primary_key=(("email",), ("a", "b")),
            destination_object_name="contact",
            sync_id=4711,
            generation_id=3,
            minimum_generation_id=0,
        ),
    )


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"primary_key": None, "sync_id": None, "generation_id": None, "minimum_generation_id": None, "destination_object_name": None},
        {"primary_key": [], "destination_sync_mode": None, "destination_object_name": ""},
        {"primary_key": [[], None, "id"], "sync_id": "4711", "generation_id": True},
    ],
)
def test_what_is_absent_null_or_odd_is_not_set(more: dict[str, Any]) -> None:
    assert parse_catalog({"streams": [{"stream": {"name": "a"}, **more}]}) == (StreamInfo(StreamKey(None, "a")),)


@pytest.mark.parametrize("schema", [None, [], {}, {"properties": None}, {"properties": []}])
def test_a_stream_without_a_schema_has_no_columns(schema: Any) -> None:
    (info,) = parse_catalog({"streams": [{"stream": {"name": "a", "namespace": None, "json_schema": schema}}]})
    assert info.properties == {}


def test_a_sync_mode_invented_later_does_not_fail_the_sync() -> None:
    (info,) = parse_catalog({"streams": [{"stream": {"name": "a"}, "sync_mode": "sideways", "destination_sync_mode": "overwrite_dedup"}]})
    assert info.destination_sync_mode == "overwrite_dedup"


def test_a_catalog_may_be_empty() -> None:
    assert parse_catalog({"streams": []}) == ()


@pytest.mark.parametrize(
    "raw", [None, [], {}, {"streams": None}, {"streams": [None]}, {"streams": [{}]}, {"streams": [{"stream": {"name": ""}}]}]
)
def test_a_catalog_whose_streams_cannot_be_identified_stops_the_run(raw: Any) -> None:
    with pytest.raises(ConfigError):
        parse_catalog(raw)
