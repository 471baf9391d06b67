"""Builds the image; with `--test` also runs it as Airbyte's platform would, against the sandbox."""

from __future__ import annotations

import argparse
import time

from destination_close.version import VERSION
from integration_tests.image.engines import IMAGE, find_engine
from integration_tests.image.trial import try_image


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="store_true", help="run the image against the sandbox too")
    asked = parser.parse_args()
    engine, tag, started = find_engine(), f"{IMAGE}:{VERSION}", time.monotonic()
    base = engine.build(tag, VERSION)
    size, base_size = engine.size(tag) / 1e6, engine.size(base) / 1e6
    print(f"Built {tag} on {base} in {time.monotonic() - started:.0f} s: {size:.0f} MB, {size - base_size:.0f} MB more than its base.")
    if not asked.test:
        return 0
    failed = 0
    for name, problem in try_image(engine, tag):
        failed += bool(problem)
        print(f"{'FAILED' if problem else 'passed'}: {name}{f': {problem}' if problem else ''}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
