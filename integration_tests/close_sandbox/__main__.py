"""How is the sandbox started from a terminal?"""

from __future__ import annotations

import argparse
import gc
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn

from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.presets import PRESETS, crowd
from integration_tests.close_sandbox.server import App, configured, listening_socket
from integration_tests.close_sandbox.settings import Settings


def main(arguments: Sequence[str] | None = None) -> None:
    told = _parser().parse_args(arguments)
    close = Close(_settings(told))
    PRESETS[told.preset].seed(close)
    crowd(close, told.leads)
    # a million small objects live for ever here; looking at them all again and again would be felt
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with listening_socket(told.host, told.port) as listening:
        address = f"http://{told.host}:{listening.getsockname()[1]}"
        print(f"Close sandbox: {address}/  API: {address}/api/v1  key: {close.settings.api_key}", flush=True)
        uvicorn.Server(configured(App(close, told.preset))).run(sockets=[listening])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.close_sandbox", description="A Close in memory, over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one; the first line printed names it")
    presets = "; ".join(f"{name}: {preset.what}" for name, preset in PRESETS.items())
    parser.add_argument("--preset", choices=list(PRESETS), default="empty", help=presets)
    parser.add_argument("--leads", type=int, default=0, help="add so many made-up companies (presets demo and bench)")
    parser.add_argument("--api-key")
    parser.add_argument("--index-lag", type=float, help="seconds until search shows a write")
    parser.add_argument("--latency", type=float, help="seconds every call takes")
    parser.add_argument("--speed", type=float, help="how many times shorter the windows of the rate limits are")
    parser.add_argument("--config", type=Path, help="JSON file with any of the settings")
    return parser


def _settings(told: argparse.Namespace) -> Settings:
    """The preset's, then the file's, then those named in the command."""
    named = {name: getattr(told, name) for name in ("api_key", "index_lag", "latency", "speed")}
    from_file: dict[str, Any] = json.loads(told.config.read_text()) if told.config else {}
    given = {name: value for name, value in named.items() if value is not None}
    return Settings().but(**{**PRESETS[told.preset].settings, **from_file, **given})


if __name__ == "__main__":
    main()
