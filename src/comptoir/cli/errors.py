"""What goes wrong, as a person reads it: one plain message, an exit code that is not 0, nothing half-done."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console

from comptoir.books.problems import Message, Problem, ToldError
from comptoir.cli.speech import placed, told
from comptoir.engine.work import SettingsProblemsError

FAILED = 1
"""Exit code of a command that could not do what was asked."""

P = ParamSpec("P")
R = TypeVar("R")

console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


class CommandError(ToldError):
    """What ends a command, and why; `more` are the sentences that follow."""

    problems: Sequence[Problem] = ()

    def __init__(self, message: Message, *more: Message) -> None:
        super().__init__(message)
        self.sentences = (message, *more)

    def __str__(self) -> str:
        return " ".join(map(str, self.sentences))


class ProblemsError(CommandError):
    """Several mistakes at once, each with its remedy."""

    def __init__(self, heading: Message, problems: Sequence[Problem]) -> None:
        super().__init__(heading)
        self.problems = problems


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors a command may meet into messages; with --json also into a last line of JSON."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SettingsProblemsError as error:
            ending: CommandError = ProblemsError(Message("The settings do not fit the company:"), error.problems)
        except CommandError as error:
            ending = error
        except ToldError as error:
            ending = CommandError(error.message)
        except KeyboardInterrupt:
            ending = CommandError(Message("Stopped. Nothing is lost: the next run goes on from here."))
        _show(ending, as_json=bool(kwargs.get("as_json")))
        raise typer.Exit(FAILED)

    return wrapped


def _show(error: CommandError, *, as_json: bool) -> None:
    console.print(" ".join(map(told, error.sentences)), style="bold red")
    for problem in error.problems:
        console.print(f"  • {placed(problem)}")
        console.print(f"    {told(problem.remedy)}", style="dim")
    if as_json:
        rows = [{"where": each.where, "what": str(each.what), "remedy": str(each.remedy)} for each in error.problems]
        print(json.dumps({"error": str(error), "problems": rows}), file=sys.stdout)
