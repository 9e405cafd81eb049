"""How fast one company may be asked (quickbooks-online.md §8), a little below the limits for the jitter of the line."""

from __future__ import annotations

from dataclasses import dataclass, field

from comptoir.http.limiter import Limiter

REQUEST_WINDOWS = ((10, 1.1), (450, 60.0))
BATCH_WINDOWS = ((40, 61.5),)
REPORT_WINDOWS = ((180, 60.0),)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limiters of one company, shared by everything that calls it. The default limits nothing."""

    requests: Limiter = field(default_factory=Limiter)
    batches: Limiter = field(default_factory=Limiter)
    reports: Limiter = field(default_factory=Limiter)


def standard_limits() -> Limits:
    """What the real service allows an app in one company."""
    return Limits(Limiter(REQUEST_WINDOWS), Limiter(BATCH_WINDOWS), Limiter(REPORT_WINDOWS))
