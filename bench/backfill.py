"""A long history: what a run needs of memory, and what an order costs, as the database grows."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.calls import KNOWN_BUYERS, KNOWN_THINGS
from bench.shop import FIRST_NUMBER, Sale, sales, settings
from bench.world import (
    BATCH_ITEMS,
    COMPTOIR,
    BenchError,
    Ran,
    check_totals,
    clear_log,
    company_of,
    comptoir,
    connect,
    make_known,
    shop_of,
    tell,
)
from comptoir.demo.simulators import Simulator

ORDERS = 100_000
FIRST_SIZE = 1_000
GROWTH = 10
NEW_ORDERS = 300
"""Orders that come when the database has reached a size: a run over them alone tells what an order costs there."""
LOOK_SECONDS = 1.0
CLOCK_TIMES = 600
"""The company's clock runs so fast that its limits bind nobody: not their share is measured here."""
KIBIBYTES = 1024
TOKEN_SECONDS = 100_000_000
BETWEEN = timedelta(seconds=150)
"""So that 100,000 orders lie within half a year."""


@dataclass(frozen=True)
class Size:
    """What was measured when the database had so many orders."""

    orders: int
    seconds_per_order: float
    """CPU seconds of the product's process, its start included, by the new orders."""
    memory_mb: dict[int, float]
    """Documents in the books -> MiB that the process held then, in the run that brought them there."""

    def memory_after(self, documents: int) -> float:
        """At the first look at which the books held so many."""
        return next(memory for there, memory in self.memory_mb.items() if there >= documents)

    @property
    def memory_at_end(self) -> float:
        """At the last look."""
        return list(self.memory_mb.values())[-1]


def sizes_to(orders: int) -> Iterator[int]:
    """1,000, 10,000, ... and `orders` itself."""
    size = FIRST_SIZE
    while size < orders:
        yield size
        size *= GROWTH
    yield orders


def backfill(
    folder: Path, orders: int = ORDERS, *, new_orders: int = NEW_ORDERS, say: Callable[[str], None] = print
) -> list[Size]:
    """Bring a history of each size into new books by one run, then a few orders more."""
    found = []
    for size in sizes_to(orders):
        here = folder / str(size)
        here.mkdir()
        found.append(_one(here, size, new_orders))
        memory = ", ".join(f"{held:.0f} MB after {there:,}" for there, held in _tenths(found[-1].memory_mb))
        say(f"  {size:,} orders: {found[-1].seconds_per_order:.4f} s an order more; {memory}")
    return found


def _tenths(memory: Mapping[int, float]) -> list[tuple[int, float]]:
    """About ten of the looks, the last among them."""
    looks = list(memory.items())
    return looks[:: -max(1, len(looks) // 10)][::-1]


def _one(folder: Path, orders: int, new_orders: int) -> Size:
    history = list(sales(orders, buyers=KNOWN_BUYERS, things=KNOWN_THINGS, apart=BETWEEN))
    home = folder / "home"
    options = ["--clock-speed", str(CLOCK_TIMES), "--token-lifetime", str(TOKEN_SECONDS), "--no-limits"]
    with shop_of(folder, history) as shop, company_of(options) as company:
        make_known(company, buyers=KNOWN_BUYERS, things=KNOWN_THINGS)
        connect(home, shop, company, settings(), clock_times=str(CLOCK_TIMES))
        clear_log(company)
        memory = _long_run(home, company)
        first, _ = _few_more(shop, home, orders, new_orders)
        new, ran = _few_more(shop, home, orders + new_orders, new_orders)
        check_totals(company, "SalesReceipt", [*history, *first, *new], "S-")
    return Size(orders, ran.cpu_seconds / new_orders, memory)


def _few_more(shop: Simulator, home: Path, orders: int, new_orders: int) -> tuple[list[Sale], Ran]:
    now = datetime.now(UTC).replace(microsecond=0)
    first = FIRST_NUMBER + orders
    new = list(sales(new_orders, buyers=KNOWN_BUYERS, things=KNOWN_THINGS, first=first, at=now, apart=timedelta(0)))
    tell(shop, "orders", body=[sale.as_seed() for sale in new])
    return new, comptoir("sync", "--json", "--home", home)


def _long_run(home: Path, company: Simulator) -> dict[int, float]:
    """One run to its end, its memory looked at from outside. BenchError with its words where it fails."""
    memory: dict[int, float] = {}
    with (home.parent / "said").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [COMPTOIR, "sync", "--json", "--home", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            held = _memory_mb(process.pid)
            if held:
                counts = json.loads(company.control("log?entries=0"))["counts"]
                memory[counts.get("batch", 0) * BATCH_ITEMS] = held
            time.sleep(LOOK_SECONDS)
        said.seek(0)
        if process.returncode != 0:
            raise BenchError(f"the long run ended with {process.returncode}: {said.read()[-2000:]}")
    return memory


def _memory_mb(pid: int) -> float:
    """What a living process holds, by the operating system; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / KIBIBYTES for line in lines if line.startswith("VmRSS:")), 0.0)
