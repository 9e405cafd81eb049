"""`make bench`: the figures by which the project measures itself, each from the simulators' own logs and dumps.

usage: python -m bench [--quick] [--json] [--only MEASURE ...] [--orders N]

The last line of output, with --json, is one object: figure -> value. `docs/explanation/measured.md` says how each is
made. --quick leaves out what takes more than a minute.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.backfill import ORDERS, backfill
from bench.calls import count_calls
from bench.idle import idle
from bench.limit import pace
from bench.race import race
from bench.world import BenchError, compile_once

Figures = dict[str, float | int]
DIGITS = 4
MARK = 10_000
"""Documents in the books, after which the memory of a long run is looked at first."""


@dataclass(frozen=True)
class Measure:
    """One measurement: what it is called, and how its figures are made."""

    name: str
    make: Callable[[Path, argparse.Namespace], Figures]
    is_quick: bool = True


def _calls(folder: Path, _options: argparse.Namespace) -> Figures:
    receipts, invoices = count_calls(folder, "receipt"), count_calls(folder, "invoice")
    new = count_calls(folder, "receipt", known=False)
    for name, found in (("receipts", receipts), ("invoices", invoices), ("receipts of new names", new)):
        print(f"  {name}: {found.kinds}")
    return {
        "calls_per_order_receipts": receipts.per_order,
        "calls_per_order_invoices": invoices.per_order,
        "calls_added_by_new_names": new.per_order - receipts.per_order,
    }


def _race(folder: Path, _options: argparse.Namespace) -> Figures:
    found = race(folder)
    for name in ("product", "batched", "naive"):
        print(f"  {name}: {', '.join(f'{each:.1f} s' for each in getattr(found, name))}")
    return {"time_vs_batched_script": found.vs_batched, "time_vs_naive_script": found.vs_naive}


def _limit(folder: Path, _options: argparse.Namespace) -> Figures:
    found = pace(folder)
    print(f"  {found.documents} documents in {found.minutes:.2f} of the company's minutes, {found.refused} refusals")
    return {"share_of_limit": found.share, "refused_by_limit": found.refused}


def _idle(folder: Path, _options: argparse.Namespace) -> Figures:
    found = idle(folder)
    return {"idle_ledger_reads": found.ledger_reads, "idle_store_calls": found.store_calls}


def _backfill(folder: Path, options: argparse.Namespace) -> Figures:
    sizes = backfill(folder, options.orders)
    figures: Figures = {f"seconds_per_order_at_{each.orders}": each.seconds_per_order for each in sizes}
    last = sizes[-1]
    figures[f"memory_at_{MARK}_mb"] = last.memory_after(min(MARK, last.orders))
    figures["memory_at_end_mb"] = last.memory_at_end
    return figures


MEASURES = (
    Measure("calls", _calls),
    Measure("race", _race),
    Measure("limit", _limit),
    Measure("idle", _idle),
    Measure("backfill", _backfill, is_quick=False),
)


def _chosen(options: argparse.Namespace) -> Iterator[Measure]:
    for measure in MEASURES:
        wanted = measure.name in options.only if options.only else measure.is_quick or not options.quick
        if wanted:
            yield measure


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 where a measurement could not be made, with the others' figures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the figures as one object, last")
    parser.add_argument("--quick", action="store_true", help="only what takes less than three minutes")
    parser.add_argument("--only", action="append", choices=[each.name for each in MEASURES], help="only this one")
    parser.add_argument("--orders", type=int, default=ORDERS, help="the longest history of the backfill")
    options = parser.parse_args(arguments)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a terminal or a pipe, both are text
    compile_once()
    figures: Figures = {}
    failed = False
    for measure in _chosen(options):
        began = time.monotonic()
        print(f"{measure.name} ...", flush=True)
        with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder:
            try:
                made = measure.make(Path(folder), options)
            except BenchError as error:
                print(f"  {error}", file=sys.stderr)
                failed = True
                continue
        for name, value in made.items():
            figures[name] = round(value, DIGITS)
            print(f"  {name} = {figures[name]}")
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    if options.json:
        print(json.dumps(figures))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
