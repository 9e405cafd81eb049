"""A letter as plain text: complete in itself, for readers and programs that show no HTML."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

from comptoir.mail.letter import Grid, Letter, Note, Part

WIDTH = 72
"""Columns of a line that every mail program shows whole."""


def as_text(letter: Letter) -> str:
    """The letter's text."""
    blocks = [[letter.headline[:1].upper() + letter.headline[1:], letter.lead]]
    blocks += [list(_part(part)) for part in letter.parts]
    blocks.append(["-- ", *(line for text in letter.footer for line in textwrap.wrap(text, WIDTH))])
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def _part(part: Part) -> Iterator[str]:
    yield part.heading
    yield "=" * _wide(part.heading)
    for line in part.lines:
        yield from textwrap.wrap(line, WIDTH)
    for place, grid in enumerate(part.grids):
        if place:
            yield ""
        yield from _grid(grid)
    for note in part.notes:
        yield from _note(note)


def _note(note: Note) -> Iterator[str]:
    yield from textwrap.wrap(note.what, WIDTH, initial_indent="* ", subsequent_indent="  ")
    if note.remedy:
        yield from textwrap.wrap(note.remedy, WIDTH, initial_indent="  > ", subsequent_indent="    ")
    if note.detail:
        yield from textwrap.wrap(note.detail, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _grid(grid: Grid) -> Iterator[str]:
    """Columns side by side, figures to the right; a first column that is too wide stands on a line of its own."""
    rows = [row for row in (grid.headings, *grid.rows) if any(row)]
    widths = [max(_wide(row[at]) for row in rows) for at in range(len(rows[0]))]
    room = WIDTH - sum(widths[1:]) - 2 * len(widths[1:])
    first = min(widths[0], max(room, 1))
    for place, row in enumerate(rows):
        if grid.is_sum and place == len(rows) - 1:
            yield "-" * min(first + sum(widths[1:]) + 2 * len(widths[1:]), WIDTH)
        figures = "  ".join(_right(cell, width) for cell, width in zip(row[1:], widths[1:], strict=True))
        if _wide(row[0]) <= first:
            yield f"{row[0]}{' ' * (first - _wide(row[0]))}  {figures}".rstrip()
        else:
            yield from textwrap.wrap(row[0], WIDTH)
            yield f"{' ' * first}  {figures}".rstrip()


def _right(text: str, width: int) -> str:
    return " " * (width - _wide(text)) + text


def _wide(text: str) -> int:
    """How many columns a text takes: letters of East Asia take two, marks on a letter none."""
    wide = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return wide - sum(1 for char in text if unicodedata.combining(char))
