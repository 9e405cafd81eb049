from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, NewConnection
from comptoir.wiring import App, open_app


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("COMPTOIR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An installation in the home of the runner; close it before a command is run."""
    with open_app(tmp_path / "home") as opened:
        yield opened


AddStore = Callable[[str], ConnectionRecord]


@pytest.fixture
def add_store(app: App) -> AddStore:
    def add(name: str) -> ConnectionRecord:
        return app.books.connections.save(
            app.organization_id,
            NewConnection(STORE, "shopify", f"shopify:{name}.myshopify.com", name.title(), {}, {}),
        )

    return add


@pytest.fixture
def company(app: App) -> ConnectionRecord:
    return app.books.connections.save(
        app.organization_id, NewConnection(LEDGER, "quickbooks", "quickbooks:91", "Books", {"realm_id": "91"}, {})
    )
