"""Is the program, as the platform runs it, a destination of data activation that keeps what it rejects?

The simulator plays the orchestrator, the sandbox plays Close, and an S3 server of its own plays Amazon.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from integration_tests.close_sandbox import Settings
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, many_fields
from integration_tests.close_sandbox.server import Running, running_server
from unit_tests.support.platform_simulator import MAIN, Finish, Json, Platform, process_environment, stream_of, write_json

KEYS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "s3cretK7MDENGbPxRfiCYEXAMPLEKEY"}
NOBODY = {"contact_email": None, "contact_name": "No Key"}
ANSWERED = 60


@pytest.fixture
def close() -> Iterator[Running]:
    with running_server(Settings()) as server:
        many_fields(server.close)
        yield server


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Connector:
    """The program, started anew for every verb."""

    def __init__(self, close: Running, folder: Path) -> None:
        self.close = close.close
        self.folder = folder
        # nothing of the machine that runs the tests may lend its credentials
        self.environment = {"CLOSE_API_BASE_URL": close.api_url, "AWS_EC2_METADATA_DISABLED": "true"}

    def config(self, **more: Any) -> Json:
        ids = {"lead_custom_field_id_for_company_id": COMPANY_ID, "contact_custom_field_id_for_user_id": USER_ID}
        return {"api_key": self.close.settings.api_key, **ids, "search_lag_seconds": 0, **more}

    def local(self) -> Json:
        return {"object_storage_config": {"storage_type": "Local", "local_path": str(self.folder / "rejected")}}

    def write(self, *streams: Json, **config: Any) -> Platform:
        return Platform(self.folder, self.config(**config), streams, environment=self.environment)

    def say(self, verb: str, **config: Any) -> tuple[Json, int, str]:
        """The one message of a verb, the exit code, and all that was printed."""
        command = [*MAIN, verb, "--config", write_json(self.folder, "config.json", self.config(**config))]
        done = subprocess.run(command, capture_output=True, env=process_environment(self.environment), timeout=ANSWERED)
        (message,) = map(json.loads, done.stdout.splitlines())
        return message, done.returncode, (done.stdout + done.stderr).decode()

    @property
    def people(self) -> list[str]:
        return sorted(contact["name"] for contact in self.close.contacts.values())

    @property
    def kept(self) -> list[Json]:
        return [json.loads(line) for file in self.folder.glob("rejected/**/*.jsonl") for line in file.read_text().splitlines()]


@pytest.fixture
def connector(close: Running, tmp_path: Path) -> Connector:
    return Connector(close, tmp_path)


def assert_clean(done: Finish, exit_code: int = 0) -> None:
    assert (done.complaints, done.stderr, done.exit_code) == ([], "", exit_code), done.said


def a_person(number: int, **more: Any) -> Json:
    return {"contact_email": f"ada{number}@acme.example", "contact_name": f"Ada {number}", **more}


def mapped(mode: str, key: str | None = "contact_email", *, to: str = "contact", columns: tuple[str, ...] = (), **more: Any) -> Json:
    """A stream as the platform configures it after the mapping screen."""
    described = {"destination_object_name": to, "destination_sync_mode": mode, "primary_key": [[key]] if key else []}
    return stream_of("people", *(columns or ("contact_email", "contact_name")), **described, **more)


# --- discover --------------------------------------------------------------------------------------------------------


def test_discover_says_in_one_message_what_the_account_offers(connector: Connector) -> None:
    message, exit_code, said = connector.say("discover")
    assert (message["type"], exit_code) == ("DESTINATION_CATALOG", 0)
    operations = message["destination_catalog"]["operations"]
    assert [(one["object_name"], one["sync_mode"]) for one in operations] == [
        (name, mode) for name in ("contact", "lead") for mode in ("append", "append_dedup", "update")
    ]
    assert operations[1]["json_schema"]["properties"]["lead_custom.Plan"]["enum"] == ["Free", "Team", "Enterprise"]
    assert connector.close.settings.api_key not in said
    assert {call.method for call in connector.close.calls} == {"GET"}


def test_discover_of_settings_that_cannot_work_is_a_config_error(connector: Connector) -> None:
    for wrong in ({"api_key": "api_wr0ng.s3cret"}, {"lead_custom_field_id_for_company_id": "cf_nothing"}, {"rate_limit_share": "s3cret"}):
        message, exit_code, said = connector.say("discover", **wrong)
        assert (message["trace"]["error"]["failure_type"], exit_code) == ("config_error", 1)
        assert "s3cret" not in said


def test_every_operation_of_discover_can_be_written_with(connector: Connector) -> None:
    """One run with a stream per operation, configured with nothing but what discover said."""
    message, _, _ = connector.say("discover")
    operations = message["destination_catalog"]["operations"]
    streams = []
    for number, one in enumerate(operations):
        key = one["matching_keys"][-1:]
        chosen = {"destination_object_name": one["object_name"], "destination_sync_mode": one["sync_mode"], "primary_key": key}
        streams.append(stream_of(f"stream{number}", *one["json_schema"]["properties"], **chosen))
    with connector.write(*streams) as platform:
        for number, one in enumerate(operations):
            row = a_person(number) if one["object_name"] == "contact" else {"lead_name": f"Acme {number}", "lead_company_id": f"c{number}"}
            platform.record(f"stream{number}", row)
        platform.global_state({"lsn": 1})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(4.0, 2.0)]
    assert sorted(lead["name"] for lead in connector.close.leads.values()) == ["Acme 3", "Acme 4", "Ada 0", "Ada 1"]


# --- rows mapped on the screen ---------------------------------------------------------------------------------------


def test_upserted_people_land_once_however_often_they_come(connector: Connector) -> None:
    for _ in range(2):
        with connector.write(mapped("append_dedup")) as platform:
            for number in range(10):
                platform.record("people", a_person(number % 5))
            platform.state("people", {"cursor": 1})
            done = platform.finish()
        assert_clean(done)
        assert done.counts == [(10.0, 0.0)]
    assert connector.people == [f"Ada {number}" for number in range(5)]


def test_an_update_counts_what_it_does_not_find_as_rejected(connector: Connector) -> None:
    connector.close.add_lead(name="Acme", contacts=[{"name": "Old", "emails": [{"email": "ada1@acme.example"}]}])
    with connector.write(mapped("update"), **connector.local()) as platform:
        platform.record("people", a_person(1))
        platform.record("people", a_person(2))
        platform.state("people", {"cursor": 1})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 1.0)]
    assert connector.people == ["Ada 1"]
    assert [(row["reason"], row["record"]) for row in connector.kept] == [("no_match", a_person(2))]


def test_an_insert_creates_and_a_deleted_row_is_skipped(connector: Connector) -> None:
    with connector.write(mapped("append", None)) as platform:
        platform.record("people", a_person(1))
        platform.record("people", a_person(1))
        platform.record("people", a_person(2, _ab_cdc_deleted_at="2026-01-01T00:00:00Z"))
        platform.state("people", {"cursor": 1})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(3.0, 0.0)]
    assert connector.people == ["Ada 1", "Ada 1"]


@pytest.mark.parametrize(
    ("stream", "named"),
    [
        (mapped("append_dedup", to="person"), "person"),
        (mapped("soft_delete"), "soft_delete"),
        (mapped("append_dedup", columns=("contact_email", "contact_nmae")), "contact_nmae"),
        (mapped("append_dedup", "contact_name"), "contact_name"),
    ],
)
def test_what_close_does_not_know_stops_the_run_before_it_writes(connector: Connector, stream: Json, named: str) -> None:
    with connector.write(stream) as platform:
        platform.record("people", a_person(1))
        platform.state("people", {"cursor": 1})
        done = platform.finish()
    assert_clean(done, exit_code=1)
    (error,) = done.errors
    assert error["failure_type"] == "config_error"
    assert named in error["message"]
    assert "people" in error["message"]
    assert (done.states, connector.people) == ([], [])


def test_a_cleared_stream_writes_nothing_and_its_state_comes_back(connector: Connector) -> None:
    connector.close.add_lead(name="Here before")
    with connector.write(mapped("overwrite", sync_mode="full_refresh")) as platform:
        platform.state("people", {})
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(0.0, 0.0)]
    assert connector.close.lead_count == 1


# --- rejected records ------------------------------------------------------------------------------------------------


def test_rejected_rows_are_in_their_file_when_the_state_comes_while_stdin_is_open(connector: Connector) -> None:
    streams = [stream_of("users", "contact_email", "contact_name", namespace="crm"), stream_of("users", "contact_email", "contact_name")]
    with connector.write(*streams, **connector.local()) as platform:
        platform.record("users", a_person(1), namespace="crm")
        platform.record("users", NOBODY, namespace="crm")
        platform.record("users", {**NOBODY, "contact_name": "Nobody Else"})
        platform.global_state({"lsn": 1})
        platform.wait_for_states(1, within=ANSWERED)
        assert {row["record"]["contact_name"] for row in connector.kept} == {"No Key", "Nobody Else"}
        done = platform.finish()
    assert_clean(done)
    assert done.counts == [(1.0, 2.0)]
    folders = {str(file.parent.relative_to(connector.folder)) for file in connector.folder.glob("rejected/**/*.jsonl")}
    assert folders == {"rejected/4711/crm/users", "rejected/4711/users"}
    assert "Nobody" not in done.said


def bucket_of(address: str, name: str, **more: Any) -> Json:
    where = {"s3_bucket_name": name, "s3_bucket_region": "us-east-1", "s3_endpoint": address, "bucket_path": "close"}
    return {"object_storage_config": {"storage_type": "S3", **where, **KEYS, **more}}


@pytest.fixture
def s3(s3_address: str) -> Any:
    client = boto3.client("s3", endpoint_url=s3_address, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.create_bucket(Bucket="rejected")
    return client


def test_rejected_rows_go_to_a_bucket_below_the_path_that_the_platform_links_to(connector: Connector, s3_address: str, s3: Any) -> None:
    config = bucket_of(s3_address, "rejected")
    message, _, said = connector.say("check", **config)
    assert message["connectionStatus"]["status"] == "SUCCEEDED", said
    assert "Contents" not in s3.list_objects_v2(Bucket="rejected")
    with connector.write(mapped("append_dedup"), **config) as platform:
        platform.record("people", NOBODY)
        platform.state("people", {"cursor": 1})
        platform.wait_for_states(1, within=ANSWERED)
        (listed,) = s3.list_objects_v2(Bucket="rejected")["Contents"]
        done = platform.finish()
    assert_clean(done)
    assert listed["Key"].startswith("close/4711/people/")
    line = json.loads(s3.get_object(Bucket="rejected", Key=listed["Key"])["Body"].read())
    assert (line["reason"], line["field"], line["record"]) == ("no_match_key", "contact_email", NOBODY)
    for secret in KEYS.values():
        assert secret not in done.said + said


def test_a_bucket_that_cannot_be_written_to_fails_the_check_and_the_run_with_nothing_acknowledged(
    connector: Connector, s3_address: str
) -> None:
    config = bucket_of(s3_address, "nowhere")
    message, exit_code, _ = connector.say("check", **config)
    assert (message["connectionStatus"]["status"], exit_code) == ("FAILED", 0)
    assert "s3_bucket_name" in message["connectionStatus"]["message"]
    with connector.write(mapped("append_dedup"), **config) as platform:
        platform.record("people", NOBODY)
        platform.state("people", {"cursor": 1})
        done = platform.finish()
    assert_clean(done, exit_code=1)
    assert [error["failure_type"] for error in done.errors] == ["config_error"]
    assert done.states == []


def test_a_sync_that_rejects_every_row_is_red_and_says_where_they_are(connector: Connector) -> None:
    with connector.write(mapped("append_dedup"), **connector.local()) as platform:
        for _ in range(20):
            platform.record("people", NOBODY)
        platform.state("people", {"cursor": 1})
        done = platform.finish()
    assert_clean(done, exit_code=1)
    (error,) = done.errors
    assert error["failure_type"] == "config_error"
    assert "no_match_key (20)" in error["message"]
    assert str(connector.folder / "rejected" / "4711" / "people") in error["message"]
    assert done.counts == [(0.0, 20.0)]
    assert len(connector.kept) == 20
