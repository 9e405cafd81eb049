"""How fast one company may be asked (quickbooks-online.md §8), a little below the limits for the jitter of the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from comptoir.http.limiter import Limiter, Turns, Windows

REQUEST_WINDOWS = ((10, 1.25), (450, 60.0))
PATIENT_WINDOWS = ((8, 1.25), (400, 60.0))
"""Of requests that no person waits for: there is always room left for those of one who does."""
BATCH_WINDOWS = ((40, 61.5),)
REPORT_WINDOWS = ((180, 60.0),)
READS_A_MONTH = 500_000
"""Metered reads that a free app has a month; beyond it the service answers none (App Partner Program, §8)."""

PAUSE_SECONDS = 60.0
"""After the service said that it is asked too often; it does not reliably say how long to wait."""
SPED_UP_JITTER_SECONDS = 0.15
"""A simulator's fast clock leaves no room for the jitter of a busy machine: it is added in our own time."""


def _not_metered(_reads: int) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one company, shared by everything that calls it. The default limits and counts nothing.

    `meter` is told of reads that were answered; writes and failed calls are free.
    """

    requests: Turns = field(default_factory=Limiter)
    batches: Turns = field(default_factory=Limiter)
    reports: Turns = field(default_factory=Limiter)
    pause_seconds: float = PAUSE_SECONDS
    meter: Callable[[int], None] = _not_metered

    def pause(self) -> None:
        """The service said that it is asked too often: whoever shares these limits leaves it alone."""
        self.requests.pause(self.pause_seconds)


TurnsOf = Callable[[str, Windows], Turns]
"""Where calls of a kind ("batches") wait, by their windows."""


def _own_turns(_kind: str, windows: Windows) -> Turns:
    return Limiter(windows)


def standard_limits(
    speed: float = 1.0,
    turns: TurnsOf = _own_turns,
    *,
    patient: bool = False,
    meter: Callable[[int], None] = _not_metered,
) -> Limits:
    """What the service allows an app in one company; `speed`: how much faster than ours a simulator's clock runs.

    `patient`: for work that no person waits for.
    """
    jitter = SPED_UP_JITTER_SECONDS if speed > 1 else 0.0

    def of(kind: str, windows: Windows) -> Turns:
        return turns(kind, [(most, seconds / speed + jitter) for most, seconds in windows])

    return Limits(
        of("requests", PATIENT_WINDOWS if patient else REQUEST_WINDOWS),
        of("batches", BATCH_WINDOWS),
        of("reports", REPORT_WINDOWS),
        PAUSE_SECONDS / speed + jitter,
        meter,
    )
