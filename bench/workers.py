"""One worker and two over the same orders on PostgreSQL: what an order costs, and how evenly two share the work.

    python -m bench.workers [--stores N] [--companies N] [--orders N] [--json]

Each time every store of a new farm is due at once. CPU time is the kernel's, of the workers' processes, from when the
stores are due to when everything is in the books. Triggers in the database note who wrote for a company without holding
its lease: none may, for then two served it at once.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.counting import cpu_seconds
from bench.farm import open_farm, until

STORES, COMPANIES, ORDERS = 40, 20, 1000
END_SECONDS = 900.0
SEED = 2026
THOUSAND = 1000
SERVED = "SELECT count(DISTINCT connection_id) FROM runs WHERE state = 'finished'"
BATCHES = "SELECT count(*) FROM audit WHERE written = 'batches' AND role = %s"


@dataclass(frozen=True)
class Shift:
    """What a number of workers needed for all orders."""

    workers: int
    orders: int
    seconds: float
    cpu_seconds_per_1000: float
    cpu_shares: list[float]
    batch_shares: list[float]
    """Of the rows written for batches, each worker's."""
    writes_without_fence: int


def work(folder: Path, workers: int, stores: int, companies: int, orders: int) -> Shift:
    """Let so many workers bring all orders into the books."""
    with open_farm(folder, stores, companies, SEED) as farm:
        farm.sell(2 * orders // stores)
        for _ in range(workers):
            farm.start_worker()
        before = [cpu_seconds(each.process.pid) for each in farm.workers]
        began = time.monotonic()
        farm.make_due()
        until(lambda: farm.count(SERVED) == stores and farm.is_done(), END_SECONDS)
        seconds = time.monotonic() - began
        used = [cpu_seconds(each.process.pid) - start for each, start in zip(farm.workers, before, strict=True)]
        batches = [farm.count(BATCHES, each.role) for each in farm.workers]
        return Shift(
            workers,
            farm.orders,
            round(seconds, 1),
            round(THOUSAND * sum(used) / farm.orders, 2),
            _shares(used),
            _shares(batches),
            farm.writes_without_fence(),
        )


def _shares(parts: Sequence[float]) -> list[float]:
    return [round(each / sum(parts), 2) for each in parts]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure once and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.workers", description=__doc__)
    parser.add_argument("--stores", type=int, default=STORES)
    parser.add_argument("--companies", type=int, default=COMPANIES)
    parser.add_argument("--orders", type=int, default=ORDERS, help="roughly: each store draws its own number")
    parser.add_argument("--json", action="store_true", help="one JSON object, last")
    options = parser.parse_args(arguments)
    shifts = []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory(prefix="comptoir-workers-") as folder:
            shifts.append(work(Path(folder), workers, options.stores, options.companies, options.orders))
        print(", ".join(f"{name} {value}" for name, value in asdict(shifts[-1]).items()), flush=True)
    one, two = shifts
    ratio = round(two.cpu_seconds_per_1000 / one.cpu_seconds_per_1000, 3)
    print(f"cpu_two_vs_one = {ratio}")
    if options.json:
        print(json.dumps({"one": asdict(one), "two": asdict(two), "cpu_two_vs_one": ratio}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
