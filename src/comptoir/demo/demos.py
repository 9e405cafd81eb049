"""The demos of a server: each a shop and a company of its own, in an organization of its own that is thrown away.

The simulators are the server's children and end with it; what they held is gone then, so a demo does not outlive the
server that began it. It is for a server that is alone in its installation: others could not reach its simulators.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from comptoir.demo.floor import GIFT_SHOP, GIFT_SHOPS_COMPANY, gift_shop_settings, pair
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.wiring import App

MOST = 3
"""Demos at once: each holds a shop and a company in memory, some 150 MB together."""
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.1

log = logging.getLogger(__name__)

Begun = Callable[[App, ConnectionRecord], object]
"""What is done with the shop once it is connected and set up: its first run."""


class DemoState(StrEnum):
    """How a demo stands. ENDED: the server that began it is gone, and its shop and company with it."""

    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"
    ENDED = "ended"


class TooManyDemosError(Exception):
    """As many demos run as may at once."""


@dataclass(slots=True)
class _Demo:
    """One demo of this process."""

    ending: threading.Event = field(default_factory=threading.Event)
    state: DemoState = DemoState.STARTING
    thread: threading.Thread | None = None


class Demos:
    """The demos of this process, by their organization."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._demos: dict[int, _Demo] = {}

    def has_room(self) -> bool:
        """Whether another one may begin."""
        with self._lock:
            return self._has_room()

    def _has_room(self) -> bool:
        return sum(each.state in {DemoState.STARTING, DemoState.RUNNING} for each in self._demos.values()) < MOST

    def begin(self, organization_id: int, begun: Begun) -> None:
        """Start a shop and a company for this organization. Raises TooManyDemosError."""
        with self._lock:
            if not self._has_room():
                raise TooManyDemosError
            demo = self._demos[organization_id] = _Demo()
        app = replace(self._app, organization_id=organization_id)
        demo.thread = threading.Thread(target=self._hold, args=(demo, app, begun), name="demo", daemon=True)
        demo.thread.start()

    def state(self, organization_id: int) -> DemoState:
        """How the demo of this organization stands."""
        demo = self._demos.get(organization_id)
        return demo.state if demo is not None else DemoState.ENDED

    def end(self, organization_id: int) -> None:
        """End the shop and the company of an organization, where they run, and the runs that were at work on them.

        What is in the books here stays.
        """
        with self._lock:
            demo = self._demos.pop(organization_id, None)
        if demo is not None:
            demo.ending.set()
            if demo.thread is not None:
                demo.thread.join(STOP_SECONDS)
            self._let_runs_end(organization_id)

    def _let_runs_end(self, organization_id: int) -> None:
        """A run notices within some seconds that nobody answers it any more; it is waited for so that it ends well."""
        stop_what_ended(self._app, organization_id)
        books, until = self._app.books, time.monotonic() + STOP_SECONDS
        stores = books.connections.connected(organization_id, STORE)
        while any(books.runs.running(each.id) for each in stores) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """End them all."""
        for organization_id in list(self._demos):
            self.end(organization_id)

    def _hold(self, demo: _Demo, app: App, begun: Begun) -> None:
        """Both simulators, from their start until the end of the demo."""
        try:
            with pair(GIFT_SHOP, [*GIFT_SHOPS_COMPANY, "--realm-id", _some_realm()]) as both:
                record, _ = both.connect(app, gift_shop_settings())
                if not demo.ending.is_set():
                    begun(app, record)
                demo.state = DemoState.RUNNING
                demo.ending.wait()
        except Exception:
            log.exception("the demo could not be started")
            demo.state = DemoState.FAILED


def stop_what_ended(app: App, organization_id: int) -> None:
    """Nothing of a demo whose simulators are gone runs by itself any more."""
    for record in app.books.connections.connected(organization_id, STORE):
        app.books.schedules.switch_off(record.id)


def _some_realm() -> str:
    """A company id of this demo's own: two companies of one id would be one to the journal."""
    return f"9999{secrets.randbelow(10**12):012}"
