"""How much of the service's limit a long run uses, by the company's own log and clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.calls import KNOWN_BUYERS, KNOWN_THINGS
from bench.shop import sales, settings
from bench.world import (
    OK,
    TOO_MANY,
    BenchError,
    Call,
    calls_of,
    check_totals,
    clear_log,
    company_of,
    comptoir,
    connect,
    fetch,
    make_known,
    shop_of,
)

SPEED = 5
"""Sandbox seconds a second: the limits are met in the company's time, the work is done in ours."""
WINDOWS = 3
WINDOW_SECONDS = 61.5
DOCUMENTS_A_MINUTE = 1200
"""What the service allows: 40 batches of 30."""
BEYOND = 90
"""Documents that are left for the window after the last."""


@dataclass(frozen=True)
class Pace:
    """What the company saw."""

    documents: int
    minutes: float
    refused: int

    @property
    def share(self) -> float:
        """Of what the service allows in that time."""
        return self.documents / (self.minutes * DOCUMENTS_A_MINUTE)


def pace(folder: Path, *, windows: int = WINDOWS, speed: int = SPEED) -> Pace:
    """A run that has more to post than the windows looked at can hold: what follows them has to wait."""
    sold = list(sales(windows * DOCUMENTS_A_MINUTE + BEYOND, buyers=KNOWN_BUYERS, things=KNOWN_THINGS))
    home = folder / "limit"
    with shop_of(folder, sold) as shop, company_of(["--clock-speed", str(speed)]) as company:
        make_known(company, buyers=KNOWN_BUYERS, things=KNOWN_THINGS)
        connect(home, shop, company, settings(), clock_times=str(speed))
        fetch(home)
        clear_log(company)
        comptoir("sync", "--json", "--home", home)
        made = calls_of(company)
        check_totals(company, "SalesReceipt", sold, "S-")
    return pace_of(made, windows)


def pace_of(made: list[Call], windows: int) -> Pace:
    """The documents of the first `windows` windows, counted from the first batch that was accepted."""
    accepted = [each for each in made if each.is_write and each.status == OK]
    if not accepted:
        raise BenchError("not one batch was accepted")
    begin = min(each.at for each in accepted)
    end = begin + timedelta(seconds=windows * WINDOW_SECONDS)
    documents = sum(each.items for each in accepted if each.at < end)
    refused = sum(each.status == TOO_MANY for each in made)
    return Pace(documents, windows * WINDOW_SECONDS / 60, refused)
