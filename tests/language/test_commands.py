"""Everything that a command says to a person is said through the catalogs: in the source, and when it is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLI = ROOT / "src" / "comptoir" / "cli"
SINKS = {
    "print",
    "say",
    "add_column",
    "add_row",
    "add_task",
    "echo",
    "prompt",
    "confirm",
    "heading",
    "labelled",
    "Table",
}
"""What shows its arguments to a person, by the last part of its name."""
UNSAID = {"style", "justify", "header_style", "title_justify", "box", "border_style", "min_width"}
WORD = re.compile(r"[A-Za-z]{2,}")
NO_WORDS = re.compile(r"^((bold|dim|yellow|green|red)( green| red)?|, id |/welcome\?code=| *comptoir | --home )$")
"""Styles, and what is typed as it stands."""


def name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def literals(node: ast.expr) -> Iterator[str]:
    """The literal texts of an expression; what a call makes of its own arguments is that call's business."""
    match node:
        case ast.Constant(value=str(words)):
            yield words
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.GeneratorExp(elt=each)]):
            yield from literals(each)
        case ast.Call():
            return
        case ast.FormattedValue(value=value):
            yield from literals(value)
        case ast.Subscript(value=value):
            yield from literals(value)
        case _:
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr):
                    yield from literals(part)


def unsaid(source: str) -> list[tuple[int, str]]:
    """Literal words that go to a person past the catalogs, each with its line."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or name_of(call) not in SINKS:
            continue
        given = [*call.args, *(each.value for each in call.keywords if each.arg not in UNSAID)]
        words = [each for argument in given for each in literals(argument)]
        found += [(call.lineno, each) for each in words if WORD.search(each) and not NO_WORDS.match(each)]
    return found


@pytest.mark.parametrize("file", sorted(CLI.rglob("*.py")), ids=lambda file: file.relative_to(CLI).as_posix())
def test_no_words_go_past_the_catalogs(file: Path) -> None:
    assert unsaid(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'console.print("No words.")',
        'console.print(f"Order {number}", style="bold")',
        'say("  •", "A" if x else "No words.")',
        'table.add_column("Total", justify="right")',
        'Table(title="Sales")',
        'out.print(", ".join(f"{each} held" for each in found))',
    ],
)
def test_words_that_go_past_are_found(source: str) -> None:
    assert len(unsaid(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'console.print(text("Words."), style="bold")',
        'say("  •", told(problem.what), "dim")',
        'table.add_column(text("Total"), justify="right")',
        'console.print(f"  {number}", style="bold")',
    ],
)
def test_what_is_said_through_them_is_not(source: str) -> None:
    assert unsaid(source) == []
