"""What browsers that follow a run are told: one reading of how a store stands serves all that ask within a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request

from comptoir.engine.telling.overview import Health, Overview
from comptoir.storage.runs import RunState
from comptoir.web.doing import Doing, Progress

FRESH_SECONDS = 0.9
"""A reading is told for so long: less than browsers wait between two looks, so nobody is told what they knew."""
PACES = ((60, 1), (600, 2))
"""A run younger than so many seconds is looked at every so many; streams would hold a thread each."""
SLOW_PACE = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A store as it stands, what its run does in this process, and whether one was asked for and has not begun."""

    stands: Overview
    going: Progress | None
    awaited: bool

    @property
    def is_busy(self) -> bool:
        """Whether a run is at work, or about to be."""
        return self.going is not None or self.awaited or self.stands.health is Health.RUNNING

    @property
    def pace(self) -> int:
        """Seconds after which whoever follows the run looks again: what has long to go is looked at less often."""
        run = self.stands.last
        if run is None or run.state is not RunState.RUNNING:  # its row is yet to come
            return PACES[0][1]
        age = (datetime.now(UTC) - run.started_at).total_seconds()
        return next((seconds for until, seconds in PACES if age < until), SLOW_PACE)


def line_of(doing: Doing, stands: Overview) -> Line:
    """What a page tells of a store."""
    place = stands.record.id
    return Line(stands, doing.progress(place), doing.awaits(place, stands.schedule))


@dataclass(slots=True)
class _Reading:
    """One reading, made by the first who asks while the others wait for it."""

    until: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    found: Overview | None = None


class Following:
    """How stores stand, as read a moment ago, by organization and connection: one never hears of another's."""

    def __init__(self, seconds: float = FRESH_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._readings: dict[tuple[int, int], _Reading] = {}

    def stands(self, organization_id: int, connection_id: int, read: Callable[[], Overview]) -> Overview:
        """How this store of this organization stands; `read` finds it out where nobody did within the moment."""
        with self._lock:
            now = time.monotonic()
            self._readings = {key: each for key, each in self._readings.items() if now < each.until}
            reading = self._readings.setdefault((organization_id, connection_id), _Reading(now + self._seconds))
        with reading.lock:
            if reading.found is None:
                reading.found = read()
            return reading.found


def following_of(request: Request) -> Following:
    """What this process has just read."""
    found: Following = request.app.state.following
    return found
