"""The shop whose orders grow, the company, and the comparison with a history in which nothing went wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.shop import BUYERS, FIRST_NUMBER, THINGS, sales, settings, story
from bench.world import BenchError, company_of, comptoir, connect, copy_of, shop_of, tell
from comptoir.demo.simulators import Simulator

LATENCY_SECONDS = 0.1
CLOCK_TIMES = 60
"""The company's clock, so that a pause after a refusal is a second and not a minute."""
TOKEN_SECONDS = 10_000_000
REQUEST_ID_SECONDS = 900 * CLOCK_TIMES
"""How long the company remembers a request id, by its clock: a quarter of an hour of ours, as ever."""
RUNS_TO_THE_END = 8
"""Most runs until everything is in the books; one that a fault ended leaves the rest to the next."""


@dataclass(frozen=True)
class Difference:
    """How the books differ from those of an undisturbed history."""

    doubled: int
    lost: int
    examples: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether both are the same, record by record."""
        return not self.doubled and not self.lost

    def __add__(self, other: Difference) -> Difference:
        """Both together."""
        return Difference(self.doubled + other.doubled, self.lost + other.lost, self.examples + other.examples)


def difference(found: str, wanted: str) -> Difference:
    """Compare two canonical dumps: what `found` has too many, and what it lacks."""
    here, there = Counter(found.splitlines()), Counter(wanted.splitlines())
    surplus, missing = here - there, there - here
    examples = (*(f"+ {line}" for line in list(surplus)[:3]), *(f"- {line}" for line in list(missing)[:3]))
    return Difference(surplus.total(), missing.total(), examples)


@dataclass
class Stage:
    """A shop and a company that stay up, and a data directory connected to both, to be copied."""

    folder: Path
    shop: Simulator
    company: Simulator
    connected: Path
    orders: int = 0
    homes: int = field(default=0)

    def sell(self, count: int) -> None:
        """So many orders more, just now."""
        now = datetime.now(UTC).replace(microsecond=0)
        first = FIRST_NUMBER + self.orders
        sold = sales(count, buyers=BUYERS, things=THINGS, first=first, at=now, apart=timedelta(0))
        tell(self.shop, "orders", body=[story(sale) for sale in sold])
        self.orders += count

    def begin(self) -> Path:
        """An empty company and a data directory that never ran."""
        tell(self.company, "reset")
        self.homes += 1
        return copy_of(self.connected, self.folder / f"home-{self.homes}")

    def finish(self, home: Path) -> str:
        """Run until there is nothing new and everything is in the books; the company's canonical dump."""
        for platform in (self.shop, self.company):
            tell(platform, "faults", method="DELETE")
        for _ in range(RUNS_TO_THE_END):
            proof = comptoir("sync", "--json", "--home", home).said
            if proof["agrees"] and not proof["fetched"] and not proof["unsettled"] and not proof["held"]:
                return self.company.control("dump?canonical=1")
        raise BenchError(f"{RUNS_TO_THE_END} runs did not bring everything into the books: {json.dumps(proof)}")

    def undisturbed(self) -> str:
        """The canonical dump of one calm run over the same shop."""
        return self.finish(self.begin())


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage without orders."""
    options = ["--no-limits", "--clock-speed", str(CLOCK_TIMES), "--token-lifetime", str(TOKEN_SECONDS)]
    options += ["--request-id-memory", str(REQUEST_ID_SECONDS)]
    with shop_of(folder, []) as shop, company_of(options) as company:
        home = folder / "connected"
        connect(home, shop, company, settings(), clock_times=str(CLOCK_TIMES))
        tell(company, "latency", body={"seconds": LATENCY_SECONDS})
        yield Stage(folder, shop, company, home)
