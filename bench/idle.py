"""What a connection costs both platforms while nothing happens, by their own logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.calls import KNOWN_THINGS
from bench.shop import sales, settings
from bench.world import calls_of, clear_log, company_of, comptoir, connect, make_known, shop_of

ORDERS = 60
BUYERS = 20
RUNS = 3
"""By default a connection runs once an hour, so a run's calls are an hour's."""


@dataclass(frozen=True)
class Idle:
    """Requests of one idle run."""

    ledger_reads: float
    store_calls: float


def idle(folder: Path, *, orders: int = ORDERS, runs: int = RUNS) -> Idle:
    """Post everything, then run on with nothing new."""
    home = folder / "idle"
    with shop_of(folder, sales(orders, buyers=BUYERS, things=KNOWN_THINGS)) as shop, company_of() as company:
        make_known(company, buyers=BUYERS, things=KNOWN_THINGS)
        connect(home, shop, company, settings())
        comptoir("sync", "--json", "--home", home)
        for platform in (shop, company):
            clear_log(platform)
        for _ in range(runs):
            comptoir("sync", "--json", "--home", home)
        return Idle(len(calls_of(company)) / runs, len(calls_of(shop)) / runs)
