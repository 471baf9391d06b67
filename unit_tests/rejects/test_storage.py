"""Does a file that was put stay, whole, and does what goes wrong tell what to mend? S3 is asked over HTTP."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from destination_close.model import ConfigError, RunStopped, TransientError
from destination_close.rejects import open_storage, probe
from destination_close.rejects import s3 as bucket
from destination_close.rejects.folder import Folder
from destination_close.settings import Bucket, LocalFolder

# --- a folder of this machine ----------------------------------------------------------------------------------------


def folder(path: Path) -> Folder:
    return Folder(LocalFolder(str(path)))


def files_in(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_a_file_is_put_into_folders_that_are_made_for_it(tmp_path: Path) -> None:
    folder(tmp_path / "new").put("4711/users/a.jsonl", b"1\n")
    assert files_in(tmp_path) == {"new/4711/users/a.jsonl": b"1\n"}


def test_a_file_put_again_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    for content in (b"1\n", b"1\n2\n"):
        folder(tmp_path).put("a/b.jsonl", content)
    assert files_in(tmp_path) == {"a/b.jsonl": b"1\n2\n"}


def test_a_reader_never_sees_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment the bytes are forced to the disk, the old file still stands under its name."""
    seen = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        seen.append((tmp_path / "a.jsonl").read_bytes())
        fsync(descriptor)

    folder(tmp_path).put("a.jsonl", b"old")
    monkeypatch.setattr(os, "fsync", look)
    folder(tmp_path).put("a.jsonl", b"new")
    assert seen == [b"old", b"new"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path).put("a.jsonl", b"old")
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(TransientError):
        folder(tmp_path).put("a.jsonl", b"new")
    assert (tmp_path / "a.jsonl").read_bytes() == b"old"


def failing(code: int) -> Any:
    def fail(descriptor: int) -> None:
        raise OSError(code, "no")

    return fail


def test_the_probe_leaves_no_file(tmp_path: Path) -> None:
    probe(folder(tmp_path), "check.txt")
    assert files_in(tmp_path) == {}


def test_a_folder_that_is_a_file_is_for_the_user_to_fix(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(ConfigError, match=r"EEXIST.*local_path"):
        folder(tmp_path / "taken").put("a.jsonl", b"")


def test_a_name_that_no_folder_can_have_is_for_the_user_to_fix(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        folder(tmp_path).put(f"{'x' * 300}/a.jsonl", b"")


def test_a_full_disk_may_be_over_by_the_next_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(TransientError, match="ENOSPC"):
        folder(tmp_path).put("a.jsonl", b"")


def test_a_person_is_given_the_path(tmp_path: Path) -> None:
    assert folder(tmp_path).place("4711/a.jsonl") == str(tmp_path / "4711" / "a.jsonl")


# --- S3 --------------------------------------------------------------------------------------------------------------

KEYS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "s3cret/K7MDENG+bPxRfiCYEXAMPLEKEY"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(autouse=True)
def no_credentials_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


@pytest.fixture
def s3(server: str) -> Any:
    """What a colleague of ours would look at the bucket with; it is empty, whichever tests used the server's memory before."""
    requests.post(f"{server}/moto-api/reset", timeout=10).raise_for_status()
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.create_bucket(Bucket="rejected")
    return client


def a_bucket(server: str | None, **more: Any) -> Bucket:
    return Bucket(**{"name": "rejected", "endpoint": server, "path": "close", **KEYS, **more})


def objects(s3: Any) -> dict[str, bytes]:
    listed = s3.list_objects_v2(Bucket="rejected").get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket="rejected", Key=one["Key"])["Body"].read() for one in listed}


def test_a_file_is_put_below_the_path_of_the_bucket_and_replaced(server: str, s3: Any) -> None:
    storage = open_storage(a_bucket(server))
    for content in (b"1\n", b"1\n2\n"):
        storage.put("4711/users/a.jsonl", content)
    assert objects(s3) == {"close/4711/users/a.jsonl": b"1\n2\n"}
    assert storage.place("4711/users/a.jsonl") == "s3://rejected/close/4711/users/a.jsonl"
    storage.delete("4711/users/a.jsonl")
    assert objects(s3) == {}


def test_the_probe_leaves_nothing_in_the_bucket(server: str, s3: Any) -> None:
    probe(open_storage(a_bucket(server, path="")), "check.txt")
    assert objects(s3) == {}


def test_credentials_around_the_process_are_used(server: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    probe(open_storage(a_bucket(server, access_key_id=None, secret_access_key=None)), "check.txt")


def test_a_role_is_assumed_with_the_external_id_of_airbyte(server: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server)
    monkeypatch.setenv(bucket.EXTERNAL_ID_VARIABLE, "workspace-1")
    storage = open_storage(a_bucket(server, role_arn="arn:aws:iam::123456789012:role/airbyte"))
    client = storage._client  # type: ignore[attr-defined]
    client.meta.events.register("before-send.s3", lambda request, **_: asked.append(request.headers["X-Amz-Security-Token"]))
    storage.put("a.jsonl", b"1")
    assert objects(s3) == {"close/a.jsonl": b"1"}
    assert len(asked) == 1
    assert asked[0]
    storage.delete("a.jsonl")


def failure(settings: Bucket) -> RunStopped:
    with pytest.raises(RunStopped) as caught:
        probe(open_storage(settings), "check.txt")
    assert "s3cret" not in str(caught.value)
    assert "AKIA" not in str(caught.value)
    return caught.value


def test_a_bucket_that_does_not_exist_is_for_the_user_to_fix(server: str) -> None:
    assert isinstance(found := failure(a_bucket(server, name="nowhere")), ConfigError)
    assert found.message == (
        "Rejected records could not be written to the bucket nowhere (NoSuchBucket): "
        "the bucket does not exist; check s3_bucket_name and s3_endpoint."
    )


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"name": "no bucket"}, "s3_bucket_name"),
        ({"access_key_id": None, "secret_access_key": None}, "access_key_id"),
        ({"access_key_id": None, "secret_access_key": None, "role_arn": "arn:aws:iam::123456789012:role/x"}, "access_key_id"),
        ({"endpoint": "https://"}, "s3_endpoint"),
        ({"endpoint": None, "region": "no region"}, "s3_bucket_region"),
    ],
)
def test_settings_that_cannot_work_name_the_one_to_fix(server: str, settings: dict[str, Any], named: str) -> None:
    assert isinstance(found := failure(a_bucket(server, **settings)), ConfigError)
    assert named in found.message


@pytest.mark.parametrize(
    "code",
    ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "AuthorizationHeaderMalformed"],
)
def test_what_the_bucket_refuses_is_for_the_user_to_fix(server: str, s3: Any, code: str) -> None:
    assert isinstance(found := refused(server, code), ConfigError)
    assert f"({code})" in found.message


@pytest.mark.parametrize("code", ["InternalError", "SlowDown", "ServiceUnavailable"])
def test_what_the_bucket_cannot_do_now_may_be_over_by_the_next_attempt(
    server: str, s3: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "TRIES", 1)
    assert isinstance(refused(server, code), TransientError)


def refused(server: str, code: str) -> RunStopped:
    """What is raised when a put is answered with this code."""
    from botocore.awsrequest import AWSResponse

    storage = open_storage(a_bucket(server))
    body = f"<Error><Code>{code}</Code><Message>AKIA s3cret</Message></Error>".encode()

    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield body

    client = storage._client  # type: ignore[attr-defined]
    client.meta.events.register("before-send.s3", lambda request, **_: AWSResponse(request.url, 400, {}, Raw()))
    with pytest.raises(RunStopped) as caught:
        storage.put("a.jsonl", b"1")
    assert "s3cret" not in str(caught.value)
    return caught.value


def test_a_server_that_does_not_answer_may_be_back_by_the_next_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    assert isinstance(found := failure(a_bucket(f"http://127.0.0.1:{port}")), TransientError)
    assert "EndpointConnectionError" in found.message
