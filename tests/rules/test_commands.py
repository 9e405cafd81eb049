"""docs/reference/commands.md says what the commands' help says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "generate_command_docs", ROOT / "scripts" / "generate_command_docs.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_help_says() -> None:
    written = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert written == generator().page(), "run: python scripts/generate_command_docs.py"


def test_every_option_has_a_help() -> None:
    page = generator().page()
    bare = [line for line in page.splitlines() if line.startswith("| `--") and line.endswith("|  |")]
    assert [line for line in bare if not line.startswith(("| `--host", "| `--client"))] == []
    assert "None" not in page
