"""How does a rejected record, once it is corrected, get another chance?

Turns files of rejected records, mended in an editor, into the messages that `write` reads:

    python -m integration_tests.replay rejected/4711/users/*.jsonl | python main.py write --config config.json --catalog catalog.json
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.replay", description="Rejected records as messages for `write`.")
    parser.add_argument("files", nargs="+", type=Path, help="files of rejected records: .jsonl or .csv, perhaps .gz")
    parser.add_argument("--reason", action="append", help="only records rejected for this reason; may be given several times")
    told = parser.parse_args(arguments)
    for file in told.files:
        for rejected in rejected_in(file):
            if not told.reason or rejected["reason"] in told.reason:
                sys.stdout.write(json.dumps(message_of(rejected)) + "\n")


def rejected_in(file: Path) -> Iterator[Json]:
    """What a file holds, whatever its format."""
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = content.decode()
    if ".csv" in file.suffixes:
        for row in csv.DictReader(text.splitlines(keepends=True)):
            yield {**row, "record": json.loads(row["record"])}
    else:
        yield from (json.loads(line) for line in text.split("\n") if line.strip())


def message_of(rejected: Json) -> Json:
    """The record as it came, in the stream it came from."""
    namespace = {"namespace": rejected["namespace"]} if rejected["namespace"] else {}
    return {"type": "RECORD", "record": {"stream": rejected["stream"], **namespace, "data": rejected["record"], "emitted_at": 0}}


if __name__ == "__main__":
    main()
