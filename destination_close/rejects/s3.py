"""How does a file get into a bucket on S3 or an S3-compatible server?

A single put is all or nothing, and durable once it is answered. boto3 is imported only if a bucket is configured.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from destination_close.model import ConfigError, RunStopped, TransientError
from destination_close.settings import Bucket

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

T = TypeVar("T")

EXTERNAL_ID_VARIABLE = "AWS_ASSUME_ROLE_EXTERNAL_ID"
"""The name comes from Airbyte, whose own connectors assume roles with it."""

CONNECT_SECONDS, READ_SECONDS, TRIES = 10, 30, 5

_NOT_ALLOWED = "grant the credentials s3:PutObject and s3:DeleteObject on the bucket"
_NO_BUCKET = "the bucket does not exist; check s3_bucket_name and s3_endpoint"
_NO_NAME = "the bucket name is not valid; check s3_bucket_name"
_UNKNOWN_KEY = "the access key is unknown; check access_key_id"
_NO_KEYS = "no credentials were found; enter access_key_id and secret_access_key"
_OTHER_REGION = "the bucket is in another region; check s3_bucket_region"
_NO_REGION = "the region does not exist; check s3_bucket_region"

_ADVICE = {
    "AccessDenied": _NOT_ALLOWED,
    "403": _NOT_ALLOWED,
    "AllAccessDisabled": "the account does not allow it",
    "AccountProblem": "the account does not allow it",
    "NoSuchBucket": _NO_BUCKET,
    "404": _NO_BUCKET,
    "InvalidBucketName": _NO_NAME,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": "the secret does not match the access key; check secret_access_key",
    "InvalidToken": "the session token is not valid; renew the credentials",
    "ExpiredToken": "the credentials have expired; renew them",
    "PermanentRedirect": _OTHER_REGION,
    "301": _OTHER_REGION,
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "IllegalLocationConstraintException": _OTHER_REGION,
    "InvalidRegion": _NO_REGION,
    "InvalidRegionError": _NO_REGION,
    "NoCredentialsError": _NO_KEYS,
    "PartialCredentialsError": _NO_KEYS,
    "CredentialRetrievalError": _NO_KEYS,
    "ProfileNotFound": _NO_KEYS,
    "ParamValidationError": _NO_NAME,
    "ValueError": "the endpoint is not a valid URL; check s3_endpoint",
}
"""What the user must fix, by error code of the answer, or by exception if there was none. Anything else may be temporary."""


class S3:
    """Files below one path in a bucket."""

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
        return TransientError(f"{message}. Run the sync again later; if the problem persists, check the settings of object_storage_config.")


def _client(settings: Bucket) -> BaseClient:
    """Imported here: only runs that keep records in S3 pay for the import."""
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
        # many S3-compatible servers do not support the checksums that boto3 adds by default
        request_checksum_calculation="when_required" if own else "when_supported",
        response_checksum_validation="when_required" if own else "when_supported",
    )
    region = settings.region or session.get_config_variable("region") or "us-east-1"
    client: BaseClient = Boto3(botocore_session=session).client("s3", region_name=region, endpoint_url=settings.endpoint, config=how)
    return client


def _assume(session: Session, role_arn: str, region: str | None) -> None:
    """Assume the role. Its credentials last an hour, so they are renewed whenever they are about to expire."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    source = session.get_credentials()
    if source is None:
        raise ConfigError(f"The role cannot be assumed: {_NO_KEYS}.")
    external_id = os.environ.get(EXTERNAL_ID_VARIABLE)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda service, **more: session.create_client(service, **{"region_name": region or "us-east-1", **more}),
        source_credentials=source,
        role_arn=role_arn,
        extra_args={"RoleSessionName": "airbyte-destination-close", **({"ExternalId": external_id} if external_id else {})},
    )
    session._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
