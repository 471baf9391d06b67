from __future__ import annotations

from typing import Any

import pytest

from destination_close.settings import Bucket, Layout, LocalFolder, parse_config, read_config

S3 = {"storage_type": "S3", "s3_bucket_name": "rejected", "s3_bucket_region": "eu-west-1", "bucket_path": "/close/airbyte/"}


def storage(given: Any) -> Any:
    return parse_config({"api_key": "k", "object_storage_config": given}).storage


def problems(given: Any) -> tuple[str, ...]:
    _, found = read_config({"api_key": "k", "object_storage_config": given})
    return found


@pytest.mark.parametrize("given", [None, {"storage_type": "None"}])
def test_rejected_records_are_not_kept_unless_asked_for(given: Any) -> None:
    assert storage(given) is None
    assert parse_config({"api_key": "k"}).storage is None


def test_a_folder_of_this_machine() -> None:
    assert storage({"storage_type": "Local", "local_path": " /data/rejected "}) == LocalFolder("/data/rejected")


def test_a_bucket() -> None:
    assert storage(S3) == Bucket("rejected", "eu-west-1", path="close/airbyte")


def test_a_bucket_with_every_setting() -> None:
    given = {
        **S3,
        "access_key_id": "AKIA",
        "secret_access_key": "s3cret",
        "role_arn": "arn:aws:iam::123456789012:role/airbyte",
        "s3_endpoint": "minio.example.com:9000",
        "s3_bucket_region": "",
        "format": {"format_type": "CSV", "flattening": "No flattening"},
        "compression": {"compression_type": "GZIP"},
        "path_format": "{stream_name}",
        "file_name_format": "{timestamp}-{part_number}",
    }
    assert storage(given) == Bucket(
        name="rejected",
        region=None,
        endpoint="https://minio.example.com:9000",
        path="close/airbyte",
        access_key_id="AKIA",
        secret_access_key="s3cret",
        role_arn="arn:aws:iam::123456789012:role/airbyte",
        layout=Layout("CSV", True, "{stream_name}", "{timestamp}-{part_number}"),
    )


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert "s3cret" not in repr(storage({**S3, "access_key_id": "s3cret", "secret_access_key": "s3cret"}))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("S3", "object_storage_config: it must be an object"),
        ({}, "object_storage_config, storage_type: choose one of None, S3, Local"),
        ({"storage_type": "GCS"}, "object_storage_config, storage_type: choose one of None, S3, Local"),
        ({"storage_type": "Local"}, "object_storage_config, local_path: enter the folder for rejected records"),
        ({"storage_type": "S3"}, "object_storage_config, s3_bucket_name: enter the name of the bucket"),
        ({**S3, "access_key_id": "AKIA"}, "object_storage_config, secret_access_key: enter both parts of the access key, or neither"),
        ({**S3, "secret_access_key": "x"}, "object_storage_config, access_key_id: enter both parts of the access key, or neither"),
        ({**S3, "format": {"format_type": "Avro"}}, "object_storage_config, format, format_type: choose one of JSONL, CSV"),
        ({**S3, "format": "CSV"}, "object_storage_config, format: it must be an object"),
        (
            {**S3, "compression": {"compression_type": "LZ4"}},
            "object_storage_config, compression, compression_type: choose one of No Compression",
        ),
        ({**S3, "path_format": "{job}"}, "object_storage_config, path_format: unknown variable {job}; choose from {date}, "),
        ({**S3, "s3_bucket_name": 5}, "object_storage_config, s3_bucket_name: it must be text"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(given: Any, problem: str) -> None:
    (found,) = problems(given)
    assert found.startswith(problem)


@pytest.mark.parametrize(("given", "percent"), [(None, 100), (0, 0), (20, 20), (100, 100)])
def test_the_limit_of_rejected_rows(given: Any, percent: int) -> None:
    assert parse_config({"api_key": "k", "max_rejected_percent": given}).max_rejected_percent == percent


@pytest.mark.parametrize("given", [-1, 101, 0.5, "20", True])
def test_a_limit_that_is_not_a_percentage_is_refused(given: Any) -> None:
    _, found = read_config({"api_key": "k", "max_rejected_percent": given})
    assert found == ("max_rejected_percent: it must be a whole number from 0 to 100",)
