"""Does the PyAirbyte example of the README run as it stands there?"""

from __future__ import annotations

import json
import re
from pathlib import Path

from integration_tests.e2e.account import Account
from integration_tests.e2e.session import run_python

PROJECT = Path(__file__).resolve().parents[2]
LINKED = (".venv", ".venvs")


def example() -> str:
    """The one block of Python in the README."""
    (block,) = re.findall(r"^```python\n(.*?)^```", (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(block)


def run_example(account: Account, base_url: str, folder: Path) -> None:
    """In a folder that looks to the example like this project with a config file. May raise SessionFailed."""
    (folder / "secrets").mkdir(parents=True)
    (folder / "secrets" / "config.json").write_text(json.dumps(account.config))
    for name in LINKED:
        (folder / name).symlink_to(PROJECT / name)
    run_python(example(), folder, base_url)
