"""How a simulator listens: uvicorn on one socket, answers in one write, a connection that can be cut on purpose."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType, TracebackType

    from starlette.applications import Starlette

PORT_TAKEN_EXIT_CODE = 2
START_TIMEOUT_SECONDS = 10.0
CUT_STATE_KEY = "comptoir_sandbox.cut"
"""Key of the ASGI scope's state that holds a function closing the connection at once (control/answers.py)."""


class PortTakenError(OSError):
    """The wanted address is in use by another process."""


class _GatheringTransport:
    """A transport that sends what was written in one turn of the loop with one call.

    uvicorn writes headers and body apart; with TCP_NODELAY these would leave as two packets.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pending: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep the bytes until the end of this turn of the loop."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(bytes(data))

    def close(self) -> None:
        """Send what waits, then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Drop what waits and close without a word."""
        self._pending.clear()
        self._transport.abort()

    def _flush(self) -> None:
        if self._pending:
            data, self._pending = b"".join(self._pending), []
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Protocol(H11Protocol):
    """HTTP/1.1 with gathered writes and a way to cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn types it
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        gathering = _GatheringTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", gathering))
        self.app_state = {**self.app_state, CUT_STATE_KEY: gathering.abort}


class _Server(uvicorn.Server):
    """A server that ends quietly on a signal and says when it listens."""

    announcement: str | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second signal stops without waiting for open requests."""
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the announcement when there is one."""
        await super().startup(sockets=sockets)
        if self.announcement is not None:
            sys.stdout.write(self.announcement + "\n")
            sys.stdout.flush()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTakenError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(app: Starlette) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="critical",
            log_config=None,
            server_header=False,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=2,
        )
    )


def _fill(value: object, url: str) -> object:
    return value.replace("{url}", url) if isinstance(value, str) else value


def serve(
    app: Starlette, *, host: str, port: int, announce: Mapping[str, object], ends_with_input: bool = False
) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code (0, or 2 when the port is taken).

    `ends_with_input`: also until standard input ends, as it does with the program at its other end, killed or not.

    Prints one line of JSON when listening: `{"ready": true, "url": ..., **announce}`; `{url}` inside a text of
    `announce` is replaced by the address, known only now when `port` is 0.
    """
    try:
        listener = _bind(host, port)
    except PortTakenError as error:
        sys.stderr.write(f"{error.strerror}\n")
        return PORT_TAKEN_EXIT_CODE
    url = _url(listener)
    facts: dict[str, object] = {"ready": True, "url": url}
    facts.update({key: _fill(value, url) for key, value in announce.items()})
    server = _server(app)
    server.announcement = json.dumps(facts)
    if ends_with_input:
        threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    with listener:
        server.run(sockets=[listener])
    return 0


def _end_with_input(server: _Server) -> None:
    while os.read(sys.stdin.fileno(), 1024):  # past the buffer, whose lock an end of the program would find taken
        pass
    server.should_exit = True


class ThreadedServer:
    """The app on a free port of 127.0.0.1, in a thread, for the length of a `with` block (tests).

    `url` is the address without a trailing slash. Leaving the block stops the server and joins the thread.
    """

    def __init__(self, app: Starlette, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._listener = _bind(host, port)
        self.url = _url(self._listener)
        self._server = _server(app)
        self._thread = threading.Thread(target=self._run, name=f"sandbox {self.url}", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError(f"the server at {self.url} did not start")
            time.sleep(0.002)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=START_TIMEOUT_SECONDS)
        self._listener.close()
