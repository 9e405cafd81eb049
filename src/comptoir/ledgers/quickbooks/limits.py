"""How fast one company may be asked (quickbooks-online.md §8), a little below the limits for the jitter of the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from comptoir.http.limiter import Limiter

REQUEST_WINDOWS = ((10, 1.1), (450, 60.0))
BATCH_WINDOWS = ((40, 61.5),)
REPORT_WINDOWS = ((180, 60.0),)


PAUSE_SECONDS = 60.0
"""After the service said that it is asked too often; it does not reliably say how long to wait."""
SPED_UP_JITTER_SECONDS = 0.15
"""A simulator's fast clock leaves no room for the jitter of a busy machine: it is added in our own time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limiters of one company, shared by everything that calls it. The default limits nothing."""

    requests: Limiter = field(default_factory=Limiter)
    batches: Limiter = field(default_factory=Limiter)
    reports: Limiter = field(default_factory=Limiter)
    pause_seconds: float = PAUSE_SECONDS


def standard_limits(speed: float = 1.0) -> Limits:
    """What the service allows an app in one company; `speed`: how much faster than ours a simulator's clock runs."""
    jitter = SPED_UP_JITTER_SECONDS if speed > 1 else 0.0

    def limiter(windows: Sequence[tuple[int, float]]) -> Limiter:
        return Limiter([(most, seconds / speed + jitter) for most, seconds in windows])

    return Limits(
        limiter(REQUEST_WINDOWS), limiter(BATCH_WINDOWS), limiter(REPORT_WINDOWS), PAUSE_SECONDS / speed + jitter
    )
