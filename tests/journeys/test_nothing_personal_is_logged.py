"""A whole history with misfortunes, logged in full: no secret and nothing of a buyer's stands in any line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.world import World, connect

from comptoir.cli.settings import settings_from
from comptoir.demo.simulators import running
from comptoir.engine.errors import Unexpected
from comptoir.storage.connections import STORE
from comptoir.telemetry import logs
from comptoir.telemetry.metrics import Metrics
from comptoir.wiring import open_app

pytestmark = pytest.mark.journey

PERSONAL = frozenset({"firstName", "lastName", "name", "email", "phone", "address1", "address2", "city", "zip", "note"})
"""Members of the shop's orders that tell of their buyer, below `customer` and the addresses, and the notes."""
HOLDERS = frozenset({"customer", "billingAddress", "shippingAddress", "defaultAddress", "company", "purchasingEntity"})
LEAST_CHARACTERS = 3
LONG_CHARACTERS = 8
"""Shorter ones may stand in a number by accident."""
MISFORTUNES = (
    {"kind": "malformed", "operation": "batch", "times": 1},
    {"kind": "status", "operation": "batch", "status": 503, "body": "Ada Tremblay is away", "times": 1},
    {"kind": "after_commit", "operation": "batch", "status": 500, "body": "Ada Tremblay again", "times": 1, "skip": 3},
    {"kind": "cut_after_commit", "operation": "batch", "times": 1, "skip": 5},
)
"""The first ends the first run: it meets the reading of the lists."""


def personal(value: Any, *, below: bool = False) -> Iterator[str]:
    """Every text of a buyer in a rendered order."""
    if isinstance(value, list):
        for each in value:
            yield from personal(each, below=below)
    elif isinstance(value, dict):
        for name, each in value.items():
            is_text = isinstance(each, str) and (name in {"email", "phone", "note"} or (below and name in PERSONAL))
            if is_text:
                yield each
            yield from personal(each, below=below or name in HOLDERS)


def words_of(texts: set[str]) -> set[str]:
    """The texts, and the words that they are made of, but for the shortest."""
    return {word for text in texts for word in (text, *re.split(r"\W+", text)) if len(word) >= LEAST_CHARACTERS}


def test_a_whole_history_in_full(tmp_path: Path) -> None:
    stream = io.StringIO()
    logs.set_up("", {"COMPTOIR_LOG": "json", "COMPTOIR_LOG_LEVEL": "debug"}, stream)
    try:
        with (
            running("shopify", ["--gift-shop", "--no-throttle"]) as store,
            running("quickbooks", ["--profile", "quebec", "--auto-approve", "--no-limits"]) as company,
            open_app(tmp_path / "home") as app,
        ):
            metrics = Metrics(app.books.database)
            world = World(store, company, app, connect(app, store, company).id)
            app.put_in_force(world.record, settings_from(_settings()))
            for each in MISFORTUNES:
                company.tell("faults", [each])
            with pytest.raises(Unexpected):
                world.run()
            world.run()
            page = metrics.text().decode()
            metrics.close()
            orders = [json.loads(line)["object"] for line in store.control("dump").splitlines()]
            secrets = _secrets(world)
            company_words = {company.facts["client_secret"], store.facts["client_secret"]}
    finally:
        logs.close()
    lines = stream.getvalue().splitlines()
    kinds = {json.loads(line)["event"] for line in lines}
    assert kinds >= {"call", "run_started", "run_ended", "page_saved", "batch_sent", "batch_answered", "batch_unknown"}
    texts = {text for order in orders for text in personal(order)}
    assert len(texts) > 300  # the shop has buyers, and they are looked for
    forbidden = words_of(texts) | {word for word in secrets | company_words if word}
    logged = set(re.findall(r"\w+", " ".join(_values(lines))))
    said = "\n".join([*lines, page])
    assert {word for word in forbidden if word in logged} == set()
    assert {
        text for text in (texts | secrets | company_words) if len(text) > LEAST_CHARACTERS and text in said
    } == set()
    assert not re.search(r"Tremblay|\bAda\b", said)


def _settings() -> str:
    return files("comptoir.demo").joinpath("gift_shop.toml").read_text(encoding="utf-8")


def _secrets(world: World) -> set[str]:
    """Every secret that the installation keeps."""
    found: set[str] = set()
    for record in world.app.books.connections.all(world.app.organization_id):
        found |= set(world.app.books.connections.secrets(record).values())
        tokens = world.app.books.connections.tokens(record).load()
        assert tokens is not None
        found |= {tokens.access_token, tokens.refresh_token or ""}
        assert record.role == STORE or tokens.refresh_token
    return found - {""}


def _values(lines: list[str]) -> Iterator[str]:
    """The texts of the lines but for their times, and the platforms' own ids, which are random."""
    for line in lines:
        fields = json.loads(line)
        yield from (text for name, text in fields.items() if isinstance(text, str) and name not in {"at", "request_id"})
