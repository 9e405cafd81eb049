"""requestid: the stored outcome of a first call, for a while (§3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError

if TYPE_CHECKING:
    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.quickbooks.values import Object

LONGEST_REQUEST_ID = 50
FORGOTTEN_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """Status and body (without the time) of a first call."""

    status: int
    body: Object
    ends: datetime


class Replays:
    """Outcomes by key within one company. Used under the company's lock."""

    def __init__(self, clock: Clock, *, memory_seconds: float) -> None:
        self._clock = clock
        self._memory_seconds = memory_seconds
        self._outcomes: dict[str, Outcome] = {}

    def find(self, key: str) -> Outcome | None:
        """The first call's outcome while it is remembered."""
        outcome = self._outcomes.get(key)
        if outcome is not None and outcome.ends <= self._clock.now():
            del self._outcomes[key]
            return None
        return outcome

    def keep(self, key: str, status: int, body: Object) -> None:
        """Remember an outcome."""
        for known, outcome in list(islice(self._outcomes.items(), FORGOTTEN_AT_ONCE)):
            # The first ones are the oldest: memory does not grow with what is forgotten.
            if outcome.ends <= self._clock.now():
                del self._outcomes[known]
        ends = self._clock.now() + timedelta(seconds=self._memory_seconds)
        self._outcomes[key] = Outcome(status, body, ends)


def check_request_id(key: str) -> str:
    """2130 for a key longer than 50 characters (in a batch: request id and bId together)."""
    if len(key) > LONGEST_REQUEST_ID:
        raise FaultError("2130", f"The request id has {len(key)} characters, {LONGEST_REQUEST_ID} are supported")
    return key
