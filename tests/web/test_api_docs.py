"""The reference names every route and every code of the API."""

from __future__ import annotations

import re
from pathlib import Path

from comptoir.web import api
from comptoir.web.api.app import api_routes

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
NAMES = {"connection_id": "connection", "run_id": "run", "source_id": "order", "act": "act"}


def test_every_route_is_in_the_reference() -> None:
    told = {
        (method, path.split("?")[0])
        for methods, path in re.findall(r"^\| ((?:`\w+`, )*`?\w+`?) ?`?(/[^`]*)`", TEXT, re.MULTILINE)
        for method in re.findall(r"[A-Z]+", methods)
    }
    found = {
        (method, re.sub(r"\{(\w+)\}", lambda name: "{" + NAMES[name[1]] + "}", route.path))
        for route in api_routes()
        for method in route.methods or ()
    }
    assert told == found


def test_every_code_is_in_the_reference() -> None:
    sources = [each.read_text(encoding="utf-8") for each in Path(api.__path__[0]).glob("*.py")]
    codes = {code for text in sources for code in re.findall(r'ApiError\(\s*\d+,\s*"([\w-]+)"', text)}
    assert len(codes) > 10
    elsewhere = {"read-only", "token-needed", "too-many-requests", "fault", "length-needed"}  # told by their status
    assert {code for code in codes - elsewhere if f"`{code}`" not in TEXT} == set()
