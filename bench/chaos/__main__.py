"""`make chaos`: kill the real command at any instant, start it again, and compare the books.

usage: python -m bench.chaos [--kills N] [--everywhere] [--faults N] [--postgres] [--seed N] [--json]

The last line of output, with --json, is one object. `docs/explanation/measured.md` says how each figure is made.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.chaos.kills import PHASES, kill_everywhere, kill_many
from bench.chaos.misfortune import Misfortune
from bench.chaos.stage import Difference, Stage, stage
from bench.chaos.workers import kill_workers
from bench.world import compile_once

KILLS = 200
SEED = 2026
EVERYWHERE_ORDERS = 12
MINUTES = 3.0
DIGITS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill and compare; 1 where the books differ."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, help="kills that hit, evenly over the five phases")
    parser.add_argument("--everywhere", action="store_true", help="also one kill at every instant of a small run")
    parser.add_argument("--faults", type=int, default=0, help="also so many kills while a tenth of all calls fail")
    parser.add_argument("--postgres", action="store_true", help="also workers on PostgreSQL, killed and put to sleep")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long those are killed")
    parser.add_argument("--seed", type=int, default=SEED, help="what is drawn is drawn from it")
    parser.add_argument("--json", action="store_true", help="the figures as one object, last")
    options = parser.parse_args(arguments)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a terminal or a pipe, both are text
    compile_once()
    total = Difference(0, 0)
    hits: Counter[str] = Counter()
    if options.kills:
        with _timed("kills in every phase") as on:
            found = kill_many(on, options.kills, options.seed)
        total, hits = total + found.difference, found.hits
    figures: dict[str, Any] = {
        "kills": hits.total(),
        "kills_by_phase": {each.value: hits[each] for each in PHASES} | _rest(hits),
    }
    if options.everywhere:
        with _timed("a kill at every instant") as on:
            found = kill_everywhere(on, EVERYWHERE_ORDERS)
        total += found.difference
        figures["instants"] = found.attempts
        figures["kills_at_instants"] = found.kills
    if options.faults:
        with _timed("kills while calls fail") as on:
            misfortune = Misfortune(on, random.Random(options.seed))  # noqa: S311 - which calls, not secrets
            found = kill_many(on, options.faults, options.seed + 1, arm=misfortune.arm, at_end=misfortune.settle)
        total += found.difference
        figures |= {"kills_with_faults": found.kills, "fault_share": round(misfortune.share, DIGITS)}
    if options.postgres:
        print("workers on PostgreSQL ...")
        with tempfile.TemporaryDirectory(prefix="comptoir-chaos-") as folder:
            farmed = kill_workers(Path(folder), options.minutes * 60, options.seed)
        total += farmed.difference
        figures |= {
            "workers_killed": farmed.kills,
            "take_over_seconds_median": round(median(farmed.take_over_seconds), 1),
            "take_over_seconds_max": round(max(farmed.take_over_seconds), 1),
            "zombie_writes": farmed.zombie_writes,
            "writes_without_fence": farmed.writes_without_fence,
            "writes_of_the_woken": farmed.writes_of_the_woken,
            "orders_on_postgres": farmed.orders,
        }
    figures |= {"doubled": total.doubled, "lost": total.lost, "equal": total.is_equal}
    for line in total.examples:
        print(f"  {line[:300]}")
    print(", ".join(f"{name} {value}" for name, value in figures.items()))
    if options.json:
        print(json.dumps(figures))
    return int(not total.is_equal)


def _rest(hits: Counter[str]) -> dict[str, int]:
    return {phase: count for phase, count in hits.items() if phase not in set(PHASES)}


@contextmanager
def _timed(what: str) -> Iterator[Stage]:
    began = time.monotonic()
    print(f"{what} ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="comptoir-chaos-") as folder, stage(Path(folder)) as on:
        yield on
    print(f"  ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
