"""Runs Airbyte's QA checks where this process stands: the root of a tree laid out as Airbyte's repository.

For the environment that holds `airbyte-internal-ops`; it knows nothing of the project. What asks Docker Hub, the registry of
connectors or GitHub is answered here as for a connector that was never released, so that no network is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import SimpleNamespace

from airbyte_ops_mcp import metadata_validator
from airbyte_ops_mcp.connector_ops.utils import Connector
from airbyte_ops_mcp.connector_qa import checks
from airbyte_ops_mcp.connector_qa.models import CheckResult, CheckStatus

NAME = "destination-close"

EXPECTED = {
    "CheckConnectorUsesPoetry": "packaging stands in setup.py, as this project was asked to have it",
    "CheckConnectorUsesPythonBaseImage": "a Dockerfile of our own, for whoever builds the image outside Airbyte's repository",
}
"""What fails on purpose, with the reason."""


def stay_offline() -> None:
    metadata_validator.is_image_on_docker_hub = lambda *_args, **_options: True
    metadata_validator.get_latest_version_on_dockerhub = lambda *_args, **_options: None
    Connector.is_released = property(lambda _self: False)
    Connector.cloud_usage = property(lambda _self: None)
    checks.version.requests.get = lambda *_args, **_options: SimpleNamespace(ok=False)


def results() -> Iterable[CheckResult]:
    connector = Connector(NAME)
    for check in checks.ENABLED_CHECKS:
        yield check.run(connector)


def main() -> int:
    stay_offline()
    wrong = []
    for result in results():
        name = type(result.check).__name__
        reason = EXPECTED.get(name) if result.status is CheckStatus.FAILED else None
        print(f"{result.status.value} {name}" + (f" (on purpose: {reason})" if reason else f": {result.message}"))
        if result.status is CheckStatus.FAILED and reason is None:
            wrong.append(name)
    print(f"Failed: {', '.join(wrong)}" if wrong else "All as it should be.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
