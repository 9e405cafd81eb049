"""The gift shop's days on a terminal: what people did, what is held and why, and every case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from comptoir.books.money import sums
from comptoir.books.problems import Problem
from comptoir.cli.common import console
from comptoir.cli.demo.outcomes import Judged, words
from comptoir.cli.report import in_column
from comptoir.engine.proving.proof import Proof
from comptoir.engine.telling.held import by_cause

SETTINGS = "settings"


def heading(text: str) -> None:
    """The title of a part."""
    console.print()
    console.print(Rule(Text(text, style="bold"), align="left", style="dim"))


def show_steps(steps: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """What was done, each in a line with the order that it concerns."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for case, step in steps:
        of_order = "store" in step or step.get("mends", SETTINGS) != SETTINGS
        number = case["orders"][step.get("order", 1) - 1] if of_order else ""
        table.add_row(f"Order {number}" if number else "•", step["say"])
    console.print(table)


def show_mistakes(problems: Sequence[Problem]) -> None:
    """Why a run refused to begin: every setting that no longer fits, with the remedy."""
    console.print("The run did not begin: the settings do not fit the company any more.", style="bold")
    for problem in problems:
        console.print(f"• {problem.where}: {problem.what}")
        console.print(f"  → {problem.remedy}", style="dim")


def show_held(proof: Proof) -> None:
    """What is held, by cause, with the remedy and with what is at stake."""
    if not proof.held:
        console.print("Held: nothing.")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("Held, and what to do", ratio=1)
    table.add_column(f"{proof.currency}", justify="right", no_wrap=True)
    for problem, rows in by_cause(proof.held, lambda row: row.problems).values():
        table.add_row(
            Text(str(problem.what)).append(f"\n→ {problem.remedy}", style="dim"),
            in_column(sums(row.amount for row in rows), proof.currency),
        )
    console.print(table)


def show_cases(cases: Sequence[Judged]) -> None:
    """Every case with what was expected of it and what came."""
    table = Table(title="Every case", title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Case", ratio=4)
    table.add_column("Order", no_wrap=True, max_width=5)
    table.add_column("In the books", ratio=5)
    table.add_column("", width=1)
    family = ""
    for each in cases:
        if each.family != family:
            family = each.family
            table.add_section()
            table.add_row(Text(family, style="bold"), "", "", "")
        shown = Text("\n".join(words(each.outcome)))
        for line in _disagreements(each):
            shown.append(f"\n{line}", style="red")
        mark = Text("✓", style="green") if each.agrees else Text("✗", style="bold red")
        table.add_row(each.name, each.orders[0], shown, mark)
    console.print(table)
    agreeing = sum(each.agrees for each in cases)
    style = "bold green" if agreeing == len(cases) else "bold red"
    console.print(f"{agreeing} of {len(cases)} cases came out as the rules ask.", style=style)


def _disagreements(judged: Judged) -> Iterator[str]:
    """What was expected where something else came: in the end, of what stopped the run, on the way."""
    outcome, expected = judged.outcome, judged.expected
    if words(outcome) != words(expected):
        yield f"expected: {'; '.join(words(expected))}"
    if outcome.get("stopped_by") != expected.get("stopped_by"):
        yield f"stopped by: {', '.join(outcome['stopped_by']) or 'nothing'}"
        yield f"expected: {', '.join(expected['stopped_by'])}"
    for member, moment in (("before", "at first"), ("midway", "after the second run")):
        if outcome.get(member) != expected.get(member):
            yield f"{moment}: {'; '.join(words(outcome[member]))}"
            yield f"expected: {'; '.join(words(expected[member]))}"
