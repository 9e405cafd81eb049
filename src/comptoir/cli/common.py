"""What every command shares: its options, the console, the store it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from comptoir.books.problems import Message, Problem
from comptoir.cli.errors import CommandError
from comptoir.cli.speech import placed, text, told
from comptoir.http.addresses import is_web_address
from comptoir.storage.connections import ConnectionRecord, Standing
from comptoir.wiring import App

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The data directory; else COMPTOIR_HOME, else ~/.comptoir.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object on the last line.")]
StoreOption = Annotated[
    str, typer.Option("--store", help="Which store, by its name or number; needed where several are connected.")
]

console = Console(highlight=False, markup=False, emoji=False)
"""Names come from outside: a bracket or a colon in one is a character, never a style."""


def say(mark: str, words: Message | str, style: str = "") -> None:
    """A sentence behind a mark ("  •", "1."); its further lines begin under its first word."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(mark, told(words) if isinstance(words, Message) else words)
    console.print(grid, style=style or None)


def say_problem(problem: Problem) -> None:
    """What is wrong and where, with the remedy under it."""
    say("  •", placed(problem))
    say("    →", problem.remedy, "dim")


def show_connected(title: str, found: Standing | None = None) -> None:
    """That a connection works; with what its test found, where that tells a person anything."""
    words = "Connected: {name} ({currency}, {zone})" if found is not None else "Connected: {name}"
    values = {"currency": found.currency, "zone": found.time_zone} if found is not None else {}
    console.print(text(words, name=title, **values))


def agreed(question: str) -> bool:
    """Whether the user says yes; no answer is a no."""
    yes, no = text("yes"), text("no")
    answer = typer.prompt(f"{question} [{yes}/{no}]", default=no, show_default=False)
    return str(answer).strip().casefold() in {yes, yes[:1], "yes", "y"}


def web_address(option: str, given: str) -> str:
    """Where the pages are reached, as links begin; CommandError where no browser could open it."""
    if not is_web_address(given):
        raise CommandError(
            Message(
                "{option} takes the address at which people reach the pages, http or https and a host without a path, "
                "such as https://books.example. This is none: {given}",
                {"option": option, "given": given},
            )
        )
    return given.rstrip("/")


def number_of(order: str) -> str:
    """An order's number as the facts have it, however it was typed: with or without #."""
    return order.strip().lstrip("#")


def chosen_store(app: App, wanted: str) -> ConnectionRecord:
    """The store that the user means: the only one, or the one named."""
    stores = app.stores()
    found = named(stores, wanted) if wanted else stores
    if len(found) == 1:
        return found[0]
    names = numbered_names(stores)
    raise CommandError(Message("Choose one store with --store. Connected are: {names}.", {"names": names}))


def named(records: Sequence[ConnectionRecord], wanted: str) -> list[ConnectionRecord]:
    """The connections that a name, a number or the platform's own id means."""
    return [
        each for each in records if wanted in {str(each.id), each.title, each.identity, each.identity.split(":")[-1]}
    ]


def numbered_names(records: Sequence[ConnectionRecord]) -> str:
    """Connections as they may be named."""
    return ", ".join(f"{each.id} ({each.title})" for each in records)
