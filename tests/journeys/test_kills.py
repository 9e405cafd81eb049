"""Ten times kill -9 while postings are planned or on their way, and the books of an undisturbed history."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.journeys.conftest import Floor, control, look, states, wait_for

pytestmark = pytest.mark.journey

KILLS = 10
ATTEMPTS = 30
"""Started processes; one that gets through unharmed, or dies too early, is no kill that counts."""
LATENCY_SECONDS = 0.12
"""How long the company takes to answer a batch, which the real one never does at once."""
STATES = frozenset({"planned", "sending", "unknown"})


@dataclass
class Moments:
    """When the next kill falls: each one later, by what the journal shows, than the one before in its round.

    planned: the run holds the company's fence and has rows to send. sending: a new batch is on its way. moving: some
    rows were settled in this run and others are still to come.
    """

    home: Path
    fences: set[str] = field(default_factory=set)
    batch: int = 0

    def remember(self) -> None:
        self.fences |= {str(owner) for (owner,) in look(self.home, "SELECT owner FROM fences")}
        self.batch = self._last_batch()

    def _last_batch(self) -> int:
        found = look(self.home, "SELECT max(id) FROM batches")
        return int(found[0][0] or 0) if found else 0

    def planned(self) -> bool:
        owners = look(self.home, "SELECT owner FROM fences WHERE subject LIKE 'post:%'")
        return any(owner not in self.fences for (owner,) in owners) and bool(states(self.home)["planned"])

    def sending(self) -> bool:
        return self._last_batch() > self.batch and bool(states(self.home)["sending"])

    def unknown(self) -> bool:
        return bool(states(self.home)["unknown"]) and self.planned()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def slowly() -> dict[str, object]:
    return {"kind": "slow", "operation": "batch", "delay_seconds": LATENCY_SECONDS, "times": 10_000}


def misfortunes(attempt: int) -> list[dict[str, object]]:
    """Every third batch is carried out and then answered with an error, or not at all; the rest is slow."""
    kinds = ({"kind": "after_commit", "status": 500}, {"kind": "cut_after_commit"})
    rules = [{**kinds[(attempt + place) % 2], "operation": "batch", "skip": 1 + 2 * place} for place in range(4)]
    return [*rules, slowly()]


def kill_ten_times(
    floor: Floor, home: Path, kinds: tuple[str, ...], arm: Callable[[int], list[dict[str, object]]]
) -> Counter[str]:
    """Answers how many kills hit, and how many of them left rows in each state. `arm`: the faults of an attempt."""
    hits: Counter[str] = Counter()
    moments = Moments(home)
    for attempt in range(ATTEMPTS):
        if hits["kills"] == KILLS:
            break
        wanted = kinds[attempt % len(kinds)]
        control(floor.company["url"], "faults", method="DELETE")
        floor.faults(*arm(attempt))
        condition: Callable[[], bool] = getattr(moments, wanted)
        process = floor.shell.start("sync", "--home", home)
        came = wait_for(condition, process)
        if came:
            # From the first instant to well after the answer: each kill at another point of the step.
            time.sleep(0.021 * (attempt % 8))
        kill(process)
        left = states(home)
        moments.remember()
        assert came or set(left) & STATES, f"everything was posted after {hits['kills']} kills"
        hits["kills"] += came and bool(set(left) & STATES)
        hits.update(state for state in STATES if left[state])
    return hits


def finish(floor: Floor, home: Path, hits: Counter[str], began: float) -> None:
    """A last run to the end, and the same books as if nothing had happened."""
    proof = floor.sync(home)
    print(f"kills that hit: {dict(hits)}, {time.monotonic() - began:.0f} seconds")  # noqa: T201 - figures for a report
    assert hits["kills"] == KILLS
    assert proof["agrees"]
    assert proof["unsettled"] == 0


def test_ten_kills(floor: Floor, undisturbed: str, home: Path) -> None:
    began = time.monotonic()
    hits = kill_ten_times(floor, home, ("planned", "sending"), lambda _attempt: [slowly()])
    finish(floor, home, hits, began)
    assert hits["sending"] >= 3
    assert floor.canonical() == undisturbed


def test_ten_kills_and_faults(floor: Floor, undisturbed: str, home: Path) -> None:
    began = time.monotonic()
    hits = kill_ten_times(floor, home, ("sending", "unknown", "unknown"), misfortunes)
    finish(floor, home, hits, began)
    assert hits["unknown"] >= 3
    assert floor.canonical() == undisturbed
