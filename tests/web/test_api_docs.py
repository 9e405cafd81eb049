"""The reference names every route and every code of the API."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from tests.web.conftest import Place

from comptoir.web import api
from comptoir.web.api.app import api_routes
from comptoir.web.api.described import calls_by_topic, shapes

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
NAMES = {
    "connection_id": "connection",
    "run_id": "run",
    "source_id": "order",
    "act": "act",
    "step": "step",
    "user_id": "user",
    "invitation_id": "invitation",
}


def test_every_route_is_in_the_reference() -> None:
    told = {
        (method, path.split("?")[0])
        for methods, path in re.findall(r"^\| ((?:`\w+`, )*`?\w+`?) ?`?(/[^`]*)`", TEXT, re.MULTILINE)
        for method in re.findall(r"[A-Z]+", methods)
    }
    found = {
        (
            method,
            re.sub(r"\{(\w+)\}", lambda name: "{" + NAMES.get(name[1], name[1].removesuffix("_id")) + "}", route.path),
        )
        for route in api_routes()
        for method in route.methods or ()
    }
    assert told == found


def test_every_code_is_in_the_reference() -> None:
    sources = [each.read_text(encoding="utf-8") for each in Path(api.__path__[0]).glob("*.py")]
    codes = {code for text in sources for code in re.findall(r'ApiError\(\s*\d+,\s*"([\w-]+)"', text)}
    assert len(codes) > 10
    elsewhere = {
        "read-only",
        "owners-only",
        "token-needed",
        "too-many-requests",
        "fault",
        "length-needed",
    }  # told by their status
    assert {code for code in codes - elsewhere if f"`{code}`" not in TEXT} == set()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_for_people_tells_every_route(place: Place, language: str) -> None:
    owner = place.rooms.users.by_email("owner@example.com")
    assert owner is not None
    place.rooms.change_profile(owner, owner.name, language, "auto")
    browser = place.browser("owner@example.com")
    assert 'href="/settings/programs/api"' in browser.get("/settings/programs").text
    page = browser.get("/settings/programs/api").text
    for route in api_routes():
        for method in route.methods or ():
            assert re.search(rf">{method}</span> <code[^>]*>{re.escape(route.path)}</code>", page), route.path
    assert "Idempotency-Key" in page
    shown = html.unescape(page)
    said = "Synchronize a store now; a run that is at work already is followed instead."
    assert (said in shown) is (language == "en")
    assert ("Synchroniser une boutique maintenant" in shown) is (language == "fr")
    assert "list of RunShape" in shown, "names and kinds are told as they are sent"
    assert ("en anglais" in page) is (language == "fr")
    assert "<script>" not in page


def test_the_page_tells_what_a_call_takes(place: Place) -> None:
    topics = calls_by_topic(described(place)).values()
    calls = {(each.method, each.path): each for topic in topics for each in topic}
    schedule = {each.name: each for each in calls["PUT", "/connections/{connection_id}/schedule"].fields}
    assert (schedule["connection_id"].at, schedule["connection_id"].is_needed) == ("path", True)
    assert (schedule["on"].at, schedule["on"].kind, schedule["on"].is_needed) == ("body", "boolean", True)
    assert (schedule["at_minute"].kind, schedule["at_minute"].is_needed) == ("integer or null", False)
    assert calls["POST", "/connections/{connection_id}/runs"].status == "202"
    assert calls["GET", "/runs"].answer == "RunsShape"
    known = {each.name: each for each in shapes(described(place))}
    assert next(each for each in known["RunsShape"].fields if each.name == "runs").kind == "list of RunShape"


def described(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = place.web.state.api.openapi()
    return found
