"""`comptoir serve` and `comptoir worker`: at work until they are told to stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, console, web_address
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import text
from comptoir.engine.work import Work
from comptoir.http.callback import LOOPBACK
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import Run
from comptoir.wiring import App, open_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from comptoir.demo.demos import Demos
    from comptoir.engine.service.server import Service
    from comptoir.telemetry.metrics import Metrics

HOST, PORT = "127.0.0.1", 8700
STOPPED_AT_ONCE = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)

HostOption = Annotated[str, typer.Option("--host", help="The address to listen at; another than 127.0.0.1 is open.")]


@reported
def serve(
    host: HostOption = HOST,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen at; 0 for a free one.")] = (
        PORT
    ),
    public_url: Annotated[
        str, typer.Option("--public-url", help="How people reach the pages, for links in mails: https://books.example.")
    ] = "",
    no_demos: Annotated[
        bool,
        typer.Option(
            "--no-demos",
            help="Offer owners no demos: each takes some 150 MB of this machine, and three run at once at most.",
        ),
    ] = False,
    home: HomeOption = None,
) -> None:
    """Work until stopped: the pages, every store by its schedule, and wishes at once, all in one process."""
    address = web_address("--public-url", public_url) if public_url else ""
    with open_app(home) as app_:
        serve_here(app_, host, port, address, demos=not no_demos)


def serve_here(app_: App, host: str, port: int, public_url: str = "", *, demos: bool = True) -> None:
    """What `comptoir serve` does, in an installation that is open already."""
    _work(app_, _Listening(host, port, pages=True, public_url=public_url, demos=demos))


@reported
def worker(
    host: HostOption = HOST,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Answer /healthz and /readyz there; 0 for nowhere.")
    ] = 0,
    home: HomeOption = None,
) -> None:
    """Work until stopped beside any number of others, on one PostgreSQL database."""
    with open_app(home) as app_:
        if app_.alone:
            raise CommandError(
                Message(
                    "Several workers need a PostgreSQL database: name it in COMPTOIR_DATABASE_URL. With a data "
                    "directory one process does all the work; start it with: comptoir serve"
                )
            )
        _work(app_, _Listening(host, port or None, pages=False))


@dataclass(frozen=True, slots=True)
class _Listening:
    """Where a process answers; None for nowhere. `pages`: for people too; `public_url`: how they reach it, if known.

    `demos`: whether people may try the product with made-up data.
    """

    host: str
    port: int | None
    pages: bool
    public_url: str = ""
    demos: bool = False

    @property
    def is_private(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in LOOPBACK and not self.public_url


def _work(app_: App, at: _Listening) -> None:
    """At work until a signal; the process does not outlive what it cannot wait for."""
    from comptoir.demo.demos import Demos  # noqa: PLC0415 - only a server has any
    from comptoir.engine.service.server import Service  # noqa: PLC0415 - the queue takes a second to import
    from comptoir.telemetry import logs  # noqa: PLC0415 - as do the libraries of the server
    from comptoir.telemetry.metrics import Metrics  # noqa: PLC0415
    from comptoir.web.server import serving  # noqa: PLC0415
    from comptoir.web.watching import Errands  # noqa: PLC0415

    demos = Demos(app_) if at.pages and at.demos else None
    errands = Errands(app_, at.public_url if at.pages else "", demos)
    service = Service(app_.books, app_.organization_id, app_.home.queue_url, _opener(app_), errands.run, app_.alone)
    metrics = Metrics(app_.books.database, service.depth)
    try:
        with ExitStack() as stack:
            stack.enter_context(_stopped_by_signals(service.stopping))
            if demos is not None:
                stack.enter_context(closing(demos))
            url = ""
            if at.port is not None:
                url = stack.enter_context(serving(_application(app_, service, metrics, at, demos), at.host, at.port))
            logs.set_up("info")
            stack.enter_context(service.at_work())
            console.print(text("At work: {url}. Stop with Ctrl-C." if url else "At work. Stop with Ctrl-C.", url=url))
            if at.pages:
                app_.home.tell_pages(at.public_url or url)
                _invite(app_, at.public_url or url)
            service.stopping.wait()
            console.print(text("Stopping: what is on its way comes home first. Ctrl-C again ends at once."))
    finally:
        metrics.close()
        logs.close()
    console.print(text("Stopped."))
    _leave_what_hangs(app_)


def _application(app_: App, service: Service, metrics: Metrics, at: _Listening, demos: Demos | None) -> ASGIApp:
    """What is answered over HTTP: the pages where they are wanted, and what an operator asks."""
    from starlette.applications import Starlette  # noqa: PLC0415

    from comptoir.web.app import create_app  # noqa: PLC0415
    from comptoir.web.operator import operator_routes  # noqa: PLC0415

    routes = operator_routes(app_, service, metrics)
    if not at.pages:
        return Starlette(routes=routes)
    made = create_app(app_, public_url=at.public_url, simulators=at.is_private, demos=demos)
    made.router.routes[:0] = routes
    return made


def _invite(app_: App, url: str) -> None:
    """The link by which a fresh installation is taken, as long as nobody has."""
    from comptoir.web.access.accounts import Accounts  # noqa: PLC0415

    token = Accounts.open(app_.books.database, app_.vault).setup_token()
    if token is not None:
        console.print(text("Nobody has an account here yet. Open this link and make the first:"))
        console.print(f"{url.rstrip('/')}/welcome?code={token}", soft_wrap=True)


def _opener(app_: App) -> Callable[[ConnectionRecord, Run, Callable[[float], None], Callable[[], None]], Work]:
    def open_work(
        record: ConnectionRecord, run: Run, sleep: Callable[[float], None], pause_point: Callable[[], None]
    ) -> Work:
        return app_.work(record, run, sleep=sleep, pause_point=pause_point)

    return open_work


@contextmanager
def _stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT asks for a stop, the second ends the process where it stands."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(STOPPED_AT_ONCE)
        stopping.set()

    before = {each: signal.signal(each, stop) for each in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave_what_hangs(app_: App) -> None:
    """A call that a platform does not answer keeps its thread; its outcome is looked up at the next start."""
    hanging = [each for each in threading.enumerate() if each is not threading.main_thread() and not each.daemon]
    if hanging:
        app_.books.database.close()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
