"""How does PyAirbyte use the connector? Run by the Python of PyAirbyte's environment, with one order from a file.

    client.py ORDER ANSWER

ORDER is JSON: `connector` and `source` (paths of programs), `config`, `source_config`, `stream`, `refused_config` (one that
`check` must refuse; null: no check at all), `cache` (a file for PyAirbyte's cache, or null to pass messages straight on).
ANSWER is written as JSON: `refusal`, `rows`, `state`, `seconds`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import airbyte as ab
from airbyte.caches import DuckDBCache
from airbyte.exceptions import AirbyteConnectorCheckFailedError

Order = dict[str, Any]


def main(order_file: str, answer_file: str) -> None:
    order: Order = json.loads(Path(order_file).read_text())
    destination = the_destination(order, order["config"])
    refusal = check(order, destination) if order["refused_config"] else None
    Path(answer_file).write_text(json.dumps({"refusal": refusal, **write(order, destination)}))


def check(order: Order, destination: ab.Destination) -> str:
    """The one config works; of the other, what a person reads of it."""
    destination.check()
    try:
        the_destination(order, order["refused_config"]).check()
    except AirbyteConnectorCheckFailedError as refused:
        return str((refused.context or {}).get("failure_reason"))
    sys.exit("check succeeded with a config that does not work")


def write(order: Order, destination: ab.Destination) -> dict[str, Any]:
    cache = DuckDBCache(db_path=order["cache"]) if order["cache"] else False
    begun = time.monotonic()
    result = destination.write(the_source(order), cache=cache, state_cache=False)
    seconds = time.monotonic() - begun
    state = result.get_state_provider().get_stream_state(order["stream"])
    return {"rows": result.processed_records, "state": json.loads(state.model_dump_json())["stream"]["stream_state"], "seconds": seconds}


def the_destination(order: Order, config: dict[str, Any]) -> ab.Destination:
    return ab.get_destination("destination-close", config=config, local_executable=Path(order["connector"]))


def the_source(order: Order) -> ab.Source:
    executable = Path(order["source"])
    return ab.get_source("source-faker", config=order["source_config"], streams=[order["stream"]], local_executable=executable)


if __name__ == "__main__":
    main(*sys.argv[1:])
