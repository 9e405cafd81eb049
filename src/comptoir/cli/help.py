"""What is shown of commands in the reader's language: their help, and what is wrong with what was typed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.table import Table
from typer.exceptions import TyperException

from comptoir.books.problems import Message, ToldError
from comptoir.books.settings import Language
from comptoir.cli.calling import WRONGLY_CALLED, WronglyCalledError
from comptoir.cli.common import console
from comptoir.cli.errors import FAILED
from comptoir.cli.errors import console as errors
from comptoir.cli.speech import labelled, text, told, translated

TAKES = {
    str: Message("TEXT"),
    int: Message("NUMBER"),
    Path: Message("PATH"),
    datetime: Message("DATE"),
    Language: Message("LANGUAGE"),
}
"""What stands for an option's value, by its type."""
HELP_OF_HELP = Message("Show this help, and no more.")


# Help


def show_help(command: Any, ctx: Any) -> None:
    """What a command does, how it is called, and what it takes."""
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    console.print(labelled(text("Usage"), usage), style="bold")
    for paragraph in translated(flowing(command.help or "")).split("\n\n"):
        console.print()
        console.print(paragraph)
    parameters = command.get_params(ctx)
    arguments = [(name_of(each), help_of(each)) for each in parameters if each.param_type_name == "argument"]
    options = [(name_of(each), help_of(each)) for each in parameters if each.param_type_name == "option"]
    below = getattr(command, "commands", {})
    commands = [(name, translated(flowing(each.help or "")).split("\n\n")[0]) for name, each in below.items()]
    _show_rows(text("Arguments"), arguments)
    _show_rows(text("Options"), options)
    _show_rows(text("Commands"), commands)


def flowing(words: str) -> str:
    """A help text as paragraphs, however its lines are broken in the source."""
    return "\n\n".join(" ".join(part.split()) for part in words.strip().split("\n\n"))


def name_of(parameter: Any) -> str:
    """An option with what stands for its value, or an argument."""
    if parameter.param_type_name == "argument":
        return argument(parameter)
    names = ", ".join(parameter.opts)
    return names if parameter.is_flag else f"{names} {told(TAKES[parameter.type_descriptor.annotation])}"


def argument(parameter: Any) -> str:
    """An argument in a usage line."""
    name = str(parameter.name).upper()
    return name if parameter.required else f"[{name}]"


def help_of(parameter: Any) -> str:
    """What an option or argument is for, whether it must be there, and what it is without."""
    if parameter.name == "help":
        return told(HELP_OF_HELP)
    parts = [translated(flowing(parameter.help or ""))]
    if parameter.param_type_name == "option":
        parts += [text("Required.")] if parameter.required else []
        default = parameter.default
        has_default = default is not None and default not in (False, "", [])
        parts += [text("Default: {value}.", value=str(default))] if has_default else []
    return " ".join(parts)


def _show_rows(heading: str, rows: Sequence[tuple[str, str]]) -> None:
    if not rows:
        return
    console.print()
    console.print(heading, style="bold")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column()
    for name, words in rows:
        table.add_row(f"  {name}", words)
    console.print(table)


# What is wrong with a call


def show_ending(error: Exception) -> int:
    """Why a command did not begin, or was broken off at a question; answers the exit code."""
    if isinstance(error, ToldError):
        errors.print(told(error.message), style="bold red")
        return WRONGLY_CALLED
    if not isinstance(error, TyperException):
        errors.print(text("Stopped."), style="bold red")
        return FAILED
    sentences = list(_said(error))
    if sentences:
        errors.print(" ".join(map(told, sentences)), style="bold red")
        path = getattr(getattr(error, "ctx", None), "command_path", "comptoir")
        errors.print(text("See how it is called: {command}", command=f"{path} --help"), style="dim")
    return error.exit_code


def _said(error: TyperException) -> Iterator[Message]:
    """What the library found wrong, by its kind of error; in its own words where it is a kind that we do not know."""
    if isinstance(error, WronglyCalledError):
        yield error.told
        yield from _perhaps(difflib.get_close_matches(error.typed, error.known))
        return
    parameter = getattr(error, "param", None)
    match type(error).__name__:
        case "NoArgsIsHelpError":
            return  # the help is shown already
        case "MissingParameter" if parameter is not None and parameter.param_type_name == "argument":
            yield Message("{argument} is missing.", {"argument": argument(parameter)})
        case "MissingParameter" if parameter is not None:
            yield Message("The option {option} is missing.", {"option": parameter.opts[0]})
        case "NoSuchOption":
            yield Message("There is no option {option}.", {"option": error.option_name})  # type: ignore[attr-defined]
            yield from _perhaps(error.possibilities or ())  # type: ignore[attr-defined]
        case "BadOptionUsage":
            yield Message("The option {option} needs a value.", {"option": error.option_name})  # type: ignore[attr-defined]
        case "BadParameter" if parameter is not None:
            yield from _unfit(error, parameter)
        case _:
            yield Message.verbatim(error.format_message())


def _unfit(error: TyperException, parameter: Any) -> Iterator[Message]:
    """A value that does not fit, and what would; the check's own words where its kind is not known."""
    errors_of = getattr(error.__cause__, "errors", None)
    found = errors_of()[0] if errors_of is not None else {}
    names = {"value": str(found.get("input", "")), "option": name_of(parameter).partition(" ")[0]}
    yield Message('"{value}" is no value of {option}.', names)
    limits = found.get("ctx", {})
    annotation = parameter.type_descriptor.annotation
    if found.get("type") == "int_parsing":
        yield Message("It takes a whole number.")
    elif "ge" in limits:
        yield Message("It takes {least} or more.", {"least": str(limits["ge"])})
    elif "le" in limits:
        yield Message("It takes {most} at most.", {"most": str(limits["le"])})
    elif annotation is datetime:
        yield Message("It takes a date like {example}.", {"example": "2026-03-31"})
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield Message("It takes one of: {choices}.", {"choices": ", ".join(annotation)})
    else:
        yield Message.verbatim(str(getattr(error, "message", "")))


def _perhaps(near: Sequence[str]) -> Iterator[Message]:
    if near:
        yield Message("Did you mean {names}?", {"names": ", ".join(near)})
