"""`comptoir doctor`: what it says, and how it ends."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import SETTINGS, make_order

from comptoir.books.settings import MethodSettings, PaymentSettings
from comptoir.engine.work import utc_now
from comptoir.ledgers.quickbooks.connecting import AUTHORIZED_AT
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, NewConnection
from comptoir.storage.upkeep.home import Home
from comptoir.wiring import App, look_into, open_app


@pytest.fixture
def well(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Everything in order: an order in the books."""
    monkeypatch.setattr(App, "notes", lambda _app, _record: [])
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    return desk


def test_all_is_well(well: Desk) -> None:
    text = well.well("doctor")
    assert "✓ connection: Company: It answers, and lets Comptoir in." in text
    assert "All is well: 15 things were looked at." in text
    found = well.json("doctor")
    assert found["outcome"] == "ok"
    assert len(found["findings"]) == 15
    assert found["findings"][0] == {
        "check": "data directory",
        "outcome": "ok",
        "about": "",
        "what": f"{well.home} is this user's alone.",
        "fix": "",
        "extent": "",
        "setting": "",
    }


def test_a_warning_is_no_failure(well: Desk) -> None:
    well.home.chmod(0o755)
    text = well.well("doctor")
    assert "! data directory: Other users of this machine can look into" in text
    assert f"→ Close it to them: chmod 700 {well.home}" in text
    assert "Problems: 0. Warnings: 1. Well: 14." in text


def test_a_problem_is_one(well: Desk) -> None:
    well.set(replace(SETTINGS, payments=PaymentSettings(methods={"*": MethodSettings("Nowhere")})))
    result = well.run("doctor", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["outcome"] == "problem"
    assert '✗ settings: Shop: payments.methods.*.account: The company has no account named "Nowhere".' in result.stdout


@pytest.mark.parametrize(("reads", "word"), [(100_000, "✓"), (450_000, "!")])
def test_reads_that_the_platform_counts_are_told(well: Desk, reads: int, word: str) -> None:
    with open_app(well.home) as app:
        app.books.meter.count(app.organization_id, "quickbooks", "app", utc_now(), reads=reads, allowed=500_000)
    said = f"{word} reads: This month {reads:,} of the 500,000 free reads of the QuickBooks Online app were used"
    assert said in well.well("doctor")
    assert ("connected through it (90%)" in well.well("sync")) == (word == "!")


def test_what_holds_orders_is_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "notes", lambda _app, _record: [])
    desk.store.orders = [make_order(1)]
    desk.set(replace(SETTINGS, payments=PaymentSettings(methods={})))
    desk.well("sync")
    assert "(1 of the newest 1 orders)" in desk.well("doctor")


def test_nothing_is_made_where_nothing_is(desk: Desk, tmp_path: Path) -> None:
    result = desk.run("doctor", "--home", str(tmp_path / "elsewhere"))
    assert result.exit_code == 1
    assert "There is no data directory" in result.stdout
    assert not (tmp_path / "elsewhere").exists()


def test_offline(well: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(well.ledger, "read_company", lambda: pytest.fail("the company was asked"))
    assert "connection:" not in well.well("doctor", "--offline")


def test_beside_a_process_at_work(well: Desk) -> None:
    with Home.at(well.home).working():
        assert "All is well" in well.well("doctor")


def test_a_look_makes_nothing_and_holds_nothing(desk: Desk) -> None:
    with open_app(desk.home):
        before = sorted(path.name for path in desk.home.iterdir())
        with look_into(Home.named(desk.home)) as app:
            assert app.organization_id
        assert sorted(path.name for path in desk.home.iterdir()) == before


def test_an_installation_without_a_company_of_its_own(tmp_path: Path) -> None:
    with open_app(tmp_path / "new") as app:
        connections = app.books.connections
        assert connections.known_organization() == app.organization_id
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def _company(app: App) -> ConnectionRecord:
    return app.books.connections.save(
        app.organization_id,
        NewConnection(
            LEDGER,
            "quickbooks",
            "quickbooks:91",
            "Books",
            {"realm_id": "91", AUTHORIZED_AT: "2026-01-02T03:04:05+00:00"},
            {},
        ),
    )


def test_when_a_sign_in_ends_for_good(tmp_path: Path) -> None:
    with open_app(tmp_path / "new") as app:
        record = _company(app)
        assert app.ends_for_good(record) == datetime(2031, 1, 1, 3, 4, 5, tzinfo=UTC)
        assert app.ends_for_good(replace(record, config={})) is None
        assert app.ends_for_good(replace(record, role=STORE, platform="shopify")) is None
