"""What goes wrong, as a person reads it: one plain message, an exit code that is not 0, nothing half-done."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console

from comptoir.books.problems import Problem
from comptoir.demo.simulators import SimulatorError
from comptoir.engine.errors import HouseError
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.database import DatabaseAddressError, DatabaseUnreachableError
from comptoir.storage.upkeep.backup import BackupError
from comptoir.storage.upkeep.home import HomeBusyError, HomeMovedError, HomeUnusableError
from comptoir.storage.upkeep.transfer import TargetNotEmptyError, TransferError
from comptoir.storage.upkeep.upgrade import NewerDatabaseError
from comptoir.storage.vault import VaultError

FAILED = 1
"""Exit code of a command that could not do what was asked."""

PLAIN_ERRORS = (
    BackupError,
    DatabaseAddressError,
    DatabaseUnreachableError,
    HomeBusyError,
    HomeMovedError,
    HomeUnusableError,
    NewerDatabaseError,
    SimulatorError,
    TargetNotEmptyError,
    TransferError,
    VaultError,
)
"""What storage and simulators raise with a message for the user."""

P = ParamSpec("P")
R = TypeVar("R")

console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


class CommandError(Exception):
    """A message for the user that ends the command."""


class ProblemsError(CommandError):
    """Several mistakes at once, each with its remedy."""

    def __init__(self, heading: str, problems: Sequence[Problem]) -> None:
        super().__init__(heading)
        self.problems = problems


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors a command may meet into messages; with --json also into a last line of JSON."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SettingsProblemsError as error:
            heading, problems = "The settings do not fit the company:", error.problems
        except ProblemsError as error:
            heading, problems = str(error), list(error.problems)
        except HouseError as error:
            heading, problems = str(error.message), []
        except (CommandError, *PLAIN_ERRORS) as error:
            heading, problems = str(error), []
        except KeyboardInterrupt:
            heading, problems = "Stopped. Nothing is lost: the next run goes on from here.", []
        _show(heading, problems, as_json=bool(kwargs.get("as_json")))
        raise typer.Exit(FAILED)

    return wrapped


def _show(heading: str, problems: Sequence[Problem], *, as_json: bool) -> None:
    console.print(heading, style="bold red", markup=False)
    for problem in problems:
        place = f"{problem.where}: " if problem.where else ""
        console.print(f"  • {place}{problem.what}", markup=False)
        console.print(f"    {problem.remedy}", style="dim", markup=False)
    if as_json:
        rows = [{"where": each.where, "what": str(each.what), "remedy": str(each.remedy)} for each in problems]
        print(json.dumps({"error": heading, "problems": rows}), file=sys.stdout)
