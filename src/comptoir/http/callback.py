"""The end of an OAuth consent on this machine: a small listener that receives the provider's redirect once."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from comptoir.books.problems import Message, ToldError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
STOP_POLL_SECONDS = 0.05
"""How often the listener looks whether it is to stop."""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Comptoir</title>
<body style="font-family: sans-serif; margin: 4em"><h1>{heading}</h1><p>{text}</p></body></html>"""


class CallbackError(ToldError):
    """The redirect could not be received or was not ours."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """What a redirect brought: its query byte for byte (some platforms sign it), and the values in it."""

    query: str = field(repr=False)

    @property
    def values(self) -> dict[str, str]:
        """The first value of each name."""
        return {name: each[0] for name, each in parse_qs(self.query).items()}

    @property
    def is_refusal(self) -> bool:
        """Whether the person, or the platform, said no."""
        return "error" in self.values


class Callback:
    """Waits for one redirect that carries the expected `state`; every other request is refused."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._arrived = threading.Event()
        self._redirect = Redirect("")

    def offer(self, redirect: Redirect) -> bool:
        """Take a redirect; False where its state is not the one that was sent."""
        if not hmac.compare_digest(redirect.values.get("state", "").encode(), self._state.encode()):
            return False
        self._redirect = redirect
        self._arrived.set()
        return True

    def wait(self, timeout_seconds: float) -> Redirect:
        """The redirect. Raises CallbackError when none came in time, or when access was refused."""
        if not self._arrived.wait(timeout_seconds):
            raise CallbackError(Message("The sign-in was not finished in time. Start again with the same command."))
        if self._redirect.is_refusal:
            raise CallbackError(Message("Access was refused at the sign-in. Start again and choose to connect."))
        return self._redirect


def is_here(redirect_uri: str) -> bool:
    """Whether a listener on this machine can receive the redirect: plain http to a loopback name."""
    address = urlsplit(redirect_uri)
    return address.scheme == "http" and address.hostname in LOOPBACK


def from_address(pasted: str, state: str) -> Redirect:
    """The redirect whose address the user copied from the browser. Raises CallbackError."""
    callback = Callback(state)
    if not callback.offer(Redirect(urlsplit(pasted.strip()).query)):
        raise CallbackError(
            Message(
                "This is not the address that this sign-in led to. Start again and copy the whole address of the last "
                "page."
            )
        )
    return callback.wait(0)


@contextmanager
def listening(redirect_uri: str, state: str) -> Iterator[Callback]:
    """Listen where `redirect_uri` points (this machine) for the block. Raises CallbackError when the port is taken."""
    address = urlsplit(redirect_uri)
    callback = Callback(state)
    try:
        server = ThreadingHTTPServer(
            (address.hostname or "127.0.0.1", address.port or 80), _handler(callback, address.path)
        )
    except OSError as error:
        raise CallbackError(
            Message(
                "The address {address} cannot be listened on ({reason}). Stop the program that uses the port, or "
                "choose another redirect URI.",
                {"address": redirect_uri, "reason": str(error.strerror)},
            )
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(STOP_POLL_SECONDS,), name="callback", daemon=True)
    thread.start()
    try:
        yield callback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(callback: Callback, path: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == path and callback.offer(Redirect(asked.query)):
                self._answer(200, "Connected", "You can close this window and go back to Comptoir.")
            else:
                self._answer(400, "Not for us", "This is not an answer to the sign-in that was started here.")

        def _answer(self, status: int, heading: str, text: str) -> None:
            body = PAGE.format(heading=heading, text=text).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
            """Say nothing: the address holds a code."""

    return Handler
