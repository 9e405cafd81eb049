"""How commands are called: as typer has it, but for what is shown of help and of mistakes.

What is shown is loaded where it is needed (`comptoir.cli.help`): this module is read at each start.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import typer
import typer.core
from typer.exceptions import TyperException

from comptoir.books.problems import Message, ToldError

Body = TypeVar("Body", bound=Callable[..., Any])
WRONGLY_CALLED = 2
"""Exit code of a command that was not understood."""


class WronglyCalledError(TyperException):
    """What was typed is no call of a command; `known` are the names among which one may be meant."""

    exit_code = WRONGLY_CALLED

    def __init__(self, context: Any, message: Message, typed: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(str(message))
        self.ctx = context
        self.told = message
        self.typed = typed
        self.known = tuple(known)


class Command(typer.core.TyperCommand):
    """A command with its help in the reader's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the library's form
        """Show the help."""
        _show_help(self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed; what is left over belongs to nothing."""
        takes_more, ctx.allow_extra_args = ctx.allow_extra_args, True
        rest = super().parse_args(ctx, args)
        if rest and not takes_more:
            raise WronglyCalledError(ctx, Message("Nothing takes this: {words}", {"words": " ".join(rest)}))
        return rest


class Group(typer.core.TyperGroup):
    """Commands under one name, with their help in the reader's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the library's form
        """Show the help."""
        _show_help(self, ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named; WronglyCalledError where there is none such."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise WronglyCalledError(
                ctx, Message("There is no command {name}.", {"name": args[0]}), args[0], self.commands
            )
        return super().resolve_command(ctx, args)

    def main(  # type: ignore[override]  # what else the library passes on is passed on
        self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **more: Any
    ) -> Any:
        """Run what was typed, and end the process with its exit code."""
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **more)
        try:
            code = super().main(args, standalone_mode=False, **more)
        except (TyperException, ToldError, typer.Abort) as error:
            code = _show_ending(error)
        sys.exit(code if isinstance(code, int) else 0)


class Family(typer.Typer):
    """Commands that share a name, such as those of `comptoir settings`."""

    def __init__(self, about: str) -> None:
        super().__init__(cls=Group, help=about, no_args_is_help=True)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Body], Body]:
        """Add a command, as typer does."""
        return super().command(name, cls=Command, **settings)


def _show_help(command: Any, context: Any) -> None:
    from comptoir.cli.help import show_help  # noqa: PLC0415 - see above

    show_help(command, context)


def _show_ending(error: Exception) -> int:
    from comptoir.cli.help import show_ending  # noqa: PLC0415 - see above

    return show_ending(error)
