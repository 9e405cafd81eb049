"""The demos of a server: each a shop and a company of its own, in an organization of its own that is thrown away.

The simulators are the server's children and end with it; what they held is gone then, so a demo does not outlive the
server that began it. They listen on its machine alone: whatever runs in a demo runs in that server's process, which
holds the demo's fence as long as it lives, and never in another worker's.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from comptoir.demo.floor import GIFT_SHOP, GIFT_SHOPS_COMPANY, gift_shop_settings, pair
from comptoir.engine.service.schedule import following
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.executors import Executors, demo_subject
from comptoir.storage.fence import BEAT_SECONDS, PROCESS, FenceLostError, hold
from comptoir.storage.people.users import Users
from comptoir.storage.runs import BY_HAND, BY_SCHEDULE
from comptoir.wiring import App

MOST = 3
"""Demos at once: each holds a shop and a company in memory, some 150 MB together."""
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.1

log = logging.getLogger(__name__)

Run = Callable[[App, ConnectionRecord, str], object]
"""Begins a run of a demo's shop in this process; the text is its trigger."""


class DemoState(StrEnum):
    """How a demo stands. ENDED: the server that began it is gone, and its shop and company with it.

    ELSEWHERE: it runs, in another server of the installation.
    """

    STARTING = "starting"
    RUNNING = "running"
    ELSEWHERE = "elsewhere"
    FAILED = "failed"
    ENDED = "ended"


HERE = frozenset({DemoState.STARTING, DemoState.RUNNING})


class TooManyDemosError(Exception):
    """As many demos run as may at once."""


@dataclass(slots=True)
class _Demo:
    """One demo of this process."""

    organization_id: int
    ending: threading.Event = field(default_factory=threading.Event)
    state: DemoState = DemoState.STARTING
    thread: threading.Thread | None = None


class Demos:
    """The demos of this process, by their organization."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._users = Users(app.books.database, app.vault)
        self._lock = threading.Lock()
        self._demos: dict[int, _Demo] = {}

    def has_room(self) -> bool:
        """Whether another one may begin."""
        with self._lock:
            return self._has_room()

    def _has_room(self) -> bool:
        return sum(each.state in HERE for each in self._demos.values()) < MOST

    def begin(self, organization_id: int, run: Run) -> None:
        """Start a shop and a company for this organization. Raises TooManyDemosError."""
        with self._lock:
            if not self._has_room():
                raise TooManyDemosError
            demo = self._demos[organization_id] = _Demo(organization_id)
        app = replace(self._app, organization_id=organization_id)
        demo.thread = threading.Thread(target=self._hold, args=(demo, app, run), name="demo", daemon=True)
        demo.thread.start()

    def state(self, organization_id: int) -> DemoState:
        """How the demo of this organization stands."""
        demo = self._demos.get(organization_id)
        if demo is not None:
            return demo.state
        is_held = not self._app.alone and Executors(self._app.books.database).holds(demo_subject(organization_id))
        return DemoState.ELSEWHERE if is_held else DemoState.ENDED

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
        self._switch_off(organization_id)
        books, until = self._app.books, time.monotonic() + STOP_SECONDS
        stores = books.connections.connected(organization_id, STORE)
        while any(books.runs.running(each.id) for each in stores) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """End them all."""
        for organization_id in list(self._demos):
            self.end(organization_id)

    def switch_off_what_ended(self) -> None:
        """Nothing of a demo whose shop and company are gone is to run by itself: its pages shall not say so."""
        for each in self._users.demos():
            if self.state(each) is DemoState.ENDED:
                self._switch_off(each)

    def _switch_off(self, organization_id: int) -> None:
        schedules = self._app.books.schedules
        for record in self._app.books.connections.connected(organization_id, STORE):
            schedule = schedules.get(record.id)
            if schedule is not None and schedule.enabled:
                schedules.switch_off(record.id)

    def _hold(self, demo: _Demo, app: App, run: Run) -> None:
        """Both simulators, from their start until the end of the demo."""
        try:
            with pair(GIFT_SHOP, [*GIFT_SHOPS_COMPANY, "--realm-id", _some_realm()]) as both:
                record, _ = both.connect(app, gift_shop_settings())
                if not demo.ending.is_set():
                    run(app, record, BY_HAND)
                demo.state = DemoState.RUNNING
                while not demo.ending.is_set() and demo.organization_id in self._users.demos():
                    self._keep(demo, app, record, run)
            demo.state = DemoState.ENDED
        except Exception:
            log.exception("the demo could not be started")
            demo.state = DemoState.FAILED

    def _keep(self, demo: _Demo, app: App, record: ConnectionRecord, run: Run) -> None:
        """Hold the demo's fence, and begin what its schedule asks for.

        The fence is lost where another server removed the demo, or this process slept so long that it was thought dead.
        """
        subject, database = demo_subject(demo.organization_id), app.books.database
        with suppress(FenceLostError), hold(database, subject, PROCESS, demo.organization_id, alone=app.alone) as fence:
            while not demo.ending.wait(BEAT_SECONDS) and fence is not None:
                fence.renew()
                if _is_due(app, record):
                    run(app, record, BY_SCHEDULE)


def _is_due(app: App, record: ConnectionRecord) -> bool:
    """Whether a demo's shop is due by its schedule; it is due again at its next slot then."""
    schedules = app.books.schedules
    schedule, now = schedules.get(record.id), schedules.now()
    if schedule is None or schedule.due_at is None or schedule.due_at > now:
        return False
    with app.books.database.write() as connection:
        schedules.advance(connection, [(schedule, following(schedule, now))])
    return True


def _some_realm() -> str:
    """A company id of this demo's own: two companies of one id would be one to the journal."""
    return f"9999{secrets.randbelow(10**12):012}"
