"""A simulator without a socket: a transport for httpx2 clients that calls the application in this process.

    with InProcess(Sandbox(Config(...)).app()) as transport:
        client = httpx2.Client(transport=transport, base_url="http://sandbox.invalid")

Everything but the socket is as over one: several threads may use the client, delays delay, and a cut connection is a
`RemoteProtocolError`. A client of the product takes it as it is: `Transport(httpx2.Client(transport=...), ...)`.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import httpx2

from comptoir_sandbox.server import CUT_STATE_KEY

if TYPE_CHECKING:
    from starlette.applications import Starlette

CLIENT, SERVER = ("127.0.0.1", 1), ("127.0.0.1", 2)


class InProcess(httpx2.BaseTransport):
    """Carries requests to an application that runs on a loop of its own, in a thread. Close it after use."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox in process", daemon=True)
        self._thread.start()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The application's answer; httpx2.RemoteProtocolError when it cuts the connection."""
        exchange = _Exchange(request)
        asyncio.run_coroutine_threadsafe(exchange.run(self._app), self._loop).result()
        if exchange.is_cut:
            raise httpx2.RemoteProtocolError("the simulator cut this connection", request=request)
        return httpx2.Response(exchange.status, headers=exchange.headers, content=b"".join(exchange.parts))

    def close(self) -> None:
        """Stop the loop and its thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()


class _Exchange:
    """One request and its answer in the terms of ASGI."""

    def __init__(self, request: httpx2.Request) -> None:
        self._request = request
        self._body: bytes | None = request.read()
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []
        self.is_cut = False

    async def run(self, app: Starlette) -> None:
        """Call the application."""
        url = self._request.url
        path, _, query = url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "client": CLIENT,
            "server": SERVER,
            "state": {CUT_STATE_KEY: self._cut},
        }
        await app(scope, self._receive, self._send)

    def _cut(self) -> None:
        self.is_cut = True

    async def _receive(self) -> dict[str, Any]:
        if self._body is None or self.is_cut:
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.parts.append(message.get("body", b""))
