"""Write docs/reference/commands.md from the command line's own help.

usage: python scripts/generate_command_docs.py
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from comptoir.cli.help import argument, help_of, name_of
from comptoir.cli.main import app
from comptoir_sandbox.quickbooks import main as quickbooks
from comptoir_sandbox.shopify import main as shopify

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "commands.md"
HEADING = """\
# Commands

Made from the commands' own help by `python scripts/generate_command_docs.py`: change the help there, not here.
`comptoir COMMAND --help` shows the same in the terminal.

A command that could not do what was asked says why on stderr and ends with a code other than 0. With `--json` the last
line on stdout is one JSON object, also when something went wrong (`error`, and `problems` with a remedy each).

Commands speak English or French: the language that `COMPTOIR_LANGUAGE` names (`en`, `fr`), else that of the locale
(`LC_ALL`, `LC_MESSAGES`, `LANG`), else English. Help, tables, questions, problems and errors follow it, and so do
amounts, numbers and dates. What is typed stays as it is here, and `--json` is the same in every language.
"""
PARSERS = {"comptoir sandbox quickbooks": quickbooks._options, "comptoir sandbox shopify": shopify._parser}  # noqa: SLF001
"""These two pass their options on to programs of their own."""


def commands(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Every command below this one that does something, in the order of the help."""
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
        return
    for name, each in below.items():
        yield from commands(each, f"{words} {name}")


def section(words: str, command: Any) -> str:
    """One command: what it does, how it is called, its options."""
    table = passed_on(PARSERS[words]()) if words in PARSERS else own(command)
    arguments = [argument(each) for each in command.params if each.param_type_name == "argument"]
    usage = " ".join([words, *(["[OPTIONS]"] if table else []), *arguments])
    parts = [f"## {words}", command.help.strip(), f"```\n{usage}\n```"]
    if table:
        parts.append("| option | meaning |\n|---|---|\n" + "\n".join(f"| {left} | {right} |" for left, right in table))
    return "\n\n".join(parts)


def own(command: Any) -> list[tuple[str, str]]:
    """Options and arguments of a command of ours."""
    return [(f"`{name_of(each)}`", help_of(each)) for each in command.params]


def default_of(option: Any) -> str:
    """A sentence; none for what stands for nothing."""
    return "" if option.default is None or option.default in (False, "", []) else f" Default: `{option.default}`."


def passed_on(parser: argparse.ArgumentParser) -> list[tuple[str, str]]:
    """Options of a simulator."""
    found = []
    for each in parser._actions:  # noqa: SLF001 - argparse tells its options nowhere else
        if each.option_strings[-1] == "--help":
            continue
        takes = "" if each.nargs == 0 else f" {'|'.join(map(str, each.choices or ())) or each.dest.upper()}"
        words = (each.help or "").partition(" (default")[0]
        sentence = f"{words[:1].upper()}{words[1:]}." if words else ""
        found.append(
            (f"`{' / '.join(each.option_strings)}{takes}`".replace("|", "\\|"), f"{sentence}{default_of(each)}".strip())
        )
    return found


def page() -> str:
    """The whole page."""
    found = commands(typer.main.get_command(app), "comptoir")
    return "\n".join([HEADING, *(f"{section(words, command)}\n" for words, command in found)])


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
