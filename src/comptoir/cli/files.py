"""Files that the user names: read and written as text, with a plain word where they cannot be."""

from __future__ import annotations

from pathlib import Path

from comptoir.books.problems import Message
from comptoir.cli.errors import CommandError


def read_text(path: Path) -> str:
    """What the file holds. CommandError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(
            Message("The file {file} cannot be read ({reason}).", {"file": str(path), "reason": str(error.strerror)})
        ) from error
    except UnicodeDecodeError as error:
        raise CommandError(
            Message("The file {file} is not UTF-8 text. Save it as UTF-8 and try again.", {"file": str(path)})
        ) from error


def write_text(path: Path, text: str) -> None:
    """Put this text into the file. CommandError where it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            Message("The file {file} cannot be written ({reason}).", {"file": str(path), "reason": str(error.strerror)})
        ) from error
