"""Workers on PostgreSQL that are killed every few seconds, and one that sleeps through its lease."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.chaos.stage import Difference, difference
from bench.farm import BY_ROLE, START_SECONDS, Farm, Worker, connect_all, open_farm, until
from bench.world import BenchError, tell
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.engine.sync import errand
from comptoir.storage.upkeep.home import DATABASE_NAME
from comptoir.wiring import open_app

WORKERS = 3
CONNECTIONS = 100
COMPANIES = 20
FIRST_ORDERS = 12
MOST_NEW_ORDERS = 3
KILL_SECONDS = 5.0
DUE_SECONDS = 15.0
"""How often every store is due, and has new orders."""
SLEEP_SECONDS = 25.0
"""Longer than a lease."""
END_SECONDS = 900.0
HELD = "SELECT subject FROM fences WHERE owner LIKE %s AND (subject LIKE 'post:%%' OR subject LIKE 'fetch:%%')"
NEXT_HOLD = """
SELECT min(at) FROM audit WHERE written = 'hold' AND subject = %s AND at > %s AND split_part(owner, '/', 1) <> %s
"""


@dataclass(frozen=True)
class FarmReport:
    """What was done, and what it came to."""

    kills: int
    take_over_seconds: list[float]
    zombie_writes: int
    """Rows that the sleeper wrote after it woke without holding their fence."""
    writes_without_fence: int
    """The same of every worker at any time."""
    writes_of_the_woken: int
    """Rows that the sleeper wrote after it woke with the fence in its own name: new work, taken on awake."""
    orders: int
    difference: Difference


def kill_workers(
    folder: Path,
    seconds: float,
    seed: int,
    *,
    connections: int = CONNECTIONS,
    companies: int = COMPANIES,
    workers: int = WORKERS,
    kill_seconds: float = KILL_SECONDS,
    say: Callable[[str], None] = print,
) -> FarmReport:
    """Let workers work, kill one every few seconds, put one to sleep, and compare the books of every company."""
    with open_farm(folder, connections, companies, seed) as farm:
        farm.sell(FIRST_ORDERS)
        farm.make_due()
        for _ in range(workers):
            farm.start_worker()
        say(f"  {workers} workers, {connections} stores, {companies} companies, {farm.orders} orders")
        times = _rough_times(farm, seconds, kill_seconds, say)
        farm.make_due()
        until(farm.is_done, END_SECONDS)
        farm.make_due()  # what came while a store was being read
        time.sleep(2)
        until(farm.is_done, END_SECONDS)
        without = farm.writes_without_fence()
        zombie = farm.writes_without_fence(times.woke, times.sleeper.role)
        awake = farm.count(BY_ROLE, times.sleeper.role, times.woke) - zombie
        took = times.take_overs(farm)
        found = farm.dumps()
        for worker in farm.workers:
            worker.process.kill()
            worker.process.wait()
        farm.workers.clear()
        wanted = _undisturbed(farm)
        return FarmReport(len(times.deaths), took, zombie, without, awake, farm.orders, difference(found, wanted))


@dataclass(frozen=True)
class Death:
    """A kill: when, by the database's clock, and what the worker held of which nobody may have let go yet."""

    at: datetime
    name: str
    held: list[str]


@dataclass
class RoughTimes:
    """What was done to the workers."""

    sleeper: Worker
    woke: datetime
    deaths: list[Death] = field(default_factory=list)

    def take_overs(self, farm: Farm) -> list[float]:
        """Seconds from a death until another worker went on with what the dead one held."""
        found: list[float] = []
        for death in self.deaths:
            for subject in death.held:
                ((after,),) = farm.look(NEXT_HOLD, subject, death.at, death.name)
                found += [] if after is None else [(after - death.at).total_seconds()]
        return found


def _rough_times(farm: Farm, seconds: float, kill_seconds: float, say: Callable[[str], None]) -> RoughTimes:
    """One worker sleeps through its lease, one of the others dies every few seconds and another is started."""
    until(lambda: any(farm.look(HELD, f"{each.name}/%") for each in farm.workers), START_SECONDS)
    sleeper = next(each for each in farm.workers if farm.look(HELD, f"{each.name}/%"))
    sleeper.process.send_signal(signal.SIGSTOP)
    times = RoughTimes(sleeper, datetime.max.replace(tzinfo=UTC))
    is_asleep = True
    began = due = killed = time.monotonic()
    while (now := time.monotonic()) - began < seconds or is_asleep:
        if is_asleep and now - began >= SLEEP_SECONDS:
            is_asleep = False
            times.woke = farm.look("SELECT clock_timestamp()")[0][0]
            sleeper.process.send_signal(signal.SIGCONT)
        if now - due >= DUE_SECONDS:
            due = now
            farm.sell(MOST_NEW_ORDERS)
            farm.make_due()
        if now - killed >= kill_seconds:
            killed = now
            times.deaths.append(_kill(farm, sleeper))
            farm.start_worker()
            if len(times.deaths) % 10 == 0:
                say(f"  {len(times.deaths)} kills, {farm.orders} orders")
        time.sleep(0.1)
    return times


def _kill(farm: Farm, but: Worker) -> Death:
    victim = farm.draw.choice([each for each in farm.workers if each is not but])
    victim.process.kill()
    victim.process.wait()
    farm.workers.remove(victim)
    at = farm.look("SELECT clock_timestamp()")[0][0]
    return Death(at, victim.name, [str(subject) for (subject,) in farm.look(HELD, f"{victim.name}/%")])


def _undisturbed(farm: Farm) -> str:
    """The same shops into empty companies, store by store, by one process that nobody disturbs."""
    for company in farm.companies:
        tell(company, "reset")
        tell(company, "latency", body={"seconds": 0})
    os.environ.pop(DATABASE_NAME)
    with open_app(farm.folder / "calm") as app:
        connect_all(app, farm.shops, farm.companies)
        for record in app.stores():
            with errand(app.books, record, "bench", app.work) as work:
                fetch_connection(work, alone=True)
                proof = post_to_company(work, alone=True)
            if not proof.agrees or proof.unsettled:
                raise BenchError(f"the undisturbed run of {record.title} did not bring everything into the books")
    return farm.dumps()
