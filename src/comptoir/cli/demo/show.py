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
from comptoir.cli.speech import labelled, placed, text, told, translated
from comptoir.engine.proving.proof import Proof
from comptoir.engine.telling.held import by_cause

SETTINGS = "settings"
ORDER = "{order}"


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
        table.add_row(text("Order {number}", number=number) if number else "•", _story(step["say"], case["orders"]))
    console.print(table)


def _story(say: str, orders: Sequence[str]) -> str:
    """What the simulator says of a step, in the reader's language; the order's number stands in it as {order}."""
    return translated(say.replace(orders[0], ORDER)).replace(ORDER, orders[0])


def show_mistakes(problems: Sequence[Problem]) -> None:
    """Why a run refused to begin: every setting that no longer fits, with the remedy."""
    console.print(text("The run did not begin: the settings do not fit the company any more."), style="bold")
    for problem in problems:
        console.print(f"• {placed(problem)}")
        console.print(f"  → {told(problem.remedy)}", style="dim")


def show_held(proof: Proof) -> None:
    """What is held, by cause, with the remedy and with what is at stake."""
    if not proof.held:
        console.print(text("Held: nothing."))
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column(text("Held, and what to do"), ratio=1)
    table.add_column(proof.currency, justify="right", no_wrap=True)
    for problem, rows in by_cause(proof.held, lambda row: row.problems).values():
        table.add_row(
            Text(told(problem.what)).append(f"\n→ {told(problem.remedy)}", style="dim"),
            in_column(sums(row.amount for row in rows), proof.currency),
        )
    console.print(table)


def show_cases(cases: Sequence[Judged]) -> None:
    """Every case with what was expected of it and what came."""
    title = text("Every case")
    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(text("Case"), ratio=4)
    table.add_column(text("Order"), no_wrap=True, max_width=8)
    table.add_column(text("In the books"), ratio=5)
    table.add_column("", width=1)
    family = ""
    for each in cases:
        if each.family != family:
            family = each.family
            table.add_section()
            table.add_row(Text(translated(family), style="bold"), "", "", "")
        shown = Text("\n".join(words(each.outcome)))
        for line in _disagreements(each):
            shown.append(f"\n{line}", style="red")
        mark = Text("✓", style="green") if each.agrees else Text("✗", style="bold red")
        table.add_row(translated(each.name), each.orders[0], shown, mark)
    console.print(table)
    agreeing = sum(each.agrees for each in cases)
    style = "bold green" if agreeing == len(cases) else "bold red"
    verdict = "{agreeing} of {all} cases came out as the rules ask."
    console.print(text(verdict, agreeing=str(agreeing), all=str(len(cases))), style=style)


def _disagreements(judged: Judged) -> Iterator[str]:
    """What was expected where something else came: in the end, of what stopped the run, on the way."""
    outcome, expected = judged.outcome, judged.expected
    if words(outcome) != words(expected):
        yield _expected(words(expected))
    if outcome.get("stopped_by") != expected.get("stopped_by"):
        yield labelled(text("stopped by"), ", ".join(outcome["stopped_by"]) or text("nothing"))
        yield _expected(expected["stopped_by"])
    for member, moment in (("before", text("at first")), ("midway", text("after the second run"))):
        if outcome.get(member) != expected.get(member):
            yield labelled(moment, "; ".join(words(outcome[member])))
            yield _expected(words(expected[member]))


def _expected(found: Sequence[str]) -> str:
    return labelled(text("expected"), "; ".join(found))
