"""The command that connects a platform, described: each platform's folder says what it takes and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comptoir.books.problems import Message

AskSecret = Callable[[Path | None, str, Message], str]
"""A secret from a file, else from the environment under this name, else asked for under this label."""


@dataclass(frozen=True, slots=True)
class CommandOption:
    """An option. `name`: "token_file" is --token-file; `type`: a text, a switch, or a file that may be left out."""

    name: str
    help: str
    type: type[str] | type[bool] | type[Path] = str
    default: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class ConnectCommand:
    """What the command takes and says. `values`: the form that the options fill in; `page`: said as one opens."""

    about: str
    options: tuple[CommandOption, ...]
    values: Callable[[Mapping[str, Any], AskSecret], dict[str, str]]
    page: Callable[[Mapping[str, str]], Message]
