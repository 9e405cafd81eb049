from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.engine.conftest import SETTINGS, Road, SmallLedger, SmallStore
from typer.testing import CliRunner, Result

from comptoir.books.settings import Settings
from comptoir.cli.common import console
from comptoir.cli.main import app as command_line
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, NewConnection
from comptoir.wiring import App, open_app


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("COMPTOIR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(console, "width", 200)  # read from COLUMNS once, when the module was imported
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


@dataclass
class Desk:
    """The command line over a small shop and a small company, both in this process."""

    runner: CliRunner
    home: Path
    store: SmallStore
    ledger: SmallLedger

    def run(self, *words: str) -> Result:
        return self.runner.invoke(command_line, list(words))

    def well(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str) -> dict[str, Any]:
        """The last line of a command that ends well."""
        found: dict[str, Any] = json.loads(self.well(*words, "--json").splitlines()[-1])
        return found

    def set(self, settings: Settings) -> None:
        """Put other settings in force."""
        with open_app(self.home) as opened:
            ledger = opened.books.connections.all(opened.organization_id, LEDGER)[0]
            opened.books.connections.save_settings(opened.stores()[0].id, settings, ledger.id)

    def road(self, opened: App) -> Road:
        """The journal behind the commands."""
        return Road(opened.books, self.store, self.ledger, opened.stores()[0].id, opened.organization_id)


@pytest.fixture
def desk(runner: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """Connected, with settings, nothing synchronized."""
    store, ledger = SmallStore(), SmallLedger()
    monkeypatch.setattr(App, "store", lambda _app, _record: store)
    monkeypatch.setattr(App, "ledger", lambda _app, _record, **_how: ledger)
    made = Desk(runner, tmp_path / "home", store, ledger)
    with open_app(made.home) as opened:
        save, organization = opened.books.connections.save, opened.organization_id
        save(organization, NewConnection(STORE, "shop", store.identity, "Shop", {}, {}))
        save(organization, NewConnection(LEDGER, "ledger", ledger.identity, "Company", {}, {}))
    made.set(SETTINGS)
    return made
