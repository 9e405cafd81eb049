from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import comptoir.engine
from comptoir.cli import progress as module
from comptoir.cli.progress import progress
from comptoir.engine.telling.words import STEPS
from comptoir.engine.work import Step


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    clock = Hand()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_lines_where_nobody_watches(hand: Hand) -> None:
    console = Console(file=io.StringIO(), width=100)
    with progress(console) as watch:
        watch(Step("fetch", 0))
        watch(Step("fetch", 50))  # too soon for a line
        hand.now += 10
        watch(Step("fetch", 1250))
        watch(Step("post", 30, 1000))
        hand.now += 10
        watch(Step("post", 230, 1000))
        hand.now += 1
        watch(Step("post", 500, 1000))  # too soon
        hand.now += 1
        watch(Step("post", 1000, 1000))  # the end is always said
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "Reading orders: 0",
        "Reading orders: 1,250",
        "Posting documents: 30 of 1,000",
        "Posting documents: 230 of 1,000, 20 a second, 38 s left",
        "Posting documents: 1,000 of 1,000, 81 a second, 0 s left",
    ]


def on_a_terminal(*steps: Step) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=120, color_system=None, legacy_windows=False)
    with progress(console) as watch:
        for step in steps:
            watch(step)
    return file.getvalue()


def test_bars_on_a_terminal() -> None:
    shown = on_a_terminal(Step("decide", 5, 20), Step("post", 30, 120))
    assert "Posting documents" in shown
    assert "30/120" in shown
    assert "Reading orders" not in shown


@pytest.mark.parametrize(
    "step", [Step("fetch", 40), Step("fetch", 40, 36)], ids=["total unknown", "more than expected"]
)
def test_a_bar_ends_full(step: Step) -> None:
    assert "40/40" in on_a_terminal(step)


def test_every_step_of_the_road_has_its_words() -> None:
    folder = Path(comptoir.engine.__file__).parent
    steps = {found for path in folder.rglob("*.py") for found in re.findall(r'Step\("(\w+)"', path.read_text("utf-8"))}
    assert steps <= set(STEPS)
