"""A run as it goes: what is being done, how far, how fast, and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.engine.telling.words import STEPS
from comptoir.engine.work import Step

LINE_SECONDS = 5.0


class RateColumn(ProgressColumn):
    """How many a second."""

    def render(self, task: object) -> Text:
        """The rate, once it is known."""
        speed = getattr(task, "finished_speed", None) or getattr(task, "speed", None)
        return Text(f"{spoken().number(round(speed))}/s" if speed else "", style="dim")


@contextmanager
def progress(console: Console) -> Iterator[Callable[[Step], None]]:
    """Bars for the block on a terminal, lines now and then elsewhere; answers what the road reports to."""
    if not console.is_terminal:
        yield _Lines(console).watch
        return
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=False) as bars:
        tasks: dict[str, TaskID] = {}

        def watch(step: Step) -> None:
            if step.what not in tasks:
                tasks[step.what] = bars.add_task(told(STEPS[step.what]), total=step.total)
            bars.update(tasks[step.what], completed=step.done, total=step.total)

        yield watch
        for task in bars.tasks:
            if task.total is None or task.completed > task.total:
                bars.update(task.id, total=task.completed)


class _Lines:
    """A line when a step begins, every few seconds, and when its known total is reached."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began: dict[str, tuple[float, int]] = {}
        self._said = 0.0

    def watch(self, step: Step) -> None:
        now = time.monotonic()
        is_first = step.what not in self._began
        began, start = self._began.setdefault(step.what, (now, step.done))
        if not is_first and step.done != step.total and now - self._said < LINE_SECONDS:
            return
        self._said = now
        done, total = f"{step.done:,}", f"{step.total:,}" if step.total else ""
        how_far = text("{done} of {total}", done=done, total=total) if total else spoken().number(step.done)
        line = labelled(told(STEPS[step.what]), how_far)
        speed = (step.done - start) / (now - began) if now > began else 0.0
        if speed and step.total:
            left = max(step.total - step.done, 0) / speed
            pace = text("{speed} a second, {left} s left", speed=f"{speed:,.0f}", left=f"{left:,.0f}")
            line = f"{line}, {pace}"
        self._console.print(line)
