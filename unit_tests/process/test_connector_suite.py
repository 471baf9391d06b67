"""Does Airbyte's own suite for connectors pass, as its CI would run it?"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID
from integration_tests.close_sandbox.server import running_server
from unit_tests.support.platform_simulator import PROJECT, process_environment, write_json

PARTS = ("destination_close", "main.py", "setup.py", "pyproject.toml", "metadata.yaml", "acceptance-test-config.yml")


def a_checkout(folder: Path) -> Path:
    """A copy under the name that the suite goes by, since it leaves files behind."""
    checkout = folder / "destination-close"
    for part in (*PARTS, "integration_tests/sample_files"):
        target = checkout / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / part).is_dir():
            shutil.copytree(PROJECT / part, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT / part, target)
    return checkout


def add_an_account(checkout: Path, config: dict[str, Any]) -> None:
    """As the comment in the file says."""
    (checkout / "secrets").mkdir()
    write_json(checkout / "secrets", "config.json", config)
    tried = checkout / "acceptance-test-config.yml"
    settings = yaml.safe_load(tried.read_text())
    settings["acceptance_tests"]["connection"]["tests"].append({"config_path": "secrets/config.json", "status": "succeed"})
    tried.write_text(yaml.safe_dump(settings))


def test_the_suite_of_the_cdk_passes_against_the_sandbox(tmp_path: Path) -> None:
    checkout = a_checkout(tmp_path)
    with running_server(preset="demo") as server:
        ids = {"lead_custom_field_id_for_company_id": COMPANY_ID, "contact_custom_field_id_for_user_id": USER_ID}
        storage = {"storage_type": "Local", "local_path": str(tmp_path / "rejected")}
        add_an_account(checkout, {"api_key": server.close.settings.api_key, **ids, "object_storage_config": storage})
        command = [str(Path(sys.executable).with_name("airbyte-cdk")), "connector", "test", str(checkout)]
        done = subprocess.run(
            [*command, "--pytest-arg=-m", "--pytest-arg=not image_tests"],
            cwd=checkout,
            env=process_environment({"CLOSE_API_BASE_URL": server.api_url}),
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    report = (checkout / "build" / "test-results" / "standard-tests-junit.xml").read_text()
    counted = re.search(r'errors="(\d+)" failures="(\d+)" skipped="(\d+)" tests="(\d+)"', report)
    assert counted
    errors, failures, skipped, tests = map(int, counted.groups())
    assert (errors, failures) == (0, 0)
    assert tests - skipped >= 3, report
