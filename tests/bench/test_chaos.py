"""The real command is killed at chosen instants and started again, at a small size; `make chaos` does it at length."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from bench.chaos import __main__ as main
from bench.chaos.child import Moment
from bench.chaos.journal import look, open_batches, states
from bench.chaos.kills import PHASES, Campaign, instants, kill_everywhere, kill_many, killed_at
from bench.chaos.misfortune import Misfortune
from bench.chaos.stage import Difference, Stage, difference, stage
from bench.world import BenchError, comptoir

KILLS = 11
SEED = 7
ORDERS = 4


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as opened:
        yield opened


def quiet(_line: str) -> None:
    pass


@pytest.mark.journey
def test_kills_over_all_phases_leave_the_books_of_an_undisturbed_history(on: Stage) -> None:
    found = kill_many(on, KILLS, SEED, say=quiet)
    assert found.kills >= KILLS
    assert all(found.hits[phase] for phase in PHASES), found.hits
    assert found.difference.is_equal, found.difference


@pytest.mark.journey
def test_kills_while_a_tenth_of_all_calls_fail(on: Stage) -> None:
    misfortune = Misfortune(on, random.Random(SEED))  # noqa: S311 - which calls, not secrets
    found = kill_many(on, 3, SEED, arm=misfortune.arm, at_end=misfortune.settle, say=quiet)
    assert misfortune.hit > 0
    assert found.kills == 3
    assert found.difference.is_equal, found.difference


@pytest.mark.journey
def test_a_kill_at_some_instants_of_a_small_run(on: Stage) -> None:
    found = kill_everywhere(on, ORDERS, step=12, say=quiet)
    assert found.attempts >= 5
    assert found.kills >= found.attempts - 1
    assert found.difference.is_equal, found.difference


@pytest.mark.journey
def test_the_child_dies_where_it_is_told_and_a_calm_one_tells_its_instants(on: Stage) -> None:
    on.sell(ORDERS)
    calm = instants(on.begin(), on.folder / "instants")
    assert {each.value for each in Moment} == set(calm)
    in_order = [each for each in calm if each in set(PHASES)]
    assert in_order[:4] == [Moment.PAGE_SAVED, Moment.BATCH_SAVED, Moment.IN_FLIGHT, Moment.ANSWERED]

    home = on.begin()
    assert killed_at(home, Moment.BATCH_SAVED, 1)
    assert len(open_batches(home)) == 1
    assert states(home)["sending"]
    assert killed_at(home, Moment.RECORDED, 1), "the batch of the first life goes again in the second"
    assert not open_batches(home)
    assert not killed_at(home, Moment.BATCH_SAVED, 100), "there are not so many batches"


@pytest.mark.journey
def test_a_run_that_fails_by_itself_is_no_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.chaos.child", Moment.RECORDED, "1", "0", "--", "sync"]
    command += ["--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 1
    assert "connect" in done.stderr
    with pytest.raises(BenchError, match="No store is connected"):
        comptoir("sync", "--home", tmp_path)


def test_the_comparison_counts_what_is_too_much_and_what_is_missing() -> None:
    wanted = "sale 1\nsale 2\n"
    assert difference(wanted, wanted).is_equal
    assert (difference("sale 1\nsale 2\nsale 2\n", wanted).doubled, difference("sale 1\n", wanted).lost) == (1, 1)
    both = difference("sale 1\nsale 2\nsale 2\n", wanted) + difference("sale 1\n", wanted)
    assert (both.doubled, both.lost, both.is_equal) == (1, 1, False)
    assert both.examples == ("+ sale 2", "- sale 2")


def test_a_journal_that_is_not_there_yet_says_nothing(tmp_path: Path) -> None:
    assert look(tmp_path, "SELECT 1") == []
    (tmp_path / "comptoir.sqlite").touch()
    assert states(tmp_path).total() == 0


def test_the_last_line_is_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = Campaign(attempts=3)
    found.hits.update([Moment.RECORDED.value, "at_random"])
    found.difference = Difference(0, 1, ("- a sale",))
    monkeypatch.setattr(main, "stage", nullcontext)
    monkeypatch.setattr(main, "kill_many", lambda *_args, **_options: found)
    assert main.main(["--kills", "2", "--json"]) == 1
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said.items() >= {"kills": 2, "doubled": 0, "lost": 1, "equal": False}.items()
    assert said["kills_by_phase"] == {each.value: 0 for each in PHASES} | {"recorded": 1, "at_random": 1}
