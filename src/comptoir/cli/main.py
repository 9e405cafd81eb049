"""`comptoir`: the commands joined, each read from its file when it is called, so that starting costs little."""

from __future__ import annotations

import gc
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.main

from comptoir import __version__
from comptoir.cli.calling import Command, Group
from comptoir.telemetry import logs

COMMANDS = {
    "demo": "demo.command:demo",
    "connect": "connect:app",
    "company": "company:company",
    "doctor": "doctor:doctor",
    "settings": "settings:app",
    "preview": "preview:preview",
    "rehearse": "rehearse:rehearse",
    "sync": "sync:sync",
    "schedule": "schedule:app",
    "serve": "serve:serve",
    "worker": "serve:worker",
    "problems": "problems:problems",
    "hold": "choices:hold",
    "skip": "choices:skip",
    "retry": "retry:retry",
    "accept": "accept:accept",
    "undo": "undo:undo",
    "runs": "runs:runs",
    "report": "last_report:report",
    "mail": "mail:app",
    "explain": "explain:explain",
    "prove": "prove:prove",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "move": "move:move",
    "user": "user:app",
    "sandbox": "sandbox:app",
}
"""Every command in the order of the help: the module in `comptoir.cli` and what it calls it there."""


class Commands(MutableMapping[str, Any]):
    """The commands by name; one is read from its module when it is asked for."""

    def __init__(self) -> None:
        self._places = dict(COMMANDS)
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = _read(name, self._places[name])
        return self._read[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._places[name], self._read[name] = "", command

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._read.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _read(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    with _kept():
        found = getattr(import_module(f"comptoir.cli.{module}"), attribute)
    around = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    around.callback()(_nothing)  # so that a single command stays one among several
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name, cls=Command)(found)
    return typer.main.get_group(around).commands[name]


@contextmanager
def _kept() -> Iterator[None]:
    """What the block loads stays until the end: to look through it for garbage takes as long as to load it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _nothing() -> None:
    """What stands before the commands does nothing."""


class All(Group):
    """A group whose commands are `Commands`."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()


app = typer.Typer(
    name="comptoir",
    cls=All,
    help="Your online store's orders, payments and refunds in your books: once, to the cent, explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"comptoir {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Your online store's orders, payments and refunds in your books: once, to the cent, explained."""
    del version  # said by its own callback
    logs.set_up()


def main() -> None:
    """Run the command line."""
    app()
