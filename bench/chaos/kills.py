"""Kills in every phase of a posting, one run after the other on the same journal, until enough of them hit."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.chaos.child import ANY, Moment
from bench.chaos.journal import UNSETTLED, look, open_batches, states
from bench.chaos.stage import LATENCY_SECONDS, Difference, Stage, difference
from bench.world import COMPTOIR, PATIENCE_SECONDS, BenchError, calls_of

PHASES = (Moment.PAGE_SAVED, Moment.BATCH_SAVED, Moment.IN_FLIGHT, Moment.ANSWERED, Moment.RECORDED)
AT_RANDOM = "at_random"
RANDOM_EVERY = 8
"""One of so many kills comes from outside, after a time that was drawn."""
LONGEST_LIFE_SECONDS = 4.0
MOST_PLACES = 2
FIRST_ORDERS = 60
MOST_NEW_ORDERS = 8
ATTEMPTS_A_KILL = 3
SEEN_WITHIN_SECONDS = 2.0


@dataclass
class Campaign:
    """What was done, and what it came to."""

    hits: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    errors: int = 0
    """Runs that ended by themselves with a problem told, under faults."""
    difference: Difference = field(default_factory=lambda: Difference(0, 0))

    @property
    def kills(self) -> int:
        """Kills that hit: a posting was planned or on its way."""
        return self.hits.total()


def killed_at(home: Path, moment: str, place: int, delay_seconds: float = 0.0) -> bool:
    """Run the product until it kills itself there; False where it ended before."""
    command = [sys.executable, "-m", "bench.chaos.child", moment, str(place), f"{delay_seconds:.3f}", "--"]
    return _ended_by_kill(_start([*command, "sync", "--json", "--home", str(home)]))


def killed_after(home: Path, seconds: float) -> bool:
    """Run the real command and kill it from outside after so long; False where it ended before."""
    process = _start([COMPTOIR, "sync", "--json", "--home", str(home)])
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    return _ended_by_kill(process)


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _ended_by_kill(process: subprocess.Popen[str]) -> bool:
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    if process.returncode not in {0, 1, -signal.SIGKILL} or "Traceback" in err:
        raise BenchError(f"the run ended with {process.returncode}:\n{out[-2000:]}\n{err[-4000:]}")
    return process.returncode == -signal.SIGKILL


@dataclass
class _Before:
    """What the journal said before a run."""

    pages: tuple[Any, ...]
    """How far the store was read, and how many of its records are kept."""
    answered: int

    @classmethod
    def of(cls, home: Path) -> _Before:
        place = look(home, "SELECT cursor, fetched_until FROM connections WHERE role = 'store'")
        return cls((*place, _count(home, "facts")), _count(home, "batches WHERE state = 'answered'"))


def _count(home: Path, what: str) -> int:
    found = look(home, f"SELECT count(*) FROM {what}")  # noqa: S608 - our own words
    return int(found[0][0]) if found else 0


def kill_many(
    stage: Stage,
    kills: int,
    seed: int,
    *,
    phases: Sequence[Moment] = PHASES,
    arm: Callable[[int], None] = lambda _attempt: None,
    at_end: Callable[[], None] = lambda: None,
    say: Callable[[str], None] = print,
) -> Campaign:
    """Kill until `kills` hit, evenly over the phases and at random times; then run to the end and compare.

    Where there are kills enough for all phases, none is left out, even if that takes a kill more.
    arm, at_end: what is done before each attempt, and before the runs to the end. BenchError where most attempts
    do not hit.
    """
    draw = random.Random(seed)  # noqa: S311 - which instants, not secrets
    campaign = Campaign()
    home = stage.begin()
    stage.sell(FIRST_ORDERS)
    needed = phases if kills >= len(phases) else ()
    while campaign.kills < kills or not all(campaign.hits[each] for each in needed):
        campaign.attempts += 1
        if campaign.attempts > ATTEMPTS_A_KILL * kills + 20:
            raise BenchError(f"only {campaign.kills} of {campaign.attempts} kills hit: {dict(campaign.hits)}")
        stage.sell(draw.randint(2, MOST_NEW_ORDERS))
        arm(campaign.attempts)
        before = _Before.of(home)
        if campaign.attempts % RANDOM_EVERY == 0:
            phase, came = AT_RANDOM, killed_after(home, draw.uniform(0.5, LONGEST_LIFE_SECONDS))
        else:
            phase = draw.choice(_worth_a_try(phases, campaign.hits, bool(set(states(home)) & UNSETTLED)))
            came = _kill_in(phase, home, draw)
        if came and set(states(home)) & UNSETTLED and _is_proved(stage, home, phase, before):
            campaign.hits[str(phase)] += 1
            if campaign.kills % 20 == 0:
                say(f"  {campaign.kills} kills of {campaign.attempts} attempts: {dict(campaign.hits)}")
    at_end()
    found = stage.finish(home)
    campaign.difference = difference(found, stage.undisturbed())
    return campaign


def _worth_a_try(phases: Sequence[Moment], hits: Counter[str], is_unsettled: bool) -> list[Moment]:
    """The phases that were hit rarest; a page hits only where the run before left rows planned or on their way."""
    can = [each for each in phases if is_unsettled or each is not Moment.PAGE_SAVED] or list(phases)
    most = max(min(hits[each] for each in phases) + 1, min(hits[each] for each in can))
    return [each for each in can if hits[each] <= most]


def _kill_in(phase: str, home: Path, draw: random.Random) -> bool:
    place = draw.randint(1, MOST_PLACES)
    # The company has the request and has not answered: before its work, and after it.
    delay = draw.uniform(0.1, 0.9) * LATENCY_SECONDS if phase == Moment.IN_FLIGHT else 0.0
    return killed_at(home, phase, place, delay)


def _is_proved(stage: Stage, home: Path, phase: str, before: _Before) -> bool:
    """Whether the journal that is left, and the company's log, show that the kill fell where it was meant to."""
    match phase:
        case Moment.PAGE_SAVED:
            return _Before.of(home).pages != before.pages
        case Moment.BATCH_SAVED:
            return bool(open_batches(home) - _arrived(stage))
        case Moment.IN_FLIGHT | Moment.ANSWERED:
            return _comes(lambda: bool(open_batches(home) & _arrived(stage)))
        case Moment.RECORDED:
            return _Before.of(home).answered > before.answered
        case _:
            return True


def _arrived(stage: Stage) -> set[str]:
    return {each.request_id for each in calls_of(stage.company) if each.request_id}


def _comes(condition: Callable[[], bool]) -> bool:
    """The company notes a request when it has answered, which may be after the asker's death."""
    deadline = time.monotonic() + SEEN_WITHIN_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def instants(home: Path, file: Path) -> list[str]:
    """The instants of a calm run of this data directory, in their order."""
    command = [sys.executable, "-m", "bench.chaos.child", "count", str(file), "0", "--"]
    if _ended_by_kill(_start([*command, "sync", "--json", "--home", str(home)])):
        raise BenchError("a calm run was killed")
    return file.read_text(encoding="utf-8").split()


def kill_everywhere(stage: Stage, orders: int, *, step: int = 1, say: Callable[[str], None] = print) -> Campaign:
    """One life for every commit, every request and every answer of a run over so many orders, ended there and resumed.

    step: only every so many instants.
    """
    stage.sell(orders)
    campaign = Campaign()
    calm = instants(stage.begin(), stage.folder / "instants")
    wanted = stage.undisturbed()
    for place in range(1, len(calm) + 1, step):
        campaign.attempts += 1
        home = stage.begin()
        if killed_at(home, ANY, place):
            campaign.hits[calm[place - 1]] += 1
        campaign.difference += difference(stage.finish(home), wanted)
        if campaign.attempts % 20 == 0:
            say(f"  {campaign.attempts} of {len(calm)} instants: {campaign.difference}")
    return campaign
