"""How does a file get to where rejected records are kept, so that it stays there?

Whoever calls `put` may acknowledge what the file holds as soon as it returns. What went wrong is told by codes: the
messages of AWS and of the file system repeat what they were given.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from destination_close.errors import ConfigError, RunStopped, TransientError
from destination_close.object_storage import Bucket, LocalFolder, ObjectStorage

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

T = TypeVar("T")

EXTERNAL_ID_VARIABLE = "AWS_ASSUME_ROLE_EXTERNAL_ID"
"""Named by Airbyte, whose own connectors assume roles with it."""

CONNECT_SECONDS, READ_SECONDS, TRIES = 10, 30, 5


class Storage(Protocol):
    """Keeps files under paths with slashes."""

    def put(self, path: str, content: bytes) -> None:
        """The file is there, whole, and survives a crash once this returns; one of that path is replaced. Raises RunStopped."""

    def delete(self, path: str) -> None:
        """The file is gone. Raises RunStopped."""

    def place(self, path: str) -> str:
        """Where a person finds the file."""


def open_storage(settings: ObjectStorage) -> Storage:
    """The storage that the settings mean. Nothing is written yet; may raise ConfigError."""
    return Folder(settings) if isinstance(settings, LocalFolder) else S3(settings)


def probe(storage: Storage, name: str) -> None:
    """Write a test file of that name and remove it. Raises RunStopped, which says what to mend."""
    storage.put(name, b"Written by the connection check of the Close destination, which removes it again.\n")
    storage.delete(name)


# --- a folder of this machine ----------------------------------------------------------------------------------------

_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.ESTALE)
"""What may be over by the next attempt."""


class Folder:
    """Files below one folder."""

    def __init__(self, settings: LocalFolder) -> None:
        self._base = Path(settings.path)

    def put(self, path: str, content: bytes) -> None:
        self._try(lambda: _put(self._base / path, content))

    def delete(self, path: str) -> None:
        self._try((self._base / path).unlink)

    def place(self, path: str) -> str:
        return str(self._base / path)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (OSError, ValueError) as trouble:
            code = errno.errorcode.get(trouble.errno or 0, "") if isinstance(trouble, OSError) else ""
            message = f"Rejected records could not be written into the folder {self._base} ({code or type(trouble).__name__})"
            if isinstance(trouble, OSError) and trouble.errno in _PASSING:
                raise TransientError(f"{message}.") from None
            raise ConfigError(f"{message}. Choose a local_path that the connector may write to.") from None


def _put(target: Path, content: bytes) -> None:
    """Written aside, then renamed: nobody ever sees half a file, and a crash leaves the old one or the new one."""
    new_folders = list(_missing(target.parent))
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(target)
    for folder in (target.parent, *(new.parent for new in new_folders)):
        _sync_folder(folder)


def _missing(folder: Path) -> Iterator[Path]:
    while not folder.exists():
        yield folder
        folder = folder.parent


def _sync_folder(folder: Path) -> None:
    """What was renamed or made in it stays so."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- S3 --------------------------------------------------------------------------------------------------------------

_ADVICE = {
    "AccessDenied": "give the credentials the permissions s3:PutObject and s3:DeleteObject on it",
    "403": "give the credentials the permissions s3:PutObject and s3:DeleteObject on it",
    "AllAccessDisabled": "the account does not allow it",
    "AccountProblem": "the account does not allow it",
    "NoSuchBucket": "there is no such bucket; check s3_bucket_name and s3_endpoint",
    "404": "there is no such bucket; check s3_bucket_name and s3_endpoint",
    "InvalidBucketName": "that is no name of a bucket; check s3_bucket_name",
    "InvalidAccessKeyId": "the access key is not known there; check access_key_id",
    "InvalidClientTokenId": "the access key is not known there; check access_key_id",
    "UnrecognizedClientException": "the access key is not known there; check access_key_id",
    "SignatureDoesNotMatch": "the secret does not fit the access key; check secret_access_key",
    "InvalidToken": "the session token is not accepted; renew the credentials",
    "ExpiredToken": "the credentials have expired; renew them",
    "PermanentRedirect": "the bucket is in another region; check s3_bucket_region",
    "301": "the bucket is in another region; check s3_bucket_region",
    "AuthorizationHeaderMalformed": "the bucket is in another region; check s3_bucket_region",
    "IllegalLocationConstraintException": "the bucket is in another region; check s3_bucket_region",
    "InvalidRegion": "there is no such region; check s3_bucket_region",
}
"""By code of an answer: what the user must mend. Any other code may be over by the next attempt."""


class S3:
    """Files below one path of a bucket. A single put is all or nothing, and durable when it is answered."""

    def __init__(self, settings: Bucket) -> None:
        self._settings = settings
        self._client: Any = self._try(lambda: _client(settings))

    def put(self, path: str, content: bytes) -> None:
        self._try(lambda: self._client.put_object(Bucket=self._settings.name, Key=self._key(path), Body=content))

    def delete(self, path: str) -> None:
        self._try(lambda: self._client.delete_object(Bucket=self._settings.name, Key=self._key(path)))

    def place(self, path: str) -> str:
        return f"s3://{self._settings.name}/{self._key(path)}"

    def _key(self, path: str) -> str:
        return f"{self._settings.path}/{path}" if self._settings.path else path

    def _try(self, act: Callable[[], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return act()
        except ClientError as trouble:
            raise self._stopped(str(trouble.response.get("Error", {}).get("Code", ""))) from None
        except (BotoCoreError, ValueError) as trouble:
            raise self._stopped(type(trouble).__name__) from None

    def _stopped(self, code: str) -> RunStopped:
        message = f"Rejected records could not be written to the bucket {self._settings.name} ({code})"
        if advice := _ADVICE.get(code):
            return ConfigError(f"{message}: {advice}.")
        if code in _OF_SETTINGS:
            return ConfigError(f"{message}: {_OF_SETTINGS[code]}.")
        return TransientError(f"{message}. Run the sync again later; if it stays so, check {'s3_endpoint' if self._settings.endpoint else 'the bucket'}.")


_OF_SETTINGS = {
    "NoCredentialsError": "there are no credentials; enter access_key_id and secret_access_key",
    "PartialCredentialsError": "the credentials are not complete; enter access_key_id and secret_access_key",
    "CredentialRetrievalError": "no credentials could be had; enter access_key_id and secret_access_key",
    "ProfileNotFound": "the credentials of this machine are not complete; enter access_key_id and secret_access_key",
    "ParamValidationError": "that is no name of a bucket; check s3_bucket_name",
    "InvalidRegionError": "there is no such region; check s3_bucket_region",
    "ValueError": "the endpoint is no web address; check s3_endpoint",
}
"""By kind of exception, for what never reached the bucket."""


def _client(settings: Bucket) -> BaseClient:
    """Imported here: only who keeps records in S3 waits for it."""
    from boto3.session import Session as Boto3
    from botocore.config import Config
    from botocore.session import get_session

    session = get_session()
    if settings.access_key_id and settings.secret_access_key:
        session.set_credentials(settings.access_key_id, settings.secret_access_key)
    if settings.role_arn:
        _assume(session, settings.role_arn, settings.region)
    own = settings.endpoint is not None
    how = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "max_attempts": TRIES},
        s3={"addressing_style": "path" if own else "auto"},
        # many servers that speak like S3 do not know the checksums that boto3 adds by itself
        request_checksum_calculation="when_required" if own else "when_supported",
        response_checksum_validation="when_required" if own else "when_supported",
    )
    region = settings.region or session.get_config_variable("region") or "us-east-1"
    client: BaseClient = Boto3(botocore_session=session).client("s3", region_name=region, endpoint_url=settings.endpoint, config=how)
    return client


def _assume(session: Session, role_arn: str, region: str | None) -> None:
    """Act as the role. Its credentials last an hour, so they are fetched anew whenever they are about to end."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    external_id = os.environ.get(EXTERNAL_ID_VARIABLE)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda service, **more: session.create_client(service, **{"region_name": region or "us-east-1", **more}),
        source_credentials=session.get_credentials(),
        role_arn=role_arn,
        extra_args={"RoleSessionName": "airbyte-destination-close", **({"ExternalId": external_id} if external_id else {})},
    )
    session._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
