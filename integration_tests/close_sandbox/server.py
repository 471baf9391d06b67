"""How is this Close reached over HTTP, by a connector, by a test and by a browser?

`/api/v1/...` is Close, `/sandbox/...` controls it, `/` shows it. The API is plain ASGI, because a dropped connection must really be
dropped: that needs the transport below.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import jinja2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.control import Control
from integration_tests.close_sandbox.presets import PRESETS
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.view import View
from integration_tests.close_sandbox.wire import PREFIX, Answer

_HANG_SECONDS = 600.0
_ALLOWED = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'self'; img-src data:"
)


class App:
    """The ASGI application around one Close."""

    def __init__(self, close: Close, preset: str = "bare") -> None:
        self.close = close
        self._view = View(close)
        self._control = Control(close, preset)
        environment = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
        self._template = environment.get_template("page.html")
        self._others = Starlette(
            routes=[
                Route("/", self._page),
                Route("/sandbox/{name}", self._controlled, methods=["GET", "POST", "DELETE"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/"):
            await self._api(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    # --- Close -------------------------------------------------------------------------------------------------------

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        answer = self.close.decide(request.method, scope["path"], scope["query_string"].decode(), dict(request.headers), body)
        hangs = answer.failure in ("timeout", "connect_timeout")
        if (answer.delay or hangs) and await _leaves_within(answer.delay or _HANG_SECONDS, receive):
            return
        match answer.failure:
            case None:
                await _answer(answer, answer.body, send)
            case "cut":
                await _answer(answer, answer.body[: len(answer.body) // 2], send)
                await _drop(receive, send, flush=True)
            case _:
                await _drop(receive, send)

    # --- people and tests --------------------------------------------------------------------------------------------

    async def _page(self, request: Request) -> Response:
        number = request.query_params.get("page", "")
        page = self._view.page(request.query_params.get("q", ""), int(number) if number.isdecimal() else 1)
        return HTMLResponse(self._template.render(page=page), headers={"content-security-policy": _ALLOWED})

    async def _controlled(self, request: Request) -> Response:
        body = await request.body()
        status, answer = self._control.answer(request.method, request.path_params["name"], dict(request.query_params), body)
        return JSONResponse(answer, status)


async def _answer(answer: Answer, body: bytes, send: Send) -> None:
    """With the length of the whole body, also when only a part of it is sent."""
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    start = {"type": "http.response.start", "status": answer.status, "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": len(body) < len(answer.body)})


async def _drop(receive: Receive, send: Send, *, flush: bool = False) -> None:
    """Close the socket under the caller. uvicorn's `send` is a method of the object that holds the transport."""
    transport = getattr(send, "__self__").transport  # noqa: B009 - not part of the type
    if flush:
        transport.close()
    else:
        transport.abort()
    await _gone(receive)


async def _leaves_within(seconds: float, receive: Receive) -> bool:
    """Wait; does the caller give up meanwhile?"""
    try:
        await asyncio.wait_for(_gone(receive), seconds)
    except asyncio.TimeoutError:
        return False
    return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


# --- starting it -----------------------------------------------------------------------------------------------------


class Running:
    """A sandbox that answers on a port of this machine."""

    def __init__(self, close: Close, host: str, port: int) -> None:
        self.close = close
        self.url = f"http://{host}:{port}"
        self.api_url = f"{self.url}{PREFIX}"


def listening_socket(host: str, port: int) -> socket.socket:
    """Port 0 takes a free one. The protocol is named because asyncio switches off Nagle's delays only then: 40 ms a call otherwise."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(1024)
    return listening


def configured(app: App) -> uvicorn.Config:
    return uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_keep_alive=75, timeout_graceful_shutdown=1)


@contextlib.contextmanager
def running_server(
    settings: Settings | None = None, *, preset: str = "bare", close: Close | None = None, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Running]:
    """A server in a thread, on a free port unless one is given; `close` takes the place of settings and preset."""
    if close is None:
        close = Close((settings or Settings()).but(**({} if settings else PRESETS[preset].settings)))
        PRESETS[preset].seed(close)
    with listening_socket(host, port) as listening:
        server = uvicorn.Server(configured(App(close, preset)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="close sandbox", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield Running(close, host, listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the sandbox did not start")
        pause.wait(0.01)
