"""How does the page of a plan look? `python -m integration_tests.plan_picture` takes the pictures for the documentation."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from integration_tests.browser import Page, a_page, installed
from integration_tests.close_sandbox import Close
from integration_tests.close_sandbox.server import running_server
from integration_tests.demo import account
from integration_tests.demo.foresight import foresee
from integration_tests.demo.rows import records
from integration_tests.demo.session import PROJECT, write_files

DOCS = PROJECT / "docs"
ADOPTED = "Alpine Freight"


def main() -> int:
    program = installed()
    if program is None:
        print("There is no Chromium on this machine; `make browser` installs it.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        url = _a_plan(Path(temporary)).as_uri()
        with a_page(program) as page:
            _take(page, url, DOCS / "plan.png", 1200, 1330)
            _take(page, url, DOCS / "plan-narrow.png", 390, 1080)
    return 0


def _a_plan(folder: Path) -> Path:
    """Of the demo's rows, in the demo's account."""
    close = Close(account.SETTINGS)
    account.furnish(close)
    with running_server(close=close, port=0) as server:
        foreseen = foresee(write_files(folder, account.config(close, folder), records()), server.api_url, folder)
    if foreseen.exit_code:
        raise SystemExit(foreseen.stderr)
    return foreseen.page


def _take(page: Page, url: str, file: Path, width: int, height: int) -> None:
    """With an adopted lead open, as somebody would read it."""
    page.size(width, height)
    page.open(url)
    page.run(f"[...document.querySelectorAll('details')].find((one) => one.innerText.includes({ADOPTED!r})).open = true")
    page.until(lambda: page.run("!!document.querySelector('#changes .body')"))
    if width < 600:
        page.run("document.getElementById('changes-title').scrollIntoView()")
    page.picture(file)
    print(f"Written: {file}")


if __name__ == "__main__":
    sys.exit(main())
