"""The HTTP server, on a thread of its own, so that the process itself stays in charge of its signals."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from comptoir.books.problems import Message, ToldError

START_SECONDS = 10.0
STOP_SECONDS = 5.0


class AddressTakenError(ToldError):
    """Nothing can listen at the address."""


@contextmanager
def serving(app: ASGIApp, host: str, port: int) -> Iterator[str]:
    """`app` at this address for the block; answers its URL. Port 0 takes a free one. Raises AddressTakenError."""
    listener = _listen(host, port)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="http", daemon=True)
    thread.start()
    try:
        name = f"[{host}]" if ":" in host else host
        yield f"http://{name}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # named as TCP: on others asyncio does not send at once (TCP_NODELAY), and each answer takes 40 ms more
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise AddressTakenError(
            Message(
                "Nothing can listen at {host}, port {port} ({reason}). Choose another with --host and --port.",
                {"host": host, "port": str(port), "reason": str(error.strerror or error)},
            )
        ) from error
    return listener
